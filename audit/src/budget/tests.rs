use super::*;
use crate::log::tests::{entry, key, sample_log, time};
use proptest::prelude::*;
use std::fs::OpenOptions;
use std::io::Write as _;

fn amount(text: &str) -> Amount {
    text.parse().expect(text)
}

fn account(catalogue: &str) -> Account {
    Account { owner: "tax".to_owned(), catalogue: catalogue.to_owned() }
}

/// So much ρ of an account.
fn of<'a>(account: &'a Account, rho: &str) -> Charge<'a> {
    Charge {
        account,
        price: Price { rho: amount(rho), epsilon: Some(amount("1")), distance: Amount::UNIT, ..Price::NONE },
        what: json!({ "run": "r" }),
        user: "张三".to_owned(),
        ip: "10.0.0.9".parse().expect("an address"),
    }
}

#[test]
fn amounts_are_exact_and_never_rounded_down() {
    for text in ["0", "1", "0.1", "0.000000000000000001", "1000000000", "123.456"] {
        assert_eq!(amount(text).to_string(), text);
    }
    assert_eq!(
        (amount("0.10").to_string(), amount("00.5").to_string()),
        ("0.1".to_owned(), "0.5".to_owned())
    );
    for text in
        ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.0000000000000000001", "1 ", "１", "12345678901", "NaN"]
    {
        assert_eq!(text.parse::<Amount>().expect_err(text).code(), 7303, "{text:?}");
    }
    assert_eq!("1000000000.1".parse::<Amount>().expect_err("too much").code(), 7304);
    // Ten times a tenth is one.
    let sum = (0..10).try_fold(Amount::ZERO, |sum, _| sum.plus(amount("0.1"))).expect("a sum");
    assert_eq!((sum, amount("0.1").times(10).expect("a product")), (amount("1"), amount("1")));
    for (epsilon, rho) in [
        ("1", "0.5"),
        ("0.1", "0.005"),
        ("4", "8"),
        ("3.000000001", "4.5000000030000000005"),
        ("0.000000001", "0.000000000000000001"),
        ("0", "0"),
        ("12345.678", "76207882.639842"),
    ] {
        // Twice 4.5000000030000000005 has one digit more than there are: rounded up.
        let rounded = if rho.len() > 20 { "4.500000003000000001" } else { rho };
        assert_eq!(amount(epsilon).half_of_square().expect(epsilon), amount(rounded), "{epsilon}");
    }
    assert_eq!(amount("100000").half_of_square().expect_err("too much").code(), 7304);
}

#[test]
fn a_price_adds_up() {
    let price = Price::of(&[amount("0.5"), amount("0.25")], amount("0.000000000001")).expect("a price");
    assert_eq!((price.rho, price.epsilon), (amount("0.15625"), Some(amount("0.75"))));
    let twice = price.plus(&price).expect("a price");
    assert_eq!((twice.rho, twice.distance), (amount("0.3125"), amount("0.000000000002")));
    let other = Price { epsilon: None, ..price };
    assert_eq!(price.plus(&other).expect("a price").epsilon, None, "no ε without a δ");
}

