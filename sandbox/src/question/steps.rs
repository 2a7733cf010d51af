//! Values as they are handed to a worker: one step after another, operands before what is made of them, so that however
//! deeply they nest they are written and read without nested calls.

use super::{Comparison, Part, Value};
use serde::{Deserialize, Serialize};

/// Steps of one value at most.
const MOST: usize = 1 << 16;

/// One operator of a value; its operands are what the steps before it made.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Step {
    Column(usize, usize),
    Person(usize),
    Number(i64),
    Truth(bool),
    Missing,
    Unknown,
    Add,
    Subtract,
    Multiply,
    Divide,
    Lookup(Vec<Option<i64>>),
    Calendar(Part),
    Compare(Comparison),
    And,
    Or,
    Not,
    IsMissing,
    /// So many conditions, each with its value, and a last value.
    Case(usize),
}

/// A value as steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Steps(Vec<Step>);

impl From<Value> for Steps {
    fn from(value: Value) -> Self {
        let mut steps = Vec::new();
        let mut left = vec![value];
        // Written from the outside in and from the last operand to the first, and then turned round.
        while let Some(value) = left.pop() {
            let two = |step, a: Box<Value>, b: Box<Value>| (step, vec![*a, *b]);
            let (step, operands) = match value {
                Value::Column(source, column) => (Step::Column(source, column), Vec::new()),
                Value::Person(source) => (Step::Person(source), Vec::new()),
                Value::Number(number) => (Step::Number(number), Vec::new()),
                Value::Truth(truth) => (Step::Truth(truth), Vec::new()),
                Value::Missing => (Step::Missing, Vec::new()),
                Value::Unknown => (Step::Unknown, Vec::new()),
                Value::Add(a, b) => two(Step::Add, a, b),
                Value::Subtract(a, b) => two(Step::Subtract, a, b),
                Value::Multiply(a, b) => two(Step::Multiply, a, b),
                Value::Divide(a, b) => two(Step::Divide, a, b),
                Value::Lookup(a, table) => (Step::Lookup(table.to_vec()), vec![*a]),
                Value::Calendar(part, a) => (Step::Calendar(part), vec![*a]),
                Value::Compare(how, a, b) => two(Step::Compare(how), a, b),
                Value::And(a, b) => two(Step::And, a, b),
                Value::Or(a, b) => two(Step::Or, a, b),
                Value::Not(a) => (Step::Not, vec![*a]),
                Value::IsMissing(a) => (Step::IsMissing, vec![*a]),
                Value::Case(cases, last) => {
                    let step = Step::Case(cases.len());
                    let pairs = cases.into_iter().flat_map(|(test, value)| [test, value]);
                    (step, pairs.chain([*last]).collect())
                }
            };
            steps.push(step);
            left.extend(operands);
        }
        steps.reverse();
        Self(steps)
    }
}

impl TryFrom<Steps> for Value {
    type Error = &'static str;

    fn try_from(Steps(steps): Steps) -> Result<Self, &'static str> {
        if steps.len() > MOST {
            return Err("a value has too many steps");
        }
        let mut made = Vec::new();
        for step in steps {
            let value = step.value(&mut made).ok_or("a step has too few operands")?;
            made.push(value);
        }
        match (made.pop(), made.is_empty()) {
            (Some(value), true) => Ok(value),
            _ => Err("a value is one value"),
        }
    }
}

impl Step {
    fn value(self, made: &mut Vec<Value>) -> Option<Value> {
        let mut one = || made.pop().map(Box::new);
        let mut two = |how: fn(Box<Value>, Box<Value>) -> Value| {
            let (b, a) = (one()?, one()?);
            Some(how(a, b))
        };
        Some(match self {
            Self::Column(source, column) => Value::Column(source, column),
            Self::Person(source) => Value::Person(source),
            Self::Number(number) => Value::Number(number),
            Self::Truth(truth) => Value::Truth(truth),
            Self::Missing => Value::Missing,
            Self::Unknown => Value::Unknown,
            Self::Add => two(Value::Add)?,
            Self::Subtract => two(Value::Subtract)?,
            Self::Multiply => two(Value::Multiply)?,
            Self::Divide => two(Value::Divide)?,
            Self::And => two(Value::And)?,
            Self::Or => two(Value::Or)?,
            Self::Compare(how) => {
                let (b, a) = (one()?, one()?);
                Value::Compare(how, a, b)
            }
            Self::Lookup(table) => Value::Lookup(one()?, table.into()),
            Self::Calendar(part) => Value::Calendar(part, one()?),
            Self::Not => Value::Not(one()?),
            Self::IsMissing => Value::IsMissing(one()?),
            Self::Case(cases) => {
                let first = made.len().checked_sub(cases.checked_mul(2)?.checked_add(1)?)?;
                let last = made.pop()?;
                let mut operands = made.drain(first..);
                let mut pairs = Vec::with_capacity(cases);
                while let (Some(test), Some(value)) = (operands.next(), operands.next()) {
                    pairs.push((test, value));
                }
                drop(operands);
                Value::Case(pairs, Box::new(last))
            }
        })
    }
}
