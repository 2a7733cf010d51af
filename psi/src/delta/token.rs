//! From entries to tokens under the sender's long-lived keys: 2HashDH, as in [`crate::ecdh`].

use super::table::Key;
use crate::Entry;
use crate::ecdh::token::message;
use crate::error::Misstep;
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{
    ELEMENT_BYTES, Exponent, Hasher, decode_raise_encode_each, hash_raise_encode_each,
};
use yinshu_crypto::hash::Digest;

/// Domain separation tag: protocol, version, and the suite identifier of RFC 9380 appendix B. Not that of
/// [`crate::ecdh`]: a key of one would be of no use in the other.
pub const DST: &[u8] = b"YINSHU-PSI-DELTA-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";

/// How many elements share one inversion and one task.
const BATCH: usize = 128;

type Point = [u8; ELEMENT_BYTES];

/// Batches of at most [`BATCH`] entries that lie in one section each.
fn batches(entries: &[Entry]) -> Vec<Range<usize>> {
    let (mut batches, mut at) = (Vec::new(), 0);
    while at < entries.len() {
        let same =
            entries[at..].iter().take(BATCH).take_while(|entry| entry.section == entries[at].section).count();
        batches.push(at..at + same);
        at += same;
    }
    batches
}

fn raised(hasher: &Hasher, entries: &[Entry], key: &Exponent) -> Vec<Point> {
    hash_raise_encode_each(hasher, &entries.iter().map(message).collect::<Vec<_>>(), key)
}

/// The token of an entry from its evaluation. 16 bytes, so that two of up to 2^32 entries a side collide with
/// probability at most 2^-64 over the life of a base.
fn token(entry: &Entry, evaluated: &Point) -> Key {
    let section = entry.section.to_le_bytes();
    let digest = Digest::of_parts("yinshu psi delta token", &[&section, entry.item.as_bytes(), evaluated]);
    *digest.0.first_chunk().expect("a digest has 32 bytes")
}

/// The sender: tokens of its own entries, one multiplication each, constant-time in the keys.
pub(super) fn own(entries: &[Entry], keys: &[Exponent]) -> Vec<Key> {
    let hasher = Hasher::new(DST);
    let batch = |range: Range<usize>| {
        let entries = &entries[range];
        let evaluated = raised(&hasher, entries, &keys[usize::from(entries[0].section)]);
        entries.iter().zip(&evaluated).map(|(entry, point)| token(entry, point)).collect::<Vec<_>>()
    };
    batches(entries).into_par_iter().map(batch).collect::<Vec<_>>().concat()
}

/// The receiver: blinded points of its entries.
pub(super) fn blind(entries: &[Entry], key: &Exponent) -> Vec<Point> {
    let hasher = Hasher::new(DST);
    entries.par_chunks(BATCH).map(|entries| raised(&hasher, entries, key)).collect::<Vec<_>>().concat()
}

/// Raises points, the first of which is number `start`.
fn raise(points: &[Point], start: u64, key: &Exponent) -> Result<Vec<Point>, Misstep> {
    decode_raise_encode_each(points, key)
        .map_err(|bad| Misstep::BadPoint { index: start + bad.index as u64, cause: bad.cause })
}

/// The sender: raises the receiver's points, whose sections ascend as `section_of` says.
pub(super) fn evaluate(
    points: &[Point],
    start: u64,
    section_of: impl Fn(u64) -> usize + Sync,
    keys: &[Exponent],
) -> Result<Vec<Point>, Misstep> {
    let batch = |(number, chunk): (usize, &[Point])| {
        let first = start + (number * BATCH) as u64;
        let mut raised: Vec<Point> = Vec::with_capacity(chunk.len());
        while raised.len() < chunk.len() {
            let from = raised.len();
            let section = section_of(first + from as u64);
            let same = (from..chunk.len()).take_while(|&at| section_of(first + at as u64) == section).count();
            raised.extend(raise(&chunk[from..from + same], first + from as u64, &keys[section])?);
        }
        Ok(raised)
    };
    let raised: Result<Vec<_>, Misstep> = points.par_chunks(BATCH).enumerate().map(batch).collect();
    Ok(raised?.concat())
}

/// The receiver: tokens of its entries from the sender's evaluations.
pub(super) fn unblind(
    entries: &[Entry],
    evaluated: &[Point],
    start: u64,
    inverse: &Exponent,
) -> Result<Vec<Key>, Misstep> {
    let batch = |(number, (entries, points)): (usize, (&[Entry], &[Point]))| {
        let plain = raise(points, start + (number * BATCH) as u64, inverse)?;
        Ok(entries.iter().zip(&plain).map(|(entry, point)| token(entry, point)).collect::<Vec<_>>())
    };
    let chunks = entries.par_chunks(BATCH).zip(evaluated.par_chunks(BATCH)).enumerate();
    let tokens: Result<Vec<_>, Misstep> = chunks.map(batch).collect();
    Ok(tokens?.concat())
}

/// A key for blinding, fresh in every update, and what undoes it.
pub(super) fn blinding(rng: &mut impl CryptoRng) -> (Exponent, Exponent) {
    let key = Exponent::random(rng);
    let inverse = key.inverse();
    (key, inverse)
}
