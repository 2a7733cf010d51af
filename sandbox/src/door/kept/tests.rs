use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn kept() -> Kept<u32> {
    Kept::new(SignedDuration::from_secs(10), 3, 5)
}

#[test]
fn it_is_taken_once_by_whom_it_belongs_to_and_in_time() {
    let mut kept = kept();
    kept.keep(b"a", "li", 1, at(0));
    assert_eq!(kept.take(b"a", "wang", at(1)), None);
    assert_eq!(kept.take(b"a", "li", at(1)), Some(1));
    assert_eq!(kept.take(b"a", "li", at(1)), None);
    kept.keep(b"b", "li", 2, at(0));
    assert!(kept.get(b"b", at(9)).is_some());
    assert!(kept.get(b"b", at(10)).is_none());
    assert_eq!(kept.take(b"b", "li", at(10)), None);
}

#[test]
fn the_oldest_goes_where_there_are_too_many() {
    let mut kept = kept();
    for (n, name) in [b"a", b"b", b"c", b"d"].into_iter().enumerate() {
        kept.keep(name, "li", u32::try_from(n).unwrap(), at(0));
    }
    assert!(kept.get(b"a", at(1)).is_none());
    assert!(kept.get(b"b", at(1)).is_some());
    for name in [b"e", b"f", b"g"] {
        kept.keep(name, "wang", 0, at(1));
    }
    assert_eq!(kept.entries.len(), 5);
    assert!(kept.get(b"b", at(1)).is_none());
}
