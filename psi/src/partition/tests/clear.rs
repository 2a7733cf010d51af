//! The ideal functionality behind [`Matcher`], in the clear: the layer without the protocol below.

use super::*;
use crate::error::Misstep;
use crate::wire::{blame, part, recv};
use std::collections::HashSet;

const CHUNK: usize = 1 << 14;

/// Shows the sender's items as they are, 16 bytes of each. Refuses a peer with another context.
pub(super) struct Clear;

fn told(channel: &mut dyn Channel, terms: &Terms) -> Result<(), PsiError> {
    let own = terms.digest().0.to_vec();
    channel.send(own.clone())?;
    let theirs = recv(channel, 32)?;
    blame(channel, if theirs == own { Ok(()) } else { Err(Misstep::TermsDiffer) })
}

fn short(entry: &Entry) -> [u8; 18] {
    let mut bytes = [0; 18];
    bytes[..2].copy_from_slice(&entry.section.to_le_bytes());
    bytes[2..].copy_from_slice(&entry.item.as_bytes()[..16]);
    bytes
}

impl Matcher for Clear {
    fn name(&self) -> &'static str {
        "clear"
    }

    fn bytes_per_entry(&self) -> u64 {
        128
    }

    fn send(
        &self,
        channel: &mut dyn Channel,
        entries: Vec<Entry>,
        terms: &Terms,
        _: u32,
        _: &mut ChaCha20Rng,
        _: &mut dyn FnMut(crate::Progress),
    ) -> Result<Option<Vec<u64>>, PsiError> {
        let mut run = || {
            told(channel, terms)?;
            for chunk in entries.chunks(CHUNK) {
                channel.send(chunk.iter().flat_map(short).collect())?;
            }
            channel.send(Vec::new())?;
            let hits = recv(channel, entries.len())?;
            let hits = (0..).zip(hits).filter(|(_, hit)| *hit == 1).map(|(at, _)| at).collect();
            Ok((terms.learns == Learns::Both).then_some(hits))
        };
        let result = run();
        result.map_err(|error| part(channel, error, 4))
    }

    fn receive(
        &self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        _: u32,
        _: &mut ChaCha20Rng,
        _: &mut dyn FnMut(crate::Progress),
    ) -> Result<Vec<bool>, PsiError> {
        let mut run = || {
            told(channel, terms)?;
            let own: HashSet<[u8; 18]> = entries.iter().map(short).collect();
            let (mut held, mut hits) = (HashSet::new(), Vec::new());
            loop {
                let frame = recv(channel, 18 * CHUNK)?;
                if frame.is_empty() {
                    break;
                }
                for item in frame.as_chunks::<18>().0 {
                    let hit = own.contains(item);
                    hits.push(u8::from(hit));
                    if hit {
                        held.insert(*item);
                    }
                }
            }
            channel.send(if terms.learns == Learns::Both { hits } else { Vec::new() })?;
            Ok(entries.iter().map(|entry| held.contains(&short(entry))).collect())
        };
        let result = run();
        result.map_err(|error| part(channel, error, 4))
    }
}
