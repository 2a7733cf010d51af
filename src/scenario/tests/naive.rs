//! A second, simple-minded reading of the tables, by code the generator shares nothing with.

use crate::scenario::{DIVISIONS, Generated, RETURNED_COLUMNS};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use yinshu_origin::DefectKind;
use yinshu_origin::truth::Planted;

/// The rows below the header; `titles` rows stand above it.
pub(in crate::scenario) fn read(path: &Path, titles: usize) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).expect("a table");
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.trim_start_matches('\u{FEFF}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect());
    rows.skip(titles + 1).collect()
}

fn header(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).expect("a table");
    let text = encoding_rs::GB18030.decode(&bytes).0.into_owned();
    text.lines().next().expect("a header").split(',').map(str::to_owned).collect()
}

fn bare(text: &str) -> String {
    let narrow = text.chars().map(|c| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).expect("ASCII"),
        c => c,
    });
    narrow.filter(|c| !c.is_whitespace() && *c != '\u{200B}' && *c != '\'').collect::<String>().to_uppercase()
}

/// The eighteen-character key, if the text holds one.
pub(in crate::scenario) fn key(text: &str) -> Option<String> {
    let mut key = bare(text);
    if key.len() == 15 && key.bytes().all(|b| b.is_ascii_digit()) {
        key.insert_str(6, "19");
        key.push(check(&key));
    }
    let valid = key.len() == 18 && key.bytes().take(17).all(|b| b.is_ascii_digit());
    (valid && key.ends_with(check(&key))).then_some(key)
}

/// ISO 7064 MOD 11-2, computed digit by digit instead of by the standard's weights.
fn check(key: &str) -> char {
    let rest = key.chars().take(17).fold(0, |rest, c| (rest + c.to_digit(10).expect("a digit")) * 2 % 11);
    match (12 - rest) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).expect("a digit"),
    }
}

/// A name with one kind of dot and no note in brackets.
pub(in crate::scenario) fn name(text: &str) -> String {
    let text = text.split(['（', '(']).next().expect("a part");
    let dots = ['\u{2022}', '\u{2027}', '\u{30FB}', '\u{FF0E}', '.'];
    text.replace(dots, "\u{B7}").chars().filter(|c| !c.is_whitespace()).collect()
}

fn sex(text: &str) -> &'static str {
    match text {
        "1" | "男" | "M" => "1",
        "2" | "女" | "F" => "2",
        other => panic!("no sex: {other}"),
    }
}

pub(in crate::scenario) fn date(text: &str) -> String {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.len() == 8 {
        return format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
    }
    if digits {
        let serial: i32 = text.parse().expect("a serial number");
        let day = jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(serial));
        return day.expect("a day").to_string();
    }
    let parts: Vec<u32> = text
        .split(['-', '/', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().expect("a number"))
        .collect();
    format!("{:04}-{:02}-{:02}", parts[0], parts[1], parts[2])
}

/// Name, sex, birth, division and status: what is compared.
fn fields(row: &[String]) -> [String; 5] {
    [name(&row[1]), sex(&row[2]).to_owned(), date(&row[3]), row[4].clone(), row[6].clone()]
}

const FIELDS: [&str; 5] = ["aac003", "aac004", "aac006", "aab301", "aac008"];

/// Every defect that can be seen in the files, by the rules at the top of `yinshu_origin::truth`.
pub(super) fn defects(made: &Generated) -> BTreeSet<Planted> {
    let mut found = BTreeSet::new();
    let source: HashMap<String, [String; 5]> =
        read(&made.source, 0).iter().map(|row| (row[0].clone(), fields(row))).collect();
    let mut first: BTreeMap<String, (Vec<String>, [String; 5])> = BTreeMap::new();
    let mut surplus = HashSet::new();
    for path in &made.returned {
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let rows = read(path, 0);
        let newest = rows.iter().map(|row| row[9][..10].to_owned()).max().expect("rows");
        if newest < made.period_end.to_string() {
            found.insert(Planted::stale(file.clone()));
        }
        let known = |column: &String| RETURNED_COLUMNS.contains(&column.as_str());
        let columns = header(path).into_iter().filter(|column| !known(column));
        found.extend(columns.map(|column| Planted::column(DefectKind::SurplusColumn, column)));
        for (row, number) in rows.into_iter().zip(2..) {
            let at = |kind| Planted::row(kind, file.clone(), number);
            if !DIVISIONS.iter().any(|(code, _)| *code == row[4]) {
                found.insert(at(DefectKind::SurplusRow));
                surplus.extend(key(&row[0]));
                continue;
            }
            let Some(key) = key(&row[0]) else {
                found.insert(at(DefectKind::InvalidKey));
                continue;
            };
            let fields = fields(&row);
            if let Some((earlier, same)) = first.get(&key) {
                let equal = *same == fields && earlier[5..] == row[5..];
                let kind = if equal { DefectKind::DuplicateRow } else { DefectKind::DuplicateKey };
                found.insert(at(kind));
                continue;
            }
            if fields[2].replace('-', "") != key[6..14] {
                found.insert(at(DefectKind::BirthMismatch));
            }
            match source.get(&key) {
                None => drop(found.insert(Planted::key(DefectKind::GoneFromSource, key.clone()))),
                Some(now) => {
                    differences(DefectKind::FieldDiffersSource, &key, &fields, now, &mut found);
                }
            }
            first.insert(key, (row, fields));
        }
    }
    let residents = read(&made.residents, 2);
    for row in &residents[..residents.len() - 1] {
        let Some(key) = key(&row[0]) else { continue };
        match first.get(&key) {
            Some((_, fields)) => {
                let local = [name(&row[1]), sex(&row[2]).to_owned(), date(&row[3])];
                differences(DefectKind::FieldDiffersLocal, &key, fields, &local, &mut found);
            }
            None if source.contains_key(&key) && !surplus.contains(&key) => {
                found.insert(Planted::key(DefectKind::MissingResident, key));
            }
            None => {}
        }
    }
    found
}

fn differences(kind: DefectKind, key: &str, one: &[String], other: &[String], found: &mut BTreeSet<Planted>) {
    for ((one, other), column) in one.iter().zip(other).zip(FIELDS) {
        if one != other {
            found.insert(Planted::field(kind, key, column));
        }
    }
}
