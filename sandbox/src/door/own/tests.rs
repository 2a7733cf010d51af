use super::*;

#[test]
fn one_form_is_read_and_others_are_not_taken_for_it() {
    let read = |text: &str| read(text).unwrap().map(|own| (catalogue(text), own.table, own.columns.len()));
    assert_eq!(read("SELECT * FROM yinshu.budget"), Some((None, Table::Budget, 6)));
    assert_eq!(read("select policy, remaining from YINSHU.Budget limit 3;"), Some((None, Table::Budget, 2)));
    assert_eq!(
        read("SELECT * FROM \"study\".yinshu.\"grants\""),
        Some((Some("study".into()), Table::Grants, 10))
    );
    for other in ["SELECT count(*) FROM residents", "SELECT 1", "", "FROM", "SELECT * FROM \"Yinshu\".budget"]
    {
        assert_eq!(read(other), None, "{other}");
    }
}

#[test]
fn other_forms_are_refused() {
    for (text, code) in [
        ("SELECT * FROM yinshu.log", 9702),
        ("SELECT hidden FROM yinshu.requests", 9702),
        ("SELECT * FROM yinshu.requests WHERE 1 = 1", 9701),
        ("SELECT * FROM yinshu.requests, residents", 9701),
        ("SELECT count(*) FROM yinshu.requests", 9701),
        ("SELECT * FROM yinshu.requests; SELECT * FROM residents", 9701),
        ("DELETE FROM yinshu.requests", 9701),
        ("SELECT * FROM yinshu.requests LIMIT -1", 9701),
    ] {
        assert_eq!(read(text).unwrap_err().code(), code, "{text}");
    }
}
