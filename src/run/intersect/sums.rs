//! Sums of the provider's values: from text to whole numbers, and back.

use super::keys::domain;
use crate::contract::{ContractError, Draft, PsiTerms};
use crate::problem::Problem;
use crate::tables::CleanTable;
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use serde::Serialize;
use yinshu_data::DataError;
use yinshu_data::clean::CleanReport;
use yinshu_psi::PsiError;
use yinshu_psi::sum::{Asks, Column, Columns, Opened, Row};

/// What is agreed about sums: the columns, and the smallest group.
pub(super) fn asks(draft: &Draft, psi: &PsiTerms) -> Result<Asks, PsiError> {
    let least = u64::from(draft.terms.data.min_group_size);
    Ok(Asks { columns: columns(psi)?, least })
}

/// The columns as the protocol knows them.
pub(super) fn columns(psi: &PsiTerms) -> Result<Columns, PsiError> {
    let column = |value: &crate::contract::Value| Column {
        name: format!("{}/{}", value.name, value.decimals),
        bits: value.bits,
        signed: value.signed,
    };
    Columns::try_from(psi.values.iter().map(column).collect::<Vec<Column>>())
}

/// The provider's rows.
pub(super) struct Rows {
    /// A key and its values each.
    pub(super) rows: Vec<Row>,
    /// How many rows have no usable key, and so are in no sum.
    pub(super) unusable: u64,
}

/// Reads the provider's rows. A sum is of all values or of none: where a column is not there, or a row with a key has
/// no usable value in it, nothing is summed.
pub(super) fn rows(mut table: CleanTable, psi: &PsiTerms) -> Result<Rows, Problem> {
    there(&table, &psi.values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>())?;
    let (mut rows, domain) = (Vec::new(), domain(psi));
    let mut absent = vec![0; psi.values.len()];
    while let Some(batch) = table.next_batch()? {
        let Some(keys) = batch.batch.column_by_name(&psi.column) else { continue };
        let keys = keys.as_string::<i32>();
        let values = psi.values.iter().map(|value| batch.batch.column_by_name(&value.name));
        let values = values.collect::<Option<Vec<_>>>();
        let values = values.ok_or_else(|| Problem::internal("a column that was there is not in a batch"))?;
        for at in (0..keys.len()).filter(|&at| keys.is_valid(at)) {
            let mut numbers = Vec::with_capacity(values.len());
            for ((column, value), absent) in values.iter().zip(&psi.values).zip(&mut absent) {
                let text = column.as_string::<i32>();
                if text.is_null(at) {
                    *absent += 1;
                    continue;
                }
                numbers.push(scaled(text.value(at), value.decimals).ok_or_else(|| {
                    let (column, row) = (value.name.clone(), batch.row_numbers[at]);
                    ContractError::ValueUnfit { column, row, decimals: value.decimals }
                })?);
            }
            if numbers.len() == values.len() {
                rows.push(Row { entry: domain.item(&[keys.value(at).as_bytes()]).into(), values: numbers });
            }
        }
    }
    complete(table.report(), psi, &absent)?;
    let unusable = table.report().rows_in - rows.len() as u64;
    Ok(Rows { rows, unusable })
}

/// Refuses a table without one of the columns, which the cleaner would fill with nothing.
pub(in crate::run) fn there(table: &CleanTable, wanted: &[&str]) -> Result<(), DataError> {
    let missing = &table.report().missing_columns;
    let absent = |name: &&&str| missing.iter().any(|missing| missing == **name);
    let Some(&name) = wanted.iter().find(absent) else { return Ok(()) };
    let headers = table.headers();
    let near = crate::problem::nearest(name, headers.iter().map(String::as_str));
    Err(DataError::MissingColumn {
        column: name.to_owned(),
        near: near.into_iter().map(str::to_owned).collect(),
        present: headers.iter().take(100).cloned().collect(),
    })
}

/// Refuses where values are absent, or were not of their column's kind: those the cleaner made nothing of, and those
/// for which it left out the row.
fn complete(report: &CleanReport, psi: &PsiTerms, absent: &[u64]) -> Result<(), ContractError> {
    for (value, absent) in psi.values.iter().zip(absent) {
        let column = report.columns.iter().find(|column| column.name == value.name);
        let rows = absent + column.map_or(0, |column| column.rejected);
        if rows > 0 {
            return Err(ContractError::ValuesAbsent { column: value.name.clone(), rows });
        }
    }
    Ok(())
}

