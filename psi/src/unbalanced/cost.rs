//! What asking a stored encoding costs on the wire, before it is asked.

use super::bucket::{Division, copy_width};
use super::copying::FetchPackage;
use super::evaluate::log2;
use super::label;
use super::msg::{NUMBERS_CHUNK, OpenPackage, POINTS_CHUNK, RowsPackage, StatePackage};
use crate::cost::Cost;

/// Bytes of a sealed payload of at most `payload` bytes; 0 for none.
fn sealed(payload: usize) -> u64 {
    if payload == 0 { 0 } else { label::sealed_bytes(payload) as u64 }
}

/// The points of `items` in one section, with proofs: exact.
fn points(items: u64) -> Cost {
    let chunks = items.div_ceil(POINTS_CHUNK as u64);
    Cost {
        bytes_to_sender: OpenPackage::bytes(1) as u64 + 32 * items + chunks,
        bytes_to_receiver: StatePackage::bytes(1) as u64 + 32 * items + 65 * chunks,
        // Four chunks are under way at once.
        rounds: 2 + 2 * chunks.saturating_sub(4),
    }
}

/// Asking about `items` in a copy of `entries` that is fetched as a whole before: its tokens on average, payloads of
/// `payload` bytes (0 for none).
pub fn copy_cost(items: u64, entries: u64, payload: usize) -> Cost {
    let online = points(items);
    let bits = 8 * u64::from(copy_width(items, entries)) + 3 - log2(entries).min(60);
    let rows = (entries * bits).div_ceil(8) + entries * sealed(payload);
    Cost {
        bytes_to_sender: online.bytes_to_sender + FetchPackage::BYTES as u64,
        bytes_to_receiver: online.bytes_to_receiver + StatePackage::bytes(1) as u64 + 17 + rows,
        rounds: online.rounds + 2,
    }
}

/// Asking about `items` in buckets of `entries` ([`super::Where::Buckets`]): their fullness on average.
pub fn bucket_cost(items: u64, entries: u64, least: u32, payload: usize) -> Cost {
    let (online, division) = (points(items), Division::choose(items, entries, least));
    let buckets = items.min(1 << division.bits);
    let numbers = 4 * buckets + buckets.div_ceil(NUMBERS_CHUNK as u64);
    let stride = division.part_bytes() as u64 + sealed(payload);
    let rows = (buckets * entries) >> division.bits;
    let chunk = RowsPackage::chunk(usize::try_from(stride).expect("a row is short")) as u64;
    Cost {
        bytes_to_sender: online.bytes_to_sender + 6 + numbers,
        bytes_to_receiver: online.bytes_to_receiver + numbers + rows * stride + rows.div_ceil(chunk),
        rounds: online.rounds + 2,
    }
}
