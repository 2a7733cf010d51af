//! The parties of a run: who is who, who is told what when it ends, and who was to blame.

use crate::error::{Misstep, PsiError, Refusal};
use crate::wire::{REFUSAL_BYTES, refusal, refuse};
use yinshu_net::{Channel, Fault, MAX_FRAME, NetError, PartyId};

/// "That party broke the run": its number follows.
const BROKE: u8 = 254;

/// "That party is silent, and I waited for it": its number follows.
const SILENT: u8 = 253;

/// How many frames of the protocol may lie before the word that ends a run.
const UNDERWAY: usize = 4096;

/// One party's channels to all others, in the agreed order.
pub struct Circle<'a> {
    names: Vec<PartyId>,
    own: usize,
    channels: Vec<Option<&'a mut dyn Channel>>,
}

/// The last word of a party.
enum Word {
    Broke(usize),
    Silent(usize),
    Refused(Refusal),
}

impl<'a> Circle<'a> {
    /// The party `own` among `parties`; `channels` in any order, one to each other.
    ///
    /// # Errors
    /// [`PsiError::BadCircle`] where parties are named twice, this one is not named, or a channel is missing,
    /// doubled or to somebody else.
    pub fn new(
        own: &PartyId,
        parties: &[PartyId],
        channels: impl IntoIterator<Item = &'a mut dyn Channel>,
    ) -> Result<Self, PsiError> {
        let bad = |detail| PsiError::BadCircle { detail };
        let mut names = parties.to_vec();
        names.sort();
        names.dedup();
        if names.len() != parties.len() {
            return Err(bad("a party is named twice"));
        }
        let at = |name: &PartyId| parties.iter().position(|party| party == name);
        let own = at(own).ok_or(bad("this party is not among them"))?;
        let mut slots: Vec<Option<&mut dyn Channel>> = parties.iter().map(|_| None).collect();
        for channel in channels {
            let index = at(channel.peer()).filter(|&index| index != own && slots[index].is_none());
            slots[index.ok_or(bad("a channel is to none of the others, or the second to one"))?] =
                Some(channel);
        }
        if slots.iter().filter(|slot| slot.is_some()).count() + 1 < parties.len() {
            return Err(bad("a channel is missing"));
        }
        Ok(Self { names: parties.to_vec(), own, channels: slots })
    }

    /// This party's number.
    pub fn own(&self) -> usize {
        self.own
    }

    /// How many parties there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: a circle has parties.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A party's name.
    pub fn name(&self, party: usize) -> &PartyId {
        &self.names[party]
    }

    /// The numbers of all others.
    pub(super) fn others(&self) -> Vec<usize> {
        (0..self.len()).filter(|&party| party != self.own).collect()
    }

    /// The party `steps` further on in the ring.
    pub(super) fn after(&self, steps: usize) -> usize {
        (self.own + steps) % self.len()
    }

    /// The party `steps` back in the ring.
    pub(super) fn before(&self, steps: usize) -> usize {
        (self.own + self.len() - steps) % self.len()
    }

    fn channel(&mut self, party: usize) -> &mut dyn Channel {
        &mut **self.channels[party].as_mut().expect("each other party has one")
    }

    pub(super) fn phase(&mut self, name: &'static str) {
        self.channels.iter_mut().flatten().for_each(|channel| channel.phase(name));
    }

    pub(super) fn send(&mut self, party: usize, frame: Vec<u8>) -> Result<(), PsiError> {
        Ok(self.channel(party).send(frame)?)
    }

    pub(super) fn recv(&mut self, party: usize, max: usize) -> Result<Vec<u8>, PsiError> {
        let frame = self.channel(party).recv(max.max(REFUSAL_BYTES))?;
        let by = self.names[party].clone();
        match self.word(&frame) {
            None => Ok(frame),
            Some(Word::Refused(reason)) => Err(PsiError::Refused { peer: by, reason }),
            Some(Word::Broke(culprit)) => Err(PsiError::Elsewhere { by, party: self.names[culprit].clone() }),
            Some(Word::Silent(culprit)) => Err(self.follow(by, culprit)),
        }
    }

