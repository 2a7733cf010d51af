//! Rules as they are written.

use super::*;

#[derive(Debug, Deserialize)]
struct Policy {
    release: Rules,
}

fn read(text: &str) -> Result<Rules, toml::de::Error> {
    toml::from_str::<Policy>(&format!("release = {text}")).map(|p| p.release)
}

#[test]
fn a_profile_with_some_rules_stricter() {
    let rules =
        read("{ profile = \"uk-tre-10\", least = 20, dominance = { largest = 1, percent = 60 } }").unwrap();
    let expected = vec![Dominance { largest: 1, percent: 60 }, Dominance { largest: 2, percent: 90 }];
    assert_eq!(rules, Rules { least: 20, dominance: expected, ..Rules::default() });
    assert_eq!(read("{}").unwrap(), Rules::default());
    for profile in Profile::ALL {
        assert_eq!(read(&format!("{{ profile = \"{}\" }}", profile.name())).unwrap(), profile.rules());
    }
}

#[test]
fn no_rule_is_looser_than_its_profile() {
    for looser in [
        "least = 9",
        "numerator = 9",
        "class = false",
        "dominance = { largest = 2, percent = 91 }",
        "closeness = 9",
        "freedom = 9",
    ] {
        let said = read(&format!("{{ profile = \"uk-tre-10\", {looser} }}")).unwrap_err().to_string();
        assert!(said.contains("looser") && said.contains("uk-tre-10"), "{said}");
    }
    assert!(read("{ profile = \"opensafely-7-5\", round = 4 }").is_err());
}

#[test]
fn what_is_not_known_or_means_nothing_is_refused() {
    for bad in [
        "{ profile = \"uk-tre-11\" }",
        "{ lest = 20 }",
        "{ dominance = { largest = 1, percent = 60, p = 1 } }",
        "{ dominance = { largest = 0, percent = 60 } }",
        "{ dominance = { largest = 1, percent = 0 } }",
        "{ least = 100000 }",
        "{ closeness = 101 }",
        "{ round = 100000 }",
        "{ least = -1 }",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_strictest_of_two_is_as_strict_as_either_in_all() {
    let both = Profile::Opensafely75.rules().strictest(&Profile::Abs10.rules());
    assert_eq!((both.least, both.numerator, both.round), (10, 10, 5));
    assert_eq!(
        both.dominance,
        [Dominance { largest: 1, percent: 50 }, Dominance { largest: 2, percent: 67 }]
    );
    for a in Profile::ALL {
        for b in Profile::ALL {
            let (ab, ba) = (a.rules().strictest(&b.rules()), b.rules().strictest(&a.rules()));
            assert_eq!(Rules { profile: b, ..ab.clone() }, Rules { profile: b, ..ba });
            assert_eq!(ab.strictest(&b.rules()), ab);
        }
    }
}

#[test]
fn rules_are_read_as_they_were_written() {
    let rules = Profile::Abs10.rules().strictest(&Profile::Cms11.rules());
    let text = toml::to_string(&rules).unwrap();
    assert_eq!(toml::from_str::<Rules>(&text).unwrap(), rules);
}