#[test]
fn rho_as_epsilon_and_delta() {
    let rho = |text: &str| Price::of_rho(amount(text));
    let at = |price: Price, delta: f64| price.epsilon_at(delta).expect("an ε");
    for (text, delta) in [("0.5", 1e-6), ("0.005", 1e-6), ("2", 1e-9), ("8", 1e-5)] {
        let (found, r) = (at(rho(text), delta), amount(text).to_f64());
        let bun_steinke = r + 2.0 * (r * (1.0 / delta).ln()).sqrt();
        assert!(found < bun_steinke && found > 0.7 * bun_steinke, "{text}: {found} and {bun_steinke}");
        // No order gives less (a finer search near the best).
        let fine = (1..2_000_000).map(|step| 1.0 + f64::from(step) / 1000.0);
        let exact = |a: f64| a * r - (a * delta).ln() / (a - 1.0) + (1.0 - 1.0 / a).ln();
        let least = fine.map(exact).fold(f64::INFINITY, f64::min);
        assert!(found < least * 1.001 && found > least * 0.999_999, "{found} {least}");
    }
    // Pure ε is taken where it is less, and only where all is pure.
    let pure = Price::of(&[amount("0.1")], Amount::ZERO).expect("a price");
    assert!((at(pure, 1e-6) - 0.1).abs() < 1e-12);
    assert!(at(Price { epsilon: None, ..pure }, 1e-6) > 0.4);
    // The distance is a part of δ: it makes ε larger, and of more than δ there is none.
    let near = Price { distance: amount("0.000000001"), ..rho("0.5") };
    assert!(at(near, 1e-5) > at(rho("0.5"), 1e-5));
    assert_eq!(Price { distance: amount("0.00001"), ..rho("0.5") }.epsilon_at(1e-6), None);
    assert_eq!(at(Price::NONE, 1e-6), 0.0);
}

#[test]
fn the_log_is_the_ledger() {
    let (_dir, path) = sample_log(2);
    let (wages, other) = (account("wages"), account("other"));
    let total = amount("1");
    let mut log = Log::open(&path, key()).expect("opens");
    let left = charge(&mut log, &of(&wages, "0.4"), total, time(5)).expect("enough").left();
    assert_eq!((left, log.len()), (amount("0.6"), 3));
    // Another data set, and another owner's of the same name, have budgets of their own.
    charge(&mut log, &of(&other, "0.9"), total, time(6)).expect("enough");
    let theirs = Account { owner: "social".to_owned(), ..wages.clone() };
    assert_eq!(budget(&path, &theirs, total).expect("counted").charges, 0);
    charge(&mut log, &of(&wages, "0.6"), total, time(7)).expect("to the last");
    let refused = charge(&mut log, &of(&wages, "0.000000000000000001"), total, time(8)).expect_err("spent");
    assert_eq!(refused.code(), 7301);
    assert_eq!(log.len(), 6, "the refusal is recorded");
    drop(log);
    // Whoever comes next counts the same, refusals left out; a larger budget has more left.
    let found = budget(&path, &wages, amount("1.5")).expect("counted");
    assert_eq!((found.spent.rho, found.charges, found.left()), (amount("1"), 2, amount("0.5")));
    assert_eq!((found.spent.epsilon, found.spent.distance.units()), (Some(amount("2")), 2));
    assert_eq!(budget(&path, &wages, amount("0.5")).expect("counted").left(), Amount::ZERO);
    crate::verify(&path, &key().public(), None).expect("sound");
}

#[test]
fn what_was_charged_stays_and_what_was_not_written_costs_nothing() {
    let (_dir, path) = sample_log(1);
    let wages = account("wages");
    let mut log = Log::open(&path, key()).expect("opens");
    charge(&mut log, &of(&wages, "0.4"), amount("1"), time(5)).expect("enough");
    drop(log);
    // A crash in the middle of the next: half a line.
    let text = std::fs::read(&path).expect("a log");
    let last = text[..text.len() - 1].rsplit(|b| *b == b'\n').next().expect("a line");
    let mut file = OpenOptions::new().append(true).open(&path).expect("a log");
    file.write_all(&last[..last.len() / 2]).expect("written");
    assert_eq!(budget(&path, &wages, amount("1")).expect("counted").spent.rho, amount("0.4"));
    let mut log = Log::open(&path, key()).expect("opens");
    charge(&mut log, &of(&wages, "0.6"), amount("1"), time(6)).expect("enough");
    assert_eq!(charge(&mut log, &of(&wages, "0.1"), amount("1"), time(7)).expect_err("spent").code(), 7301);
}

