//! Rows matched by several keys, their duplicates counted, and the sizes of joins ([`yinshu_psi::join`]).
//!
//! | result | duplicates | the recipient learns of its rows |
//! |---|---|---|
//! | `keys` | `once` | which have a partner by which keys; written is the first of them |
//! | `keys` | `counted` | and with how many of the provider's rows, up to the cap |
//! | `counts` | counted | three numbers for each key; of them, sizes of inner, outer and anti joins |
//!
//! All keys of a run are items of one set, told apart by the names of their columns. Where counts are told, the
//! provider's number of rows is, too.

mod output;
mod rows;

use super::way::{self, Way};
use super::{IntersectJob, Intersected, Shown, opening_of, plan, psi_terms};
use crate::contract::{Approved, Draft, Duplicates as Counted, PsiResult, PsiTerms, Side as Of};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::run::answer::note;
use crate::run::session::Session;
use crate::run::verify::write_private;
use crate::tables::{Out, beside};
use rows::Rows;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel as _, Meter};
use yinshu_psi::ecdh::msg::OpenPackage;
use yinshu_psi::join::{Counts, Duplicates, Found, Matching, Plan, Side};
use yinshu_psi::size::{self, Opens, Sizes};
use yinshu_psi::{Entry, Learns, Section, Terms};

/// Rows matched by one key.
#[derive(Debug, Clone, Serialize)]
pub struct ByKey {
    /// The key's columns.
    pub key: String,
    /// Rows of which it is the first key that matches.
    pub rows: u64,
}

/// Sizes of the joins on one key.
#[derive(Debug, Clone, Serialize)]
pub struct Joined {
    /// The key's columns.
    pub key: String,
    /// The sizes, where they are about enough persons.
    #[serde(flatten)]
    pub counts: Option<JoinSizes>,
}

/// How many rows joins have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JoinSizes {
    /// Pairs of rows with equal keys.
    pub inner: u64,
    /// The left outer join; the recipient's table is the left one.
    pub left: u64,
    /// The right outer join.
    pub right: u64,
    /// The full outer join.
    pub full: u64,
    /// The recipient's rows with a partner.
    pub left_semi: u64,
    /// The provider's rows with a partner.
    pub right_semi: u64,
    /// The recipient's rows without one.
    pub left_anti: u64,
    /// The provider's rows without one.
    pub right_anti: u64,
}

/// The recipient's rows, read.
pub(in crate::run) struct Joining {
    rows: Rows,
    plan: Plan,
}

/// Reads our rows, where the contract asks for a join: what cannot be used is said before anybody is met.
pub(in crate::run) fn join(approved: &Approved, job: &IntersectJob) -> Result<Option<Joining>, Problem> {
    let draft = approved.draft();
    let psi = psi_terms(draft);
    if !psi.joins() {
        return Ok(None);
    }
    Out::check(&job.out)?;
    let table = job.keyed(draft)?;
    super::output::check(table.headers(), &job.columns)?;
    Ok(Some(Joining { rows: Rows::read(table, psi)?, plan: rows::plan(psi) }))
}

impl IntersectJob {
    fn keyed(&self, draft: &Draft) -> Result<crate::tables::CleanTable, Problem> {
        let psi = psi_terms(draft);
        let mut map = self.map.clone();
        if !self.column.is_empty() {
            map.push((psi.column.clone(), self.column.clone()));
        }
        rows::open(&self.input, draft, psi, &map)
    }
}

fn cap(psi: &PsiTerms) -> u32 {
    psi.cap.unwrap_or(1)
}

fn duplicates(psi: &PsiTerms) -> Duplicates {
    match psi.duplicates {
        Counted::Once => Duplicates::Once,
        Counted::Counted => Duplicates::Counted { cap: cap(psi) },
    }
}

fn terms(draft: &Draft, sections: Vec<Section>, max_peer_items: u64) -> Terms {
    Terms { learns: Learns::Receiver, sections, max_peer_items, own_items: None, context: draft.digest }
}

/// One set for all keys: names of keys are part of their items.
fn one_set(psi: &PsiTerms) -> Vec<Section> {
    vec![Section { name: psi.column.clone(), max: psi.max_recipient_keys }]
}

fn as_one(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|entry| Entry::from(entry.item)).collect()
}

enum Learnt {
    Rows(Vec<Option<Found>>),
    /// For each key, and how many rows the provider has.
    Counts(Vec<Counts>, u64),
}

/// What the protocol gave us.
pub(in crate::run) struct Outcome {
    session: Session,
    joining: Joining,
    way: Way,
    learnt: Learnt,
    peer: u64,
    over: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
    meter: Meter,
}

