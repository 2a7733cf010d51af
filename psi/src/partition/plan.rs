//! What both sides know before either divides its set: the salt, the number of partitions and their sizes.

use super::Settings;
use super::matcher::Matcher;
use super::msg::{Answer, Fields, Greet, Reveal, VERSION};
use super::size::{MAX_PARTITIONS, capacity};
use crate::error::{Misstep, PsiError};
use crate::terms::MAX_SECTIONS;
use crate::wire::{blame, part, recv};
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;

/// Which side of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Learns which of its entries the sender holds.
    Receiver = 1,
    /// Shows its entries.
    Sender = 2,
}

/// What both sides agreed on: public to both, and the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Names the session: a digest of all that was said.
    pub session: Digest,
    /// The key of the hash that divides the sets.
    pub salt: [u8; 32],
    /// The digest of the terms and of the name of the [`Matcher`].
    pub bound: Digest,
    /// How many partitions there are.
    pub partitions: u32,
    /// How many channels either side would use at most.
    pub workers: u32,
    /// How many entries the sender shows.
    pub shown: u64,
    /// How many entries the receiver asks about in each section.
    pub asked: Vec<u64>,
}

const MAGIC: &[u8; 8] = b"YNSHPLAN";

impl Plan {
    /// Length of a plan of one section; each further one has 8 bytes more.
    const FIXED: usize = 8 + 1 + 3 * 32 + 4 + 4 + 8 + 4;

    /// The most bytes of a plan.
    pub const MAX_BYTES: usize = Self::FIXED + 8 * MAX_SECTIONS;

    /// Which partition an entry belongs to: the first 8 bytes of SHA-256 of salt, section and item, scaled.
    pub fn partition_of(&self, entry: &Entry) -> u32 {
        let parts: [&[u8]; 3] = [&self.salt, &entry.section.to_le_bytes(), entry.item.as_bytes()];
        let digest = Digest::of_parts("yinshu psi partition", &parts);
        let head = u64::from_be_bytes(*digest.0.first_chunk().expect("a digest has 32 bytes"));
        u32::try_from((u128::from(head) * u128::from(self.partitions)) >> 64).expect("below the partitions")
    }

    /// How many entries every partition of a side has, padding included, in each class: the receiver's are
    /// its sections, the sender's is one.
    pub fn capacities(&self, role: Role) -> Vec<u64> {
        let bins = u64::from(self.partitions) * (self.asked.len() as u64 + 1);
        let size = |&items: &u64| capacity(items, self.partitions, bins);
        match role {
            Role::Receiver => self.asked.iter().map(size).collect(),
            Role::Sender => vec![size(&self.shown)],
        }
    }

    /// How many entries every partition of a side has, padding included.
    pub fn size(&self, role: Role) -> u64 {
        self.capacities(role).iter().sum()
    }

    /// How many values the receiver could test in each section: its own, the padding, and what the protocol in the
    /// partitions lets one test that does not follow it.
    pub fn askable(&self, matcher: &impl Matcher) -> Vec<u64> {
        let all = |size: u64| matcher.askable(size).saturating_mul(u64::from(self.partitions));
        self.capacities(Role::Receiver).into_iter().map(all).collect()
    }

    /// The terms of one partition in one attempt.
    pub(super) fn terms(
        &self,
        whole: &Terms,
        matcher: &impl Matcher,
        attempt: Digest,
        partition: u32,
    ) -> Terms {
        let max = self.capacities(Role::Receiver).into_iter().map(|size| matcher.askable(size));
        let section = |(section, max): (&crate::Section, u64)| crate::Section { max, ..section.clone() };
        let parts: [&[u8]; 3] = [&self.session.0, &attempt.0, &partition.to_le_bytes()];
        Terms {
            learns: whole.learns,
            sections: whole.sections.iter().zip(max).map(section).collect(),
            max_peer_items: self.size(Role::Receiver).max(self.size(Role::Sender)),
            own_items: None,
            context: Digest::of_parts("yinshu psi partition context v1", &parts),
        }
    }

