use super::*;
use proptest::prelude::*;

fn run(raw: &str) -> (String, Marks) {
    let pua = PuaTable::new([('\u{e863}', '㛃')]).unwrap();
    let (mut out, mut marks) = (String::new(), Marks::default());
    match clean(raw, &pua, &mut out, &mut marks) {
        Verdict::Same => (raw.to_owned(), marks),
        Verdict::Changed => (out, marks),
        other => (format!("{other:?}"), marks),
    }
}

#[test]
fn dots_are_one() {
    for dot in ["\u{b7}", "\u{2022}", "\u{2027}", "\u{30fb}", "\u{ff0e}", ".", "\u{ff65}", " · ", "··"] {
        let raw = format!("买买提{dot}吐尔逊");
        let (name, marks) = run(&raw);
        assert_eq!(name, "买买提·吐尔逊", "{raw}");
        assert_eq!(marks.normalised.is_empty(), dot == "\u{b7}", "{raw}");
        if !dot.contains(DOT) {
            assert!(marks.normalised.contains(Rule::R07), "{raw}");
        }
    }
    assert_eq!(run("J.Smith").0, "J.Smith");
    assert_eq!(run("买买提·").0, "买买提");
    assert_eq!(without_dots("买买提·吐尔逊").as_deref(), Some("买买提吐尔逊"));
    assert_eq!(without_dots("张三"), None);
}

#[test]
fn notes_go_variants_stay() {
    for (raw, name) in [
        ("王芳（女）", "王芳"),
        ("王芳(女)", "王芳"),
        ("王芳（女)", "王芳"),
        ("李娜(Li Na)", "李娜"),
        ("李娜【曾用名李丽】（已故）", "李娜"),
        ("（女）", "（女）"),
    ] {
        assert_eq!(run(raw).0, name, "{raw}");
    }
    assert!(run("王芳（女）").1.normalised.contains(Rule::R09));
    let (name, marks) = run("李昇");
    assert_eq!((name.as_str(), marks.flag), ("李昇", Some(Reason::PossibleVariant)));
    assert!(marks.normalised.is_empty());
}

#[test]
fn rare_characters() {
    assert_eq!(run("王𬭎"), ("王𬭎".to_owned(), Marks::default()));
    let (name, marks) = run("王\u{e863}");
    assert_eq!(name, "王㛃");
    assert!(marks.normalised.contains(Rule::R08) && marks.flag.is_none());
    assert_eq!(run("王\u{e864}").1.flag, Some(Reason::PrivateUse));
    for raw in ["王?", "王□", "王？", "王*"] {
        assert_eq!(run(raw).1.flag, Some(Reason::Placeholder), "{raw}");
    }
    assert_eq!(PuaTable::new([('王', '张')]).err(), Some(('王', '张')));
}

#[test]
fn blanks() {
    for raw in ["张 三", "张\u{3000}三", " 张三", "张三\t", "'张三", "张\u{200b}三"] {
        let (name, marks) = run(raw);
        assert_eq!(name, "张三", "{raw:?}");
        assert!(marks.normalised.contains(Rule::R03), "{raw:?}");
    }
    assert_eq!(run("Mary  Ann Lee").0, "Mary Ann Lee");
    assert_eq!(run("Ａnn").0, "Ann");
}

#[test]
fn mojibake_is_refused() {
    for raw in ["锟斤拷", "æµ·å", "數(shù)據(jù)", "锟 斤拷", "锟\u{3000}斤", "（）锟  斤z $ $"]
    {
        assert_eq!(run(raw).0, "Invalid(Mojibake)", "{raw}");
    }
}

#[test]
fn companies() {
    let (mut out, mut marks) = (String::new(), Marks::default());
    let verdict = clean_company("某某(集团) 有限公司ＡＢ", &PuaTable::default(), &mut out, &mut marks);
    assert_eq!((verdict, out.as_str()), (Verdict::Changed, "某某（集团）有限公司AB"));
    let verdict = clean_company("某某（集团）有限公司", &PuaTable::default(), &mut out, &mut marks);
    assert_eq!(verdict, Verdict::Same);
}

proptest! {
    #[test]
    fn idempotent_and_never_panics(raw in "[ 张三锟斤（女）()·.．•?　'a-zA\u{e000}\u{200b}]{0,12}") {
        let (once, _) = run(&raw);
        if once != "Null" && !once.starts_with("Invalid") {
            prop_assert_eq!(&run(&once).0, &once);
        }
        let (mut out, mut marks) = (String::new(), Marks::default());
        if clean_company(&raw, &PuaTable::default(), &mut out, &mut marks) == Verdict::Changed {
            let once = out.clone();
            prop_assert_eq!(clean_company(&once, &PuaTable::default(), &mut out, &mut marks), Verdict::Same);
        }
    }
}
