//! Is a text one plain read? A first fence before the database's own: the server is asked to run it in a read-only
//! transaction, over a protocol that takes one statement, with whatever rights the account has.

use crate::error::DataError;

/// Whose quoting and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Mysql,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A bare word, upper case.
    Word(String),
    /// A quoted name or string.
    Quoted,
    Mark(char),
}

/// Gives the statement without what follows its last character that matters, or says which rule it breaks: one
/// statement; `SELECT`, `WITH`, `VALUES` or `TABLE`; no `INTO`; no `INSERT`, `UPDATE`, `DELETE` or `MERGE` at the start
/// of a bracket; no row locks; no executable comments (`/*! … */`).
pub(super) fn one_read(query: &str, dialect: Dialect) -> Result<&str, DataError> {
    let refuse = |reason: &str| Err(DataError::QueryRefused { reason: reason.to_owned() });
    let (tokens, end) = match tokens(query, dialect) {
        Ok(found) => found,
        Err(reason) => return refuse(reason),
    };
    let words: Vec<Option<&str>> = tokens
        .iter()
        .map(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    let first = tokens.iter().position(|token| *token != Token::Mark('('));
    match first.and_then(|i| words[i]) {
        Some("SELECT" | "WITH" | "VALUES" | "TABLE") => {}
        _ => return refuse("it does not begin with SELECT, WITH, VALUES or TABLE"),
    }
    if tokens.contains(&Token::Mark(';')) {
        return refuse("it holds more than one statement");
    }
    for (i, word) in words.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| &tokens[i]);
        let Some(word) = word else { continue };
        if before == Some(&Token::Mark('.')) {
            continue;
        }
        let after = words.get(i + 1).copied().flatten();
        match (*word, after) {
            ("INTO", _) => return refuse("it writes its result (INTO)"),
            ("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE", _)
                if before == Some(&Token::Mark('(')) && tokens.get(i + 1) != Some(&Token::Mark('(')) =>
            {
                return refuse("a part of it changes rows");
            }
            ("FOR", Some("UPDATE" | "SHARE" | "NO" | "KEY")) | ("LOCK", Some("IN")) => {
                return refuse("it locks rows");
            }
            _ => {}
        }
    }
    Ok(&query[..end])
}

/// The tokens before any closing semicolons, and where the last of them ends.
fn tokens(query: &str, dialect: Dialect) -> Result<(Vec<Token>, usize), &'static str> {
    let mut tokens = Vec::new();
    let mut end = 0;
    let mut at = 0;
    let mut closed: Option<usize> = None;
    if query.contains('\0') {
        return Err("it holds a NUL character");
    }
    while let Some(c) = query[at..].chars().next() {
        let rest = &query[at..];
        if let Some(len) = blank(rest, dialect)? {
            at += len;
            continue;
        }
        if c == ';' {
            closed.get_or_insert(tokens.len());
            tokens.push(Token::Mark(';'));
            at += 1;
            continue;
        }
        let backslash = dialect == Dialect::Mysql
            || matches!(tokens.last(), Some(Token::Word(word)) if word == "E" && query[..at].ends_with(['e', 'E']));
        let (token, len) = if c == '\'' || c == '"' || (c == '`' && dialect == Dialect::Mysql) {
            (Token::Quoted, quoted(rest, c, backslash && c != '`').ok_or("a quote in it is never closed")?)
        } else if let Some(len) = dollar_quoted(rest, dialect)? {
            (Token::Quoted, len)
        } else if c.is_alphanumeric() || c == '_' {
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            (Token::Word(rest[..len].to_ascii_uppercase()), len)
        } else {
            (Token::Mark(c), c.len_utf8())
        };
        tokens.push(token);
        at += len;
        if closed.is_none() {
            end = at;
        }
    }
    if let Some(closed) = closed
        && tokens[closed..].iter().all(|token| *token == Token::Mark(';'))
    {
        tokens.truncate(closed);
    }
    Ok((tokens, end))
}

/// The length of white space or of a comment at the start of `rest`.
fn blank(rest: &str, dialect: Dialect) -> Result<Option<usize>, &'static str> {
    let mysql = dialect == Dialect::Mysql;
    let line = || Ok(Some(rest.find('\n').map_or(rest.len(), |i| i + 1)));
    match rest.chars().next() {
        Some(c) if c.is_whitespace() => return Ok(Some(c.len_utf8())),
        Some('#') if mysql => return line(),
        _ => {}
    }
    if let Some(after) = rest.strip_prefix("--") {
        // MySQL wants white space after the dashes; without, they are two minus signs.
        if !mysql || after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c.is_control()) {
            return line();
        }
        return Err("`--` in it is followed by no space, which MySQL does not take as a comment");
    }
    if !rest.starts_with("/*") {
        return Ok(None);
    }
    if mysql && (rest.starts_with("/*!") || rest.starts_with("/*M!") || rest.starts_with("/*+")) {
        return Err("a comment in it is executable or a hint");
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") && (depth == 0 || !mysql) {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(Some(at));
            }
        } else {
            at += 1;
        }
    }
    Err("a comment in it is never closed")
}

/// The length of a quoted text, a doubled quote inside counting as content.
fn quoted(rest: &str, quote: char, backslash: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if backslash && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote as u8 {
            if bytes.get(at + 1) != Some(&(quote as u8)) {
                return Some(at + 1);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// PostgreSQL's `$tag$ … $tag$`. A parameter such as `$1` is left to the server, which refuses it.
fn dollar_quoted(rest: &str, dialect: Dialect) -> Result<Option<usize>, &'static str> {
    if dialect != Dialect::Postgres || !rest.starts_with('$') {
        return Ok(None);
    }
    let Some(close) = rest[1..].find('$') else { return Ok(None) };
    let tag = &rest[..close + 2];
    let name = &tag[1..tag.len() - 1];
    let starts_with_digit = name.starts_with(|c: char| c.is_ascii_digit());
    if starts_with_digit || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(None);
    }
    match rest[tag.len()..].find(tag) {
        Some(end) => Ok(Some(tag.len() + end + tag.len())),
        None => Err("a quote in it is never closed"),
    }
}

#[cfg(test)]
mod tests;
