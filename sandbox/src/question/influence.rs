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
use super::{Asked, Comparison, Question, Value};
use crate::dataset::Dataset;
use crate::disclosure::Measure;
use crate::error::SandboxError;
use settled::{settled, without, worked_out};
use std::collections::BTreeSet;

pub(crate) mod presence;
mod settled;
mod shapes;

/// Comparisons that are looked at for one question at most, once for each place where they stand.
const MOST: usize = 128;

/// Comparisons that choices in what is compared become at most.
const MOST_CHOSEN: usize = 256;

/// A question of two numbers of persons for each comparison: on how many it decides where it holds, and where not. Nothing
/// where nothing is compared.
///
/// # Errors
/// [`SandboxError::Unsupported`], by the words of the question alone.
pub(crate) fn of(question: &Question, dataset: &Dataset) -> Result<Option<Question>, SandboxError> {
    let mut looked = Looked { question, dataset, found: Vec::new() };
    let filter = question.filter.as_ref();
    if let Some(filter) = filter {
        looked.at(None, filter, Place::Condition)?;
    }
    let passed = filter.map(is_true);
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
            looked.at(passed.as_ref(), &key.value, Place::Key)?;
        }
    }
    for (own, value) in &question.asked_of {
        if let Some(own) = own {
            looked.at(passed.as_ref(), own, Place::Condition)?;
        }
        if let Some(value) = value {
            looked.at(and(passed.clone(), own.as_ref().map(is_true)).as_ref(), value, Place::Figure)?;
        }
    }
    let found = looked.found;
    if found.len() > MOST {
        return Err(unsupported("long", &"WHERE"));
    }
    let persons = |decided: Value| Asked::decided(Measure::Persons, decided);
    let figures = found.into_iter().map(persons).collect();
    let none = Question { figures, ..Question::over(question.tables.clone()) };
    Ok((!none.figures.is_empty()).then_some(none))
}

/// The groups that there would be if nothing were asked but of what is grouped by: whoever is in one of them and is taken out by
/// the other conditions leaves it empty, or not quite. Nothing where no other condition is asked.
pub(crate) fn groups(question: &Question, dataset: &Dataset) -> Option<Question> {
    let filter = settled(question.filter.as_ref()?, question, dataset);
    let mut own = BTreeSet::new();
    question
        .keys
        .iter()
        .for_each(|key| key.value.columns(&mut |source, column| _ = own.insert((source, column))));
    let other = |leaf: &Value| {
        // Rows without a value count in no figure of it: that it is there is asked out of habit.
        if matches!(leaf, Value::IsMissing(missing) if matches!(**missing, Value::Column(..))) {
            return false;
        }
        let mut other = false;
        leaf.leaves(&mut |leaf| {
            other |= match leaf {
                Value::Column(source, column) => !own.contains(&(*source, *column)),
                leaf => matches!(leaf, Value::Person(_)),
            };
        });
        other
    };
    let left = settled(&presence::best(&filter, &other, true), question, dataset);
    let asks = left != filter && !question.keys.is_empty();
    let (keys, figures) = (question.keys.clone(), vec![Asked::presence()]);
    let tables = question.tables.clone();
    asks.then(|| Question { filter: Some(left), keys, figures, ..Question::over(tables) })
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Condition,
    Key,
    /// That something in it is missing is looked at by rules of figures: each is one of all that have a value.
    Figure,
}

/// What is looked at, and the conditions under which comparisons decide.
struct Looked<'a> {
    question: &'a Question,
    dataset: &'a Dataset,
    found: Vec<Value>,
}