#[test]
fn who_charges_at_once_shares_one_budget() {
    let (_dir, path) = sample_log(1);
    let wages = account("wages");
    let one = |number: i64| {
        let mut log = loop {
            match Log::open(&path, key()) {
                Err(AuditError::InUse { .. }) => std::thread::yield_now(),
                opened => break opened.expect("opens"),
            }
        };
        charge(&mut log, &of(&wages, "0.3"), amount("1"), time(number)).is_ok()
    };
    let ends: Vec<bool> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..8).map(|number| scope.spawn(move || one(10 + number))).collect();
        handles.into_iter().map(|handle| handle.join().expect("it ends")).collect()
    });
    assert_eq!(ends.iter().filter(|paid| **paid).count(), 3);
    assert_eq!(budget(&path, &wages, amount("1")).expect("counted").spent.rho, amount("0.9"));
}

#[test]
fn what_cannot_be_counted_is_an_error() {
    let (_dir, path) = sample_log(1);
    let wages = account("wages");
    let mut log = Log::open(&path, key()).expect("opens");
    let odd =
        Entry { action: CHARGE.to_owned(), result: "ok".to_owned(), content: "{}".to_owned(), ..entry(2) };
    log.append(&odd, time(3)).expect("appended");
    assert_eq!(budget(&path, &wages, amount("1")).expect_err("odd").code(), 7302);
    assert_eq!(charge(&mut log, &of(&wages, "0.1"), amount("1"), time(4)).expect_err("odd").code(), 7302);
    assert_eq!(log.len(), 2, "nothing was charged");
    std::fs::write(&path, "no record\n").expect("written");
    assert_eq!(budget(&path, &wages, amount("1")).expect_err("no record").code(), 7013);
    let none = path.with_file_name("none.jsonl");
    assert_eq!(budget(&none, &wages, amount("1")).expect("not begun").left(), amount("1"));
    // A name that no record can hold is charged nothing, and nothing is released.
    let (_dir, path) = sample_log(1);
    let mut log = Log::open(&path, key()).expect("opens");
    let unfit = account("a\u{202e}b");
    assert_eq!(charge(&mut log, &of(&unfit, "0.1"), amount("1"), time(4)).expect_err("unfit").code(), 7012);
}

proptest! {
    #[test]
    fn amounts_come_back_as_they_were_and_costs_are_rounded_up(units in 0..=10_000_000_000_000_000_000u128) {
        let amount = Amount::of_units(units).expect("ten at most");
        prop_assert_eq!(amount.to_string().parse::<Amount>().expect("as it is written"), amount);
        // Half of the square, in units of 10^-36, is above what is charged by less than a unit.
        let (twice, cost) = (units * units, amount.half_of_square().expect("fifty at most").units());
        let unit = 2 * 10u128.pow(18);
        prop_assert!(cost * unit >= twice && (cost == 0 || (cost - 1) * unit < twice));
    }

    #[test]
    fn no_text_is_taken_for_another_amount(text in "[0-9]{0,12}\\.?[0-9]{0,20}") {
        if let Ok(amount) = text.parse::<Amount>() {
            let said = amount.to_string();
            let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
            let (shown, digits) = said.split_once('.').unwrap_or((&said, ""));
            prop_assert_eq!(whole.parse::<u64>().ok(), shown.parse::<u64>().ok());
            prop_assert_eq!(rest.trim_end_matches('0'), digits);
        }
    }
}

