//! Random worlds: both halves find what the oracle finds, and nothing else.

use super::world::{Insured, World, insured, key, resident};
use crate::rows::Noted;
use crate::terms::Scope;
use proptest::prelude::*;

/// One person's fate: in the source, returned, local, and what was changed where.
#[derive(Clone, Debug)]
struct Fate {
    source: u8,
    returned: u8,
    local: u8,
    change: u8,
    division: usize,
    file: bool,
}

const DIVISIONS: [&str; 5] = ["990101", "990102", "990103", "990201", ""];

fn fate() -> impl Strategy<Value = Fate> {
    (0u8..4, 0u8..5, 0u8..3, 0u8..12, 0usize..5, any::<bool>()).prop_map(
        |(source, returned, local, change, division, file)| Fate {
            source,
            returned,
            local,
            change,
            division,
            file,
        },
    )
}

fn world(fates: &[Fate]) -> World {
    let (mut files, mut local, mut source) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    for (n, fate) in fates.iter().enumerate() {
        let row = insured(&key(n), &format!("人{n}"), DIVISIONS[fate.division]);
        let changed = |mut row: Insured| {
            match fate.change {
                0 => row[1] = "别名".into(),
                1 => row[6] = "2".into(),
                2 => row[6] = String::new(),
                3 => row[4] = "990201".into(),
                4 => row[4] = "990102".into(),
                5 => row[0] = String::new(),
                6 => row[9] = "2026-10-01 00:00:00".into(),
                7 => row[9] = String::new(),
                8 => row[3] = "1999-01-01".into(),
                _ => {}
            }
            row
        };
        // 0: absent; 1: once; 2: twice; 3: twice, once changed
        for copy in 0..[0, 1, 2, 2][usize::from(fate.source)] {
            source.push(if fate.source == 3 && copy == 1 { changed(row.clone()) } else { row.clone() });
        }
        let file = &mut files[usize::from(fate.file)];
        match fate.returned {
            0 => {}
            1 => file.push(row.clone()),
            2 => file.push(changed(row.clone())),
            3 => file.extend([row.clone(), changed(row.clone())]),
            _ => file.extend([changed(row.clone()), row.clone(), row.clone()]),
        }
        for copy in 0..fate.local {
            let name = if fate.change == 9 { "异名" } else { row[1].as_str() };
            local.push(resident(&key(n), if copy == 0 { name } else { "后来" }, ["东街", "西街", ""][n % 3]));
        }
    }
    World::new(&files, &local, &source)
}

fn flagged(mut world: World) -> World {
    for (_, columns, rows) in &mut world.files {
        let noted = |row: u64, column: &str, rule: &str| Noted {
            row,
            column: column.into(),
            rule: rule.into(),
            masked: "9901**".into(),
        };
        rows.flagged =
            rows.row_numbers.iter().filter(|n| *n % 5 == 0).map(|&n| noted(n, "aac006", "R11")).collect();
        rows.flagged.push(noted(2, "aac003", "R08"));
        rows.rejected =
            vec![noted(900, "aac002", "R04"), noted(901, "aac006", "R10"), noted(900, "aac006", "R10")];
        columns.retain(|c| c != "aae042");
        columns.push("yhzh".into());
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn both_halves_find_what_the_oracle_finds(
        fates in proptest::collection::vec(fate(), 0..24),
        ours in any::<bool>(),
        flags in any::<bool>(),
    ) {
        let mut world = world(&fates);
        world.terms.scope = if ours { Scope::OurDivisions } else { Scope::WholeTable };
        if flags {
            world = flagged(world);
        }
        let outcome = world.run();
        prop_assert_eq!(outcome.named(), world.oracle());
        prop_assert_eq!(outcome.defects.len(), outcome.named().len(), "none twice");
        let totals = outcome.here.found.values().chain(outcome.there.found.values()).sum::<u64>();
        prop_assert_eq!(totals, outcome.defects.len() as u64);
        prop_assert_eq!(outcome.answered.asked_keys, outcome.there.asked_keys);
        prop_assert_eq!(outcome.answered.commitment, outcome.there.commitment);
        for (_, asked) in &outcome.answered.asked_values {
            prop_assert_eq!(*asked, outcome.there.asked_per_field);
        }
        for defect in &outcome.defects {
            prop_assert_eq!(
                defect.row_digest.is_some(),
                defect.row.is_some() && !(900..902).contains(&defect.row.unwrap_or_default())
            );
        }
    }
}
