//! What is signed is what is read, nothing after the signatures counts, and what no rule allows is
//! refused.

use super::{Approved, Blanks, ContractError, Draft, Party, Role, Side, Template};
use crate::config::Config;
use jiff::Timestamp;
use proptest::prelude::*;
use std::path::Path;
use yinshu_crypto::sign::SigningKey;
use yinshu_net::PartyId;

const PROVINCE: &str = "hr-province";
const COUNTY: &str = "county-990100";

fn key(seed: u8) -> SigningKey {
    format!("yinshu-secret-ed25519:{}", format!("{seed:02x}").repeat(32)).parse().expect("a key")
}

fn party(name: &str, role: Role, seed: u8) -> Party {
    let name: PartyId = name.parse().expect("a name");
    Party::new(name.clone(), name.to_string(), role, key(seed).public())
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    at("2026-11-21T04:00:00Z")
}

/// The text of a contract nobody has signed.
fn text(template: Template) -> String {
    let blanks = Blanks {
        id: "HR-1",
        title: None,
        provider: &party(PROVINCE, Role::Provider, 1),
        recipient: &party(COUNTY, Role::Recipient, 2),
        more: &[],
        catalogue: "C-1",
        valid_from: "2026-11-01".parse().expect("a day"),
        valid_until: "2026-12-31".parse().expect("a day"),
        test_region: true,
        report_keys: None,
    };
    blanks.fill(template)
}

fn parse(text: &str) -> Result<Draft, ContractError> {
    Draft::parse(text, "contract.toml")
}

/// The text of a contract, signed by these.
fn signed(text: &str, by: &[(&str, u8)]) -> String {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("contract.toml");
    std::fs::write(&path, text).expect("written");
    for (name, seed) in by {
        let name = name.parse().expect("a name");
        Draft::read(&path)
            .expect("a contract")
            .sign(&path, &name, "李敏", &key(*seed), now())
            .expect("signed");
    }
    std::fs::read_to_string(path).expect("read")
}

const BOTH: [(&str, u8); 2] = [(PROVINCE, 1), (COUNTY, 2)];

/// A node of one party, which knows the other, with these lines for its data set.
fn config(me: &str, peer: (&str, u8), set: &str) -> Config {
    let (peer, seed) = peer;
    let (admin, node) = (key(seed).public(), key(9).public());
    let text = format!(
        "[node]\nname = \"{me}\"\ntitle = \"t\"\n[people]\nadministrator = \"a\"\nauditor = \"b\"\n\
         operator = \"c\"\n[[peer]]\nname = \"{peer}\"\ntitle = \"t\"\ncertificate = \"x.pem\"\n\
         admin_key = \"{admin}\"\nnode_key = \"{node}\"\n{set}"
    );
    toml::from_str(&text).expect("a configuration")
}

const SET: &str = "[[dataset]]\ncatalogue = \"C-1\"\ntitle = \"t\"\nsource_system = \"s\"\n\
    share = \"conditional\"\nscenarios = [\"psi\"]\nparties = [\"county-990100\"]\ncolumns = [\"id\"]\n\
    min_group_size = 10\navailable_until = \"2026-12-31\"\nsource = { path = \"x.csv\" }\n";

fn province(set: &str) -> Config {
    config(PROVINCE, (COUNTY, 2), set)
}

fn approve(text: &str, config: &Config, now: Timestamp) -> Result<Approved, u16> {
    parse(text).and_then(|draft| draft.approve(config, now)).map_err(|refusal| refusal.code())
}

#[test]
fn signed_by_both_it_runs_on_either_side() {
    for template in [Template::Psi, Template::Origin] {
        let text = signed(&text(template), &BOTH);
        let county = approve(&text, &config(COUNTY, (PROVINCE, 1), ""), now()).expect("approved");
        assert!(matches!(county.side(), Side::Recipient));
        assert_eq!(county.peer().as_str(), PROVINCE);
    }
    let text = signed(&text(Template::Psi), &BOTH);
    let province = approve(&text, &province(SET), now()).expect("approved");
    assert!(matches!(province.side(), Side::Provider(set) if set.catalogue == "C-1"));
    assert_eq!(province.peer().as_str(), COUNTY);
}

