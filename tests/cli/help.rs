//! Help in both languages.

use super::Place;

#[test]
fn help_speaks_the_language_of_the_locale() {
    let place = Place::new();
    let zh = place.run_in(&["--help"], &[("LANG", "zh_CN.UTF-8")]).exits(0);
    assert!(
        zh.out.contains("隐数") && zh.out.contains("用法： yinshu") && zh.out.contains("退出码"),
        "{}",
        zh.out
    );
    let en = place.run_in(&["--help"], &[("LANG", "en_GB.UTF-8")]).exits(0);
    assert!(en.out.contains("Usage: yinshu") && en.out.contains("Exit codes"), "{}", en.out);
    assert!(zh.err.is_empty() && en.err.is_empty());
}

#[test]
fn the_option_wins_over_the_locale() {
    let place = Place::new();
    let zh = place.run(&["--lang", "zh", "origin", "verify", "--help"]).exits(0);
    assert!(zh.out.contains("完整性、一致性、准确性、时效性"), "{}", zh.out);
    let en = place.run_in(&["origin", "verify", "-h", "--lang=en"], &[("LANG", "zh_CN")]).exits(0);
    assert!(en.out.contains("--fail-on-defects"), "{}", en.out);
    assert!(!en.out.contains("选项"), "{}", en.out);
}

#[test]
fn help_is_a_command_too() {
    let place = Place::new();
    let by_command = place.run(&["help", "audit", "verify"]).exits(0);
    let by_option = place.run(&["audit", "verify", "--help"]).exits(0);
    assert_eq!(by_command.out.trim(), by_option.out.trim());
    let unknown = place.run(&["help", "audti"]).exits(2);
    assert!(
        unknown.err.contains("error[1002]") && unknown.err.contains("Did you mean audit?"),
        "{}",
        unknown.err
    );
}

#[test]
fn no_command_at_all_shows_the_help_and_fails() {
    let place = Place::new();
    let bare = place.run(&[]).exits(2);
    assert!(bare.out.is_empty() && bare.err.contains("Usage: yinshu"), "{}", bare.err);
    let machine = place.run(&["--json", "audit"]).exits(2);
    assert_eq!(machine.error()["code"], 1005);
}

#[test]
fn the_version_is_one_line() {
    let version = Place::new().run(&["--version"]).exits(0);
    assert_eq!(version.out.trim(), concat!("yinshu ", env!("CARGO_PKG_VERSION")));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read as _;
    let place = Place::new();
    let mut child = super::command(place.0.path(), &["errors"], &[("LC_ALL", "C")])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut complaint).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{complaint}");
    assert_eq!(complaint, "");
}
