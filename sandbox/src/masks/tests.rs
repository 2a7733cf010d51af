//! Masks keep their form, are the same for the same person and under the same key alone, and nobody's number comes out.

use super::pseudonym::Permutation;
use super::*;
use crate::dataset::Dataset;
use crate::engine::{register, rows};
use crate::policy::Policy;
use crate::question;
use crate::world::id;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use yinshu_data::ident::citizen::{self, Limits};

const DATASET: &str = r#"
    [dataset]
    name = "people"
    title = "人"
    owner = "990100"
    catalogue = "RK-1"
    test_region = true
    [[table]]
    name = "people"
    source = { path = "people.csv" }
    entity = "id"
    columns = [
      { name = "id", kind = "citizen-id" },
      { name = "spouse", kind = "citizen-id", mask = { identity = "shape" }, nullable = true },
      { name = "father", kind = "citizen-id", mask = { identity = "birth-year" }, nullable = true },
      { name = "phone", kind = "text", mask = "telephone" },
      { name = "name", kind = "name", mask = "made-up-name" },
      { name = "called", kind = "name", mask = "surname" },
      { name = "address", kind = "text", mask = "place", values = ["城东", "城东新区", "城西"], nullable = true },
      { name = "seen", kind = "date", mask = { shift = 30 }, from = "2000-01-01", to = "2026-12-31" },
      { name = "left_on", kind = "date", mask = { shift = 30 }, from = "2000-01-01", to = "2026-12-31" },
      { name = "born", kind = "date", mask = "month", from = "1900-01-01", to = "2026-12-31" },
      { name = "wage", kind = "decimal", decimals = 2, mask = { noise = 100 }, min = 0, max = 100000 },
      { name = "rent", kind = "decimal", decimals = 2, mask = { band = 500 }, min = -1000, max = 10000 },
    ]
"#;

/// The rows of a person: the nth, and which of the three.
fn row(n: usize, of: usize) -> Vec<String> {
    let name = ["张三", "李小明", "欧阳修文", "买买提·吐尔逊"][n % 4].to_owned();
    let day = |more: usize| crate::answer::date(15_000 + (n * 37 + of * 11 + more) as i64 % 4000);
    vec![
        id(n),
        id(n + 1),
        id(n % 7),
        format!("139{:08}", n * 7919 % 100_000_000),
        name.clone(),
        name,
        ["某省城东新区一路", "城西二路", "住城东", "外地"][n % 4].to_owned(),
        day(0),
        day(90),
        crate::answer::date(-10_000 + n as i64 * 13),
        format!("{}.50", n * 10),
        format!("{}.25", (n * 17) as i64 - 900),
    ]
}

struct Masked {
    _folder: tempfile::TempDir,
    dataset: Dataset,
    /// Whom each row is about, and its cells.
    rows: Vec<(i64, Vec<Option<i64>>)>,
    files: Vec<u8>,
}

/// Three rows of every person, registered under a secret and the name of a data set.
async fn masked(persons: usize, secret: [u8; 32], name: &str) -> Masked {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "id,spouse,father,phone,name,called,address,seen,left_on,born,wage,rent\n".to_owned();
    for n in 0..persons {
        for of in 0..3 {
            text += &row(n, of).join(",");
            text.push('\n');
        }
    }
    std::fs::write(folder.path().join("people.csv"), text).unwrap();
    let described = DATASET.replace("name = \"people\"\n    title", &format!("name = \"{name}\"\n    title"));
    std::fs::write(folder.path().join("dataset.toml"), described).unwrap();
    let dataset = Dataset::read(&folder.path().join("dataset.toml")).unwrap();
    let registered = register(&dataset, folder.path(), secret).await.unwrap();
    let values: Vec<Value> = (1..12).map(|at| Value::Column(0, at)).collect();
    let mut found = Vec::new();
    let means = crate::engine::Means { memory_mib: 64, folder: registered.folder(), spill_mib: 64 };
    rows(&dataset, (&registered, &means), (0, None), &values, &mut |owners, columns| {
        for (at, owner) in owners.iter().enumerate() {
            found.push((*owner, columns.iter().map(|column| column[at]).collect()));
        }
    })
    .await
    .unwrap();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(registered.folder()).unwrap().flatten() {
        files.extend(std::fs::read(entry.path()).unwrap());
    }
    Masked { _folder: folder, dataset, rows: found, files }
}

