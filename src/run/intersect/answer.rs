//! The provider's side of an intersection.

use super::large::{self, Large};
use super::learned::opens;
use super::{Keys, Shown, Way, held, matching, output, psi_terms, stored, sums, way};
use crate::contract::{Approved, Draft, Learn, PsiProtocol, PsiResult, PsiTerms};
use crate::node::{Actor, Deed, Node, now, outcome, randomness};
use crate::problem::Problem;
use crate::run::answer::{keys, note, noted, source};
use crate::run::session::Session;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_net::SessionId;
use yinshu_psi::ecdh::msg::OpenPackage;
use yinshu_psi::partition::Opening;
use yinshu_psi::size::{self, Sizes};
use yinshu_psi::sum;
use yinshu_psi::unbalanced::{self, Declined, Encoding, Offered};

/// What the provider brings.
enum Own {
    Keys(Keys),
    Rows(sums::Rows),
    Stored(Box<Encoding>),
    /// A run that was begun with sets divided on disk.
    Begun(Box<Large>),
}

impl Own {
    fn read(node: &Node, approved: &Approved, psi: &PsiTerms) -> Result<Self, Problem> {
        if psi.protocol == PsiProtocol::Unbalanced {
            return Ok(Self::Stored(Box::new(stored::open(node, approved)?)));
        }
        if psi.divisible() {
            // The session that a killed recipient left behind waits so long for it.
            if let Some(kept) = Large::kept(node, approved.draft(), large::patience(node))? {
                return Ok(Self::Begun(Box::new(kept)));
            }
        }
        let most = held(psi, node.config.limits.psi_memory);
        Ok(match psi.result {
            PsiResult::Sums => Self::Rows(sums::rows(source(node, approved)?, psi)?),
            PsiResult::Regions => return Err(Problem::internal("regions, of two parties")),
            PsiResult::Keys | PsiResult::Size | PsiResult::Counts => {
                Self::Keys(Keys::read(keys(node, approved, &psi.column)?, psi, most, |_| {})?)
            }
        })
    }

    /// How many it brings, and whether they must be divided.
    fn items(&self) -> (u64, bool) {
        (self.len(), matches!(self, Self::Keys(Keys { over: true, .. }) | Self::Begun(_)))
    }

    fn len(&self) -> u64 {
        match self {
            Self::Begun(kept) => kept.entries(),
            Self::Keys(keys) => keys.len(),
            Self::Rows(rows) => rows.rows.len() as u64,
            Self::Stored(encoding) => encoding.stats().entries,
        }
    }
}

/// Answers the recipient from our live table.
pub(in crate::run) fn answer(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let draft = session.approved.draft();
    let (psi, smallest) = (psi_terms(draft), draft.terms.data.min_group_size);
    if psi.incremental {
        return crate::run::delta::answer(node, session, by);
    }
    if psi.joins() {
        return super::join::answer(node, session, by);
    }
    let own = Own::read(node, &session.approved, psi)?;
    let terms = matching(draft, psi.max_recipient_keys);
    let (id, contract) = (session.id, &draft.terms.contract.id);
    let session_peer = session.approved.peer();
    let channel = &mut session.channel;
    let (way, divided) = way::accept(channel, contract, psi, own.items())?;
    if divided {
        return divide(node, session, own, way, by);
    }
    let mut asked = |items: &[u64], commitment: &Digest| {
        let asked = json!({ "items": items, "commitment": commitment, "protocol": way });
        note(node, id, draft, &asked, by)
    };
    let mut rng = randomness();
    let mut answered = match own {
        Own::Keys(keys) if psi.result == PsiResult::Keys => {
            let sent = way.send(channel, &keys.entries, &terms, &mut rng, &mut asked)?;
            let mut answered = json!({ "asked": sent.peer_items, "own": sent.own_items });
            answered["commitment"] = json!(sent.peer_commitment);
            if let (Learn::Both, Some(matched)) = (psi.learn, &sent.matched) {
                answered["matched"] = json!(Shown::of(matched.len() as u64, smallest));
                if matched.len() as u64 >= u64::from(smallest) {
                    keep(node, draft, id, &keys, matched)?;
                }
            }
            answered
        }
        Own::Keys(keys) => {
            let entries = keys.entries.iter().copied().map(Ok::<_, std::convert::Infallible>);
            let opens = opens(psi);
            let open = &mut |open: &OpenPackage| asked(&open.counts, &open.commitment);
            let sent = size::send_recorded(channel, entries, (&terms, opens), &mut rng, open, &mut |_| {})?;
            let mut answered = json!({ "asked": sent.peer_items, "own": sent.own_items });
            answered["commitment"] = json!(sent.peer_commitment);
            answered["matched"] = match sent.sizes {
                Some(Sizes::Total(count)) => json!(Shown::of(count, smallest)),
                Some(Sizes::Noisy(count)) => json!(Shown::About(count)),
                _ => Value::Null,
            };
            answered
        }
        // Its number came with the demand to divide, without which `accept` refuses.
        Own::Begun(_) => return Err(Problem::internal("a run that was begun, and another way")),
        Own::Stored(encoding) => {
            let key = encoding.stats().key;
            let copied = &mut |offered: &Offered| {
                let content = json!({ "session": id, "key": key, "given": offered });
                noted(node, "session.copy", contract, (content, None), by)
            };
            let most = psi.max_total_keys.unwrap_or(0);
            let open = &mut |open: &unbalanced::msg::OpenPackage| {
                // Others wait from the sum to the record, so that no two asks both fit where one does.
                let _until_recorded = node.one_opening();
                let items = open.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
                let found = stored::asked_before(node, session_peer, key).saturating_add(items);
                let refused = (found > most).then_some(Declined::TotalQuota { max: most, found });
                let asked = json!({
                    "items": open.counts, "commitment": open.commitment, "protocol": way, "key": key,
                });
                let content = json!({ "session": id, "asked": asked });
                noted(node, "session.ask", contract, (content, refused.as_ref().map(|_| 4169)), by)?;
                refused.map_or(Ok(()), Err)
            };
            stored::answer(channel, &encoding, &terms, way, &mut rng, (copied, open))?
        }
        Own::Rows(sums::Rows { rows, unusable }) => {
            let rows = rows.into_iter().map(Ok::<_, std::convert::Infallible>);
            let asks = sums::asks(draft, psi)?;
            let open = &mut |open: &OpenPackage| asked(&open.counts, &open.commitment);
            let sent = sum::send_recorded(channel, rows, (&terms, &asks), &mut rng, open, &mut |_| {})?;
            let matched = if sent.opened { Shown::Exactly(sent.count) } else { Shown::FewerThan(smallest) };
            let mut answered = json!({ "asked": sent.peer_items, "own": sent.own_rows, "matched": matched });
            answered["unusable"] = json!(unusable);
            answered["commitment"] = json!(sent.peer_commitment);
            answered["sums"] = json!(sent.told.map(|told| sums::told(&told, psi)));
            answered
        }
    };
    answered["protocol"] = json!(way);
    Ok(answered)
}

