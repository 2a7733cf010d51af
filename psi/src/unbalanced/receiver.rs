//! The asker: blinds its entries, unblinds what comes back, and looks its tokens up.
//!
//! ```text
//! open ─▶ Blinding ─▶ Blinded ─▶ Asked                                (in a copy)
//!                            └─▶ Naming ─▶ Sizing ─▶ Matching ─▶ Asked (in buckets)
//! ```

mod buckets;

pub use buckets::{Matching, Naming, Sizing};

use super::Output;
use super::bucket::Division;
use super::chunks::Chunks;
use super::copy::Copy;
use super::evaluate::{self, cut};
use super::fault::Fault;
use super::label;
use super::msg::{Kind, Lookup, OpenPackage, POINTS_CHUNK, PointsPackage, StatePackage};
use super::store::ROW_HEAD;
use crate::error::{Misstep, PsiError};
use crate::terms::commitment;
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::ops::Range;
use yinshu_crypto::group::{
    BATCH, Base, Blinds, Element, decode_unblind_encode_each_single, hash_blind_encode_each_single,
};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::oprf::{Mode, Suite};
use yinshu_crypto::secret::Secret;
use zeroize::Zeroizing;

/// Where an asker looks its tokens up.
#[derive(Clone, Copy)]
pub enum Where<'a> {
    /// In a copy of the encoding that it fetched before: the holder learns nothing more.
    Copy(&'a Copy),
    /// In buckets of the holder, of at least 2·`least` entries each on average. The holder learns the numbers
    /// of as many buckets as the asker has entries: see [`crate::unbalanced`].
    Buckets {
        /// Half of the average number of entries of a bucket, at least.
        least: u32,
    },
}

/// How an asker asks.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Where the tokens are looked up.
    pub find: Where<'a>,
    /// Whether the holder must prove that it used its published key.
    pub verify: bool,
    /// The digest of the holder's public keys ([`super::Published::digest`]), if it is known: from the
    /// contract. A copy's own is always expected.
    pub key: Option<Digest>,
}

/// What the asker learns.
#[derive(Debug)]
pub struct Asked {
    /// For each own entry, in the order given: does the holder hold it?
    pub matched: Vec<bool>,
    /// For each own entry the holder's payload, where it holds the entry and the payload opens; `None` where the
    /// encoding has none.
    pub payloads: Option<Vec<Option<Vec<u8>>>>,
    /// Which own entries the holder holds with a payload that does not open: this is found out after the holder
    /// has told everything, and the holder is not told, since it would learn by it that it holds them.
    pub unreadable: Vec<u64>,
    /// How many entries the holder says it has.
    pub peer_items: u64,
    /// The epoch of the holder's key.
    pub epoch: u64,
    /// The version of the encoding in which the entries were looked up.
    pub version: u64,
    /// The version of the encoding that the holder answers from: newer than a copy that should be updated.
    pub peer_version: u64,
    /// The digest of the holder's public keys.
    pub key: Digest,
    /// How many own entries repeat another one.
    pub duplicates: u64,
    /// The commitment to the own entries that the holder has.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

/// For every entry the first that is equal to it. Time depends on the entries.
fn vartime_leaders(entries: &[Entry]) -> Vec<u32> {
    let end = u32::try_from(entries.len()).expect("counted before to be below 2^32");
    let mut order: Vec<u32> = (0..end).collect();
    order.sort_unstable_by_key(|&index| (&entries[index as usize], index));
    let mut leaders: Vec<u32> = (0..end).collect();
    for pair in order.windows(2) {
        if entries[pair[0] as usize] == entries[pair[1] as usize] {
            leaders[pair[1] as usize] = leaders[pair[0] as usize];
        }
    }
    leaders
}

/// Begins a run.
pub fn open<'a>(
    entries: &'a [Entry],
    terms: &Terms,
    query: &Query<'a>,
    rng: &mut impl CryptoRng,
) -> Result<(Blinding<'a>, OpenPackage), PsiError> {
    terms.check()?;
    if terms.learns != Learns::Receiver {
        return Err(PsiError::OnlyAsker);
    }
    let counts = terms.count(entries)?;
    if let Where::Copy(copy) = query.find {
        copy.fits(terms, entries.len() as u64)?;
    }
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let commitment = commitment(&salt, entries);
    let lookup = if matches!(query.find, Where::Copy(_)) { Lookup::Copy } else { Lookup::Buckets };
    let chunks = Chunks::new(&counts);
    let package = OpenPackage { terms: terms.digest(), commitment, verify: query.verify, lookup, counts };
    let own = Own {
        entries,
        order: evaluate::by_section(entries.iter().map(|entry| entry.section)),
        leaders: vartime_leaders(entries),
        suite: Suite::new(Mode::Voprf),
        commitment,
        salt: Secret::new(salt),
    };
    let outputs = Zeroizing::new(vec![[0; 64]; entries.len()]);
    let (sent, underway) = (chunks.clone(), VecDeque::new());
    let blinding = Blinding { own, query: *query, sent, chunks, underway, outputs, state: None };
    Ok((blinding, package))
}

