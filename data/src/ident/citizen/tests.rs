use super::*;
use crate::ident::{Marks, Reason, Rule, Verdict};
use jiff::civil::date;
use proptest::prelude::*;

const TEST: Limits = Limits { test_region: true, latest_birth: 20_991_231 };
const REAL: Limits = Limits { test_region: false, latest_birth: 20_261_121 };

fn run(raw: &str, accept: Accept, limits: &Limits) -> (Result<String, Reason>, Marks) {
    let (mut out, mut marks) = (String::new(), Marks::default());
    let value = match clean(raw, accept, limits, &mut out, &mut marks) {
        Verdict::Same => Ok(raw.to_owned()),
        Verdict::Changed => Ok(out),
        Verdict::Invalid(reason) => Err(reason),
        Verdict::Null => panic!("nulls are the caller's"),
    };
    (value, marks)
}

fn value(raw: &str) -> Result<String, Reason> {
    run(raw, Accept::Citizens, &REAL).0
}

#[test]
fn published_samples() {
    // GB 11643-1999, appendix; the second is its 15-digit form.
    assert_eq!(value("11010519491231002X").as_deref(), Ok("11010519491231002X"));
    assert_eq!(value("110105491231002").as_deref(), Ok("11010519491231002X"));
    assert_eq!(value("440524188001010014"), Err(Reason::BirthDate), "1880 with sequence 001");
    assert_eq!(value("990101199003070015"), Err(Reason::TestRegion));
    assert_eq!(run("990101199003070015", Accept::Citizens, &TEST).0.as_deref(), Ok("990101199003070015"));
}

#[test]
fn refuses_by_name() {
    for (raw, reason) in [
        ("110105194912310021", Reason::CheckDigit),
        ("110105194912310000", Reason::PrecisionLost),
        ("1.10105E+17", Reason::PrecisionLost),
        ("110105194912310016.0", Reason::PrecisionLost),
        ("11010519491231", Reason::Length),
        ("1101051949123100AX", Reason::Characters),
        ("中文", Reason::Characters),
        ("110105491331002", Reason::BirthDate),
        ("000105491231002", Reason::Province),
    ] {
        assert_eq!(value(raw), Err(reason), "{raw}");
    }
}

fn with_check(first_17: &str) -> String {
    let check = check_character(first_17.as_bytes().try_into().unwrap()).unwrap();
    format!("{first_17}{}", char::from(check))
}

#[test]
fn birth_dates() {
    assert_eq!(value(&with_check("11010519490230001")), Err(Reason::BirthDate));
    assert_eq!(value(&with_check("11010520270101001")), Err(Reason::BirthDate), "born tomorrow");
    assert!(value(&with_check("11010520000229001")).is_ok());
    assert_eq!(value(&with_check("11010519000229001")), Err(Reason::BirthDate), "1900 was no leap year");
    assert!(value(&with_check("11010518991231996")).is_ok(), "a centenarian");
    assert_eq!(value(&with_check("11010518991231995")), Err(Reason::BirthDate));
    // The 15-digit form of one born in 1899.
    assert_eq!(value("110105991231997").unwrap()[..17], *"11010518991231997");
}

#[test]
fn cards_beside_it() {
    let permit = with_check("81000019900307001");
    assert_eq!(CitizenId::new(&permit, &REAL).unwrap().found(), Found::ResidencePermit);
    assert!(value(&permit).is_ok());
    let foreign = with_check("91184019900307001");
    assert_eq!(value(&foreign), Err(Reason::ForeignResident));
    assert_eq!(run(&foreign, Accept::Anyone, &REAL).0.as_ref(), Ok(&foreign));
    assert_eq!(CitizenId::new(&foreign, &REAL).unwrap().first_issue_division(), None);
    // Never an old citizen id, though it has 15 characters.
    assert_eq!(value("USA110090030700"), Err(Reason::ForeignResident));
    assert_eq!(run("usa110090030700", Accept::Anyone, &REAL).0.as_deref(), Ok("USA110090030700"));
}

