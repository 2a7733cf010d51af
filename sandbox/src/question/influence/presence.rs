//! Whom a table that is joined takes out, or lets in: that somebody has a row in it is a condition like others.
//!
//! Where all of a group have a row in a table, joining it changes nothing of a count that was released, and the figure is hidden
//! where one has none: so a register could be asked about anybody. So of every group of a joined table, among those on whom
//! it depends whether they have a row there, at least the least group have one, and as many have none.
//!
//! Where all rows of a table are of persons of another (visits of residents), or all but few are, joining that other one takes
//! nobody out, and that is a fact about two tables and not about anybody: it is looked at once, over all that is granted.

use super::settled::{settled, without};
use super::{differ, is_true};
use crate::dataset::Dataset;
use crate::disclosure::Measure;
use crate::question::bounds::boxed;
use crate::question::{Asked, Question, Value};

/// What is asked of one table.
pub(crate) struct Presence {
    /// By group, as far as groups are not of that table: how many have no row in it, whatever else; on how many it decides that
    /// they have one; on how many that they have none.
    pub(crate) question: Question,
    /// Which keys of the question these groups are of.
    pub(crate) keys: Vec<usize>,
    /// Whether nothing is looked at where few have no row in it at all.
    pub(crate) inner: bool,
}

/// What is asked of the tables of a question.
pub(crate) fn of(question: &Question, dataset: &Dataset) -> Vec<Presence> {
    let many = question.tables.len();
    let filter = question.filter.as_ref().map(|filter| settled(filter, question, dataset));
    let asked = |at: usize| {
        let inner = !question.tables[at].outer;
        // Whoever has no row in a table that nothing is asked of counts as before.
        let of = inner || filter.as_ref().is_some_and(|filter| filter.is_of(at));
        let base = if at == 0 { (1..many).find(|other| !question.tables[*other].outer) } else { Some(0) };
        base.filter(|_| of).map(|base| one(question, filter.as_ref(), at, base))
    };
    (0..many).filter_map(asked).collect()
}

fn one(question: &Question, filter: Option<&Value>, at: usize, base: usize) -> Presence {
    let inner = !question.tables[at].outer;
    let lacks = Value::IsMissing(boxed(Value::Person(at)));
    let there = Value::Not(boxed(lacks.clone()));
    let passes = filter.map_or(Value::Truth(true), is_true);
    let may = |up: bool| {
        is_true(&filter.map_or(Value::Truth(true), |filter| best(filter, &|leaf| leaf.is_of(at), up)))
    };
    let (have, none) = match inner {
        true => (passes, may(true)),
        false => {
            let bare = is_true(&filter.map_or(Value::Truth(true), |filter| absent(filter, at)));
            let either = Value::Or(
                boxed(differ(may(true), passes.clone())),
                boxed(differ(may(false), passes.clone())),
            );
            (differ(passes, bare), either)
        }
    };
    let and = |a: &Value, b: Value| Value::And(boxed(a.clone()), boxed(b));
    let conditions = [lacks.clone(), and(&there, have), and(&lacks, none)];
    let mut tables = question.tables.clone();
    tables[at].outer = true;
    tables.swap(0, base);
    let moved = |source: usize| match source {
        0 => base,
        source if source == base => 0,
        other => other,
    };
    let placed = |value: &Value| {
        value.rebuilt(&|part| match part {
            Value::Column(source, column) => Some(Value::Column(moved(*source), *column)),
            Value::Person(source) => Some(Value::Person(moved(*source))),
            _ => None,
        })
    };
    let keys: Vec<usize> =
        (0..question.keys.len()).filter(|key| !question.keys[*key].value.is_of(at)).collect();
    let grouped = keys.iter().map(|key| {
        let key = &question.keys[*key];
        crate::question::Key { value: placed(&key.value), ..key.clone() }
    });
    let figures = conditions.iter().map(|condition| Asked::decided(Measure::Persons, placed(condition)));
    let question = Question { keys: grouped.collect(), figures: figures.collect(), ..Question::over(tables) };
    Presence { question, keys, inner }
}

/// The condition where all comparisons of a kind come out for the best, or for the worst.
pub(super) fn best(filter: &Value, of: &dyn Fn(&Value) -> bool, up: bool) -> Value {
    match filter {
        Value::And(a, b) => Value::And(boxed(best(a, of, up)), boxed(best(b, of, up))),
        Value::Or(a, b) => Value::Or(boxed(best(a, of, up)), boxed(best(b, of, up))),
        Value::Not(a) => Value::Not(boxed(best(a, of, !up))),
        other if of(other) => Value::Truth(up),
        other => other.clone(),
    }
}

/// The condition as it comes out where a source has no row.
fn absent(filter: &Value, at: usize) -> Value {
    let mut own: Vec<Value> = Vec::new();
    filter.leaves(&mut |leaf| {
        if leaf.is_of(at) && !own.contains(leaf) {
            own.push(leaf.clone());
        }
    });
    own.iter().fold(filter.clone(), |filter, leaf| without(&filter, leaf))
}
