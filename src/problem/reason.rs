//! Reasons in the reader's language: what the operating system and the TOML parser say in English
//! is said in Chinese where it is one of the common things; anything else stays as it is.

use crate::lang::{Lang, Texts};

/// `reason` in the language of `texts`.
pub(super) fn translated(reason: &str, texts: &Texts) -> String {
    if texts.lang() == Lang::En {
        return reason.to_owned();
    }
    system(reason, texts).or_else(|| toml(reason, texts)).unwrap_or_else(|| reason.to_owned())
}

/// `… (os error 2)`: the number is POSIX's errno on Unix.
fn system(reason: &str, texts: &Texts) -> Option<String> {
    if !cfg!(unix) {
        return None;
    }
    let (before, number) = reason.rsplit_once("(os error ")?;
    let number = number.trim_end().strip_suffix(')')?;
    let text = texts.find(&format!("os-{number}"), &[])?;
    // What stands before the system's own sentence, such as "tcp connect error: ", stays.
    let lead = before.rsplit_once(": ").map_or("", |(lead, _)| lead);
    let number = format!("{text}（os error {number}）");
    Some(if lead.is_empty() { number } else { format!("{lead}: {number}") })
}

/// What serde and the TOML parser say most often.
fn toml(reason: &str, texts: &Texts) -> Option<String> {
    let mut quoted = reason.split('`').skip(1).step_by(2);
    let first = quoted.next().unwrap_or_default();
    let rest: Vec<&str> = quoted.collect();
    let id = match reason {
        _ if reason.starts_with("unknown field") => "toml-unknown-field",
        _ if reason.starts_with("unknown variant") => "toml-unknown-variant",
        _ if reason.starts_with("missing field") => "toml-missing-field",
        _ if reason.starts_with("duplicate key") => "toml-duplicate-key",
        _ => {
            let (found, expected) = reason.strip_prefix("invalid type: ")?.split_once(", expected ")?;
            return texts
                .find("toml-invalid-type", &[("found", found.into()), ("expected", expected.into())]);
        }
    };
    texts.find(id, &[("name", first.into()), ("known", rest.join("、").into())])
}
