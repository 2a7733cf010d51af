//! Help in the language chosen: message ids are `<program>-cmd`, `<program>-cmd-<command>`,
//! `<program>-arg-<command>-<option>` or, for options of all commands, `<program>-arg-<option>`. A command of a command is
//! `<program>-cmd-<command>-<command>` where there is such a message.

use crate::lang::Texts;
use clap::{Arg, ArgAction, Command};

/// The command with every text in the language of `texts`.
#[must_use]
pub fn localised(root: Command, texts: &Texts) -> Command {
    described(root, "", texts)
}

fn described(command: Command, path: &str, texts: &Texts) -> Command {
    let id = if path.is_empty() { "cmd".to_owned() } else { format!("cmd-{path}") };
    let about = texts.own(&id, &[]);
    let long = texts
        .find_own(&format!("{id}-long"))
        .map_or_else(|| about.clone(), |long| format!("{about}\n\n{long}"));
    let mut command = command
        .about(about)
        .long_about(long)
        .subcommand_help_heading(texts.own("commands", &[]))
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help));
    if path.is_empty() {
        command = command.arg(Arg::new("version").short('V').long("version").action(ArgAction::Version));
    }
    command = command.mut_args(|arg| {
        let own = texts.find_own(&format!("arg-{path}-{}", arg.get_id()));
        let help = own.unwrap_or_else(|| texts.own(&format!("arg-{}", arg.get_id()), &[]));
        arg.help(help).long_help(None::<&str>).help_heading(texts.own("options", &[]))
    });
    command.mut_subcommands(|sub| {
        let (name, joined) = (sub.get_name().to_owned(), format!("{path}-{}", sub.get_name()));
        let own = texts.find_own(&format!("cmd-{joined}")).is_some();
        described(sub, if own { &joined } else { &name }, texts)
    })
}
