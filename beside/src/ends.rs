//! How a program ends: what it prints, and its exit code.

use crate::help;
use crate::lang::{Texts, Told};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
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

/// The command line that was typed, with its help in the language of `texts`; otherwise how the process ends: with help, or
/// with an error made of what is wrong.
///
/// # Errors
/// The exit code, once all is printed.
pub fn parsed<C: CommandFactory + FromArgMatches, E: Told>(
    args: &[String],
    texts: &Texts,
    usage: impl FnOnce(String) -> E,
) -> Result<C, ExitCode> {
    let parsed = help::localised(C::command(), texts)
        .try_get_matches_from(std::env::args_os())
        .and_then(|matches| C::from_arg_matches(&matches));
    let json = args.iter().any(|arg| arg == "--json");
    parsed.map_err(|error| not_parsed(&error, json, texts, usage))
}

fn not_parsed<E: Told>(
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
            // The first paragraph: what is missing stands in lines of its own.
            let lines = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
            let reason = lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned();
            fail(&usage(reason), json, texts)
        }
    }
}
