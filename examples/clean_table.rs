//! Cleaning a table as Excel wrote it: `cargo run --example clean_table`.
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use yinshu_data::table::{ColumnKind, ColumnSpec, TableSpec};
use yinshu_data::{Cleaner, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("人员.csv");
    // GB18030, a title row, an old 15-digit number, full-width characters, a number Excel has spoilt,
    // three ways to write a date, and a total row.
    let text = "某县参保人员\n身份证号,姓名,出生日期\n110105491231002,买买提.吐尔逊,1949/12/31\n\
                １１０１０５１９４９１２３１００２Ｘ,张三（男）,19491231\n110105194912310000,李四,1949年12月31日\n合计,3,\n";
    std::fs::write(&path, encoding_rs::GB18030.encode(text).0)?;

    let mut spec = TableSpec::new(vec![
        ColumnSpec::new("gmsfhm", ColumnKind::CitizenId).required(),
        ColumnSpec::new("xm", ColumnKind::Name),
        ColumnSpec::new("csrq", ColumnKind::Date),
    ]);
    spec.columns[2].birth_of = Some("gmsfhm".into());

    let mut reader = yinshu_data::open(&Source::file(&path))?;
    let mut cleaner = Cleaner::new(&spec, reader.columns())?;
    let mut kept = 0;
    while let Some(raw) = reader.next_batch()? {
        let clean = cleaner.clean(&raw)?;
        kept += clean.batch.num_rows();
        for reject in &clean.rejected {
            println!(
                "row {} rejected by {}: {} ({})",
                reject.row,
                reject.rule,
                reject.reason.english(),
                reject.masked
            );
        }
    }
    println!("{kept} rows kept; {}", serde_json::to_string(&cleaner.report().rules)?);
    assert_eq!(kept, 2, "the spoilt number is rejected, never guessed");
    Ok(())
}
