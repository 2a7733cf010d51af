use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::field::F16;

const WORDS: usize = 9;

fn hash() -> Permutation {
    Permutation::new([7; 16])
}

fn setup(seed: u64) -> (F128, Keys, Keys, Vec<u64>) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let delta = F128::random(&mut rng);
    let pairs: Vec<_> = (0..TRANSFERS).map(|_| [F128::random(&mut rng), F128::random(&mut rng)]).collect();
    let chosen: Vec<_> = (0..TRANSFERS).map(|p| pairs[p][1 - (delta.0 >> p & 1) as usize]).collect();
    let (all, opening) = plant(hash(), &pairs);
    assert_eq!(opening.len(), OPENING_BYTES);
    let some = climb(hash(), delta, &chosen, &opening).unwrap();
    for byte in 0..OPENING_BYTES / COLUMNS {
        let mut altered = opening.clone();
        altered[byte] ^= 4;
        let outcome = climb(hash(), delta, &chosen, &altered);
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
    let (holder_rows, other_rows) = (holder.rows(64 * WORDS), other.rows(64 * WORDS));
    for i in 0..64 * WORDS {
        let bit = vector[i / 64] >> (i % 64) & 1 == 1;
        let product = if bit { delta } else { F128::ZERO };
        assert_eq!(holder_rows[i], other_rows[i] + product);
    }
    let (v, w) = (holder.elements::<F64>(2, 5), other.elements::<F64>(2, 5));
    for i in 0..5 {
        assert_eq!(v[i], w[i] + F64(vector[2 + i]) * delta);
    }
    let (v, w) = (holder.elements::<F16>(2, 40), other.elements::<F16>(2, 40));
    for i in 0..40 {
        let u = F16::new((vector[2 + i / 16] >> (i % 16 * 4)) as u8);
        assert_eq!(v[i], w[i] + F128::from(u) * delta);
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
    let transcript = Transcript::new(&Digest::sha256(b"contract"));
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

/// The hash of seeds is that of the run: with another key the same transfers give other trees.
#[test]
fn another_run_grows_other_trees() {
    let pairs = [[F128(1), F128(2)]; TRANSFERS];
    let ((one, opening), (two, other)) = (plant(hash(), &pairs), plant(Permutation::new([8; 16]), &pairs));
    assert!(one.trees[0].iter().zip(&two.trees[0]).all(|(one, two)| one != two));
    let delta = F128(u128::MAX);
    let chosen = vec![F128(1); TRANSFERS];
    assert!(climb(hash(), delta, &chosen, &opening).is_ok());
    assert!(climb(hash(), delta, &chosen, &other).is_err());
}

/// The leaf that is missing counts for nothing, whatever stands in its place.
#[test]
fn the_missing_leaf_cancels() {
    let (delta, all, mut some, vector) = setup(4);
    let (_, corrections) = correct(&all, 0, &vector);
    let before = follow(&some, delta, 0, &corrections).planes.clone();
    for (column, tree) in some.trees.iter_mut().enumerate() {
        let hole = (delta.0 >> (column * BITS)) as usize % LEAVES;
        assert_eq!(tree[hole], F128::ZERO);
        tree[hole] = F128(0x1234_5678);
    }
    assert_eq!(follow(&some, delta, 0, &corrections).planes, before);
}

#[test]
fn masks() {
    for one in 0..LEAVES {
        for other in 0..LEAVES {
            assert_eq!(mask_if_equal(one, other), if one == other { u128::MAX } else { 0 });
        }
    }
    assert_eq!([0, 1].map(|step| choose(step, [F128(3), F128(4)])), [F128(3), F128(4)]);
}
