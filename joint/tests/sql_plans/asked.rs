//! Questions: each form at least once, and random ones.

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use yinshu_joint::JointError;

/// What must work, and find something.
pub(crate) const FORMS: &[&str] = &[
    "SELECT COUNT(*) FROM hr.insured",
    "SELECT town, COUNT(*) AS n, AVG(wage) AS mean FROM hr.insured GROUP BY town",
    "SELECT i.town, COUNT(*), SUM(t.income) FROM hr.insured i JOIN tax.income t USING (id) GROUP BY i.town",
    "SELECT COUNT(*), COUNT(wage), SUM(wage), AVG(wage), VAR_SAMP(wage), STDDEV_SAMP(wage), MIN(wage), MAX(wage) \
     FROM hr.insured i JOIN bureau.housing h ON i.id = h.id",
    "SELECT MEDIAN(CAST(area AS DOUBLE)), CORR(rooms, age) FROM insured i, housing h WHERE i.id = h.id",
    "SELECT SUM(i.wage * h.area - t.income * 0.5) FROM tax.income t JOIN hr.insured i ON t.id = i.id \
     JOIN bureau.housing h ON h.id = i.id",
    "SELECT COUNT(*), COUNT(i.age), SUM(i.age) FROM tax.income t LEFT JOIN hr.insured i ON t.id = i.id",
    "SELECT COUNT(*) FROM tax.income t LEFT JOIN hr.insured i ON t.id = i.id WHERE i.id IS NULL",
    "SELECT COUNT(i.id) FROM tax.income t LEFT JOIN hr.insured i ON t.id = i.id AND i.age > 40",
    "SELECT COUNT(*) FROM hr.insured i RIGHT JOIN tax.income t ON i.id = t.id",
    "SELECT COUNT(*), SUM(wage) FROM hr.insured i WHERE EXISTS (SELECT 1 FROM tax.income t WHERE t.id = i.id AND t.income > 0)",
    "SELECT COUNT(*), SUM(wage) FROM hr.insured i WHERE NOT EXISTS (SELECT 1 FROM tax.income t WHERE t.id = i.id)",
    "SELECT COUNT(*) FROM hr.insured WHERE id IN (SELECT id FROM tax.income WHERE source = 'RENT')",
    "SELECT COUNT(*) FROM hr.insured WHERE id NOT IN (SELECT id FROM bureau.housing)",
    "SELECT town, SUM(total) FROM hr.insured JOIN (SELECT id, SUM(income) AS total, COUNT(*) AS times FROM tax.income \
     WHERE year >= 2024 GROUP BY id HAVING COUNT(*) >= 1) s USING (id) GROUP BY town",
    "SELECT COUNT(*), SUM(h.area) FROM (SELECT SUBSTR(id, 2) AS n, MAX(age) AS age FROM hr.insured GROUP BY SUBSTR(id, 2)) i \
     JOIN (SELECT REPLACE(id, 'P', '') AS n, SUM(area) AS area FROM bureau.housing GROUP BY REPLACE(id, 'P', '')) h ON i.n = h.n",
    "SELECT town, COUNT(*), AVG(size) FROM (SELECT town, age AS size FROM hr.insured UNION ALL \
     SELECT town, area FROM bureau.housing) u GROUP BY town HAVING COUNT(*) >= 2",
    "SELECT CASE WHEN age < 30 THEN 'young' WHEN age < 60 THEN 'middle' ELSE 'old' END AS g, COUNT(*) FROM hr.insured \
     GROUP BY CASE WHEN age < 30 THEN 'young' WHEN age < 60 THEN 'middle' ELSE 'old' END",
    "SELECT CASE WHEN i.wage > h.area THEN 'more' WHEN i.wage <= h.area THEN 'less' ELSE 'unknown' END AS g, COUNT(*) \
     FROM hr.insured i JOIN bureau.housing h USING (id) GROUP BY g",
    "SELECT i.wage > h.area AS more, COUNT(*) FROM hr.insured i JOIN bureau.housing h USING (id) GROUP BY i.wage > h.area",
    "SELECT rooms, COUNT(*) AS n FROM bureau.housing GROUP BY rooms ORDER BY n DESC",
    "SELECT i.town, h.town AS lives, COUNT(*) FROM hr.insured i JOIN bureau.housing h USING (id) WHERE i.town <> h.town \
     GROUP BY i.town, h.town",
    "SELECT year, COUNT(*) FILTER (WHERE income > 0) AS plus, SUM(CASE WHEN income > 0 THEN income END) AS s, \
     COUNT(CASE WHEN source = 'WORK' THEN 1 END) AS w FROM tax.income GROUP BY year ORDER BY year LIMIT 5",
    "SELECT source, SUM(income) FROM tax.income GROUP BY source HAVING AVG(income) > -400.5 AND SUM(income) BETWEEN -99999 AND 99999",
    "SELECT SUM(COALESCE(income, 7)) FROM tax.income WHERE id IS NOT NULL AND source IN ('WORK', 'RENT')",
    "SELECT town, AVG(wage) FROM hr.insured WHERE SUBSTR(id, 2, 1) IN ('0', '1', '2') AND town LIKE '%T%' GROUP BY town",
    "WITH rich AS (SELECT id, wage FROM hr.insured WHERE wage > 100) SELECT COUNT(*), SUM(area) FROM rich JOIN housing USING (id)",
    "SELECT n, m FROM (SELECT town, COUNT(*) AS n, SUM(age) AS m FROM hr.insured GROUP BY town) x WHERE n > 1 ORDER BY m",
    "SELECT town, COUNT(*) FROM hr.insured GROUP BY town HAVING town = 'EAST' OR town = 'NORTH'",
];

