//! `yinshu psi interconn`: intersecting with a party of another make, by the standard.

use crate::cli::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::{self, InterconnJob};
use crate::tables::named_source;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use yinshu_psi::interconn::{Learner, Profile, Suite, Terms};

/// Options of `yinshu psi interconn`.
#[derive(Debug, clap::Args)]
pub struct InterconnArgs {
    /// Our rank; the peer has the other.
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u32).range(0..=1))]
    pub rank: u32,
    /// Where we listen.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Where the peer listens.
    #[arg(long, value_name = "ADDRESS")]
    pub peer: String,
    /// The table.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Columns whose values, joined with commas, are compared.
    #[arg(long, value_name = "NAME", required = true)]
    pub column: Vec<String>,
    /// Our rows in common: `.csv` or `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Who learns.
    #[arg(long, value_enum, default_value = "both")]
    pub result_rank: Goes,
    /// Which reading of the standard the peer follows.
    #[arg(long, value_enum, default_value = "secretflow")]
    pub profile: Reading,
    /// Curves we offer.
    #[arg(long, value_enum)]
    pub suite: Vec<Curve>,
    /// No handshake.
    #[arg(long)]
    pub no_handshake: bool,
    /// The most items accepted.
    #[arg(long, value_name = "COUNT", default_value_t = 100_000_000)]
    pub max_items: u64,
}

/// Who learns.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Goes {
    /// Rank 0.
    #[value(name = "0")]
    Zero,
    /// Rank 1.
    #[value(name = "1")]
    One,
    /// Both.
    Both,
}

/// Which reading of the standard.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Reading {
    /// SecretFlow's.
    Secretflow,
    /// That of SecretFlow's library from `spu` 0.9.3b0 on.
    Spu,
    /// PPCA's.
    Ppca,
}

/// A curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Curve {
    /// X25519.
    Curve25519,
    /// SM2.
    Sm2,
}

impl InterconnArgs {
    fn terms(&self) -> Terms {
        let profile = match self.profile {
            Reading::Secretflow => Profile::SecretFlow,
            Reading::Spu => Profile::Spu,
            Reading::Ppca => Profile::Ppca,
        };
        let learner = match self.result_rank {
            Goes::Zero => Learner::Zero,
            Goes::One => Learner::One,
            Goes::Both => Learner::Both,
        };
        let mut terms = Terms::new(profile, self.rank, learner);
        terms.max_peer_items = self.max_items;
        terms.handshake &= !self.no_handshake;
        if !self.suite.is_empty() {
            // In the order in which they were named.
            let mut suites = profile.suites();
            suites.retain(|suite| self.suite.contains(&curve_of(*suite)));
            suites.sort_by_key(|suite| self.suite.iter().position(|curve| *curve == curve_of(*suite)));
            terms.suites = suites;
        }
        terms
    }
}

fn curve_of(suite: Suite) -> Curve {
    match suite {
        Suite::Curve25519Sha256 => Curve::Curve25519,
        Suite::Sm2Sha256 | Suite::Sm2Sm3 => Curve::Sm2,
    }
}

/// Runs one interconnection; a node's folder is not needed, and records it where there is one.
pub(super) fn run(args: &InterconnArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = match ui.dir().join("yinshu.toml").exists() {
        true => Some(Node::open(ui.dir())?),
        false => None,
    };
    if node.is_none() {
        ui.note("ui-interconn-unrecorded", &[]);
    }
    let job = InterconnJob {
        input: named_source(&args.input)?,
        columns: args.column.clone(),
        out: args.out.clone(),
        listen: args.listen,
        peer: args.peer.clone(),
        terms: args.terms(),
    };
    let found = run::interconnect(node.as_ref(), &job, ui)?;
    let (own, peer) = (("own", found.own.into()), ("peer", found.peer.into()));
    match found.shared {
        Some(shared) => {
            let path = args.out.display().to_string();
            ui.say("ui-psi-done", &[own, peer, ("shared", shared.into()), ("path", path.into())]);
        }
        None => ui.say("ui-interconn-helped", &[own, peer]),
    }
    Ok(Done::with(json!(found)))
}
