use super::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

fn scalar(hex_digits: &str) -> Exponent {
    let bytes: [u8; 32] = hex::decode(hex_digits).expect("hex").try_into().expect("32 bytes");
    Exponent::from_bytes(&bytes).expect("a scalar")
}

fn raised(point: &Point, by: &Exponent) -> Point {
    Point::decode(&raise_and_encode(&[*point], by)[0]).expect("a point")
}

/// The sum of two different points, by the chord of the textbook.
fn chord(a: &Point, b: &Point) -> Point {
    let slope = b.y.sub(&a.y).mul(&b.x.sub(&a.x).invert());
    let x = slope.square().sub(&a.x).sub(&b.x);
    Point { x, y: slope.mul(&a.x.sub(&x)).sub(&a.y) }
}

#[test]
fn the_key_pair_of_the_standard() {
    // GB/T 32918.5-2017 annex A: the private and public key of the examples.
    let key = scalar("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    let public = raised(&Point::generator(), &key);
    assert_eq!(
        hex::encode(bytes(&public.x.value())),
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    );
    assert_eq!(
        hex::encode(bytes(&public.y.value())),
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    );
}

#[test]
fn small_multiples_are_sums() {
    let generator = Point::generator();
    let mut sum = raised(&generator, &small(2));
    for size in 3..=200 {
        sum = chord(&sum, &generator);
        assert_eq!(raised(&generator, &small(size)), sum, "{size}");
    }
}

fn small(size: u8) -> Exponent {
    let mut bytes = [0; 32];
    bytes[31] = size;
    Exponent::from_bytes(&bytes).expect("not zero")
}

#[test]
fn multiples_near_the_order_are_opposites() {
    let generator = Point::generator();
    for size in MARGIN as u8 + 1..MARGIN as u8 + 40 {
        let mut near = ORDER;
        near[0] -= u64::from(size);
        let near = raised(&generator, &Exponent::checked(near).expect("below the margin"));
        let small = raised(&generator, &small(size));
        assert!(near.x == small.x && near.y == Field::ZERO.sub(&small.y), "{size}");
    }
}

#[test]
fn the_order_of_two_keys_does_not_matter() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for item in 0..50u32 {
        let point = vartime_hash_to_point(Hash::Sm3, &item.to_le_bytes());
        let (a, b) = (Exponent::random(&mut rng), Exponent::random(&mut rng));
        assert_eq!(raised(&raised(&point, &a), &b), raised(&raised(&point, &b), &a), "seed 7, {item}");
    }
}

#[test]
fn many_at_once_are_as_one_by_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let key = Exponent::random(&mut rng);
    let points: Vec<Point> =
        (0..100u32).map(|i| vartime_hash_to_point(Hash::Sha256, &i.to_le_bytes())).collect();
    let together = raise_and_encode(&points, &key);
    for (point, encoded) in points.iter().zip(&together) {
        assert_eq!(raise_and_encode(&[*point], &key)[0], *encoded);
    }
    assert!(raise_and_encode(&[], &key).is_empty());
}

#[test]
fn digits_make_the_scalar() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    for _ in 0..200 {
        let key = Exponent::random(&mut rng);
        // The digits from the top, with a little-endian sum of five limbs: 32·sum + digit.
        let mut sum = [0i128; 4];
        for i in (0..DIGITS).rev() {
            let (size, negative) = key.digit(i);
            assert!(size <= 16);
            let digit = if negative == 1 { -i128::from(size) } else { i128::from(size) };
            let mut carry = digit;
            for limb in &mut sum {
                let wide = *limb * 32 + carry;
                (*limb, carry) = (wide & i128::from(u64::MAX), wide >> 64);
            }
        }
        assert_eq!(sum.map(|limb| limb as u64), *key.0.expose(), "seed 9");
    }
}

#[test]
fn points_that_are_none_are_refused() {
    let good = Point::generator().encode();
    assert_eq!(Point::decode(&good), Some(Point::generator()));
    let mut odd = good;
    odd[0] ^= 1;
    assert_ne!(Point::decode(&odd), Some(Point::generator()));
    for tag in [0, 1, 4, 5, 6, 7, 255] {
        let mut bad = good;
        bad[0] = tag;
        assert_eq!(Point::decode(&bad), None, "tag {tag}");
    }
    let mut not_reduced = [0xff; POINT_BYTES];
    not_reduced[0] = 2;
    assert_eq!(Point::decode(&not_reduced), None);
    let mut prime = [2; POINT_BYTES];
    prime[1..].copy_from_slice(&bytes(&P));
    assert_eq!(Point::decode(&prime), None, "zero written as p");
    // Half of all abscissas have no point.
    let found = (0..=255u8).filter(|x| {
        let mut encoded = [2; POINT_BYTES];
        encoded[32] = *x;
        Point::decode(&encoded).is_some()
    });
    assert!((90..166).contains(&found.count()));
}

#[test]
fn scalars_out_of_range_are_refused() {
    assert!(Exponent::from_bytes(&[0; 32]).is_none());
    assert!(Exponent::from_bytes(&[0xff; 32]).is_none());
    assert!(Exponent::from_bytes(&bytes(&ORDER)).is_none());
}
