//! Judging and adding up: the leader and the helper, over one channel.
//!
//! Prio3 (draft-irtf-cfrg-vdaf-18, section 7) in one round trip for each part of the reports, of up to
//! [`PART`](msg::PART) reports:
//!
//! | from | what | bytes |
//! |---|---|---|
//! | both | hello: task, role, how far, which verification key | 111 |
//! | leader, helper, leader, helper | only before the first report: commitment, part, part of the verification key, which key it is | 33, 33, 33, 33 |
//! | leader | turn: what became of the part before; then for each report id, time, public share, the helper's sealed share, the leader's share of the verifier | [`Sizes`] |
//! | helper | answer: for each report the outcome and the verifier message | 1 or 33 a report |
//! | leader | collect: batch, how many were accepted, the account | 45 |
//! | helper | its share of the sum | a number a figure |
//! | leader, helper | end | 1 |
//!
//! While the helper works on a part, the leader opens and begins the next. Both use all cores.
//!
//! The helper writes the key down, says which it is, and only then the leader writes it down and asks. So a leader that has
//! asked knows that the helper has the key, and takes no other from then on; one that has not can agree again.
//!
//! # Once, whatever happens
//! A part is *settled* when its outcomes are on disk. The leader first notes what it is about to ask, and the helper what it
//! was asked: nothing else is asked or answered about that part, nor under another key. The leader keeps the reports until
//! the helper has settled them; it settles first, and says which reports count with its next message. Where the helper did not hear it, the numbers of settled parts in the hello differ by
//! one, and the leader asks and says it again. Both chain a digest over all that was decided (the *account*), which each
//! settlement and collection is checked against. So whoever is stopped wherever, each report is in both sums or in neither.
//!
//! A report counts once: by its id among all that were judged since the task began, on both sides.
//!
//! The leader keeps the figures of the batch it collected last, written down as the batch is closed:
//! [`Ledger::last_collected`].
//!
//! A batch is collected once, and the next begins empty. Two overlapping batches would differ by few reports, and their
//! difference would tell what these say, however large each is; the same holds for collecting again after a few more reports
//! came. That is why the batch is not a choice of whoever collects: it is all reports since the last collection.
//!
//! # Security
//! *Adversary.* Any number of reporters that cheat, and outsiders; and one of the aggregators, which then does what it likes.
//!
//! *What reporters can do.* Report something false within the bounds. A report out of bounds or malformed is rejected, except
//! with a probability of about 2^-57 for counts and sums (each try has to be sent in and is judged once: the check rests on a
//! key of 256 bits that reporters do not know), and of about 2^-110 for histograms and vectors, where a cheater can look for
//! joint randomness that suits it by itself: after 2^60 tries, 2^-50. It does not spoil the rest. A copy of a report in which
//! anything was altered is rejected and does not use up the id ([`crate::report`]). Who sends in reports is not told by the
//! reports; who carries them there may see it, and can hold them back.
//!
//! *What one aggregator can learn.* Of a report, that it was judged valid. Shares are uniformly random, and the proof is zero
//! knowledge against a verifier that follows no protocol, as long as a report is verified once
//! ([DPRS23](https://ia.cr/2023/130)), which is why either aggregator asks or answers about a part in one way only, and
//! why the key is made by both before any report is judged and does not change after the first is asked about. Beyond that the
//! helper learns nothing of the measurements. The leader learns the figures of batches that have at least the task's smallest
//! number of reports.
//!
//! *What the smallest batch does not protect from.* **Whoever reads the figures and can fill a batch with reports of its own,
//! but for one, reads that one**: it subtracts what it reported itself. The leader is in that place by its role. It takes
//! reports in, can make as many as it likes, can hold back the others, and chooses when to collect: with one report of
//! somebody and smallest − 1 of its own it reads what that one says. So can reporters in league with whoever reads the
//! figures, without the leader's doing. Neither the proofs nor the helper can tell such reports from others. Privacy against
//! the leader, against who gets the figures from it, and against reporters in league with them **assumes that the batch is
//! not filled by them**. What can be done lies outside: that a body which is not the leader takes reports in, sees to it that a person
//! has one, and tells the helper how many there are from how many persons, which compares that with its tally before it tells
//! its share (the `note` of [`answer`](Aggregator::answer)).
//!
//! The smallest batch is not applied to single buckets of a histogram, nor to places of a vector: all are opened together,
//! small ones too ([`Terms::smallest`](crate::task::Terms::smallest)).
//!
//! *What one aggregator can spoil.* It **can make the figures wrong**: by adding anything to its share of the sum, by rejecting
//! reports that are valid, or by working with reporters that cheat, to whom it tells the key. Figures that no reports can lead
//! to are refused, which a blind change nearly always makes; a change that is meant goes unseen. The leader alone gets the
//! figures, and what it publishes is what it says.
//!
//! *Both aggregators together* read everything: they must be different bodies.
//!
//! *Told.* To each aggregator: ids, times, which reports are rejected and by which check, how many there are. To the leader:
//! the figures.
//!
//! *On disk.* An aggregator's folder is never brought back from a copy: why is said in [`crate::ledger`].
//!
//! *Assumptions.* Authenticated channels between the aggregators; X25519, HKDF-SHA256 and ChaCha20Poly1305 (the sealed shares,
//! at 128 bits); TurboSHAKE128 as a random oracle; the reporter has the true task: its digest is in every report.

