//! One party of a standard interconnection over gRPC, for meeting SecretFlow by hand:
//!
//! `cargo run --release -p yinshu-psi --example interconn -- RANK LISTEN PEER IDS.txt [sm2] [spu] [handshake]`
//!
//! IDS.txt has one item a line. Both sides learn; prints how many are shared.

#![allow(clippy::print_stdout, reason = "an example talks to people")]

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use std::error::Error;
use yinshu_net::interconn::{GrpcLink, Link as _, Settings};
use yinshu_psi::interconn::{Learner, Profile, Suite, Terms, run};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, rank, listen, peer, ids, options @ ..] = &args[..] else {
        return Err("RANK LISTEN PEER IDS.txt".into());
    };
    let chosen = |name: &str| options.iter().any(|option| option == name);
    let profile = if chosen("spu") { Profile::Spu } else { Profile::SecretFlow };
    let mut terms = Terms::new(profile, rank.parse()?, Learner::Both);
    terms.handshake = chosen("handshake");
    terms.suites = vec![if chosen("sm2") { Suite::Sm2Sha256 } else { Suite::Curve25519Sha256 }];
    let text = std::fs::read_to_string(ids)?;
    let items: Vec<&str> = text.lines().collect();
    let link = GrpcLink::connect(terms.rank, listen.parse()?, peer, Settings::default())?;
    let outcome = run(&link, &items, &terms, &mut UnwrapErr(SysRng), &mut |_| {})?;
    let traffic = link.traffic();
    link.close()?;
    let shared = outcome.matched.map(|matched| matched.iter().filter(|matched| **matched).count());
    println!(
        "{} of ours, {} of theirs, {shared:?} shared; {traffic:?}",
        outcome.own_items, outcome.peer_items
    );
    Ok(())
}
