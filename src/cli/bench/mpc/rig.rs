//! Three parties on this machine, each a process of its own, over TLS, and where asked for over a slow network.

use super::party::{Addresses, Order};
use super::work::{Job, Took};
use crate::cli::Ui;
use crate::cli::bench::peers::{Ended, no_process};
use crate::cli::bench::shaped::pipe;
use crate::problem::{CliError, Problem};
use crate::run::plan::Link;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use yinshu_mpc::Role;
use yinshu_net::tls::Fingerprint;

/// A party as its starter sees it. It is ended with us, whatever happens.
struct Party {
    child: Ended,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Party {
    fn start(role: Role) -> Result<Self, Problem> {
        let program = std::env::current_exe().map_err(no_process)?;
        let mut command = Command::new(program);
        let words = ["--lang", "en", "--quiet", "bench", "mpc", "--party"];
        command.args(words).arg(role.number().to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = Ended(command.spawn().map_err(no_process)?);
        let (Some(to), Some(from)) = (child.0.stdin.take(), child.0.stdout.take()) else {
            return Err(Problem::internal("a party without pipes"));
        };
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn tell(&mut self, what: &impl Serialize) -> Result<(), Problem> {
        let line = serde_json::to_string(what).unwrap_or_default();
        writeln!(self.to, "{line}").map_err(no_process)
    }

    /// The next line; where there is none, how the party ended.
    fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Problem> {
        let mut line = String::new();
        self.from.read_line(&mut line).map_err(no_process)?;
        serde_json::from_str(&line).or_else(|_| {
            let exit = self.child.0.wait().map_err(no_process)?.code();
            Err(CliError::StepFailed { command: "bench mpc --party".to_owned(), exit }.into())
        })
    }
}

/// Runs a job between three parties: what each of them took, by role.
pub(super) fn run(job: &Job, link: Option<Link>, ui: &Ui) -> Result<[Took; 3], Problem> {
    ui.go_on()?;
    let mut parties = each(Party::start)?;
    let certificates: [Fingerprint; 3] = each(|role| parties[role.number()].hear())?;
    let order = Order { job: *job, certificates };
    parties.iter_mut().try_for_each(|party| party.tell(&order))?;
    let addresses: Addresses = each(|role| parties[role.number()].hear())?;
    for role in Role::ALL {
        // Each pair has a wire of its own.
        let seen = each(|other| at(addresses[other.number()], link.filter(|_| other < role)))?;
        parties[role.number()].tell(&seen)?;
    }
    // All three, before one of them is ended.
    each(|role| parties[role.number()].hear())
}

/// Where a party is seen that listens there.
fn at(address: SocketAddr, link: Option<Link>) -> Result<SocketAddr, Problem> {
    link.map_or(Ok(address), |link| pipe::open(address, link))
}

/// One for each role.
fn each<T>(f: impl FnMut(Role) -> Result<T, Problem>) -> Result<[T; 3], Problem> {
    let all = Role::ALL.into_iter().map(f).collect::<Result<Vec<T>, _>>()?;
    all.try_into().map_err(|_| Problem::internal("three parties are three"))
}