#[test]
fn suspects_are_kept_and_flagged() {
    // Sequences x00 whose check digit is 0.
    let id = (0..28u32)
        .map(|day| with_check(&format!("110105199003{:02}100", day + 1)))
        .find(|id| id.ends_with("000"))
        .unwrap();
    let (value, marks) = run(&id, Accept::Citizens, &REAL);
    assert_eq!(value, Ok(id.clone()));
    assert_eq!(marks.flag, Some(Reason::PrecisionSuspect));
    assert!(!is_canonical(id.as_bytes(), &REAL) && is_valid(id.as_bytes(), &REAL));
}

#[test]
fn rules_are_noted() {
    for (raw, rules) in [
        ("11010519491231002x", vec![Rule::R02]),
        ("１１０１０５１９４９１２３１００２Ｘ", vec![Rule::R02]),
        ("11010519491231002X\t", vec![Rule::R03]),
        ("'110105 19491231 002x", vec![Rule::R02, Rule::R03]),
        ("110105491231002\u{3000}", vec![Rule::R01, Rule::R03]),
        ("110105491231002.0", vec![Rule::R01, Rule::R04]),
    ] {
        let (value, marks) = run(raw, Accept::Citizens, &REAL);
        assert_eq!(value.as_deref(), Ok("11010519491231002X"), "{raw}");
        assert_eq!(marks.normalised.iter().collect::<Vec<_>>(), rules, "{raw}");
    }
}

#[test]
fn says_what_is_known_of_the_holder() {
    let id = CitizenId::new("11010519491231002X", &REAL).unwrap();
    assert_eq!(id.birth(), date(1949, 12, 31));
    assert_eq!(id.sex(), Sex::Female);
    assert_eq!(id.sex().code(), "2");
    assert_eq!(id.first_issue_division(), Some("110105"));
    assert_eq!(id.age(date(2026, 12, 30)), Some(76));
    assert_eq!(id.age(date(2026, 12, 31)), Some(77));
    assert_eq!(id.age(date(1949, 12, 30)), None);
    assert_eq!(id.age_band(date(2026, 12, 31)).unwrap().to_string(), "75-79");
    assert_eq!(AgeBand::of(103).to_string(), "100+");
    assert_eq!(format!("{id:?}"), "CitizenId(110105********002X)");
}

fn valid_id() -> impl Strategy<Value = String> {
    (1u32..=9999, 1900u32..=2026, 1u32..=12, 1u32..=28, 1u32..=999)
        .prop_filter("not in the future", |(_, y, m, d, _)| y * 10_000 + m * 100 + d <= 20_261_121)
        .prop_map(|(area, y, m, d, s)| with_check(&format!("99{area:04}{y}{m:02}{d:02}{s:03}")))
}

proptest! {
    #[test]
    fn valid_ids_stay(id in valid_id()) {
        prop_assert_eq!(run(&id, Accept::Citizens, &TEST).0, Ok(id.clone()));
        prop_assert!(is_valid(id.as_bytes(), &TEST));
    }

    /// MOD 11-2 finds every single substitution (ISO/IEC 7064).
    #[test]
    fn any_changed_digit_is_caught(id in valid_id(), at in 0usize..18, by in 1u8..=9) {
        let mut bytes = id.into_bytes();
        bytes[at] = if bytes[at] == b'X' { b'0' + by } else { b'0' + (bytes[at] - b'0' + by) % 10 };
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(run(&changed, Accept::Anyone, &TEST).0.is_err(), "{}", changed);
    }

    /// ... and every transposition of neighbours.
    #[test]
    fn swapped_neighbours_are_caught(id in valid_id(), at in 0usize..17) {
        let mut bytes = id.into_bytes();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(run(&changed, Accept::Anyone, &TEST).0.is_err(), "{}", changed);
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(raw in "[ '\t0-9xXＸ１２．.E+-]{0,24}") {
        if let Ok(once) = run(&raw, Accept::Anyone, &TEST).0 {
            prop_assert_eq!(run(&once, Accept::Anyone, &TEST).0, Ok(once));
        }
    }

    #[test]
    fn quick_and_slow_agree(id in "(99|11|81)0101(18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]") {
        let slow = run(&id, Accept::Citizens, &TEST);
        prop_assert_eq!(is_valid(id.as_bytes(), &TEST), slow.0.is_ok());
    }
}
