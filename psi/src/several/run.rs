//! Moves messages between the parties and decides nothing.

use super::Agreement;
use super::circle::Circle;
use super::msg::{BLINDED, EVALUATED, PAIR_SEED, STORE, STORE_SEED, SizesPackage, TOKENS, ring, terms};
use super::region::{Opens, Regions, Sizes};
use super::ring::{
    SecretPackage, Tokens, Travelling, vartime_compare, vartime_distinct, vartime_unequal, width,
};
use super::shares::{ReceiverSecret, SenderSecret, params};
use crate::ecdh::msg::OpenPackage;
use crate::error::{Misstep, PsiError};
use crate::stream::{Message, Point, by_section, points, ranges, within_quotas};
use crate::terms::{MAX_ENTRIES, commitment};
use crate::{Entry, Phase, Progress, Terms};
use rand_core::CryptoRng;
use yinshu_crypto::group::Exponent;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::PartyId;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Told what each other party opened the run with, after it was checked; an error ends the run.
pub type Asked<'a> = &'a mut dyn FnMut(&PartyId, &OpenPackage) -> Result<(), String>;

/// What a party knows of a run beside its result.
#[derive(Debug)]
pub struct Facts {
    /// The sizes of all parties' sets: by party, by section.
    pub counts: Vec<Vec<u64>>,
    /// All parties' commitments to their entries, the own one included, to be kept in the log.
    pub commitments: Vec<Digest>,
    /// What opens the own commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
    /// How many own entries repeat another one.
    pub duplicates: u64,
}

/// What a party learns from [`sizes`].
#[derive(Debug)]
pub struct Sized {
    /// The sizes opened.
    pub sizes: Sizes,
    /// The comparer only: all regions, by section.
    pub regions: Option<Vec<Regions>>,
    /// What else is known.
    pub facts: Facts,
}

/// What a party learns from [`intersection`].
#[derive(Debug)]
pub struct Intersected {
    /// The receiver only: for each own entry, in the order given, do all others hold it?
    pub matched: Option<Vec<bool>>,
    /// What else is known.
    pub facts: Facts,
}

