use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn kernels() -> impl Iterator<Item = Kernel> {
    Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
}

#[test]
fn vectors() {
    // RFC 7748 section 5.2, with bit 255 set in the second
    let cases = [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ];
    for kernel in kernels() {
        for (scalar, point, expected) in cases {
            let got = multiply_each_with(kernel, &[bytes(point)], &bytes(scalar));
            assert_eq!(hex::encode(got[0]), expected, "{kernel:?}");
        }
    }
}

#[test]
fn iterated() {
    // RFC 7748 section 5.2: after one and after 1,000 iterations
    for kernel in kernels() {
        let (mut k, mut u) = (BASE, BASE);
        for round in 1..=1000 {
            let next = multiply_each_with(kernel, &[u], &k)[0];
            (k, u) = (next, k);
            if round == 1 {
                let expected = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
                assert_eq!(hex::encode(k), expected, "{kernel:?}");
            }
        }
        let expected = "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51";
        assert_eq!(hex::encode(k), expected, "{kernel:?}");
    }
}

#[test]
fn low_order_and_unreduced_points() {
    // 0, 1, the two of order 8, p - 1, p, p + 1, with and without bit 255; 2p - 1 has it; then the largest.
    let low = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    let mut points: Vec<[u8; 32]> = low.iter().map(|text| bytes(text)).collect();
    points.push([0xff; 32]);
    points.push(BASE);
    let scalar = [0x5a; 32];
    let largest = curve25519_dalek::MontgomeryPoint([0xff; 32]).mul_clamped(scalar).to_bytes();
    for kernel in kernels() {
        let got = multiply_each_with(kernel, &points, &scalar);
        assert!(got[..8].iter().all(|point| *point == [0; 32]), "{kernel:?}");
        assert_eq!(got[8], largest, "{kernel:?}");
        assert_ne!(got[9], [0; 32]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn all_kernels_are_as_the_reference(seed: u64, count in 0usize..40) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut random = || { let mut b = [0; 32]; rng.fill_bytes(&mut b); b };
        let scalar = random();
        let points: Vec<[u8; 32]> = (0..count).map(|_| random()).collect();
        let reference = |point: &[u8; 32]| curve25519_dalek::MontgomeryPoint(*point).mul_clamped(scalar).to_bytes();
        let expected: Vec<[u8; 32]> = points.iter().map(reference).collect();
        for kernel in kernels() {
            prop_assert_eq!(&multiply_each_with(kernel, &points, &scalar), &expected);
        }
        prop_assert_eq!(multiply_each(&points, &scalar), expected);
    }

    #[test]
    fn exchange(seed: u64) {
        // RFC 7748 section 6.1
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (mut a, mut b) = ([0; 32], [0; 32]);
        rng.fill_bytes(&mut a);
        rng.fill_bytes(&mut b);
        let (from_a, from_b) = (multiply_each(&[BASE], &a), multiply_each(&[BASE], &b));
        prop_assert_eq!(multiply_each(&from_b, &a), multiply_each(&from_a, &b));
    }
}
