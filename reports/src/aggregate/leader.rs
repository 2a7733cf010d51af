//! The leader: takes reports in, asks the helper about them part by part, collects.

use super::msg::{self, Collect, Settlement, Shape};
use super::{Aggregator, Collected, Judged, Note, With, blame, recv};
use crate::error::ReportsError;
use crate::ledger::{Mark, Outcome};
use crate::report::Whole;
use crate::scheme::{Begun, Circuit, Prio, each};
use crate::task::Role;
use prio::field::FieldElement;
use rayon::prelude::*;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;
use zeroize::Zeroizing;

/// Reports that are opened by one core at a time: so many fill the lanes and share an inversion.
pub(super) const LANES: usize = 64;

/// A part that was opened and begun.
struct Prepared<F: FieldElement> {
    /// Reports that the helper is asked about.
    begun: Vec<(Vec<u8>, Begun<F>)>,
    /// Reports of which it is not.
    rejected: Vec<(Mark, Outcome)>,
}

impl<C: Channel> Aggregator<'_, C> {
    /// Judges reports with the helper, which has to be [answering](Self::answer). `told` hears how many were read so far.
    ///
    /// # Errors
    /// What the reports' source says, [`ReportsError::CollectFirst`], [`ReportsError::Full`], or as the channel and the
    /// helper say.
    pub fn judge(
        &mut self,
        mut reports: impl Iterator<Item = Result<Vec<u8>, ReportsError>>,
        told: &mut dyn FnMut(u64),
    ) -> Result<Judged, ReportsError> {
        self.operate(Role::Leader, |leader| leader.judge_all(&mut reports, told))
    }

    fn judge_all(
        &mut self,
        reports: &mut dyn Iterator<Item = Result<Vec<u8>, ReportsError>>,
        told: &mut dyn FnMut(u64),
    ) -> Result<Judged, ReportsError> {
        if self.their_batch != self.ledger.state.batch {
            return Err(ReportsError::CollectFirst);
        }
        let Self { channel, with, ledger, theirs, .. } = self;
        let shape = Shape::of(&with.layout, &with.sizes);
        let mut passed = 0;
        each!(&with.prio, prio => {
            let mut run = Run { channel, with, ledger, shape, prio, settled: None };
            run.resume(*theirs)?;
            run.all(reports, &mut passed, told)?;
        });
        self.theirs = self.ledger.state.parts;
        Ok(Judged { passed, batch: self.ledger.state.batch, tally: self.ledger.state.tally })
    }

    /// Opens the figures of the open batch, and begins the next. `note` is told before anything is asked for. The figures
    /// are kept, and can be had again from [`Ledger::last_collected`](crate::Ledger::last_collected).
    ///
    /// # Errors
    /// [`ReportsError::TooFew`], [`ReportsError::Impossible`], or as the channel and the helper say.
    pub fn collect(&mut self, note: Note<'_>) -> Result<Collected, ReportsError> {
        self.operate(Role::Leader, |leader| leader.collected(note))
    }

    fn collected(&mut self, note: Note<'_>) -> Result<Collected, ReportsError> {
        self.channel.phase("collect");
        let state = &self.ledger.state;
        // What the helper has not heard of has to be settled first: it may belong to this batch.
        if self.theirs != state.parts || self.ledger.is_asking() {
            self.judge_all(&mut std::iter::empty(), &mut |_| {})?;
        }
        let state = &self.ledger.state;
        let (batch, tally) = (state.batch, state.tally);
        let accepted = tally.of(Outcome::Accepted);
        let smallest = self.with.task.terms().smallest;
        if accepted < smallest {
            return Err(ReportsError::TooFew { found: accepted, smallest });
        }
        note(batch, &tally).map_err(|why| ReportsError::Stopped { why })?;
        let shape = Shape::of(&self.with.layout, &self.with.sizes);
        let peer = self.channel.peer().clone();
        let collect = Collect { batch, accepted, account: state.account };
        self.channel.send(msg::encode_collect(&collect))?;
        let frame = Zeroizing::new(recv(&mut self.channel, shape.share_bytes())?);
        let theirs = blame(shape.decode_share(&frame), &peer)?;
        let shares = [state.sum.as_slice(), theirs];
        let figures = each!(&self.with.prio, prio => prio.unshard(shares, accepted));
        let figures = figures.filter(|figures| self.with.task.kind().possible(figures, accepted));
        let figures = figures.ok_or(ReportsError::Impossible { peer })?;
        self.ledger.close(self.with.sizes.sum, Some(&figures))?;
        self.their_batch = batch + 1;
        Ok(Collected { batch, tally, figures })
    }

    /// Ends the run: returns once the helper has settled everything.
    ///
    /// # Errors
    /// As the channel and the helper say.
    pub fn end(mut self) -> Result<C, ReportsError> {
        self.operate(Role::Leader, |leader| {
            leader.channel.send(msg::encode_end())?;
            let peer = leader.channel.peer().clone();
            blame(msg::decode_end(&recv(&mut leader.channel, 1)?), &peer)
        })?;
        Ok(self.channel)
    }
}

