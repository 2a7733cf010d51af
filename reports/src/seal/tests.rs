//! Our opening against the `hpke` crate's sealing, and what must not open.

use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

#[test]
fn opens_what_was_sealed_and_nothing_else() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (key, other) = (OpenKey::generate(&mut rng), OpenKey::generate(&mut rng));
    let (task, leader) = (Digest([7; 32]), Role::Leader);
    let open = |key: &OpenKey, at, about: &[u8], sealed: &[u8]| {
        key.open_each(at, &[(about, sealed)]).remove(0).map(|share| share.to_vec())
    };
    for length in [0, 1, 64, 1000] {
        let share = vec![5; length];
        let sealed = key.public().seal((&task, leader), b"about", &share, &mut rng).expect("a good key");
        assert_eq!(sealed.len(), length + SEALING);
        assert_eq!(open(&key, (&task, leader), b"about", &sealed), Some(share));
        assert_eq!(open(&key, (&task, leader), b"abouT", &sealed), None);
        assert_eq!(open(&key, (&task, Role::Helper), b"about", &sealed), None);
        assert_eq!(open(&key, (&Digest([8; 32]), leader), b"about", &sealed), None);
        assert_eq!(open(&other, (&task, leader), b"about", &sealed), None);
        for at in [0, 31, 32, length + SEALING - 1] {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open(&key, (&task, leader), b"about", &altered), None, "byte {at}");
        }
        for cut in [0, 31, 47, length + SEALING - 1] {
            assert_eq!(open(&key, (&task, leader), b"about", &sealed[..cut]), None, "cut to {cut}");
        }
    }
    // A point of low order: everybody would know the key.
    assert_eq!(open(&key, (&task, leader), b"", &[0; SEALING]), None);
}

/// RFC 9180 appendix A.2.1 (DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode), sequence number 0.
#[test]
fn opens_the_published_vector() {
    let text = "yinshu-secret-x25519:8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
    let key: OpenKey = text.parse().expect("a key");
    assert_eq!(
        key.public().to_string(),
        "x25519:4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
    );
    let hex = |text: &str| hex::decode(text).expect("digits");
    let encapsulated = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let sealed =
        hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");
    let (info, about) = (hex("4f6465206f6e2061204772656369616e2055726e"), hex("436f756e742d30"));
    let point = <[u8; 32]>::try_from(encapsulated.as_slice()).expect("a point");
    let shared = x25519::multiply_each(&[point], key.scalar.expose())[0];
    let opened = key.open(&info, &about, &[encapsulated, sealed].concat(), &shared).expect("it opens");
    assert_eq!(opened.as_slice(), b"Beauty is truth, truth beauty");
}

#[test]
fn keys_go_through_text() {
    let key = OpenKey::generate(&mut ChaCha20Rng::seed_from_u64(2));
    let again: OpenKey = key.to_text().parse().expect("its own text");
    assert_eq!(again.public(), key.public().to_string().parse().expect("its own text"));
    assert!(!format!("{key:?}").contains(&hex::encode(key.scalar.expose())));
    for bad in
        ["", "x25519:00", &format!("x25519:{}", "00".repeat(32)), &format!("ed25519:{}", "11".repeat(32))]
    {
        assert_eq!(bad.parse::<SealKey>(), Err(ReportsError::BadKey), "{bad:?}");
    }
}

/// Of the ways to write a number modulo 2^255 - 19, one is a key.
#[test]
fn a_key_is_written_in_one_way() {
    let key = |bytes: [u8; 32]| format!("{PUBLIC}{}", hex::encode(bytes)).parse::<SealKey>();
    let mut bytes = [0; 32];
    bytes[0] = 9;
    assert!(key(bytes).is_ok());
    bytes[31] = 0x80;
    assert_eq!(key(bytes), Err(ReportsError::BadKey), "the highest bit is ignored by the curve");
    // p - 20 is the greatest below p that is not of low order or near it; p + 9 is 9 again.
    let mut bytes = [0xff; 32];
    (bytes[31], bytes[0]) = (0x7f, 0xed - 20);
    assert!(key(bytes).is_ok());
    bytes[0] = 0xed + 9;
    assert_eq!(key(bytes), Err(ReportsError::BadKey), "9 and 2^255 - 19");
}