impl Masked {
    /// The cells of a column by person, in the order in which persons came.
    fn column(&self, name: &str) -> BTreeMap<i64, Vec<Option<i64>>> {
        let at = self.dataset.tables[0].column(name).unwrap() - 1;
        let mut all: BTreeMap<i64, Vec<Option<i64>>> = BTreeMap::new();
        for (owner, cells) in &self.rows {
            all.entry(*owner).or_default().push(cells[at]);
        }
        all
    }

    fn form(&self, name: &str) -> Form {
        let table = &self.dataset.tables[0];
        match table.domain(table.column(name).unwrap()) {
            Domain::Pseudonym(form) => form,
            other => panic!("{other:?}"),
        }
    }

    /// The pseudonym of each person.
    fn pseudonyms(&self, name: &str) -> Vec<String> {
        let form = self.form(name);
        self.column(name)
            .into_values()
            .map(|cells| {
                assert!(cells.iter().all(|cell| *cell == cells[0]), "{name}");
                form.written(cells[0].unwrap())
            })
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pseudonyms_keep_their_form_and_are_nobodys() {
    let all = masked(200, [1; 32], "people").await;
    let test = Limits { test_region: true, ..Limits::default() };
    for column in ["spouse", "father"] {
        for number in all.pseudonyms(column) {
            assert!(citizen::is_valid(number.as_bytes(), &test), "{number}");
            // Nobody has it: outside a test region it is no identity number.
            assert!(!citizen::is_valid(number.as_bytes(), &Limits::default()), "{number}");
        }
    }
    let spouses = all.pseudonyms("spouse");
    assert_eq!(spouses.iter().collect::<BTreeSet<_>>().len(), 200, "one for one");
    assert!((0..200).all(|n| spouses[n] != id(n + 1)));
    let fathers = all.pseudonyms("father");
    assert_eq!(fathers.iter().collect::<BTreeSet<_>>().len(), 7);
    assert!((0..200).all(|n| fathers[n][6..10] == id(n % 7)[6..10]), "the year of birth is kept");
    for (n, number) in all.pseudonyms("phone").iter().enumerate() {
        assert!(number.len() == 11 && number.starts_with("12"), "{number}");
        assert_ne!(*number, row(n, 0)[3]);
    }
    for (n, name) in all.pseudonyms("name").iter().enumerate() {
        assert_eq!(name.chars().count(), row(n, 0)[4].chars().count(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_coarse_is_true_and_what_is_moved_keeps_intervals() {
    let all = masked(200, [1; 32], "people").await;
    let Domain::Text(surnames) = all.dataset.tables[0].domain(5) else { panic!("surnames are a list") };
    for (n, cells) in all.column("called").into_values().enumerate() {
        let expected = ["张*", "李**", "欧阳**", "其他***"][n % 4];
        assert_eq!(surnames[cells[0].unwrap() as usize], expected);
    }
    for (n, cells) in all.column("address").into_values().enumerate() {
        assert_eq!(cells[0], [Some(1), Some(2), Some(0), None][n % 4]);
    }
    let (seen, left) = (all.column("seen"), all.column("left_on"));
    let mut shifts = BTreeSet::new();
    for (n, (seen, left)) in seen.into_values().zip(left.into_values()).enumerate() {
        // A person's rows come in the order of the file.
        let plain =
            |of: usize, column: usize| crate::dataset::day_number(row(n, of)[column].parse().unwrap());
        let moved: BTreeSet<i64> = (0..3)
            .flat_map(|of| [seen[of].unwrap() - plain(of, 7), left[of].unwrap() - plain(of, 8)])
            .collect();
        assert_eq!(moved.len(), 1, "one shift for all dates of a person");
        shifts.extend(moved);
    }
    assert!(shifts.len() > 30 && shifts.iter().all(|shift| shift.abs() <= 30), "{shifts:?}");
    for (n, cells) in all.column("born").into_values().enumerate() {
        let (shown, born) = (crate::answer::date(cells[0].unwrap()), &row(n, 0)[9]);
        assert_eq!(shown, format!("{}-01", &born[..7]));
    }
    let mut error = 0;
    for (n, cells) in all.column("wage").into_values().enumerate() {
        let noise = cells[0].unwrap() - (n as i64 * 1000 + 50);
        assert!(noise.abs() <= 10_000);
        error += noise;
        assert!(cells.iter().all(|cell| *cell == cells[0]), "there is nothing to average");
    }
    assert!((error / 200).abs() < 2500, "{error}");
    for (n, cells) in all.column("rent").into_values().enumerate() {
        let rent = ((n * 17) as i64 - 900) * 100 + if n * 17 < 900 { -25 } else { 25 };
        let band = cells[0].unwrap();
        assert!(band % 50_000 == 0 && (0..50_000).contains(&(rent - band)), "{rent} {band}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_or_another_data_set_has_other_masks_and_the_same_one_the_same() {
    let [one, same] = [masked(60, [1; 32], "people").await, masked(60, [1; 32], "people").await];
    let [key, name] = [masked(60, [2; 32], "people").await, masked(60, [1; 32], "others").await];
    for column in ["spouse", "phone", "name"] {
        assert_eq!(one.pseudonyms(column), same.pseudonyms(column));
        for other in [&key, &name] {
            let same = one.pseudonyms(column).into_iter().zip(other.pseudonyms(column));
            assert!(
                same.filter(|(a, b)| a == b).count() <= 1,
                "{column}: two data sets are not put together by it"
            );
        }
    }
    for column in ["seen", "wage"] {
        assert_eq!(one.column(column), same.column(column));
        assert_ne!(one.column(column), key.column(column));
        assert_ne!(one.column(column), name.column(column));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_masked_lies_in_the_room() {
    let all = masked(40, [1; 32], "people").await;
    let lies = |text: &str| all.files.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    for n in 0..40 {
        for (at, cell) in row(n, 0).into_iter().enumerate().filter(|(at, _)| ![7, 8, 9, 10, 11].contains(at))
        {
            assert!(!lies(&cell), "{at} {cell}");
        }
        let number: i64 = row(n, 0)[3].parse().unwrap();
        assert!(!all.files.windows(8).any(|bytes| bytes == number.to_le_bytes()), "{number}");
    }
    // The files are looked through: what is in them is found.
    assert!(lies("people"));
}

#[test]
fn a_mask_that_does_not_fit_its_column_is_refused() {
    let wrong = [
        (
            "mask = { shift = 30 }, from = \"2000-01-01\", to = \"2026-12-31\" },\n      { name = \"left_on\"",
            "mask = { shift = 0 }, from = \"2000-01-01\", to = \"2026-12-31\" },\n      { name = \"left_on\"",
        ),
        ("mask = { band = 500 }", "mask = { band = 0 }"),
        ("mask = { band = 500 }", "mask = \"month\""),
        ("mask = { band = 500 }", "mask = { identity = \"shape\" }"),
        ("mask = \"telephone\"", "mask = \"telephone\", values = [\"1\"]"),
        ("mask = \"month\"", "mask = { noise = 5 }"),
        ("mask = \"place\", values = [\"城东\", \"城东新区\", \"城西\"]", "mask = \"place\""),
        (
            "{ name = \"id\", kind = \"citizen-id\" }",
            "{ name = \"id\", kind = \"citizen-id\", mask = { identity = \"shape\" } }",
        ),
        ("mask = \"surname\"", "mask = \"hidden\""),
    ];
    assert!(Dataset::parse(DATASET).is_ok());
    for (from, to) in wrong {
        assert!(DATASET.contains(from));
        assert!(Dataset::parse(&DATASET.replacen(from, to, 1)).is_err(), "{to}");
    }
}

fn policy(columns: &str, masks: &str) -> Result<Policy, SandboxError> {
    let text = format!(
        "[policy]\nname = \"p\"\ndataset = \"people\"\npurpose = \"x\"\nusers = [\"li\"]\nexpires = \"2099-12-31\"\n\
         [[grant]]\ntable = \"people\"\ncolumns = {{ {columns} }}\nmasks = {{ {masks} }}\n"
    );
    let policy = Policy::parse(&text)?;
    policy.check(&Dataset::parse(DATASET).unwrap())?;
    Ok(policy)
}

#[test]
fn a_pseudonym_is_neither_shown_nor_compared() {
    let dataset = Dataset::parse(DATASET).unwrap();
    assert!(policy("phone = \"group-key\"", "").is_err());
    assert!(policy("phone = [\"join-key\", \"compare\"]", "").is_err());
    let granted =
        policy("id = \"join-key\", phone = \"join-key\", called = [\"group-key\", \"compare\"]", "").unwrap();
    let ask = |sql: &str| question::read(sql, &dataset, &granted);
    assert!(ask("SELECT called, COUNT(DISTINCT id) FROM people GROUP BY called").is_ok());
    for sql in [
        "SELECT phone, COUNT(*) FROM people GROUP BY phone",
        "SELECT COUNT(*) FROM people WHERE phone = 12000000000",
        "SELECT COUNT(*) FROM people WHERE phone IS NULL",
        "SELECT SUM(phone) FROM people",
        "SELECT COUNT(phone) FROM people",
        "SELECT COUNT(DISTINCT phone) FROM people",
    ] {
        assert!(ask(sql).is_err(), "{sql}");
    }
}

#[test]
fn what_is_shown_is_coarse_before_it_is_grouped_and_the_stricter_mask_holds() {
    let dataset =
        Dataset::parse(&DATASET.replace("name = \"seen\",", "name = \"seen\", shown = \"quarter\","))
            .unwrap();
    let all = "seen = [\"group-key\", \"compare\"], left_on = \"group-key\", called = \"group-key\", rent = \"group-key\"";
    let granted = policy(all, "seen = \"year\", left_on = \"year\", rent = { band = 1000 }").unwrap();
    let key = |dataset: &Dataset, policy: &Policy, column: &str| {
        let sql = format!("SELECT {column}, COUNT(*) FROM people GROUP BY {column}");
        question::read(&sql, dataset, policy).unwrap().keys.remove(0).labels
    };
    let years = key(&dataset, &granted, "seen");
    assert!(years.len() < 30 && years.iter().all(|label| label.ends_with("-01-01")), "{years:?}");
    assert_eq!(&key(&dataset, &granted, "rent")[..3], ["-1000.00", "0.00", "1000.00"]);
    // The data set's own holds where the policy asks for something finer.
    let finer = policy(all, "seen = \"month\", left_on = \"year\"").unwrap();
    let quarters = key(&dataset, &finer, "seen");
    assert!(
        quarters.iter().all(|label| ["01-01", "04-01", "07-01", "10-01"].contains(&&label[5..])),
        "{quarters:?}"
    );
    // No condition tells apart what a label does not.
    let ask = |sql: &str| question::read(sql, &dataset, &granted).unwrap().filter.unwrap();
    let mut plain = false;
    let filter = ask("SELECT COUNT(*) FROM people WHERE seen > DATE '2010-06-05'");
    assert!(
        matches!(&filter, Value::Compare(_, left, _) if matches!(**left, Value::Lookup(..))),
        "{filter:?}"
    );
    filter.columns(&mut |_, _| plain = true);
    assert!(plain);
    for (columns, masks) in [
        ("rent = \"aggregate\"", "rent = { band = 1000 }"),
        ("rent = \"group-key\"", "rent = \"year\""),
        ("rent = \"group-key\"", "rent = { band = 0 }"),
        ("called = \"group-key\"", "called = \"county\""),
        ("called = \"group-key\"", "called = { recode = { x = [\"nobody\"] } }"),
        ("called = \"group-key\"", "seen = \"year\""),
    ] {
        assert!(policy(columns, masks).is_err(), "{columns} {masks}");
    }
}

#[test]
fn of_two_masks_nothing_is_told_apart_that_one_does_not() {
    let levels = [Coarse::Month, Coarse::Quarter, Coarse::Year, Coarse::Decade];
    for (at, a) in levels.iter().enumerate() {
        for b in &levels[at..] {
            assert_eq!(a.strictest(b), Some(b.clone()));
            assert_eq!(b.strictest(a), Some(b.clone()));
        }
        assert_eq!(a.strictest(&Coarse::Week), None);
    }
    assert_eq!(Coarse::Province.strictest(&Coarse::County), Some(Coarse::Province));
    assert_eq!(Coarse::Band(400).strictest(&Coarse::Band(600)), Some(Coarse::Band(1200)));
    assert_eq!(Coarse::Band(400).strictest(&Coarse::Year), None);
    let codes = Domain::Text(["110105", "110106", "120101"].map(str::to_owned).to_vec());
    let (value, shown) = Coarse::City.of(&codes, Value::Column(0, 0)).unwrap();
    assert_eq!(shown, Domain::Text(vec!["1101".to_owned(), "1201".to_owned()]));
    assert!(matches!(value, Value::Lookup(_, places) if *places == [Some(0), Some(0), Some(1)]));
}

#[test]
fn every_day_of_a_list_is_in_what_it_begins() {
    let days = Domain::Day { from: -25_567, to: 23_000 };
    for level in [Coarse::Week, Coarse::Month, Coarse::Quarter, Coarse::Year, Coarse::Decade] {
        let (value, _) = level.of(&days, Value::Column(0, 0)).unwrap();
        let Value::Lookup(_, list) = value else { panic!("a list") };
        assert_eq!(list.len(), 25_567 + 23_001);
        let level = level.level().unwrap();
        assert!(
            (-25_567..).zip(list.iter()).all(|(day, first)| *first == Some(level.begins(day))),
            "{level:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_often_a_name_is_there_does_not_show_and_how_often_a_number_is_does() {
    let all = masked(200, [1; 32], "people").await;
    let most = |of: &[String]| of.iter().map(|one| of.iter().filter(|other| *other == one).count()).max();
    // Fifty people are called 李小明.
    let names = all.pseudonyms("name");
    assert!(most(&names).unwrap() <= 3, "{names:?}");
    // Of seven fathers each is in as many rows as he was.
    assert_eq!(most(&all.pseudonyms("father")), Some(29));
}

proptest! {
    #[test]
    fn a_day_is_in_what_it_begins(day in -40_000i64..40_000) {
        let mut before = day;
        for level in [Level::Month, Level::Quarter, Level::Year, Level::Decade] {
            let first = level.begins(day);
            prop_assert!(first <= before && level.begins(first) == first);
            prop_assert!(crate::answer::date(first).ends_with("-01"));
            before = first;
        }
        let week = Level::Week.begins(day);
        prop_assert!((0..7).contains(&(day - week)) && (week + 3) % 7 == 0);
    }

    #[test]
    fn what_is_met_later_has_another_pseudonym(a in 0u32..2_000_000_000, b in 0u32..2_000_000_000, key: [u8; 32]) {
        let of = Permutation::new(&key);
        for kept in [Identity::Shape, Identity::BirthYear] {
            let [one, other] = [a, b].map(|at| of.identity(kept, "990101197001010019", at).unwrap());
            prop_assert_eq!(one == other, a == b);
            let number = Form::Identity(kept).written(one);
            let test = Limits { test_region: true, ..Limits::default() };
            prop_assert!(citizen::is_valid(number.as_bytes(), &test));
            prop_assert_eq!(kept == Identity::BirthYear && &number[6..10] != "1970", false);
        }
    }

    #[test]
    fn a_made_up_name_is_as_long(name in "[一-龥]{2,9}", key: [u8; 32]) {
        let letters = name.chars().count();
        let made = names::written(names::made_up(letters, &key));
        prop_assert_eq!(made.chars().count(), letters);
    }
}
