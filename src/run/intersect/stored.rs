//! The provider's stored encoding: asked from it, and answered from it.

use super::keys::Keys;
use super::way::Way;
use crate::contract::{Approved, ContractError, PsiTerms, Side};
use crate::node::Node;
use crate::problem::Problem;
use rand::CryptoRng;
use serde_json::{Value, json};
use std::path::Path;
use yinshu_net::Channel;
use yinshu_psi::unbalanced::{self, Asked, Encoding, Query, Record, Where};
use yinshu_psi::{Progress, Terms};

/// How many of the provider's entries share a bucket with one that is asked about, at least.
const CROWD: u32 = 64;

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
    Ok(Encoding::open(&node.folder.0.join(folder))?)
}

/// The provider's side.
pub(super) fn answer(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    way: Way,
    rng: &mut impl CryptoRng,
    asked: Record<'_>,
) -> Result<Value, Problem> {
    if way == Way::Copy {
        unbalanced::offer(channel, encoding, terms, &mut |_| {})?;
    }
    let answered = unbalanced::answer(channel, encoding, terms, rng, asked, &mut |_| {})?;
    Ok(json!({
        "asked": answered.peer_items, "commitment": answered.peer_commitment,
        "own": encoding.stats().entries, "version": answered.version, "buckets": answered.buckets,
    }))
}