#[test]
fn a_share_is_no_more_than_was_given() {
    let (_folder, path) = sample_log(1);
    let mut log = Log::open(&path, key()).expect("opens");
    let (tax, total) = (account("c"), amount("1"));
    let share = |name: &'static str, most: &str| Share { name, most: amount(most) };
    let mut pay = |rho: &str, share: Option<&Share<'_>>| {
        charge_share(&mut log, &of(&tax, rho), total, share, time(9)).map(|left| left.left())
    };
    assert_eq!(pay("0.2", Some(&share("a", "0.3"))).expect("there is enough"), amount("0.8"));
    let refused = pay("0.2", Some(&share("a", "0.3"))).expect_err("the share is spent");
    assert!(
        matches!(&refused, AuditError::BudgetSpent { catalogue, left, .. } if catalogue == "a" && left == "0.1")
    );
    pay("0.1", Some(&share("a", "0.3"))).expect("what is left of the share");
    pay("0.5", None).expect("another has its own");
    let whole = pay("0.5", Some(&share("b", "1"))).expect_err("the account is spent");
    assert!(matches!(&whole, AuditError::BudgetSpent { catalogue, .. } if catalogue == "c"));
    let path = log.path().to_owned();
    let spent = |name| budget_of(&path, &tax, &share(name, "1")).expect("a share").spent.rho;
    assert_eq!((spent("a"), spent("b")), (amount("0.3"), Amount::ZERO));
    assert_eq!(budget(&path, &tax, total).expect("a budget").spent.rho, amount("0.8"));
}

#[test]
fn distances_add_up_to_a_millionth_at_most() {
    let (_folder, path) = sample_log(1);
    let mut log = Log::open(&path, key()).expect("opens");
    let tax = account("c");
    let mut pay = |distance: &str| {
        let mut charge = of(&tax, "0.001");
        charge.price.distance = amount(distance);
        super::charge(&mut log, &charge, amount("1"), time(9))
    };
    pay("0.0000009").expect("there is enough");
    let refused = pay("0.0000002").expect_err("more than a millionth");
    assert_eq!(refused.code(), 7305);
    assert!(matches!(refused, AuditError::DeltaSpent { left, .. } if left == "0.0000001"));
    pay("0").expect("without a distance there is no limit to it");
    pay("0.0000001").expect("what is left");
}

#[test]
fn what_is_private_but_for_an_event_adds_the_probability_of_it() {
    let (_folder, path) = sample_log(1);
    let mut log = Log::open(&path, key()).expect("opens");
    let tax = account("c");
    let total = Total { rho: amount("1"), delta: amount("0.00000002") };
    let mut pay = |delta: &str| {
        let price = Price { delta: amount(delta), ..Price::of_rho(amount("0.001")) };
        charge(&mut log, &Charge { price, ..of(&tax, "0") }, total, time(9))
    };
    pay("0.000000015").expect("there is enough");
    let refused = pay("0.00000001").expect_err("more than there is");
    let expected = AuditError::DeltaSpent {
        catalogue: "c".to_owned(),
        asked: "0.00000001".to_owned(),
        left: "0.000000005".to_owned(),
        total: "0.00000002".to_owned(),
    };
    assert_eq!(refused, expected);
    pay("0").expect("what adds nothing is not held up");
    let left = pay("0.000000005").expect("what is left");
    assert_eq!((left.spent.delta, left.spent.rho, left.charges), (total.delta, amount("0.003"), 3));
    // Who comes next counts the same, and what was charged before there was such a δ counts as none.
    let found = budget(&path, &tax, total).expect("counted");
    assert_eq!((found.spent, found.delta), (left.spent, total.delta));
    let old = r#"{"rho":"0.1","epsilon":null,"distance":"0"}"#;
    let old: Price = serde_json::from_str(old).expect("a price as it was written before");
    assert_eq!(old, Price::of_rho(amount("0.1")));
    // It is a part of δ as it stands, which a distance is e^ε times.
    let rho = Price::of_rho(amount("0.5"));
    let at = |price: Price, delta: f64| price.epsilon_at(delta).expect("an ε");
    let with = Price { delta: amount("0.0000004"), ..rho };
    assert!((at(with, 1e-6) - at(rho, 6e-7)).abs() < 1e-6);
    assert_eq!(Price { distance: amount("0.0000004"), ..rho }.epsilon_at(1e-6), None);
    assert_eq!(Price { delta: amount("0.000001"), ..rho }.epsilon_at(1e-6), None);
}
