//! Making a return package under a contract.

use super::verify::terms_of;
use crate::cli::origin::PackArgs;
use crate::contract::{Approved, ContractError, Role, Side};
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use crate::tables::count_cleaned;
use jiff::civil::Date;
use jiff::{Timestamp, tz};
use serde_json::json;
use std::fs;
use std::io::Write as _;
use yinshu_audit::Stage;
use yinshu_data::Source;
use yinshu_origin::package::{self, Counting, Manifest, PackFile, PackTerms, Period, Roles};

/// Packs files for the recipient of the contract, keeps the signed manifest in the node's folder (only
/// batches that were issued may be verified against the source), and records it.
pub fn pack(
    node: &Node,
    approved: &Approved,
    args: &PackArgs,
    progress: &mut dyn FnMut(u64),
) -> Result<Manifest, Problem> {
    let draft = approved.draft();
    let Side::Provider(dataset) = approved.side() else {
        return Err(ContractError::WrongRole {
            contract: draft.terms.contract.id.clone(),
            party: node.config.node.name.to_string(),
            role: "recipient".to_owned(),
        }
        .into());
    };
    let origin = draft.terms.origin.as_ref().expect("a checked contract has its scenario's section");
    let period = Period { from: args.period.from, to: args.period.to };
    let roles = Roles {
        division: origin.division_column.clone(),
        key: origin.key.clone(),
        update_time: Some(origin.update_column.clone()),
    };
    let named = format!("{}..{}", period.from, period.to);
    let terms = PackTerms {
        catalogue: draft.terms.data.catalogue.clone(),
        source_system: dataset.source_system.clone(),
        provider: node.config.node.name.clone(),
        recipient: draft.party(Role::Recipient).name.clone(),
        contract: Some(draft.digest),
        batch: args.batch.clone().unwrap_or(named),
        previous: None,
        period,
        expires: end_of(args.expires)?,
        divisions: origin.divisions.iter().cloned().collect(),
        roles,
        counting: Counting::Cleaned,
    };
    let file = |path: &std::path::PathBuf| PackFile { source: Source::file(path), name: None };
    let files: Vec<PackFile> = args.files.iter().map(file).collect();
    let mut counted = 0;
    let manifest = package::pack(
        &files,
        &terms,
        &mut |source, name, roles| {
            counted += 1;
            progress(counted);
            count_cleaned(&draft.terms.data.table, source, name, roles)
        },
        &node.key()?,
        now(),
        &args.out,
    );
    node.record(Deed {
        action: "origin.pack",
        object: &draft.terms.contract.id,
        content: json!({
            "package": args.out, "manifest": manifest.as_ref().ok().map(Manifest::digest),
            "rows": manifest.as_ref().ok().map(Manifest::counted),
        }),
        result: outcome(manifest.as_ref().err().map(package::PackageError::code)),
        stage: Stage::Exchange,
        by: Actor::Operator,
    })?;
    let manifest = manifest?;
    terms_of(draft, &manifest).check()?;
    issue(node, &manifest)?;
    Ok(manifest)
}

/// Keeps a signed manifest among those that were issued.
pub fn issue(node: &Node, manifest: &Manifest) -> Result<(), Problem> {
    let folder = node.folder.issued();
    let path = folder.join(format!("{}.json", manifest.digest()));
    let written = || {
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(&manifest.to_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)
    };
    written().map(drop).map_err(|e: std::io::Error| Problem::writing(&path, &e))
}

/// The first moment after a day, in the parties' time zone.
fn end_of(day: Date) -> Result<Timestamp, Problem> {
    let next = day.tomorrow().map_err(|e| Problem::internal(e.to_string()))?;
    let zone = tz::TimeZone::fixed(tz::offset(8));
    let midnight = next.to_zoned(zone).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(midnight.timestamp())
}
