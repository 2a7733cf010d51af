//! The helper: answers about each part once, settles what the leader says, and tells its share of a batch that is large
//! enough.

use super::leader::LANES;
use super::msg::{self, Ask, Settlement, Shape};
use super::{Aggregator, Judged, Note, With, blame, recv};
use crate::error::{Misstep, ReportsError};
use crate::ledger::{Ledger, Mark, Outcome};
use crate::scheme::{Begun, Circuit, NONCE, Prio, each};
use crate::task::Role;
use prio::field::FieldElement;
use rayon::prelude::*;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, MAX_FRAME};

/// A part that was answered about.
struct Answered<F: FieldElement> {
    asked: Digest,
    reports: Vec<(Mark, Judgement<F>)>,
}

/// What is made of a report: its begun verification and the verifier message, or why it is rejected.
type Judgement<F> = Result<(Begun<F>, Vec<u8>), Outcome>;

impl<C: Channel> Aggregator<'_, C> {
    /// Answers until the leader ends. `note` is told before a share of a sum goes out, and can stop it; `told` how many
    /// reports were asked about so far.
    ///
    /// # Errors
    /// [`ReportsError::TooFew`], or as the channel and the leader say.
    pub fn answer(&mut self, note: Note<'_>, told: &mut dyn FnMut(u64)) -> Result<Judged, ReportsError> {
        self.operate(Role::Helper, |helper| helper.answer_all(note, told))
    }

    fn answer_all(&mut self, note: Note<'_>, told: &mut dyn FnMut(u64)) -> Result<Judged, ReportsError> {
        let Self { channel, with, ledger, .. } = self;
        let shape = Shape::of(&with.layout, &with.sizes);
        each!(&with.prio, prio => {
            Run { channel, with, ledger, shape, prio, open: None, asked: 0 }.all(note, told)?;
        });
        Ok(Judged { passed: 0, batch: self.ledger.state.batch, tally: self.ledger.state.tally })
    }
}

struct Run<'r, 'w, C, T: Circuit> {
    channel: &'r mut C,
    with: &'r With<'w>,
    ledger: &'r mut Ledger,
    shape: Shape,
    prio: &'r Prio<T>,
    /// The part that was answered about and is not settled.
    open: Option<Answered<T::Field>>,
    asked: u64,
}

impl<C: Channel, T: Circuit> Run<'_, '_, C, T> {
    fn all(&mut self, note: Note<'_>, told: &mut dyn FnMut(u64)) -> Result<(), ReportsError> {
        let peer = self.channel.peer().clone();
        loop {
            let frame = recv(self.channel, MAX_FRAME)?;
            match msg::kind(&frame) {
                msg::COLLECT => self.collect(&frame, note)?,
                msg::END => {
                    blame(msg::decode_end(&frame), &peer)?;
                    self.channel.send(msg::encode_end())?;
                    return Ok(());
                }
                // Any other kind is refused as not being a turn.
                _ => {
                    let shape = self.shape;
                    let (settled, ask) = blame(shape.decode_turn(&frame), &peer)?;
                    let answer = self.turn(settled, ask)?;
                    self.channel.send(answer)?;
                    told(self.asked);
                }
            }
        }
    }

    /// Settles the last part, notes what is asked about the next, and only then judges it.
    fn turn(&mut self, settled: Option<Settlement>, ask: Option<Ask<'_>>) -> Result<Vec<u8>, ReportsError> {
        let peer = self.channel.peer().clone();
        let judged = match settled {
            Some(settled) => Some(blame(self.settle(&settled), &peer)?),
            None => None,
        };
        let state = &mut self.ledger.state;
        if let Some(ask) = &ask {
            let expected = state.parts + 1;
            if ask.part != expected {
                return Err(Misstep::WrongPart { expected, found: ask.part }.by(&peer));
            }
            if *state.begun.get_or_insert(ask.digest) != ask.digest {
                return Err(Misstep::AskedOtherwise.by(&peer));
            }
            let most = self.with.task.kind().most_reports();
            if state.tally.of(Outcome::Accepted) + ask.reports.len() as u64 > most {
                return Err(ReportsError::Full { most });
            }
        }
        match judged {
            Some(judged) => self.ledger.settle(&judged)?,
            None => self.ledger.save()?,
        }
        let Some(ask) = ask else {
            return Ok(self.shape.encode_answer(self.ledger.state.parts, std::iter::empty()));
        };
        self.asked += ask.reports.len() as u64;
        let reports = self.judge(&ask);
        let answers = reports.iter().map(|(_, judgement)| match judgement {
            Ok((_, message)) => (Outcome::Accepted, message.as_slice()),
            Err(outcome) => (*outcome, &[][..]),
        });
        let answer = self.shape.encode_answer(ask.part, answers);
        self.open = Some(Answered { asked: ask.digest, reports });
        Ok(answer)
    }

