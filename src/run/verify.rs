//! A county's verification of what was returned to it, one type for each arrow.

mod release;

pub use release::Verified;
pub(super) use release::write_private;

use super::bars::Bars;
use super::session::Session;
use crate::cli::Ui;
use crate::contract::{Approved, ContractError, Draft, OriginTerms};
use crate::node::{Actor, Deed, Node, now, outcome, randomness};
use crate::problem::{CliError, Problem};
use crate::report_page::Seal;
use crate::tables::{CleanTable, flat};
use serde_json::json;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;
use yinshu_audit::Stage;
use yinshu_data::Source;
use yinshu_data::clean::CleanReport;
use yinshu_net::{Channel as _, Meter};
use yinshu_origin::here::index::Index;
use yinshu_origin::ledger::DefectFile;
use yinshu_origin::package::{self, Counting, Keys, Manifest, OpenedPackage};
use yinshu_origin::report::Timing;
use yinshu_origin::rows::returned_file;
use yinshu_origin::terms::{Aliases, LocalColumns, Period, Quotas, Terms};
use yinshu_origin::{Here, HereInput, ReturnedFile, There, VerifyError, ask, verify_here};

/// What to verify.
#[derive(Debug, Clone)]
pub struct VerifyJob {
    /// The package's folder.
    pub package: PathBuf,
    /// The contract.
    pub contract: PathBuf,
    /// The county's own table.
    pub local: Source,
    /// Without the provider: only the half that is done here.
    pub offline: bool,
    /// The folder for report, defects and objections; it must not exist.
    pub out: PathBuf,
    /// The index of the batch before.
    pub previous: Option<PathBuf>,
    /// Where the page goes, if not among the rest.
    pub html: Option<PathBuf>,
}

/// What one run of the protocol is told of the package: its manifest, which the provider signed.
pub(super) const ASK_BYTES: usize = 32;

/// The rulebook of one verification: the contract, applied to one batch.
pub fn terms_of(draft: &Draft, manifest: &Manifest) -> Terms {
    let data = &draft.terms.data;
    let origin: &OriginTerms =
        draft.terms.origin.as_ref().expect("a checked contract has its scenario's section");
    let columns = data.table.columns.iter();
    let birth = columns.clone().find(|c| c.birth_of.is_some()).map(|c| c.name.clone());
    let local_birth = origin.local.columns.iter().find(|c| c.birth_of.is_some()).map(|c| c.name.clone());
    let same_as = |column: &String| origin.same_as.get(column).cloned().unwrap_or_default();
    let compared = origin.same_as.iter().filter(|(returned, _)| !origin.key.contains(returned));
    Terms {
        catalogue: data.catalogue.clone(),
        columns: columns.map(|c| c.name.clone()).collect(),
        key: origin.key.clone(),
        division: origin.division_column.clone(),
        divisions: origin.divisions.iter().cloned().collect(),
        aliases: Aliases(origin.division_aliases.clone()),
        birth,
        update_time: Some(origin.update_column.clone()),
        cadence_days: origin.cadence_days,
        period: Period { from: manifest.period.from, to: manifest.period.to },
        minimum_group: u64::from(data.min_group_size),
        private_fields: origin.private_fields.clone(),
        scope: origin.scope,
        local: LocalColumns {
            key: origin.key.iter().map(same_as).collect(),
            fields: compared.map(|(returned, local)| (returned.clone(), local.clone())).collect(),
            town: origin.local_division_column.clone(),
            birth: local_birth,
        },
        quotas: Quotas {
            keys: origin.max_keys,
            per_field: origin.max_keys.min(rows_in(manifest)),
            source_rows: origin.max_source_rows,
        },
    }
}

/// The rows of a package as its files hold them; its counts per cell may be wrong, which is for the
/// verification to find.
pub(super) fn rows_in(manifest: &Manifest) -> u64 {
    manifest.files.iter().map(|file| file.rows).sum()
}