    /// As in a spill: public, the same on both sides.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        [self.session.0, self.salt, self.bound.0].iter().for_each(|part| bytes.extend(part));
        bytes.extend(self.partitions.to_le_bytes());
        bytes.extend(self.workers.to_le_bytes());
        bytes.extend(self.shown.to_le_bytes());
        bytes.extend((self.asked.len() as u32).to_le_bytes());
        bytes.extend(self.asked.iter().flat_map(|count| count.to_le_bytes()));
        bytes
    }

    /// Reads a plan off the front of `bytes`; what is left follows.
    ///
    /// # Errors
    /// The check that failed.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), &'static str> {
        if bytes.len() < Self::FIXED {
            return Err("length of the plan");
        }
        let mut fields = Fields::plain(bytes);
        if fields.array() != *MAGIC || fields.byte() != VERSION {
            return Err("kind and version of the plan");
        }
        let (session, salt, bound) = (fields.digest(), fields.array(), fields.digest());
        let (partitions, workers, shown) = (fields.u32(), fields.u32(), fields.u64());
        let sections = fields.u32() as usize;
        if partitions == 0 || partitions > MAX_PARTITIONS || sections == 0 || sections > MAX_SECTIONS {
            return Err("numbers of the plan");
        }
        if fields.left() < 8 * sections {
            return Err("length of the plan");
        }
        let asked = (0..sections).map(|_| fields.u64()).collect();
        Ok((Self { session, salt, bound, partitions, workers, shown, asked }, fields.rest()))
    }

    /// Both sides derive the same plan from the greeting, the answer and the contribution.
    fn derive(greet: &Greet, answer: &Answer, reveal: &Reveal) -> Result<Self, PsiError> {
        let said = [greet.encode(), answer.encode(), reveal.encode()];
        let session =
            Digest::of_parts("yinshu psi partition session v1", &said.each_ref().map(Vec::as_slice));
        let salt = Digest::of_parts("yinshu psi partition salt v1", &[&session.0]).0;
        let workers = greet.workers.min(answer.workers).max(1);
        let mut plan = Self {
            session,
            salt,
            bound: greet.bound,
            partitions: 1,
            workers,
            shown: answer.items,
            asked: greet.counts.clone(),
        };
        let most = greet.most.min(answer.most).max(1);
        let found = plan.asked.iter().fold(0, |sum: u64, &count| sum.saturating_add(count)).max(plan.shown);
        // As many partitions as channels at least, so that all of them have work; more until they fit.
        let fewest = found.div_ceil(most).max(u64::from(workers)).min(u64::from(u32::MAX));
        plan.partitions = u32::try_from(fewest).expect("cut to 32 bits above").max(1);
        while plan.partitions <= MAX_PARTITIONS {
            if plan.size(Role::Receiver).max(plan.size(Role::Sender)) <= most {
                return Ok(plan);
            }
            plan.partitions += (plan.partitions / 64).max(1);
        }
        Err(PsiError::TooManyPartitions { found, max: MAX_PARTITIONS })
    }

    /// Refuses a plan under which the receiver could ask about more than a section's quota: padding counts,
    /// since the sender cannot tell it from entries.
    fn vetted(self, terms: &Terms, matcher: &impl Matcher) -> Result<Self, (String, u64, u64)> {
        for (section, found) in terms.sections.iter().zip(self.askable(matcher)) {
            if found > section.max {
                return Err((section.name.clone(), section.max, found));
            }
        }
        Ok(self)
    }
}

/// The digest of what both sides must agree on before a plan.
pub(super) fn bound(terms: &Terms, matcher: &impl Matcher) -> Digest {
    Digest::of_parts("yinshu psi partition terms v1", &[&terms.digest().0, matcher.name().as_bytes()])
}

