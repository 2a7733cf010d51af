//! When a column is refused as garbled (R18).

use super::column::Column;
use crate::DataError;
use crate::ident::mojibake::{self, Damage};
use crate::table::ColumnKind;
use arrow_array::{Array, StringArray};

/// Values of a batch that are looked at for UTF-8 read as GBK, which each look like plain Chinese.
const SAMPLE: usize = 64;

/// What is known of one column.
#[derive(Clone, Debug, Default)]
pub(super) struct Garble {
    pub(super) damaged: u64,
    pub(super) values: u64,
    pub(super) first: Option<(u64, Damage)>,
}

impl Garble {
    pub(super) fn note(&mut self, row: u64, raw: &str) {
        self.damaged += 1;
        self.first = self.first.or_else(|| Some((row, mojibake::detect(raw)?)));
    }
}

/// Refuses the column if one value in twenty is garbled, and at least three or all of them.
pub(super) fn judge(column: &Column) -> Result<(), DataError> {
    let Garble { damaged, values, first } = column.garble;
    match first {
        Some((row, damage)) if damaged * 20 >= values && (damaged >= 3 || damaged == values) => {
            Err(garbled(column, damage, damaged, values, row))
        }
        _ => Ok(()),
    }
}

fn garbled(column: &Column, damage: Damage, damaged: u64, seen: u64, row: u64) -> DataError {
    let damage = match damage {
        Damage::Replaced => "replaced",
        Damage::Latin => "latin",
        Damage::Pinyin => "pinyin",
        Damage::Gbk => "gbk",
    };
    DataError::Garbled { column: column.spec.name.clone(), damage: damage.to_owned(), damaged, seen, row }
}

/// Looks at some values of a text column for UTF-8 that was read as GBK: half of them must be so, and two at least.
pub(super) fn sample(column: &Column, text: &StringArray, rows: &[u64]) -> Result<(), DataError> {
    if !matches!(column.spec.kind, ColumnKind::Name | ColumnKind::CompanyName | ColumnKind::Text) {
        return Ok(());
    }
    let (mut seen, mut damaged, mut first) = (0u64, 0u64, 0);
    let values = (0..text.len()).filter(|&at| text.is_valid(at)).map(|at| (at, text.value(at)));
    for (at, value) in values.filter(|(_, value)| value.len() > 3 && !value.is_ascii()).take(SAMPLE) {
        seen += 1;
        if mojibake::is_utf8_as_gbk(value) {
            first = if damaged == 0 { rows[at] } else { first };
            damaged += 1;
        }
    }
    if damaged >= 2 && damaged * 2 >= seen {
        return Err(garbled(column, Damage::Gbk, damaged, seen, first));
    }
    Ok(())
}
