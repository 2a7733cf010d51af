//! What users and files bring: questions, descriptions, histories, logs, marked files, programs.

use super::{Chance, each};
use crate::airlock::ledger::Ledger;
use crate::dataset::Dataset;
use crate::disclosure::History;
use crate::engine::register;
use crate::policy::Policy;
use crate::private::Mode;
use crate::program::manifest::Manifest;
use crate::program::{Kind, Makeup};
use crate::question::read;
use crate::room::{Deed, Room};
use crate::world::{DATASET, POLICY, World, approve_policy};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::path::Path;

const QUESTIONS: &[&str] = &[
    "SELECT COUNT(*) FROM residents",
    "SELECT town, insured, COUNT(*), SUM(wage), AVG(wage), VAR_SAMP(age) FROM residents GROUP BY town, insured",
    "SELECT upper(town) AS t, EXTRACT(YEAR FROM born) AS y, COUNT(*) FILTER (WHERE age % 7 = 1 OR wage IS NULL) \
     FROM residents WHERE NOT (age BETWEEN 3 AND 5) GROUP BY 1, 2",
    "SELECT r.town, h.use_of, COUNT(*), SUM(h.area), COUNT(DISTINCT r.id) FROM residents r \
     LEFT JOIN homes h ON r.id = h.owner WHERE h.area IS NULL OR h.area > 20.5 GROUP BY r.town, h.use_of",
    "SELECT SUM(CASE WHEN age > 50 THEN wage ELSE 2 END), COUNT(wage) FROM residents WHERE town LIKE '%own'",
    "SELECT town, MEDIAN(wage), PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY age) FROM residents GROUP BY town \
     HAVING COUNT(*) > 5 ORDER BY 2 DESC NULLS LAST LIMIT 3 OFFSET 1",
    "SELECT WIDTH_BUCKET(age, 0, 100, 10) AS band, ROUND(AVG(wage) / 12, 1) * 2 AS m FROM residents \
     WHERE born >= DATE '1950-02-28' AND town IN ('城东', 'new town') GROUP BY band ORDER BY m",
    "SELECT COALESCE(town, '城西'), SUM(GREATEST(wage, 3, LEAST(age, 9))) FROM housing.residents GROUP BY 1",
    "SELECT DATE_TRUNC('quarter', born), COUNT(*) * 100.0 / (COUNT(*) + 1) FROM residents WHERE age::int <> 7 GROUP BY 1",
    "SELECT SUBSTR(town, 1, 2), STDDEV_SAMP(wage - -3) FROM study.housing.residents WHERE TRIM(LEFT(town, 3)) ILIKE '_l%' GROUP BY 1",
];

/// Words that mean something, and numbers at which things end.
const WORDS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.1",
    "1e308",
    "9223372036854775807",
    "9223372036854775808",
    "0.0000000000000000001",
    "NULL",
    "TRUE",
    "'城东'",
    "''",
    "'%'",
    "'_'",
    "'2026-02-30'",
    "DATE '9999-12-31'",
    "DATE '0000-01-01'",
    "\"town\"",
    "*",
    "(",
    ")",
    ",",
    ";",
    "--",
    "/*",
    "$1",
    "'",
    "+",
    "-",
    "/",
    "%",
    "=",
    "<>",
    "<=",
    "||",
    "::",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "ESCAPE",
    "IS",
    "CASE",
    "WHEN",
    "END",
    "CAST",
    "AS",
    "INT",
    "DATE",
    "INTERVAL",
    "town",
    "age",
    "wage",
    "born",
    "insured",
    "id",
    "area",
    "use_of",
    "owner",
    "residents",
    "homes",
    "SUM(",
    "AVG(",
    "COUNT(",
    "COUNT(DISTINCT ",
    "MEDIAN(",
    "NULLIF(",
    "ABS(",
    "ROUND(",
    "FLOOR(",
    "MOD(",
    "EXTRACT(YEAR FROM ",
    "FILTER (WHERE ",
    "GROUP BY ",
    "HAVING ",
    "ORDER BY ",
    "LIMIT ",
    "OVER ()",
    "UNION ",
    "WITH ",
    "SELECT ",
    "FROM ",
    "JOIN ",
    "ON ",
    "USING (",
    "DISTINCT",
    "ALL",
    "ROLLUP (",
    "\u{202e}",
    "\0",
];

