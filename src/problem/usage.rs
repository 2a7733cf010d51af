//! The parser's own errors, said again in the language chosen.

use super::{CliError, Problem};
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What the parser found wrong, as a problem with a code from 1001 to 1008.
pub fn usage_error(error: &clap::Error) -> Problem {
    let one = |kind| texts(error, kind).into_iter().next();
    let or_dash = |kind| one(kind).unwrap_or_else(|| "—".into());
    let option = || or_dash(ContextKind::InvalidArg);
    let usage = || {
        let line = or_dash(ContextKind::Usage);
        line.trim().strip_prefix("Usage:").unwrap_or(line.trim()).trim().to_owned()
    };
    let commands = || {
        let all = texts(error, ContextKind::ValidSubcommand);
        all.into_iter().filter(|name| name != "help").collect()
    };
    match error.kind() {
        ErrorKind::UnknownArgument => CliError::UnknownOption {
            given: option(),
            nearest: one(ContextKind::SuggestedArg)
                .or(one(ContextKind::SuggestedSubcommand))
                .unwrap_or_default(),
            usage: usage(),
        },
        ErrorKind::InvalidSubcommand => CliError::UnknownCommand {
            given: or_dash(ContextKind::InvalidSubcommand),
            nearest: one(ContextKind::SuggestedSubcommand).unwrap_or_default(),
            commands: commands(),
        },
        ErrorKind::InvalidValue
        | ErrorKind::ValueValidation
        | ErrorKind::NoEquals
        | ErrorKind::InvalidUtf8 => bad_value(error),
        ErrorKind::MissingRequiredArgument => {
            CliError::MissingOption { missing: texts(error, ContextKind::InvalidArg), usage: usage() }
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            CliError::MissingCommand { commands: commands() }
        }
        ErrorKind::ArgumentConflict => {
            let other = texts(error, ContextKind::PriorArg).join(", ");
            let option = option();
            let other = if other.is_empty() { option.clone() } else { other };
            CliError::Conflict { option, other }
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            CliError::WrongCount { option: option(), usage: usage() }
        }
        _ => CliError::BadCommandLine { reason: error.to_string().trim().to_owned() },
    }
    .into()
}

fn bad_value(error: &clap::Error) -> CliError {
    let one = |kind| texts(error, kind).into_iter().next();
    let valid = texts(error, ContextKind::ValidValue);
    let given = one(ContextKind::InvalidValue).unwrap_or_default();
    let option = one(ContextKind::InvalidArg).unwrap_or_else(|| "—".into());
    // An option that stands last lacks its value: the parser reports an empty one.
    let expected = match std::error::Error::source(error) {
        Some(why) => why.to_string(),
        None => valid.join(" | "),
    };
    let expected = if expected.is_empty() { option.clone() } else { expected };
    CliError::BadValue { option, given, expected }
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(all)) => all.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(all)) => all.iter().map(ToString::to_string).collect(),
        Some(ContextValue::Number(n)) => vec![n.to_string()],
        _ => Vec::new(),
    }
}
