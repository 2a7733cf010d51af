use crate::answer::{Answer, Field, Line};
use crate::question::{self, Question};
use crate::world::World;

fn read(world: &World, sql: &str) -> Result<Question, String> {
    question::read(sql, &world.dataset, &world.policy).map_err(|error| error.to_string())
}

/// The answer of towns with these figures.
fn answered(world: &World, sql: &str, lines: &[(Option<&str>, &[Option<f64>])]) -> Vec<Vec<Field>> {
    let question = read(world, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let line = |(town, figures): &(Option<&str>, &[Option<f64>])| Line {
        labels: vec![town.map(str::to_owned)],
        figures: figures.to_vec(),
    };
    Answer::of(&question, &lines.iter().map(line).collect::<Vec<_>>()).rows
}

fn text(text: &str) -> Field {
    Field::Text(text.to_owned())
}

const TOWNS: &[(Option<&str>, &[Option<f64>])] = &[
    (Some("城东"), &[Some(300.0)]),
    (Some("城西"), &[Some(20.0)]),
    (Some("Old Town"), &[None]),
    (None, &[Some(90.0)]),
];

#[test]
fn what_is_hidden_stays_missing_whatever_is_made_of_it() {
    let world = World::new(1);
    let of = |made: &str| {
        let sql = format!("SELECT town, {made} FROM residents GROUP BY town ORDER BY town NULLS LAST");
        answered(&world, &sql, TOWNS).into_iter().map(|mut row| row.remove(1)).collect::<Vec<_>>()
    };
    let n = Field::Number;
    // In the order of labels: Old Town, of which the figure is hidden, is first.
    for (made, values) in [
        ("CASE WHEN COUNT(*) > 100 THEN 'many' ELSE 'few' END", [text("many"), text("few"), text("few")]),
        ("CASE town WHEN '城东' THEN COUNT(*) ELSE -COUNT(*) END", [n(300.0), n(-20.0), n(-90.0)]),
        ("NULLIF(COUNT(*), 20)", [n(300.0), Field::Missing, n(90.0)]),
        ("ABS(COUNT(*) - 100)", [n(200.0), n(80.0), n(10.0)]),
        ("CAST(COUNT(*) AS DOUBLE PRECISION) / 40", [n(7.5), n(0.5), n(2.25)]),
        ("CAST(COUNT(*) / 40.0 AS INT)", [n(8.0), n(1.0), n(2.0)]),
        ("CAST(COUNT(*) / 7.0 AS DECIMAL(10, 2))", [n(42.86), n(2.86), n(12.86)]),
        ("FLOOR(COUNT(*) / 40.0)", [n(7.0), n(0.0), n(2.0)]),
        ("CEIL(COUNT(*) / 40.0)", [n(8.0), n(1.0), n(3.0)]),
        ("CASE WHEN COUNT(*) BETWEEN 20 AND 90 OR town = '城东' THEN 1 END", [n(1.0), n(1.0), n(1.0)]),
    ] {
        let given = of(made);
        assert_eq!(given[0], Field::Missing, "{made}: what is hidden");
        assert_eq!(given[1..], values, "{made}");
    }
    // The control: a label that is missing is known to be, and not hidden.
    assert_eq!(of("COALESCE(town, '不详')")[3], text("不详"));
    assert_eq!(of("CASE WHEN town = '城东' THEN 1 ELSE 2 END"), [n(2.0), n(1.0), n(2.0), n(2.0)]);
}

#[test]
fn names_of_columns_of_the_answer_stand_for_them() {
    let world = World::new(1);
    let named = answered(
        &world,
        "SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY t HAVING n >= 90 AND t IS NOT NULL OR N = 20 ORDER BY n",
        TOWNS,
    );
    assert_eq!(named, [[text("城西"), Field::Number(20.0)], [text("城东"), Field::Number(300.0)]]);
    // Whatever it is called, it is the same question.
    let same = [
        "SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY t HAVING n > 50 ORDER BY t DESC",
        "SELECT r.town AS x, COUNT(*) AS m FROM residents r GROUP BY r.town HAVING COUNT(*) > 50 ORDER BY r.town DESC",
        "SELECT t, n FROM (SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY town) g WHERE n > 50 ORDER BY g.t DESC",
        "WITH g AS (SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY town HAVING COUNT(*) > 50) SELECT * FROM g ORDER BY 1 DESC",
        "WITH r AS (SELECT * FROM residents) SELECT town, COUNT(*) FROM r GROUP BY town HAVING COUNT(*) > 50 ORDER BY town DESC",
    ];
    let meanings: std::collections::BTreeSet<String> = same
        .iter()
        .map(|sql| read(&world, sql).unwrap_or_else(|error| panic!("{sql}: {error}")).meaning())
        .collect();
    assert_eq!(meanings.len(), 1);
    // A table's own column comes before a name that was given.
    let read = |sql: &str| read(&world, sql);
    let own = read("SELECT insured AS age, COUNT(*) FROM residents GROUP BY age").unwrap_err();
    assert!(own.contains("insured"), "{own}");
    // What an outer question does not see does not exist for it.
    let sees = "SELECT age FROM (SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY town) g";
    assert!(read(sees).unwrap_err().contains("there is no age"), "{sees}");
}

#[test]
fn a_question_in_the_place_of_a_table_is_its_condition() {
    let world = World::new(1);
    let meaning = |sql: &str| read(&world, sql).unwrap_or_else(|error| panic!("{sql}: {error}")).meaning();
    let plain = "SELECT r.town, COUNT(*) FROM residents r JOIN homes h ON r.id = h.owner WHERE r.age > 20 AND h.area > 50 GROUP BY r.town";
    for sql in [
        "WITH r AS (SELECT id, town FROM residents WHERE age > 20) SELECT r.town, COUNT(*) FROM r JOIN homes h ON r.id = h.owner WHERE h.area > 50 GROUP BY r.town",
        "SELECT r.town, COUNT(*) FROM (SELECT * FROM residents WHERE age > 20) r JOIN homes h ON r.id = h.owner WHERE h.area > 50 GROUP BY r.town",
    ] {
        assert_eq!(meaning(sql), meaning(plain), "{sql}");
    }
    // What is not granted is not found that way, and the condition is none of another table.
    let refused = |sql: &str| read(&world, sql).unwrap_err();
    assert!(refused("WITH r AS (SELECT * FROM secrets) SELECT COUNT(*) FROM r").contains("secrets"));
    assert!(refused("SELECT COUNT(*) FROM (SELECT * FROM residents WHERE pay > 1) r").contains("pay"));
}

#[test]
fn texts_that_are_not_declared_are_told_with_those_that_are() {
    let world = World::new(1);
    for sql in [
        "SELECT COUNT(*) FROM residents WHERE town = '城冬'",
        "SELECT COUNT(*) FROM residents WHERE town NOT IN ('城东', '城冬')",
        "SELECT COUNT(*) FILTER (WHERE '城冬' <> town) FROM residents",
        "SELECT SUM(CASE town WHEN '城冬' THEN 1 ELSE 0 END) FROM residents",
        "SELECT town, COUNT(*) FROM residents GROUP BY town HAVING town = '城冬'",
    ] {
        let refused = read(&world, sql).unwrap_err();
        assert!(
            refused.contains("'城冬'") && refused.contains("城东, 城西, Old Town, new town"),
            "{sql}: {refused}"
        );
    }
    for sql in [
        "SELECT COUNT(*) FROM residents WHERE town > '城冬'",
        "SELECT COUNT(*) FROM residents WHERE age = 200",
    ] {
        read(&world, sql).unwrap();
    }
}
