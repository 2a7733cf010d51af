use super::*;
use rand::SeedableRng as _;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

#[test]
fn a_certificate_is_made_once_for_the_same_names_and_anew_when_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(5);
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut made = |names: &[String], now: i64| {
        let identity = Identity::self_signed(folder.path(), names, at(now), &mut dice).unwrap();
        assert!(identity.server().is_ok());
        identity.fingerprint().unwrap()
    };
    let first = made(&names, 0);
    assert_eq!(first.len(), 64 + 15);
    assert_eq!(first, made(&names, 1000));
    let other = made(&["sandbox.example".to_owned()], 1000);
    assert_ne!(first, other);
    assert_ne!(other, made(&["sandbox.example".to_owned()], 400 * 86400));
}

#[test]
fn files_that_hold_something_else_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pem");
    fs::write(&path, "nothing").unwrap();
    let identity = Identity { certificate: path.clone(), key: path.clone() };
    assert_eq!(identity.server().unwrap_err().code(), 9740);
    assert_eq!(client(&path).unwrap_err().code(), 9740);
    assert_eq!(client(&folder.path().join("none")).unwrap_err().code(), 9741);
}
