use super::*;
use clap::{CommandFactory as _, Parser as _};
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
            assert!(!about.is_empty() && !about.starts_with("joint-"), "{lang:?} {}", command.get_name());
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty() && !help.starts_with("joint-"), "{lang:?} {}: {help}", arg.get_id());
            }
        }
    }
}

#[test]
fn sizes_and_places() {
    assert_eq!(size("2GiB"), Ok(2 << 30));
    assert!(size("2").is_err() && size("0mib").is_err());
    assert_eq!(scheduler("df://h:1"), Ok("h:1".to_owned()));
    assert!(scheduler("h").is_err() && scheduler(":1").is_err() && scheduler("h:70000").is_err());
}

fn prepare_args(text: &str) -> PrepareArgs {
    match Cli::parse_from(text.split(' ')).command {
        Command::Prepare(args) => args,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rules_are_those_of_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let text = "[contract]\nid = \"c\"\n[data]\npurpose = \"p\"\n[data.table]\ntest_region = true\n\
        [[data.table.columns]]\nname = \"aac002\"\nkind = \"citizen-id\"\nrequired = true\n\
        [[data.table.columns]]\nname = \"aac003\"\nkind = \"name\"\n[psi]\ncolumn = \"aac002\"\nkind = \"citizen-id\"\n";
    std::fs::write(&path, text).unwrap();
    let line = format!("yinshu-joint prepare --input a.csv --contract {} --out o", path.display());
    let (rules, column) = prepare_args(&format!("{line} --column 身份证")).rules().unwrap();
    assert!(rules.test_region && rules.columns.len() == 1 && rules.columns[0].required);
    assert_eq!(
        (rules.columns[0].aliases.as_slice(), column.as_str()),
        (&["身份证".to_owned()][..], "aac002")
    );
    let (rules, column) = prepare_args(&format!("{line} --provider")).rules().unwrap();
    assert_eq!((rules.columns.len(), column.as_str()), (2, "aac002"));
    let (rules, column) =
        prepare_args("yinshu-joint prepare --input a b --column x --kind text --out o").rules().unwrap();
    assert_eq!((rules.columns[0].kind, column.as_str()), (ColumnKind::Text, "x"));
}

#[test]
fn a_node_may_name_its_cluster() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("yinshu.toml"), "[cluster]\nscheduler = \"df://10.0.0.1:50050\"\n")
        .unwrap();
    let line = format!("yinshu-joint prepare --input a --column x --out o -C {}", folder.path().display());
    assert!(
        matches!(prepare_args(&line).engine().unwrap(), Engine::Cluster(place) if place == "10.0.0.1:50050")
    );
    std::fs::write(folder.path().join("yinshu.toml"), "[cluster]\nscheduler = \"x\"\n").unwrap();
    assert_eq!(prepare_args(&line).engine().unwrap_err().code(), 9001);
}

#[test]
fn what_is_not_supported_is_said_in_both_languages() {
    for lang in [Lang::Zh, Lang::En] {
        let texts = texts(lang);
        let told = |construct: &str| {
            texts.explain(&JointError::Unsupported { construct: construct.into(), found: "x".into() })
        };
        let (other, remedy) = told("no such");
        let sources = [include_str!("../sql/relation.rs"), include_str!("../sql/tell.rs")];
        let more = [include_str!("../sql/value.rs"), include_str!("../sql/figures.rs")];
        let last = [include_str!("../sql/tables.rs"), include_str!("../sql/joins.rs")];
        for source in [sources, more, last].concat() {
            for found in source.split("refuse").skip(1) {
                let id = found.trim_start_matches('d').strip_prefix("(\"").and_then(|id| id.split_once('"'));
                let Some((id, _)) = id.filter(|(id, _)| *id != "other") else { continue };
                let (what, try_this) = told(id);
                assert!(what != other && try_this != remedy, "{lang:?} {id}: {what}");
            }
        }
    }
}