/// What stays with the asker to the end.
struct Own<'a> {
    entries: &'a [Entry],
    /// Indices of the entries in the order of their points.
    order: Vec<u32>,
    leaders: Vec<u32>,
    suite: Suite,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
}

/// Sending blinded points and unblinding what comes back.
pub struct Blinding<'a> {
    own: Own<'a>,
    query: Query<'a>,
    sent: Chunks,
    chunks: Chunks,
    underway: VecDeque<Underway>,
    outputs: Zeroizing<Vec<Output>>,
    state: Option<(StatePackage, Vec<PublicKey>)>,
}

/// A chunk that has not come back.
struct Underway {
    blinds: Blinds,
    /// Its points, where the holder must prove what it makes of them.
    points: Vec<[u8; 32]>,
}

/// The holder's key of a section, and its powers.
struct PublicKey {
    key: Element,
    base: Base,
}

impl<'a> Blinding<'a> {
    /// The next points; `None` after the last: H(x)·g^r with an r of its own for each, so that all are uniform and
    /// independent of each other and of the entries, repeats among them.
    pub fn next_points(&mut self, rng: &mut impl CryptoRng) -> Option<PointsPackage> {
        let (_, range) = self.sent.due()?;
        let blinds = Blinds::random(range.len(), rng);
        let own = &self.own;
        let indices = own.order[range].par_chunks(BATCH);
        let batch = |(at, indices): (usize, &[u32])| {
            let inputs: Vec<_> =
                indices.iter().map(|&index| evaluate::input(&own.entries[index as usize])).collect();
            let blinds = blinds.part(at * BATCH..at * BATCH + indices.len());
            hash_blind_encode_each_single(own.suite.hasher(), &inputs, Base::generator(), blinds)
        };
        let points: Vec<[u8; 32]> = indices.enumerate().flat_map_iter(batch).collect();
        self.sent.advance();
        let kept = if self.query.verify { points.clone() } else { Vec::new() };
        self.underway.push_back(Underway { blinds, points: kept });
        Some(PointsPackage { points, proof: None })
    }

    /// How many chunks are under way.
    pub fn underway(&self) -> usize {
        self.underway.len()
    }

    /// How many points are unblinded.
    pub fn done(&self) -> u64 {
        self.chunks.done() as u64
    }

    /// Takes what the holder says of its encoding, which comes before its first points.
    pub fn state(&mut self, state: StatePackage) -> Result<(), Fault> {
        let found = state.published.digest();
        if let Some(expected) = self.query.key.filter(|&expected| expected != found) {
            return Err(Misstep::KeyDiffers { expected, found }.into());
        }
        if let Where::Copy(copy) = self.query.find {
            copy.matches(&state)?;
        }
        let keys = state.published.elements();
        let keys = keys.map_err(|_| Misstep::BadState { field: "one of its public keys" })?;
        let keys = keys.into_par_iter().map(|key| PublicKey { key, base: Base::new(&key) }).collect();
        self.state = Some((state, keys));
        Ok(())
    }

