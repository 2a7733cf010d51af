//! Sets of citizen numbers in the made-up division 99: number `n` is the same in every run.

use crate::problem::Problem;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;
use yinshu_data::ident::citizen::check_character;

/// Numbers per day of birth: sequences 001 to 990.
const SEQUENCES: u64 = 990;
/// Days used of each year: 28 of each month, so that every one exists.
const DAYS: u64 = 336;
/// Years of birth used, from 1930.
const YEARS: u64 = 90;

/// Citizen number `n`.
fn id(n: u64) -> String {
    let (day, sequence) = (n / SEQUENCES, n % SEQUENCES + 1);
    let (years, day) = (day / DAYS, day % DAYS);
    let (division, year) = (100 + years / YEARS, 1930 + years % YEARS);
    let first = format!("990{division:03}{year}{:02}{:02}{sequence:03}", day / 28 + 1, day % 28 + 1);
    let digits = first.as_bytes().first_chunk().copied();
    let check = digits.and_then(|digits| check_character(&digits)).map_or('0', char::from);
    format!("{first}{check}")
}

/// Writes a CSV of one column, `id`, in an order that says nothing.
pub(in crate::cli::bench) fn write(path: &Path, numbers: Range<u64>) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    file.write_all(b"id\n").map_err(failed)?;
    let count = numbers.end - numbers.start;
    // A stride without a common divisor visits every number once.
    let stride = (count / 2..).find(|stride| gcd(*stride, count) == 1).unwrap_or(1);
    for at in 0..count {
        let line =
            id(numbers.start + (u128::from(at) * u128::from(stride) % u128::from(count.max(1))) as u64);
        writeln!(file, "{line}").map_err(failed)?;
    }
    file.into_inner().map(drop).map_err(|e| failed(e.into_error()))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use yinshu_data::ident::citizen::{Limits, is_valid};

    #[test]
    fn every_number_is_an_id_of_its_own() {
        let limits = Limits { test_region: true, ..Limits::default() };
        let numbers = (0..5_000).chain(100_000_000..100_001_000);
        let ids: BTreeSet<String> = numbers.map(id).collect();
        assert_eq!(ids.len(), 6_000);
        for id in &ids {
            assert!(is_valid(id.as_bytes(), &limits), "{id}");
        }
    }

    #[test]
    fn a_file_holds_each_number_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("set.csv");
        write(&path, 7..1_007).expect("written");
        let text = std::fs::read_to_string(&path).expect("text");
        let lines: BTreeSet<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, (7..1_007).map(id).collect::<Vec<_>>().iter().map(String::as_str).collect());
    }
}
