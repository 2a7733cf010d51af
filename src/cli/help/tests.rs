use super::*;
use crate::lang::Lang;

/// Every command with its path, as `("origin verify", …)`.
fn all(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    for sub in command.get_subcommands() {
        let path =
            if path.is_empty() { sub.get_name().to_owned() } else { format!("{path} {}", sub.get_name()) };
        all(sub, &path, found);
    }
}

fn commands(texts: &Texts) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    all(&localised(Cli::command(), texts), "", &mut found);
    found
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
    for lang in Lang::ALL {
        localised(Cli::command(), &Texts::new(lang)).debug_assert();
    }
}

#[test]
fn every_command_and_argument_has_a_text_in_both_languages() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        let mut bare = Vec::new();
        for (path, command) in commands(&texts) {
            let dashed = path.replace(' ', "-");
            let id = if path.is_empty() { "cmd".to_owned() } else { format!("cmd-{dashed}") };
            if !texts.has(&id) {
                bare.push(id);
            }
            for arg in command.get_arguments() {
                let id = arg_text(arg, &dashed, &texts);
                if !texts.has(&id) {
                    bare.push(format!("{id} (of {path:?})"));
                }
            }
        }
        assert!(bare.is_empty(), "{lang:?} lacks {bare:#?}");
    }
}

#[test]
fn no_text_is_left_over() {
    let texts = Texts::new(Lang::En);
    let mut used = std::collections::BTreeSet::new();
    for (path, command) in commands(&texts) {
        let dashed = path.replace(' ', "-");
        let id = if path.is_empty() { "cmd".to_owned() } else { format!("cmd-{dashed}") };
        used.extend([format!("{id}-long"), id]);
        used.extend(command.get_arguments().map(|arg| arg_text(arg, &dashed, &texts)));
    }
    let left: Vec<_> = texts
        .ids()
        .filter(|id| (id.starts_with("cmd") || id.starts_with("arg-")) && !used.contains(*id))
        .collect();
    assert!(left.is_empty(), "texts of no command or option: {left:#?}");
}

#[test]
fn no_heading_of_the_parser_is_left_untranslated() {
    let english = [
        "Usage:",
        "Options:",
        "Commands:",
        "Arguments:",
        "[OPTIONS]",
        "COMMAND",
        "default:",
        "possible values",
    ];
    for (path, mut command) in commands(&Texts::new(Lang::Zh)) {
        for help in [command.render_help().to_string(), command.render_long_help().to_string()] {
            for word in english {
                assert!(!help.contains(word), "the Chinese help of {path:?} says {word}:\n{help}");
            }
            assert!(help.contains("用法：yinshu") || help.contains("用法： yinshu"), "{help}");
            assert!(help.contains("通用选项"), "{help}");
        }
    }
}

#[test]
fn the_english_help_says_defaults_and_choices() {
    let commands = commands(&Texts::new(Lang::En));
    let (_, mut demo) = commands.into_iter().find(|(path, _)| path == "demo").expect("demo");
    // Lines are wrapped to the width of the terminal.
    let help = demo.render_long_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("(one of: small, county, city)"), "{help}");
    assert!(help.contains("(default: small)"), "{help}");
    assert!(help.contains("Usage: yinshu demo [OPTIONS]"), "{help}");
}
