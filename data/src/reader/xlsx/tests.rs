//! Workbooks written by `rust_xlsxwriter`, read back.

use arrow_array::cast::AsArray;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::error::DataError;
use crate::reader::{BATCH_ROWS, Found, Ragged, open};
use crate::source::{Source, TotalRows};

type Table = (Vec<String>, Vec<Vec<String>>, Vec<u64>, Vec<Ragged>, Found);

fn save(book: &mut Workbook) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    book.save(&path).unwrap();
    (folder, path)
}

fn read(source: &Source) -> Result<Table, DataError> {
    let mut reader = open(source)?;
    let columns = reader.columns().to_vec();
    let (mut rows, mut numbers, mut ragged) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(raw) = reader.next_batch()? {
        for row in 0..raw.batch.num_rows() {
            let cell = |c: &arrow_array::ArrayRef| c.as_string::<i32>().value(row).to_owned();
            rows.push(raw.batch.columns().iter().map(cell).collect());
        }
        numbers.extend(raw.row_numbers);
        ragged.extend(raw.ragged);
    }
    Ok((columns, rows, numbers, ragged, reader.found().clone()))
}

/// A title merged across, a blank row, the header in row 3, cells of every kind, a merged household, a total.
fn office_table() -> Workbook {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    let stamp = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let sheet = book.add_worksheet();
    sheet.set_name("名单").unwrap();
    sheet.merge_range(0, 0, 0, 5, "某县参保人员名单", &Format::new()).unwrap();
    for (i, name) in ["户号", "姓名", "公民身份号码", "出生日期", "更新时间", "金额"].iter().enumerate()
    {
        sheet.write(2, i as u16, *name).unwrap();
    }
    sheet.merge_range(3, 0, 4, 0, "H-1", &Format::new()).unwrap();
    sheet.write(3, 1, "王小明").unwrap();
    sheet.write(3, 2, "990101199003070015").unwrap();
    sheet.write_with_format(3, 3, ExcelDateTime::from_ymd(1990, 3, 7).unwrap(), &date).unwrap();
    let when = ExcelDateTime::from_ymd(2026, 10, 1).unwrap().and_hms(8, 15, 30).unwrap();
    sheet.write_with_format(3, 4, when, &stamp).unwrap();
    sheet.write(3, 5, 0.1 + 0.2).unwrap();
    sheet.write(4, 1, "李强").unwrap();
    sheet.write(4, 2, 990_101_199_003_070_023.0).unwrap();
    sheet.write(4, 3, 32_939).unwrap();
    sheet.write(4, 5, true).unwrap();
    sheet.write(6, 0, "合计").unwrap();
    sheet.write(6, 5, 12).unwrap();
    book
}

#[test]
fn an_office_table() {
    let (_folder, path) = save(&mut office_table());
    let (columns, rows, numbers, ragged, found) = read(&Source::file(&path)).unwrap();
    assert_eq!(columns, ["户号", "姓名", "公民身份号码", "出生日期", "更新时间", "金额"]);
    assert_eq!(rows[0], ["H-1", "王小明", "990101199003070015", "1990-03-07", "2026-10-01 08:15:30", "0.3"]);
    // The number cell lost its last digits: plain digits with zeros, for R04. The merged household is repeated.
    assert_eq!(rows[1], ["H-1", "李强", "990101199003070000", "32939", "", "TRUE"]);
    assert_eq!((rows.len(), numbers, ragged.len()), (2, vec![4, 5], 0));
    assert_eq!(found.sheet.as_deref(), Some("名单"));
    assert_eq!((found.header_row, found.title_rows_skipped), (Some(3), 1));
    assert_eq!((found.total_rows_dropped, found.merged_areas, found.rows), (1, 2, 2));
    let keep = Source { total_rows: Some(TotalRows::Keep), ..Source::file(&path) };
    assert_eq!(read(&keep).unwrap().1.len(), 3);
}

#[test]
fn sheets_and_sizes() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().set_hidden(true);
    let sheet = book.add_worksheet();
    sheet.set_name("数据").unwrap().set_active(true);
    sheet.write(0, 0, "键").unwrap();
    sheet.write(0, 1, "值").unwrap();
    let rows = BATCH_ROWS as u32 * 2 + 5;
    for row in 1..=rows {
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, format!("值{row}")).unwrap();
    }
    sheet.write(7, 3, "旁注").unwrap();
    let other = book.add_worksheet();
    other.set_name("另一").unwrap();
    other.write(0, 0, "a").unwrap();
    let (_folder, path) = save(&mut book);
    let (_, all, numbers, ragged, found) = read(&Source::file(&path)).unwrap();
    assert_eq!(found.sheet.as_deref(), Some("数据"));
    assert_eq!(all.len() as u32, rows - 1);
    assert_eq!(*numbers.last().unwrap(), u64::from(rows) + 1);
    assert_eq!(ragged, [Ragged { row: 8, fields: 4, expected: 2 }]);
    let chosen = Source { sheet: Some("另一".to_owned()), ..Source::file(&path) };
    assert_eq!(read(&chosen).unwrap().0, ["a"]);
    let absent = Source { sheet: Some("没有".to_owned()), ..Source::file(&path) };
    assert!(
        matches!(read(&absent).unwrap_err(), DataError::NoSheet { present, .. } if present == "说明, 数据, 另一")
    );
}

#[test]
fn refusals() {
    let mut book = Workbook::new();
    book.add_worksheet();
    let (folder, path) = save(&mut book);
    assert_eq!(read(&Source::file(&path)).unwrap_err().code(), 2004);
    let delimiter = Source { delimiter: Some(','), ..Source::file(&path) };
    assert_eq!(read(&delimiter).unwrap_err().code(), 2017);
    let bytes = std::fs::read(&path).unwrap();
    let cut = folder.path().join("cut.xlsx");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(read(&Source::file(&cut)).unwrap_err().code(), 2006);
    let renamed = folder.path().join("renamed.csv");
    std::fs::write(&renamed, &bytes).unwrap();
    assert!(
        matches!(read(&Source::file(&renamed)).unwrap_err(), DataError::WrongFormat { found, .. } if found == "xlsx")
    );
    // Without an ending that says so, the bytes do.
    let bare = folder.path().join("bare");
    let (_other, path) = save(&mut office_table());
    std::fs::copy(&path, &bare).unwrap();
    assert_eq!(read(&Source::file(&bare)).unwrap().4.format, "xlsx");
}

#[test]
fn a_reader_given_up_does_not_hang() {
    let (_folder, path) = save(&mut office_table());
    drop(open(&Source::file(&path)).unwrap());
}