/// The package, checked to the last byte; recorded.
pub(super) struct Opened {
    approved: Approved,
    package: OpenedPackage,
    terms: Terms,
}

/// Opens the package as this node, from the provider of the contract.
pub(super) fn open(node: &Node, approved: Approved, job: &VerifyJob) -> Result<Opened, Problem> {
    let package = open_package(node, &job.package)?;
    let (manifest, draft) = (package.manifest(), approved.draft());
    if manifest.contract != Some(draft.digest) || &manifest.provider != approved.peer() {
        let (contract, manifest) = (draft.terms.contract.id.clone(), package.digest().short());
        return Err(ContractError::OtherContract { contract, manifest }.into());
    }
    let terms = terms_of(approved.draft(), package.manifest());
    terms.check()?;
    Ok(Opened { approved, package, terms })
}

/// Opens a package from any provider this node knows; recorded, whichever way it ends.
pub fn open_package(node: &Node, folder: &Path) -> Result<OpenedPackage, Problem> {
    let peers = node.config.peers.iter();
    let providers: Keys = peers.map(|peer| (peer.name.clone(), vec![peer.node_key])).collect();
    let opened = package::open(folder, &node.config.node.name, &providers, now());
    let manifest = opened.as_ref().ok().map(OpenedPackage::digest);
    node.record(Deed {
        action: "origin.open",
        object: &folder.display().to_string(),
        content: json!({ "manifest": manifest }),
        result: outcome(opened.as_ref().err().map(package::PackageError::code)),
        stage: Stage::Collection,
        by: Actor::Operator,
    })?;
    Ok(opened?)
}

/// What was found where the data lies. The defects wait in a staging folder that nobody else can read.
pub(super) struct Looked {
    batch: Batch,
    defects: DefectFile,
}

/// One batch under verification, and what is known of it so far.
struct Batch {
    opened: Opened,
    here: Here,
    staging: tempfile::TempDir,
    /// Locked for as long as the staging folder is somebody's.
    in_use: fs::File,
    cleaned: CleanReport,
    timings: Vec<Timing>,
}

impl Opened {
    /// The half of the verification that needs nobody else.
    pub(super) fn look_here(self, node: &Node, job: &VerifyJob, ui: &Ui) -> Result<Looked, Problem> {
        let (staging, in_use) = staging_beside(&job.out)?;
        let mut defects = DefectFile::create(&staging.path().join("defects.jsonl"))?;
        let began = Instant::now();
        let origin = self.approved.draft().terms.origin.as_ref().expect("checked with the scenario");
        let secret = node.index_secret()?;
        let previous = job.previous.as_ref().map(|path| Index::read(path, &secret)).transpose()?;
        let tallied = Rc::new(RefCell::new(CleanReport::default()));
        let local = CleanTable::open(&job.local, &origin.local)?;
        let manifest = self.package.manifest();
        let counted = match manifest.counting {
            Counting::Cleaned => None,
            Counting::Raw => Some(flat(&self.package.recount(&Source::default())?)),
        };
        let input = HereInput {
            terms: &self.terms,
            promised: &flat(&manifest.counts),
            counted: counted.as_ref(),
            local: local.rows("local"),
            files: Box::new(returned_files(&self, &tallied)),
            previous: previous.as_ref(),
            secret: &secret,
        };
        let bar = ui.progress("origin-here", manifest.files.iter().map(|f| f.rows).sum());
        let here = verify_here(input, &mut |defect| defects.push(&defect), &mut |_, rows| bar.set(rows))?;
        drop(bar);
        ui.go_on()?;
        unchanged(node, &self.package)?;
        here.index().write(&staging.path().join("batch.index"), &secret)?;
        let cleaned = tallied.borrow().clone();
        let timings = vec![timing("here", began)];
        Ok(Looked { batch: Batch { opened: self, here, staging, in_use, cleaned, timings }, defects })
    }
}