#[test]
fn signing_leaves_what_is_signed_as_it_was() {
    let body = text(Template::Psi);
    let whole = signed(&body, &BOTH);
    assert!(whole.starts_with(&body));
    assert_eq!(parse(&whole).expect("a contract").digest, parse(&body).expect("a contract").digest);
    // A last line without its end gets one, so that the first signature does not change the digest.
    let cut = body.trim_end_matches('\n');
    assert_eq!(
        parse(&signed(cut, &BOTH)).expect("a contract").digest,
        parse(cut).expect("a contract").digest
    );
    approve(&signed(cut, &BOTH), &province(SET), now()).expect("approved");
}

#[test]
fn nobody_signs_for_another_or_twice() {
    let mut draft = parse(&signed(&text(Template::Psi), &BOTH[..1])).expect("a contract");
    let mut sign = |name: &str, seed| {
        let name = name.parse().expect("a name");
        let path = Path::new("/nowhere/contract.toml");
        draft.sign(path, &name, "x", &key(seed), now()).map_err(|refusal| refusal.code())
    };
    assert_eq!(sign(PROVINCE, 1), Err(6008));
    assert_eq!(sign(COUNTY, 1), Err(6103));
    assert_eq!(sign("stranger", 3), Err(6106));
    assert_eq!(sign(COUNTY, 2), Err(6007));
}

#[test]
fn a_signature_holds_for_its_contract_signer_and_time_alone() {
    let whole = signed(&text(Template::Psi), &BOTH);
    let (body, tail) = whole.split_at(whole.find("[[signature]]").expect("signatures"));
    let other = signed(&text(Template::Origin), &BOTH);
    let other = &other[other.find("[[signature]]").expect("signatures")..];
    let swapped = tail.replace(PROVINCE, "swap").replace(COUNTY, PROVINCE).replace("swap", COUNTY);
    let cases = [
        ("another contract's", other.to_owned()),
        ("the other party's", swapped),
        ("another person's", tail.replace("李敏", "王芳")),
        ("another time's", tail.replace("2026-11-21T04:00:00Z", "2026-11-21T04:00:01Z")),
    ];
    for (whose, tail) in cases {
        assert_eq!(approve(&format!("{body}{tail}"), &province(SET), now()).err(), Some(6102), "{whose}");
    }
    assert_eq!(approve(&whole.replace("HR-1", "HR-2"), &province(SET), now()).err(), Some(6102));
}

#[test]
fn nothing_can_be_smuggled_in_behind_the_signatures() {
    let whole = signed(&text(Template::Psi), &BOTH);
    for more in [
        "[data]\nmin_group_size = 1\n",
        "min_group_size = 1\n",
        "[[party]]\nname = \"x\"\n",
        "[contract]\nid = \"other\"\n",
        "[[signature]]\nparty = \"x\"\n",
        "[signature.terms]\n",
    ] {
        assert!(matches!(parse(&format!("{whole}{more}")), Err(ContractError::Malformed { .. })), "{more}");
    }
}

#[test]
fn other_spellings_of_the_mark_do_not_move_it() {
    let body = text(Template::Psi);
    // In another spelling it stands in what is signed, where no such key may be.
    for mark in
        ["[[ signature ]]", "[[\"signature\"]]", "[[signature]] # here", "[signature]", "signature = []"]
    {
        let draft = parse(&format!("{body}\n{mark}\nparty = \"x\"\n"));
        assert!(matches!(draft, Err(ContractError::Malformed { .. })), "{mark}");
    }
    // Inside a text it ends what is signed in the middle of the text, which then is none.
    let inside = body.replace("purpose = ", "purpose = \"\"\"\n[[signature]]\n\"\"\"\n# ");
    assert!(matches!(parse(&inside), Err(ContractError::Malformed { .. })));
    let indented = signed(&body, &BOTH).replace("[[signature]]", "  [[signature]]\r");
    approve(&indented, &province(SET), now()).expect("the same signatures");
}