mod helper;
mod leader;
pub mod msg;

use crate::error::{Misstep, ReportsError};
use crate::kind::Figures;
use crate::ledger::{Ledger, Tally};
use crate::report::Layout;
use crate::scheme::{AnyPrio, SEED, Sizes};
use crate::seal::OpenKey;
use crate::task::{Role, Task};
use msg::Hello;
use rand_core::CryptoRng;
use serde::Serialize;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel, MAX_FRAME, PartyId};

/// An aggregator that has met the other.
pub struct Aggregator<'a, C: Channel> {
    pub(crate) channel: C,
    pub(crate) with: With<'a>,
    pub(crate) ledger: &'a mut Ledger,
    /// How many parts the other has settled.
    theirs: u64,
    /// The batch that is open at the other.
    their_batch: u32,
}

/// What an aggregator works with, whichever circuit there is.
pub(crate) struct With<'a> {
    pub(crate) task: &'a Task,
    pub(crate) open: &'a OpenKey,
    pub(crate) verify: Secret<[u8; SEED]>,
    pub(crate) prio: AnyPrio,
    pub(crate) sizes: Sizes,
    pub(crate) layout: Layout,
}

/// What became of the reports of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// Reports that were read and had been judged before.
    pub passed: u64,
    /// How far the open batch is.
    pub batch: u32,
    /// What became of the reports of this batch.
    pub tally: Tally,
}

/// A batch whose figures were opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Its number, counted from 1.
    pub batch: u32,
    /// What became of its reports.
    pub tally: Tally,
    /// What came of those that were accepted.
    pub figures: Figures,
}

/// What an aggregator is about to tell, for the record: an error stops it.
pub type Note<'n> = &'n mut dyn FnMut(u32, &Tally) -> Result<(), String>;

impl<'a, C: Channel> Aggregator<'a, C> {
    /// Meets the other aggregator: both have the same task and have judged the same reports. The key under which reports are
    /// verified is agreed on when they first meet.
    ///
    /// # Errors
    /// [`ReportsError::BadKey`] where `open` is not the task's key for this role; otherwise as the channel and the other say.
    pub fn meet(
        mut channel: C,
        task: &'a Task,
        open: &'a OpenKey,
        ledger: &'a mut Ledger,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ReportsError> {
        let role = ledger.role();
        let expected = match role {
            Role::Leader => task.terms().leader,
            Role::Helper => task.terms().helper,
        };
        if open.public() != expected {
            return Err(ReportsError::BadKey);
        }
        ledger.enter()?;
        channel.phase("meet");
        let met = greet(&mut channel, ledger, rng);
        let hello = met.map_err(|error| part(&mut channel, error))?;
        let prio = AnyPrio::new(task.kind(), task.context());
        let sizes = prio.sizes();
        let verify = Secret::new(ledger.state.key.expect("the key was agreed on"));
        if ledger.state.sum.is_empty() {
            ledger.state.sum = zeroize::Zeroizing::new(vec![0; sizes.sum]);
        }
        ledger.leave();
        let with = With { task, open, verify, layout: Layout::of(&sizes), sizes, prio };
        channel.phase("judge");
        Ok(Self { channel, with, ledger, theirs: hello.parts, their_batch: hello.batch })
    }

    /// Does what this role does. Where it fails, the other hears of it, and the ledger has to be opened again.
    fn operate<T>(
        &mut self,
        role: Role,
        run: impl FnOnce(&mut Self) -> Result<T, ReportsError>,
    ) -> Result<T, ReportsError> {
        if self.ledger.role() != role {
            return Err(ReportsError::WrongRole { found: self.ledger.role() });
        }
        self.ledger.enter()?;
        let done = run(self).map_err(|error| part(&mut self.channel, error))?;
        self.ledger.leave();
        Ok(done)
    }
}

/// Tells the other that the run is over.
fn part(channel: &mut impl Channel, error: ReportsError) -> ReportsError {
    if !matches!(error, ReportsError::Refused { .. } | ReportsError::Channel { .. }) {
        // The run is over either way.
        let _ = channel.send(msg::encode_refusal(error.code()));
        let _ = channel.close();
    }
    error
}

/// The next frame, unless it says that the run is over.
pub(crate) fn recv(channel: &mut impl Channel, max: usize) -> Result<Vec<u8>, ReportsError> {
    let frame = channel.recv(max.clamp(msg::REFUSAL_BYTES, MAX_FRAME))?;
    match msg::decode_refusal(&frame) {
        Some(reason) => Err(ReportsError::Refused { peer: channel.peer().clone(), reason }),
        None => Ok(frame),
    }
}