    /// How long the next package is at most.
    pub fn max_bytes(&self) -> usize {
        PointsPackage::bytes(POINTS_CHUNK, self.query.verify)
    }

    /// Takes the next evaluated points.
    pub fn absorb(&mut self, frame: &[u8]) -> Result<(), Fault> {
        let out_of_step = || PsiError::OutOfStep { step: "the unblinding of points" };
        let (section, range) = self.chunks.due().ok_or_else(out_of_step)?;
        let start = range.start as u64;
        let package = PointsPackage::decode(frame, Kind::Evaluated, range.len(), self.query.verify, start)?;
        let sent = self.underway.pop_front().ok_or_else(out_of_step)?;
        let (_, keys) = self.state.as_ref().ok_or_else(out_of_step)?;
        let PublicKey { key, base } = &keys[section];
        let points = &package.points;
        let proven = || match &package.proof {
            Some(proof) => self.own.suite.verify(key, &sent.points, points, proof),
            None => Ok(()),
        };
        let (outputs, proven) = rayon::join(|| self.outputs(range, points, base, &sent.blinds), proven);
        let outputs = outputs?;
        proven.map_err(|_| Misstep::BadProof { index: start })?;
        for (index, output) in outputs.iter() {
            self.outputs[*index as usize] = *output;
        }
        self.chunks.advance();
        Ok(())
    }

    /// The outputs of the entries at some places of a section, from what their points were raised to: that is
    /// H(x)^k·(g^k)^r.
    fn outputs(
        &self,
        range: Range<usize>,
        points: &[[u8; 32]],
        base: &Base,
        blinds: &Blinds,
    ) -> Result<Zeroizing<Vec<(u32, Output)>>, Misstep> {
        let (own, start) = (&self.own, range.start);
        let batch = |(at, (indices, points)): (usize, (&[u32], &[[u8; 32]]))| {
            let blinds = blinds.part(at * BATCH..at * BATCH + points.len());
            let raised = decode_unblind_encode_each_single(points, base, blinds).map_err(|bad| {
                Misstep::BadPoint { index: (start + at * BATCH + bad.index) as u64, cause: bad.cause }
            })?;
            let raised = Zeroizing::new(raised);
            let entries = indices.iter().map(|&index| &own.entries[index as usize]);
            let outputs = Zeroizing::new(evaluate::output_each(&own.suite, entries, &raised));
            Ok(indices.iter().copied().zip(outputs.iter().copied()).collect())
        };
        let parts = own.order[range].par_chunks(BATCH).zip(points.par_chunks(BATCH));
        let outputs: Result<Vec<Vec<(u32, Output)>>, Misstep> = parts.enumerate().map(batch).collect();
        Ok(Zeroizing::new(outputs?.concat()))
    }

    /// On to looking the tokens up.
    pub fn finish(mut self) -> Result<Blinded<'a>, PsiError> {
        let (Some((state, _)), None) = (self.state.take(), self.chunks.due()) else {
            return Err(PsiError::OutOfStep { step: "the unblinding of points" });
        };
        let found = vec![None; self.own.entries.len()];
        let found = Found { own: self.own, outputs: self.outputs, state, found };
        Ok(match self.query.find {
            Where::Copy(copy) => Blinded::InCopy(found, copy),
            Where::Buckets { least } => Blinded::InBuckets(found, least),
        })
    }
}

/// Outputs of all own entries, and where they are looked up.
pub enum Blinded<'a> {
    /// In a copy.
    InCopy(Found<'a>, &'a Copy),
    /// In buckets.
    InBuckets(Found<'a>, u32),
}