#[test]
fn its_days_are_days_of_the_parties() {
    let whole = signed(&text(Template::Psi), &BOTH);
    let on = |time: &str| approve(&whole, &province(SET), at(time)).err();
    assert_eq!(on("2026-10-31T15:59:59Z"), Some(6105));
    assert_eq!(on("2026-10-31T16:00:00Z"), None);
    assert_eq!(on("2026-12-31T15:59:59Z"), None);
    assert_eq!(on("2026-12-31T16:00:00Z"), Some(6104));
}

#[test]
fn each_rule_of_the_catalogue_refuses_with_its_own_code() {
    let whole = signed(&text(Template::Psi), &BOTH);
    let cases = [
        ("catalogue = \"C-1\"", "catalogue = \"C-2\"", 6108),
        ("\"conditional\"", "\"refused\"", 6109),
        ("[\"psi\"]", "[]", 6110),
        ("[\"county-990100\"]", "[\"hr-province\"]", 6111),
        ("[\"id\"]", "[\"ID\"]", 6112),
        ("min_group_size = 10", "min_group_size = 11", 6113),
        ("2026-12-31", "2026-12-30", 6114),
    ];
    for (from, to, code) in cases {
        assert!(SET.contains(from));
        assert_eq!(approve(&whole, &province(&SET.replace(from, to)), now()).err(), Some(code), "{to}");
    }
    approve(&whole, &province(&SET.replace("\"conditional\"", "\"unconditional\"")), now())
        .expect("approved");
    let limited = format!("[limits]\npeer_items = 9999999\n{SET}");
    assert_eq!(approve(&whole, &province(&limited), now()).err(), Some(6115));
}

/// All runs of a contract together spend no more ε than the data set allows.
#[test]
fn noise_keeps_to_the_data_sets_epsilon() {
    let with = |lines: &str| {
        let text =
            text(Template::Psi).replace("result = \"keys\"", &format!("result = \"size\"\n{lines}\n#"));
        signed(&text, &BOTH)
    };
    let noise = |runs: u32| {
        with(&format!("max_runs = {runs}\nnoise = {{ numerator = 1, denominator = 10, delta_bits = 40 }}"))
    };
    approve(&noise(10), &province(SET), now()).expect("ten tenths");
    assert_eq!(approve(&noise(11), &province(SET), now()).err(), Some(6127));
    let set =
        |epsilon: &str| SET.replace("min_group_size", &format!("max_epsilon = {epsilon}\nmin_group_size"));
    approve(&noise(20), &province(&set("2.0")), now()).expect("twenty tenths");
    for none in ["0.0", "nan", "-1.0"] {
        assert_eq!(approve(&noise(1), &province(&set(none)), now()).err(), Some(6127), "{none}");
    }
    approve(&with("max_runs = 1"), &province(&set("0.0")), now()).expect("a size without noise");
}

