use crate::contract::{Blanks, ContractError, Draft, Party, Role, Template};
use yinshu_crypto::sign::SigningKey;

const CONTRACT: &str = r#"
[contract]
format = 1
id = "Q1"
title = "t"
scenario = "stats"
valid_from = "2026-01-01"
valid_until = "2026-12-31"
[elements]
content = "c"
scope = "s"
period = "p"
transport = "t"
controls = "c"
review = "r"
[[party]]
name = "bureau"
title = "b"
role = "recipient"
admin_key = "KEY1"
[[party]]
name = "tax"
title = "t"
role = "provider"
admin_key = "KEY2"
columns = { income = "gz" }
[[party]]
name = "social"
title = "s"
role = "provider"
admin_key = "KEY3"
[data]
catalogue = "-"
purpose = "p"
min_group_size = 10
[data.table]
columns = []
[query]
sql = "SELECT COUNT(*) FROM a JOIN b USING (id)"
receivers = ["bureau"]
max_runs = 3
[[query.table]]
name = "a"
party = "tax"
max_rows = 10
columns = [{ name = "id", kind = "text", use = "join-key" }, { name = "income", kind = "integer", min = 0, max = 9, use = ["aggregate", "compare"] }]
[[query.table]]
name = "b"
party = "social"
max_rows = 10
columns = [{ name = "id", kind = "text", unique = true, use = "join-key" }, { name = "x", kind = "text", use = "never" }]
"#;

fn parsed(from: &str, to: &str) -> Result<Draft, ContractError> {
    let mut text = CONTRACT.to_owned();
    for (at, name) in ["KEY1", "KEY2", "KEY3"].iter().enumerate() {
        let key: SigningKey =
            format!("yinshu-secret-ed25519:{}", format!("{:02x}", at + 1).repeat(32)).parse().expect("a key");
        text = text.replace(name, &key.public().to_string());
    }
    assert!(from.is_empty() || text.contains(from), "{from}");
    Draft::parse(&text.replacen(from, to, 1), "q.toml")
}

/// A key for reports; of which point does not matter.
fn seal_key(byte: u8) -> String {
    format!("x25519:{byte:02x}{}", "00".repeat(31))
}

#[test]
fn a_question_is_read_with_what_its_owners_allow() {
    let draft = parsed("", "").expect("a contract");
    let query = draft.terms.query.as_ref().expect("a question");
    assert_eq!(query.tables[1].used().collect::<Vec<_>>(), ["id"]);
    assert_eq!(query.all_rows(), 20);
    assert!(draft.text().starts_with("\n[contract]"));
    assert_eq!(draft.max_runs(), Some(3));
    assert!(draft.clone().asking(true).is_ok());
    assert_eq!(draft.asking(false).expect_err("a question").code(), 6009);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    for (from, to) in [
        ("receivers = [\"bureau\"]", "receivers = [\"tax\"]"),
        ("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"bureau\"]"),
        ("max_runs = 3", "max_runs = 0"),
        ("max_runs = 3", "max_runs = 3\ndominance_percent = 100"),
        ("min_group_size = 10", "min_group_size = 2"),
        ("columns = []", "columns = [{ name = \"id\", kind = \"text\" }]"),
        ("party = \"social\"\nmax_rows", "party = \"tax\"\nmax_rows"),
        ("party = \"social\"\nmax_rows", "party = \"other\"\nmax_rows"),
        ("name = \"b\"", "name = \"a\""),
        ("max_rows = 10", "max_rows = 0"),
        ("min = 0, max = 9", "min = 9, max = 0"),
        ("use = [\"aggregate\", \"compare\"]", "use = []"),
        ("columns = { income = \"gz\" }", "columns = { other = \"gz\" }"),
        ("[query]", "[stats]\nperson = \"id\"\nreceivers = []\nmax_rows = 1\nmax_runs = 1\n[query]"),
        (
            "[query]",
            &format!(
                "[reports]\nkind = \"count\"\ncolumns = [\"x\"]\nfrom = \"2026-01-01\"\nuntil = \"2026-02-01\"\n\
                 leader_key = \"{}\"\nhelper_key = \"{}\"\n[query]",
                seal_key(9),
                seal_key(5)
            ),
        ),
    ] {
        let error = parsed(from, to).expect_err(to);
        assert_eq!(error.code(), 6006, "{to}: {error}");
    }
    assert_eq!(parsed("use = \"never\"", "use = \"maybe\"").expect_err("no use").code(), 6004);
}

/// A new contract with so many parties beside the first provider and the recipient.
fn fresh(more: usize) -> String {
    let party = |name: &str, role, seed: u8| {
        let key: SigningKey =
            format!("yinshu-secret-ed25519:{}", format!("{seed:02x}").repeat(32)).parse().expect("a key");
        Party::new(name.parse().expect("a name"), name.to_owned(), role, key.public())
    };
    let others = [("social", 3), ("medical", 4), ("school", 5)];
    let blanks = Blanks {
        id: "S5",
        title: None,
        provider: &party("tax", Role::Provider, 1),
        recipient: &party("bureau", Role::Recipient, 2),
        more: &others.map(|(name, seed)| party(name, Role::Provider, seed))[..more],
        catalogue: "RK-1",
        valid_from: "2026-01-01".parse().expect("a day"),
        valid_until: "2026-12-31".parse().expect("a day"),
        test_region: true,
        report_keys: None,
    };
    blanks.fill(Template::Query)
}

#[test]
fn a_new_contract_asks_a_question_that_can_be_read() {
    let draft = Draft::parse(&fresh(1), "q.toml").expect("a contract");
    let query = draft.terms.query.expect("a question");
    let owners: Vec<&str> = query.tables.iter().map(|table| table.party.as_str()).collect();
    assert_eq!(owners, ["tax", "social"]);
}

#[test]
fn a_fourth_and_a_fifth_party_bring_tables_and_do_not_compute() {
    for (more, outside) in [(2, "[\"medical\"]"), (3, "[\"medical\", \"school\"]")] {
        let text = fresh(more);
        let draft = Draft::parse(&text, "q.toml").expect("a contract");
        assert_eq!((0..2 + more).filter(|&at| draft.is_outside(at)).count(), more - 1);
        let line = format!("outside = {outside}");
        assert_eq!(Draft::parse(&text.replace(&line, ""), "q.toml").expect_err("four compute").code(), 6031);
        for other in ["[\"bureau\"]", "[\"social\"]", "[\"nobody\"]", "[\"school\", \"medical\"]"] {
            let text = text.replace(&line, &format!("outside = {other}"));
            assert!(Draft::parse(&text, "q.toml").is_err(), "{other}");
        }
        let receiver = text.replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"medical\"]");
        assert!(Draft::parse(&receiver, "q.toml").is_err(), "who does not compute receives nothing");
    }
}