impl Joining {
    /// Meets the provider and runs the protocol.
    pub(in crate::run) fn run(
        self,
        node: &Node,
        approved: Approved,
        job: &IntersectJob,
    ) -> Result<Outcome, Problem> {
        let psi = psi_terms(approved.draft()).clone();
        let counts = psi.result == PsiResult::Counts;
        let (entries, over, matching) = self.entries(&psi)?;
        let mut session = Session::open(node, approved)?;
        let (mut told, own) = (0, entries.len() as u64);
        let link = plan::Link { bits_per_second: job.bandwidth, round_trip: session.round_trip };
        let (way, _) = way::propose(&mut session.channel, |peer, _| {
            told = peer;
            let usual =
                || plan::choose(&plan::estimates(Some(&psi), own, peer, link, &plan::Speed::REFERENCE));
            (job.way.unwrap_or_else(usual), false)
        })?;
        let (draft, channel, rng) = (session.approved.draft(), &mut session.channel, &mut randomness());
        let most = psi.max_provider_keys;
        let (learnt, peer, commitment, salt) = if counts {
            let terms = terms(draft, self.plan.counting_sections(psi.max_recipient_keys), most);
            let got = size::receive(channel, &entries, &terms, Opens::Sections, rng, &mut |_| {})?;
            let Sizes::Sections(sizes) = &got.sizes else {
                return Err(Problem::internal("sections were asked for"));
            };
            let counts = sizes.as_chunks().0.iter().map(Counts::of).collect();
            (Learnt::Counts(counts, told), told, got.commitment, got.salt)
        } else {
            let terms = terms(draft, one_set(&psi), most);
            let got = way.receive(channel, &entries, &terms, rng, &mut |_| {})?;
            let rows = matching.map(|matching| matching.rows(&got.matched)).unwrap_or_default();
            (Learnt::Rows(rows), got.peer_items, got.commitment, got.salt)
        };
        session.exchange_checkpoints(node)?;
        session.channel.close()?;
        let meter = session.channel.meter();
        Ok(Outcome { session, joining: self, way, learnt, peer, over, commitment, salt, meter })
    }

    /// The entries, keys of rows beyond the cap, and what says of the entries what it is of the rows.
    fn entries(&self, psi: &PsiTerms) -> Result<(Vec<Entry>, u64, Option<Matching>), Problem> {
        if psi.result == PsiResult::Counts {
            let counting = self.plan.counting(Side::Receiver, cap(psi), &self.rows.cells)?;
            return Ok((counting.entries, counting.over, None));
        }
        let matching = self.plan.matching(Side::Receiver, duplicates(psi), &self.rows.cells)?;
        Ok((as_one(&matching.entries), matching.over, Some(matching)))
    }

    /// Different persons among the rows that are matched: as many as there are different keys that match them.
    fn persons(&self, found: &[Option<Found>]) -> u64 {
        let key = |(cells, found): (&rows::Cells, &Option<Found>)| {
            let alternative = found.as_ref()?.alternative;
            let columns = &self.plan.alternatives[alternative].columns;
            Some((alternative, columns.iter().map(|&at| cells[at].clone()).collect::<Vec<_>>()))
        };
        self.rows.cells.iter().zip(found).filter_map(key).collect::<HashSet<_>>().len() as u64
    }

    fn name(&self, alternative: usize) -> String {
        self.plan.alternatives[alternative].name.clone()
    }
}

/// What may be written and said.
pub(in crate::run) struct Released {
    outcome: Outcome,
    shown: Shown,
    joins: Vec<Joined>,
}

impl Outcome {
    /// Applies the contract's smallest group: to persons where rows are matched; where rows are counted, to as
    /// many persons as there are at least, which is one for each `cap` rows.
    pub(in crate::run) fn release(self) -> Result<Released, Problem> {
        let draft = self.session.approved.draft();
        let (smallest, cap) = (draft.terms.data.min_group_size, u64::from(cap(psi_terms(draft))));
        let (shown, joins) = match &self.learnt {
            Learnt::Rows(found) => (Shown::of(self.joining.persons(found), smallest), Vec::new()),
            Learnt::Counts(counts, peer) => {
                let persons = |counts: &Counts| counts.left.div_ceil(cap).min(counts.right.div_ceil(cap));
                let enough = |counts: &&Counts| persons(counts) >= u64::from(smallest);
                let joined = |(at, one): (usize, &Counts)| {
                    let counts =
                        Some(one).filter(enough).map(|one| sizes(one, self.joining.rows.len(), *peer));
                    Joined { key: self.joining.name(at), counts }
                };
                let first = counts.first().filter(enough).map(|one| Shown::Exactly(one.left));
                (first.unwrap_or(Shown::FewerThan(smallest)), counts.iter().enumerate().map(joined).collect())
            }
        };
        Ok(Released { outcome: self, shown, joins })
    }
}

