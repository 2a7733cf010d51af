//! Questions whose answers have noise: what they cost, what is seen, and what those see who try to see more.

mod held;
mod room;

use super::{number, room};
use crate::answer::{Answer, Field};
use crate::error::SandboxError;
use crate::private::{Allowance, Mode, Off, Terms};
use crate::room::{Dice, Room};
use crate::session::{ask, ask_at, quote};
use crate::world::{World, id, tables};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use yinshu_audit::Amount;

fn rho(text: &str) -> Amount {
    text.parse().unwrap()
}

/// The same noise every time.
fn same() -> Dice {
    Box::new(ChaCha20Rng::seed_from_u64(77))
}

/// Other noise every time.
fn other() -> Dice {
    static NEXT: AtomicU64 = AtomicU64::new(1000);
    let seed = NEXT.fetch_add(1, Ordering::Relaxed);
    println!("seed {seed}");
    Box::new(ChaCha20Rng::seed_from_u64(seed))
}

/// With a budget of 1.
fn budgeted(world: &mut World) {
    world.dataset.dataset.privacy_budget = Some(Allowance::Rho(rho("1")));
    world.said();
}

/// A world with a budget of 1 and a policy with these terms.
fn world(tables: [String; 2], terms: Terms) -> World {
    let mut world = World::of(tables);
    budgeted(&mut world);
    world.policy.policy.mode = Mode::Dp;
    world.policy.dp = Some(terms);
    world
}

/// Of counts and sums how far off they are.
fn by(off: Off) -> f64 {
    if let Off::By(off) = off { off } else { 0.0 }
}

fn plenty() -> Terms {
    Terms { most: rho("0.5"), ..Terms::default() }
}

async fn noisy(world: &World, dice: fn() -> Dice) -> Room {
    room(world).await.with_dice(dice)
}

async fn asked(room: &Room, sql: &str, price: &str) -> Result<Answer, SandboxError> {
    ask_at(room, "study", "li", sql, Some(rho(price))).await
}

