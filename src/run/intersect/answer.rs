//! The provider's side of an intersection.

use super::learned::opens;
use super::{Keys, Shown, matching, output, psi_terms, stored, sums, way};
use crate::contract::{Approved, Draft, Learn, PsiProtocol, PsiResult, PsiTerms};
use crate::node::{Actor, Deed, Node, now, outcome, randomness};
use crate::problem::Problem;
use crate::run::answer::{note, source};
use crate::run::session::Session;
use serde_json::{Value, json};
use std::fs;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_net::SessionId;
use yinshu_psi::ecdh::msg::OpenPackage;
use yinshu_psi::size::{self, Sizes};
use yinshu_psi::sum;
use yinshu_psi::unbalanced::{self, Encoding};

/// What the provider brings.
enum Own {
    Keys(Keys),
    Rows(Vec<sum::Row>),
    Stored(Box<Encoding>),
}

impl Own {
    fn read(node: &Node, approved: &Approved, psi: &PsiTerms) -> Result<Self, Problem> {
        if psi.protocol == PsiProtocol::Unbalanced {
            return Ok(Self::Stored(Box::new(stored::open(node, approved)?)));
        }
        let table = source(node, approved)?;
        Ok(match psi.result {
            PsiResult::Sums => Self::Rows(sums::rows(table, psi)?),
            PsiResult::Keys | PsiResult::Size => Self::Keys(Keys::read(table, psi, |_| {})?),
        })
    }

    fn len(&self) -> u64 {
        match self {
            Self::Keys(keys) => keys.len() as u64,
            Self::Rows(rows) => rows.len() as u64,
            Self::Stored(encoding) => encoding.stats().entries,
        }
    }
}

/// Answers the recipient from our live table.
pub(in crate::run) fn answer(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let draft = session.approved.draft();
    let (psi, smallest) = (psi_terms(draft), draft.terms.data.min_group_size);
    let own = Own::read(node, &session.approved, psi)?;
    let terms = matching(draft, psi.max_recipient_keys);
    let (id, contract) = (session.id, &draft.terms.contract.id);
    let channel = &mut session.channel;
    let way = way::accept(channel, contract, psi, own.len())?;
    let mut asked = |items: &[u64], commitment: &Digest| {
        let asked = json!({ "items": items, "commitment": commitment, "protocol": way });
        note(node, id, contract, &asked, by)
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
            let opens = opens(draft);
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
        Own::Stored(encoding) => {
            let open = &mut |open: &unbalanced::msg::OpenPackage| asked(&open.counts, &open.commitment);
            stored::answer(channel, &encoding, &terms, way, &mut rng, open)?
        }
        Own::Rows(rows) => {
            let rows = rows.into_iter().map(Ok::<_, std::convert::Infallible>);
            let asks = sums::asks(draft, psi)?;
            let open = &mut |open: &OpenPackage| asked(&open.counts, &open.commitment);
            let sent = sum::send_recorded(channel, rows, (&terms, &asks), &mut rng, open, &mut |_| {})?;
            let matched = if sent.opened { Shown::Exactly(sent.count) } else { Shown::FewerThan(smallest) };
            let mut answered = json!({ "asked": sent.peer_items, "own": sent.own_rows, "matched": matched });
            answered["commitment"] = json!(sent.peer_commitment);
            answered["sums"] = json!(sent.told.map(|told| sums::told(&told, psi)));
            answered
        }
    };
    answered["protocol"] = json!(way);
    Ok(answered)
}

/// Writes what we learned, too, once it is recorded.
fn keep(node: &Node, draft: &Draft, session: SessionId, keys: &Keys, matched: &[u64]) -> Result<(), Problem> {
    // Of our own making alone: the contract's id is free text, and the session's id is the peer's
    // choice and may have been used before.
    let name = format!("psi-{}-{session}-{}.csv", draft.digest.short(), now().as_millisecond());
    let path = node.folder.results().join(name);
    fs::create_dir_all(node.folder.results()).map_err(|e| Problem::writing(&path, &e))?;
    node.record(Deed {
        action: "result.release",
        object: &draft.terms.contract.id,
        content: json!({ "session": session, "file": path, "rows": matched.len() }),
        result: outcome(None),
        stage: Stage::Exchange,
        by: Actor::Operator,
    })?;
    let places = matched.iter().filter_map(|&at| usize::try_from(at).ok());
    output::keys(&path, &psi_terms(draft).column, keys.pick(places))
}
