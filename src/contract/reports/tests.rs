//! Which contracts for reports are coherent.

use super::super::{Blanks, ContractError, Draft, Party, Role, Template};
use yinshu_crypto::sign::SigningKey;
use yinshu_reports::{Kind, SealKey};

fn party(name: &str, role: Role, seed: u8) -> Party {
    let key: SigningKey =
        format!("yinshu-secret-ed25519:{}", format!("{seed:02x}").repeat(32)).parse().expect("a key");
    Party::new(name.parse().expect("a name"), name.to_owned(), role, key.public())
}

fn text() -> String {
    let key = |byte: &str| -> SealKey { format!("x25519:{}", byte.repeat(32)).parse().expect("a key") };
    let blanks = Blanks {
        id: "R1",
        title: None,
        provider: &party("helper", Role::Provider, 1),
        recipient: &party("leader", Role::Recipient, 2),
        more: &[],
        catalogue: "C-1",
        valid_from: "2026-11-01".parse().expect("a day"),
        valid_until: "2026-12-31".parse().expect("a day"),
        test_region: false,
        report_keys: Some([key("09"), key("0a")]),
    };
    blanks.fill(Template::Reports)
}

fn parse(text: &str) -> Result<Draft, ContractError> {
    Draft::parse(text, "contract.toml")
}

#[test]
fn the_template_is_a_contract() {
    let draft = parse(&text()).expect("a contract");
    let task = draft.task().expect("a task");
    assert_eq!((task.kind(), task.terms().smallest), (Kind::Sum { max: 480 }, 10));
    assert_eq!(task.terms().agreement, draft.digest);
    // 2026-11-01 and 2026-12-25, 00:00 UTC+8.
    assert_eq!((task.terms().from, task.terms().until), (1_793_462_400, 1_798_128_000));
}

#[test]
fn what_contradicts_itself_is_no_contract() {
    let body = text();
    let cases = [
        ("kind = \"sum\"", "kind = \"count\""),
        ("kind = \"sum\"", "kind = \"vector\""),
        ("max = 480", ""),
        ("max = 480", "max = 0"),
        ("max = 480", "max = 480\nbits = 3"),
        ("max = 480", "max = 480\nbuckets = [\"a\", \"b\"]"),
        ("columns = [\"minutes\"]", "columns = [\"seconds\"]"),
        ("columns = [\"minutes\"]", "columns = []"),
        ("columns = [\"minutes\"]", "columns = [\"minutes\", \"minutes\"]"),
        ("kind = \"integer\"", "kind = \"text\""),
        ("min_group_size = 10", "min_group_size = 2"),
        ("\nfrom = \"2026-11-01\"", "\nfrom = \"2026-10-31\""),
        ("\nfrom = \"2026-11-01\"", "\nfrom = \"2027-01-01\""),
        ("until = \"2026-12-24\"", "until = \"2026-12-31\""),
        ("leader_key = \"x25519:09", "leader_key = \"x25519:0x"),
        ("0909", "0a0a"),
        ("scenario = \"reports\"", "scenario = \"psi\""),
    ];
    for (from, to) in cases {
        assert!(body.contains(from), "{from}");
        let changed = if from == "0909" { body.replace("09", "0a") } else { body.replacen(from, to, 1) };
        assert!(parse(&changed).is_err(), "{from} → {to}");
    }
    let histogram = body
        .replace("kind = \"sum\"", "kind = \"histogram\"")
        .replace("max = 480", "buckets = [\"很满意\", \"满意\"]");
    let task = parse(&histogram).expect("a contract").task().expect("a task");
    assert_eq!(task.kind(), Kind::Histogram { buckets: 2 });
}
