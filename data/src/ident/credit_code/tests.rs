use super::*;
use proptest::prelude::*;

const SAMPLE: &str = "91350100M000100Y43"; // GB 32100-2015, annex

fn run(raw: &str) -> (Result<String, Reason>, Marks) {
    let (mut out, mut marks) = (String::new(), Marks::default());
    let value = match clean(raw, &mut out, &mut marks) {
        Verdict::Same => Ok(raw.to_owned()),
        Verdict::Changed => Ok(out),
        Verdict::Invalid(reason) => Err(reason),
        Verdict::Null => panic!("nulls are the caller's"),
    };
    (value, marks)
}

#[test]
fn sample_of_the_standard() {
    assert!(is_valid(SAMPLE.as_bytes()));
    assert_eq!(org_code_of(SAMPLE), Some("M000100Y4"));
    assert!(org_code::is_valid(b"M000100Y4"));
    assert_eq!(division_of(SAMPLE), Some("350100"));
}

#[test]
fn normalises() {
    for raw in [
        "91350100m000100y43",
        "91350100-M000100Y-43",
        " 91350100M000100Y43\t",
        "９１３５０１００Ｍ０００１００Ｙ４３",
    ] {
        let (value, marks) = run(raw);
        assert_eq!(value.as_deref(), Ok(SAMPLE), "{raw}");
        assert!(!marks.normalised.is_empty() && marks.flag.is_none());
    }
}

#[test]
fn look_alikes_only_when_the_check_agrees() {
    for raw in ["9135O1OOMOOO1OOY43", "9I350I00M000I00Y43", "91350100M000l00Y43", "913S0100M000100Y43"] {
        let (value, marks) = run(raw);
        if raw.contains('l') {
            assert_eq!(
                value,
                Err(Reason::CreditCodeCheck),
                "L is a character of the code, l is not read as 1"
            );
            continue;
        }
        assert_eq!(value.as_deref(), Ok(SAMPLE), "{raw}");
        assert_eq!(marks.flag, Some(Reason::LookAlikeFixed));
        assert!(marks.normalised.contains(Rule::R13));
    }
    assert_eq!(run("9135O1OOMOOO1OOY44").0, Err(Reason::CreditCodeForm));
}

#[test]
fn other_kinds_are_named() {
    for (raw, reason) in [
        ("110108000000016", Reason::RegistrationNumber),
        ("110108000000017", Reason::RegistrationCheck),
        ("D2143569-X", Reason::OrgCodeHere),
        ("91350100M000100Y44", Reason::CreditCodeCheck),
        ("9.1350E+17", Reason::PrecisionLost),
        ("913501001234567000", Reason::PrecisionLost),
        ("9135", Reason::Length),
        ("某某公司", Reason::Characters),
    ] {
        assert_eq!(run(raw).0, Err(reason), "{raw}");
    }
}

fn valid_code() -> impl Strategy<Value = String> {
    ("[159][1-9]99[0-9]{4}", proptest::collection::vec(0usize..31, 9)).prop_map(|(front, rest)| {
        let mut code: Vec<u8> = front.into_bytes();
        code.extend(rest.iter().map(|&i| ALPHABET[i]));
        code.push(check_character(code[..].try_into().unwrap()).unwrap());
        String::from_utf8(code).unwrap()
    })
}

proptest! {
    #[test]
    fn valid_stays_valid(code in valid_code()) {
        prop_assert_eq!(run(&code).0, Ok(code.clone()));
        prop_assert_eq!(run(&code.to_lowercase()).0, Ok(code));
    }

    /// 31 is prime and 3 a primitive root of it: every substitution and every swap of neighbours changes the sum.
    #[test]
    fn any_change_is_caught(code in valid_code(), at in 0usize..18, by in 1usize..31) {
        let mut bytes = code.into_bytes();
        let value = usize::from(VALUES[usize::from(bytes[at])]);
        bytes[at] = ALPHABET[(value + by) % 31];
        prop_assert!(!is_valid(&bytes));
    }

    #[test]
    fn swapped_neighbours_are_caught(code in valid_code(), at in 0usize..16) {
        let mut bytes = code.into_bytes();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        prop_assert!(!is_valid(&bytes));
    }

    #[test]
    fn idempotent(raw in "[ 0-9A-Za-zＡ０-]{0,22}") {
        if let Ok(once) = run(&raw).0 {
            prop_assert_eq!(run(&once).0, Ok(once));
        }
    }
}
