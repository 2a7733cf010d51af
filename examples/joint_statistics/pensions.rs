//! Pensions that went on after a death (养老待遇 × 死亡): persons, payments and sums, by the earliest of the dates that police,
//! civil affairs and health have. Nobody sees a number of another's: the three compute on shares, and counts come out.
//!
//! Human resources, police and civil affairs compute; health has its table asked and is told nothing. Who they are is
//! told to human resources alone, in [`list`].

mod list;

use crate::nodes::{Nodes, Outcome, Terms};
use crate::{Asked, yuan};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use yinshu::scenario::Settings;
use yinshu::scenario::pensions::{Truth, generate};

/// Human resources, police, civil affairs, health.
const NAMES: [&str; 4] = ["rs", "ga", "mz", "wj"];
/// Their tables, and the columns that others may ask about.
const TABLES: [(&str, &[&str]); 4] = [
    ("yl_ff", &["gmsfhm", "xm", "ffny", "je"]),
    ("hjzx", &["gmsfhm", "zxrq", "zxyy"]),
    ("hhjl", &["zjhm", "xm", "csrq", "hhrq"]),
    ("swzm", &["gmsfhm", "swrq"]),
];

/// The month of a date, of this year 1 to 12: 0 is the December before, and -1 all that was earlier.
fn month(date: &str, year: u16) -> String {
    let mut text = format!("CASE WHEN {date} < DATE '{}-12-01' THEN -1", year - 1);
    for month in 1..=12 {
        let _ = write!(text, " WHEN {date} < DATE '{year}-{month:02}-01' THEN {}", month - 1);
    }
    text + " ELSE 12 END"
}

/// Who is dead by the number, and from which month.
fn died(year: u16) -> String {
    let of = |name: &str, key: &str, date: &str, from: &str| {
        let month = month(date, year);
        format!("{name} AS (SELECT {key}, MIN({month}) AS month FROM {from} GROUP BY {key})")
    };
    let police = of("ga", "gmsfhm", "zxrq", "hjzx WHERE zxyy = '死亡'");
    let civil = of("mz", "zjhm", "hhrq", "hhjl WHERE zjhm IS NOT NULL");
    [police, civil, of("wj", "gmsfhm", "swrq", "swzm")].join(",\n")
}

/// Persons by the number, payments and sums, and persons by name and birth who are not among the first.
///
/// Of payments with one number the rule of the smallest group counts the first as a person, which is the newest here: whoever
/// is overpaid at all is overpaid in it.
fn questions(year: u16) -> [(&'static str, &'static str, String); 3] {
    let (died, first) = (died(year), u32::from(year) * 100);
    let joined = "LEFT JOIN ga ON p.gmsfhm = ga.gmsfhm LEFT JOIN mz ON p.gmsfhm = mz.zjhm\n\
        LEFT JOIN wj ON p.gmsfhm = wj.gmsfhm";
    let over =
        |month: &str| ["ga", "mz", "wj"].map(|source| format!("p.{month} > {source}.month + 1")).join(" OR ");
    let persons = format!(
        "WITH {died},\n\
         p AS (SELECT gmsfhm, MAX(ffny - {first}) AS last FROM yl_ff GROUP BY gmsfhm)\n\
         SELECT COUNT(*) AS persons FROM p {joined}\n\
         WHERE {}",
        over("last")
    );
    let payments = format!(
        "WITH {died},\n\
         p AS (SELECT gmsfhm, ffny - {first} AS month, je FROM yl_ff)\n\
         SELECT COUNT(*) AS payments, SUM(p.je) AS paid FROM p {joined}\n\
         WHERE {}",
        over("month")
    );
    let birth = "REPLACE(CAST(csrq AS VARCHAR), '-', '')";
    let weaker = format!(
        "WITH {died},\n\
         p AS (SELECT gmsfhm, xm, SUBSTR(gmsfhm, 7, 8) AS birth, MAX(ffny - {first}) AS last FROM yl_ff\n\
         GROUP BY gmsfhm, xm, SUBSTR(gmsfhm, 7, 8)),\n\
         n AS (SELECT xm, {birth} AS birth, MIN({}) AS month FROM hhjl WHERE zjhm IS NULL\n\
         GROUP BY xm, {birth})\n\
         SELECT COUNT(*) AS persons FROM p JOIN n ON p.xm = n.xm AND p.birth = n.birth {joined}\n\
         WHERE p.last > n.month + 1 AND ({}) IS NOT TRUE",
        month("hhrq", year),
        over("last")
    );
    [
        ("pensions-persons", "养老待遇与死亡：人数", persons),
        ("pensions-payments", "养老待遇与死亡：笔数与金额", payments),
        ("pensions-weaker", "养老待遇与死亡：无证件号", weaker),
    ]
}