/// A run of the leader with one circuit.
struct Run<'r, 'w, C, T: Circuit> {
    channel: &'r mut C,
    with: &'r With<'w>,
    ledger: &'r mut crate::ledger::Ledger,
    shape: Shape,
    prio: &'r Prio<T>,
    /// What became of the last part, until it was said.
    settled: Option<Settlement>,
}

impl<C: Channel, T: Circuit> Run<'_, '_, C, T> {
    /// Brings the helper to where we are, and ourselves to where we were.
    fn resume(&mut self, theirs: u64) -> Result<(), ReportsError> {
        let ours = self.ledger.state.parts;
        if theirs < ours {
            // The helper has not heard what became of our last part, and may have lost what it had begun.
            // In the same words, since the reports and the key are those of then.
            let asked = self.prepared_before(ours)?;
            let (ask, _) = self.ask(ours, &asked.begun);
            self.turn(Some(&ask), ours, asked.begun.len())?;
            let (account, accepted) = (self.ledger.state.account, self.ledger.state.last.clone());
            self.settled = Some(Settlement { part: ours, account, accepted });
        }
        if self.ledger.is_asking() {
            let prepared = self.prepared_before(ours + 1)?;
            self.part(prepared, || ())?;
        }
        Ok(())
    }

    /// A part that was asked about, from disk.
    fn prepared_before(&self, part: u64) -> Result<Prepared<T::Field>, ReportsError> {
        let reports = self.ledger.asked(part, self.with.layout.report())?;
        let prepared = prepare(self.with, self.prio, reports);
        // What began once begins always: these files are ours.
        if prepared.rejected.is_empty() { Ok(prepared) } else { Err(self.ledger.damaged(part)) }
    }

    /// All reports, the next part being prepared while the helper works.
    fn all(
        &mut self,
        reports: &mut dyn Iterator<Item = Result<Vec<u8>, ReportsError>>,
        passed: &mut u64,
        told: &mut dyn FnMut(u64),
    ) -> Result<(), ReportsError> {
        let (size, mut read) = (self.shape.part(), 0);
        let (with, prio) = (self.with, self.prio);
        let mut next = |told: &mut dyn FnMut(u64)| -> Result<Vec<Vec<u8>>, ReportsError> {
            let part: Vec<_> = reports.take(size).collect::<Result<_, _>>()?;
            read += part.len() as u64;
            told(read);
            Ok(part)
        };
        let mut prepared = prepare(with, prio, next(told)?);
        loop {
            let (begun, rejected) = self.admit(prepared, passed);
            let following = next(told)?;
            let last = following.is_empty();
            prepared = self.part(Prepared { begun, rejected }, move || prepare(with, prio, following))?;
            if last {
                break;
            }
        }
        if self.settled.is_some() {
            self.turn(None, self.ledger.state.parts, 0)?;
            self.settled = None;
            self.ledger.forget_asked(self.ledger.state.parts);
        }
        Ok(())
    }

    /// Without what was judged before.
    #[allow(clippy::type_complexity)]
    fn admit(
        &mut self,
        prepared: Prepared<T::Field>,
        passed: &mut u64,
    ) -> (Vec<(Vec<u8>, Begun<T::Field>)>, Vec<(Mark, Outcome)>) {
        let Prepared { mut begun, mut rejected } = prepared;
        let before = begun.len() + rejected.len();
        begun.retain(|(report, _)| self.ledger.take(report.first_chunk().expect("a report has an id")));
        rejected.retain(|(mark, _)| self.ledger.take(mark));
        *passed += (before - begun.len() - rejected.len()) as u64;
        (begun, rejected)
    }

