//! Words before they are parsed: counted, with the brackets among them, on a stack that has room for what is nested.

use super::limits::MOST_WORDS;
use super::read::unsupported;
use crate::error::SandboxError;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

type Read<T> = Result<T, SandboxError>;

/// Letters of a question at most.
const MOST_LETTERS: usize = 1 << 16;

/// How deeply expressions nest at most.
const DEPTH: usize = 48;

/// Brackets inside each other at most.
const BRACKETS: usize = 12;

/// Bytes of stack for reading a question.
const STACK: usize = 64 << 20;

/// A parser of this text.
pub(super) fn parser(text: &str) -> Read<Parser<'static>> {
    let syntax = |reason: String| SandboxError::Syntax { reason };
    if text.len() > MOST_LETTERS {
        return Err(syntax(format!("more than {MOST_LETTERS} letters")));
    }
    let dialect: &'static PostgreSqlDialect = &PostgreSqlDialect {};
    // The parser tries some brackets in two ways, each with all that is in them.
    let tokens = Tokenizer::new(dialect, text).tokenize().map_err(|error| syntax(error.to_string()))?;
    let words = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    if words.count() > MOST_WORDS {
        return Err(unsupported("long", &text));
    }
    let depth = tokens.iter().scan(0usize, |depth, token| {
        match token {
            Token::LParen => *depth += 1,
            Token::RParen => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    });
    if depth.max().unwrap_or(0) > BRACKETS {
        return Err(syntax(format!("more than {BRACKETS} brackets inside each other")));
    }
    let parser = Parser::new(dialect).with_recursion_limit(DEPTH);
    parser.try_with_sql(text).map_err(|error| syntax(error.to_string()))
}

/// What is nested is read by calls that are nested: as deep as is allowed, this has room for them.
pub(super) fn roomy<T: Send>(read: impl FnOnce() -> Read<T> + Send) -> Read<T> {
    std::thread::scope(|scope| {
        let reading = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
        let read = reading.map_err(|error| SandboxError::engine(&error))?.join();
        read.unwrap_or_else(|_| Err(SandboxError::engine(&"a question could not be read")))
    })
}