fn log(room: &Room) -> Vec<(String, String, Value)> {
    let text = std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
    let record = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("action"), text("result"), serde_json::from_str(&text("content")).unwrap())
    };
    text.lines().map(record).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_near_the_truth_and_every_group_is_there() {
    let world = world(tables(21), plenty());
    let room = noisy(&world, other).await;
    let residents = std::fs::read_to_string(world.folder.path().join("residents.csv")).unwrap();
    let towns = ["Old Town", "new town", "城东", "城西", ""];
    let sql = "SELECT town, COUNT(*), SUM(wage), AVG(wage), STDDEV(wage), COUNT(DISTINCT id), COUNT(wage) \
               FROM residents GROUP BY town";
    let quoted = quote(&room, "study", "li", sql, Some(rho("0.5"))).unwrap();
    let off: Vec<f64> = quoted.noise.iter().map(|(_, off)| by(*off)).collect();
    let answer = asked(&room, sql, "0.5").await.unwrap();
    assert_eq!(answer.rows.len(), 5);
    for (row, town) in towns.iter().enumerate() {
        let rows = residents.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let wages: Vec<f64> =
            rows.clone().filter(|row| row[1] == *town).filter_map(|row| row[3].parse().ok()).collect();
        let people = rows.filter(|row| row[1] == *town).count() as f64;
        let (sum, n) = (wages.iter().sum::<f64>(), wages.len() as f64);
        let mean = sum / n;
        let deviation = (wages.iter().map(|wage| (wage - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let found: Vec<f64> = (1..7).map(|column| number(&answer, row, column).unwrap()).collect();
        // Three times what 95 of 100 are within.
        for (found, exact, off) in [
            (found[0], people, off[0]),
            (found[1], sum, off[1]),
            (found[4], people, off[4]),
            (found[5], n, off[5]),
        ] {
            assert!((found - exact).abs() <= 3.0 * off, "{town}: {found} {exact} ± {off}");
            assert!(found != exact || off < 10.0, "{town}: without noise");
        }
        // Half the bounds over what there are of persons.
        let far = 51_000.0 / n;
        assert!((found[2] - mean).abs() < 6.0 * off[0] * far, "{town}: {} {mean}", found[2]);
        assert!(
            found[3] < 51_000.0 && (found[3] - deviation).abs() < 20_000.0,
            "{town}: {} {deviation}",
            found[3]
        );
    }
    // COUNT(*) and COUNT(DISTINCT id) are one measurement where nobody has two rows.
    assert_eq!(number(&answer, 0, 1), number(&answer, 0, 5));
    // A group that nobody is in has noise, too: also one of a town that is nowhere.
    let none = asked(&room, "SELECT COUNT(*) FROM residents WHERE age = 119", "0.1").await.unwrap();
    assert!(number(&none, 0, 0).unwrap().abs() < 30.0);
    // A key that always has a value has no group of those without.
    let insured =
        asked(&room, "SELECT insured, COUNT(*) FROM residents GROUP BY insured", "0.1").await.unwrap();
    assert_eq!(insured.rows.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_that_is_shown_is_the_price_that_is_charged() {
    let world = world(tables(22), plenty());
    let room = noisy(&world, other).await;
    let many: Vec<String> = (0..40).map(|age| format!("COUNT(*) FILTER (WHERE age > {age})")).collect();
    let many = format!("SELECT {} FROM residents", many.join(", "));
    let mut spent = Amount::ZERO;
    for (sql, price) in [
        ("SELECT COUNT(*) FROM residents", None),
        ("SELECT COUNT(*) FROM residents", None),
        ("SELECT town, age, COUNT(*), AVG(wage) FROM residents GROUP BY town, age", Some(rho("0.03"))),
        (&many, Some(rho("0.1"))),
        ("SELECT town FROM residents GROUP BY town", None),
    ] {
        let shown = quote(&room, "study", "li", sql, price).unwrap();
        assert_eq!(shown.budget.spent.rho, spent, "a price costs nothing");
        ask_at(&room, "study", "li", sql, price).await.unwrap();
        spent = spent.plus(shown.price.rho).unwrap();
        let ledger = room.spent().unwrap();
        assert_eq!((ledger[0].budget.spent.rho, ledger[0].shares[0].1.spent.rho), (spent, spent), "{sql}");
    }
    // What cannot be asked costs nothing; more than is allowed is not taken.
    for (sql, price, code) in [
        ("SELECT wage FROM residents", None, 9708),
        ("SELECT COUNT(*) FROM residents", Some("0.500000000000000001"), 9751),
        ("SELECT COUNT(*) FROM residents", Some("1000000"), 9751),
        ("SELECT COUNT(*) FROM residents", Some("0"), 9752),
        ("SELECT COUNT(*) FROM residents", Some("0.000000000000000001"), 9752),
    ] {
        let error = ask_at(&room, "study", "li", sql, price.map(rho)).await.unwrap_err();
        assert_eq!(error.code(), code, "{sql}");
    }
    assert_eq!(room.spent().unwrap()[0].budget.spent.rho, spent);
    // More figures of one price have more noise.
    let off = |sql: &str| by(quote(&room, "study", "li", sql, None).unwrap().noise[0].1);
    assert!(off(&many) > 6.0 * off("SELECT COUNT(*) FROM residents"));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_again_it_costs_again_and_has_other_noise() {
    let world = world(tables(23), Terms::default());
    let room = noisy(&world, other).await;
    let sql = "SELECT age, COUNT(*) FROM residents GROUP BY age";
    let first = ask(&room, "study", "li", sql).await.unwrap();
    assert_ne!(first.rows, ask(&room, "study", "li", sql).await.unwrap().rows);
    assert_eq!(room.spent().unwrap()[0].budget.spent.rho, rho("0.02"));
}

/// The budget is the data set's: another user, project, name or copy of it finds what is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_spent_once_whoever_asks() {
    let world = world(tables(24), Terms { budget: Some(rho("0.6")), ..plenty() });
    let room = noisy(&world, other).await;
    let mut copy = world.dataset.clone();
    copy.dataset.name = "copy".to_owned();
    copy.dataset.privacy_budget = Some(Allowance::Rho(rho("4")));
    room.describe(&copy).unwrap();
    crate::engine::register(&copy, room.root(), room.secret().unwrap()).await.unwrap();
    for (name, dataset) in [("other", "housing"), ("again", "copy")] {
        let mut policy = world.policy.clone();
        (policy.policy.name, policy.policy.dataset) = (name.to_owned(), dataset.to_owned());
        (policy.policy.users, policy.dp) = (["wang".to_owned()].into(), Some(plenty()));
        crate::world::approve_policy(&room, &policy);
    }
    let sql = "SELECT COUNT(*) FROM residents";
    let of = async |policy: &str, user: &str, price: &str| {
        ask_at(&room, policy, user, sql, Some(rho(price))).await
    };
    of("study", "li", "0.5").await.unwrap();
    // The policy's own share.
    let share = of("study", "li", "0.2").await.unwrap_err();
    assert!(
        matches!(&share, SandboxError::BudgetSpent { of, left, .. } if of == "study" && left == "0.1"),
        "{share}"
    );
    of("other", "wang", "0.2").await.unwrap();
    of("again", "wang", "0.2").await.unwrap();
    // Of 1, though the copy says 4: a tenth is left.
    for (policy, user) in [("other", "wang"), ("again", "wang")] {
        let error = of(policy, user, "0.2").await.unwrap_err();
        let expected = SandboxError::BudgetSpent {
            of: "RK-1".to_owned(),
            asked: "0.2".to_owned(),
            left: "0.1".to_owned(),
            total: "1".to_owned(),
        };
        assert_eq!(error, expected);
    }
    // Registered anew, and approved anew, nothing comes back.
    crate::engine::register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    crate::world::approve_policy(&room, &world.policy);
    assert_eq!(of("study", "li", "0.11").await.unwrap_err().code(), 9750);
    of("study", "li", "0.1").await.unwrap();
    let refused = log(&room)
        .iter()
        .filter(|(action, result, _)| action == "budget.charge" && result.starts_with("refused"))
        .count();
    assert_eq!(refused, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_gets_what_is_left() {
    let world = world(tables(25), plenty());
    let room = noisy(&world, other).await;
    asked(&room, "SELECT COUNT(*) FROM residents", "0.5").await.unwrap();
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let room = room.clone();
            tokio::spawn(async move { asked(&room, "SELECT COUNT(*) FROM residents", "0.2").await.is_ok() })
        })
        .collect();
    let mut answered = 0;
    for task in tasks {
        answered += usize::from(task.await.unwrap());
    }
    assert_eq!(answered, 2);
    assert_eq!(room.spent().unwrap()[0].budget.left(), rho("0.1"));
}

/// The charge is on disk before the engine starts: whatever breaks off later, it stays.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_charged_before_anything_is_computed() {
    let world = world(tables(26), Terms::default());
    let room = noisy(&world, other).await;
    let sql = "SELECT COUNT(*) FROM residents";
    ask(&room, "study", "li", sql).await.unwrap();
    std::fs::remove_file(room.root().join("data/housing/residents.parquet")).unwrap();
    assert!(ask(&room, "study", "li", sql).await.is_err());
    assert_eq!(room.spent().unwrap()[0].budget.spent.rho, rho("0.02"));
    let actions: Vec<_> = log(&room).into_iter().map(|(action, result, _)| (action, result)).collect();
    let actions: Vec<(&str, &str)> = actions.iter().map(|(a, r)| (a.as_str(), r.as_str())).collect();
    assert_eq!(
        actions,
        [
            ("sandbox.approver.first", "ok"),
            ("sandbox.policy.sign", "ok"),
            ("sandbox.approve", "ok"),
            ("sandbox.ask", "ok"),
            ("budget.charge", "ok"),
            ("sandbox.release", "ok"),
            ("sandbox.ask", "ok"),
            ("budget.charge", "ok"),
            ("sandbox.release", "failed"),
        ]
    );
    // Where it cannot be recorded, nothing is computed either.
    let key = room.root().join("key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::write(&key, "no key").unwrap();
    assert!(ask(&room, "study", "li", sql).await.is_err());
    std::fs::write(&key, kept).unwrap();
    assert_eq!(log(&room).len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strictest_mode_holds() {
    let mut world = World::new(27);
    budgeted(&mut world);
    let room = noisy(&world, other).await;
    // Without noise a price means nothing.
    let sql = "SELECT COUNT(*) FROM residents";
    assert_eq!(asked(&room, sql, "0.1").await.unwrap_err().code(), 9753);
    assert_eq!(quote(&room, "study", "li", sql, None).unwrap_err().code(), 9753);
    let exact = ask(&room, "study", "li", sql).await.unwrap();
    assert_eq!(exact.rows, ask(&room, "study", "li", sql).await.unwrap().rows);
    assert_eq!(room.spent().unwrap()[0].budget.charges, 0);
    // A copy that asks for noise asks for it of this one too.
    let mut copy = world.dataset.clone();
    (copy.dataset.name, copy.dataset.mode) = ("copy".to_owned(), Mode::Dp);
    room.describe(&copy).unwrap();
    let first = ask(&room, "study", "li", "SELECT age, COUNT(*) FROM residents GROUP BY age").await.unwrap();
    let second = ask(&room, "study", "li", "SELECT age, COUNT(*) FROM residents GROUP BY age").await.unwrap();
    assert_eq!((first.rows.len(), second.rows.len()), (121, 121));
    assert_ne!(first.rows, second.rows);
    assert_eq!(room.spent().unwrap()[0].budget.charges, 2);
}

/// What is seen of a session, noise being the same each time.
async fn seen(world: &World, session: &[&str]) -> (Vec<Result<Answer, String>>, String) {
    let room = noisy(world, same).await;
    let (mut all, mut priced) = (Vec::new(), String::new());
    for sql in session {
        all.push(asked(&room, sql, "0.05").await.map_err(|error| error.to_string()));
        let quoted = quote(&room, "study", "li", sql, None);
        priced.push_str(&format!("{:?}", quoted.map(|quote| (quote.price, quote.noise, quote.budget))));
    }
    (all, priced)
}

/// With and without one heavy person, noise being the same: figures differ by what noise is drawn for, all else is the same.
#[tokio::test(flavor = "multi_thread")]
async fn one_person_more_or_less_moves_figures_by_what_noise_is_drawn_for() {
    let session = [
        "SELECT COUNT(*) FROM residents JOIN homes ON id = owner",
        "SELECT use_of, COUNT(*) FROM residents JOIN homes ON id = owner GROUP BY use_of",
        "SELECT town, COUNT(DISTINCT id) FROM residents JOIN homes ON id = owner GROUP BY town",
        "SELECT SUM(wage) FROM residents JOIN homes ON id = owner",
        "SELECT use_of, SUM(area) FROM homes GROUP BY use_of",
        "SELECT SUM(wage * CASE WHEN age = 111 THEN 50 ELSE 1 END) FROM residents",
        "SELECT age, COUNT(*) FROM residents WHERE age > 105 GROUP BY age ORDER BY age",
        "SELECT COUNT(*) FROM residents WHERE wage / (age - 111) > 0",
        "SELECT wage FROM residents",
        "SELECT COUNT(*) FROM nobodys",
        "SELECT use_of, COUNT(*) FROM residents JOIN homes ON id = owner WHERE age = 111 GROUP BY use_of",
        "SELECT SUM(wage) FROM residents WHERE age = 111",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
        "SELECT COUNT(*) FROM residents",
    ];
    // Of each how far one person may move a figure, and in how many lines.
    let moved = [(3.0, 1), (3.0, 2), (1.0, 2), (300_000.0, 1), (3000.0, 2), (5_000_000.0, 1), (1.0, 1)];
    let with = |one: bool| {
        let [mut residents, mut homes] = tables(28);
        if one {
            residents.push_str(&format!("{},城东,111,99999.00,1915-01-01,1\n", id(700)));
            for n in 0..400 {
                homes.push_str(&format!("{},999.9,{}\n", id(700), ["自住", "出租"][n % 2]));
            }
        }
        world([residents, homes], Terms { rows: 3, groups: 2, ..plenty() })
    };
    let ((all, paid), (without, also_paid)) =
        (seen(&with(true), &session).await, seen(&with(false), &session).await);
    assert_eq!(paid, also_paid);
    assert!(all.iter().any(|seen| matches!(seen, Err(reason) if reason.contains("left"))), "the budget ends");
    let mut any = 0;
    for (at, (all, without)) in all.iter().zip(&without).enumerate() {
        let sql = session[at];
        let (all, without) = match (all, without) {
            (Ok(all), Ok(without)) => (all, without),
            (all, without) => {
                assert_eq!(all, without, "{sql}");
                continue;
            }
        };
        assert_eq!((&all.columns, all.rows.len()), (&without.columns, without.rows.len()), "{sql}");
        let mut lines = 0;
        for (a, b) in all.rows.iter().zip(&without.rows) {
            for (a, b) in a.iter().zip(b) {
                match (a, b) {
                    (Field::Number(a), Field::Number(b)) if a != b => {
                        let most = moved.get(at).map_or(100_000.0, |(most, _)| *most);
                        // Sums are in steps of a millionth of their noise.
                        assert!((a - b).abs() <= most * 1.0001, "{sql}: {a} {b}");
                        lines += 1;
                    }
                    (a, b) => assert_eq!(a, b, "{sql}"),
                }
            }
        }
        assert!(lines <= moved.get(at).map_or(2, |(_, lines)| *lines), "{sql}: {lines} lines");
        any += lines;
    }
    assert!(any > 5, "the person is seen by the test");
}

/// The same person under two spellings of the number is one, and counts as one.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_not_split() {
    let [residents, mut homes] = tables(29);
    let own = id(700);
    for n in 0..300 {
        let spelt = [own.clone(), format!(" {own} "), own.to_lowercase()][n % 3].clone();
        homes.push_str(&format!("{spelt},1.0,自住\n"));
    }
    let world = world([residents, homes], Terms { rows: 2, ..plenty() });
    let room = noisy(&world, same).await;
    let count = async |sql: &str| number(&asked(&room, sql, "0.1").await.unwrap(), 0, 0).unwrap();
    let some = count("SELECT COUNT(*) FROM homes WHERE area = 1").await;
    let none = count("SELECT COUNT(*) FROM homes WHERE area > 999.9").await;
    assert_eq!(some - none, 2.0);
}

/// Values beyond the policy's bounds count as the bound, in sums alone.
#[tokio::test(flavor = "multi_thread")]
async fn bounds_of_the_policy_cut_values() {
    let [mut residents, homes] = tables(30);
    residents = residents.lines().next().unwrap().to_owned() + "\n";
    for n in 0..100 {
        residents.push_str(&format!(
            "{},城东,50,{},1970-01-01,1\n",
            id(n),
            if n < 50 { 100_000 } else { 1000 }
        ));
    }
    let bounds = [("residents.wage".to_owned(), crate::private::Bound { min: 2000, max: 30_000 })].into();
    let world = world([residents, homes], Terms { bounds, ..plenty() });
    let room = noisy(&world, same).await;
    let sql = "SELECT SUM(wage) FROM residents";
    let off = by(quote(&room, "study", "li", sql, Some(rho("0.5"))).unwrap().noise[0].1);
    // 30,000 in place of 100,000.
    assert!((off - 1.96 * 30_000.0).abs() < 1.0, "{off}");
    let sum = number(&asked(&room, sql, "0.4").await.unwrap(), 0, 0).unwrap();
    assert!((sum - 50.0 * 32_000.0).abs() < 4.0 * off, "{sum}");
    let count = asked(&room, "SELECT COUNT(*) FROM residents WHERE wage > 50000", "0.4").await.unwrap();
    assert!((number(&count, 0, 0).unwrap() - 50.0).abs() < 10.0);
}

/// Quantiles come of noisy counts of ranges: near the truth, within bounds, and for a price of their own.
#[tokio::test(flavor = "multi_thread")]
async fn quantiles_are_near_the_truth() {
    let world = world(tables(31), plenty());
    let room = noisy(&world, other).await;
    let residents = std::fs::read_to_string(world.folder.path().join("residents.csv")).unwrap();
    let mut wages: Vec<f64> =
        residents.lines().skip(1).filter_map(|line| line.split(',').nth(3)?.parse().ok()).collect();
    wages.sort_unstable_by(f64::total_cmp);
    let sql = "SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY wage), MEDIAN(wage), \
               PERCENTILE_DISC(0.75) WITHIN GROUP (ORDER BY wage) FROM residents";
    let answer = asked(&room, sql, "0.5").await.unwrap();
    for (column, part) in [(0, 0.25), (1, 0.5), (2, 0.75)] {
        let found = number(&answer, 0, column).unwrap();
        let rank = wages.partition_point(|wage| *wage < found) as f64;
        // Seventeen counts, each with a deviation of √17 at this price.
        assert!((rank - part * wages.len() as f64).abs() < 6.0 * 17.0, "{part}: {found} at {rank}");
    }
    let nobody = asked(&room, "SELECT MEDIAN(wage) FROM residents WHERE age = 119", "0.1").await.unwrap();
    if let Some(found) = number(&nobody, 0, 0) {
        assert!((-1000.0..=100_000.0).contains(&found));
    }
    let by_town = asked(&room, "SELECT town, MEDIAN(age) FROM residents GROUP BY town", "0.3").await.unwrap();
    assert_eq!(by_town.rows.len(), 5);
    assert!((0..5).all(|row| (number(&by_town, row, 1).unwrap() - 50.0).abs() < 30.0), "{by_town:?}");
}

/// Of more groups than are all told, those of many persons are: none of somebody alone, and δ is charged.
#[tokio::test(flavor = "multi_thread")]
async fn groups_are_chosen_by_counts_with_noise() {
    let [mut residents, homes] = tables(32);
    // Eighty of one age and birthday, and one alone.
    for n in 700..781 {
        let (age, born) = if n == 780 { (111, "1915-01-01") } else { (40, "1986-03-05") };
        residents.push_str(&format!("{},城东,{age},1000.00,{born},1\n", id(n)));
    }
    let world = world([residents, homes], plenty());
    let room = noisy(&world, other).await;
    let sql = "SELECT age, born, COUNT(*), AVG(wage) FROM residents WHERE born > '1915-01-01' OR age > 0 GROUP BY age, born";
    // Days from 1900 on are too many for one key; months of them and ages are more groups than are told.
    assert_eq!(ask(&room, "study", "li", sql).await.unwrap_err().code(), 9701);
    let sql = "SELECT age, EXTRACT(YEAR FROM born) AS y, EXTRACT(MONTH FROM born) AS m, COUNT(*), AVG(wage) \
               FROM residents GROUP BY age, EXTRACT(YEAR FROM born), EXTRACT(MONTH FROM born)";
    let quoted = quote(&room, "study", "li", sql, Some(rho("0.4"))).unwrap();
    assert_eq!(quoted.price.delta, rho("0.000000001"));
    let least = quoted.least.unwrap();
    let answer = asked(&room, sql, "0.4").await.unwrap();
    let of_eighty = vec![Field::Number(40.0), Field::Number(1986.0), Field::Number(3.0)];
    assert!((10.0..60.0).contains(&least), "{least}");
    assert_eq!(answer.rows.len(), 1, "{answer:?}");
    assert_eq!(answer.rows[0][..3], of_eighty);
    assert!((number(&answer, 0, 3).unwrap() - 80.0).abs() < 30.0);
    let spent = room.spent().unwrap()[0].budget.spent;
    assert_eq!((spent.rho, spent.delta), (rho("0.4"), rho("0.000000001")));
    // A table of no more groups than are told adds nothing to a δ.
    asked(&room, "SELECT age, COUNT(*) FROM residents GROUP BY age", "0.1").await.unwrap();
    assert_eq!(room.spent().unwrap()[0].budget.spent.delta, rho("0.000000001"));
    // Under disclosure control there are no more groups than before.
    let mut exact = world.policy.clone();
    (exact.policy.name, exact.policy.mode, exact.dp) = ("exact".to_owned(), Mode::Control, None);
    crate::world::approve_policy(&room, &exact);
    assert_eq!(ask(&room, "exact", "li", sql).await.unwrap_err().code(), 9707);
}
