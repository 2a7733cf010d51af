use super::*;
use crate::policy::Policy;
use crate::world::{DATASET, POLICY};

fn dataset(more: &str) -> Result<Dataset, SandboxError> {
    Dataset::parse(&DATASET.replace("test_region = true", &format!("test_region = true\n{more}")))
}

fn policy(more: &str) -> Result<Policy, SandboxError> {
    let text = POLICY.replacen("[[grant]]", &format!("mode = \"dp\"\n[dp]\n{more}\n[[grant]]"), 1);
    Policy::parse(&text)
}

#[test]
fn terms_that_promise_nothing_are_refused() {
    let funded = dataset("privacy_budget = \"1\"").unwrap();
    let good = "budget = \"0.5\"\nprice = \"0.02\"\nmost = \"0.2\"\nrows = 3\ngroups = 2\nbounds = { \"residents.wage\" = { min = 0, max = 30000 } }";
    policy(good).unwrap().check(&funded).unwrap();
    for bad in [
        "budget = \"0\"",
        "budget = \"2\"",
        "price = \"0\"",
        "price = \"0.2\"",
        "most = \"0.6\"",
        "most = \"1000000\"",
        "rows = 0",
        "rows = 5000",
        "groups = 0",
        "rows = 4096\ngroups = 4096",
        "bounds = { \"residents.wage\" = { min = 0, max = 100001 } }",
        "bounds = { \"residents.wage\" = { min = 5, max = 4 } }",
        "bounds = { \"residents.town\" = { min = 0, max = 1 } }",
        "bounds = { \"residents.nothing\" = { min = 0, max = 1 } }",
    ] {
        let error = policy(bad).unwrap().check(&funded).expect_err(bad);
        assert_eq!(error.code(), 9740, "{bad}");
    }
    for unread in
        ["epsilon = 1", "budget = 0.5", "budget = \"1e9\"", "price = \"-1\"", "seed = 1", "noise = false"]
    {
        assert_eq!(policy(unread).expect_err(unread).code(), 9740, "{unread}");
    }
    // Without a budget there is nothing to pay of.
    assert_eq!(policy(good).unwrap().check(&dataset("").unwrap()).unwrap_err().code(), 9740);
    // Nor are terms taken where they would not be kept.
    let mut exact = policy(good).unwrap();
    exact.policy.mode = Mode::Control;
    assert_eq!(exact.check(&funded).unwrap_err().code(), 9740);
}

#[test]
fn absurd_budgets_are_refused() {
    for good in ["\"0.000001\"", "\"4\"", "{ epsilon = \"1\", delta = 1e-6 }"] {
        dataset(&format!("privacy_budget = {good}")).expect(good);
    }
    for bad in [
        "\"0\"",
        "\"4.1\"",
        "\"1000000\"",
        "1",
        "\"NaN\"",
        "{ epsilon = \"1\" }",
        "{ epsilon = \"1\", delta = 0.5 }",
        "{ epsilon = \"1\", delta = 0.0 }",
        "{ epsilon = \"1000\", delta = 1e-6 }",
        "{ epsilon = \"0\", delta = 1e-6 }",
        "{ epsilon = \"1\", delta = 1e-6, rho = \"1\" }",
    ] {
        assert_eq!(dataset(&format!("privacy_budget = {bad}")).expect_err(bad).code(), 9740, "{bad}");
    }
    assert_eq!(dataset("mode = \"dp\"").unwrap_err().code(), 9740);
}

#[test]
fn epsilon_and_delta_come_to_the_greatest_rho() {
    for (epsilon, delta) in [("1", 1e-6), ("3", 1e-9), ("0.1", 1e-5), ("10", 1e-6)] {
        let allowance = Allowance::Approximate { epsilon: epsilon.parse().unwrap(), delta };
        let Total { rho, delta: choosing } = allowance.total().unwrap();
        // All that is spent of both is within what is promised, and of ρ there is not more.
        let at = |rho| Price { delta: choosing, ..Price::of_rho(rho) }.epsilon_at(delta).unwrap();
        assert!((choosing.to_f64() - delta / 10.0).abs() < 2e-18, "{choosing}");
        let more = Amount::of_units(rho.units() + ONE / 500_000_000).unwrap();
        let epsilon: f64 = epsilon.parse().unwrap();
        assert!(at(rho) <= epsilon && at(more) > epsilon, "{epsilon}: {rho}");
    }
}

/// OpenDP's conversion comes to the same ε, to four digits.
#[test]
fn another_implementation_converts_alike() {
    use opendp::combinators::ConcentratedMeasure as _;
    use opendp::measures::ZeroConcentratedDivergence;
    for rho in ["0.001", "0.01", "0.1", "1", "4"] {
        for delta in [1e-5, 1e-6, 1e-9] {
            let amount: Amount = rho.parse().unwrap();
            let ours = Price::of_rho(amount).epsilon_at(delta).unwrap();
            let profile = ZeroConcentratedDivergence::convert(amount.to_f64()).unwrap();
            let theirs = profile.epsilon(delta).unwrap();
            assert!((ours - theirs).abs() < 1e-4 * theirs, "{rho}, {delta}: {ours} {theirs}");
        }
    }
}

#[test]
fn the_strictest_mode_wins() {
    let strict = dataset("mode = \"dp\"\nprivacy_budget = \"1\"").unwrap();
    let plain = Policy::parse(POLICY).unwrap();
    plain.check(&strict).unwrap();
    assert_eq!(plain.private(strict.dataset.mode), Some(Terms::default()));
    assert_eq!(plain.private(Mode::Control), None);
    let ruled = POLICY.replace("expires", "release = { profile = \"cms-11\" }\nexpires");
    let ruled = Policy::parse(&ruled).unwrap();
    assert_eq!(ruled.check(&strict).unwrap_err().code(), 9740);
    ruled.check(&dataset("").unwrap()).unwrap();
}