fn pick<'a>(rng: &mut ChaCha20Rng, of: &[&'a str]) -> &'a str {
    of[rng.random_range(0..of.len())]
}

/// What stands after FROM: numbers, texts that can be EAST, NORTH or SOUTH, and what must stand in WHERE.
struct Source {
    from: &'static str,
    numbers: &'static [&'static str],
    towns: &'static [&'static str],
    also: &'static str,
}

const SOURCES: &[Source] = &[
    Source {
        from: "hr.insured i JOIN tax.income t USING (id)",
        numbers: &["i.age", "i.wage", "t.income", "t.year"],
        towns: &["i.town"],
        also: "",
    },
    Source {
        from: "tax.income t LEFT JOIN hr.insured i ON t.id = i.id",
        numbers: &["i.age", "i.wage", "t.income"],
        towns: &["i.town"],
        also: "",
    },
    Source {
        from: "hr.insured i LEFT JOIN bureau.housing h ON i.id = h.id AND h.rooms > 3",
        numbers: &["i.age", "i.wage", "h.rooms", "h.area"],
        towns: &["i.town", "h.town"],
        also: "",
    },
    Source {
        from: "tax.income t JOIN hr.insured i ON i.id = t.id LEFT JOIN bureau.housing h ON h.id = t.id",
        numbers: &["i.age", "i.wage", "t.income", "h.area", "h.rooms"],
        towns: &["i.town", "h.town"],
        also: "",
    },
    Source {
        from: "hr.insured i JOIN (SELECT id, SUM(income) AS total, COUNT(*) AS times, MAX(income) AS most FROM tax.income \
               WHERE year < 2025 GROUP BY id) s USING (id)",
        numbers: &["i.age", "i.wage", "s.total", "s.times", "s.most"],
        towns: &["i.town"],
        also: "",
    },
    Source {
        from: "bureau.housing h",
        numbers: &["h.area", "h.rooms"],
        towns: &["h.town"],
        also: "EXISTS (SELECT 1 FROM tax.income t WHERE t.id = h.id AND t.income > 100)",
    },
    Source {
        from: "hr.insured i",
        numbers: &["i.age", "i.wage"],
        towns: &["i.town"],
        also: "i.id NOT IN (SELECT id FROM bureau.housing WHERE area > 50.5)",
    },
    Source {
        from: "bureau.housing h JOIN hr.insured i USING (id)",
        numbers: &["i.age", "i.wage", "h.area", "h.rooms"],
        towns: &["i.town", "h.town"],
        also: "NOT EXISTS (SELECT 1 FROM tax.income t WHERE t.id = i.id AND t.source = 'RENT')",
    },
    Source {
        from: "(SELECT town, age AS a, wage AS w FROM hr.insured UNION ALL SELECT town, rooms, area FROM bureau.housing \
               WHERE area > 20) u",
        numbers: &["u.a", "u.w"],
        towns: &["u.town"],
        also: "",
    },
    Source {
        from: "tax.income t JOIN (SELECT id, town, age AS a FROM hr.insured WHERE age > 10) x ON x.id = t.id",
        numbers: &["t.income", "x.a", "t.year"],
        towns: &["x.town"],
        also: "",
    },
];

fn value(rng: &mut ChaCha20Rng, source: &Source, depth: u32) -> String {
    let plain = pick(rng, source.numbers).to_owned();
    if depth == 0 {
        return plain;
    }
    let inner = |rng: &mut ChaCha20Rng| value(rng, source, depth - 1);
    match rng.random_range(0..8) {
        0 => format!("({} + {})", inner(rng), inner(rng)),
        1 => format!("({} - {})", inner(rng), inner(rng)),
        2 => format!("({} * {})", inner(rng), pick(rng, &["2", "0.5", "-3"])),
        3 => {
            format!("CASE WHEN {} THEN {plain} ELSE {} END", truth(rng, source, 1), pick(rng, source.numbers))
        }
        4 => format!("CASE WHEN {} THEN {plain} END", truth(rng, source, 1)),
        5 => format!("COALESCE({plain}, {})", rng.random_range(-5..50)),
        6 => format!("(- {})", inner(rng)),
        _ => plain,
    }
}

