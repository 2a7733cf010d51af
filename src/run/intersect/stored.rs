//! The provider's stored encoding: asked from it, and answered from it.

use super::keys::Keys;
use super::way::Way;
use crate::contract::{Approved, ContractError, Draft, PsiTerms, Side};
use crate::node::Node;
use crate::problem::Problem;
use rand::CryptoRng;
use serde_json::{Value, json};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_net::{Channel, PartyId};
use yinshu_psi::unbalanced::{self, Asked, CopyRecord, Encoding, Query, Record, Where};
use yinshu_psi::{Progress, Terms};

/// How many of the provider's entries share a bucket with one that is asked about, at least.
pub(super) const CROWD: u32 = 64;

/// The recipient's side: in a copy under `copy`, brought up to date first, or in buckets.
pub(super) fn ask(
    channel: &mut dyn Channel,
    psi: &PsiTerms,
    keys: &Keys,
    terms: &Terms,
    copy: Option<&Path>,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Asked, Problem> {
    let key = psi.encoding_key;
    let copy = match copy {
        Some(folder) => Some(unbalanced::fetch(channel, folder, terms, key, progress)?.0),
        None => None,
    };
    let find = copy.as_ref().map_or(Where::Buckets { least: CROWD }, Where::Copy);
    let query = Query { find, verify: true, key };
    Ok(unbalanced::ask(channel, &keys.entries, terms, &query, rng, progress)?)
}

/// The provider's encoding, where its data set has one.
pub(super) fn open(node: &Node, approved: &Approved) -> Result<Encoding, Problem> {
    let terms = &approved.draft().terms;
    let folder = match approved.side() {
        Side::Provider(dataset) => dataset.encoding.as_ref(),
        Side::Recipient => None,
    };
    let folder = folder.ok_or_else(|| ContractError::NoEncoding {
        contract: terms.contract.id.clone(),
        catalogue: terms.data.catalogue.clone(),
    })?;
    let encoding = Encoding::open(&node.folder.0.join(folder))?;
    let psi = super::psi_terms(approved.draft());
    encoding.is_of(rules(approved.draft()), psi.payload.as_deref())?;
    Ok(encoding)
}

/// The digest of what makes a key, and a payload, of a row: kind, domain, and the cleaning that the contract agrees.
/// The headers under which a column is looked for do not count.
pub(crate) fn rules(draft: &Draft) -> Digest {
    let (psi, table) = (super::psi_terms(draft), &draft.terms.data.table);
    let payload = table.columns.iter().find(|column| Some(&column.name) == psi.payload.as_ref());
    let payload = payload.map(|column| ColumnSpec { aliases: Vec::new(), ..column.clone() });
    let cleaning = TableSpec { columns: payload.into_iter().collect(), ..table.clone() };
    let rules = json!({ "column": psi.column, "kind": psi.kind, "cleaning": cleaning });
    Digest::of_parts("yinshu psi rules v1", &[rules.to_string().as_bytes()])
}

/// How many items this peer asked about before under this key, by the log: the log is the ledger. Refused asks do
/// not count; those that were answered, however the run ended, do.
pub(super) fn asked_before(node: &Node, peer: &PartyId, key: Digest) -> u64 {
    let text = match std::fs::read(node.folder.audit_log()) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return 0,
        // What cannot be counted is spent.
        Err(_) => return u64::MAX,
    };
    let records =
        text.split(|byte| *byte == b'\n').filter_map(|line| yinshu_audit::Record::from_line(line).ok());
    let asks = records.filter(|r| r.action == "session.ask" && r.user == peer.as_str() && r.result == "ok");
    let contents = asks.filter_map(|record| serde_json::from_str::<Value>(&record.content).ok());
    let ours = contents.filter(|content| content["asked"]["key"] == json!(key));
    let items = ours.flat_map(|content| content["asked"]["items"].as_array().cloned().unwrap_or_default());
    items.fold(0, |sum: u64, items| sum.saturating_add(items.as_u64().unwrap_or(u64::MAX)))
}

/// The provider's side: `copied` is told what goes out as a copy, `asked` what is asked.
pub(super) fn answer(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    way: Way,
    rng: &mut impl CryptoRng,
    (copied, asked): (CopyRecord<'_>, Record<'_>),
) -> Result<Value, Problem> {
    if way == Way::Copy {
        unbalanced::offer(channel, encoding, terms, copied, &mut |_| {})?;
    }
    let answered = unbalanced::answer(channel, encoding, terms, rng, asked, &mut |_| {})?;
    Ok(json!({
        "asked": answered.peer_items, "commitment": answered.peer_commitment,
        "own": encoding.stats().entries, "version": answered.version, "buckets": answered.buckets,
    }))
}
