//! How many people live in each district, by five-year age group, of three departments' registers.

use crate::nodes::{Outcome, Question, answer};
use crate::{Asked, Made, citizen};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use yinshu_origin::band::{band_name, band_of};

const DISTRICTS: [&str; 4] = ["990101", "990102", "990104", "990105"];
const PEOPLE: u64 = 20_000;
const MINIMUM: u64 = 10;

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let (mut made, day) = (Made(4), "2026-11-01".parse()?);
    let mut truth: BTreeMap<(String, String), [u64; 3]> = BTreeMap::new();
    let mut tables: [String; 3] = std::array::from_fn(|_| "id,district\n".to_owned());
    for n in 0..PEOPLE {
        // Ages fall off, so that of the oldest few are left.
        let age = (made.below(100) * made.below(104) / 100).max(made.below(60));
        let district = DISTRICTS[made.below(4).min(made.below(5)) as usize % 4];
        let (id, holder) = (citizen(district, 2025 - age, n), made.below(3) as usize);
        writeln!(tables[holder], "{id},{district}")?;
        let band = band_name(band_of(&id, None, day).into());
        for place in [district, "total"] {
            for band in [&band[..], "total"] {
                truth.entry((place.to_owned(), band.to_owned())).or_default()[holder] += 1;
            }
        }
    }
    let stats = format!(
        "receivers = [\"bureau\"]\nsecurity = \"malicious\"\nmax_rows = 20000\n\
         [[stats.group_by]]\ncolumn = \"district\"\nvalues = {DISTRICTS:?}\n\
         [[stats.group_by]]\nage_on = \"2026-11-01\"\n"
    );
    let question = Question {
        name: "population",
        title: "人口底数",
        columns: &[("id", "citizen-id"), ("district", "division")],
        minimum: MINIMUM as u32,
        stats,
        tables,
    };
    let found = answer(&question, asked)?;
    let (mut shown, mut hidden, mut small) = (0, 0, 0);
    for line in found["table"].as_array().ok_or("no table")? {
        let place =
            (line["place"][0].as_str().unwrap_or_default(), line["place"][1].as_str().unwrap_or_default());
        let parts = truth.get(&(place.0.to_owned(), place.1.to_owned())).copied().unwrap_or_default();
        let (all, others) = (parts.iter().sum::<u64>(), parts[1] + parts[2]);
        let few = (1..MINIMUM).contains(&all) || (1..MINIMUM).contains(&others);
        small += u32::from(few);
        match line["count"].as_u64() {
            Some(count) => {
                assert!(count == all && !few, "{place:?}: {count} for {all}");
                shown += 1;
            }
            None => hidden += 1,
        }
    }
    assert!(small > 0 && hidden > small && shown > hidden, "{shown} {hidden} {small}");
    println!(
        "  {shown} figures as in the clear; {small} of few people hidden, and {} with them",
        hidden - small
    );
    Ok(())
}
