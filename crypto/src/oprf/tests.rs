use super::*;
use crate::group::{DecodeError, raise_and_encode};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use vectors::{ALL, Case, Vectors};

mod vectors;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn list<const N: usize>(text: &str) -> Vec<[u8; N]> {
    text.split(',').map(bytes).collect()
}

fn exponent(text: &str) -> Exponent {
    Exponent::from_scalar(Scalar::from_canonical_bytes(bytes(text)).unwrap()).unwrap()
}

fn elements(encoded: &[[u8; ELEMENT_BYTES]]) -> Vec<Element> {
    encoded.iter().map(|bytes| Element::decode(bytes).unwrap()).collect()
}

fn suite(mode: u8) -> Suite {
    Suite::new([Mode::Oprf, Mode::Voprf, Mode::Poprf][usize::from(mode)])
}

#[test]
fn rfc_9497_appendix_a_1() {
    for vectors in &ALL {
        let suite = suite(vectors.mode);
        let key = suite.derive(&bytes(vectors.seed), &hex::decode(vectors.info).unwrap()).unwrap();
        assert_eq!(hex::encode(key.exponent.scalar().as_bytes()), vectors.secret);
        if !vectors.public.is_empty() {
            assert_eq!(hex::encode(key.public().encode()), vectors.public);
        }
        for case in vectors.cases {
            points(&suite, &key, case);
            if !case.proof.is_empty() {
                proofs(&suite, &key, case);
            }
        }
    }
    assert_eq!(ALL.map(|vectors: Vectors| vectors.cases.len()), [2, 3, 3]);
}

/// Blind, `BlindEvaluate` and Finalize.
fn points(suite: &Suite, key: &Key, case: &Case) {
    let info = hex::decode(case.info).unwrap();
    let by = match suite.mode() {
        Mode::Poprf => suite.tweak(key, &info).unwrap().exponent().inverse(),
        _ => Exponent::from_scalar(*key.exponent().scalar()).unwrap(),
    };
    let fields = [case.input, case.blind, case.blinded, case.evaluated, case.output].map(|f| f.split(','));
    let [inputs, blinds, blinded, evaluated, outputs] = fields.map(Iterator::collect::<Vec<_>>);
    for at in 0..inputs.len() {
        let (input, blind) = (hex::decode(inputs[at]).unwrap(), exponent(blinds[at]));
        let sent = raise_and_encode(&[suite.element(&[&input])], &blind);
        assert_eq!(hex::encode(sent[0]), blinded[at]);
        let back = raise_and_encode(&elements(&sent), &by);
        assert_eq!(hex::encode(back[0]), evaluated[at]);
        let bare = raise_and_encode(&elements(&back), &blind.inverse());
        let (front, rear) = input.split_at(input.len() / 2);
        assert_eq!(hex::encode(suite.output(&[front, rear], &info, &bare[0])), outputs[at]);
    }
}

fn proofs(suite: &Suite, key: &Key, case: &Case) {
    let (blinded, evaluated) = (list(case.blinded), list(case.evaluated));
    // POPRF raises to an inverse, so that the evaluated points raised to its key are the blinded ones.
    let (tweaked, public, (from, to)) = match suite.mode() {
        Mode::Poprf => {
            let info = hex::decode(case.info).unwrap();
            let public = suite.tweak_public(&key.public(), &info).unwrap();
            (suite.tweak(key, &info).unwrap(), public, (evaluated, blinded))
        }
        _ => (
            Key::of(Exponent::from_scalar(*key.exponent.scalar()).unwrap()),
            key.public(),
            (blinded, evaluated),
        ),
    };
    let proof = suite.prove_with(&tweaked, &from, &to, &exponent(case.random)).unwrap();
    assert_eq!(hex::encode(proof.encode()), case.proof);
    assert_eq!(Proof::decode(&bytes(case.proof)).unwrap(), proof);
    assert_eq!(suite.verify(&public, &from, &to, &proof), Ok(()));
}

/// A batch, its evaluation by one key, and the proof.
fn batch(count: usize) -> (Suite, Key, Vec<[u8; 32]>, Vec<[u8; 32]>, Proof) {
    println!("seed 5");
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let suite = Suite::new(Mode::Voprf);
    let key = Key::random(&mut rng);
    let points: Vec<Element> = (0..count).map(|_| Element::random(&mut rng)).collect();
    let blinded: Vec<[u8; 32]> = points.iter().map(Element::encode).collect();
    let evaluated = raise_and_encode(&points, key.exponent());
    let proof = suite.prove(&key, &blinded, &evaluated, &mut rng).unwrap();
    (suite, key, blinded, evaluated, proof)
}

