//! How a program ends: what it prints, and its exit code.

use crate::lang::{Texts, Told};
use clap::error::ErrorKind;
use std::io::Write as _;
use std::process::ExitCode;

/// A reader of stdout that went away is no error; where stderr fails there is nobody left to tell.
pub fn print(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line on stderr.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Tells an error and ends with its code.
#[must_use]
pub fn fail(error: &dyn Told, json: bool, texts: &Texts) -> ExitCode {
    complain(&if json { texts.json(error).to_string() } else { texts.render(error) });
    ExitCode::from(error.exit())
}

/// What follows where a command line was not parsed: help, or an error made of what is wrong with it.
#[must_use]
pub fn not_parsed<E: Told>(
    error: &clap::Error,
    json: bool,
    texts: &Texts,
    usage: impl FnOnce(String) -> E,
) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print(error.render().to_string().trim_end());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain(error.render().to_string().trim_end());
            ExitCode::from(2)
        }
        _ => {
            let text = error.render().to_string();
            let reason = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            fail(&usage(reason), json, texts)
        }
    }
}
