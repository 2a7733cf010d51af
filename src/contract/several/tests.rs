//! Contracts of several are as strict as those of two.

use super::super::{Blanks, ContractError, Draft, Party, Role, Template};
use yinshu_crypto::sign::SigningKey;

fn party(name: &str, role: Role, seed: u8) -> Party {
    let key: SigningKey =
        format!("yinshu-secret-ed25519:{}", format!("{seed:02x}").repeat(32)).parse().expect("a key");
    Party::new(name.parse().expect("a name"), name.to_owned(), role, key.public())
}

/// The template's text: social (provider), police (recipient), medical and school (providers).
fn text() -> String {
    let more = [party("medical", Role::Provider, 3), party("school", Role::Provider, 4)];
    let blanks = Blanks {
        id: "S4",
        title: None,
        provider: &party("social", Role::Provider, 1),
        recipient: &party("police", Role::Recipient, 2),
        more: &more,
        catalogue: "C-1",
        valid_from: "2026-11-01".parse().expect("a day"),
        valid_until: "2026-12-31".parse().expect("a day"),
        test_region: true,
        report_keys: None,
    };
    blanks.fill(Template::Several)
}

fn parse(text: &str) -> Result<Draft, ContractError> {
    Draft::parse(text, "contract.toml")
}

#[test]
fn the_template_is_a_contract_of_four() {
    let draft = parse(&text()).expect("a contract");
    assert!(draft.is_several() && draft.recipient() == 1);
    let cells = draft.terms.psi.as_ref().expect("terms").cells();
    assert_eq!((cells.shape().rows, cells.shape().columns), (5, yinshu_origin::band::BANDS));
    assert_eq!(cells.name(23), "990102/5-9");
    assert_eq!(draft.clone().of_several(false).expect_err("refused").code(), 6011);
}

#[test]
fn of_every_two_exactly_one_dials() {
    for silent in [None, Some("social"), Some("school")] {
        let mut text = text();
        if let Some(name) = silent {
            text = text.replace("role = \"recipient\"", "role = \"recipient\"\nlistens = true");
            text = text
                .replace(&format!("name = \"{name}\"\n"), &format!("name = \"{name}\"\nlistens = false\n"));
        }
        let parties = parse(&text).expect("a contract").terms.parties;
        for (i, j) in (0..4).flat_map(|i| (i + 1..4).map(move |j| (i, j))) {
            let (one, other) = (&parties[i], &parties[j]);
            assert_ne!(one.dials(other, false), other.dials(one, true), "{} {}", one.name, other.name);
            let dialled = if one.dials(other, false) { other } else { one };
            assert!(dialled.listens(), "{} {}", one.name, other.name);
        }
    }
}

#[test]
fn columns_are_each_partys_own() {
    let text =
        text().replacen("columns = { id = \"id\", xzqh = \"xzqh\" }", "columns = { id = \"aac002\" }", 1);
    let draft = parse(&text).expect("a contract");
    let table = draft.terms.parties[0].table(&draft.terms.data.table);
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["aac002", "xzqh"]);
}

#[test]
fn what_contradicts_itself_is_no_contract() {
    let body = text();
    let cases = [
        ("role = \"recipient\"", "role = \"provider\""),
        ("columns = { id = \"id\", xzqh = \"xzqh\" }", "columns = { no = \"id\" }"),
        ("name = \"school\"", "name = \"medical\""),
        ("name = \"school\"", "name = \"school\"\nlistens = false"),
        ("result = \"regions\"", "result = \"size\""),
        ("result = \"regions\"", "result = \"keys\""),
        ("learn = \"both\"", "learn = \"both\"\nprotocol = \"rr22\""),
        ("learn = \"both\"", "learn = \"both\"\nsecurity = \"malicious\""),
        ("learn = \"both\"", "learn = \"both\"\npartitioned = true"),
        ("learn = \"both\"", "learn = \"both\"\nincremental = true"),
        ("column = \"xzqh\"", "column = \"nothing\""),
        ("column = \"xzqh\"", "column = \"id\""),
        ("column = \"xzqh\"", "age_on = \"2026-11-01\""),
        ("\"990101\", \"990102\"", "\"990101\", \"990101\""),
        ("age_on = \"2026-11-01\"", "column = \"xzqh\"\nvalues = [\"1\"]"),
        ("kind = \"citizen-id\"               #", "kind = \"org-id\"               #"),
    ];
    for (from, to) in cases {
        assert!(body.contains(from), "{from}");
        let refused = parse(&body.replacen(from, to, 1)).expect_err(to);
        assert_eq!(refused.code(), 6006, "{to}: {refused}");
    }
    let values: Vec<String> = (0..60).map(|n| format!("\"{}\"", 990_101 + n)).collect();
    let start = body.find("values = [").expect("values");
    let end = start + body[start..].find(']').expect("an end");
    let many = format!("{}values = [{}{}", &body[..start], values.join(", "), &body[end..]);
    assert_eq!(parse(&many).expect_err("too many cells").code(), 6006);
}

/// What does not go with several, or would be ignored, is refused by name.
#[test]
fn what_bounds_other_runs_is_refused() {
    for (line, place) in [
        ("max_runs = 0", "psi.max_runs"),
        ("max_total_keys = 9", "psi.max_total_keys"),
        ("payload = \"xzqh\"", "psi.payload"),
    ] {
        let text = text().replace("learn = \"both\"", &format!("{line}\nlearn = \"both\""));
        let told = parse(&text).expect_err(line);
        assert!(
            matches!(&told, ContractError::Incoherent { place: at, .. } if at == place),
            "{line}: {told}"
        );
    }
    parse(&text().replace("learn = \"both\"", "max_runs = 3\nlearn = \"both\"")).expect("a number of runs");
}
