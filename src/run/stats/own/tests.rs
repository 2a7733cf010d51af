//! What a row that is damaged does to the others: with noise, nothing.

use super::super::compute::layout::Layout;
use super::{Own, open};
use crate::contract::Draft;
use crate::contract::stats_texts::with_noise;
use std::fmt::Write as _;
use yinshu_data::Source;
use yinshu_data::ident::citizen::check_character;
use yinshu_mpc::Z64;

/// The template's contract, with noise or without.
fn draft(noise: bool) -> Draft {
    let text = with_noise("epsilon = \"1\"");
    let exact = text.split("[stats.noise]\n").next().expect("the rest");
    Draft::parse(if noise { &text } else { exact }, "contract.toml").expect("a contract")
}

/// The id of the person born on that day of 1990's first month, with this sequence number.
fn id(day: u32, sequence: u32) -> String {
    let body = format!("990101199001{day:02}{sequence:03}");
    let check = check_character(body.as_bytes().try_into().expect("17 digits")).expect("digits");
    body + char::from(check).to_string().as_str()
}

/// Persons, some of whom have numbers that end in 000 and are right, as one in 1,100 have.
fn persons() -> Vec<String> {
    let all = (1..29).flat_map(|day| (1..10).map(move |hundreds| id(day, 100 * hundreds)));
    // More of so few would be more than chance gives.
    let suspects: Vec<String> = all.filter(|id| id.ends_with("000")).take(4).collect();
    assert_eq!(suspects.len(), 4);
    let others = (1..29).map(|day| id(day, 123));
    suspects.into_iter().chain(others).collect()
}

/// A table of these persons, who earn 100 each.
fn table(ids: &[String]) -> Vec<u8> {
    let mut text = "id,xzqh,wage\n".to_owned();
    ids.iter().for_each(|id| writeln!(text, "{id},990101,100.00").expect("memory"));
    text.into_bytes()
}

/// What a party with this table shares, and how many rows counted.
fn shared(table: &[u8], noise: bool) -> (Vec<Z64>, u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, table).expect("written");
    let source = Source { encoding: Some("utf-8".to_owned()), ..Source::file(file) };
    let draft = draft(noise);
    let me = &draft.terms.parties[0];
    let opened = open(&source, &draft, me).expect("a table");
    let own = Own::read(opened, &draft, me, |_| {}).expect("rows");
    (own.words(&Layout::new(&draft)), own.rows.counted)
}

#[test]
fn one_damaged_id_changes_nothing_but_its_own_row() {
    let whole = persons();
    // A spreadsheet rounded the last three digits: what is left fails its check.
    let damaged = format!("{}000", &id(1, 123)[..15]);
    assert!(!whole.contains(&damaged));
    for at in [0, whole.len()] {
        let mut with = whole.clone();
        with.insert(at, damaged.clone());
        let [(before, counted), (after, still)] = [&whole, &with].map(|ids| shared(&table(ids), true));
        assert_eq!((before, counted), (after, still), "at {at}");
        assert_eq!(counted, 28, "what may have lost digits is left out, each by itself");
        let [(_, counted), (_, still)] = [&whole, &with].map(|ids| shared(&table(ids), false));
        assert_eq!((counted, still), (whole.len() as u64, 28), "without noise the column is judged");
    }
    // A sound row more adds itself.
    let mut with = whole.clone();
    with.push(id(1, 125));
    assert_eq!(shared(&table(&with), true).1, 29);
}

#[test]
fn with_noise_no_encoding_is_guessed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("table.csv");
    let source = Source::file(&file);
    for noise in [true, false] {
        let draft = draft(noise);
        let me = &draft.terms.parties[0];
        let code = || open(&source, &draft, me).err().map(|problem| problem.code());
        std::fs::write(&file, table(&persons())).expect("written");
        assert_eq!(code(), noise.then_some(9334));
        let said = Source { encoding: Some("gb18030".to_owned()), ..source.clone() };
        assert!(open(&said, &draft, me).is_ok());
        let marked = [b"\xEF\xBB\xBF", &table(&persons())[..]].concat();
        std::fs::write(&file, marked).expect("written");
        assert_eq!(code(), None, "a byte-order mark says it");
    }
}
