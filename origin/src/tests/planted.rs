//! Each kind planted alone is found, and nothing else is reported.

use super::world::{World, insured, key, resident};
use crate::defect::{Defect, DefectKind, Detail};
use crate::here::counts::Cell;
use crate::rows::Noted;
use crate::sample::{LOCAL, RETURNED, rows};
use crate::truth::{Planted, Truth, score};

fn only(world: &World, truth: &[Planted]) -> Vec<Defect> {
    let defects = world.run().defects;
    let score = score(&defects, &Truth { defects: truth.to_vec() });
    assert!(score.is_perfect(), "{score:?}\n{defects:?}");
    assert_eq!(score.kinds.len(), usize::from(!truth.is_empty()), "one kind");
    defects
}

/// The rows of a file or table as texts.
fn texts(rows: &crate::Rows) -> Vec<Vec<String>> {
    use arrow_array::{Array, StringArray};
    let column =
        |at: usize| rows.batch.column(at).as_any().downcast_ref::<StringArray>().expect("text").clone();
    let columns: Vec<StringArray> = (0..rows.batch.num_columns()).map(column).collect();
    let cell =
        |row: usize, c: &StringArray| if c.is_valid(row) { c.value(row).to_owned() } else { String::new() };
    (0..rows.batch.num_rows()).map(|row| columns.iter().map(|c| cell(row, c)).collect()).collect()
}

/// Changes the rows of file number `file`.
fn edit(world: &mut World, file: usize, change: impl FnOnce(&mut Vec<Vec<String>>)) {
    let mut table = texts(&world.files[file].2);
    change(&mut table);
    world.files[file].2 = rows(&RETURNED, &table);
}

#[test]
fn a_clean_batch_has_no_defect() {
    assert_eq!(only(&World::clean(), &[]), []);
}

#[test]
fn a_count_off_by_37() {
    let mut world = World::clean();
    let mut promised = world.promised();
    let cell = Cell { division: "990101".into(), day: "2026-11-20".into() };
    *promised.get_mut(&cell).expect("a cell") += 37;
    world.promised = Some(promised);
    let defects = only(&world, &[Planted::count("990101", "2026-11-20")]);
    assert_eq!(defects[0].detail, Detail::Counts { promised: 52, found: 15 });
}

#[test]
fn residents_lost_with_an_old_division_code() {
    let mut world = World::clean();
    // The provider cut by current codes; its own rows have the old one.
    let mut source = texts(&world.source);
    for n in 200..205 {
        source.push(insured(&key(n), "旧镇人", "990103").to_vec());
    }
    world.source = rows(&RETURNED, &source);
    let mut local = texts(&world.local);
    local.extend((200..205).map(|n| resident(&key(n), "旧镇人", "旧镇").to_vec()));
    world.local = rows(&LOCAL, &local);
    let truth: Vec<Planted> = (200..205).map(|n| Planted::key(DefectKind::MissingResident, key(n))).collect();
    only(&world, &truth);
    world.terms.scope = crate::terms::Scope::OurDivisions;
    only(&world, &truth);
    // Without the alias nobody's cut would hold them.
    world.terms.aliases.0.clear();
    only(&world, &[]);
}

#[test]
fn columns_too_many_and_too_few() {
    let mut world = World::clean();
    for (_, columns, _) in &mut world.files {
        columns.extend(["sjh".to_owned(), "yhzh".to_owned()]);
    }
    let surplus = |column| Planted::column(DefectKind::SurplusColumn, column);
    assert_eq!(only(&world, &[surplus("sjh"), surplus("yhzh")]).len(), 4);
    let mut world = World::clean();
    world.files[1].1.retain(|column| column != "aae140");
    let missing = Planted::column(DefectKind::MissingColumn, "aae140");
    only(&world, &[Planted { file: Some("sb_2.csv".into()), ..missing }]);
}

#[test]
fn a_neighbours_row() {
    let mut world = World::clean();
    edit(&mut world, 0, |table| table.insert(3, insured(&key(100), "外人", "990201").to_vec()));
    let defects = only(&world, &[Planted::row(DefectKind::SurplusRow, "sb_1.csv", 5)]);
    assert_eq!(defects[0].division.as_deref(), Some("990201"));
    assert!(defects[0].row_digest.is_some());
}

#[test]
fn a_row_under_an_old_code_is_ours() {
    let mut world = World::clean();
    edit(&mut world, 0, |table| table[1][4] = "990103".into());
    // 990103 became 990102, which is what the source says of this person.
    only(&world, &[]);
}