/// What would only fail in a run, after signing, is no contract.
#[test]
fn what_no_run_takes_is_no_contract() {
    let body = text(Template::Psi);
    let columns = |names: &[&str]| {
        let column = |name: &&str| format!("{{ name = \"{name}\", kind = \"integer\" }}, ");
        format!("columns = [{}", names.iter().map(column).collect::<String>())
    };
    let sums = |names: &[&str], values: &[&str], runs: &str| {
        let value = |name: &&str| format!("{{ name = \"{name}\", bits = 8 }}");
        let values: Vec<String> = values.iter().map(value).collect();
        let psi = format!("result = \"sums\"\n{runs}values = [{}]\n#", values.join(", "));
        body.replace("columns = [", &columns(names)).replace("result = \"keys\"", &psi)
    };
    let nine: Vec<String> = (0..9).map(|n| format!("v{n}")).collect();
    let nine: Vec<&str> = nine.iter().map(String::as_str).collect();
    parse(&sums(&nine, &nine[..8], "max_runs = 1\n")).expect("eight columns");
    let size = |lines: &str| body.replace("result = \"keys\"", &format!("result = \"size\"\n{lines}\n#"));
    let noise = |n: u32, d: u32, bits: u32| {
        size(&format!("max_runs = 1\nnoise = {{ numerator = {n}, denominator = {d}, delta_bits = {bits} }}"))
    };
    parse(&noise(4, 1, 40)).expect("noise");
    parse(&size("")).expect("a size without noise may run without end");
    let bad = [
        ("nine columns", sums(&nine, &nine, "max_runs = 1\n"), "psi.values"),
        ("one twice", sums(&nine, &["v1", "v2", "v1"], "max_runs = 1\n"), "psi.values"),
        ("no such column", sums(&nine, &["w"], "max_runs = 1\n"), "psi.values"),
        ("sums without end", sums(&nine, &["v1"], ""), "psi.max_runs"),
        ("no runs", sums(&nine, &["v1"], "max_runs = 0\n"), "psi.max_runs"),
        ("noise without end", noise(1, 1, 40).replace("max_runs = 1\n", ""), "psi.max_runs"),
        ("too likely nothing", noise(1, 1, 39), "psi.noise"),
        ("too little", noise(4_001, 1_000, 40), "psi.noise"),
    ];
    for (what, text, place) in bad {
        let refused = parse(&text).expect_err(what);
        assert!(
            matches!(&refused, ContractError::Incoherent { place: found, .. } if found == place),
            "{what}: {refused}"
        );
    }
}

#[test]
fn parties_are_those_that_are_known() {
    let body = text(Template::Psi);
    let whole = signed(&body, &BOTH);
    assert_eq!(approve(&whole, &config("stranger", (COUNTY, 2), SET), now()).err(), Some(6106));
    assert_eq!(approve(&whole, &config(PROVINCE, ("stranger", 2), SET), now()).err(), Some(6107));
    assert_eq!(approve(&whole, &config(PROVINCE, (COUNTY, 3), SET), now()).err(), Some(6103));
    for by in [&BOTH[..1], &BOTH[1..], &[]] {
        assert_eq!(approve(&signed(&body, by), &province(SET), now()).err(), Some(6101), "{by:?}");
    }
}

#[test]
fn what_contradicts_itself_is_no_contract() {
    let body = text(Template::Psi);
    let cases = [
        ("format = 1", "format = 2", 6005),
        ("valid_until = \"2026-12-31\"", "valid_until = \"2026-10-31\"", 6006),
        ("role = \"recipient\"", "role = \"provider\"", 6006),
        (COUNTY, PROVINCE, 6006),
        ("min_group_size = 10", "min_group_size = 0", 6006),
        ("column = \"id\"", "column = \"nr\"", 6006),
        ("scenario = \"psi\"", "scenario = \"origin-verify\"", 6006),
        ("review = \"双方管理员签名审批；审计员事后核验日志\"", "review = \" \"", 6006),
        ("[psi]", "[psy]", 6004),
        ("min_group_size", "min_groupsize", 6004),
    ];
    for (from, to, code) in cases {
        assert!(body.contains(from), "{from}");
        let refused = parse(&body.replacen(from, to, 1)).expect_err(to);
        assert_eq!(refused.code(), code, "{to}: {refused}");
    }
    let nearest = parse(&body.replace("min_group_size", "min_groupsize")).expect_err("a misspelt key");
    assert!(matches!(nearest, ContractError::Malformed { nearest, .. } if nearest == "min_group_size"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever byte is changed: it runs as it was agreed or not at all.
    #[test]
    fn no_changed_byte_changes_what_runs(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let whole = signed(&text(Template::Psi), &BOTH);
        let digest = parse(&whole).expect("a contract").digest;
        let mut bytes = whole.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(changed) = String::from_utf8(bytes)
            && let Ok(approved) = approve(&changed, &province(SET), now())
        {
            prop_assert_eq!(approved.draft().digest, digest);
        }
    }

    /// Nothing panics.
    #[test]
    fn any_text_is_read_or_refused(body in "(?s).{0,200}", tail in "(?s).{0,100}") {
        let _ = parse(&body);
        let _ = parse(&format!("{}[[signature]]\n{tail}", text(Template::Psi)));
    }
}
