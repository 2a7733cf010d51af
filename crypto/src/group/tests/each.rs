//! The vectors and the reference through every kernel.
use super::super::*;
use super::{bytes, vectors};
use crate::lanes::Kernel;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn kernels() -> impl Iterator<Item = Kernel> {
    Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
}

fn exponent(value: u64) -> Exponent {
    Exponent(Secret::new(Scalar::from(value)))
}

#[test]
fn multiples_of_the_generator() {
    // RFC 9496 appendix A.1
    let multiples: Vec<[u8; 32]> = vectors::MULTIPLES.iter().map(|text| bytes(text)).collect();
    for kernel in kernels() {
        for (k, expected) in multiples.iter().enumerate().skip(1) {
            let got = decode_raise_encode_each_with(kernel, &multiples[1..2], &exponent(k as u64));
            assert_eq!(got, Ok(vec![*expected]), "{kernel:?}");
        }
        let unchanged = decode_raise_encode_each_with(kernel, &multiples[1..], &exponent(1));
        assert_eq!(unchanged.unwrap(), multiples[1..], "{kernel:?}");
        let refused = BadElement { index: 0, cause: DecodeError::Identity };
        assert_eq!(decode_raise_encode_each_with(kernel, &multiples, &exponent(1)), Err(refused));
    }
}

#[test]
fn invalid_encodings_are_refused() {
    // RFC 9496 appendix A.2
    let good = Element::generator().encode();
    for kernel in kernels() {
        for (at, text) in vectors::INVALID.iter().enumerate() {
            let mut encoded = vec![good; at + 1];
            encoded[at] = bytes(text);
            encoded.push([0; 32]);
            let refused = BadElement { index: at, cause: DecodeError::NotCanonical };
            assert_eq!(decode_raise_encode_each_with(kernel, &encoded, &exponent(1)), Err(refused), "{text}");
        }
        let mut many = vec![good; 300];
        many[277] = [0; 32];
        let refused = BadElement { index: 277, cause: DecodeError::Identity };
        assert_eq!(decode_raise_encode_each_with(kernel, &many, &exponent(1)), Err(refused));
    }
}

#[test]
fn hashing() {
    let hasher = Hasher::new(b"a domain");
    let messages: Vec<Vec<u8>> = (0..260).map(|length| vec![length as u8; length]).collect();
    let expected: Vec<_> = messages.iter().map(|message| hasher.hash(&[message]).encode()).collect();
    for kernel in kernels() {
        let got = hash_raise_encode_each_with(kernel, &hasher, &messages, &exponent(1));
        assert_eq!(got, expected, "{kernel:?}");
    }
    let none: [&[u8]; 0] = [];
    assert!(hash_raise_encode_each(&hasher, &none, &exponent(1)).is_empty());
}

#[test]
fn one_way_map() {
    // RFC 9496 appendix A.3
    for kernel in kernels() {
        let inputs: Vec<[u8; 64]> = vectors::MAPPED.iter().map(|(input, _)| bytes(input)).collect();
        let got = each::map_raise_encode_each_with(kernel, &inputs, &exponent(1));
        for ((_, expected), got) in vectors::MAPPED.iter().zip(got) {
            assert_eq!(hex::encode(got), *expected, "{kernel:?}");
        }
    }
}

