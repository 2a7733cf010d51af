//! A signature is one person's, over one text, at one time.

use super::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

const DOMAIN: &str = "test";
const BODY: &str = "[contract]\nid = \"1\"\n# [[signature]]\n";

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn signed() -> Signed<String> {
    let now = "2026-11-22T08:00:00.4Z".parse().unwrap();
    Signed::make(DOMAIN, &Digest::sha256(BODY.as_bytes()), ("b".to_owned(), "zhao"), &key(1), now)
}

#[test]
fn a_file_is_what_was_signed_and_who_signed_it() {
    let text = joined(BODY, &[signed(), signed()]).unwrap();
    let (body, tail) = split(&text);
    assert_eq!(body, BODY);
    assert_eq!(signatures::<String>(tail).unwrap(), [signed(), signed()]);
    assert_eq!(joined::<String>(BODY, &[]).unwrap(), BODY);
    assert!(signatures::<String>("[[signature]]\nparty = \"b\"\n").is_err());
    assert!(signatures::<String>(&tail.replace("[[signature]]", "[other]")).is_err());
}

#[test]
fn every_part_of_it_is_signed() {
    let (digest, other) = (Digest::sha256(BODY.as_bytes()), Digest::sha256(b"other"));
    let (own, key) = (signed(), key(1).public());
    assert!(own.fits(DOMAIN, &digest, &key), "the control");
    let later = "2026-11-22T08:00:01Z".parse().unwrap();
    let changed = [
        Signed { party: "c".to_owned(), ..own.clone() },
        Signed { by: "qian".to_owned(), ..own.clone() },
        Signed { at: later, ..own.clone() },
    ];
    assert!(changed.iter().all(|changed| !changed.fits(DOMAIN, &digest, &key)));
    assert!(!own.fits(DOMAIN, &other, &key));
    assert!(!own.fits("another", &digest, &key));
    assert!(!own.fits(DOMAIN, &digest, &self::key(2).public()));
}

/// Files that were signed once stay signed: the bytes that a signature is over, and how it stands in a file.
#[test]
fn what_is_signed_stays_what_it_was() {
    let digest = Digest::sha256(BODY.as_bytes());
    let parts: [&[u8]; 4] = [&digest.0, b"b", b"zhao", b"2026-11-22T08:00:00Z"];
    let message = Digest::of_parts(DOMAIN, &parts).0;
    assert_eq!(signed().signature, key(1).sign(DOMAIN, &message));
    let signature = signed().signature;
    let tail = format!(
        "[[signature]]\nparty = \"b\"\nby = \"zhao\"\nat = \"2026-11-22T08:00:00Z\"\nsignature = \"{signature}\"\n"
    );
    assert_eq!(joined(BODY, &[signed()]).unwrap(), format!("{BODY}{tail}"));
}