/// Refuses a package whose files are not, after they were read, what they were when it was opened: they
/// are read by their paths, and the folder may be one that others write to.
fn unchanged(node: &Node, package: &OpenedPackage) -> Result<(), Problem> {
    let Err(changed) = package.recheck() else { return Ok(()) };
    node.record(Deed {
        action: "origin.recheck",
        object: &package.dir().display().to_string(),
        content: json!({ "manifest": package.digest() }),
        result: outcome(Some(changed.code())),
        stage: Stage::Collection,
        by: Actor::Operator,
    })?;
    Err(changed.into())
}

/// The files of the package, each opened when its turn comes.
fn returned_files<'a>(
    opened: &'a Opened,
    tallied: &'a Rc<RefCell<CleanReport>>,
) -> impl Iterator<Item = Result<ReturnedFile<'a>, VerifyError>> + 'a {
    let spec = &opened.approved.draft().terms.data.table;
    opened.package.files().map(move |file| {
        let tallied = Rc::clone(tallied);
        let done = move |report: &CleanReport| tallied.borrow_mut().merge(report);
        returned_file(&file.entry.name, &Source::file(&file.path), spec, done)
    })
}

/// What both halves found; every defect is on disk, in the staging folder.
pub(super) struct Outcome {
    batch: Batch,
    there: Option<There>,
    meter: Option<Meter>,
    seal: Option<Seal>,
}

impl Looked {
    /// The half that is done with the provider, privately; nothing when offline.
    pub(super) fn ask_there(self, node: &Node, job: &VerifyJob, ui: &Ui) -> Result<Outcome, Problem> {
        let Self { mut batch, mut defects } = self;
        let (mut there, mut meter, mut seal) = (None, None, None);
        if !job.offline {
            let began = Instant::now();
            let mut session = Session::open(node, batch.opened.approved.clone())?;
            let found = batch.ask(&mut session, &mut defects, ui)?;
            seal = Some(session.exchange_checkpoints(node)?);
            session.channel.close()?;
            (there, meter) = (Some(found), Some(session.channel.meter()));
            batch.timings.push(timing("there", began));
        }
        defects.finish()?;
        Ok(Outcome { batch, there, meter, seal })
    }
}

impl Batch {
    fn ask(&self, session: &mut Session, defects: &mut DefectFile, ui: &Ui) -> Result<There, Problem> {
        let contract = session.contract();
        session.channel.phase("ask");
        session.channel.send(self.opened.package.digest().0.to_vec())?;
        let mut bars = Bars::new(ui);
        let found = ask(
            &mut session.channel,
            &self.opened.terms,
            contract,
            &self.here,
            &mut randomness(),
            &mut |defect| defects.push(&defect),
            &mut |progress| bars.show(progress),
        );
        Ok(found?)
    }
}

/// What the names of staging folders begin with.
const STAGING: &str = ".verify-";
/// The file in a staging folder that is locked for as long as its run lasts.
const IN_USE: &str = "in-use";

/// A folder beside `out`, to be renamed to it; readable by its owner alone. What killed runs left there
/// goes: it names people.
fn staging_beside(out: &Path) -> Result<(tempfile::TempDir, fs::File), Problem> {
    if out.symlink_metadata().is_ok() {
        return Err(CliError::Exists { path: out.display().to_string() }.into());
    }
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: std::io::Error| Problem::writing(folder, &e);
    fs::create_dir_all(folder).map_err(failed)?;
    sweep(folder);
    let made = tempfile::Builder::new().prefix(STAGING).tempdir_in(folder).map_err(failed)?;
    let lock = fs::File::create(made.path().join(IN_USE)).map_err(failed)?;
    // Where files cannot be locked, nobody can take this one for left behind either.
    let _ = lock.try_lock();
    Ok((made, lock))
}

/// Removes the staging folders whose runs are over; one that cannot be removed is left.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let staging = entry.file_name().to_string_lossy().starts_with(STAGING);
        if staging && fs::File::open(entry.path().join(IN_USE)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn timing(step: &str, began: Instant) -> Timing {
    Timing { step: step.to_owned(), seconds: began.elapsed().as_secs_f64() }
}