/// How many entries are in each intersection of the parties' sets. Every party calls this at the same time.
///
/// # Errors
/// [`PsiError`]: a failure of a channel, of the own terms or entries, or a misstep of a party, which is named at all
/// others as well.
pub fn sizes(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    (agreement, opens): (&Agreement, &Opens),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sized, PsiError> {
    let result = counting(circle, entries, (agreement, opens), rng, asked, progress);
    result.map_err(|error| circle.part(error))
}

/// Which of the receiver's entries do all others hold? Every party calls this at the same time; `receiver` is the
/// number of the one that learns.
///
/// # Errors
/// As [`sizes`].
pub fn intersection(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    (agreement, receiver): (&Agreement, usize),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Intersected, PsiError> {
    let result = intersecting(circle, entries, (agreement, receiver), rng, asked, progress);
    result.map_err(|error| circle.part(error))
}

/// Opens the run with all others. `travel` are the entries as they will be used, by section.
fn open(
    circle: &mut Circle<'_>,
    (given, travel): (&[Entry], &[Entry]),
    (agreement, terms): (&Agreement, &Terms),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
) -> Result<Facts, PsiError> {
    circle.phase("open");
    let counts = terms.count(travel)?;
    let most = |party: usize| agreement.most.get(party).copied().unwrap_or(MAX_ENTRIES);
    let (found, max) = (travel.len() as u64, most(circle.own()));
    if found > max {
        return Err(PsiError::TooManyEntries { found, max });
    }
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let own = OpenPackage { terms: terms.digest(), commitment: commitment(&salt, given), counts };
    for party in circle.others() {
        circle.send(party, own.encode())?;
    }
    let mut all: Vec<OpenPackage> = vec![own; circle.len()];
    for party in circle.others() {
        let frame = circle.recv(party, OpenPackage::MAX_BYTES)?;
        let package = circle.blame(party, OpenPackage::decode(&frame, terms))?;
        let bounds = Terms { max_peer_items: most(party), ..terms.clone() };
        circle.blame(party, within_quotas(&package, &bounds))?;
        asked(circle.name(party), &package).map_err(|detail| PsiError::Unrecorded { detail })?;
        all[party] = package;
    }
    Ok(Facts {
        commitments: all.iter().map(|package| package.commitment).collect(),
        counts: all.into_iter().map(|package| package.counts).collect(),
        salt: Secret::new(salt),
        duplicates: 0,
    })
}

fn checked(circle: &Circle<'_>, agreement: &Agreement) -> Result<(), PsiError> {
    agreement.check()?;
    let same = (0..circle.len()).map(|party| circle.name(party)).eq(&agreement.parties);
    if same {
        Ok(())
    } else {
        Err(PsiError::BadCircle { detail: "the channels are not those of the agreement" })
    }
}

fn counting(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    (agreement, opens): (&Agreement, &Opens),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sized, PsiError> {
    checked(circle, agreement)?;
    opens.check(circle.len())?;
    let terms = terms(agreement, &opens.to_bytes());
    let (distinct, duplicates) = vartime_distinct(entries);
    let mut facts = open(circle, (entries, &distinct), (agreement, &terms), rng, asked)?;
    facts.duplicates = duplicates;
    circle.phase("ring");
    let secret = SecretPackage::random(rng);
    let mut set = secret.start(&distinct, &facts.counts[circle.own()], rng);
    for step in 1..circle.len() {
        set = pass(circle, &secret, &set, (step, &facts.counts), rng)?;
        progress(Progress { phase: Phase::Points, done: step as u64, total: Some(circle.len() as u64 - 1) });
    }
    drop(secret);
    circle.phase("tokens");
    let (sizes, regions) = compare(circle, set, opens, &facts.counts)?;
    progress(Progress { phase: Phase::Match, done: 1, total: Some(1) });
    Ok(Sized { sizes, regions, facts })
}

/// Sends a set to the next party while that of the party before comes in.
fn pass(
    circle: &mut Circle<'_>,
    secret: &SecretPackage,
    set: &Travelling,
    (step, counts): (usize, &[Vec<u64>]),
    rng: &mut impl CryptoRng,
) -> Result<Travelling, PsiError> {
    let (next, before) = (circle.after(1), circle.before(1));
    let (message, counts) = (ring(step), &counts[circle.before(step)]);
    let total = usize::try_from(counts.iter().sum::<u64>()).expect("below 2^32 by the opening");
    let per_frame = Message::per_frame(32);
    let mut outgoing = set.points.chunks(per_frame);
    let mut raised = Vec::new();
    loop {
        let out = outgoing.next();
        if let Some(points) = out {
            circle.send(next, message.frame(points.as_flattened()))?;
        }
        let due = (total - raised.len()).min(per_frame);
        if due > 0 {
            let frame = circle.recv(before, 1 + 32 * due)?;
            let body = message.body(&frame, 32 * due);
            let passed = body.and_then(|body| secret.pass(points(body), raised.len()));
            raised.extend(circle.blame(before, passed)?);
        }
        if out.is_none() && due == 0 {
            // Here and not at the comparer, who sees only the last stop of a set: whoever checks what it is given
            // cannot have passed on what fails.
            circle.blame(before, vartime_unequal(&raised))?;
            return Ok(secret.shuffled(raised, counts, rng));
        }
    }
}

/// Shows the set that came last to the comparer, and hears what is opened.
fn compare(
    circle: &mut Circle<'_>,
    set: Travelling,
    opens: &Opens,
    counts: &[Vec<u64>],
) -> Result<(Sizes, Option<Vec<Regions>>), PsiError> {
    let (width, parties) = (width(counts), circle.len());
    let own = set.tokens(width);
    let total = opens.count(parties) * counts[0].len();
    if circle.own() != opens.comparer {
        for chunk in own.chunks(width * Message::per_frame(width)) {
            circle.send(opens.comparer, TOKENS.frame(chunk))?;
        }
        circle.phase("sizes");
        let frame = circle.recv(opens.comparer, SizesPackage::bytes(total))?;
        let sizes = SizesPackage::decode(&frame, total);
        let read = sizes.and_then(|sizes| Sizes::read(&sizes.sizes, opens, counts));
        return Ok((circle.blame(opens.comparer, read)?, None));
    }
    let mut sets: Vec<Tokens> = counts.iter().map(|counts| Tokens::new(counts, width)).collect();
    // The party before shows this party's set, and so on.
    let shown_by = |party: usize| (party + 1) % parties;
    for party in 0..parties {
        let set = &mut sets[shown_by(party)];
        if party == circle.own() {
            circle.blame(party, set.absorb(&own))?;
        } else {
            let total = set.total();
            take(circle, party, TOKENS, (total, width), |_, bytes| set.absorb(bytes))?;
        }
    }
    let regions = vartime_compare(&sets);
    let sizes = Sizes::of(&regions, opens);
    circle.phase("sizes");
    for party in circle.others() {
        circle.send(party, SizesPackage { sizes: sizes.numbers() }.encode())?;
    }
    Ok((sizes, Some(regions)))
}

/// Receives `count` records of `width` bytes from a party, a frame's worth at a time.
fn take(
    circle: &mut Circle<'_>,
    party: usize,
    message: Message,
    (count, width): (usize, usize),
    mut each: impl FnMut(usize, &[u8]) -> Result<(), Misstep>,
) -> Result<(), PsiError> {
    let mut done = 0;
    while done < count {
        let due = (count - done).min(Message::per_frame(width));
        let frame = circle.recv(party, 1 + due * width)?;
        let body = message.body(&frame, due * width);
        circle.blame(party, body.and_then(|body| each(done, body)))?;
        done += due;
    }
    Ok(())
}

fn intersecting(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    (agreement, receiver): (&Agreement, usize),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Intersected, PsiError> {
    checked(circle, agreement)?;
    if receiver >= circle.len() {
        return Err(PsiError::BadCircle { detail: "the receiver is none of the parties" });
    }
    let terms = terms(agreement, &[b"intersection".as_slice(), &[receiver as u8]].concat());
    let (travel, _) = by_section(entries, terms.sections.len())?;
    let mut facts = open(circle, (entries, &travel), (agreement, &terms), rng, asked)?;
    facts.duplicates = vartime_distinct(entries).1;
    if circle.own() != receiver {
        answer(circle, &travel, receiver, &facts, rng, progress)?;
        return Ok(Intersected { matched: None, facts });
    }
    let held = ask(circle, &travel, &facts, rng, progress)?;
    let held: std::collections::HashSet<&Entry> =
        travel.iter().zip(held).filter(|(_, held)| *held).map(|(entry, _)| entry).collect();
    let matched = entries.iter().map(|entry| held.contains(entry)).collect();
    Ok(Intersected { matched: Some(matched), facts })
}

/// A sender's part.
fn answer(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    receiver: usize,
    facts: &Facts,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    circle.phase("seeds");
    let own = circle.own();
    let senders: Vec<usize> = circle.others().into_iter().filter(|&party| party != receiver).collect();
    let mut seeds = Vec::new();
    for &party in senders.iter().filter(|&&party| party > own) {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        circle.send(party, PAIR_SEED.frame(&seed))?;
        seeds.push(Secret::new(seed));
    }
    for &party in senders.iter().filter(|&&party| party < own) {
        let frame = circle.recv(party, 33)?;
        let seed = circle.blame(party, PAIR_SEED.body(&frame, 32))?;
        seeds.push(Secret::new(seed.try_into().expect("32 bytes by the length check before")));
    }
    circle.phase("points");
    let counts = &facts.counts[receiver];
    let (sections, total) = (ranges(counts.iter().copied()), counts.iter().sum::<u64>());
    let secret = SenderSecret { keys: counts.iter().map(|_| Exponent::random(rng)).collect(), seeds };
    let (mut done, all) = (0, usize::try_from(total).expect("below 2^32 by the opening"));
    while done < all {
        let due = (all - done).min(Message::per_frame(32));
        let frame = circle.recv(receiver, 1 + 32 * due)?;
        let body = BLINDED.body(&frame, 32 * due);
        let evaluated = body.and_then(|body| secret.evaluate(points(body), done, &sections));
        let evaluated = circle.blame(receiver, evaluated)?;
        circle.send(receiver, EVALUATED.frame(evaluated.as_flattened()))?;
        done += due;
        progress(Progress { phase: Phase::Points, done: done as u64, total: Some(total) });
    }
    circle.phase("store");
    let (seed, store) = secret.vartime_store(entries, rng)?;
    circle.send(receiver, STORE_SEED.frame(&seed))?;
    for chunk in store.chunks(16 * Message::per_frame(16)) {
        circle.send(receiver, STORE.frame(chunk))?;
    }
    Ok(())
}

/// The receiver's part: which entries, by section, do all senders hold?
fn ask(
    circle: &mut Circle<'_>,
    entries: &[Entry],
    facts: &Facts,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Vec<bool>, PsiError> {
    circle.phase("points");
    let secret = ReceiverSecret::new(entries, rng);
    debug_assert_eq!(secret.duplicates(), facts.duplicates);
    let senders = circle.others();
    let mut values: Vec<Vec<u128>> = vec![Vec::with_capacity(entries.len()); circle.len()];
    let per_frame = Message::per_frame(32);
    let total = entries.len();
    for start in (0..total).step_by(per_frame) {
        let end = total.min(start + per_frame);
        let blinded: Vec<Point> = secret.blind(start..end, rng);
        for &party in &senders {
            circle.send(party, BLINDED.frame(blinded.as_flattened()))?;
        }
        for &party in &senders {
            let bytes = 32 * (end - start);
            let frame = circle.recv(party, 1 + bytes)?;
            let unblinded =
                EVALUATED.body(&frame, bytes).and_then(|body| secret.unblind(points(body), start));
            values[party].extend(circle.blame(party, unblinded)?);
        }
        progress(Progress { phase: Phase::Points, done: end as u64, total: Some(total as u64) });
    }
    circle.phase("store");
    let mut sums = vec![0u128; total];
    for (&party, done) in senders.iter().zip(1u64..) {
        let frame = circle.recv(party, 33)?;
        let body = circle.blame(party, STORE_SEED.body(&frame, 32))?;
        let seed = body.try_into().expect("32 bytes by the length check before");
        let items = facts.counts[party].iter().sum();
        let mut store = Vec::new();
        take(circle, party, STORE, (params(items).columns(), 16), |_, bytes| {
            store.extend_from_slice(bytes);
            Ok(())
        })?;
        let shares = secret.shares(&values[party], items, &seed, &store);
        sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum ^= share);
        progress(Progress { phase: Phase::Match, done, total: Some(senders.len() as u64) });
    }
    Ok(secret.vartime_matched(&sums))
}
