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
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
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
        include_str!("../question/afterwards.rs"),
        include_str!("../question/from.rs"),
        include_str!("../question/conditions.rs"),
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

#[test]
fn a_file_carries_its_label_in_every_line() {
    use crate::airlock::Label;
    use crate::answer::{Answer, Field};
    let label = Label {
        level: "敏感".to_owned(),
        purpose: "研究".to_owned(),
        recipient: "li".to_owned(),
        time: "2026-11-22T00:00:00Z".parse().unwrap(),
        id: "3f9a1c0277be".to_owned(),
        altered: Some("0.5 %".to_owned()),
    };
    let row = |town: &str, mean| vec![Field::Text(town.to_owned()), Field::Number(mean), Field::Missing];
    let columns = [("town", false), ("mean", true), ("hidden", true)];
    let answer = Answer {
        columns: columns.map(|(name, number)| (name.to_owned(), number)).to_vec(),
        rows: vec![row("城东", 1234.5), row("=1+1", 6.0)],
        label: Some(label.clone()),
    };
    let folder = tempfile::tempdir().unwrap();
    let parse = |name: &str| {
        use clap::Parser as _;
        let path = folder.path().join(name).display().to_string();
        let ending = format!("--{}", name.split_once('.').unwrap().1);
        let cli = Cli::try_parse_from(["yinshu-sandbox", "fetch", "3f9a1c0277be", &ending, &path]).unwrap();
        let Command::Fetch { out, .. } = &cli.command else { panic!() };
        answer::handed_out(&answer, out, &cli, &texts(Lang::Zh)).unwrap();
        let source = yinshu_data::Source { path: Some(path.into()), ..Default::default() };
        let mut reader = yinshu_data::open(&source).unwrap();
        let columns = reader.columns().to_vec();
        let batch = reader.next_batch().unwrap().unwrap().batch;
        let texts: Vec<Vec<String>> = (0..batch.num_columns())
            .map(|at| {
                let column = datafusion::arrow::array::AsArray::as_string::<i32>(batch.column(at));
                column.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
            })
            .collect();
        (columns, texts)
    };
    for name in ["answer.csv", "answer.xlsx"] {
        let (columns, texts) = parse(name);
        assert_eq!(columns, ["town", "mean", "hidden", "密级标识"], "{name}");
        assert_eq!(texts[..3], [vec!["城东", "=1+1"], vec!["1234.5", "6"], vec!["", ""]], "{name}");
        let line = "敏感 · 研究 · li · 2026-11-22 08:00 · 3f9a1c0277be · ±0.5 %";
        assert_eq!((line, &texts[3]), (&*label.line(), &vec![line.to_owned(); 2]), "{name}");
    }
}