    /// Judges a part, doing something else while the helper works.
    fn part<R: Send>(
        &mut self,
        prepared: Prepared<T::Field>,
        meanwhile: impl FnOnce() -> R + Send,
    ) -> Result<R, ReportsError> {
        let Prepared { begun, rejected: mut judged } = prepared;
        if begun.is_empty() {
            self.ledger.count(&judged);
            self.ledger.settle(&judged)?;
            return Ok(meanwhile());
        }
        let (state, most) = (&self.ledger.state, self.with.task.kind().most_reports());
        if state.tally.of(Outcome::Accepted) + begun.len() as u64 > most {
            return Err(ReportsError::Full { most });
        }
        let part = state.parts + 1;
        let reports: Vec<&[u8]> = begun.iter().map(|(report, _)| report.as_slice()).collect();
        self.ledger.keep_asked(part, &reports)?;
        let (ask, digest) = self.ask(part, &begun);
        self.ledger.begin(part, digest)?;
        let (answers, done) = std::thread::scope(|scope| {
            let meanwhile = scope.spawn(meanwhile);
            let answers = self.turn(Some(&ask), part, begun.len());
            (answers, meanwhile.join())
        });
        let done = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut sum = self.prio.sum_of(&self.ledger.state.sum).expect("the state has a share of the sum");
        let mut bits = Vec::with_capacity(begun.len());
        for ((report, begun), (outcome, message)) in begun.iter().zip(answers?) {
            let accepted = outcome == Outcome::Accepted && self.prio.agrees(begun, &message);
            if accepted {
                self.prio.add(&mut sum, begun);
            }
            bits.push(accepted);
            let outcome = if accepted || outcome != Outcome::Accepted { outcome } else { Outcome::Invalid };
            judged.push((*report.first_chunk().expect("a report has an id"), outcome));
        }
        let accepted = msg::pack(&bits);
        self.ledger.count(&judged);
        let state = &mut self.ledger.state;
        state.sum = self.prio.sum_bytes(&sum);
        state.note(&digest, &accepted);
        state.last = accepted.clone();
        self.settled = Some(Settlement { part, account: state.account, accepted });
        self.ledger.settle(&judged)?;
        // The helper has answered, and so settled the part before.
        self.ledger.forget_asked(part - 1);
        Ok(done)
    }

    /// Says what became of the last part, asks about one, and takes the answer.
    fn turn(
        &mut self,
        ask: Option<&[u8]>,
        part: u64,
        reports: usize,
    ) -> Result<Vec<(Outcome, Vec<u8>)>, ReportsError> {
        self.channel.send(self.shape.encode_turn(self.settled.as_ref(), ask))?;
        let frame = recv(self.channel, self.shape.answer_bytes(reports))?;
        let peer = self.channel.peer().clone();
        let answers = blame(self.shape.decode_answer(&frame, part, reports), &peer)?;
        Ok(answers.into_iter().map(|(outcome, message)| (outcome, message.to_vec())).collect())
    }

    fn ask(&self, part: u64, begun: &[(Vec<u8>, Begun<T::Field>)]) -> (Vec<u8>, Digest) {
        let layout = &self.with.layout;
        let asked = begun.iter().map(|(report, begun)| {
            let whole = layout.whole(report).expect("what was begun has all parts");
            ([whole.about.bytes(), whole.helper], begun.verifier.as_slice())
        });
        self.shape.ask(part, asked)
    }
}

/// Opens and begins reports on all cores.
fn prepare<T: Circuit>(with: &With<'_>, prio: &Prio<T>, reports: Vec<Vec<u8>>) -> Prepared<T::Field> {
    let each = |reports: &[Vec<u8>]| -> Vec<Result<Begun<T::Field>, Outcome>> {
        let (task, role) = (with.task.digest(), Role::Leader);
        let whole: Vec<_> = reports.iter().map(|report| with.layout.whole(report)).collect();
        let abouts: Vec<Vec<u8>> =
            whole.iter().map(|whole| whole.as_ref().map_or_else(Vec::new, Whole::about_leader)).collect();
        let sealed = whole.iter().zip(&abouts);
        let sealed: Vec<(&[u8], &[u8])> = sealed
            .map(|(whole, about)| (about.as_slice(), whole.as_ref().map_or(&[][..], |whole| whole.leader)))
            .collect();
        let opened = with.open.open_each((&task, role), &sealed);
        let begin = |(whole, opened): (&Option<Whole<'_>>, Option<Zeroizing<Vec<u8>>>)| {
            let whole = whole.as_ref().ok_or(Outcome::CutOff)?;
            let about = whole.about;
            if !with.task.in_time(about.time()) {
                return Err(Outcome::OutOfTime);
            }
            let share = opened.filter(|_| whole.has_its_id()).ok_or(Outcome::Unopened)?;
            let begun = prio.begin(with.verify.expose(), role, about.id(), (about.public(), &share));
            begun.ok_or(Outcome::Malformed)
        };
        whole.iter().zip(opened).map(begin).collect()
    };
    let found: Vec<_> = reports.par_chunks(LANES).flat_map_iter(each).collect();
    let mut prepared = Prepared { begun: Vec::with_capacity(found.len()), rejected: Vec::new() };
    for (report, found) in reports.into_iter().zip(found) {
        match found {
            Ok(begun) => prepared.begun.push((report, begun)),
            Err(outcome) => {
                let digest = Digest::of_parts("yinshu reports mark v1", &[&report]);
                prepared.rejected.push((*digest.0.first_chunk().expect("a digest is longer"), outcome));
            }
        }
    }
    prepared
}
