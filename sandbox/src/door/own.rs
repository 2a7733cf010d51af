//! The researcher's own view, as tables `yinshu.budget`, `yinshu.grants`, `yinshu.programs` and `yinshu.requests`.
//!
//! # Security
//! Nothing in them was learnt from rows. `grants` is what the policy says; `programs` are those that are approved, with the columns that
//! they give; `budget` is what was asked, which does not depend on the data; `requests` are the own requests under the policy, as the airlock tells them: what was sent and how it was answered.
//!
//! These tables are no part of the engine: a question about them is a fixed form, read from its tokens, and what has another
//! form is refused.

use crate::error::SandboxError;
use crate::room::Room;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use std::sync::Arc;

mod rows;
use rows::{budget, grants, programs, requests};

/// The schema that they are in.
pub(super) const SCHEMA: &str = "yinshu";

/// Letters of a question about them at most.
const LETTERS: usize = 4096;

/// One of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Budget,
    Grants,
    Programs,
    Requests,
}

/// What is asked of one of the tables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Own {
    table: Table,
    columns: Vec<usize>,
    limit: usize,
}

impl Table {
    pub(super) const ALL: [Self; 4] = [Self::Budget, Self::Grants, Self::Programs, Self::Requests];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Grants => "grants",
            Self::Programs => "programs",
            Self::Requests => "requests",
        }
    }

    pub(super) fn schema(self) -> SchemaRef {
        let text = |name| Field::new(name, DataType::Utf8, true);
        let number = |name| Field::new(name, DataType::Float64, true);
        let day = |name| Field::new(name, DataType::Date32, true);
        let fields = match self {
            Self::Budget => vec![
                text("policy"),
                text("measure"),
                number("granted"),
                number("spent"),
                number("remaining"),
                day("until"),
            ],
            Self::Grants => vec![
                text("policy"),
                text("dataset"),
                text("purpose"),
                day("expires"),
                text("profile"),
                text("table_name"),
                text("column_name"),
                text("kind"),
                text("possible_values"),
                text("uses"),
            ],
            Self::Programs => vec![
                text("policy"),
                text("program"),
                text("kind"),
                text("table_name"),
                text("column_name"),
                text("column_kind"),
            ],
            Self::Requests => vec![
                Field::new("time", DataType::Timestamp(TimeUnit::Millisecond, Some("+08:00".into())), true),
                text("policy"),
                text("state"),
                Field::new("code", DataType::Int64, true),
                text("result"),
                text("question"),
            ],
        };
        Arc::new(Schema::new(fields))
    }
}

/// Reads `SELECT * | column, … FROM [policy.]yinshu.table [LIMIT n]`; nothing where it is about something else.
///
/// # Errors
/// [`SandboxError`]: it is about these tables and has another form, or names what is not there.
pub(super) fn read(text: &str) -> Result<Option<Own>, SandboxError> {
    let Some(tokens) = tokens(text) else { return Ok(None) };
    let tokens = match &tokens[..] {
        [tokens @ .., Token::SemiColon] => tokens,
        tokens => tokens,
    };
    let Some(from) = tokens.iter().position(|token| is(token, "FROM")) else { return Ok(None) };
    let (table, rest) = match &tokens[from + 1..] {
        [schema, Token::Period, table, rest @ ..] if folded(schema).as_deref() == Some(SCHEMA) => {
            (table, rest)
        }
        [_, Token::Period, schema, Token::Period, table, rest @ ..]
            if folded(schema).as_deref() == Some(SCHEMA) =>
        {
            (table, rest)
        }
        _ => return Ok(None),
    };
    let other = || SandboxError::Unsupported { construct: "own".to_owned(), text: shortened(text) };
    let name = folded(table).ok_or_else(other)?;
    let none = |name: &str| SandboxError::NoSuch { name: format!("{SCHEMA}.{name}") };
    let table = Table::ALL.into_iter().find(|table| table.name() == name).ok_or_else(|| none(&name))?;
    let limit = match rest {
        [] => usize::MAX,
        [word, Token::Number(number, false)] if is(word, "LIMIT") => number.parse().map_err(|_| other())?,
        _ => return Err(other()),
    };
    let schema = table.schema();
    let columns = match &tokens[..from] {
        [select, Token::Mul] if is(select, "SELECT") => (0..schema.fields().len()).collect(),
        [select, columns @ ..] if is(select, "SELECT") => {
            let one = |part: &[Token]| {
                let [column] = part else { return Err(other()) };
                let column = folded(column).ok_or_else(other)?;
                schema.index_of(&column).map_err(|_| none(&format!("{name}.{column}")))
            };
            columns.split(|token| *token == Token::Comma).map(one).collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(other()),
    };
    Ok(Some(Own { table, columns, limit }))
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let short = Some(text).filter(|text| text.len() <= LETTERS)?;
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, short).tokenize().ok()?;
    Some(tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect())
}

/// The policy that a question is about by the name of its first table: `FROM policy.dataset.table`.
pub(super) fn catalogue(text: &str) -> Option<String> {
    let tokens = tokens(text)?;
    let from = tokens.iter().position(|token| is(token, "FROM"))?;
    match &tokens[from + 1..] {
        [policy, Token::Period, _, Token::Period, ..] => folded(policy),
        _ => None,
    }
}

pub(super) fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

pub(super) fn folded(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

impl Own {
    /// What it is called in records.
    pub(super) fn name(&self) -> &'static str {
        self.table.name()
    }

    /// The schema of the answer.
    pub(super) fn schema(&self) -> SchemaRef {
        let whole = self.table.schema();
        Arc::new(Schema::new(self.columns.iter().map(|at| whole.field(*at).clone()).collect::<Vec<_>>()))
    }

    /// The answer for this user under this policy.
    pub(super) fn answer(&self, room: &Room, user: &str, policy: &str) -> Result<RecordBatch, SandboxError> {
        let whole = match self.table {
            Table::Budget => budget(room, user, policy)?,
            Table::Grants => grants(room, policy)?,
            Table::Programs => programs(room, policy)?,
            Table::Requests => requests(room, user, policy)?,
        };
        let columns = self.columns.iter().map(|at| Arc::clone(&whole[*at])).collect();
        let batch =
            RecordBatch::try_new(self.schema(), columns).map_err(|error| SandboxError::engine(&error))?;
        Ok(batch.slice(0, self.limit.min(batch.num_rows())))
    }
}

#[cfg(test)]
mod tests;
