//! Small tables for tests.

use crate::rows::Rows;
use crate::terms::{Aliases, LocalColumns, Period, Quotas, Scope, Terms};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use std::sync::Arc;

/// The columns of the returned table (scenario S1).
pub(crate) const RETURNED: [&str; 10] =
    ["aac002", "aac003", "aac004", "aac006", "aab301", "aae140", "aac008", "aae041", "aae042", "gxsj"];

/// The columns of the county's own table.
pub(crate) const LOCAL: [&str; 7] = ["gmsfhm", "xm", "xb", "csrq", "xzqh", "jwh", "gxsj"];

/// The terms of scenario S1: divisions 990101 and 990102, and 990103 that was merged into 990102.
pub(crate) fn terms() -> Terms {
    let strings = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    Terms {
        catalogue: "990000-sb-cbxx".into(),
        columns: strings(&RETURNED),
        key: strings(&["aac002"]),
        division: "aab301".into(),
        divisions: ["990101".to_owned(), "990102".to_owned()].into(),
        aliases: Aliases([("990103".to_owned(), "990102".to_owned())].into()),
        birth: Some("aac006".into()),
        update_time: Some("gxsj".into()),
        cadence_days: 30,
        period: Period { from: jiff::civil::date(2026, 11, 1), to: jiff::civil::date(2026, 11, 20) },
        minimum_group: 3,
        private_fields: strings(&["aac003", "aac004", "aac006", "aab301", "aac008"]),
        scope: Scope::WholeTable,
        local: LocalColumns {
            key: strings(&["gmsfhm"]),
            fields: [("aac003", "xm"), ("aac004", "xb"), ("aac006", "csrq")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .into(),
            town: "jwh".into(),
            birth: Some("csrq".into()),
        },
        quotas: Quotas { keys: 1000, per_field: 1000, source_rows: 10_000 },
    }
}

/// A batch; an empty text is a null. Rows are numbered from 2, after a header.
pub(crate) fn rows<R: AsRef<[S]>, S: AsRef<str>>(columns: &[&str], rows: &[R]) -> Rows {
    let array = |at: usize| {
        let value = |row: &R| Some(row.as_ref()[at].as_ref().to_owned()).filter(|text| !text.is_empty());
        Arc::new(rows.iter().map(value).collect::<StringArray>()) as ArrayRef
    };
    let columns = columns.iter().enumerate().map(|(at, name)| (*name, array(at), true));
    Rows {
        batch: RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length"),
        row_numbers: (0..rows.len() as u64).map(|n| n + 2).collect(),
        rejected: Vec::new(),
        flagged: Vec::new(),
    }
}