    /// Adds what both accepted to the sum; what was judged is returned, to be kept.
    fn settle(&mut self, settled: &Settlement) -> Result<Vec<(Mark, Outcome)>, Misstep> {
        let state = &mut self.ledger.state;
        let expected = state.parts + 1;
        let Some(open) = self.open.take().filter(|_| settled.part == expected) else {
            return Err(Misstep::WrongPart { expected, found: settled.part });
        };
        let bits: Vec<bool> = (0..open.reports.len()).map(|at| msg::bit(&settled.accepted, at)).collect();
        if msg::pack(&bits) != settled.accepted
            || state.account_with(expected, &open.asked, &settled.accepted) != settled.account
        {
            return Err(Misstep::OtherAccount);
        }
        let mut sum = self.prio.sum_of(&state.sum).expect("the state has a share of the sum");
        let mut judged = Vec::with_capacity(bits.len());
        for ((mark, judgement), accepted) in open.reports.iter().zip(bits) {
            let outcome = match (judgement, accepted) {
                (Ok((begun, _)), true) => {
                    self.prio.add(&mut sum, begun);
                    Outcome::Accepted
                }
                (Err(_), true) => return Err(Misstep::Overruled),
                (Ok(_), false) => Outcome::Invalid,
                (Err(outcome), false) => *outcome,
            };
            judged.push((*mark, outcome));
        }
        state.sum = self.prio.sum_bytes(&sum);
        state.note(&open.asked, &settled.accepted);
        self.ledger.count(&judged);
        Ok(judged)
    }

    /// Judges a part on all cores.
    fn judge(&self, ask: &Ask<'_>) -> Vec<(Mark, Judgement<T::Field>)> {
        let mut ids = std::collections::HashSet::new();
        let all: Vec<Asked<'_>> = ask
            .reports
            .iter()
            .map(|&(report, verifier)| {
                let id: &Mark = report.first_chunk().expect("a report begins with its id");
                Asked { report, verifier, fresh: !self.ledger.was_judged(id) && ids.insert(*id) }
            })
            .collect();
        let (with, prio) = (self.with, self.prio);
        all.par_chunks(LANES).flat_map_iter(|part| judge_each(with, prio, part)).collect()
    }

    /// Tells our share of a batch, closing it; of one that was closed already, the same again.
    fn collect(&mut self, frame: &[u8], note: Note<'_>) -> Result<(), ReportsError> {
        let peer = self.channel.peer().clone();
        self.channel.phase("collect");
        let collect = blame(msg::decode_collect(frame), &peer)?;
        let state = &self.ledger.state;
        let same = |batch: u32, accepted: u64| (batch, accepted) == (collect.batch, collect.accepted);
        let again = state.closed.as_ref().filter(|c| same(c.batch, c.tally.of(Outcome::Accepted)));
        let accepted = state.tally.of(Outcome::Accepted);
        if collect.account != state.account || (again.is_none() && !same(state.batch, accepted)) {
            return Err(Misstep::OtherAccount.by(&peer));
        }
        if again.is_none() {
            if state.begun.is_some() || self.open.is_some() {
                return Err(Misstep::OtherAccount.by(&peer));
            }
            let smallest = self.with.task.terms().smallest;
            if accepted < smallest {
                return Err(ReportsError::TooFew { found: accepted, smallest });
            }
        }
        let (batch, tally) = again.map_or((state.batch, state.tally), |closed| (closed.batch, closed.tally));
        note(batch, &tally).map_err(|why| ReportsError::Stopped { why })?;
        if again.is_none() {
            self.ledger.close(self.with.sizes.sum, None)?;
        }
        let closed = self.ledger.state.closed.as_ref().expect("the batch was closed");
        Ok(self.channel.send(self.shape.encode_share(&closed.sum))?)
    }
}

/// A report that is asked about.
struct Asked<'a> {
    report: &'a [u8],
    /// The leader's share.
    verifier: &'a [u8],
    /// Whether none with its id was judged before.
    fresh: bool,
}

/// Opens, begins and decides reports, on one core.
fn judge_each<T: Circuit>(
    with: &With<'_>,
    prio: &Prio<T>,
    reports: &[Asked<'_>],
) -> Vec<(Mark, Judgement<T::Field>)> {
    let (task, role) = (with.task.digest(), Role::Helper);
    let parts: Vec<_> = reports
        .iter()
        .map(|asked| with.layout.part(asked.report).expect("what is asked about has its length"))
        .collect();
    let sealed: Vec<(&[u8], &[u8])> = parts.iter().map(|(about, sealed)| (about.bytes(), *sealed)).collect();
    let opened = with.open.open_each((&task, role), &sealed);
    let each = reports.iter().zip(parts).zip(opened);
    let judged = each.map(|((asked, (about, _)), opened)| {
        let judge = || {
            if !asked.fresh {
                return Err(Outcome::Repeated);
            }
            if !with.task.in_time(about.time()) {
                return Err(Outcome::OutOfTime);
            }
            let share = opened.ok_or(Outcome::Unopened)?;
            let begun = prio.begin(with.verify.expose(), role, about.id(), (about.public(), &share));
            let begun = begun.ok_or(Outcome::Malformed)?;
            let message = prio.decide(asked.verifier, &begun.verifier).ok_or(Outcome::Invalid)?;
            if !prio.agrees(&begun, &message) {
                return Err(Outcome::Invalid);
            }
            Ok((begun, message))
        };
        let id: [u8; NONCE] = *about.id();
        (id, judge())
    });
    judged.collect()
}