#[test]
fn repeated_rows() {
    let mut world = World::clean();
    edit(&mut world, 1, |table| table.push(table[2].clone()));
    let defects = only(&world, &[Planted::row(DefectKind::DuplicateRow, "sb_2.csv", 17)]);
    assert_eq!(defects[0].detail, Detail::Repeats { file: "sb_2.csv".into(), row: 4 });
    let mut world = World::clean();
    let mut other = insured(&key(3), "别名", "990102").to_vec();
    other[9] = "2026-11-19 00:00:00".into();
    edit(&mut world, 1, |table| table.insert(0, other));
    let defects = only(&world, &[Planted::row(DefectKind::DuplicateKey, "sb_2.csv", 2)]);
    assert_eq!(defects[0].detail, Detail::Repeats { file: "sb_1.csv".into(), row: 5 });
}

#[test]
fn a_birth_date_other_than_the_keys() {
    let mut world = World::clean();
    let note = Noted { row: 4, column: "aac006".into(), rule: "R11".into(), masked: "19**".into() };
    world.files[0].2.flagged.push(note);
    only(&world, &[Planted::row(DefectKind::BirthMismatch, "sb_1.csv", 4)]);
}

#[test]
fn keys_that_cannot_be_used() {
    let mut world = World::clean();
    let noted =
        |row, column: &str| Noted { row, column: column.into(), rule: "R04".into(), masked: "9*".into() };
    // Rejected for another column: no defect of a kind, but counted.
    world.files[0].2.rejected = vec![noted(70, "aac002"), noted(71, "aac006")];
    edit_keeping(&mut world, |table| {
        let mut row = insured(&key(60), "无号", "990101").to_vec();
        row[0].clear();
        table.push(row);
    });
    let invalid = |row| Planted::row(DefectKind::InvalidKey, "sb_1.csv", row);
    only(&world, &[invalid(70), invalid(17)]);
    let here = world.here(None).expect("read").0;
    assert_eq!(here.invalid_keys, [("R04".to_owned(), 1), ("null".to_owned(), 1)].into());
    assert_eq!(here.unusable_rows, [("aac006 R04".to_owned(), 1)].into());
    assert_eq!((here.sizes.returned_rows, here.sizes.kept_rows), (33, 31));
}

fn edit_keeping(world: &mut World, change: impl FnOnce(&mut Vec<Vec<String>>)) {
    let rejected = world.files[0].2.rejected.clone();
    edit(world, 0, change);
    world.files[0].2.rejected = rejected;
}

#[test]
fn fields_that_differ_from_the_county() {
    let mut world = World::clean();
    let mut local = texts(&world.local);
    local[3][1] = "另名".into();
    local[4][2].clear(); // a null is no difference
    world.local = rows(&LOCAL, &local);
    let defects = only(&world, &[Planted::field(DefectKind::FieldDiffersLocal, key(8), "aac003")]);
    let values = Detail::Values { returned: Some("人8".into()), local: Some("另名".into()) };
    assert_eq!(defects[0].detail, values);
    let here = world.here(None).expect("read").0;
    assert_eq!((here.agreement[1].compared, here.agreement[1].lacking), (24, 1));
    assert_eq!(here.agreement[0].rate(), Some(24.0 / 25.0));
}

#[test]
fn fields_that_differ_from_the_source() {
    let mut world = World::clean();
    let mut source = texts(&world.source);
    source[2][6] = "2".into();
    source[20][6].clear();
    world.source = rows(&RETURNED, &source);
    let differs = |n| Planted::field(DefectKind::FieldDiffersSource, key(n), "aac008");
    let defects = only(&world, &[differs(2), differs(20)]);
    assert_eq!(defects[0].detail, Detail::Returned { value: Some("1".into()) });
    assert_eq!((defects[0].file.as_deref(), defects[0].row), (Some("sb_1.csv"), Some(4)));
}

#[test]
fn a_stale_file() {
    let mut world = World::clean();
    world.terms.cadence_days = 1;
    edit(&mut world, 1, |table| {
        for row in table {
            row[9] = "2026-11-19 23:00:00".into();
        }
    });
    only(&world, &[Planted::stale("sb_2.csv")]);
}

#[test]
fn people_gone_from_the_source() {
    let mut world = World::clean();
    let mut source = texts(&world.source);
    source.remove(7);
    world.source = rows(&RETURNED, &source);
    only(&world, &[Planted::key(DefectKind::GoneFromSource, key(7))]);
}