fn verify(
    suite: &Suite,
    public: &Element,
    (blinded, evaluated): (&[[u8; 32]], &[[u8; 32]]),
    proof: &Proof,
) -> Result<(), OprfError> {
    suite.verify(public, blinded, evaluated, proof)
}

#[test]
fn whatever_is_altered_breaks_the_proof() {
    let (suite, key, blinded, mut evaluated, proof) = batch(5);
    let public = key.public();
    assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), Ok(()));
    let bad = Err(OprfError::BadProof);
    assert_eq!(verify(&suite, &Element::generator(), (&blinded, &evaluated), &proof), bad);
    assert_eq!(verify(&Suite::new(Mode::Oprf), &public, (&blinded, &evaluated), &proof), bad);
    for bit in [0, 7, 255, 256, 400] {
        let mut bytes = proof.encode();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let outcome =
            Proof::decode(&bytes).and_then(|proof| verify(&suite, &public, (&blinded, &evaluated), &proof));
        assert_eq!(outcome, bad, "bit {bit}");
    }
    evaluated.swap(1, 2);
    assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), bad);
    evaluated.swap(1, 2);
    evaluated[4] = Element::generator().encode();
    assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), bad);
}

#[test]
fn batches_have_a_size() {
    let (suite, key, blinded, evaluated, proof) = batch(3);
    let wrong = Err(OprfError::BatchSize);
    assert_eq!(verify(&suite, &key.public(), (&[], &[]), &proof), wrong);
    assert_eq!(verify(&suite, &key.public(), (&blinded, &evaluated[..2]), &proof), wrong);
    let many = vec![blinded[0]; MAX_BATCH + 1];
    assert_eq!(suite.prove_with(&key, &many, &many, key.exponent()), Err(OprfError::BatchSize));
}

/// Batches that the vector kernel sums, and one too short for it.
#[test]
fn proofs_of_many() {
    for count in [63, 64, 65, 300] {
        let (suite, key, blinded, mut evaluated, proof) = batch(count);
        let public = key.public();
        assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), Ok(()), "{count}");
        evaluated.swap(count - 2, count - 1);
        assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), Err(OprfError::BadProof));
        for (bad, cause) in [([0; 32], DecodeError::Identity), ([1; 32], DecodeError::NotCanonical)] {
            evaluated[count - 1] = bad;
            let refused = Err(OprfError::BadElement(BadElement { index: count - 1, cause }));
            assert_eq!(verify(&suite, &public, (&blinded, &evaluated), &proof), refused, "{count}");
        }
    }
}

#[test]
fn outputs_side_by_side() {
    for (mode, count) in [(0, 21), (1, 7), (1, 24), (2, 17)] {
        let suite = suite(mode);
        let inputs: Vec<[u8; 32]> = (0..count).map(|at| [at; 32]).collect();
        let evaluated: Vec<[u8; 32]> = (0..count).map(|at| [at ^ 0x5a; 32]).collect();
        let outputs = suite.output_each(&inputs.iter().collect::<Vec<_>>(), &evaluated);
        let each = inputs.iter().zip(&evaluated);
        let expected: Vec<_> = each.map(|(input, one)| suite.output(&[input], &[], one)).collect();
        assert_eq!(outputs, expected);
    }
}

#[test]
fn proofs_are_reduced_scalars() {
    let mut bytes = [0; PROOF_BYTES];
    assert!(Proof::decode(&bytes).is_ok());
    bytes[..32].fill(0xff);
    assert_eq!(Proof::decode(&bytes), Err(OprfError::BadProof));
    bytes.rotate_left(32);
    assert_eq!(Proof::decode(&bytes), Err(OprfError::BadProof));
}

#[test]
fn names_make_keys() {
    let suite = Suite::new(Mode::Voprf);
    let key = |seed: u8, info: &[u8]| suite.derive(&[seed; 32], info).unwrap().public();
    assert_eq!(key(1, b"a"), key(1, b"a"));
    assert_ne!(key(1, b"a"), key(1, b"b"));
    assert_ne!(key(1, b"a"), key(2, b"a"));
    assert!(matches!(suite.derive(&[0; 32], &vec![0; 65_536]), Err(OprfError::BadInput)));
    assert!(!format!("{:?}", suite.derive(&[0; 32], b"").unwrap()).contains("scalar"));
}
