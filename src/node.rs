//! A node: its folder, configuration, keys and log; and the daemon that answers peers.

mod budget;
mod refusals;
mod serve;

pub use serve::{Serving, serve};

use crate::config::{Config, ConfigError, Folder, read_key, refuse_exposed};
use crate::contract::{Approved, ContractError, Draft};
use crate::problem::Problem;
use jiff::Timestamp;
use rand::Rng as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use yinshu_audit::{AuditError, Entry, Log, Stage};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_crypto::sign::SigningKey;
use yinshu_net::PartyId;
use yinshu_origin::here::index::IndexSecret;

/// A node's folder, read and checked.
pub struct Node {
    /// Where everything is.
    pub folder: Folder,
    /// `yinshu.toml`.
    pub config: Config,
    /// Only one thread of this process writes the log at a time; the log's own lock keeps out other
    /// processes for as long as an append takes.
    log: Mutex<()>,
    /// One session at a time is decided upon, from counting the quota to the record that it counts.
    opening: Mutex<()>,
    /// One state of a peer's log at a time is compared and kept.
    pub(crate) handed: Mutex<()>,
    /// Sessions of runs of several parties, until their run takes them.
    pub(crate) arrivals: crate::run::Arrivals,
}

/// What was done, for the audit log; who did it and when is added by [`Node::record`].
pub struct Deed<'a> {
    /// 操作行为: `contract.approve`, `session.open`, `origin.answer`, …
    pub action: &'static str,
    /// 操作对象: a contract, a package, a file.
    pub object: &'a str,
    /// 操作内容: the particulars.
    pub content: Value,
    /// 操作结果: `ok`, or `refused 6104`.
    pub result: String,
    /// 生命周期阶段.
    pub stage: Stage,
    /// Who: our operator, or a peer; and from where.
    pub by: Actor<'a>,
}

/// Who did something, and from which address.
#[derive(Clone, Copy)]
pub enum Actor<'a> {
    /// A person at this machine, by role.
    Operator,
    /// The administrator at this machine.
    Administrator,
    /// The auditor at this machine.
    Auditor,
    /// Another party's node.
    Peer(&'a PartyId, IpAddr),
    /// Something at an address that never said who it was.
    Stranger(IpAddr),
}

impl Node {
    /// Reads the node in `dir`.
    pub fn open(dir: &Path) -> Result<Self, ConfigError> {
        let folder = Folder(dir.to_owned());
        let config = Config::load(&folder)?;
        Ok(Self {
            folder,
            config,
            log: Mutex::default(),
            opening: Mutex::default(),
            handed: Mutex::default(),
            arrivals: Default::default(),
        })
    }

    /// The key that signs packages, results and the log.
    pub fn key(&self) -> Result<SigningKey, ConfigError> {
        read_key(&self.folder.node_key())
    }