    /// Puts a party's name to its misstep.
    pub(super) fn blame<T>(&self, party: usize, result: Result<T, Misstep>) -> Result<T, PsiError> {
        result.map_err(|misstep| misstep.by(&self.names[party]))
    }

    fn word(&self, frame: &[u8]) -> Option<Word> {
        match *frame {
            [kind @ (BROKE | SILENT), party] if usize::from(party) < self.len() => {
                let party = usize::from(party);
                Some(if kind == BROKE { Word::Broke(party) } else { Word::Silent(party) })
            }
            _ => refusal(frame).map(Word::Refused),
        }
    }

    /// The last word of a party, behind what of the protocol is still underway; waits for it.
    fn last_word(&mut self, party: usize) -> Option<Word> {
        for _ in 0..UNDERWAY {
            let frame = self.channel(party).recv(MAX_FRAME).ok()?;
            if let Some(word) = self.word(&frame) {
                return Some(word);
            }
        }
        None
    }

    /// Whom the silent party itself waits for, and so on to the one that waits for nobody.
    fn follow(&mut self, mut by: PartyId, mut silent: usize) -> PsiError {
        let mut asked = vec![false; self.len()];
        while silent != self.own && !std::mem::replace(&mut asked[silent], true) {
            match self.last_word(silent) {
                Some(Word::Broke(party)) => {
                    let by = self.names[silent].clone();
                    return PsiError::Elsewhere { by, party: self.names[party].clone() };
                }
                Some(Word::Silent(party)) => (by, silent) = (self.names[silent].clone(), party),
                Some(Word::Refused(reason)) => {
                    return PsiError::Refused { peer: self.names[silent].clone(), reason };
                }
                None => break,
            }
        }
        PsiError::Elsewhere { by, party: self.names[silent].clone() }
    }

    /// Tells all others that the run is over and because of whom, and finds that out where it is not known.
    pub(super) fn part(&mut self, error: PsiError) -> PsiError {
        if let PsiError::Channel { cause: NetError::Closed { peer } | NetError::Timeout { peer, .. } } =
            &error
        {
            let Some(silent) = self.number(peer) else { return error };
            self.tell(Some(silent), SILENT, false);
            return self.heard(error, silent);
        }
        let culprit = match &error {
            // What fails in this party's own hands is for it to find: the others hear that it failed.
            PsiError::Peer { peer, .. } if *peer == self.names[self.own] => None,
            // It did not fail: it says that this party did. The others hear so too.
            PsiError::Refused { reason, .. } if !matches!(reason, Refusal::Failed | Refusal::Unknown) => {
                Some(self.own)
            }
            _ => match error.fault() {
                Fault::Peer(party) => self.number(&party),
                Fault::Local | Fault::Network => None,
            },
        };
        if let (PsiError::Peer { misstep, .. }, Some(culprit)) = (&error, culprit) {
            // The run is over either way: who cannot be told hears it from its own channel.
            let _ = self.channel(culprit).send(refuse(misstep.refusal()));
        }
        let hearsay = matches!(error, PsiError::Elsewhere { .. });
        self.tell(culprit, BROKE, hearsay);
        error
    }

    /// What the party that fell silent had to say, if it said anything.
    fn heard(&mut self, error: PsiError, silent: usize) -> PsiError {
        match self.last_word(silent) {
            None => error,
            Some(Word::Refused(reason)) => PsiError::Refused { peer: self.names[silent].clone(), reason },
            Some(Word::Broke(party)) => {
                PsiError::Elsewhere { by: self.names[silent].clone(), party: self.names[party].clone() }
            }
            Some(Word::Silent(party)) => self.follow(self.names[silent].clone(), party),
        }
    }

    fn number(&self, party: &PartyId) -> Option<usize> {
        self.names.iter().position(|name| name == party)
    }

    /// Tells all but the culprit, and it as well where `everybody`; where there is none, that this party failed.
    fn tell(&mut self, culprit: Option<usize>, kind: u8, everybody: bool) {
        for party in self.others() {
            let word = match culprit {
                Some(culprit) if culprit == party && !everybody => continue,
                Some(culprit) => vec![kind, u8::try_from(culprit).expect("at most five parties")],
                None => refuse(Refusal::Failed),
            };
            let _ = self.channel(party).send(word);
        }
    }
}
