//! What each condition of a question decides: whom it takes out and whom it leaves.
//!
//! `WHERE town = 'A' AND NOT (age = 97)` changes nothing of a count that was released, or takes one person from it. The count is
//! shown where nothing changes and hidden where one is missing: an answer to a question about one person, asked bit by bit
//! of any column. So nothing at all is shown where a comparison in the question decides on fewer than the least group,
//! **none of them counted as few**, and whatever was released before.
//!
//! A comparison decides on a row where the condition, or the value of a key or of a figure, would be another if it held and
//! if it did not; on those where it holds and on those where it does not, one by one. A comparison that comes out the same
//! for all values that the data set declares (`age >= 0`) decides nothing and is left alone.
//!
//! What is left: a question over a group of exactly the least size is one about each of its members to whoever knows the
//! others, and which groups are empty is not what this looks at. Only noise (`mode = "dp"`) closes that.

use super::bounds::boxed;
use super::parts::and;
use super::read::unsupported;
use super::{Asked, Comparison, Part, Question, Value};
use crate::dataset::{Dataset, Domain};
use crate::disclosure::Measure;
use crate::error::SandboxError;
use std::collections::BTreeSet;

/// Comparisons that are looked at for one question at most, once for each place where they stand.
const MOST: usize = 128;

/// A question of two numbers of persons for each comparison: on how many it decides where it holds, and where not. Nothing
/// where nothing is compared.
pub(crate) fn of(question: &Question, dataset: &Dataset) -> Result<Option<Question>, SandboxError> {
    let mut found: Vec<Value> = Vec::new();
    let filter = question.filter.as_ref();
    let mut look = |within: Option<Value>, value: &Value, truth: bool| {
        let value = settled(value, &|leaf| constant(leaf, question, dataset));
        let mut leaves = Vec::new();
        compared(&value, &|leaf| constant(leaf, question, dataset).is_none(), &mut leaves);
        for leaf in leaves {
            if found.len() > MOST {
                return;
            }
            let (held, not) = (replaced(&value, &leaf, true), replaced(&value, &leaf, false));
            let decides = if truth { unlike(&held, &not) } else { differ(held, not) };
            let holds = is_true(&leaf);
            for side in [holds.clone(), Value::Not(boxed(holds))] {
                let decided = and(within.clone(), Some(Value::And(boxed(decides.clone()), boxed(side))));
                if let Some(decided) = decided.filter(|decided| !found.contains(decided)) {
                    found.push(decided);
                }
            }
        }
    };
    if let Some(filter) = filter {
        look(None, filter, true);
    }
    let passed = || filter.map(is_true);
    for key in &question.keys {
        let mut all = BTreeSet::new();
        key.value.columns(&mut |source, column| _ = all.insert((source, column)));
        let mut outside = BTreeSet::new();
        bare(&key.value, &mut outside);
        if outside.len() > 1 {
            return Err(unsupported("wide-group", &key.name));
        }
        // Bands of one column tell nobody from others of the band.
        if all.len() > 1 {
            look(passed(), &key.value, false);
        }
    }
    for (own, value) in &question.asked_of {
        if let Some(own) = own {
            look(passed(), own, true);
        }
        if let Some(value) = value {
            look(and(passed(), own.as_ref().map(is_true)), value, false);
        }
    }
    if found.len() > MOST {
        return Err(unsupported("long", &"WHERE"));
    }
    let persons = |decided: Value| Asked::decided(Measure::Persons, decided);
    Ok((!found.is_empty()).then(|| Question {
        tables: question.tables.clone(),
        filter: None,
        keys: Vec::new(),
        figures: found.into_iter().map(persons).collect(),
        columns: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: 0,
        asked_of: Vec::new(),
    }))
}

/// The comparisons in a value, each once; whether a value is missing is asked of no one in particular, but of what is
/// worked out it is a comparison by another name.
fn compared(value: &Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<Value>) {
    // More are refused, and not looked at one by one.
    if found.len() > MOST {
        return;
    }
    let mut leaf = |value: &Value| {
        if wanted(value) && !found.contains(value) {
            found.push(value.clone());
        }
    };
    match value {
        Value::Compare(_, a, b) => {
            leaf(value);
            // What it compares may be of conditions itself.
            compared(a, wanted, found);
            compared(b, wanted, found);
        }
        Value::IsMissing(inner) if worked_out(inner) => {
            leaf(value);
            compared(inner, wanted, found);
        }
        Value::IsMissing(_) => {}
        _ => children(value, &mut |inner| compared(inner, wanted, found)),
    }
}

