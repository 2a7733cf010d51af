use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

mod each;
mod vectors;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("hexadecimal").try_into().expect("length")
}

#[test]
fn multiples_of_the_generator() {
    // RFC 9496 appendix A.1
    let mut element = Element::identity();
    for (k, expected) in vectors::MULTIPLES.iter().enumerate() {
        assert_eq!(hex::encode(element.encode()), *expected, "{k} times the generator");
        match Element::decode(&bytes(expected)) {
            Ok(decoded) => assert_eq!(decoded, element),
            Err(e) => assert_eq!((k, e), (0, DecodeError::Identity)),
        }
        element = element + Element::generator();
    }
}

#[test]
fn invalid_encodings_are_refused() {
    // RFC 9496 appendix A.2
    for text in vectors::INVALID {
        assert_eq!(Element::decode(&bytes(text)), Err(DecodeError::NotCanonical), "{text}");
    }
}

#[test]
fn one_way_map() {
    // RFC 9496 appendix A.3
    for (input, output) in vectors::MAPPED {
        assert_eq!(hex::encode(Element::from_uniform_bytes(&bytes(input)).encode()), output);
    }
}

#[test]
fn expanded_messages() {
    // RFC 9380 appendix K.3
    let long = |letter: &str, name: &str, count| format!("{name}_{}", letter.repeat(count));
    let messages = [
        String::new(),
        "abc".into(),
        "abcdef0123456789".into(),
        long("q", "q128", 128),
        long("a", "a512", 512),
    ];
    for (message, (short, long)) in messages.iter().zip(vectors::EXPANDED) {
        let (mut got_short, mut got_long) = ([0; 32], [0; 128]);
        expand_message_xmd(message.as_bytes(), vectors::EXPAND_DST, &mut got_short).unwrap();
        expand_message_xmd(message.as_bytes(), vectors::EXPAND_DST, &mut got_long).unwrap();
        assert_eq!(
            (hex::encode(got_short).as_str(), hex::encode(got_long).as_str()),
            (short, long),
            "{message}"
        );
    }
}

#[test]
fn too_long_an_output_is_refused() {
    let mut out = vec![0; 255 * 64 + 1];
    assert_eq!(
        expand_message_xmd(b"m", b"d", &mut out),
        Err(ExpandError::TooLong { bytes: 16_321, max: 16_320 })
    );
    assert!(expand_message_xmd(b"m", b"d", &mut out[..16_320]).is_ok());
}

#[test]
fn long_tags_are_hashed_first() {
    // RFC 9380 section 5.3.3
    use sha2::Digest as _;
    let tag = [b'1'; 300];
    let hashed = sha2::Sha512::new().chain_update(b"H2C-OVERSIZE-DST-").chain_update(tag).finalize();
    assert_eq!(Hasher::new(&tag).hash(&[b"m"]), Hasher::new(&hashed).hash(&[b"m"]));
}

#[test]
fn hashing_separates_domains_and_joins_parts() {
    let (one, other) = (Hasher::new(b"one"), Hasher::new(b"other"));
    assert_ne!(one.hash(&[b"m"]), other.hash(&[b"m"]));
    assert_eq!(one.hash(&[b"ab", b"c"]), one.hash(&[b"abc"]));
}

#[test]
fn the_identity_is_refused() {
    assert_eq!(Element::decode(&[0; 32]), Err(DecodeError::Identity));
}

#[test]
fn exponents_do_not_print() {
    let exponent = Exponent::random(&mut ChaCha20Rng::seed_from_u64(1));
    assert_eq!(format!("{exponent:?}"), "Exponent(Secret(…))");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn raising_commutes_and_is_undone(seed: u64) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (a, b) = (Exponent::random(&mut rng), Exponent::random(&mut rng));
        let element = Element::random(&mut rng);
        prop_assert_eq!(element.raise(&a).raise(&b), element.raise(&b).raise(&a));
        prop_assert_eq!(element.raise(&a).raise(&a.inverse()), element);
        prop_assert_eq!(Element::decode(&element.encode()), Ok(element));
    }

    #[test]
    fn a_batch_equals_one_at_a_time(seed: u64, count in 0usize..70) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let by = Exponent::random(&mut rng);
        let elements: Vec<Element> = (0..count).map(|_| Element::random(&mut rng)).collect();
        let single: Vec<_> = elements.iter().map(|element| element.raise(&by).encode()).collect();
        prop_assert_eq!(raise_and_encode(&elements, &by), single);
    }

    #[test]
    fn decoding_never_panics_and_is_canonical(input: [u8; 32]) {
        if let Ok(element) = Element::decode(&input) {
            prop_assert_eq!(element.encode(), input);
        }
    }
}

/// The vector kernel against the sums of `curve25519-dalek`, with digits at their ends and buckets that meet.
#[test]
fn sums_of_many() {
    println!("seed 12");
    let mut rng = ChaCha20Rng::seed_from_u64(12);
    let mut elements: Vec<Element> = (0..200).map(|_| Element::random(&mut rng)).collect();
    let mut scalars: Vec<Scalar> = elements.iter().map(|_| Scalar::random(&mut rng)).collect();
    scalars[0] = Scalar::ZERO;
    scalars[1] = Scalar::ONE;
    scalars[2] = -Scalar::ONE;
    scalars[3] = Scalar::from(0x8080_8080_8080_8080u64);
    scalars[4] = Scalar::from(0x7f7f_7f80_ff00_ff80u64);
    (scalars[5], elements[5]) = (scalars[6], elements[6]);
    (scalars[7], elements[7]) = (-scalars[8], elements[8]);
    for count in [1, 63, 64, 71, 200] {
        let encoded: Vec<[u8; 32]> = elements[..count].iter().map(Element::encode).collect();
        let expected = vartime_sum(&scalars[..count], &elements[..count]);
        assert_eq!(vartime_sum_encoded(&scalars[..count], &encoded), Ok(expected), "{count}");
    }
    let encoded = vec![elements[0].encode(); 64];
    let nothing = vec![Scalar::ZERO; 64];
    assert_eq!(vartime_sum_encoded(&nothing, &encoded), Ok(Element::identity()));
}
