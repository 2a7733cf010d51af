//! Names: what is granted under them, and nothing else.

use super::limits::Reading;
use super::{Comparison, MOST_CHOSEN, MOST_GROUPS, Meaning, Source, Typed, Value};
use crate::dataset::{Dataset, Domain};
use crate::error::SandboxError;
use crate::masks;
use crate::policy::{Policy, Use, Uses};
use crate::private::Mode;
use datafusion::sql::sqlparser::ast::{Expr, Ident};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;

/// Letters of a question that a refusal tells again at most.
const MOST_TOLD: usize = 300;

/// The tables of a question and what is granted of each.
pub(super) struct Scope<'a> {
    pub(super) dataset: &'a Dataset,
    /// Without a policy every column may be compared: conditions on rows are the owner's own.
    pub(super) policy: Option<&'a Policy>,
    pub(super) sources: Vec<Source>,
    /// What each source is called.
    pub(super) names: Vec<String>,
    /// What is shown of columns that were looked at: a list of values is made once, however often a column stands in a question.
    pub(super) shown: RefCell<BTreeMap<(usize, usize), (Value, Domain)>>,
    /// What figures are of, as it was asked.
    pub(super) asked_of: RefCell<Vec<(Option<Value>, Option<Value>)>>,
    /// What is refused to be compared with what it can never be.
    pub(super) held: Held,
    /// How far reading has come.
    pub(super) reading: Reading,
}

/// Which comparisons with what a column can never be, by its description, are refused: a slip of the pen would be answered
/// with nobody, or grant everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// None: a condition that was looked at when it was approved, and is not for whoever asks.
    None,
    /// `=`, `<>` and `IN` with texts that are not declared. Numbers and days beyond bounds are often meant to hold for all.
    Texts,
    /// All of them.
    All,
}

/// A name as SQL has it: what is not quoted is in lower case.
pub(super) fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}

/// What was typed is told again, as much of it as somebody reads.
pub(super) fn unsupported(construct: &str, text: &dyn Display) -> SandboxError {
    SandboxError::Unsupported { construct: construct.to_owned(), text: told(text.to_string()) }
}

/// As much of a text as somebody reads.
pub(super) fn told(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_TOLD) {
        text.replace_range(end.., "…");
    }
    text
}

/// A number cut to bounds; what is missing stays missing.
fn within(value: Value, meaning: &Meaning, low: i64, high: i64) -> Typed {
    let beyond = |how, bound| {
        let test = Value::Compare(how, Box::new(value.clone()), Box::new(Value::Number(bound)));
        (test, Value::Number(bound))
    };
    let cases = vec![beyond(Comparison::Less, low), beyond(Comparison::Greater, high)];
    let decimals = if let Meaning::Number { decimals, .. } = meaning { *decimals } else { 0 };
    let meaning = Meaning::Number { decimals, min: low.into(), max: high.into() };
    Typed { value: Value::Case(cases, Box::new(value)), meaning }
}

/// A number that a program gave, as a condition on each of its values: whoever wrote the program chose who has which.
fn told_apart(value: Value, meaning: Meaning) -> Typed {
    let Meaning::Number { min, max, .. } = meaning else { return Typed { value, meaning } };
    let case = |number: i64| {
        let test =
            Value::Compare(Comparison::Equal, Box::new(value.clone()), Box::new(Value::Number(number)));
        (test, Value::Number(number))
    };
    let mut numbers: Vec<i64> = (min..=max).filter_map(|number| i64::try_from(number).ok()).collect();
    // Whatever is there and none of the others.
    let last = numbers.pop().map_or(Value::Missing, Value::Number);
    let missing = (Value::IsMissing(Box::new(value.clone())), Value::Missing);
    let all = std::iter::once(missing).chain(numbers.into_iter().map(case)).collect();
    Typed { value: Value::Case(all, Box::new(last)), meaning }
}

impl<'a> Scope<'a> {
    /// No table yet.
    pub(super) fn new(dataset: &'a Dataset, policy: Option<&'a Policy>) -> Self {
        let (sources, names, shown) = (Vec::new(), Vec::new(), RefCell::default());
        Self {
            dataset,
            policy,
            sources,
            names,
            shown,
            asked_of: RefCell::default(),
            held: if policy.is_some() { Held::Texts } else { Held::None },
            reading: Reading::default(),
        }
    }

    fn uses(&self, source: usize, column: &str) -> Option<Uses> {
        let table = &self.dataset.tables[self.sources[source].table];
        match self.policy {
            Some(policy) => policy.grant(&table.name)?.columns.get(column).cloned(),
            None => Some(Uses([Use::Compare].into())),
        }
    }