/// A payload as it was found.
#[derive(Clone)]
enum Payload {
    Open(Vec<u8>),
    /// Of another output, or altered.
    Unreadable,
}

/// What was found of the own entries so far.
pub struct Found<'a> {
    own: Own<'a>,
    pub(super) outputs: Zeroizing<Vec<Output>>,
    pub(super) state: StatePackage,
    /// For the leaders: what they were found with.
    found: Vec<Option<Payload>>,
}

impl<'a> Found<'a> {
    /// The own entries that repeat none before them.
    pub(super) fn leaders(&self) -> impl Iterator<Item = u32> {
        let leaders = self.own.leaders.iter().zip(0u32..);
        leaders.filter(|(leader, index)| *leader == index).map(|(_, index)| index)
    }

    /// How many entries the asker asked about.
    pub(super) fn asked(&self) -> u64 {
        self.own.entries.len() as u64
    }

    /// Notes that the holder holds own entry `index`, and opens what it gave with it. One that does not open is
    /// noted too: a run that ended there would tell the holder that the entry is among the asker's.
    pub(super) fn note(&mut self, index: u32, sealed: &[u8]) {
        let payload = match sealed {
            [] => Payload::Open(Vec::new()),
            _ => match label::open(&self.outputs[index as usize], sealed) {
                Some(payload) => Payload::Open(payload),
                None => Payload::Unreadable,
            },
        };
        let found = &mut self.found[index as usize];
        if !matches!((&found, &payload), (Some(Payload::Open(_)), Payload::Unreadable)) {
            *found = Some(payload);
        }
    }

    /// Looks everything up in a copy. Time depends on the entries. A copy that turns out to be damaged is fetched
    /// anew the next time.
    pub fn vartime_look_up(self, copy: &Copy) -> Result<Asked, PsiError> {
        self.looked_up(copy).inspect_err(|error| copy.store.forget_damaged(error))
    }

    fn looked_up(mut self, copy: &Copy) -> Result<Asked, PsiError> {
        let manifest = &copy.store.manifest;
        let width = usize::from(manifest.width);
        let token = |index: u32| cut(evaluate::token(&self.outputs[index as usize]), width);
        let mut tokens: Vec<_> = self.leaders().map(|index| (token(index), index)).collect();
        tokens.sort_unstable();
        let (mut merge, mut row) = (copy.store.merge(), Vec::new());
        for (token, index) in tokens {
            if merge.find(&token, &mut row)? {
                self.note(index, &row[ROW_HEAD..]);
            }
        }
        Ok(self.finish(manifest.version))
    }

    /// What the asker learns: duplicates of what was found are found too.
    pub(super) fn finish(self, version: u64) -> Asked {
        let matched: Vec<bool> =
            self.own.leaders.iter().map(|&leader| self.found[leader as usize].is_some()).collect();
        let payload = |&leader: &u32| match &self.found[leader as usize] {
            Some(Payload::Open(payload)) => Some(payload.clone()),
            _ => None,
        };
        let unreadable =
            |&(_, &leader): &(u64, &u32)| matches!(self.found[leader as usize], Some(Payload::Unreadable));
        let labelled = self.state.label != 0;
        Asked {
            matched,
            unreadable: (0..).zip(&self.own.leaders).filter(unreadable).map(|(index, _)| index).collect(),
            payloads: labelled.then(|| self.own.leaders.iter().map(payload).collect()),
            peer_items: self.state.entries,
            epoch: self.state.published.epoch,
            version,
            peer_version: self.state.version,
            key: self.state.published.digest(),
            duplicates: (self.own.entries.len() - self.leaders().count()) as u64,
            commitment: self.own.commitment,
            salt: self.own.salt,
        }
    }

    /// Divides the holder's tokens into buckets.
    pub(super) fn divide(&self, least: u32) -> Division {
        Division::choose(self.asked(), self.state.entries, least)
    }
}
