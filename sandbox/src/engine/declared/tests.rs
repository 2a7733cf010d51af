use super::*;
use yinshu_data::ColumnKind;

fn of(kind: &str, values: &[&str], test_region: bool) -> Result<HashMap<String, i64>, String> {
    let text = format!("name = \"c\"\nkind = \"{kind}\"");
    let column: Column = toml::from_str(&text).unwrap();
    let list: Vec<String> = values.iter().map(ToString::to_string).collect();
    places("t", &column, &list, test_region).map_err(|error| error.to_string())
}

#[test]
fn declared_texts_are_found_as_cleaning_writes_them() {
    let at = |pairs: &[(&str, i64)]| pairs.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
    assert_eq!(of("sex", &["女", "男"], false).unwrap(), at(&[("2", 0), ("1", 1)]));
    assert_eq!(of("sex", &["1", "2"], false).unwrap(), at(&[("1", 0), ("2", 1)]));
    assert_eq!(of("text", &["城东", " b"], false).unwrap(), at(&[("城东", 0), ("b", 1)]));
    assert_eq!(of("code", &["a1"], false).unwrap(), at(&[("A1", 0)]));
    assert_eq!(ColumnKind::Sex, toml::from_str::<Column>("name = \"c\"\nkind = \"sex\"").unwrap().kind);
}

#[test]
fn what_cleaning_never_leaves_is_no_value() {
    for (kind, values, why) in [
        ("sex", &["男", "woman"][..], "woman"),
        ("sex", &["男", "1"], "one value"),
        ("text", &["有", "未知"], "missing"),
        ("integer", &["1", "two"], "two"),
        ("month", &["2026-13"], "2026-13"),
    ] {
        let refused = of(kind, values, false).unwrap_err();
        assert!(refused.contains(why) && refused.contains("table.t.c"), "{kind} {values:?}: {refused}");
    }
}
