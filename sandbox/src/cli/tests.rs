use super::*;
use clap::CommandFactory as _;
use yinshu_beside::help;

#[test]
fn every_command_and_option_has_its_texts_in_both_languages() {
    for lang in [Lang::Zh, Lang::En] {
        let texts = texts(lang);
        let mut command = help::localised(Cli::command(), &texts);
        command.build();
        let mut commands = vec![&command];
        commands.extend(command.get_subcommands());
        for command in commands {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.starts_with("sandbox-"), "{lang:?} {}", command.get_name());
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    !help.is_empty() && !help.starts_with("sandbox-"),
                    "{lang:?} {}: {help}",
                    arg.get_id()
                );
            }
        }
    }
}

#[test]
fn every_construct_that_is_refused_is_told_in_both_languages() {
    let sources = [
        include_str!("../question/read.rs"),
        include_str!("../question/select.rs"),
        include_str!("../question/values.rs"),
        include_str!("../question/figures.rs"),
    ];
    for lang in [Lang::Zh, Lang::En] {
        let texts = texts(lang);
        let told = |construct: &str| {
            let text = "x".to_owned();
            texts.explain(&SandboxError::Unsupported { construct: construct.to_owned(), text })
        };
        let (_, other) = told("no such");
        for found in sources.concat().split("unsupported(\"").skip(1) {
            let construct = found.split('"').next().unwrap();
            assert_ne!(told(construct).1, other, "{lang:?} {construct}");
        }
    }
}
