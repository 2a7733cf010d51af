//! `CALL`: programs, and results that a person released, in the form in which SQL calls a procedure.
//!
//! ```sql
//! CALL need('SELECT need, COUNT(*) FROM residents GROUP BY need')    -- a score, and the question about what it gives
//! CALL study.gini()                                                  -- an aggregate, under the policy study
//! CALL yinshu.fetch('3f9a1c0277be')                                  -- a result that waited
//! ```
//!
//! # Security
//! A fixed form, read from its tokens: a name or two, brackets, at most one text. What has another form is refused, and nothing
//! of it reaches the engine but the question, which is read as any other.

use super::own::{SCHEMA, folded, is, shortened};
use crate::error::SandboxError;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// A program: a score with the question about it, an aggregate without.
    Program {
        /// Under which policy, where it is said.
        policy: Option<String>,
        name: String,
        question: Option<String>,
    },
    /// A result of this id.
    Fetch(String),
}

/// Reads a call; nothing where it is a question.
///
/// # Errors
/// [`SandboxError::Unsupported`]: it is a call of another form.
pub(super) fn read(text: &str) -> Result<Option<Call>, SandboxError> {
    // A question that is no call is not looked at any further here, however long it is.
    let first = text.trim_start().get(..4).filter(|word| word.eq_ignore_ascii_case("CALL"));
    if first.is_none() {
        return Ok(None);
    }
    let other = || SandboxError::Unsupported { construct: "call".to_owned(), text: shortened(text) };
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize().map_err(|_| other())?;
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let tokens = match &tokens[..] {
        [tokens @ .., Token::SemiColon] => tokens,
        tokens => tokens,
    };
    let (called, given) = match tokens {
        [call, called @ .., Token::LParen, Token::RParen] if is(call, "CALL") => (called, None),
        [call, called @ .., Token::LParen, given, Token::RParen] if is(call, "CALL") => {
            (called, Some(literal(given).ok_or_else(other)?))
        }
        _ => return Err(other()),
    };
    let (policy, name) = match called {
        [name] => (None, folded(name)),
        [policy, Token::Period, name] => (Some(folded(policy).ok_or_else(other)?), folded(name)),
        _ => return Err(other()),
    };
    let name = name.ok_or_else(other)?;
    match (policy.as_deref(), &*name, given) {
        (Some(SCHEMA), "fetch", Some(id)) => Ok(Some(Call::Fetch(id))),
        (Some(SCHEMA), ..) => Err(other()),
        (_, _, question) => Ok(Some(Call::Program { policy, name, question })),
    }
}

fn literal(token: &Token) -> Option<String> {
    match token {
        Token::SingleQuotedString(text) => Some(text.clone()),
        Token::DollarQuotedString(text) => Some(text.value.clone()),
        _ => None,
    }
}

/// A program and the question about it as a call.
#[must_use]
pub(crate) fn program(name: &str, question: Option<&str>) -> String {
    format!("CALL {}({})", quoted(name, '"'), question.map(|text| quoted(text, '\'')).unwrap_or_default())
}

/// A result as a call.
#[must_use]
pub(crate) fn fetch(id: &str) -> String {
    format!("CALL {SCHEMA}.fetch({})", quoted(id, '\''))
}

fn quoted(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
}

#[cfg(test)]
mod tests;