/// The columns that stand outside comparisons.
fn bare(value: &Value, found: &mut BTreeSet<(usize, usize)>) {
    match value {
        Value::Column(source, column) => _ = found.insert((*source, *column)),
        Value::Compare(..) | Value::IsMissing(_) => {}
        _ => children(value, &mut |inner| bare(inner, found)),
    }
}

/// The value with comparisons put in of which it is known how they come out, and what is void without them left out.
fn settled(value: &Value, known: &dyn Fn(&Value) -> Option<bool>) -> Value {
    let of = |value: &Value| settled(value, known);
    match value {
        Value::Compare(..) => known(value).map_or_else(|| value.clone(), Value::Truth),
        Value::And(a, b) => match (of(a), of(b)) {
            (Value::Truth(true), other) | (other, Value::Truth(true)) => other,
            (Value::Truth(false), _) | (_, Value::Truth(false)) => Value::Truth(false),
            (a, b) => Value::And(boxed(a), boxed(b)),
        },
        Value::Or(a, b) => match (of(a), of(b)) {
            (Value::Truth(false), other) | (other, Value::Truth(false)) => other,
            (Value::Truth(true), _) | (_, Value::Truth(true)) => Value::Truth(true),
            (a, b) => Value::Or(boxed(a), boxed(b)),
        },
        Value::Not(a) => match of(a) {
            Value::Truth(truth) => Value::Truth(!truth),
            a => Value::Not(boxed(a)),
        },
        Value::Case(cases, last) => {
            let cases: Vec<_> = cases.iter().map(|(test, value)| (of(test), of(value))).collect();
            match cases.iter().all(|(test, _)| *test == Value::Truth(false)) {
                true => of(last),
                false => Value::Case(cases, boxed(of(last))),
            }
        }
        _ => value.clone(),
    }
}

/// Whether it may be missing where all its columns are there.
fn worked_out(value: &Value) -> bool {
    match value {
        Value::Divide(_, by) if !matches!(**by, Value::Number(1..)) => true,
        Value::Missing | Value::Unknown => true,
        Value::Case(cases, last) => worked_out(last) || cases.iter().any(|(_, value)| worked_out(value)),
        Value::Lookup(inner, table) => table.contains(&None) || worked_out(inner),
        _ => {
            let mut any = false;
            children(value, &mut |inner| any |= worked_out(inner));
            any
        }
    }
}

fn children(value: &Value, tell: &mut dyn FnMut(&Value)) {
    match value {
        Value::Column(..) | Value::Person(_) | Value::Number(_) | Value::Truth(_) => {}
        Value::Missing | Value::Unknown => {}
        Value::Lookup(a, _) | Value::Calendar(_, a) | Value::Not(a) | Value::IsMissing(a) => tell(a),
        Value::Add(a, b) | Value::Subtract(a, b) | Value::Multiply(a, b) | Value::Divide(a, b) => {
            tell(a);
            tell(b);
        }
        Value::Compare(_, a, b) | Value::And(a, b) | Value::Or(a, b) => {
            tell(a);
            tell(b);
        }
        Value::Case(cases, last) => {
            for (test, value) in cases {
                tell(test);
                tell(value);
            }
            tell(last);
        }
    }
}

