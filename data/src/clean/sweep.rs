//! One pass over a text column that copies as little as it can.

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, StringArray};

/// What becomes of a cell that was not canonical.
pub(super) enum Cell {
    /// It stays as it is.
    Same,
    /// The value is in the scratch string.
    Value,
    /// It is null.
    Null,
}

/// Runs shorter than this are copied value by value.
const SHORT_RUN: usize = 12;

/// Looks at every value: `canonical` answers quickly for most; the others are given to `slow` with their place.
/// Answers with the new column, or `None` if nothing changed.
pub(super) fn sweep(
    input: &StringArray,
    scratch: &mut String,
    canonical: impl Fn(&[u8]) -> bool,
    mut slow: impl FnMut(usize, &str, &mut String) -> Cell,
) -> Option<StringArray> {
    let mut out: Option<StringBuilder> = None;
    let mut copied = 0;
    let nulls = input.nulls().filter(|nulls| nulls.null_count() > 0);
    let (offsets, bytes) = (input.value_offsets(), input.value_data());
    for at in 0..input.len() {
        if let Some(nulls) = nulls
            && nulls.is_null(at)
        {
            // A null of the source goes to `slow` as an empty cell, so that a required one is missed.
            slow(at, "", scratch);
            continue;
        }
        let value = &bytes[offsets[at] as usize..offsets[at + 1] as usize];
        if canonical(value) {
            continue;
        }
        let cell = slow(at, input.value(at), scratch);
        if matches!(cell, Cell::Same) {
            continue;
        }
        let out = out.get_or_insert_with(|| StringBuilder::with_capacity(input.len(), bytes.len()));
        copy(input, copied, at, out);
        copied = at + 1;
        match cell {
            Cell::Value => out.append_value(&scratch),
            _ => out.append_null(),
        }
    }
    let mut out = out?;
    copy(input, copied, input.len(), &mut out);
    Some(out.finish())
}

fn copy(input: &StringArray, from: usize, to: usize, out: &mut StringBuilder) {
    if to - from >= SHORT_RUN && out.append_array(&input.slice(from, to - from)).is_ok() {
        return;
    }
    for at in from..to {
        out.append_option(input.is_valid(at).then(|| input.value(at)));
    }
}

/// The same column with nulls at some places (sorted).
pub(super) fn with_nulls(input: &StringArray, places: &[usize]) -> StringArray {
    let mut places = places.iter().copied().peekable();
    (0..input.len())
        .map(|at| {
            let hit = places.next_if_eq(&at).is_some();
            (input.is_valid(at) && !hit).then(|| input.value(at))
        })
        .collect()
}