pub(crate) fn blame<T>(found: Result<T, Misstep>, peer: &PartyId) -> Result<T, ReportsError> {
    found.map_err(|misstep| misstep.by(peer))
}

/// Exchanges hellos, checks that both are at the same point, and agrees on the verification key.
fn greet(
    channel: &mut impl Channel,
    ledger: &mut Ledger,
    rng: &mut impl CryptoRng,
) -> Result<Hello, ReportsError> {
    let (state, role) = (&ledger.state, ledger.role());
    let peer = channel.peer().clone();
    let ours = Hello {
        role,
        task: state.task,
        parts: state.parts,
        batch: state.batch,
        account: state.account,
        key: state.key.as_ref().map_or(Digest::ZERO, key_id),
    };
    channel.send(msg::encode_hello(&ours))?;
    let theirs = blame(msg::decode_hello(&recv(channel, msg::HELLO_BYTES)?), &peer)?;
    if theirs.task != ours.task {
        return Err(Misstep::OtherTask.by(&peer));
    }
    if theirs.role == role {
        return Err(Misstep::SameRole { found: role }.by(&peer));
    }
    let (leader, helper) = if role == Role::Leader { (&ours, &theirs) } else { (&theirs, &ours) };
    let behind = leader.parts.checked_sub(helper.parts);
    let in_step = match behind {
        Some(0) => leader.account == helper.account,
        Some(1) => true,
        _ => false,
    };
    let later = helper.batch.checked_sub(leader.batch);
    // A batch is closed only where both have settled the same.
    if !in_step || later.is_none_or(|later| later > 1) || (later == Some(1) && behind != Some(0)) {
        return Err(ReportsError::OutOfStep { peer });
    }
    if theirs.key == ours.key && ours.key != Digest::ZERO {
        return Ok(theirs);
    }
    // Nothing was judged yet, and nothing asked or answered.
    if leader.parts > 0 || ledger.state.parts > 0 || ledger.state.begun.is_some() {
        return Err(Misstep::OtherKey.by(&peer));
    }
    agree(channel, ledger, rng)?;
    Ok(theirs)
}

/// Both bring a part of the key; the leader has committed to its own before it sees the helper's. The helper writes the key
/// down first, and the leader once it knows that the helper has the same.
fn agree(
    channel: &mut impl Channel,
    ledger: &mut Ledger,
    rng: &mut impl CryptoRng,
) -> Result<(), ReportsError> {
    let peer = channel.peer().clone();
    let mut fresh = zeroize::Zeroizing::new([0; SEED]);
    rng.fill_bytes(fresh.as_mut());
    let own = Secret::new(*fresh);
    let commitment = |part: &[u8; SEED]| Digest::of_parts("yinshu reports key part v1", &[part]);
    let task = ledger.state.task;
    let joined = |leader: &Secret<[u8; SEED]>, helper: &Secret<[u8; SEED]>| {
        Digest::of_parts("yinshu reports key v1", &[&task.0, leader.expose(), helper.expose()]).0
    };
    if ledger.role() == Role::Leader {
        channel.send(msg::encode_seed(msg::COMMITMENT, &commitment(own.expose()).0))?;
        let theirs = blame(msg::decode_seed(msg::PIECE, &recv(channel, msg::SEED_BYTES)?), &peer)?;
        channel.send(msg::encode_seed(msg::PIECE, own.expose()))?;
        let key = Secret::new(joined(&own, &Secret::new(theirs)));
        let confirmed = blame(msg::decode_seed(msg::CONFIRMATION, &recv(channel, msg::SEED_BYTES)?), &peer)?;
        if confirmed != key_id(key.expose()).0 {
            return Err(Misstep::OtherKey.by(&peer));
        }
        ledger.state.key = Some(*key.expose());
        return ledger.save();
    }
    let committed = blame(msg::decode_seed(msg::COMMITMENT, &recv(channel, msg::SEED_BYTES)?), &peer)?;
    channel.send(msg::encode_seed(msg::PIECE, own.expose()))?;
    let theirs = blame(msg::decode_seed(msg::PIECE, &recv(channel, msg::SEED_BYTES)?), &peer)?;
    if commitment(&theirs).0 != committed {
        return Err(Misstep::OtherPart.by(&peer));
    }
    let key = Secret::new(joined(&Secret::new(theirs), &own));
    ledger.state.key = Some(*key.expose());
    ledger.save()?;
    Ok(channel.send(msg::encode_seed(msg::CONFIRMATION, &key_id(key.expose()).0))?)
}

/// What tells two keys apart and not what they are.
fn key_id(key: &[u8; SEED]) -> Digest {
    Digest::of_parts("yinshu reports key id v1", &[key])
}

#[cfg(test)]
mod tests;
