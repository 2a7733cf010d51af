//! What is declared, and by whomever most strictly, holds for everything that is answered with noise.

use super::super::programs::{decades, manifest, put};
use super::*;
use crate::dataset::Dataset;
use crate::disclosure::Rules;
use crate::session::{quote_of, submit};
use crate::world::{approve_policy, signer};
use yinshu_data::Source;

/// What is declared as (ε, δ) holds for all that is ever spent, choosing groups included.
#[tokio::test(flavor = "multi_thread")]
async fn choosing_groups_is_paid_of_the_declared_delta() {
    let (epsilon, delta) = (1.0, 1e-8);
    let terms = Terms { delta: rho("0.0000000006"), price: rho("0.002"), ..Terms::default() };
    let mut world = world(tables(33), terms);
    let allowance = Allowance::Approximate { epsilon: rho("1"), delta };
    world.dataset.dataset.privacy_budget = Some(allowance);
    let room = noisy(&world, other).await;
    let chosen = "SELECT age, EXTRACT(YEAR FROM born) AS y, EXTRACT(MONTH FROM born) AS m, COUNT(*) \
                  FROM residents GROUP BY age, EXTRACT(YEAR FROM born), EXTRACT(MONTH FROM born)";
    let quoted = quote(&room, "study", "li", chosen, None).unwrap();
    ask(&room, "study", "li", chosen).await.unwrap();
    let spent = || room.spent().unwrap()[0].budget.spent;
    assert_eq!(spent(), quoted.price, "all that was shown is charged, and nothing else");
    // A tenth of δ is 10⁻⁹.
    let refused = ask(&room, "study", "li", chosen).await.unwrap_err();
    let expected = SandboxError::DeltaSpent {
        of: "RK-1".to_owned(),
        asked: "0.0000000006".to_owned(),
        left: "0.0000000004".to_owned(),
        total: "0.000000001".to_owned(),
    };
    assert_eq!(refused, expected);
    assert_eq!(spent(), quoted.price, "and what is refused costs nothing");
    // What chooses nothing is still answered, to the last of ρ.
    let left = room.spent().unwrap()[0].budget.left();
    asked(&room, "SELECT COUNT(*) FROM residents", &left.to_string()).await.unwrap();
    assert_eq!(ask(&room, "study", "li", "SELECT COUNT(*) FROM residents").await.unwrap_err().code(), 9750);
    let all = spent().epsilon_at(delta).unwrap();
    assert!(all <= epsilon && all > 0.99 * epsilon, "{all}");
}

/// Somebody light who is registered before everybody else, or is not there, changes nothing of what counts of heavy persons, and
/// neither does the order of rows.
#[tokio::test(flavor = "multi_thread")]
async fn what_counts_of_others_does_not_follow_from_who_is_there() {
    let [residents, homes] = tables(34);
    // Of everybody who has homes each several times, of other sizes.
    let mut heavy: Vec<String> = Vec::new();
    for line in homes.lines().skip(1) {
        let (owner, use_of) = (line.split(',').next().unwrap(), line.rsplit(',').next().unwrap());
        heavy.extend((0..4).map(|n| format!("{owner},{n}.5,{use_of}")));
    }
    let head = homes.lines().next().unwrap();
    // Somebody who has no home but this.
    let first = format!("{},0.0,自住", id(705));
    let written = |rows: &[String]| [&[head.to_owned()], rows, &[String::new()]].concat().join("\n");
    let turned: Vec<String> = heavy.iter().rev().cloned().collect();
    let sessions = [heavy.clone(), [std::slice::from_ref(&first), &heavy[..]].concat(), turned];
    let terms = Terms { rows: 1, groups: 1, ..plenty() };
    let mut all = Vec::new();
    for homes in &sessions {
        let world = world([residents.clone(), written(homes)], terms.clone());
        let room = noisy(&world, same).await;
        let answer =
            asked(&room, "SELECT use_of, SUM(area), COUNT(*) FROM homes GROUP BY use_of", "0.5").await;
        all.push(answer.unwrap().rows);
    }
    assert_eq!(all[0], all[2], "in another order");
    for (with, without) in all[1].iter().flatten().zip(all[0].iter().flatten()) {
        match (with, without) {
            // A row of nothing moves one count by one, and no sum.
            (Field::Number(with), Field::Number(without)) => {
                assert!((with - without).abs() <= 1.0, "{all:?}");
            }
            (with, without) => assert_eq!(with, without),
        }
    }
}

