use super::*;
use proptest::prelude::*;

fn run(raw: &str, grain: Grain) -> (Verdict, String, Marks) {
    let (mut out, mut marks) = (String::new(), Marks::default());
    let verdict = clean(raw, grain, &mut out, &mut marks);
    let value = if verdict == Verdict::Same { raw.to_owned() } else { out };
    (verdict, value, marks)
}

#[test]
fn days() {
    for raw in [
        "1990-03-07",
        "1990/3/7",
        "1990.3.7",
        "19900307",
        "1990年3月7日",
        "32939",
        "1990-3-7",
        " 1990-03-07",
        "１９９０－０３－０７",
        "1990-03-07 00:00:00",
        "1990/3/7 0:00",
        "1990-03-07T00:00:00+08:00",
        "32939.0",
        "19900307.0",
        "1990年03月07日 08时30分",
        "1990-03-06T16:00:00Z",
        "19900307080000",
    ] {
        let (verdict, value, marks) = run(raw, Grain::Day);
        assert_eq!(value, "1990-03-07", "{raw}");
        assert!(matches!(verdict, Verdict::Same | Verdict::Changed));
        assert_eq!(verdict == Verdict::Same, marks == Marks::default(), "{raw}");
    }
    assert!(run("1990/3/7", Grain::Day).2.normalised.contains(Rule::R10));
}

#[test]
fn sentinels_are_null() {
    for raw in [
        "00000000",
        "0000-00-00",
        "9999-12-31",
        "99991231",
        "99999999",
        "1900-01-00",
        "0001-01-01",
        "0000-00-00 00:00:00",
        "9999-12-31 23:59:59",
    ] {
        let (verdict, _, marks) = run(raw, Grain::Day);
        assert_eq!(verdict, Verdict::Null, "{raw}");
        assert!(marks.normalised.contains(Rule::R10));
    }
    assert_eq!(run("999912", Grain::Month).0, Verdict::Null);
    assert_eq!(run("9999-12", Grain::Month).0, Verdict::Null);
}

#[test]
fn refused() {
    for raw in [
        "1990-02-30",
        "7/3/1990",
        "03/07/90",
        "199003",
        "1990",
        "abc",
        "1990-13-01",
        "1990-03-07x",
        "1990-03-07 25:00",
        "1699-01-01",
        "60",
        "1990--",
        "1990-03-07 12:00:00+99:00",
        "1990年",
        "2999-01-01",
        "",
        "１９９０年３月７日に",
    ] {
        assert_eq!(run(raw, Grain::Day).0, Verdict::Invalid(Reason::Date), "{raw}");
    }
}

#[test]
fn months() {
    for raw in [
        "2020-01",
        "202001",
        "2020/1",
        "2020年1月",
        "2020.1",
        "20200131",
        "2020-01-31",
        "2020年1月5日",
        "202001.0",
    ] {
        assert_eq!(run(raw, Grain::Month).1, "2020-01", "{raw}");
    }
    for raw in ["202013", "2020", "2020-00", "2020-01 08:00"] {
        assert_eq!(run(raw, Grain::Month).0, Verdict::Invalid(Reason::Date), "{raw}");
    }
}

#[test]
fn timestamps() {
    for (raw, value) in [
        ("2026-01-31 08:05:09", "2026-01-31 08:05:09"),
        ("2026-01-31T08:05:09.123+08:00", "2026-01-31 08:05:09"),
        ("2026-01-30T23:05:09Z", "2026-01-31 07:05:09"),
        ("2026/1/31 8:05", "2026-01-31 08:05:00"),
        ("20260131080509", "2026-01-31 08:05:09"),
        ("2026-01-31", "2026-01-31 00:00:00"),
        ("20260131", "2026-01-31 00:00:00"),
        ("32939.5", "1990-03-07 12:00:00"),
        ("2026年1月31日8时5分9秒", "2026-01-31 08:05:09"),
    ] {
        assert_eq!(run(raw, Grain::Second).1, value, "{raw}");
    }
    assert_eq!(run("2026-01-31 24:00:00", Grain::Second).0, Verdict::Invalid(Reason::Date));
}

#[test]
fn serial_numbers_match_the_calendar() {
    for (serial, day) in
        [("00061", "1900-03-01"), ("36526", "2000-01-01"), ("36585", "2000-02-29"), ("45992", "2025-12-01")]
    {
        assert_eq!(run(serial, Grain::Day).1, day);
    }
}

#[test]
fn compacts() {
    assert_eq!(compact("1990-03-07").as_deref(), Some("19900307"));
    assert_eq!(compact("1990-3-7"), None);
}

proptest! {
    #[test]
    fn agrees_with_a_calendar(y in 1700u32..2300, m in 0u32..14, d in 0u32..33) {
        let sound = (1800..=2199).contains(&y)
            && jiff::civil::Date::new(y as i16, m as i8, d as i8).is_ok();
        let text = format!("{y:04}-{m:02}-{d:02}");
        prop_assert_eq!(is_canonical_date(text.as_bytes()), sound);
        if sound {
            let (y, digits) = (y.to_string(), format!("{y:04}{m:02}{d:02}"));
            prop_assert_eq!(&run(&digits, Grain::Day).1, &text);
            prop_assert_eq!(&run(&format!("{y}年{m}月{d}日"), Grain::Day).1, &text);
        }
    }

    #[test]
    fn serial_and_shift_agree_with_a_calendar(serial in 10_000u32..99_999) {
        let day = jiff::civil::date(1899, 12, 30) + jiff::ToSpan::days(i64::from(serial));
        prop_assert_eq!(run(&serial.to_string(), Grain::Day).1, day.to_string());
        let utc = format!("{day}T20:00:00Z");
        prop_assert_eq!(run(&utc, Grain::Day).1, day.tomorrow().unwrap().to_string());
    }

    #[test]
    fn idempotent_and_never_panics(raw in "[0-9/.年月日 TZ:+-]{0,26}") {
        for grain in [Grain::Month, Grain::Day, Grain::Second] {
            let (verdict, value, _) = run(&raw, grain);
            if matches!(verdict, Verdict::Same | Verdict::Changed) {
                prop_assert_eq!(run(&value, grain).0, Verdict::Same, "{}", value);
            }
        }
    }
}
