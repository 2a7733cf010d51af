//! Plans of questions against the engine itself: random questions over random tables give the same figures both ways.

#![expect(clippy::unwrap_used, reason = "of tests, which end where something is not there")]

#[path = "sql_plans/asked.rs"]
mod asked;
#[path = "sql_plans/own.rs"]
mod own;
#[path = "sql_plans/refused.rs"]
mod refused;
#[path = "sql_plans/town.rs"]
mod town;

use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use town::Town;

/// The questions of one seed, and how many of them could be asked.
async fn agree(seed: u64, questions: usize) -> usize {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let town = Town::new(&mut rng).await;
    let mut asked = 0;
    for _ in 0..questions {
        let sql = asked::question(&mut rng);
        match town.both(&sql).await {
            Ok((ours, theirs)) => {
                asked += 1;
                assert!(town::same(&ours, &theirs), "seed {seed}\n{sql}\nplan {ours:#?}\nengine {theirs:#?}");
            }
            Err(error) => assert!(asked::may_refuse(&error), "seed {seed}\n{sql}\n{error}"),
        }
    }
    asked
}

#[tokio::test]
async fn plans_agree_with_the_engine() {
    let seeds = std::env::var("YINSHU_SQL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let mut asked = 0;
    for seed in 0..seeds {
        asked += agree(seed, 30).await;
    }
    assert!(asked as u64 * 10 >= seeds * 30 * 7, "only {asked} of {} questions could be asked", seeds * 30);
}

#[tokio::test]
async fn questions_of_every_form_agree() {
    let mut rng = ChaCha20Rng::seed_from_u64(99);
    let town = Town::new(&mut rng).await;
    for sql in asked::FORMS {
        let (ours, theirs) = town.both(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        assert!(!theirs.is_empty(), "{sql}");
        assert!(town::same(&ours, &theirs), "{sql}\nplan {ours:#?}\nengine {theirs:#?}");
    }
}
