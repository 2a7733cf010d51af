//! The whole flow as two departments meet it: the built program, two nodes in folders of their own,
//! speaking over loopback; and everything that may go wrong on the way.

#[path = "flow/analysis.rs"]
mod analysis;
#[path = "flow/choices.rs"]
mod choices;
#[path = "flow/contract.rs"]
mod contract;
#[path = "flow/delta.rs"]
mod delta;
#[path = "flow/disk.rs"]
mod disk;
#[path = "flow/join.rs"]
mod join;
#[path = "flow/killed.rs"]
mod killed;
#[path = "flow/large.rs"]
mod large;
#[path = "flow/node.rs"]
mod node;
#[path = "flow/objection.rs"]
mod objection;
#[path = "flow/outside.rs"]
mod outside;
#[path = "flow/package.rs"]
mod package;
#[path = "flow/people.rs"]
mod people;
#[path = "flow/prepared.rs"]
mod prepared;
#[path = "flow/psi.rs"]
mod psi;
#[cfg(unix)]
#[path = "flow/query.rs"]
mod query;
#[path = "flow/reports.rs"]
mod reports;
#[path = "flow/several.rs"]
mod several;
#[path = "flow/stats.rs"]
mod stats;
#[path = "flow/stored.rs"]
mod stored;
#[path = "flow/tables.rs"]
mod tables;
#[path = "flow/verify.rs"]
mod verify;
#[path = "flow/whole.rs"]
mod whole;
#[path = "flow/workers.rs"]
mod workers;
#[path = "flow/world.rs"]
mod world;