fn sizes(counts: &Counts, left: u64, right: u64) -> JoinSizes {
    JoinSizes {
        inner: counts.pairs,
        left: counts.left_outer(left),
        right: counts.right_outer(right),
        full: counts.full_outer(left, right),
        left_semi: counts.left,
        right_semi: counts.right,
        left_anti: left.saturating_sub(counts.left),
        right_anti: right.saturating_sub(counts.right),
    }
}

/// Recorded, and ready to be written.
pub(in crate::run) struct Recorded(Released);

impl Released {
    /// Records what is about to be written.
    pub(in crate::run) fn record(self, node: &Node) -> Result<Recorded, Problem> {
        let Outcome { session, joining, way, peer, commitment, .. } = &self.outcome;
        node.record(Deed {
            action: "result.release",
            object: &session.approved.draft().terms.contract.id,
            content: json!({
                "session": session.id, "own": joining.rows.len(), "peer": peer, "shared": self.shown,
                "joins": self.joins, "protocol": way, "commitment": commitment,
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        Ok(Recorded(self))
    }
}

impl Recorded {
    /// Writes the rows, if they may be, and what opens the commitment to our own.
    pub(in crate::run) fn publish(self, job: &IntersectJob) -> Result<Intersected, Problem> {
        let Released { outcome, shown, joins } = self.0;
        let Outcome { session, joining, way, learnt, peer, over, salt, meter, .. } = outcome;
        let opening = Secret::new(hex::encode(salt.expose()));
        write_private(&opening_of(&job.out), opening.expose().as_bytes())?;
        let (mut by, mut out) = (Vec::new(), None);
        if let (Shown::Exactly(_), Learnt::Rows(found)) = (shown, &learnt) {
            output::write(job, session.approved.draft(), &joining, found)?;
            out = Some(job.out.clone());
            let rows = |at| found.iter().flatten().filter(|found| found.alternative == at).count() as u64;
            let keys = 0..joining.plan.alternatives.len();
            by = keys.map(|at| ByKey { key: joining.name(at), rows: rows(at) }).collect();
        }
        let Rows { read, unusable, .. } = joining.rows;
        let own = joining.rows.cells.len() as u64;
        let over = Some(over).filter(|over| *over > 0);
        let sums = Vec::new();
        Ok(Intersected {
            rows: read,
            unusable,
            own,
            peer,
            protocol: way,
            shared: shown,
            unreadable: 0,
            sums,
            by,
            joins,
            over,
            out,
            workers: 1,
            meter,
        })
    }
}

/// The provider's side.
pub(super) fn answer(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let (draft, id) = (session.approved.draft(), session.id);
    let (psi, contract) = (psi_terms(draft), &draft.terms.contract.id);
    let Of::Provider(dataset) = session.approved.side() else {
        return Err(Problem::internal("a recipient was asked to answer"));
    };
    let source = beside(dataset.source.clone(), &node.folder.0);
    let rows = Rows::read(rows::open(&source, draft, psi, &[])?, psi)?;
    let (plan, most) = (rows::plan(psi), psi.max_recipient_keys);
    let (channel, rng) = (&mut session.channel, &mut randomness());
    let asked = |items: &[u64], commitment: &Digest, way: Way| {
        let asked = json!({ "items": items, "commitment": commitment, "protocol": way });
        note(node, id, draft, &asked, by)
    };
    let (asked, over, way) = if psi.result == PsiResult::Counts {
        let counting = plan.counting(Side::Sender, cap(psi), &rows.cells)?;
        let (way, _) = way::accept(channel, contract, psi, (rows.len(), false))?;
        let terms = terms(draft, plan.counting_sections(most), most);
        let entries = counting.entries.into_iter().map(Ok::<_, std::convert::Infallible>);
        let open = &mut |open: &OpenPackage| asked(&open.counts, &open.commitment, way);
        let sent = size::send_recorded(channel, entries, (&terms, Opens::Sections), rng, open, &mut |_| {})?;
        (sent.peer_items, counting.over, way)
    } else {
        let matching = plan.matching(Side::Sender, duplicates(psi), &rows.cells)?;
        let entries = as_one(&matching.entries);
        let (way, _) = way::accept(channel, contract, psi, (entries.len() as u64, false))?;
        let asked = &mut |items: &[u64], commitment: &Digest| asked(items, commitment, way);
        let sent = way.send(channel, &entries, &terms(draft, one_set(psi), most), rng, asked)?;
        (sent.peer_items, matching.over, way)
    };
    Ok(json!({ "asked": asked, "own": rows.len(), "over": over, "protocol": way }))
}
