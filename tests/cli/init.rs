//! `yinshu init`.

use super::Place;

#[test]
fn makes_a_node_once_and_never_over_another() {
    let place = Place::new();
    let made =
        place.run(&["init", "-C", "node", "--name", "county-data", "--title", "县大数据中心"]).exits(0);
    assert!(made.out.contains("county-data") && made.out.contains("card.toml"), "{}", made.out);
    for part in
        ["yinshu.toml", "card.toml", "keys/node.key", "keys/admin.key", "keys/tls.key", "keys/tls.pem"]
    {
        assert!(place.path("node").join(part).is_file(), "{part}");
    }
    for part in ["data", "contracts", "audit"] {
        assert!(place.path("node").join(part).is_dir(), "{part}");
    }
    let before = place.read("node/keys/node.key");
    let again = place.run(&["init", "-C", "node", "--name", "other"]).exits(2);
    assert!(again.err.contains("error[1031]"), "{}", again.err);
    assert_eq!(place.read("node/keys/node.key"), before);
    let left: Vec<_> = std::fs::read_dir(place.path("node")).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 6, "nothing but the node is left: {left:?}");
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_alone_and_are_not_shown() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let made = place.run(&["--json", "init", "-C", "n", "--name", "county"]).exits(0);
    for key in ["node.key", "admin.key", "tls.key"] {
        let path = place.path("n/keys").join(key);
        let mode = std::fs::metadata(&path).expect(key).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
        let secret = std::fs::read_to_string(&path).expect(key);
        let secret = secret.lines().find(|l| !l.starts_with('-')).expect("a key");
        assert!(!made.out.contains(secret.trim()), "{key} is shown");
    }
    let json = made.json();
    assert!(json["card"]["node_key"].as_str().is_some_and(|k| k.starts_with("ed25519:")), "{json}");
    assert!(json["card"]["certificate"].as_str().is_some_and(|c| c.contains("BEGIN CERTIFICATE")), "{json}");
}

#[test]
fn refuses_bad_names_and_one_person_in_two_roles() {
    let place = Place::new();
    let name = place.run(&["init", "-C", "n", "--name", "County Data"]).exits(2);
    assert!(name.err.contains("error[1032]"), "{}", name.err);
    let person = place
        .run(&["init", "-C", "n", "--name", "county", "--auditor", "王", "--operator", "王", "--lang=zh"])
        .exits(2);
    assert!(person.err.contains("错误 1033：审计员和操作员不能是同一个人"), "{}", person.err);
    assert!(!place.path("n").exists(), "nothing is left of a refusal");
}

#[test]
fn a_misspelt_key_of_the_configuration_names_the_nearest() {
    let place = Place::new();
    place.run(&["init", "-C", "n", "--name", "county"]).exits(0);
    let text = place.read("n/yinshu.toml").replace("\nauditor =", "\naudtior =");
    let line = 1 + text.lines().position(|l| l.starts_with("audtior")).expect("the line");
    place.write("n/yinshu.toml", text);
    let ran = place.run(&["-C", "n", "peer", "list"]).exits(2);
    assert!(ran.err.contains("audtior") && ran.err.contains("Did you mean auditor?"), "{}", ran.err);
    assert!(ran.err.contains(&format!("line {line}")), "{}", ran.err);
    let zh = place.run(&["-C", "n", "peer", "list", "--lang=zh"]).exits(2);
    assert!(zh.err.contains(&format!("第 {line} 行：没有 audtior 这个键")), "{}", zh.err);
}