/// Of copies, users and policies the strictest mode holds, and what a policy says is held against that mode.
#[tokio::test(flavor = "multi_thread")]
async fn the_strictest_of_copies_is_what_a_policy_is_held_against() {
    let mut world = World::new(35);
    budgeted(&mut world);
    world.policy.policy.release.least = 20;
    let room = noisy(&world, other).await;
    let sql = "SELECT COUNT(*) FROM residents";
    ask(&room, "study", "li", sql).await.unwrap();
    // Rules of disclosure control say nothing about noise: whoever wrote them is asked again.
    let mut copy = world.dataset.clone();
    (copy.dataset.name, copy.dataset.mode) = ("copy".to_owned(), Mode::Dp);
    room.describe(&copy).unwrap();
    let refused = ask(&room, "study", "li", sql).await.unwrap_err();
    assert!(
        matches!(&refused, SandboxError::Description { place, .. } if place == "policy.release"),
        "{refused}"
    );
    // What was spent is told though the policy does not hold any longer.
    assert_eq!(room.spent().unwrap()[0].shares.len(), 1);
    // Whatever policy, user or copy: all are under noise now.
    let mut policy = world.policy.clone();
    policy.policy.release = Rules::default();
    for (name, dataset, user) in [("study", "housing", "li"), ("other", "copy", "wang")] {
        (policy.policy.name, policy.policy.dataset) = (name.to_owned(), dataset.to_owned());
        policy.policy.users = [user.to_owned()].into();
        approve_policy(&room, &policy);
        assert_eq!(room.policy(name).unwrap().0.policy.mode, Mode::Dp, "{name}");
    }
    // What is for noise is said and looked at then, though neither the policy nor its data set asks for any.
    (policy.policy.name, policy.policy.dataset) = ("study".to_owned(), "housing".to_owned());
    policy.dp = Some(Terms { rows: 5000, ..Terms::default() });
    let text = toml::to_string(&policy).unwrap();
    let refused = crate::approval::approve(&room, &text, &signer(&room, "holder")).unwrap_err();
    assert!(matches!(&refused, SandboxError::Description { place, .. } if place == "dp.rows"), "{refused}");
    policy.dp = Some(Terms { rows: 7, ..Terms::default() });
    approve_policy(&room, &policy);
    assert_eq!(room.policy("study").unwrap().0.private(Mode::Control).unwrap().rows, 7);
}

/// What was registered without a budget was read as no noise covers: it is refused, at no cost, until it is registered anew.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_together_has_no_answers_with_noise() {
    let mut world = World::new(36);
    let room = noisy(&world, other).await;
    let sql = "SELECT COUNT(*) FROM residents";
    // A copy asks for noise, and this one has no budget.
    let mut copy = world.dataset.clone();
    (copy.dataset.name, copy.dataset.mode) = ("copy".to_owned(), Mode::Dp);
    copy.dataset.privacy_budget = Some(Allowance::Rho(rho("1")));
    room.describe(&copy).unwrap();
    assert_eq!(ask(&room, "study", "li", sql).await.unwrap_err().code(), 9740);
    // The description has one now; the rows are those of before.
    budgeted(&mut world);
    room.describe(&world.dataset).unwrap();
    approve_policy(&room, &world.policy);
    let refused = SandboxError::NotAlone { dataset: "housing".to_owned() };
    assert_eq!(ask(&room, "study", "li", sql).await.unwrap_err(), refused);
    assert_eq!(quote(&room, "study", "li", sql, None).unwrap_err(), refused);
    assert_eq!(room.spent().unwrap()[0].budget.charges, 0);
    assert!(log(&room).iter().any(|(action, result, what)| {
        action == "sandbox.ask" && result == "refused" && what["code"] == 9755
    }));
    crate::engine::register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    ask(&room, "study", "li", sql).await.unwrap();
}

/// How a file is to be read follows from its description, and not from somebody's rows.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_guessed_of_how_a_file_is_read() {
    let mut world = World::new(37);
    budgeted(&mut world);
    let room = noisy(&world, other).await;
    let register =
        async |dataset: &Dataset| crate::engine::register(dataset, room.root(), room.secret().unwrap()).await;
    type Forget = fn(&mut Source);
    let forgotten: [Forget; 3] = [
        |source| source.encoding = None,
        |source| source.delimiter = None,
        |source| source.header_row = None,
    ];
    for forget in forgotten {
        let mut dataset = world.dataset.clone();
        forget(&mut dataset.tables[1].source);
        let error = register(&dataset).await.unwrap_err();
        assert!(
            matches!(&error, SandboxError::Description { place, .. } if place == "table.homes.source"),
            "{error}"
        );
        // Without a budget it is found out, as everywhere.
        dataset.dataset.privacy_budget = None;
        register(&dataset).await.unwrap();
    }
    register(&world.dataset).await.unwrap();
}

/// What a question about a score costs is shown as that of any other, and charged.
#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_shown_of_questions_about_scores() {
    let mut world = world(tables(40), plenty());
    for grant in &mut world.policy.grants {
        grant.programs = true;
    }
    let room = noisy(&world, other).await;
    put(&room, &decades(), &manifest("decades", 12));
    let sql = "SELECT given, COUNT(*), AVG(given) FROM residents GROUP BY given";
    let shown = quote_of(&room, ("study", "li"), "decades", sql, Some(rho("0.03"))).unwrap();
    assert_eq!(room.spent().unwrap()[0].budget.charges, 0);
    assert!(
        matches!(shown.noise[0].1, Off::By(_)) && matches!(shown.noise[1].1, Off::OverRows(_)),
        "{shown:?}"
    );
    let answer = submit(&room, ("study", "li"), "decades", sql, Some(rho("0.03"))).await.unwrap();
    assert_eq!(room.spent().unwrap()[0].budget.spent, shown.price);
    assert_eq!(answer.rows.len(), 14);
    // Without the program there is no such column, and of no program no price.
    assert_eq!(quote(&room, "study", "li", sql, None).unwrap_err().code(), 9702);
    assert_eq!(quote_of(&room, ("study", "li"), "none", sql, None).unwrap_err().code(), 9770);
}