impl Looked<'_> {
    fn at(&mut self, within: Option<&Value>, value: &Value, place: Place) -> Result<(), SandboxError> {
        let value = settled(value, self.question, self.dataset);
        let value = shapes::lifted(&value, MOST_CHOSEN).ok_or_else(|| unsupported("long", &"WHERE"))?;
        let value = settled(&value, self.question, self.dataset);
        let mut leaves = Vec::new();
        self.compared(&value, place, &mut leaves)?;
        for leaf in leaves {
            if self.found.len() > MOST {
                return Ok(());
            }
            let (held, not) = (replaced(&value, &leaf, true), replaced(&value, &leaf, false));
            let truth = place == Place::Condition;
            let decides = if truth { unlike(&held, &not) } else { differ(held.clone(), not.clone()) };
            let holds = is_true(&leaf);
            let mut sides = vec![Value::Not(boxed(holds.clone()))];
            // That a value is missing decides nothing where without it all else is missing, too.
            let void = |missing: &Value| {
                let (held, not) = (without(&held, missing), without(&not, missing));
                let fails = |value: &Value| truth && matches!(value, Value::Truth(false) | Value::Unknown);
                held == not || fails(&held) && fails(&not)
            };
            if !matches!(&leaf, Value::IsMissing(missing) if !worked_out(missing) && void(missing)) {
                sides.push(holds);
            }
            for side in sides {
                let decided = and(within.cloned(), Some(Value::And(boxed(decides.clone()), boxed(side))));
                if let Some(decided) = decided.filter(|decided| !self.found.contains(decided)) {
                    self.found.push(decided);
                }
            }
        }
        Ok(())
    }

    /// The comparisons in a value, each once; whether something is missing is one by another name.
    fn compared(&self, value: &Value, place: Place, found: &mut Vec<Value>) -> Result<(), SandboxError> {
        // More are refused, and not looked at one by one.
        if found.len() > MOST {
            return Ok(());
        }
        let leaf = |found: &mut Vec<Value>| {
            if !found.contains(value) {
                found.push(value.clone());
            }
        };
        let nonlinear = || unsupported("two-ways", &"WHERE, CASE, FILTER");
        match value {
            Value::Compare(_, a, b) => {
                if !shapes::one_sided(a, b, self.question, self.dataset) {
                    return Err(nonlinear());
                }
                leaf(found);
                // What it compares may be of conditions itself.
                self.compared(a, place, found)?;
                self.compared(b, place, found)
            }
            Value::IsMissing(inner) => {
                if worked_out(inner) || place != Place::Figure {
                    leaf(found);
                }
                self.compared(inner, place, found)
            }
            Value::Divide(a, by) if !matches!(**by, Value::Number(_)) => {
                if !shapes::divides(by, self.question, self.dataset) {
                    return Err(nonlinear());
                }
                self.compared(a, place, found)?;
                self.compared(by, place, found)
            }
            Value::Case(cases, last) => {
                for (at, (test, value)) in cases.iter().enumerate() {
                    match test {
                        Value::IsMissing(missing)
                            if *value == Value::Missing && follows(missing, at, cases, last) =>
                        {
                            self.compared(missing, place, found)?;
                        }
                        _ => {
                            let alone = matches!(presence(test), Some(missing) if !worked_out(missing));
                            self.compared(test, if alone { place } else { Place::Condition }, found)?;
                        }
                    }
                    self.compared(value, place, found)?;
                }
                self.compared(last, place, found)
            }
            _ => {
                let mut all = Ok(());
                value.parts(&mut |inner| {
                    if all.is_ok() {
                        all = self.compared(inner, place, found);
                    }
                });
                all
            }
        }
    }
}

/// What it asks the presence of, if it asks of nothing else.
fn presence(test: &Value) -> Option<&Value> {
    match test {
        Value::IsMissing(missing) => Some(missing),
        Value::Not(inner) => presence(inner),
        _ => None,
    }
}

/// Whether a choice is missing where this value is, whether or not it says so: the truth before it would be.
fn follows(missing: &Value, at: usize, cases: &[(Value, Value)], last: &Value) -> bool {
    let other = |(place, (test, _)): (usize, &(Value, Value))| place != at && test.has(missing);
    last.has(missing) || cases.iter().enumerate().any(other)
}

/// The columns that stand outside comparisons.
fn bare(value: &Value, found: &mut BTreeSet<(usize, usize)>) {
    match value {
        Value::Column(source, column) => _ = found.insert((*source, *column)),
        Value::Compare(..) | Value::IsMissing(_) => {}
        _ => value.parts(&mut |inner| bare(inner, found)),
    }
}

/// The value where a comparison in it came out so.
fn replaced(value: &Value, leaf: &Value, truth: bool) -> Value {
    value.rebuilt(&|part| (part == leaf).then_some(Value::Truth(truth)))
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
