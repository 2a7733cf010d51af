//! Whose rows are charged, and what the log says of a charge that was refused.

use crate::contract::Draft;
use crate::contract::stats_texts::with_noise;
use crate::node::{Actor, Node};
use std::fs;
use tempfile::TempDir;
use yinshu_audit::Record;
use yinshu_data::Source;
use yinshu_net::SessionId;

/// The recipient of the template's contract, with a budget for one run, and its folder.
fn node(draft: &Draft) -> (TempDir, Node) {
    let dir = tempfile::tempdir().expect("a folder");
    let me = draft.terms.parties.iter().find(|party| party.name.as_str() == "bureau").expect("a party");
    let text = format!(
        "[node]\nname = \"bureau\"\ntitle = \"t\"\n[people]\nadministrator = \"a\"\nauditor = \"b\"\noperator = \"c\"\n\
         [[dataset]]\ncatalogue = \"{}\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\nscenarios = [\"stats\"]\n\
         parties = []\ncolumns = []\nmin_group_size = 1\nprivacy_budget = \"0.3\"\navailable_until = \"2099-12-31\"\n\
         [dataset.source]\npath = \"table.csv\"\nencoding = \"utf-8\"\n",
        draft.catalogue_of(me)
    );
    fs::write(dir.path().join("yinshu.toml"), text).expect("written");
    fs::write(dir.path().join("table.csv"), "id\n").expect("written");
    for folder in ["keys", "audit"] {
        fs::create_dir(dir.path().join(folder)).expect("a folder");
    }
    let key = dir.path().join("keys/node.key");
    fs::write(&key, format!("yinshu-secret-ed25519:{}\n", "07".repeat(32))).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("ours");
    }
    let node = Node::open(dir.path()).expect("a node");
    (dir, node)
}

#[test]
fn a_refused_charge_is_recorded() {
    // A run costs a quarter.
    let draft = Draft::parse(&with_noise("epsilon = \"1\""), "contract.toml").expect("a contract");
    let (_dir, node) = node(&draft);
    node.affords(&draft).expect("enough for one");
    node.charge(&draft, SessionId([1; 16]), Actor::Operator).expect("enough for one");
    assert_eq!(node.affords(&draft).expect_err("spent").code(), 7301);
    let refused = node.charge(&draft, SessionId([2; 16]), Actor::Operator).expect_err("spent");
    assert_eq!(refused.code(), 7301);
    let log = fs::read(node.folder.audit_log()).expect("a log");
    let deeds = log.split(|byte| *byte == b'\n').filter_map(|line| Record::from_line(line).ok());
    let deeds: Vec<String> = deeds.map(|record| format!("{} {}", record.action, record.result)).collect();
    assert_eq!(deeds, ["budget.charge ok", "budget.charge refused 7301"]);
    let (_, budget) = &node.budgets().expect("a log that holds")[0];
    assert_eq!((budget.charges, budget.left().to_string()), (1, "0.05".to_owned()));
}

#[test]
fn with_noise_the_rows_are_those_of_the_set_that_is_charged() {
    let draft = Draft::parse(&with_noise("epsilon = \"1\""), "contract.toml").expect("a contract");
    let (dir, node) = node(&draft);
    let own = dir.path().join("table.csv");
    let other = dir.path().join("other.csv");
    fs::write(&other, "id\n").expect("written");
    let said = Source { encoding: Some("utf-8".to_owned()), ..Source::file(&own) };
    for named in [Source::file(&own), Source::file(dir.path().join("keys/../table.csv")), said.clone()] {
        let rows = node.rows_of(&draft, &named).expect("the same rows");
        assert_eq!((rows.path.as_deref(), rows.encoding.as_deref()), (Some(own.as_path()), Some("utf-8")));
    }
    let otherwise = Source { encoding: Some("gb18030".to_owned()), ..said };
    let database = Source::postgres("host=h dbname=d user=u", "SELECT 1");
    for named in [Source::file(&other), otherwise, database] {
        assert_eq!(node.rows_of(&draft, &named).expect_err("other rows").code(), 6133);
    }
    // Without noise nothing is charged, and any rows do.
    let exact = Draft::parse(&crate::contract::stats_texts::text(1), "contract.toml").expect("a contract");
    assert_eq!(node.rows_of(&exact, &Source::file(&other)).expect("any").path, Some(other));
}
