//! A long-lived base between two departments, and updates that cost what changed ([`yinshu_psi::delta`]).
//!
//! Each side keeps `<node>/bases/<contract>/base`. The recipient brings its whole table or packages of changes
//! ([`package`]), learns which of its keys entered or left the intersection, and keeps a [`Ledger`] beside its
//! base: changes about fewer persons than the contract's smallest group wait in it and join those of later
//! updates, until they are enough. The provider brings its live table.
//!
//! A new base is begun where neither side has one: delete the folder on both sides. What an update tells beyond a
//! run from scratch (pseudonyms that stay, histories) is stated in [`yinshu_psi::delta`].

mod error;
mod job;
mod ledger;
mod package;

pub use error::UpdateError;
pub use job::{Packages, Tables, UpdateJob, Updated};

use super::answer::{keys, note};
use super::intersect::{Keys, Shown, key_domain, matching, psi_terms};
use super::session::Session;
use crate::cli::Ui;
use crate::contract::{Approved, ContractError, Draft, PsiTerms};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::{CliError, Problem};
use crate::tables::Out;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use job::{Own, Read};
use ledger::{Change, Ledger};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use yinshu_audit::Stage;
use yinshu_net::Channel as _;
use yinshu_psi::delta::{self, Base, Room, Wanted};
use yinshu_psi::partition::Role;
use yinshu_psi::{PsiError, Terms};

/// The protocol's terms: the keys asked about over the life of the base have a limit of their own.
fn terms(draft: &Draft, max_peer: u64) -> Terms {
    let mut terms = matching(draft, max_peer);
    let most = psi_terms(draft).max_total_keys;
    terms.sections.iter_mut().for_each(|section| section.max = most.unwrap_or(section.max));
    terms
}

fn room(psi: &PsiTerms, role: Role) -> Room {
    match role {
        Role::Receiver => Room { own: psi.max_recipient_keys, peer: psi.max_provider_keys },
        Role::Sender => Room { own: psi.max_provider_keys, peer: psi.max_recipient_keys },
    }
}

/// The base of a contract, made where there is none; waits so long for an update that is using it.
fn open(
    folder: &Path,
    role: Role,
    terms: &Terms,
    psi: &PsiTerms,
    patience: Duration,
) -> Result<Base, Problem> {
    let base = folder.join("base");
    let until = Instant::now() + patience;
    loop {
        let opened = if base.join("state").exists() {
            Base::open(&base, role, terms)
        } else {
            Base::create(&base, role, terms, room(psi, role), &mut randomness())
        };
        match opened {
            Err(PsiError::InUse { .. }) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(100));
            }
            opened => return Ok(opened?),
        }
    }
}

/// Ready to meet the provider: what there is to say is noted on disk.
pub(super) struct Ready {
    approved: Approved,
    base: Base,
    ledger: Ledger,
    own: Own,
    read: Read,
}

/// Opens the base and reads the own side.
pub(super) fn ready(node: &Node, approved: Approved, job: &UpdateJob) -> Result<Ready, Problem> {
    Out::check(&job.out)?;
    if job.out.exists() {
        // It may hold changes that nobody has read yet.
        return Err(CliError::Exists { path: job.out.display().to_string() }.into());
    }
    let draft = approved.draft();
    let psi = psi_terms(draft);
    if !psi.incremental {
        return Err(ContractError::NotIncremental { contract: draft.terms.contract.id.clone() }.into());
    }
    let folder = node.folder.base(&draft.digest);
    let terms = terms(draft, psi.max_provider_keys);
    let mut base = open(&folder, Role::Receiver, &terms, psi, Duration::ZERO)?;
    let mut ledger = Ledger::open(&folder, key_domain(psi))?;
    ledger.catch_up(&base)?;
    let (own, read) = job.read(draft, &mut base, &mut ledger)?;
    Ok(Ready { approved, base, ledger, own, read })
}

/// The base has the update; what changed is in the ledger.
pub(super) struct Done {
    session: Session,
    ledger: Ledger,
    told: Updated,
    commitment: Value,
}

