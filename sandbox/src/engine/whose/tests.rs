use super::*;

#[test]
fn every_person_has_the_digest_that_stands_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("persons");
    let many = 3 * AT_ONCE + 7;
    let digest = |n: u64| u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes();
    // Half an entry at the end is nobody.
    let entries = (0..many).flat_map(|n| [&digest(n)[..], &[0; 4]].concat()).chain([1; 19]);
    std::fs::write(&path, entries.collect::<Vec<u8>>()).unwrap();
    let mut whose = Whose::open(&path).unwrap();
    for person in (0..many).step_by(97).chain([5, AT_ONCE, AT_ONCE - 1, many - 1, 0]) {
        assert_eq!(whose.digest(person as i64).unwrap(), digest(person), "{person}");
    }
    for nobody in [-1, many as i64, i64::MAX] {
        assert_eq!(whose.digest(nobody).unwrap_err().code(), 9745);
    }
}