/// Whatever is asked is a question or a refusal, and what is a question means the same when it is printed and read again.
#[test]
fn questions_are_read_or_refused_and_mean_the_same_when_they_are_printed() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let mut noisy = Policy::parse(POLICY).unwrap();
    noisy.policy.mode = Mode::Dp;
    for (seed, policy) in [(1, Policy::parse(POLICY).unwrap()), (2, noisy)] {
        let ask = |text: &str| match read(text, &dataset, &policy) {
            Ok(question) => Some(question.meaning()),
            Err(error) => {
                // A panic while reading would be this.
                assert!((9700..=9710).contains(&error.code()), "{error:?}");
                None
            }
        };
        let cases = 2500;
        let taken = each(
            seed,
            cases,
            |chance| chance.text(QUESTIONS, WORDS),
            |text| {
                let Some(meaning) = ask(text) else { return false };
                let parsed = Parser::parse_sql(&PostgreSqlDialect {}, text).unwrap();
                let printed = parsed[0].to_string();
                assert_eq!(ask(&printed), Some(meaning), "{printed}");
                true
            },
        );
        assert!((cases / 50..cases).contains(&taken), "{taken}");
    }
}

/// Seeds of descriptions, without what they are indented by.
fn plain(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

const KEYS: &[&str] = &[
    "= true\n",
    "= \"\"\n",
    "= -1\n",
    "= 9223372036854775807\n",
    "= nan\n",
    "= 1e-6\n",
    "= []\n",
    "= {}\n",
    "[dp]\n",
    "[limits]\n",
    "[[table]]\n",
    "[[grant]]\n",
    "[policy]\n",
    "mode = \"dp\"\n",
    "privacy_budget = \"1\"\n",
    "privacy_budget = { epsilon = \"1\", delta = 1e-6 }\n",
    "single = true\n",
    "nullable = true\n",
    "decimals = 9\n",
    "min = -9007199254740992\n",
    "max = 9007199254740992\n",
    "values = [\"a\", \"a\"]\n",
    "from = \"9999-12-31\"\n",
    "mask = \"surname\"\n",
    "mask = { shift = 30 }\n",
    "shown = \"year\"\n",
    "rows = \"age > 3 AND town <> ''\"\n",
    "rows = 4096\n",
    "groups = 4096\n",
    "bounds = { \"residents.wage\" = { min = 0, max = 1 } }\n",
    "release = { profile = \"cms-11\", least = 0 }\n",
    "\"\\u202e\"",
    "memory_mib = 18446744073709551615\n",
    "when = \"always\"\n",
    "reviewers = [\"wang\"]\n",
    "kind = \"aggregate\"\n",
];

/// Descriptions are taken or refused, and what is taken can be put down and read again as what it was.
#[test]
fn descriptions_are_read_or_refused_and_can_be_put_down() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let (of_data, of_policy) = (plain(DATASET), plain(POLICY));
    let taken = each(
        3,
        2000,
        |chance| chance.text(&[&of_data, crate::demo::county::DATASET], KEYS),
        |text| {
            let Ok(read) = Dataset::parse(text) else { return false };
            let put_down = toml::to_string(&read).unwrap();
            let again = Dataset::parse(&put_down).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), put_down);
            true
        },
    );
    assert!((20..2000).contains(&taken), "{taken}");
    let taken = each(
        4,
        2000,
        |chance| chance.text(&[&of_policy], KEYS),
        |text| {
            let Ok(read) = Policy::parse(text) else { return false };
            let held = read.check(&dataset).is_ok();
            let again = Policy::parse(&toml::to_string(&read).unwrap()).unwrap();
            assert_eq!(again.check(&dataset).is_ok(), held);
            held
        },
    );
    assert!((20..2000).contains(&taken), "{taken}");
    let manifest = "[program]\nname = \"moves\"\nkind = \"score\"\ntable = \"residents\"\nreads = [\"age\", \"wage\"]\n\
                    [[column]]\nname = \"given\"\nkind = \"integer\"\nmin = 0\nmax = 9\n";
    let taken = each(5, 2000, |chance| chance.text(&[manifest], KEYS), |text| Manifest::parse(text).is_ok());
    assert!((20..2000).contains(&taken), "{taken}");
}