    /// The secret under which indexes of batches mark people; made when first needed.
    pub fn index_secret(&self) -> Result<IndexSecret, Problem> {
        let path = self.folder.index_key();
        if !path.exists() {
            let mut bytes = [0; 32];
            randomness().fill_bytes(&mut bytes);
            let text = Secret::new(hex::encode(bytes));
            let failed = |e: std::io::Error| Problem::writing(&path, &e);
            let mut file =
                tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
            file.write_all(text.expose().as_bytes()).map_err(failed)?;
            file.as_file().sync_all().map_err(failed)?;
            match file.persist_noclobber(&path) {
                // Another run of this node made it meanwhile: that one is read below.
                Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => drop(made.map_err(|e| failed(e.error))?),
            }
        }
        refuse_exposed(&path)?;
        let text = Secret::new(std::fs::read_to_string(&path).map_err(|e| Problem::reading(&path, &e))?);
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.expose().trim(), &mut bytes)
            .map_err(|_| ConfigError::BadKeyFile { path: path.display().to_string() })?;
        Ok(IndexSecret::new(bytes))
    }

    /// Keeps others from opening a session until this is dropped: hold it from [`Node::approve`] to the
    /// record `session.open`, or two sessions could both be the last of the day.
    pub(crate) fn one_opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who did something and from where, in the words of the log.
    fn named(&self, by: Actor<'_>) -> (String, IpAddr) {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let people = &self.config.people;
        match by {
            Actor::Operator => (people.operator.clone(), here),
            Actor::Administrator => (people.administrator.clone(), here),
            Actor::Auditor => (people.auditor.clone(), here),
            Actor::Peer(party, ip) => (party.to_string(), ip),
            Actor::Stranger(ip) => ("?".to_owned(), ip),
        }
    }

    /// Appends one record, on disk when this returns. What cannot be recorded must not happen:
    /// callers stop on an error.
    pub fn record(&self, deed: Deed<'_>) -> Result<Digest, Problem> {
        let (user, ip) = self.named(deed.by);
        let entry = Entry {
            user,
            ip,
            object: deed.object.to_owned(),
            content: deed.content.to_string(),
            action: deed.action.to_owned(),
            result: deed.result,
            stage: deed.stage,
        };
        self.record_entry(&entry.fitted())
    }

    /// Does a run under a contract file. Where it ends early, whatever the reason, the log says so.
    pub fn recording_failure<T>(
        &self,
        contract: &Path,
        run: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let ended = run();
        if let Err(problem) = &ended {
            // Where not even this can be recorded (a full disk), the first problem is the one to tell.
            let _ = self.record(Deed {
                action: "run.end",
                object: &contract.display().to_string(),
                content: serde_json::json!({ "problem": problem.kind() }),
                result: outcome(Some(problem.code())),
                stage: Stage::Processing,
                by: Actor::Operator,
            });
        }
        ended
    }

    /// Appends a record that is complete already.
    pub fn record_entry(&self, entry: &Entry) -> Result<Digest, Problem> {
        let _one_at_a_time = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.open_log()?.append(entry, now())?.digest)
    }

    /// Opens the log, waiting up to ten seconds while another process of this node appends to it.
    pub fn open_log(&self) -> Result<Log, Problem> {
        let mut tries = 0;
        loop {
            match Log::open(&self.folder.audit_log(), self.key()?) {
                Err(AuditError::InUse { .. }) if tries < 200 => {
                    tries += 1;
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                opened => return Ok(opened?),
            }
        }
    }

    /// Approves a draft, or refuses it; either way the log says so.
    pub fn approve(&self, draft: Draft, by: Actor<'_>) -> Result<Approved, Problem> {
        self.approve_if(draft, by, |approved| self.within_quota(approved))
    }

    /// As [`Node::approve`], for a session that opens no run but belongs to one.
    pub(crate) fn approve_joining(&self, draft: Draft, by: Actor<'_>) -> Result<Approved, Problem> {
        self.approve_if(draft, by, Ok)
    }

    fn approve_if(
        &self,
        draft: Draft,
        by: Actor<'_>,
        quota: impl FnOnce(Approved) -> Result<Approved, ContractError>,
    ) -> Result<Approved, Problem> {
        let (contract, digest) = (draft.terms.contract.id.clone(), draft.digest);
        let scenario = draft.terms.contract.scenario;
        let verdict = draft.approve(&self.config, now()).and_then(quota);
        self.record(Deed {
            action: "contract.approve",
            object: &contract,
            content: serde_json::json!({ "digest": digest, "scenario": scenario }),
            result: outcome(verdict.as_ref().err().map(ContractError::code)),
            stage: Stage::Exchange,
            by,
        })?;
        Ok(verdict?)
    }

    /// Refuses when the contract has had its runs of today.
    fn within_quota(&self, approved: Approved) -> Result<Approved, ContractError> {
        let contract = approved.draft().terms.contract.id.clone();
        let limit = self.config.limits.runs_per_day;
        if self.runs_today(&contract) >= limit {
            return Err(ContractError::QuotaSpent { contract, limit });
        }
        match approved.draft().max_runs() {
            Some(limit) if !self.has_runs(approved.draft(), limit) => {
                Err(ContractError::RunsSpent { contract, limit })
            }
            _ => Ok(approved),
        }
    }

    /// Whether a further run may be opened: one more than before, or one that may go on with what is kept of an earlier one. Only
    /// what is then noted shows whether it does ([`Self::within_runs`]).
    fn has_runs(&self, draft: &Draft, limit: u32) -> bool {
        let answered = self.runs_answered(&draft.terms.contract.id);
        let kept =
            || draft.terms.query.is_some() && self.folder.work(&draft.digest).join("run.json").is_file();
        answered < limit || kept()
    }

    /// Refuses when more runs were asked for than the contract ever has, the one just noted among them: of two that
    /// were opened side by side and noted, neither is answered beyond the limit.
    pub(crate) fn within_runs(&self, draft: &Draft) -> Result<(), ContractError> {
        let contract = draft.terms.contract.id.clone();
        match draft.max_runs() {
            Some(limit) if self.runs_answered(&contract) > limit => {
                Err(ContractError::RunsSpent { contract, limit })
            }
            _ => Ok(()),
        }
    }

    /// How many runs the log says were answered under this contract: each is noted before it is, and among several once
    /// for each other party. Sessions are not counted, since whoever opens one chooses its name.
    fn runs_answered(&self, contract: &str) -> u32 {
        let mut runs = BTreeMap::<String, u32>::new();
        let asks = |r: &yinshu_audit::Record| r.action == "session.ask" && r.object == contract;
        let unread = self.each(|record| {
            if asks(&record) {
                let content: Value = serde_json::from_str(&record.content).unwrap_or_default();
                // A run that goes on with one that was broken off is one with it: only this node writes that it does.
                if content.pointer("/asked/resumes").is_some() {
                    return;
                }
                let party = content.pointer("/asked/party").and_then(Value::as_str);
                *runs.entry(party.unwrap_or_default().to_owned()).or_default() += 1;
            }
        });
        unread.unwrap_or_else(|| runs.into_values().max().unwrap_or(0))
    }

    /// How many sessions the log says were opened under this contract today. The log is the ledger:
    /// there is no second place in which the count could differ.
    fn runs_today(&self, contract: &str) -> u32 {
        let today = crate::contract::day_of(now());
        self.count(|r| {
            r.action == "session.open" && r.object == contract && crate::contract::day_of(r.time) == today
        })
    }

    /// How many records of the log are such.
    fn count(&self, such: impl Fn(&yinshu_audit::Record) -> bool) -> u32 {
        let mut count = 0u32;
        let unread = self.each(|record| count = count.saturating_add(u32::from(such(&record))));
        unread.unwrap_or(count)
    }

    /// Goes through the log; where it cannot be read, what its figures count as: what cannot be counted is spent.
    fn each(&self, mut told: impl FnMut(yinshu_audit::Record)) -> Option<u32> {
        match std::fs::read(self.folder.audit_log()) {
            Ok(text) => {
                let lines = text.split(|b| *b == b'\n');
                lines.filter_map(|line| yinshu_audit::Record::from_line(line).ok()).for_each(&mut told);
                None
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(_) => Some(u32::MAX),
        }
    }

    /// The approved contract with this digest among those this node holds, whoever asks for it.
    pub fn held_contract(&self, digest: &Digest) -> Result<Draft, ContractError> {
        let folder = self.folder.contracts();
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        files
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .filter_map(|path| Draft::read(&path).ok())
            .filter(|draft| draft.digest == *digest)
            // An unsigned copy may lie beside the signed one.
            .max_by_key(|draft| draft.signatures.len())
            .ok_or_else(|| ContractError::NotHeld { digest: digest.short() })
    }
}

/// 操作结果 in the words of the log: `ok`, or `refused` and the code.
pub fn outcome(code: Option<u16>) -> String {
    code.map_or_else(|| "ok".to_owned(), |code| format!("refused {code}"))
}

/// Randomness from the operating system: the one place in which this program asks for it.
pub fn randomness() -> impl rand::CryptoRng {
    rand::rand_core::UnwrapErr(rand::rngs::SysRng)
}

/// The time: the one place in which this program asks the clock.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the root package is where time comes in")]
    Timestamp::now()
}
