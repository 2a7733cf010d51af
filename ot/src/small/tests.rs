use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const WORDS: usize = 9;

fn setup(seed: u64) -> (F128, Keys, Keys, Vec<u64>) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let delta = F128::random(&mut rng);
    let pairs: Vec<_> = (0..TRANSFERS).map(|_| [F128::random(&mut rng), F128::random(&mut rng)]).collect();
    let chosen: Vec<_> = (0..TRANSFERS).map(|p| pairs[p][1 - (delta.0 >> p & 1) as usize]).collect();
    let (all, opening) = plant(&pairs);
    assert_eq!(opening.len(), OPENING_BYTES);
    let some = climb(delta, &chosen, &opening).unwrap();
    for byte in 0..OPENING_BYTES / COLUMNS {
        let mut altered = opening.clone();
        altered[byte] ^= 4;
        let outcome = climb(delta, &chosen, &altered);
        // Of the two sums of a level one is never looked at.
        assert!(outcome.is_err() || byte < 2 * (BITS - 1) * 16);
    }
    let vector = (0..WORDS).map(|_| F64::random(&mut rng).0).collect();
    (delta, all, some, vector)
}

#[test]
fn planes_are_correlated() {
    let (delta, all, some, vector) = setup(1);
    let (holder, corrections) = correct(&all, 17, &vector);
    assert_eq!(corrections.len(), COLUMNS * WORDS);
    let other = follow(&some, delta, 17, &corrections);
    for i in 0..64 * WORDS {
        let bit = vector[i / 64] >> (i % 64) & 1 == 1;
        let product = if bit { delta } else { F128::ZERO };
        assert_eq!(holder.row(i), other.row(i) + product);
    }
    let (v, w) = (holder.elements::<F64>(2, 5), other.elements::<F64>(2, 5));
    for i in 0..5 {
        assert_eq!(v[i], w[i] + F64(vector[2 + i]) * delta);
    }
    let (v, w) = (holder.elements::<F128>(1, 4), other.elements::<F128>(1, 4));
    for i in 0..4 {
        let u = F128::new(F64(vector[1 + 2 * i]), F64(vector[2 + 2 * i]));
        assert_eq!(v[i], w[i] + u * delta);
    }
}

#[test]
fn other_corrections_are_noticed() {
    let (delta, all, some, vector) = setup(2);
    let transcript = Transcript::new();
    let (holder, corrections) = correct(&all, 0, &vector);
    let proof = prove(&transcript, &vector, &holder);
    assert_eq!(proof.len(), PROOF_BYTES);
    let run = |corrections: &[u64], proof: &[u8]| {
        verify(&transcript, delta, &follow(&some, delta, 0, corrections), proof)
    };
    run(&corrections, &proof).unwrap();
    for (at, bit) in [(0, 0), (3, 63), (WORDS, 5), (COLUMNS * WORDS - 1, 7)] {
        let mut altered = corrections.clone();
        altered[at] ^= 1 << bit;
        let hole = delta.0 >> (at / WORDS * BITS) & 15;
        assert_eq!(run(&altered, &proof).is_err(), hole != 0, "unless the guess that Δ is 0 there was right");
    }
    for byte in [0, 15, 16, PROOF_BYTES - 1] {
        let mut altered = proof.clone();
        altered[byte] ^= 1;
        assert!(run(&corrections, &altered).is_err());
    }
}
