//! Contracts that may not run: each refusal has its own code, happens before anything leaves, and is on
//! record with whoever refused.

use super::people;
use super::world::World;
use jiff::Span;

const FILE: &str = "county/contracts/return.toml";

fn today() -> jiff::civil::Date {
    yinshu::contract::day_of(yinshu::node::now())
}

/// The county itself refuses, before it says a word to anybody.
#[track_caller]
fn refused_here(world: &World, code: u16) {
    world.verify(&[]).fails(5, code);
    world.recorded("county", "contract.approve", &format!("refused {code}"));
    world.recorded("county", "run.end", &format!("refused {code}"));
    assert!(world.log("county").iter().all(|r| r.action != "session.open"));
    world.nothing_left();
}

/// The provider refuses, and the county is told why; both have it on record.
#[track_caller]
fn refused_there(world: &World, code: u16) {
    let mut province = world.serve();
    world.verify(&[]).refused_by_province(code);
    world.recorded("county", "session.open", "refused 3010");
    world.recorded("county", "run.end", "refused 3010");
    world.recorded_soon("province", "session.open", &format!("refused {code}"));
    world.nothing_left();
    assert!(province.runs(), "it goes on serving");
}

/// The province's catalogue is narrower than what both signed.
#[track_caller]
fn catalogue_refuses(from: &str, to: &str, code: u16) {
    let world = World::new();
    world.edit("province/yinshu.toml", |text| {
        let (before, sets) = text.split_at(text.find("\n[[dataset]]").expect("a data set"));
        assert!(sets.contains(from), "{sets}");
        format!("{before}{}", sets.replacen(from, to, 1))
    });
    refused_there(&world, code);
    world.recorded("province", "contract.approve", &format!("refused {code}"));
}

#[test]
fn one_signature_is_not_enough() {
    for by in ["province", "county"] {
        let world = World::new();
        world.resign("return.toml", &[by], |text| text);
        refused_here(&world, 6101);
    }
}

#[test]
fn one_byte_changed_after_signing_is_found() {
    let world = World::new();
    world.replace(FILE, "min_group_size = 10", "min_group_size = 11");
    refused_here(&world, 6102);
    let world = World::new();
    // Not even a comment may change: what is signed is what was read.
    world.replace(FILE, "# 隐数合同", "# 隐数合约");
    let zh = world.run(&["--lang=zh", "-C", "county", "contract", "show", FILE]).exits(0);
    assert!(zh.out.contains("签名"), "{}", zh.out);
    refused_here(&world, 6102);
}

#[test]
fn a_signature_is_its_signers_alone() {
    let world = World::new();
    // Who signed, and when, is signed too.
    world.edit(FILE, |text| {
        let (body, tail) = text.split_at(text.find("[[signature]]").expect("signatures"));
        let line = tail.lines().find(|l| l.starts_with("by = ")).expect("a name");
        format!("{body}{}", tail.replacen(line, "by = \"别人\"", 1))
    });
    refused_here(&world, 6102);
}

#[test]
fn nothing_after_the_signatures_can_widen_a_contract() {
    let appended = [
        "\n[data]\nmin_group_size = 1\n",
        "\n[[party]]\nname = \"x\"\n",
        "\nmin_group_size = 1\n",
        "\n[[data.table.columns]]\nname = \"mobile\"\nkind = \"text\"\n",
    ];
    for text in appended {
        let world = World::new();
        world.edit(FILE, |contract| contract + text);
        let error = world.verify(&[]).fails(2, 6004);
        assert!(error["message"].as_str().is_some_and(|m| m.contains("return.toml")), "{error}");
        world.recorded("county", "run.end", "refused 6004");
        world.nothing_left();
    }
}

#[test]
fn a_contract_has_its_days() {
    let world = World::new();
    let (past, from) = (today() - Span::new().days(40), format!("valid_from = \"{}\"", today()));
    let until = format!("valid_until = \"{}\"", today() + Span::new().days(90));
    world.resign("return.toml", &["province", "county"], |text| {
        let until_past = format!("valid_until = \"{}\"", today() - Span::new().days(1));
        text.replace(&from, &format!("valid_from = \"{past}\"")).replace(&until, &until_past)
    });
    refused_here(&world, 6104);
    let world = World::new();
    world.resign("return.toml", &["province", "county"], |text| {
        text.replace(&from, &format!("valid_from = \"{}\"", today() + Span::new().days(2)))
    });
    refused_here(&world, 6105);
}