fn most(settings: &Settings, matcher: &impl Matcher) -> u64 {
    settings.memory / u64::from(settings.workers.max(1)) / matcher.bytes_per_entry().max(1)
}

/// Agrees on a plan with the sender, which runs [`agree_sender`]. `counts` says how many entries there are
/// in each section, repeats included; a section that turns out to have more distinct ones may not fit.
///
/// # Errors
/// [`PsiError`]: the channel's, the own terms', [`PsiError::OwnQuota`] where the padded number exceeds a
/// section's, or a misstep of the peer, which is told.
pub fn agree_receiver(
    channel: &mut dyn Channel,
    counts: &[u64],
    matcher: &impl Matcher,
    terms: &Terms,
    settings: &Settings,
    rng: &mut impl CryptoRng,
) -> Result<Plan, PsiError> {
    let mut agree = || {
        terms.check()?;
        let sections = terms.sections.len();
        if counts.len() != sections {
            return Err(PsiError::BadSections { found: counts.len(), max: sections });
        }
        channel.phase("plan");
        let mut contribution = [0; 32];
        rng.fill_bytes(&mut contribution);
        let (bound, committed) = (bound(terms, matcher), Reveal::commit(&contribution));
        let (most, workers) = (most(settings, matcher), settings.workers);
        let greet = Greet { bound, committed, most, workers, counts: counts.to_vec() };
        channel.send(greet.encode())?;
        let frame = recv(channel, Answer::BYTES)?;
        let answer = blame(channel, Answer::decode(&frame, bound))?;
        let (max, found) = (terms.max_peer_items, answer.items);
        if found > max {
            return blame(channel, Err(Misstep::TooManyEntries { max, found }));
        }
        let reveal = Reveal { contribution };
        let plan = Plan::derive(&greet, &answer, &reveal)?.vetted(terms, matcher);
        let plan = plan.map_err(|(section, max, found)| PsiError::OwnQuota { section, max, found })?;
        channel.send(reveal.encode())?;
        Ok(plan)
    };
    let result = agree();
    result.map_err(|error| part(channel, error, 0))
}

/// Agrees on a plan with the receiver, which runs [`agree_receiver`]. `items` says how many entries there
/// are, repeats included; [`Terms::own_items`] hides it behind a larger number.
///
/// # Errors
/// [`PsiError`]: the channel's, the own terms', or a misstep of the peer, which is told.
pub fn agree_sender(
    channel: &mut dyn Channel,
    items: u64,
    matcher: &impl Matcher,
    terms: &Terms,
    settings: &Settings,
    rng: &mut impl CryptoRng,
) -> Result<Plan, PsiError> {
    let mut agree = || {
        terms.check()?;
        let declared = terms.own_items.unwrap_or(items);
        if items > declared {
            return Err(PsiError::MoreThanDeclared { declared });
        }
        channel.phase("plan");
        let (bound, sections) = (bound(terms, matcher), terms.sections.len());
        let frame = recv(channel, Greet::bytes(sections))?;
        let greet = blame(channel, Greet::decode(&frame, bound, sections))?;
        let found = greet.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
        if found > terms.max_peer_items {
            return blame(channel, Err(Misstep::TooManyEntries { max: terms.max_peer_items, found }));
        }
        let mut contribution = [0; 32];
        rng.fill_bytes(&mut contribution);
        let (most, workers) = (most(settings, matcher), settings.workers);
        let answer = Answer { bound, contribution, most, workers, items: declared };
        channel.send(answer.encode())?;
        let frame = recv(channel, Reveal::BYTES)?;
        let reveal = blame(channel, Reveal::decode(&frame, greet.committed))?;
        let vetted = Plan::derive(&greet, &answer, &reveal)?.vetted(terms, matcher);
        let quota = |(section, max, found)| Misstep::SectionQuota { section, max, found };
        blame(channel, vetted.map_err(quota))
    };
    let result = agree();
    result.map_err(|error| part(channel, error, 0))
}
