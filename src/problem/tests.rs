use super::*;
use crate::lang::Lang;

/// What the sources of the workspace say about errors: each code, with the fields its message may
/// name.
mod sources;

#[test]
fn every_code_of_every_crate_has_both_texts_in_both_languages() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        let mut bare = Vec::new();
        for found in sources::codes() {
            for id in [format!("e{}-what", found.code), format!("e{}-try", found.code)] {
                if !texts.has(&id) {
                    bare.push(format!("{id}  {} in {}: {:?}", found.variant, found.file, found.fields));
                }
            }
        }
        assert!(bare.is_empty(), "{lang:?} lacks {bare:#?}");
    }
}

#[test]
fn no_code_has_a_text_and_no_error() {
    let known: Vec<u16> = sources::codes().iter().map(|found| found.code).collect();
    let left: Vec<u16> = codes(&Texts::new(Lang::En)).into_iter().filter(|c| !known.contains(c)).collect();
    assert!(left.is_empty(), "texts of codes that nothing has: {left:?}");
}

#[test]
fn a_message_names_only_fields_that_its_error_has() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for found in sources::codes() {
            for id in [format!("e{}-what", found.code), format!("e{}-try", found.code)] {
                let named: Vec<Named<'_>> = found.fields.iter().map(|f| (f.as_str(), "x".into())).collect();
                if texts.has(&id) {
                    let text = texts.find(&id, &named);
                    assert!(text.is_some(), "{lang:?} {id} names a field that {:?} lacks", found.fields);
                }
            }
        }
    }
}

#[test]
fn two_errors_never_share_a_code() {
    let mut all = sources::codes();
    all.sort_by_key(|found| found.code);
    for pair in all.windows(2) {
        let same = pair[0].code == pair[1].code && pair[0].variant != pair[1].variant;
        assert!(!same, "{} is {} and {}", pair[0].code, pair[0].variant, pair[1].variant);
    }
}

#[test]
fn a_problem_reads_well_in_both_languages() {
    let problem = Problem::reading(Path::new("/x.csv"), &std::io::Error::from_raw_os_error(2));
    assert_eq!(problem.code(), 1061);
    assert_eq!(problem.exit(), Exit::Files);
    let zh = problem.render(&Texts::new(Lang::Zh));
    assert!(zh.starts_with("错误 1061：/x.csv 无法读取：没有这个文件或文件夹"), "{zh}");
    assert!(zh.contains("\n试试："), "{zh}");
    let en = problem.render(&Texts::new(Lang::En));
    assert!(en.starts_with("error[1061]: /x.csv cannot be read: No such file"), "{en}");
    assert!(en.contains("\n  try: "), "{en}");
    let json = problem.json(&Texts::new(Lang::En));
    assert_eq!(json["error"]["code"], 1061);
    assert_eq!(json["error"]["kind"], "reading");
    assert_eq!(json["error"]["exit"], 6);
    assert_eq!(json["error"]["fields"]["path"], "/x.csv");
}

#[test]
fn a_fault_of_the_peer_names_the_peer() {
    let peer: yinshu_net::PartyId = "hr-province".parse().expect("a name");
    let problem = Problem::from(yinshu_net::NetError::Timeout { peer, seconds: 30 });
    let text = problem.render(&Texts::new(Lang::Zh));
    assert!(text.contains("30 秒") && text.contains("hr-province"), "{text}");
    assert_eq!(problem.exit(), Exit::Network);
}

#[test]
fn an_error_that_only_passes_on_another_is_that_other() {
    let peer: yinshu_net::PartyId = "hr-province".parse().expect("a name");
    let cause = yinshu_net::NetError::Closed { peer };
    let problem = Problem::from(yinshu_psi::PsiError::Channel { cause });
    assert_eq!((problem.code(), problem.kind()), (3004, "closed"));
}

#[test]
fn a_full_disk_has_its_own_code() {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let problem = Problem::writing(Path::new("out.csv"), &full);
    assert_eq!((problem.code(), problem.exit()), (1063, Exit::Files));
}

#[test]
fn what_the_parser_of_toml_says_becomes_a_key_a_line_and_a_suggestion() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Shape {
        listen: String,
        mode: Option<Mode>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Mode {
        Quick,
        Thorough,
    }
    let problem = |text: &str| {
        let error = toml::from_str::<Shape>(text).expect_err("must not parse");
        config_error(&error, text, Path::new("a.toml"), &[])
    };
    let wrong_key = problem("# one\n\nlisten = \"x\"\nmoed = 1\n");
    assert_eq!(wrong_key.code(), 1021);
    let text = wrong_key.render(&Texts::new(Lang::En));
    assert!(text.contains("a.toml:4") && text.contains("Did you mean mode?"), "{text}");
    let far = problem("listen = \"x\"\nzzzzzzzzz = 1\n").render(&Texts::new(Lang::Zh));
    assert!(far.contains("a.toml:2") && !far.contains("是不是"), "{far}");
    let choice = problem("listen = \"x\"\nmode = \"qiuck\"\n");
    assert_eq!(choice.code(), 1025);
    assert!(choice.render(&Texts::new(Lang::En)).contains("Did you mean quick?"));
    assert_eq!(problem("mode = \"quick\"\n").code(), 1022);
    assert_eq!(problem("listen = 1\n").code(), 1023);
    assert_eq!(problem("listen = \n").code(), 1024);
}

#[test]
fn the_nearest_name_is_near() {
    assert_eq!(nearest("lisetn", ["listen", "title"]), Some("listen"));
    assert_eq!(nearest("min-group-size", ["min_group_size", "level"]), Some("min_group_size"));
    assert_eq!(nearest("quux", ["listen", "title"]), None);
    assert_eq!(nearest("", ["listen"]), None);
}

#[test]
fn every_code_is_explained_without_arguments() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for code in codes(&texts) {
            let (what, remedy) = explain(code, &texts).expect("a listed code");
            assert!(!what.contains("{$") && !what.is_empty(), "{code}: {what}");
            assert!(remedy.is_some_and(|r| !r.contains("{$")), "{code}");
        }
    }
}
