//! Help in the language chosen: the texts are put over the commands before parsing.

use super::{Cli, Done, Ui};
use crate::lang::Texts;
use crate::problem::{CliError, Problem};
use clap::{Arg, ArgAction, Command, CommandFactory as _};
use serde_json::json;

/// `yinshu help [COMMAND]…`.
#[derive(Debug, clap::Args)]
pub struct HelpArgs {
    /// The command to explain, as `origin verify`.
    #[arg(value_name = "NAME")]
    pub command: Vec<String>,
}

/// Prints the long help of a command.
pub(super) fn run(args: &HelpArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let mut at = &mut localised(Cli::command(), ui.texts());
    for name in &args.command {
        let names: Vec<String> = at.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        at = at.find_subcommand_mut(name).ok_or_else(|| {
            let near = crate::problem::nearest(name, names.iter().map(String::as_str));
            let nearest = near.unwrap_or_default().to_owned();
            CliError::UnknownCommand { given: name.clone(), nearest, commands: names.clone() }
        })?;
    }
    let text = at.render_long_help().to_string();
    ui.print(&text);
    Ok(Done::with(json!({ "help": text })))
}

/// The command with every text in the language of `texts`: descriptions, headings, usage lines,
/// defaults and choices.
///
/// Message ids: `cmd-origin-verify` (one line), `cmd-origin-verify-long` (more, optional),
/// `arg-origin-verify-html` or, for options that mean the same everywhere, `arg-html`.
pub fn localised(root: Command, texts: &Texts) -> Command {
    let mut root = described(root, "", texts);
    root.build();
    localise_usage(&mut root, texts);
    root
}

fn described(command: Command, path: &str, texts: &Texts) -> Command {
    let text = |id: &str| texts.say(id, &[]);
    let id = if path.is_empty() { "cmd".to_owned() } else { format!("cmd-{path}") };
    let long = texts.find(&format!("{id}-long"), &[]).unwrap_or_else(|| text(&id));
    let mut command = command
        .about(text(&id))
        .long_about(long)
        .subcommand_help_heading(text("help-commands"))
        .subcommand_value_name(text("help-command-value"))
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .help_template(format!(
            "{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
            text("help-usage")
        ))
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help));
    if path.is_empty() {
        command = command
            .after_help(text("help-after"))
            .arg(Arg::new("version").short('V').long("version").action(ArgAction::Version));
    }
    command = command.mut_args(|arg| described_arg(arg, path, texts));
    command.mut_subcommands(|sub| {
        let name = sub.get_name();
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}-{name}") };
        described(sub, &path, texts)
    })
}

/// The id of an argument's text.
fn arg_text(arg: &Arg, path: &str, texts: &Texts) -> String {
    let name = arg.get_id().as_str().replace('_', "-");
    let own = format!("arg-{path}-{name}");
    if !path.is_empty() && texts.has(&own) { own } else { format!("arg-{name}") }
}

fn described_arg(arg: Arg, path: &str, texts: &Texts) -> Arg {
    let mut help = texts.say(&arg_text(&arg, path, texts), &[]);
    let separator = texts.say("help-list-separator", &[]);
    let takes_value = arg.get_action().takes_values();
    let choices: Vec<String> = arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
    if takes_value && !choices.is_empty() {
        help.push_str(&texts.say("help-choices", &[("choices", choices.join(&separator).into())]));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() {
        help.push_str(&texts.say("help-default", &[("value", defaults.join(&separator).into())]));
    }
    let heading = match arg.get_id().as_str() {
        "lang" | "json" | "quiet" | "verbose" | "dir" | "no_progress" | "help" | "version" => "help-global",
        _ if arg.is_positional() => "help-arguments",
        _ => "help-options",
    };
    // What the parser would say of choices and defaults in English is in the text already. A long help
    // of its own would hide the text.
    let arg = arg.help(help).long_help(None::<&str>).help_heading(texts.say(heading, &[]));
    if takes_value { arg.hide_possible_values(true).hide_default_value(true) } else { arg }
}

fn localise_usage(command: &mut Command, texts: &Texts) {
    let usage = command.render_usage().to_string();
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let usage = usage.replace("[OPTIONS]", &texts.say("help-options-value", &[]));
    *command = std::mem::take(command).override_usage(usage);
    for sub in command.get_subcommands_mut() {
        localise_usage(sub, texts);
    }
}

#[cfg(test)]
mod tests;
