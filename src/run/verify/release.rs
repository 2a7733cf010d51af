//! From what was found to a folder that may be read: release, record, publish.

use super::super::page::write_page;
use super::{Batch, IN_USE, Outcome, VerifyJob};
use crate::cli::Ui;
use crate::contract::Role;
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use crate::report_page::Seal;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use yinshu_audit::{Bound, Provenance, Stage};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_origin::ledger::read_defects;
use yinshu_origin::objection::{KeyForm, raise, save};
use yinshu_origin::report::{About, Cost};
use yinshu_origin::{Defect, DefectKind, Report};

/// The name of the page in the folder.
const PAGE: &str = "report.html";

/// What may be shown and written: breakdowns suppressed below the contract's smallest group, and the
/// row-level defects for the county's own folder.
pub(in crate::run) struct Released {
    batch: Batch,
    report: Report,
    opening: Option<Secret<String>>,
    objections: u64,
    seal: Option<Seal>,
    out: PathBuf,
}

impl Outcome {
    /// Applies the contract's release rules, and raises the objections.
    pub(in crate::run) fn release(self, node: &Node, job: &VerifyJob) -> Result<Released, Problem> {
        let Self { mut batch, there, meter, seal } = self;
        let manifest = batch.opened.package.manifest();
        let draft = batch.opened.approved.draft();
        let title = |role| draft.party(role).title.clone();
        let about = About {
            contract: draft.digest,
            manifest: batch.opened.package.digest(),
            catalogue: manifest.catalogue.clone(),
            provider: title(Role::Provider),
            recipient: title(Role::Recipient),
            period: batch.opened.terms.period,
            made: now(),
        };
        let cost = Cost::new(meter.as_ref(), std::mem::take(&mut batch.timings));
        let report = Report::assemble(about, &batch.opened.terms, &batch.here, there.as_ref(), cost);
        let opening = there.as_ref().map(|t| Secret::new(hex::encode(t.salt.expose())));
        let objections = batch.object(node)?;
        Ok(Released { batch, report, opening, objections, seal, out: job.out.clone() })
    }
}

impl Batch {
    /// Raises an objection for every defect, in the staging folder.
    fn object(&self, node: &Node) -> Result<u64, Problem> {
        let folder = self.staging.path().join("objections");
        fs::create_dir(&folder).map_err(|e| Problem::writing(&folder, &e))?;
        let found: Vec<_> =
            read_defects(&self.staging.path().join("defects.jsonl"))?.collect::<Result<_, _>>()?;
        // A missing resident can only be found by the key, and the provider holds it already: that is
        // the defect. Everything else is found by file, row and digest.
        let (missing, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|defect: &Defect| defect.kind == DefectKind::MissingResident);
        let (package, key, at) = (&self.opened.package, node.key()?, now());
        let mut raised = raise(package, missing, KeyForm::Full, &key, at)?;
        raised.extend(raise(package, others, KeyForm::Masked, &key, at)?);
        for objection in &raised {
            save(&folder, objection)?;
        }
        Ok(raised.len() as u64)
    }
}

/// Recorded in the audit log, with its provenance.
pub(in crate::run) struct Recorded {
    released: Released,
    bound: Bound,
}

impl Released {
    /// Writes the report into the staging folder and its digest into the log: before anybody sees it.
    pub(in crate::run) fn record(self, node: &Node) -> Result<Recorded, Problem> {
        let folder = self.batch.staging.path();
        let text = serde_json::to_vec_pretty(&self.report)
            .map_err(|e| Problem::internal(format!("a report does not serialise: {e}")))?;
        write_private(&folder.join("report.json"), &text)?;
        let cleaning = serde_json::to_vec_pretty(&self.batch.cleaned)
            .map_err(|e| Problem::internal(format!("a cleaning report does not serialise: {e}")))?;
        write_private(&folder.join("cleaning.json"), &cleaning)?;
        let draft = self.batch.opened.approved.draft();
        let signers = draft.signatures.iter().map(|s| s.by.clone());
        let people = std::iter::once(self.batch.opened.approved.operator().to_owned()).chain(signers);
        let provenance = Provenance {
            people: people.collect(),
            system: format!("{} ({})", node.config.node.system, node.config.node.name),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            time: self.report.about.made,
            method: format!("origin-verify, ecdh-psi, contract {}", draft.terms.contract.id),
        };
        let bound = provenance.bind(Digest::sha256(&text))?;
        node.record_entry(&bound.entry(Stage::Processing, "ok"))?;
        let found: u64 = self.report.findings().filter_map(|f| f.count).sum();
        node.record(Deed {
            action: "result.release",
            object: &draft.terms.contract.id,
            content: json!({
                "report": bound.result, "manifest": self.report.about.manifest, "defects": found,
                "commitment": self.report.private.as_ref().map(|p| p.commitment),
                "objections": self.objections,
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        let bound_text = serde_json::to_vec_pretty(&bound)
            .map_err(|e| Problem::internal(format!("a provenance does not serialise: {e}")))?;
        write_private(&folder.join("provenance.json"), &bound_text)?;
        if let Some(opening) = &self.opening {
            // Opens the commitment in both logs, should an inspector ask.
            write_private(&folder.join("opening.secret"), opening.expose().as_bytes())?;
        }
        Ok(Recorded { released: self, bound })
    }
}

/// A finished verification, in its folder.
#[derive(Debug)]
pub struct Verified {
    /// The report.
    pub report: Report,
    /// Where it came from.
    pub provenance: Bound,
    /// Our log as it stood when the report was recorded; the provider's too, if the provider was asked.
    pub seals: Vec<Seal>,
    /// What people call the columns and divisions.
    pub captions: BTreeMap<String, String>,
    /// The report as a page.
    pub html: PathBuf,
    /// The folder: `report.json`, `defects.jsonl`, `objections/`, `batch.index`, `provenance.json`, …
    pub folder: PathBuf,
    /// How many objections were raised.
    pub objections: u64,
}

impl Recorded {
    /// Writes the page and puts the folder in its place: only now does anything appear, and all of it.
    pub(in crate::run) fn publish(self, node: &Node, job: &VerifyJob, ui: &Ui) -> Result<Verified, Problem> {
        let Released { batch: Batch { staging, in_use, opened, .. }, report, objections, seal, out, .. } =
            self.released;
        let head = node.open_log()?.checkpoint()?.head();
        let ours = Seal { party: node.config.node.title.clone(), records: head.size, root: head.root };
        let verified = Verified {
            captions: opened.approved.draft().terms.data.captions.clone(),
            seals: [ours].into_iter().chain(seal).collect(),
            html: job.html.clone().unwrap_or_else(|| out.join(PAGE)),
            folder: out,
            provenance: self.bound,
            report,
            objections,
        };
        let page = job.html.clone().unwrap_or_else(|| staging.path().join(PAGE));
        write_page(&verified, &page, ui.texts())?;
        let out = &verified.folder;
        let marker = staging.path().join(IN_USE);
        fs::remove_file(&marker).map_err(|e| Problem::writing(&marker, &e))?;
        fs::rename(staging.path(), out).map_err(|e| Problem::writing(out, &e))?;
        // The folder was renamed away: there is nothing left to remove.
        let _ = staging.keep();
        drop(in_use);
        Ok(verified)
    }
}

/// Writes a file that only its owner can read, beside and renamed.
pub(in crate::run) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}
