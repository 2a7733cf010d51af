//! A made table of ten columns with the usual dirt, in GB18030, written piece by piece.

use crate::cli::Ui;
use crate::problem::Problem;
use crate::progress::Progress;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use yinshu_data::ident::citizen::check_character;
use yinshu_data::{ColumnKind, ColumnSpec, TableSpec};

const COLUMNS: [(&str, ColumnKind); 10] = [
    ("aac002", ColumnKind::CitizenId),
    ("aac003", ColumnKind::Name),
    ("aac004", ColumnKind::Sex),
    ("aac006", ColumnKind::Date),
    ("aab301", ColumnKind::Division),
    ("aae140", ColumnKind::Code),
    ("aac008", ColumnKind::Text),
    ("aae041", ColumnKind::Month),
    ("aae042", ColumnKind::Month),
    ("gxsj", ColumnKind::Timestamp),
];

/// The columns of `sb_cbxx`, cleaned as a contract would have them cleaned.
pub(super) fn spec() -> TableSpec {
    let columns = COLUMNS.iter().map(|(name, kind)| {
        let column = ColumnSpec::new(name, *kind);
        match *name {
            "aac002" => column.required(),
            "aac006" => ColumnSpec { birth_of: Some("aac002".to_owned()), ..column },
            _ => column,
        }
    });
    TableSpec { test_region: true, ..TableSpec::new(columns.collect()) }
}

/// Rows between two writes.
const PIECE: u64 = 4096;

/// Writes `rows` rows to `path`.
pub(super) fn write(path: &Path, rows: u64, bar: &Progress, ui: &Ui) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let mut text = COLUMNS.map(|(name, _)| name).join(",") + "\r\n";
    for i in 0..rows {
        push_row(&mut text, i);
        if i % PIECE == PIECE - 1 || i == rows - 1 {
            file.write_all(&encoding_rs::GB18030.encode(&text).0).map_err(failed)?;
            text.clear();
            bar.set(i);
            ui.go_on()?;
        }
    }
    file.into_inner().map_err(|e| failed(e.into_error()))?.sync_all().map_err(failed)
}

/// Row `i`. How often each defect comes follows scenario S1: sex as a word in half of the rows, compact
/// dates in a third, an identifier in small letters or with a tab in one of 25, and so on.
fn push_row(text: &mut String, i: u64) {
    let hit = |salt: u64, per_mille: u64| (i * 7919 + salt * 104_729) % 1000 < per_mille;
    let (year, month, day) = (1950 + i % 60, i / 60 % 12 + 1, i % 28 + 1);
    let first = format!("9901{:02}{year}{month:02}{day:02}{:03}", i % 12, i % 998 + 1);
    let digits: &[u8; 17] = first.as_bytes().try_into().expect("6 + 4 + 2 + 2 + 3 digits were written");
    let check = char::from(check_character(digits).expect("they are digits"));
    let id = match () {
        () if hit(1, 8) => format!("{}{}", &first[..6], &first[8..]),
        () if hit(2, 40) => format!("{first}{}\t", check.to_ascii_lowercase()),
        () if hit(3, 3) => format!("{}000", &first[..15]),
        () if hit(4, 4) => String::new(),
        () => format!("{first}{check}"),
    };
    let name = match () {
        () if hit(5, 10) => "买买提•吐尔逊",
        () if hit(6, 10) => "王芳（女）",
        () => ["王小明", "买买提·吐尔逊", "欧阳娜", "李强"][(i % 4) as usize],
    };
    let sex = if hit(7, 500) { ["男", "女"] } else { ["1", "2"] }[(i % 2) as usize];
    let dash = if hit(8, 300) { "" } else { "-" };
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "{id},{name},{sex},{year}{dash}{month:02}{dash}{day:02},9901{:02},110,正常参保,",
        i % 12
    );
    let _ = write!(text, "201107,,2026-10-{day:02} 08:15:{:02}\r\n", i % 60);
}
