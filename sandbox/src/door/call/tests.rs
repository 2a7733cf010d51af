use super::*;

fn called(policy: Option<&str>, name: &str, question: Option<&str>) -> Result<Option<Call>, SandboxError> {
    let text = str::to_owned;
    Ok(Some(Call::Program { policy: policy.map(text), name: text(name), question: question.map(text) }))
}

#[test]
fn a_call_is_a_name_and_at_most_one_text() {
    let sql = "SELECT given, COUNT(*) FROM residents WHERE town = '城东' GROUP BY given";
    assert_eq!(read(&program("need", Some(sql))), called(None, "need", Some(sql)));
    assert_eq!(read(&format!("call Need($$ {sql} $$);")), called(None, "need", Some(&format!(" {sql} "))));
    assert_eq!(read("CALL gini()"), called(None, "gini", None));
    assert_eq!(read(" CALL \"study\" . gini ( ) ; "), called(Some("study"), "gini", None));
    assert_eq!(read(&program("a\"b", None)), called(None, "a\"b", None));
    assert_eq!(read(&fetch("3f9a1c0277be")), Ok(Some(Call::Fetch("3f9a1c0277be".to_owned()))));
    assert_eq!(read(&fetch("a'b")), Ok(Some(Call::Fetch("a'b".to_owned()))));
    for none in ["SELECT 1", "", "CAL", "城", "SELECT 'CALL x()'", "WITH CALL AS (SELECT 1) SELECT 1"] {
        assert_eq!(read(none), Ok(None), "{none}");
    }
}

#[test]
fn what_has_another_form_is_refused() {
    for odd in [
        "CALL",
        "CALL need",
        "CALL need(",
        "CALL need('a', 'b')",
        "CALL need(1)",
        "CALL need(other())",
        "CALL need('a') ; SELECT 1",
        "CALL need() WHERE TRUE",
        "CALL a.b.c('x')",
        "CALL .need()",
        "CALL 'need'()",
        "CALL need('unfinished)",
        "CALL yinshu.fetch()",
        "CALL yinshu.drop('x')",
        "CALL yinshu.gini()",
        "CALL (SELECT 1)",
        "CALLED need()",
    ] {
        let refused = read(odd).map(|_| odd).unwrap_err();
        assert!(
            matches!(refused, SandboxError::Unsupported { construct, .. } if construct == "call"),
            "{odd}"
        );
    }
}