impl Ready {
    /// Meets the provider and updates.
    pub(super) fn run(self, node: &Node, ui: &Ui) -> Result<Done, Problem> {
        let Self { approved, mut base, mut ledger, own, read } = self;
        let terms = {
            let draft = approved.draft();
            terms(draft, psi_terms(draft).max_provider_keys)
        };
        let mut session = Session::open(node, approved)?;
        let bar = ui.progress("psi-tokens", 0);
        let channel = &mut session.channel;
        let done = delta::update_receiver(channel, &mut base, own.wanted(), &terms, &mut randomness())?;
        drop(bar);
        ledger.catch_up(&base)?;
        ledger.settle(own.gone())?;
        session.exchange_checkpoints(node)?;
        session.channel.close()?;
        let told = Updated {
            version: base.version(),
            read,
            own: base.len(),
            inserted: done.net.0,
            deleted: done.net.1,
            changed: Shown::Exactly(0),
            appeared: None,
            out: None,
            meter: session.channel.meter(),
        };
        let commitment = json!(done.committed.as_ref().map(|(commitment, _)| commitment));
        Ok(Done { session, ledger, told, commitment })
    }
}

impl Done {
    /// Records and writes the changes, where they are about enough persons; else they stay for the next update.
    pub(super) fn publish(self, node: &Node, out: &Path) -> Result<Updated, Problem> {
        let Self { session, mut ledger, mut told, commitment } = self;
        let draft = session.approved.draft();
        let (changes, shown) = ledger.unreleased(draft.terms.data.min_group_size);
        told.changed = shown;
        node.record(Deed {
            action: "result.release",
            object: &draft.terms.contract.id,
            content: json!({
                "session": session.id, "own": told.own, "version": told.version, "changed": shown,
                "commitment": commitment, "protocol": "delta",
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        if let (Shown::Exactly(_), false) = (shown, changes.is_empty()) {
            let fresh = beside(out);
            write(&fresh, &psi_terms(draft).column, &changes)?;
            ledger.place(&fresh, out)?;
            told.out = Some(out.to_owned());
        }
        if let Shown::Exactly(_) = shown {
            let appeared = changes.iter().filter(|(_, change)| *change == Change::Appeared).count();
            told.appeared = Some(appeared as u64);
        }
        Ok(told)
    }
}

/// Where a file lies until it is put in its place.
fn beside(out: &Path) -> std::path::PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!(".new-{name}"))
}

fn write(path: &Path, column: &str, changes: &[(String, Change)]) -> Result<(), Problem> {
    let mut file = Out::create(path, &[column, "change"])?;
    let keys: StringArray = changes.iter().map(|(key, _)| Some(key.as_str())).collect();
    let kinds: StringArray = changes.iter().map(|(_, change)| Some(change.word())).collect();
    let columns = [(column, Arc::new(keys) as ArrayRef), ("change", Arc::new(kinds))];
    let batch = RecordBatch::try_from_iter(columns);
    file.write(&batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?)?;
    file.finish()
}

/// The provider's side: what changed in its live table since the last update.
pub(super) fn answer(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let (draft, id) = (session.approved.draft(), session.id);
    let psi = psi_terms(draft);
    let terms = terms(draft, psi.max_recipient_keys);
    // The session that a killed recipient left behind waits so long for it.
    let patience = Duration::from_secs(node.config.limits.peer_timeout_seconds + 5);
    let mut base = open(&node.folder.base(&draft.digest), Role::Sender, &terms, psi, patience)?;
    let keys = Keys::read(keys(node, &session.approved, &psi.column)?, psi, u64::MAX, |_| {})?;
    let mut asked = |ask: &delta::msg::Ask| {
        let asked = json!({ "items": ask.counts, "commitment": ask.commitment, "protocol": "delta" });
        note(node, id, draft, &asked, by)
    };
    let (channel, rng) = (&mut session.channel, &mut randomness());
    let own = Wanted::Whole(&keys.entries);
    let done = delta::update_sender(channel, &mut base, own, &terms, rng, &mut asked)?;
    Ok(json!({
        "own": base.len(), "inserted": done.net.0, "deleted": done.net.1, "version": base.version(),
        "asked_since_begin": base.asked(), "protocol": "delta",
    }))
}
