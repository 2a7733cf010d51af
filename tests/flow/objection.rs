//! Objections: raised by the county, answered by the department, each step signed and on record.

use super::world::World;
use std::fs;

/// A world in which four objections were raised and handed to the department.
fn raised() -> World {
    let world = World::new();
    let _province = world.serve();
    world.verify(&[]).exits(0);
    super::world::copy(&world.result("objections"), &world.path("objections"));
    world
}

fn advance(world: &World, party: &str, state: &str) -> super::world::Ran {
    let args = ["origin", "objection", "advance", "objections", "--state", state, "--note", "已核"];
    world.of(party, &args)
}

#[track_caller]
fn all_are(world: &World, party: &str, state: &str) {
    let json = world.of(party, &["origin", "objection", "list", "objections"]).exits(0).json();
    let all = json["objections"].as_array().expect("a list");
    assert_eq!(all.len(), 4, "{json}");
    assert!(all.iter().all(|o| o["standing"]["state"] == state), "{json}");
}

#[test]
fn the_track_goes_its_way_and_no_other() {
    let world = raised();
    all_are(&world, "county", "raised");
    all_are(&world, "province", "raised");
    // Not the county's to accept, not the province's to withdraw, not corrected before it is accepted.
    for (party, state) in [("county", "accepted"), ("province", "withdrawn"), ("province", "corrected")] {
        advance(&world, party, state).fails(3, 5201);
        world.log_holds(party);
        all_are(&world, "county", "raised");
    }
    advance(&world, "province", "accepted").exits(0);
    world.recorded("province", "objection.advance", "ok");
    all_are(&world, "county", "accepted");
    advance(&world, "province", "accepted").fails(3, 5201);
    world.recorded("province", "objection.advance", "refused 5201");
    advance(&world, "province", "corrected").exits(0);
    advance(&world, "county", "raised").exits(0);
    advance(&world, "province", "rejected").exits(0);
    advance(&world, "county", "withdrawn").exits(0);
    all_are(&world, "province", "withdrawn");
    advance(&world, "county", "raised").fails(3, 5201);
}

#[test]
fn one_alone_can_be_moved_and_an_unknown_one_is_said() {
    let world = raised();
    let json = world.of("province", &["origin", "objection", "list", "objections"]).exits(0).json();
    let id = json["objections"][0]["id"].as_str().expect("an id");
    let args =
        ["origin", "objection", "advance", "objections", "--state", "accepted", "--note", "x", "--only"];
    let moved = world.of("province", &[&args[..], &[id]].concat()).exits(0).json();
    assert_eq!(moved["moved"], serde_json::json!([id]));
    world.of("province", &["origin", "objection", "list", "nowhere"]).fails(6, 5212);
    world
        .of("province", &["origin", "objection", "advance", "objections", "--state", "x", "--note", "x"])
        .fails(2, 1003);
}

#[test]
fn a_changed_objection_is_found() {
    let world = raised();
    let file =
        fs::read_dir(world.path("objections")).expect("a folder").flatten().next().expect("one").path();
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replacen("2026-", "2025-", 1)).expect("written");
    let ran = world.of("province", &["origin", "objection", "list", "objections"]);
    let code =
        serde_json::from_str::<serde_json::Value>(&ran.err).expect("an error")["error"]["code"].clone();
    assert!(code.as_u64().is_some_and(|c| (5201..=5212).contains(&c)), "{code}");
    ran.exits(1);
    // A file that names nobody we know.
    fs::write(&file, "{}").expect("written");
    world.of("county", &["origin", "objection", "list", "objections"]).fails(3, 5210);
}