/// The quickest way on this processor, every kernel, and the way of processors without a quicker kernel.
#[test]
fn all_ways_agree() {
    let seed = 11;
    println!("seed {seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let (by, hasher) = (Exponent::random(&mut rng), Hasher::new(b"ways"));
    for count in [0, 1, 7, 8, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 9] {
        let messages: Vec<[u8; 8]> = (0..count as u64).map(u64::to_le_bytes).collect();
        let uniform = hasher.uniform_each(&messages);
        let expected = each::map_raise_encode_singly(&uniform, &by);
        assert_eq!(map_raise_encode_each(&uniform, &by), expected);
        assert_eq!(hash_raise_encode_each(&hasher, &messages, &by), expected);
        let twice = each::decode_raise_encode_singly(&expected, &by);
        assert_eq!(decode_raise_encode_each(&expected, &by), twice);
        for kernel in kernels() {
            assert_eq!(each::map_raise_encode_each_with(kernel, &uniform, &by), expected, "{kernel:?}");
            assert_eq!(hash_raise_encode_each_with(kernel, &hasher, &messages, &by), expected, "{kernel:?}");
            assert_eq!(decode_raise_encode_each_with(kernel, &expected, &by), twice, "{kernel:?}");
        }
        for bad in [[0; 32], [0xff; 32]] {
            let mut altered = expected.clone();
            altered.push(bad);
            altered.push([0; 32]);
            let refused = Err(BadElement { index: count, cause: Element::decode(&bad).unwrap_err() });
            assert_eq!(each::decode_raise_encode_singly(&altered, &by), refused);
            assert_eq!(decode_raise_encode_each(&altered, &by), refused);
        }
    }
}

#[test]
fn edges_of_exponents() {
    let element = Element::random(&mut ChaCha20Rng::seed_from_u64(1));
    let encoded = [element.encode()];
    for scalar in
        [Scalar::ONE, -Scalar::ONE, -Scalar::from(2u8), Scalar::ONE.div_by_2(), -Scalar::ONE.div_by_2()]
    {
        let by = Exponent(Secret::new(scalar));
        for kernel in kernels() {
            let got = decode_raise_encode_each_with(kernel, &encoded, &by).unwrap();
            assert_eq!(got[0], element.raise(&by).encode(), "{kernel:?} {scalar:?}");
        }
    }
}

/// Blinding exponents at the edges of digits, and random ones.
fn blinds(count: usize, seed: u64) -> Vec<[u8; 32]> {
    let mut all = Blinds::random(count, &mut ChaCha20Rng::seed_from_u64(seed)).part(0..count).to_vec();
    let mut largest = [0xff; 32];
    largest[31] = 0x0f;
    let edges =
        [[0; 32], largest, [0x84; 32].map(|byte| byte & 0x0f), [0x08; 32], [0x21; 32].map(|b| b & 0x1f)];
    for (one, edge) in all.iter_mut().zip(edges) {
        *one = edge;
        one[31] &= 0x0f;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn raising_is_as_the_reference(seed: u64, count in 0usize..150) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let by = Exponent::random(&mut rng);
        let elements: Vec<Element> = (0..count).map(|_| Element::random(&mut rng)).collect();
        let encoded: Vec<_> = elements.iter().map(Element::encode).collect();
        let expected: Vec<_> = elements.iter().map(|element| element.raise(&by).encode()).collect();
        for kernel in kernels() {
            prop_assert_eq!(decode_raise_encode_each_with(kernel, &encoded, &by), Ok(expected.clone()));
        }
    }

    #[test]
    fn decoding_is_as_the_reference(inputs in proptest::collection::vec(any::<[u8; 32]>(), 0..40)) {
        let first = inputs.iter().position(|input| Element::decode(input).is_err());
        for kernel in kernels() {
            let got = decode_raise_encode_each_with(kernel, &inputs, &exponent(1));
            prop_assert_eq!(got.err().map(|bad| bad.index), first);
            for input in &inputs {
                let one = decode_raise_encode_each_with(kernel, &[*input], &exponent(1));
                let expected = Element::decode(input).map(|_| vec![*input]);
                prop_assert_eq!(one.map_err(|bad| bad.cause), expected);
            }
        }
    }

    #[test]
    fn blinding_hides_and_is_undone(seed: u64, count in 0usize..150) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let hasher = Hasher::new(b"blinding");
        let messages: Vec<[u8; 8]> = (0..count as u64).map(u64::to_le_bytes).collect();
        let (key, blinds) = (Exponent::random(&mut rng), blinds(count, seed));
        let scalar = |blind: &[u8; 32]| Exponent(Secret::new(Scalar::from_bytes_mod_order(*blind)));
        let square = |element: Element| (element + element).encode();
        let blinded: Vec<_> = messages.iter().zip(&blinds)
            .map(|(m, r)| square(hasher.hash(&[m]) + Element::generator().raise(&scalar(r)))).collect();
        let public = Element::generator().raise(&key.doubled());
        let expected = hash_raise_encode_each(&hasher, &messages, &key.doubled().doubled());
        for kernel in kernels() {
            let base = Base::new_with(kernel, &Element::generator());
            prop_assert_eq!(&hash_blind_encode_each(&hasher, &messages, &base, &blinds), &blinded);
            let evaluated = decode_raise_encode_each_with(kernel, &blinded, &key).unwrap();
            let base = Base::new_with(kernel, &public);
            prop_assert_eq!(decode_unblind_encode_each(&evaluated, &base, &blinds), Ok(expected.clone()));
        }
    }

    #[test]
    fn blinding_undoubled_is_undone(seed: u64, count in 0usize..150) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let hasher = Hasher::new(b"blinding");
        let messages: Vec<[u8; 8]> = (0..count as u64).map(u64::to_le_bytes).collect();
        let (key, blinds) = (Exponent::random(&mut rng), blinds(count, seed));
        let scalar = |blind: &[u8; 32]| Exponent(Secret::new(Scalar::from_bytes_mod_order(*blind)));
        let blinded: Vec<_> = messages.iter().zip(&blinds)
            .map(|(m, r)| (hasher.hash(&[m]) + Element::generator().raise(&scalar(r))).encode()).collect();
        let expected = hash_raise_encode_each(&hasher, &messages, &key);
        for kernel in kernels() {
            let base = Base::new_with(kernel, &Element::generator());
            prop_assert_eq!(&hash_blind_encode_each_single(&hasher, &messages, &base, &blinds), &blinded);
            let evaluated = decode_raise_encode_each_with(kernel, &blinded, &key).unwrap();
            let base = Base::new_with(kernel, &Element::generator().raise(&key));
            let single = decode_unblind_encode_each_single(&evaluated, &base, &blinds);
            prop_assert_eq!(single, Ok(expected.clone()));
        }
    }
}