fn written(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

fn room(folder: &Path) -> Room {
    let root = folder.join("room");
    Room::make(&root, &mut ChaCha20Rng::seed_from_u64(6)).unwrap();
    Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap()
}

/// A history that something was done to is refused, or is a history.
#[tokio::test(flavor = "multi_thread")]
async fn histories_are_read_or_refused() {
    let world = World::new(6);
    let room = room(world.folder.path());
    let registered = register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&world.dataset).unwrap();
    approve_policy(&room, &world.policy);
    for sql in [QUESTIONS[0], "SELECT town, COUNT(*) FROM residents WHERE age > 30 GROUP BY town"] {
        crate::session::ask(&room, "study", "li", sql).await.unwrap();
    }
    let seeds = [std::fs::read(registered.history()).unwrap()];
    assert!(!History::open(&registered.history()).unwrap().is_empty());
    let path = world.folder.path().join("changed");
    let taken = each(
        6,
        1500,
        |chance| chance.bytes(&seeds),
        |bytes| {
            written(&path, bytes);
            History::open(&path).is_ok()
        },
    );
    // What stands behind its end is no part of it.
    assert!(taken < 500, "{taken}");
}

/// Of a log that something was done to, what is read is what the room signed; budgets are counted, or refused.
#[test]
fn logs_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let room = room(folder.path());
    for (action, content) in [
        ("sandbox.ask", serde_json::json!({ "question": "q", "text": "SELECT" })),
        (
            crate::airlock::RELEASE,
            serde_json::json!({ "id": "3f9a1c0277be", "digest": "d", "meaning": "m", "sets": 3 }),
        ),
    ] {
        for result in ["ok", "held", "refused"] {
            room.record(Deed::new("li", "study", action, result).with(content.clone())).unwrap();
        }
    }
    let path = room.log_path();
    let log = std::fs::read(&path).unwrap();
    let words: Vec<&str> = vec![
        "\"",
        "{",
        "}",
        "\n",
        ":",
        "null",
        "1e999",
        "-1",
        "held",
        "\\u0000",
        "sandbox.ask",
        "budget.charge",
    ];
    let text = String::from_utf8(log).unwrap();
    let taken = each(
        7,
        1200,
        |chance| match chance.below(2) {
            0 => chance.text(&[&text], &words).into_bytes(),
            _ => chance.bytes(&[text.clone().into_bytes()]),
        },
        |bytes| {
            written(&path, bytes);
            let ledger = Ledger::read(&room);
            let asked = room.asked_today("study", "li");
            assert!(asked.as_ref().map_or(true, |asked| *asked <= 100_000));
            let _ = (room.sets_today("study"), room.spent());
            ledger.is_ok() && asked.is_ok()
        },
    );
    assert!(taken > 20, "{taken}");
}

/// A file that is said to be somebody's copy is a table, or is refused.
#[test]
fn files_to_trace_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let room = room(folder.path());
    let seeds: Vec<Vec<u8>> = [
        "town,n,wages\n城东,60,1234.5\n\"Old, Town\",71,99.25\n,80,\n",
        "town\tn\n城东\t60\n合计\t131\n",
        r#"{"columns":[{"name":"town"},{"name":"n"}],"rows":[["城东",60],[null,71.5]],"label":{"id":"3f9a1c0277be"}}"#,
        r#"[{"town":"城东","n":60},{"n":71,"town":null,"more":true}]"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let (csv, json) = (folder.path().join("copy.csv"), folder.path().join("copy.json"));
    let taken = each(
        8,
        800,
        |chance| (chance.below(2), chance.bytes(&seeds)),
        |(which, bytes)| {
            let path = [&csv, &json][*which];
            written(path, bytes);
            crate::airlock::trace::trace(&room, "wang", path).is_ok()
        },
    );
    assert!((50..800).contains(&taken), "{taken}");
}

/// A program is taken apart or refused, whatever its bytes.
#[test]
fn programs_are_taken_apart_or_refused() {
    let score = crate::program::tests::written::score_of("", "(i64.const 3)");
    let aggregate = crate::program::tests::written::aggregate_of("", "", "(i32.const 0)");
    let seeds = [score, aggregate];
    let kind = |chance: &mut Chance| if chance.below(2) == 0 { Kind::Score } else { Kind::Aggregate };
    let taken = each(
        9,
        3000,
        |chance| (kind(chance), chance.bytes(&seeds)),
        |(kind, bytes)| Makeup::of(bytes, *kind).is_ok(),
    );
    assert!((10..3000).contains(&taken), "{taken}");
}