/// What owners let be done with each column.
fn terms(sql: &str, rows: [u64; 4], year: u16) -> String {
    let number = "kind = \"citizen-id\"";
    let day = |name: &str| format!("{{ name = \"{name}\", kind = \"date\", use = \"compare\" }}");
    let mut text = format!(
        "[query]\nsql = '''\n{sql}\n'''\nreceivers = [\"rs\", \"ga\", \"mz\"]\noutside = [\"wj\"]\n\
         security = \"malicious\"\nmax_runs = 1\n"
    );
    let columns = [
        format!(
            "{{ name = \"gmsfhm\", {number}, use = \"join-key\" }},\n{{ name = \"xm\", kind = \"name\", use = \"join-key\" }},\n\
             {{ name = \"ffny\", kind = \"integer\", min = {year}01, max = {year}12, use = \"compare\" }},\n\
             {{ name = \"je\", kind = \"decimal\", decimals = 2, min = 0, max = 10000, use = \"aggregate\" }}"
        ),
        format!(
            "{{ name = \"gmsfhm\", {number}, use = \"join-key\" }},\n{},\n\
             {{ name = \"zxyy\", kind = \"text\", use = \"compare\" }}",
            day("zxrq")
        ),
        format!(
            "{{ name = \"zjhm\", {number}, nullable = true, use = [\"join-key\", \"compare\"] }},\n\
             {{ name = \"xm\", kind = \"name\", use = \"join-key\" }},\n\
             {{ name = \"csrq\", kind = \"date\", use = \"join-key\" }},\n{}",
            day("hhrq")
        ),
        format!("{{ name = \"gmsfhm\", {number}, use = \"join-key\" }},\n{}", day("swrq")),
    ];
    for (at, columns) in columns.iter().enumerate() {
        let (party, (table, _), most) = (NAMES[at], TABLES[at], rows[at]);
        let _ = write!(
            text,
            "[[query.table]]\nname = \"{table}\"\nparty = \"{party}\"\nmax_rows = {most}\ncolumns = [\n{columns}\n]\n"
        );
    }
    text
}

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let mut nodes = Nodes::new(&NAMES, asked)?;
    let made = generate(&nodes.path("made"), &Settings::new(asked.profile), &mut |_, _| {})?;
    let truth: Truth = serde_json::from_str(&fs::read_to_string(&made.truth)?)?;
    let files = [&made.paid, &made.cancelled, &made.cremated, &made.certified];
    for (at, (path, (_, columns))) in files.into_iter().zip(TABLES).enumerate() {
        nodes.enter(at, "stats", path.clone(), columns)?;
    }
    let mut found = Vec::new();
    for (name, title, sql) in questions(made.year) {
        let question = &terms(&sql, truth.rows, made.year);
        let table = "test_region = true\ncolumns = []\n";
        let answer = nodes.ask("sql", &Terms { title, minimum: 10, table, question }, name)?;
        found.push(answer["table"][0].clone());
    }
    let told = [&found[0][0], &found[1][0], &found[1][1], &found[2][0]].map(Value::as_str);
    list::run(&mut nodes, &made, &truth)?;
    let Truth { persons, payments, fen, weaker, without_number, .. } = truth;
    let expected = [persons.to_string(), payments.to_string(), yuan(fen.cast_signed()), weaker.to_string()];
    assert_eq!(told, expected.each_ref().map(|text| Some(text.as_str())));
    println!(
        "  {persons} persons were paid {payments} times, ¥{}, after they had died; {weaker} more by name and birth, of \
         {without_number} cremations without a number; as in the clear, and so is the list of them that one party has",
        yuan(fen.cast_signed())
    );
    Ok(())
}