fn truth(rng: &mut ChaCha20Rng, source: &Source, depth: u32) -> String {
    if depth > 0 && rng.random_range(0..3) > 0 {
        let (a, b) = (truth(rng, source, depth - 1), truth(rng, source, depth - 1));
        return match rng.random_range(0..6) {
            0 => format!("({a} OR {b})"),
            1 => format!("NOT ({a} OR {b})"),
            2 => format!("(NOT {a} AND {b})"),
            3 => format!("(CASE WHEN {a} THEN {b} ELSE NOT {b} END)"),
            4 => format!("({a}) IS NOT TRUE"),
            _ => format!("({a} AND {b})"),
        };
    }
    let (number, town) = (pick(rng, source.numbers), pick(rng, source.towns));
    let op = pick(rng, &["<", "<=", ">", ">=", "=", "<>"]);
    match rng.random_range(0..9) {
        0 | 1 => format!("{number} {op} {}", value(rng, source, 1)),
        2 => format!("{number} {op} {}", pick(rng, &["5", "50", "100.5", "300", "-20"])),
        3 => format!("{town} {op} '{}'", pick(rng, &super::town::TOWNS)),
        4 => format!("{town} {}IN ('EAST', 'SOUTH')", pick(rng, &["", "NOT "])),
        5 => format!("{number} {}BETWEEN 10 AND 200", pick(rng, &["", "NOT "])),
        6 => format!("{number} IS {}NULL", pick(rng, &["", "NOT "])),
        7 => format!("{number} IN (3, 4, 5.5, 2024)"),
        _ => format!("{town} = {}", pick(rng, source.towns)),
    }
}

fn figure(rng: &mut ChaCha20Rng, source: &Source, grouped: bool) -> String {
    let value = value(rng, source, 1);
    match rng.random_range(0..if grouped { 8 } else { 12 }) {
        0 => "COUNT(*)".to_owned(),
        1 => format!("COUNT({value})"),
        2 => format!("SUM({value})"),
        3 => format!("AVG(CAST({} AS DOUBLE))", pick(rng, source.numbers)),
        4 => format!("VAR_SAMP({value})"),
        5 => format!("STDDEV_SAMP({value})"),
        6 => format!("SUM({value}) FILTER (WHERE {})", truth(rng, source, 1)),
        7 => format!("CORR({value}, {})", pick(rng, source.numbers)),
        8 => format!("MIN({value})"),
        9 => format!("MAX({value})"),
        10 => format!("MEDIAN(CAST({} AS DOUBLE))", pick(rng, source.numbers)),
        _ => format!("COUNT(*) FILTER (WHERE {})", truth(rng, source, 1)),
    }
}

fn key(rng: &mut ChaCha20Rng, source: &Source) -> String {
    match rng.random_range(0..4) {
        0 | 1 => pick(rng, source.towns).to_owned(),
        2 => format!(
            "CASE WHEN {} THEN 'a' WHEN {} THEN 'b' ELSE 'c' END",
            truth(rng, source, 1),
            truth(rng, source, 0)
        ),
        _ => truth(rng, source, 0),
    }
}

/// A question at random.
pub(crate) fn question(rng: &mut ChaCha20Rng) -> String {
    let source = &SOURCES[rng.random_range(0..SOURCES.len())];
    let keys: Vec<String> = (0..[0, 1, 1, 2][rng.random_range(0..4)]).map(|_| key(rng, source)).collect();
    let figures: Vec<String> =
        (0..rng.random_range(1..4)).map(|_| figure(rng, source, !keys.is_empty())).collect();
    let named = |(at, of): (usize, &String)| format!("{of} AS r{at}");
    let list: Vec<String> = keys.iter().chain(&figures).enumerate().map(named).collect();
    let mut conditions = Vec::new();
    if !source.also.is_empty() {
        conditions.push(source.also.to_owned());
    }
    for _ in 0..rng.random_range(0..3) {
        conditions.push(truth(rng, source, 2));
    }
    let mut sql = format!("SELECT {} FROM {}", list.join(", "), source.from);
    if !conditions.is_empty() {
        sql += &format!(" WHERE {}", conditions.join(" AND "));
    }
    if !keys.is_empty() {
        sql += &format!(" GROUP BY {}", keys.join(", "));
        if rng.random_range(0..2) == 0 {
            let number = pick(rng, source.numbers);
            let condition = match rng.random_range(0..3) {
                0 => "COUNT(*) >= 2".to_owned(),
                1 => format!("SUM({number}) > 40.5 OR COUNT(*) = 1"),
                _ => format!("NOT (AVG(CAST({number} AS DOUBLE)) < 60)"),
            };
            sql += &format!(" HAVING {condition}");
        }
    }
    sql
}

/// Random questions may ask for what is refused.
pub(crate) fn may_refuse(error: &JointError) -> bool {
    match error {
        JointError::Unsupported { construct, .. } => {
            ["texts", "order-of-texts", "min-by-group", "constant"].contains(&construct.as_str())
        }
        _ => false,
    }
}