/// The value where a comparison in it came out so.
fn replaced(value: &Value, leaf: &Value, truth: bool) -> Value {
    if value == leaf {
        return Value::Truth(truth);
    }
    let of = |value: &Value| boxed(replaced(value, leaf, truth));
    match value {
        Value::Column(..) | Value::Person(_) | Value::Number(_) | Value::Truth(_) => value.clone(),
        Value::Missing | Value::Unknown => value.clone(),
        Value::Lookup(a, table) => Value::Lookup(of(a), table.clone()),
        Value::Calendar(part, a) => Value::Calendar(*part, of(a)),
        Value::Not(a) => Value::Not(of(a)),
        Value::IsMissing(a) => Value::IsMissing(of(a)),
        Value::Add(a, b) => Value::Add(of(a), of(b)),
        Value::Subtract(a, b) => Value::Subtract(of(a), of(b)),
        Value::Multiply(a, b) => Value::Multiply(of(a), of(b)),
        Value::Divide(a, b) => Value::Divide(of(a), of(b)),
        Value::Compare(how, a, b) => Value::Compare(*how, of(a), of(b)),
        Value::And(a, b) => Value::And(of(a), of(b)),
        Value::Or(a, b) => Value::Or(of(a), of(b)),
        Value::Case(cases, last) => {
            let cases = cases.iter().map(|(test, value)| (*of(test), *of(value)));
            Value::Case(cases.collect(), of(last))
        }
    }
}

/// Whether a truth is known to hold.
fn is_true(truth: &Value) -> Value {
    let there = Value::Not(boxed(Value::IsMissing(boxed(truth.clone()))));
    Value::And(boxed(there), boxed(truth.clone()))
}

/// Whether one of two conditions holds and the other does not.
fn unlike(a: &Value, b: &Value) -> Value {
    let (a, b) = (is_true(a), is_true(b));
    let one = |a: &Value, b: &Value| Value::And(boxed(a.clone()), boxed(Value::Not(boxed(b.clone()))));
    Value::Or(boxed(one(&a, &b)), boxed(one(&b, &a)))
}

/// Whether two values are not the same, and not both missing.
fn differ(a: Value, b: Value) -> Value {
    let missing = |value: &Value| Value::IsMissing(boxed(value.clone()));
    let (no_a, no_b) = (missing(&a), missing(&b));
    let both = Value::And(boxed(no_a), boxed(no_b));
    let same = is_true(&Value::Compare(Comparison::Equal, boxed(a), boxed(b)));
    Value::Not(boxed(Value::Or(boxed(both), boxed(same))))
}

/// How a comparison comes out, if that is the same whatever is declared.
fn constant(leaf: &Value, question: &Question, dataset: &Dataset) -> Option<bool> {
    let Value::Compare(how, a, b) = leaf else { return None };
    let (least, greatest) = range(a, question, dataset)?;
    let Value::Number(number) = **b else { return None };
    let out = |value: i64| match how {
        Comparison::Equal => value == number,
        Comparison::Unequal => value != number,
        Comparison::Less => value < number,
        Comparison::AtMost => value <= number,
        Comparison::Greater => value > number,
        Comparison::AtLeast => value >= number,
    };
    let apart = matches!(how, Comparison::Equal | Comparison::Unequal) && least != greatest;
    match (apart, number < least || number > greatest) {
        (true, true) => Some(*how == Comparison::Unequal),
        (true, false) => None,
        (false, _) => Some(out(least)).filter(|same| *same == out(greatest)),
    }
}

/// The least and the greatest there can be of what is never missing.
fn range(value: &Value, question: &Question, dataset: &Dataset) -> Option<(i64, i64)> {
    match value {
        Value::Column(source, column) => {
            let of = &question.tables[*source];
            let table = &dataset.tables[of.table];
            // What a program made of it has no declaration here.
            if of.outer || table.columns.get(*column)?.nullable {
                return None;
            }
            match table.domain(*column) {
                Domain::Number { min, max, .. } => Some((min, max)),
                Domain::Day { from, to } => Some((from, to)),
                Domain::Text(list) => Some((0, i64::try_from(list.len()).ok()? - 1)),
                Domain::Person | Domain::Pseudonym(_) => None,
            }
        }
        Value::Lookup(inner, table) if !table.contains(&None) => {
            range(inner, question, dataset)?;
            let all = || table.iter().flatten().copied();
            Some((all().min()?, all().max()?))
        }
        Value::Calendar(Part::Month, inner) => range(inner, question, dataset).map(|_| (1, 12)),
        Value::Calendar(Part::Quarter, inner) => range(inner, question, dataset).map(|_| (1, 4)),
        Value::Calendar(Part::Day, inner) => range(inner, question, dataset).map(|_| (1, 31)),
        Value::Calendar(Part::Weekday, inner) => range(inner, question, dataset).map(|_| (0, 6)),
        _ => None,
    }
}
