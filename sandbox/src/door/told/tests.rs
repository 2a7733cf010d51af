use super::*;

#[test]
fn a_refusal_is_told_in_both_languages_and_understood() {
    let languages = Languages::new();
    let error = SandboxError::NotGranted { column: "residents.wage".into(), wanted: "group-key".into() };
    let [zh, en] = [Lang::Zh, Lang::En].map(|lang| languages.status(&error, lang));
    for status in [&zh, &en] {
        assert_eq!(status.code(), Code::PermissionDenied);
        assert!(status.message().starts_with("9704: ") && status.message().contains("residents.wage"));
        let understood = understood(status).unwrap();
        assert_eq!(understood.code(), 9704);
        assert_eq!(texts(Lang::Zh).explain(&understood), texts(Lang::Zh).explain(&error));
    }
    assert_ne!(zh.message(), en.message());
}

#[test]
fn what_is_for_the_operator_goes_no_further() {
    let languages = Languages::new();
    for error in [
        SandboxError::Files { path: "/srv/room/secret".into(), reason: "gone".into() },
        SandboxError::Description { place: "policy".into(), reason: "secret".into() },
        SandboxError::History { reason: "secret".into() },
        SandboxError::Audit { reason: "secret".into() },
        SandboxError::NotRegistered { dataset: "secret".into() },
        SandboxError::NotSingle { table: "secret".into() },
        SandboxError::Table { inner: 2001, english: "secret".into(), fields: Map::new() },
        SandboxError::Walls { reason: "secret".into() },
        SandboxError::Worker { reason: "secret".into() },
    ] {
        let status = languages.status(&error, Lang::En);
        let whole = format!("{status:?}{}", String::from_utf8_lossy(status.details()));
        assert!(!whole.contains("secret") && status.message().starts_with("9790: "), "{whole}");
    }
}

#[test]
fn why_a_question_ended_is_for_the_operator() {
    let languages = Languages::new();
    for error in [
        SandboxError::Ended { seconds: 60, memory_mib: 1024, reason: "secret".into() },
        SandboxError::Engine { reason: "secret".into() },
        SandboxError::NoCluster { reason: "secret".into() },
    ] {
        let status = languages.status(&error, Lang::En);
        let whole = format!("{status:?}{}", String::from_utf8_lossy(status.details()));
        assert!(
            !whole.contains("secret") && status.message().starts_with(&error.code().to_string()),
            "{whole}"
        );
    }
}

#[test]
fn what_was_typed_does_not_burst_the_header() {
    let text = "名".repeat(60_000);
    let error = SandboxError::Unsupported { construct: "function".into(), text };
    let status = Languages::new().status(&error, Lang::Zh);
    // A byte outside ASCII takes three in the header.
    assert!(status.message().len() * 3 + status.details().len() * 4 / 3 < 8000, "{}", status.message().len());
}