/// Answers with sets divided on disk.
fn divide(node: &Node, session: &mut Session, own: Own, way: Way, by: Actor<'_>) -> Result<Value, Problem> {
    let (approved, channel, id) = (&session.approved, &mut session.channel, session.id);
    let draft = approved.draft();
    let (psi, contract) = (psi_terms(draft), &draft.terms.contract.id);
    let (kept, counted) = match own {
        Own::Begun(kept) => (Some(*kept), None),
        Own::Keys(keys) => (None, Some((keys.all, keys.input()))),
        Own::Rows(_) | Own::Stored(_) => return Err(Problem::internal("sets that cannot be divided")),
    };
    let open = || keys(node, approved, &psi.column);
    let (memory, workers) = (node.config.limits.psi_memory, node.config.limits.psi_workers.max(1));
    let own = large::Own { kept, counted, memory, workers, open: &open };
    let mut asked = |open: &Opening| {
        let items = [&open.counts, &open.askable];
        let asked = json!({
            "items": items[0], "askable": items[1], "commitment": open.commitment, "protocol": way,
            "partitions": open.partitions,
        });
        note(node, id, draft, &asked, by)
    };
    let answered = large::send(channel, (node, draft), own, way, &mut asked)?;
    if let Some((large, count)) = answered.large {
        if count >= u64::from(draft.terms.data.min_group_size) {
            let path = release(node, draft, id, count)?;
            large.write(&path, psi, &open)?;
        }
        large.discard()?;
    }
    let mut told = answered.told;
    told["protocol"] = json!(way);
    if let Some(lost) = answered.lost {
        // The recipient has what it is due: that this side has nothing is its own affair, and not an error there.
        told["lost"] = json!(lost.code());
        node.record(Deed {
            action: "result.release",
            object: contract,
            content: json!({ "session": id, "lost": lost }),
            result: outcome(Some(lost.code())),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
    }
    Ok(told)
}

/// Writes what we learned, too, once it is recorded.
fn keep(node: &Node, draft: &Draft, session: SessionId, keys: &Keys, matched: &[u64]) -> Result<(), Problem> {
    let path = release(node, draft, session, matched.len() as u64)?;
    let places = matched.iter().filter_map(|&at| usize::try_from(at).ok());
    output::keys(&path, &psi_terms(draft).column, keys.pick(places))
}

/// Records that so many keys are about to be written, and says where.
fn release(node: &Node, draft: &Draft, session: SessionId, rows: u64) -> Result<PathBuf, Problem> {
    // Of our own making alone: the contract's id is free text, and the session's id is the peer's
    // choice and may have been used before.
    let name = format!("psi-{}-{session}-{}.csv", draft.digest.short(), now().as_millisecond());
    let path = node.folder.results().join(name);
    fs::create_dir_all(node.folder.results()).map_err(|e| Problem::writing(&path, &e))?;
    node.record(Deed {
        action: "result.release",
        object: &draft.terms.contract.id,
        content: json!({ "session": session, "file": path, "rows": rows }),
        result: outcome(None),
        stage: Stage::Exchange,
        by: Actor::Operator,
    })?;
    Ok(path)
}
