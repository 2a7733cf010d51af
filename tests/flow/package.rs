//! Packages that may not be opened: every refusal has its own code and is on record.

use super::world::{PROVINCE, World};
use std::fs;
use yinshu_origin::package::Manifest;

/// `origin open` and `origin verify` refuse alike.
#[track_caller]
fn refused(world: &World, exit: i32, code: u16) {
    world.of("county", &["origin", "open", "package"]).fails(exit, code);
    world.verify(&[]).fails(exit, code);
    world.recorded("county", "origin.open", &format!("refused {code}"));
    world.recorded("county", "run.end", &format!("refused {code}"));
    world.nothing_left();
}

/// Signs a changed manifest anew, with the province's own key; it is not entered among the issued.
fn resigned(world: &World, change: impl FnOnce(&mut Manifest)) {
    let bytes = fs::read(world.path("package/manifest.json")).expect("a manifest");
    let mut manifest = Manifest::from_bytes(&bytes).expect("a manifest");
    change(&mut manifest);
    manifest.sign_into(&world.path("package"), &world.key("province", false)).expect("signed");
}

#[test]
fn a_changed_byte_is_found() {
    let world = World::new();
    world.replace("package/files/returned.csv", "在职", "在家");
    refused(&world, 1, 5001);
    let world = World::new();
    world.edit("package/files/returned.csv", |text| text + "x");
    refused(&world, 1, 5018);
    let world = World::new();
    world.replace("package/manifest.json", "990000-HR-0001", "990000-HR-0009");
    refused(&world, 1, 5007);
    let zh = world.run(&["--lang=zh", "-C", "county", "origin", "open", "package"]).exits(1);
    assert!(zh.err.starts_with("错误 5007：") && zh.err.contains("试试："), "{}", zh.err);
}

#[test]
fn files_are_those_of_the_manifest() {
    let world = World::new();
    fs::remove_file(world.path("package/files/returned.csv")).expect("removed");
    refused(&world, 1, 5002);
    let world = World::new();
    fs::write(world.path("package/files/more.csv"), "x").expect("written");
    refused(&world, 1, 5003);
    let world = World::new();
    fs::remove_file(world.path("package/manifest.sig")).expect("removed");
    refused(&world, 1, 5002);
    let world = World::new();
    fs::remove_dir_all(world.path("package")).expect("removed");
    refused(&world, 3, 5016);
}

#[test]
fn a_package_is_for_one_recipient_and_until_one_day() {
    let world = World::new();
    resigned(&world, |manifest| manifest.recipient = "county-990200".parse().expect("a name"));
    refused(&world, 5, 5004);
    let world = World::new();
    resigned(&world, |manifest| {
        manifest.issued = "2026-01-01T00:00:00Z".parse().expect("a time");
        manifest.expires = "2026-02-01T00:00:00Z".parse().expect("a time");
    });
    refused(&world, 5, 5005);
    let world = World::new();
    resigned(&world, |manifest| {
        manifest.issued = "2098-01-01T00:00:00Z".parse().expect("a time");
        manifest.expires = "2099-01-01T00:00:00Z".parse().expect("a time");
    });
    refused(&world, 5, 5006);
}

#[test]
fn only_a_known_provider_is_believed() {
    let world = World::new();
    let bytes = fs::read(world.path("package/manifest.json")).expect("a manifest");
    let manifest = Manifest::from_bytes(&bytes).expect("a manifest");
    manifest.sign_into(&world.path("package"), &world.key("county", true)).expect("signed");
    refused(&world, 1, 5008);
}

#[test]
fn a_package_of_another_contract_is_not_verified_under_this_one() {
    let world = World::new();
    resigned(&world, |manifest| manifest.contract = None);
    world.of("county", &["origin", "open", "package"]).exits(0);
    world.verify(&["--offline"]).fails(5, 6121);
    world.recorded("county", "run.end", "refused 6121");
    world.nothing_left();
}

#[test]
fn the_provider_answers_only_for_what_it_issued() {
    let world = World::new();
    // Signed with the right key, and yet never entered among what was issued.
    resigned(&world, |manifest| manifest.batch = "again".into());
    let _province = world.serve();
    world.of("county", &["origin", "open", "package"]).exits(0);
    world.verify(&[]).refused_mid_run(6119);
    world.recorded_soon("province", "session.answer", "refused 6119");
    world.nothing_left();
}

#[test]
fn packing_is_the_providers_and_leaves_nothing_when_it_fails() {
    let world = World::new();
    let pack = |party: &str, contract: &str, file: &str, out: &str| {
        let args = ["origin", "pack", "--contract", contract, "--files", file, "--out", out];
        let dates = ["--period", "2026-11-01..2026-11-20", "--expires", "2099-01-01"];
        world.of(party, &[&args[..], &dates].concat())
    };
    let (theirs, ours) = ("province/contracts/return.toml", "county/contracts/return.toml");
    pack("county", ours, "returned.csv", "p1").fails(5, 6118);
    pack("province", theirs, "returned.csv", "package").fails(6, 5031);
    pack("province", theirs, "none.csv", "p2").fails(6, 5030);
    fs::write(world.path("empty.csv"), "").expect("written");
    pack("province", theirs, "empty.csv", "p3").fails(3, 5034);
    world.recorded("province", "origin.pack", "refused 5034");
    fs::write(world.path("other.csv"), "a,b\n1,2\n").expect("written");
    pack("province", theirs, "other.csv", "p4").fails(3, 5034);
    for out in ["p1", "p2", "p3", "p4"] {
        assert!(!world.path(out).exists(), "{out}");
    }
    let here = fs::read_dir(world.path("")).expect("a folder").flatten();
    let hidden: Vec<_> =
        here.map(|e| e.file_name()).filter(|n| n.to_string_lossy().starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    assert_eq!(fs::read_dir(world.path("province/issued")).expect("a folder").count(), 1);
    assert!(world.log("province").iter().all(|r| r.user != PROVINCE));
}