    /// Where a column is: only what is granted is looked at.
    fn find(&self, table: Option<&Ident>, name: &Ident) -> Result<(usize, usize, Uses), SandboxError> {
        let wanted = table.map(folded);
        let column = folded(name);
        let told = || match &wanted {
            Some(table) => format!("{table}.{column}"),
            None => column.clone(),
        };
        let mut found = None;
        for (at, known) in self.names.iter().enumerate() {
            if wanted.as_ref().is_some_and(|wanted| wanted != known) {
                continue;
            }
            let table = &self.dataset.tables[self.sources[at].table];
            let Some(number) = table.column(&column) else { continue };
            let Some(uses) = self.uses(at, &column) else { continue };
            // Tables are put together by person: it is the same in all of them, and the first is never missing.
            let person = table.is_entity(number);
            match found {
                None => found = Some((at, number, uses)),
                Some(_) if person && wanted.is_none() => {}
                Some(_) => return Err(SandboxError::Ambiguous { name: told() }),
            }
        }
        found.ok_or_else(|| SandboxError::NoSuch { name: told() })
    }

    /// A column as the policy shows it.
    fn shown(&self, source: usize, column: usize) -> Result<(Value, Domain), SandboxError> {
        if let Some(known) = self.shown.borrow().get(&(source, column)) {
            return Ok(known.clone());
        }
        let of = &self.dataset.tables[self.sources[source].table];
        let plain = Value::Column(source, column);
        let shown = match self.policy.and_then(|policy| policy.grant(&of.name)) {
            Some(grant) => masks::shown(grant, of, column, plain)?,
            None => (plain, of.domain(column)),
        };
        self.shown.borrow_mut().insert((source, column), shown.clone());
        Ok(shown)
    }

    /// Whether a column of the tables has this name, as far as it is granted.
    pub(super) fn has(&self, name: &Ident) -> bool {
        !matches!(self.find(None, name), Err(SandboxError::NoSuch { .. }))
    }

    /// A column that is granted for this use.
    pub(super) fn column(
        &self,
        table: Option<&Ident>,
        name: &Ident,
        wanted: Use,
    ) -> Result<Typed, SandboxError> {
        let (source, column, uses) = self.find(table, name)?;
        let of = &self.dataset.tables[self.sources[source].table];
        let (value, domain) = self.shown(source, column)?;
        let meaning = Meaning::of(domain);
        if meaning == Meaning::Person {
            return Err(unsupported("person", name));
        }
        if meaning == Meaning::Pseudonym {
            return Err(unsupported("pseudonym", name));
        }
        if !uses.0.contains(&wanted) {
            let column = format!("{}.{}", of.name, of.columns[column].name);
            return Err(SandboxError::NotGranted { column, wanted: wanted.name().to_owned() });
        }
        Ok(match self.bounds(source, column, wanted, &meaning) {
            None if of.columns[column].scored && wanted == Use::Aggregate => told_apart(value, meaning),
            None => Typed { value, meaning },
            Some((low, high)) => within(value, &meaning, low, high),
        })
    }

    /// Whether answers have noise.
    pub(super) fn private(&self) -> bool {
        self.policy.is_some_and(|policy| policy.policy.mode == Mode::Dp)
    }

    /// How many groups there can be at most.
    pub(super) fn most_groups(&self) -> u64 {
        if self.private() { MOST_CHOSEN } else { MOST_GROUPS }
    }

    /// Within which bounds a column is added up, where the policy has narrower ones than the description.
    fn bounds(&self, source: usize, column: usize, wanted: Use, meaning: &Meaning) -> Option<(i64, i64)> {
        let Meaning::Number { decimals, .. } = meaning else { return None };
        let terms = self.policy?.private(Mode::Control).filter(|_| wanted == Use::Aggregate)?;
        let table = &self.dataset.tables[self.sources[source].table];
        terms.bounds(&table.name, &table.columns[column].name, *decimals)
    }

    /// Refuses a value in which a column stands that is not granted for comparing: what takes the greater of two compares
    /// them.
    pub(super) fn compared(&self, value: &Value) -> Result<(), SandboxError> {
        let mut columns = Vec::new();
        value.columns(&mut |source, column| columns.push((source, column)));
        for (source, column) in columns {
            let table = &self.dataset.tables[self.sources[source].table];
            let name = &table.columns[column].name;
            if !self.uses(source, name).is_some_and(|uses| uses.0.contains(&Use::Compare)) {
                let column = format!("{}.{name}", table.name);
                return Err(SandboxError::NotGranted { column, wanted: Use::Compare.name().to_owned() });
            }
        }
        Ok(())
    }

    /// The column that says whom a row is about, if this is one that is granted.
    pub(super) fn person(&self, expr: &Expr) -> Result<Option<Value>, SandboxError> {
        let (table, name) = match expr {
            Expr::Nested(inner) => return self.person(inner),
            Expr::Identifier(name) => (None, name),
            Expr::CompoundIdentifier(names) => match &names[..] {
                [table, name] => (Some(table), name),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let (source, column, uses) = self.find(table, name)?;
        let person = self.dataset.tables[self.sources[source].table].is_entity(column);
        Ok((person && uses.0.contains(&Use::JoinKey)).then_some(Value::Person(source)))
    }
}
