//! From entries to OPRF outputs under the holder's own keys, and what follows from an output.

use super::Output;
use super::key::Keys;
use super::store::{TOKEN_BYTES, Token};
use crate::Entry;
use rayon::prelude::*;
use yinshu_crypto::group::{BATCH, hash_raise_encode_each};
use yinshu_crypto::oprf::Suite;

/// The statistical security parameter: wrong matches appear with probability at most 2^-40.
const STATISTICAL_BITS: u64 = 40;

/// ⌈log2 n⌉, 0 for none.
pub(super) fn log2(n: u64) -> u64 {
    u64::from(u64::BITS - n.saturating_sub(1).leading_zeros())
}

/// Bits of a token such that among `x`·`y` pairs of different tokens some two are equal with probability at
/// most 2^-40 (union bound; Pinkas, Schneider, Zohner, ACM TOPS 2018, section 3.2).
pub(super) fn token_bits(x: u64, y: u64) -> u64 {
    STATISTICAL_BITS + log2(x) + log2(y)
}

/// The token of an output: its first bytes. Its last 32 are the key of the payload.
pub(super) fn token(output: &Output) -> Token {
    *output.first_chunk().expect("an output has 64 bytes")
}

/// `token` with zeros from byte `width` on.
pub(super) fn cut(mut token: Token, width: usize) -> Token {
    token[width.min(TOKEN_BYTES)..].fill(0);
    token
}

/// Indices of `entries` such that those of one section lie together, in their order.
pub(super) fn by_section(entries: impl ExactSizeIterator<Item = u16>) -> Vec<u32> {
    let sections: Vec<u16> = entries.collect();
    let end = u32::try_from(sections.len()).expect("checked to be below 2^32");
    let mut order: Vec<u32> = (0..end).collect();
    order.sort_by_key(|&index| sections[index as usize]);
    order
}

/// The function's input for an entry. Its section is in the key.
pub(super) fn input(entry: &Entry) -> &[u8; 32] {
    entry.item.as_bytes()
}

/// The outputs of entries from their evaluations.
pub(super) fn output_each<'a>(
    suite: &Suite,
    entries: impl Iterator<Item = &'a Entry>,
    evaluated: &[[u8; 32]],
) -> Vec<Output> {
    suite.output_each(&entries.map(input).collect::<Vec<_>>(), evaluated)
}

/// The outputs of entries whose sections are within those of `keys`, in their order.
pub(super) fn outputs(keys: &Keys, entries: &[Entry]) -> Vec<Output> {
    let order = by_section(entries.iter().map(|entry| entry.section));
    let section = |&index: &u32| entries[index as usize].section;
    let runs: Vec<&[u32]> = order.chunk_by(|a, b| section(a) == section(b)).collect();
    let batches: Vec<&[u32]> = runs.into_iter().flat_map(|run| run.chunks(BATCH)).collect();
    let batch = |batch: &&[u32]| {
        let own = batch.iter().map(|&index| &entries[index as usize]);
        let items: Vec<&[u8; 32]> = own.clone().map(input).collect();
        let key = &keys.keys[usize::from(section(&batch[0]))];
        let raised = hash_raise_encode_each(keys.suite.hasher(), &items, key.exponent());
        output_each(&keys.suite, own, &raised)
    };
    let sorted: Vec<Vec<Output>> = batches.par_iter().map(batch).collect();
    let mut outputs = vec![[0; 64]; entries.len()];
    for (&index, output) in order.iter().zip(sorted.into_iter().flatten()) {
        outputs[index as usize] = output;
    }
    outputs
}
