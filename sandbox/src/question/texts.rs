//! Texts are places in declared lists, and what is asked of them is worked out here, for the list and not for rows.

use super::{Meaning, Typed, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The text of a literal.
pub(super) fn literal(text: &str) -> Typed {
    Typed { value: Value::Number(0), meaning: Meaning::Text([text.to_owned()].into()) }
}

/// Whether it is the text of a literal.
pub(super) fn as_literal(typed: &Typed) -> Option<&str> {
    match (&typed.value, &typed.meaning) {
        (Value::Number(0), Meaning::Text(list)) if list.len() == 1 => Some(&list[0]),
        _ => None,
    }
}

fn looked_up(value: Value, table: Vec<Option<i64>>) -> Value {
    match value {
        Value::Number(at) => {
            let found = usize::try_from(at).ok().and_then(|at| table.get(at).copied().flatten());
            found.map_or(Value::Missing, Value::Number)
        }
        value => Value::Lookup(Box::new(value), table.into()),
    }
}

/// Every text of a list put through a function; what comes out alike is one.
pub(super) fn mapped(value: Value, list: &[String], change: &dyn Fn(&str) -> Option<String>) -> Typed {
    let changed: Vec<Option<String>> = list.iter().map(|text| change(text)).collect();
    let mut places: BTreeMap<&String, i64> = changed.iter().flatten().map(|text| (text, 0)).collect();
    for (at, place) in places.values_mut().enumerate() {
        *place = at as i64;
    }
    let table = changed.iter().map(|text| text.as_ref().map(|text| places[text])).collect();
    let new: Arc<[String]> = places.keys().map(|text| (*text).clone()).collect();
    Typed { value: looked_up(value, table), meaning: Meaning::Text(new) }
}

/// A truth about each text of a list.
pub(super) fn holds(value: Value, list: &[String], test: &dyn Fn(&str) -> bool) -> Value {
    let table = list.iter().map(|text| Some(i64::from(test(text)))).collect();
    match looked_up(value, table) {
        Value::Number(number) => Value::Truth(number == 1),
        Value::Missing => Value::Unknown,
        looked => Value::Compare(super::Comparison::Equal, Box::new(looked), Box::new(Value::Number(1))),
    }
}

/// Several values as places in one list, in the order of the texts.
pub(super) fn merged(values: Vec<(Value, Arc<[String]>)>) -> (Vec<Value>, Arc<[String]>) {
    let mut all: Vec<String> = values.iter().flat_map(|(_, list)| list.iter().cloned()).collect();
    all.sort();
    all.dedup();
    let place = |text: &String| all.binary_search(text).ok().map(|at| at as i64);
    let moved = values.into_iter().map(|(value, list)| looked_up(value, list.iter().map(place).collect()));
    (moved.collect(), all.into())
}

/// Whether a text is like a pattern of SQL: `%` any letters, `_` one.
pub(super) fn like(text: &str, pattern: &[char]) -> bool {
    let text: Vec<char> = text.chars().collect();
    // reach[i]: the pattern so far fits the first i letters.
    let mut reach: Vec<bool> = (0..=text.len()).map(|at| at == 0).collect();
    for sign in pattern {
        reach = match sign {
            '%' => {
                let first = reach.iter().position(|fits| *fits).unwrap_or(usize::MAX);
                (0..=text.len()).map(|at| at >= first).collect()
            }
            sign => (0..=text.len())
                .map(|at| at > 0 && reach[at - 1] && (*sign == '_' || text[at - 1] == *sign))
                .collect(),
        };
    }
    reach[text.len()]
}

/// The letters of a text from a place counted from 1 on, as SQL's `SUBSTRING` has them.
pub(super) fn part(text: &str, from: i64, length: Option<i64>) -> String {
    let end = length.map_or(i64::MAX, |length| from.saturating_add(length.max(0)));
    let within = |at: i64| at >= from && at < end;
    text.chars().zip(1..).filter(|(_, at)| within(*at)).map(|(letter, _)| letter).collect()
}
