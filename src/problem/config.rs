//! Configuration files as text: where a mistake stands, and which key was meant.

use super::{CliError, Problem};
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::path::Path;

/// Configuration files are short; a longer file is not one.
const MAX_BYTES: u64 = 4 << 20;

/// Reads a TOML file into `T`. An unknown key is an error that names the nearest key known.
///
/// `known` are keys to consider where the parser does not list them (untagged and flattened shapes).
pub fn read_toml<T: DeserializeOwned>(path: &Path, known: &[&str]) -> Result<T, Problem> {
    let text = read_text(path)?;
    toml::from_str(&text).map_err(|e| config_error(&e, &text, path, known))
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let length = std::fs::metadata(path).map_err(|e| Problem::reading(path, &e))?.len();
    if length > MAX_BYTES {
        let reason = format!("{length} bytes");
        return Err(CliError::NotToml { place: path.display().to_string(), reason }.into());
    }
    let bytes = std::fs::read(path).map_err(|e| Problem::reading(path, &e))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let place = format!("{}:{line}", path.display());
        CliError::NotToml { place, reason: "UTF-8".into() }.into()
    })
}

/// What the TOML parser found wrong in `text`, with the line and, for a key or a choice that does
/// not exist, the nearest one that does.
pub fn config_error(error: &toml::de::Error, text: &str, path: &Path, known: &[&str]) -> Problem {
    let message = error.message();
    let span = error.span().unwrap_or(0..0);
    let place = place(path, text, &span);
    let quoted = quoted(message);
    let listed = || {
        let mut all: Vec<String> = quoted.iter().skip(1).map(ToString::to_string).collect();
        all.extend(known.iter().map(ToString::to_string));
        all
    };
    let first = || quoted.first().map(ToString::to_string).unwrap_or_default();
    if message.starts_with("unknown field") {
        let (key, known) = (first(), listed());
        return CliError::UnknownKey { place, nearest: nearest_or_nothing(&key, &known), key, known }.into();
    }
    if message.starts_with("unknown variant") {
        let (value, known) = (first(), listed());
        return CliError::UnknownChoice { place, nearest: nearest_or_nothing(&value, &known), value, known }
            .into();
    }
    if message.starts_with("missing field") {
        return CliError::MissingKey { place, key: first() }.into();
    }
    if text.parse::<toml::Table>().is_err() {
        return CliError::NotToml { place, reason: message.replace('\n', "; ") }.into();
    }
    // An untagged shape says only that nothing matched: look for the key that is not known.
    if let Some((key, near)) = stray_key(&text[clamped(text, &span)], known) {
        let known = known.iter().map(ToString::to_string).collect();
        return CliError::UnknownKey { place, key, nearest: near, known }.into();
    }
    CliError::BadSetting { place, reason: message.replace('\n', "; ") }.into()
}

/// The name in `known` that is nearest to `given`: the same but for case and `-`/`_`, or at most a
/// third of its letters away (Damerau-Levenshtein).
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(given);
    let limit = 1 + wanted.chars().count() / 3;
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn nearest_or_nothing(given: &str, known: &[String]) -> String {
    nearest(given, known.iter().map(String::as_str)).unwrap_or_default().to_owned()
}

fn place(path: &Path, text: &str, span: &Range<usize>) -> String {
    let line = 1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|b| **b == b'\n').count();
    format!("{}:{line}", path.display())
}

/// The parts of a message between backquotes: serde puts the name first, then those it knows.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn clamped(text: &str, span: &Range<usize>) -> Range<usize> {
    if span.is_empty() || text.get(span.clone()).is_none() { 0..text.len() } else { span.clone() }
}

fn stray_key(part: &str, known: &[&str]) -> Option<(String, String)> {
    if known.is_empty() {
        return None;
    }
    part.split(['\n', ',', '{']).find_map(|piece| {
        let (key, _) = piece.split_once('=')?;
        let key = key.trim().trim_matches('"');
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if !bare || known.contains(&key) {
            return None;
        }
        nearest(key, known.iter().copied()).map(|near| (key.to_owned(), near.to_owned()))
    })
}