#[test]
fn parties_and_keys_are_those_this_node_was_given() {
    let world = World::new();
    world.resign("return.toml", &["county"], |text| text.replace("\"hr-province\"", "\"hr-other\""));
    refused_here(&world, 6107);
    let world = World::new();
    let (theirs, node) = (world.key("province", true).public(), world.key("province", false).public());
    world.resign("return.toml", &["county"], |text| text.replace(&theirs.to_string(), &node.to_string()));
    refused_here(&world, 6103);
    let world = World::new();
    world.resign("return.toml", &["province"], |text| text.replace("\"county-990100\"", "\"county-990200\""));
    refused_here(&world, 6106);
}

#[test]
fn a_contract_for_something_else_is_not_used() {
    let world = World::new();
    world.verify_under("county/contracts/psi.toml", &[]).fails(2, 6009);
    world.recorded("county", "run.end", "refused 6009");
    world.nothing_left();
}

#[test]
fn the_catalogue_decides_what_contracts_may_ask() {
    catalogue_refuses("share = \"conditional\"", "share = \"refused\"", 6109);
    catalogue_refuses("scenarios = [\"origin-verify\"]", "scenarios = [\"psi\"]", 6110);
    catalogue_refuses("parties = [\"county-990100\"]", "parties = [\"county-990200\"]", 6111);
    catalogue_refuses("\"aac008\", ", "", 6112);
    catalogue_refuses("min_group_size = 10", "min_group_size = 20", 6113);
    catalogue_refuses("available_until = \"2099-12-31\"", "available_until = \"2026-12-01\"", 6114);
    catalogue_refuses("catalogue = \"990000-HR-0001\"", "catalogue = \"990000-HR-0003\"", 6108);
}

#[test]
fn a_quota_of_items_is_the_nodes_own() {
    let world = World::new();
    world.edit("province/yinshu.toml", |text| text + "\n[limits]\npeer_items = 100\n");
    refused_there(&world, 6115);
}

#[test]
fn the_runs_of_a_day_are_counted() {
    let world = World::new();
    world.edit("province/yinshu.toml", |text| text + "\n[limits]\nruns_per_day = 1\n");
    let _province = world.serve();
    world.verify(&[]).exits(0);
    std::fs::rename(world.path("county/results/out"), world.path("county/first")).expect("moved");
    world.verify(&[]).refused_by_province(6116);
    world.recorded_soon("province", "session.open", "refused 6116");
    world.nothing_left();
}

#[test]
fn both_hold_the_same_contract_or_none() {
    let world = World::new();
    let _province = world.serve();
    let theirs = world.read("province/contracts/return.toml");
    world.resign("return.toml", &["province", "county"], |text| {
        text.replace("cadence_days = 1 ", "cadence_days = 2 ")
    });
    // The package was returned under the contract before.
    world.verify(&[]).fails(5, 6121);
    world.repack();
    world.write("province/contracts/return.toml", theirs);
    world.verify(&[]).refused_by_province(6117);
    world.recorded_soon("province", "session.open", "refused 6117");
    world.nothing_left();
}

#[test]
fn what_cannot_be_read_as_a_contract_is_said_to_be_none() {
    let world = World::new();
    for (bytes, exit, code) in
        [(&b""[..], 2, 6004), (&[0xff, 0xfe, 0, 0], 2, 6003), (&[b'#'; 1_100_000], 2, 6002)]
    {
        std::fs::write(world.path(FILE), bytes).expect("written");
        world.verify(&[]).fails(exit, code);
    }
    std::fs::remove_file(world.path(FILE)).expect("removed");
    world.verify(&[]).fails(6, 6001);
    world.recorded("county", "run.end", "refused 6001");
    world.nothing_left();
}

#[test]
fn a_key_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(world.path("county/keys/node.key"), open).expect("changed");
    world.verify(&["--offline"]).fails(2, 1106);
    world.nothing_left();
    let world = World::new();
    world.write("keys.csv", people::keys("id", []));
    std::fs::set_permissions(world.path("county/keys/admin.key"), std::fs::Permissions::from_mode(0o640))
        .expect("changed");
    world.of("county", &["contract", "sign", FILE]).fails(2, 1106);
}
