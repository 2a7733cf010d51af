use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

/// Message ids of one language, with the `$arguments` each names, read from the files themselves.
fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in lang.sources().iter().flat_map(|(_, text)| text.lines()) {
        if line.starts_with('#') {
            continue;
        }
        if let Some((id, _)) = line.split_once(" =").filter(|_| !line.starts_with([' ', '-', '.'])) {
            current = id.to_owned();
            assert!(all.insert(current.clone(), BTreeSet::new()).is_none(), "{lang:?}: {current} twice");
        }
        for (at, _) in line.match_indices('$') {
            let name: String = line[at + 1..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
                .collect();
            all.get_mut(&current).expect("an argument follows its id").insert(name);
        }
    }
    all
}

#[test]
fn every_file_is_valid_fluent() {
    for lang in Lang::ALL {
        for (file, text) in lang.sources() {
            if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                panic!("{lang:?}/{file}.ftl: {errors:?}");
            }
        }
    }
}

#[test]
fn both_languages_hold_the_same_messages_with_the_same_arguments() {
    let (zh, en) = (messages(Lang::Zh), messages(Lang::En));
    assert_eq!(zh.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    for (id, arguments) in &zh {
        // `-try` texts may leave out what the first half of the message already said.
        if !id.ends_with("-try") {
            assert_eq!(arguments, &en[id], "arguments of {id}");
        }
    }
}

#[test]
fn an_argument_not_given_is_not_half_printed() {
    let texts = Texts::new(Lang::En);
    assert_eq!(texts.find("e1001-what", &[]), None);
    assert_eq!(texts.say("no-such-message", &[]), "no-such-message");
}

#[test]
fn the_language_follows_option_then_environment() {
    let args = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
    let zh = |name: &str| (name == "LANG").then(|| "zh_CN.UTF-8".to_owned());
    assert_eq!(chosen(&args(&["yinshu", "clean"]), zh), Lang::Zh);
    assert_eq!(chosen(&args(&["yinshu", "--lang", "en"]), zh), Lang::En);
    assert_eq!(chosen(&args(&["yinshu", "clean", "--lang=en"]), zh), Lang::En);
    assert_eq!(chosen(&args(&["yinshu", "--", "--lang=en"]), zh), Lang::Zh);
    let c = |name: &str| Some(if name == "LC_ALL" { "C" } else { "zh_CN" }.to_owned());
    assert_eq!(chosen(&args(&["yinshu"]), c), Lang::En);
    let empty = |name: &str| Some(if name == "LC_ALL" { "" } else { "zh_CN" }.to_owned());
    assert_eq!(chosen(&args(&["yinshu"]), empty), Lang::Zh);
    assert_eq!(from_locale_name("zh-Hans-CN"), Lang::Zh);
    assert_eq!(from_locale_name("zha"), Lang::En);
}

#[test]
fn every_message_that_the_sources_name_exists() {
    fn visit(folder: &std::path::Path, texts: &Texts, bare: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, texts, bare);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let ids = text.split('"').filter(|part| {
                    let rest = part.strip_prefix("ui-").unwrap_or_default();
                    !rest.is_empty()
                        && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                });
                let missing = ids.filter(|id| !id.ends_with('-') && !texts.has(id));
                bare.extend(missing.map(|id| format!("{id} in {}", path.display())));
                for part in text.split(".progress(\"").skip(1) {
                    let id = format!("phase-{}", part.split('"').next().unwrap_or_default());
                    if !texts.has(&id) {
                        bare.push(format!("{id} in {}", path.display()));
                    }
                }
            }
        }
    }
    let mut bare = Vec::new();
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    visit(&sources, &Texts::new(Lang::Zh), &mut bare);
    assert!(bare.is_empty(), "no text for {bare:#?}");
}