/// A decimal number times 10^`decimals`, if that is whole and small enough to be meant.
pub(in crate::run) fn scaled(text: &str, decimals: u32) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let missing = (decimals as usize).checked_sub(fraction.len())?;
    let all = format!("{whole}{fraction}{}", "0".repeat(missing));
    let plain = !whole.is_empty() && all.len() <= 30 && all.bytes().all(|byte| byte.is_ascii_digit());
    let number: i128 = plain.then(|| all.parse().ok())??;
    Some(if negative { -number } else { number })
}

/// One sum as people read it, exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// The column.
    pub column: String,
    /// The sum over the shared keys, as a decimal number.
    pub sum: String,
}

/// The sums that were opened.
pub(super) fn told(opened: &Opened, psi: &PsiTerms) -> Vec<Sum> {
    let one = |(value, &sum): (&crate::contract::Value, &i128)| Sum {
        column: value.name.clone(),
        sum: written(sum, value.decimals as usize),
    };
    psi.values.iter().zip(&opened.sums).map(one).collect()
}

/// A whole number over 10^`decimals`, as people read it.
pub(in crate::run) fn written(sum: i128, decimals: usize) -> String {
    let digits = format!("{:0width$}", sum.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if sum < 0 { "-" } else { "" };
    let point = if decimals == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinshu_data::Source;
    use yinshu_data::table::TableSpec;

    const TERMS: &str = "column = \"id\"\nkind = \"text\"\nlearn = \"recipient\"\nresult = \"sums\"\nmax_runs = 1\n\
        max_recipient_keys = 9\nmax_provider_keys = 9\n\
        values = [{ name = \"a\", bits = 32, decimals = 2 }, { name = \"b\", bits = 32, signed = true }]";

    /// Columns, and how many rows.
    type Values = (Vec<Vec<i128>>, u64);

    /// The values of a table's rows and how many are unusable, or the code and the figures of the refusal.
    fn values(csv: &str, more: &str) -> Result<Values, (u16, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, csv).expect("written");
        let source: Source =
            toml::from_str(&format!("path = {:?}", path.display().to_string())).expect("a source");
        let spec: TableSpec = toml::from_str(&format!(
            "columns = [{{ name = \"id\", kind = \"text\", required = true }},\n\
             {{ name = \"a\", kind = \"decimal\"{more} }}, {{ name = \"b\", kind = \"integer\" }}]"
        ))
        .expect("a description");
        let psi: PsiTerms = toml::from_str(TERMS).expect("terms");
        let told = |problem: Problem| (problem.code(), problem.english().to_owned());
        let table = CleanTable::open(&source, &spec).map_err(|error| told(error.into()))?;
        let rows = rows(table, &psi).map_err(told)?;
        Ok((rows.rows.into_iter().map(|row| row.values).collect(), rows.unusable))
    }

    #[test]
    fn every_row_with_a_key_has_all_values_or_nothing_is_summed() {
        let good = "id,a,b\nx,1.50,-3\ny,2,0\n,7,7\n";
        assert_eq!(values(good, ""), Ok((vec![vec![150, -3], vec![200, 0]], 1)));
        let refused = |csv: &str, more: &str| values(csv, more).unwrap_err();
        for (csv, rows) in
            [("id,a,b\nx,1,1\ny,,1\n", "1 rows"), ("id,a,b\nx,?,1\ny,n/a,1\nz,1,1\n", "2 rows")]
        {
            for more in ["", ", required = true", ", on_invalid = \"reject\""] {
                let (code, text) = refused(csv, more);
                assert!(code == 6012 && text.contains(rows) && text.contains("column a"), "{more}: {text}");
            }
        }
        assert_eq!(refused("id,a\nx,1\n", "").0, 2101, "a column that is not there is not a column of zeros");
        assert_eq!(refused("id,a,b\nx,1.555,1\n", "").0, 6010);
    }

    #[test]
    fn numbers_are_scaled_exactly() {
        let cases = [
            ("12", 2, Some(1_200)),
            ("12.5", 2, Some(1_250)),
            ("-0.05", 2, Some(-5)),
            ("12.500", 1, Some(125)),
            ("12.55", 1, None),
            ("", 0, None),
            (".5", 1, None),
            ("1e3", 0, None),
            ("--1", 0, None),
        ];
        for (text, decimals, expected) in cases {
            assert_eq!(scaled(text, decimals), expected, "{text} with {decimals}");
        }
    }

    #[test]
    fn sums_are_written_exactly() {
        let cases = [(1_250, 2, "12.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (7, 0, "7"), (-123, 0, "-123")];
        for (sum, decimals, expected) in cases {
            assert_eq!(written(sum, decimals), expected);
        }
    }
}
