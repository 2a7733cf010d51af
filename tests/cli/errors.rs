//! Errors: a code, what happened, what to try; on stderr, as text or JSON, with documented exit codes.

use super::Place;

#[test]
fn an_unknown_command_suggests_the_nearest() {
    let place = Place::new();
    let en = place.run(&["claen"]).exits(2);
    assert!(en.err.starts_with("error[1002]: There is no command claen."), "{}", en.err);
    assert!(en.err.contains("Did you mean clean?"), "{}", en.err);
    let zh = place.run(&["claen", "--lang", "zh"]).exits(2);
    assert!(zh.err.starts_with("错误 1002：没有 claen 这个命令。"), "{}", zh.err);
    assert!(zh.err.contains("试试：是不是想写 clean？"), "{}", zh.err);
    assert!(zh.out.is_empty() && en.out.is_empty());
}

#[test]
fn an_unknown_option_suggests_the_nearest() {
    let ran = Place::new().run(&["demo", "--profil", "small"]).exits(2);
    assert!(ran.err.contains("error[1001]") && ran.err.contains("Did you mean --profile?"), "{}", ran.err);
    let far = Place::new().run(&["--lang=zh", "demo", "--xyzzy"]).exits(2);
    assert!(far.err.contains("没有 --xyzzy 这个选项") && far.err.contains("--help"), "{}", far.err);
}

#[test]
fn the_other_faults_of_a_command_line_have_codes_of_their_own() {
    let place = Place::new();
    for (args, code, word) in [
        (&["demo", "--profile", "huge"][..], 1003, "small | county | city"),
        (&["demo", "--seed", "x"], 1003, "invalid digit"),
        (
            &[
                "origin",
                "pack",
                "--contract",
                "c",
                "--files",
                "f",
                "--out",
                "o",
                "--period",
                "x",
                "--expires",
                "2026-12-31",
            ],
            1003,
            "2026-10-01..2026-10-31",
        ),
        (&["audit", "verify", "log"], 1004, "--key <KEY>"),
        (&["demo", "--quiet", "--verbose"], 1006, "--verbose"),
        (
            &["origin", "verify", "p", "--contract", "c", "--local", "l", "--offline", "--offline"],
            1006,
            "--offline",
        ),
    ] {
        let ran = place.run(args).exits(2);
        assert!(ran.err.contains(&format!("error[{code}]")), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(word), "{args:?}: {}", ran.err);
        let zh = place.run(&[args, &["--lang", "zh"][..]].concat()).exits(2);
        assert!(zh.err.starts_with(&format!("错误 {code}：")), "{args:?}: {}", zh.err);
    }
}

#[test]
fn machines_get_errors_as_json() {
    let ran = Place::new().run(&["--json", "claen"]).exits(2);
    let error = ran.error();
    assert!(ran.out.is_empty());
    assert_eq!(error["code"], 1002);
    assert_eq!(error["kind"], "unknown-command");
    assert_eq!(error["exit"], 2);
    assert_eq!(error["fields"]["nearest"], "clean");
    assert!(error["message"].as_str().is_some_and(|m| m.contains("claen")));
    assert!(error["try"].as_str().is_some_and(|m| m.contains("clean")));
}

#[test]
fn a_code_read_over_the_telephone_is_explained() {
    let place = Place::new();
    let zh = place.run(&["errors", "2007", "--lang", "zh"]).exits(0);
    assert!(
        zh.out.starts_with("错误 2007：") && zh.out.contains("试试：") && zh.out.contains("退出码：3"),
        "{}",
        zh.out
    );
    assert!(!zh.out.contains('$'), "{}", zh.out);
    let all = place.run(&["errors", "--json"]).exits(0).json();
    let all = all.as_array().expect("a list").clone();
    assert!(all.len() > 100);
    for one in all {
        assert!(one["message"].as_str().is_some_and(|m| !m.is_empty()), "{one}");
        assert!(one["try"].as_str().is_some_and(|m| !m.is_empty()), "{one}");
    }
    let none = place.run(&["errors", "9999"]).exits(2);
    assert!(none.err.contains("error[1009]"), "{}", none.err);
}

#[test]
fn a_missing_file_is_a_matter_of_files() {
    let place = Place::new();
    let ran = place.run(&["clean", "nowhere.csv", "--lang=zh"]).exits(6);
    assert!(ran.err.contains("nowhere.csv") && ran.err.contains("没有这个文件"), "{}", ran.err);
    assert!(ran.err.contains("试试："), "{}", ran.err);
}
