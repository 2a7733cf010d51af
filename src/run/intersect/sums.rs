//! Sums of the provider's values: from text to whole numbers, and back.

use super::keys::domain;
use crate::contract::{ContractError, Draft, PsiTerms};
use crate::problem::Problem;
use crate::tables::CleanTable;
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use serde::Serialize;
use yinshu_psi::sum::{Asks, Column, Columns, Opened, Row};

/// What is agreed about sums: the columns, and the smallest group.
pub(super) fn asks(draft: &Draft, psi: &PsiTerms) -> Result<Asks, Problem> {
    let column = |value: &crate::contract::Value| Column {
        name: format!("{}/{}", value.name, value.decimals),
        bits: value.bits,
        signed: value.signed,
    };
    let columns: Vec<Column> = psi.values.iter().map(column).collect();
    let least = u64::from(draft.terms.data.min_group_size);
    Ok(Asks { columns: Columns::try_from(columns)?, least })
}

/// The provider's rows: a key and its values each; an absent value counts as nothing.
pub(super) fn rows(mut table: CleanTable, psi: &PsiTerms) -> Result<Vec<Row>, Problem> {
    let (mut rows, domain) = (Vec::new(), domain(psi));
    while let Some(batch) = table.next_batch()? {
        let Some(keys) = batch.batch.column_by_name(&psi.column) else { continue };
        let keys = keys.as_string::<i32>();
        let values = psi.values.iter().map(|value| batch.batch.column_by_name(&value.name));
        let Some(values) = values.collect::<Option<Vec<_>>>() else { continue };
        for at in (0..keys.len()).filter(|&at| keys.is_valid(at)) {
            let number = |(column, value): (&_, &crate::contract::Value)| {
                let column: &arrow_array::ArrayRef = column;
                let text = column.as_string::<i32>();
                if text.is_null(at) {
                    return Ok(0);
                }
                scaled(text.value(at), value.decimals).ok_or_else(|| ContractError::ValueUnfit {
                    column: value.name.clone(),
                    row: batch.row_numbers[at],
                    decimals: value.decimals,
                })
            };
            let values = values.iter().copied().zip(&psi.values).map(number).collect::<Result<_, _>>()?;
            rows.push(Row { entry: domain.item(&[keys.value(at).as_bytes()]).into(), values });
        }
    }
    Ok(rows)
}

/// A decimal number times 10^`decimals`, if that is whole and small enough to be meant.
fn scaled(text: &str, decimals: u32) -> Option<i128> {
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

fn written(sum: i128, decimals: usize) -> String {
    let digits = format!("{:0width$}", sum.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if sum < 0 { "-" } else { "" };
    let point = if decimals == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
