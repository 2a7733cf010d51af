use super::*;
use crate::log::tests::{entry, key, time};
use proptest::prelude::*;

#[test]
fn has_exactly_the_required_keys_in_order() {
    let record = Record::sign(&entry(1), time(1), Digest::ZERO, &key()).expect("signed");
    let line = record.to_line();
    let at: Vec<usize> =
        ["time", "user", "ip", "object", "content", "action", "result", "stage", "prev", "signature"]
            .map(|k| line.find(&format!("\"{k}\":")).expect("the key"))
            .into();
    assert!(at.is_sorted());
    let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(value.as_object().expect("an object").len(), 10);
    assert_eq!(value["time"], "2026-11-21T14:00:01.000+08:00");
}

#[test]
fn other_spellings_are_refused() {
    let line = Record::sign(&entry(1), time(1), Digest::ZERO, &key()).expect("signed").to_line();
    let line = line.trim_end();
    assert!(Record::from_line(line.as_bytes()).is_ok());
    for other in [
        line.replace("\"user\":", "\"user\": "),
        line.replace("{", "{\"extra\":1,"),
        line.replace("+08:00", "+00:00"),
        line.replace(".000+", ".0+"),
        line.replace("\"prev\":\"0", "\"prev\":\"+"),
        line.replace("张三", "\\u5f20三"),
        format!("{line} "),
        format!("{line}\r"),
        line[..line.len() - 1].to_owned(),
        String::new(),
        "null".into(),
    ] {
        assert!(matches!(Record::from_line(other.as_bytes()), Err(AuditError::BadLine { .. })), "{other}");
    }
    let capital = line.rfind(|c: char| matches!(c, 'a'..='f')).expect("a hex letter");
    let mut bytes = line.as_bytes().to_vec();
    bytes[capital].make_ascii_uppercase();
    assert!(Record::from_line(&bytes).is_err());
    assert!(Record::from_line(&vec![b'['; MAX_LINE + 1]).is_err());
    assert!(Record::from_line(&vec![b'['; MAX_LINE]).is_err());
}

#[test]
fn limits_on_fields() {
    let sign = |e: &Entry| Record::sign(e, time(1), Digest::ZERO, &key());
    let with = |user: &str| Entry { user: user.into(), ..entry(1) };
    assert!(matches!(sign(&with("")), Err(AuditError::EmptyField { .. })));
    assert!(matches!(sign(&with(&"长".repeat(171))), Err(AuditError::LongField { .. })));
    for sly in ["a\nb", "a\u{202e}b", "a\u{2028}", "\u{7f}", "\u{85}", "\0"] {
        assert!(matches!(sign(&with(sly)), Err(AuditError::UnprintableField { .. })), "{sly:?}");
    }
    // The most that fits still makes a line within the limit.
    let quote = |n| "\"".repeat(n);
    let most = Entry {
        user: quote(MAX_FIELD),
        object: quote(MAX_FIELD),
        content: quote(MAX_CONTENT),
        action: quote(MAX_FIELD),
        result: quote(MAX_FIELD),
        ..entry(1)
    };
    let line = sign(&most).expect("fits").to_line();
    assert!(Record::from_line(line.trim_end().as_bytes()).is_ok());
}

#[test]
fn milliseconds_round_down_before_the_epoch_too() {
    for (given, kept) in [("1969-12-31T23:59:59.9999Z", -1), ("2026-01-01T00:00:00.0019Z", 1_767_225_600_001)]
    {
        let record = Record::sign(&entry(1), given.parse().expect("a time"), Digest::ZERO, &key());
        assert_eq!(record.expect("signed").time.as_millisecond(), kept);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_entry_fitted_can_be_written_and_read(
        user in any::<String>(), object in any::<String>(), content in "\\PC{0,4000}",
        action in any::<String>(), result in any::<String>(), ip in any::<[u8; 16]>(),
        v4 in any::<[u8; 4]>(), four in any::<bool>(), stage in 0usize..6, ms in -60_000_000_000_000i64..250_000_000_000_000,
    ) {
        let ip = if four { IpAddr::from(v4) } else { IpAddr::from(ip) };
        let entry = Entry { user, ip, object, content, action, result, stage: Stage::ALL[stage] }.fitted();
        let now = Timestamp::from_millisecond(ms).expect("in range");
        let record = Record::sign(&entry, now, Digest::sha256(b"p"), &key()).expect("fits");
        let line = record.to_line();
        let again = Record::from_line(line.strip_suffix('\n').expect("a newline").as_bytes()).expect("reads");
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(again.digest(), record.digest());
        prop_assert_eq!(again.verify(&key().public()), Ok(()));
    }

    #[test]
    fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Record::from_line(&line).is_err());
    }
}
