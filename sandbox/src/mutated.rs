//! Inputs that chance made of real ones: bytes and words left out, doubled, moved, replaced, put together from several.
//!
//! The crate's decoders are looked at here and not by the targets of `fuzz/`: building DataFusion and wasmtime with coverage
//! would cost the gate many times what all of those cost together. Seeds are fixed, so that a case that fails fails again.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

mod tests;

/// A case takes no longer than this, on a machine that does other things, too.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an input at most.
const MOST: usize = 1 << 18;

/// Numbers at which things end.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// Chance, and what it makes of inputs.
pub(crate) struct Chance(ChaCha20Rng);

impl Chance {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        if most == 0 { 0 } else { self.0.random_range(0..most) }
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A part of so many.
    fn part(&mut self, of: usize) -> std::ops::Range<usize> {
        let from = self.below(of + 1);
        let most = (of - from).min(1 << self.below(8));
        from..from + self.below(most + 1)
    }

    /// Bytes that were others.
    pub(crate) fn bytes(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut out = self.one(seeds).clone();
        for _ in 0..=self.below(4) {
            self.alter(&mut out, seeds);
            out.truncate(MOST);
        }
        out
    }

    fn alter(&mut self, out: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let (at, part) = (self.below(out.len()), self.part(out.len()));
        match self.below(9) {
            0 if !out.is_empty() => out[at] ^= 1 << self.below(8),
            1 if !out.is_empty() => out[at] = self.0.next_u32().to_le_bytes()[0],
            2 => {
                let edge = self.one(&EDGES).to_le_bytes();
                let wide = 1 << self.below(4);
                out.iter_mut().skip(at).zip(&edge[..wide]).for_each(|(byte, edge)| *byte = *edge);
            }
            3 => drop(out.drain(part)),
            4 => {
                let twice = out[part.clone()].to_vec();
                out.splice(part.end..part.end, twice);
            }
            5 => {
                let many = self.below(16);
                let more: Vec<u8> = (0..many).map(|_| self.0.next_u32().to_le_bytes()[0]).collect();
                out.splice(at..at, more);
            }
            6 => {
                let other = self.one(seeds);
                let from = self.below(other.len() + 1);
                out.truncate(at);
                out.extend_from_slice(&other[from..]);
            }
            7 => out.truncate(at),
            _ => {
                let other = self.one(seeds);
                let of = self.part(other.len());
                out.splice(part, other[of].to_vec());
            }
        }
    }

    /// A text whose words were those of others, or are among these.
    pub(crate) fn text(&mut self, seeds: &[&str], words: &[&str]) -> String {
        let seed = *self.one(seeds);
        let mut out: Vec<String> = split(seed);
        for _ in 0..=self.below(5) {
            let (at, part) = (self.below(out.len()), self.part(out.len()));
            let other: &str = self.one::<&str>(seeds);
            let other = split(other);
            match self.below(10) {
                0 => drop(out.drain(part)),
                1 => {
                    let twice = out[part.clone()].to_vec();
                    out.splice(part.end..part.end, twice);
                }
                2 | 3 if !out.is_empty() => out[at] = self.one(&other).clone(),
                4 | 5 if !out.is_empty() => out[at] = (*self.one(words)).to_owned(),
                6 => out.insert(at, (*self.one(words)).to_owned()),
                7 => {
                    let of = self.part(other.len());
                    out.splice(part, other[of].to_vec());
                }
                8 if !out.is_empty() => {
                    let with = self.below(out.len());
                    out.swap(at, with);
                }
                // Seldom as often as it goes, or as deeply.
                _ if self.below(8) == 0 && !out.is_empty() => {
                    let times = 1 << self.below(11);
                    let word = out[at].clone();
                    match self.below(2) {
                        0 => drop(out.splice(at..at, std::iter::repeat_n(word, times))),
                        _ => out[at] = format!("{}{word}{}", "(".repeat(times), ")".repeat(times)),
                    }
                }
                _ => {}
            }
        }
        let text = out.concat();
        match self.below(12) {
            0 => String::from_utf8_lossy(&self.bytes(&[text.into_bytes()])).into_owned(),
            _ => text,
        }
    }
}

/// Words, blanks and everything else of a text, in their order.
fn split(text: &str) -> Vec<String> {
    let class = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 0,
        _ if letter.is_whitespace() => 1,
        _ => 2,
    };
    let mut out: Vec<String> = Vec::new();
    let mut last = 2;
    for letter in text.chars() {
        match out.last_mut() {
            Some(word) if class(letter) == last && last < 2 => word.push(letter),
            _ => out.push(letter.to_string()),
        }
        last = class(letter);
    }
    out
}

/// Looks at so many inputs; what panics, or takes too long, is shown. How many were taken for good comes back.
pub(crate) fn each<T: Debug>(
    seed: u64,
    cases: usize,
    mut make: impl FnMut(&mut Chance) -> T,
    mut look: impl FnMut(&T) -> bool,
) -> usize {
    println!("seed {seed}");
    let mut chance = Chance(ChaCha20Rng::seed_from_u64(seed));
    let mut taken = 0;
    for case in 0..cases {
        let input = make(&mut chance);
        let began = Instant::now();
        let looked = catch_unwind(AssertUnwindSafe(|| look(&input)));
        assert!(looked.is_ok(), "case {case} panics: {input:?}");
        assert!(began.elapsed() < PATIENCE, "case {case} takes {:?}: {input:?}", began.elapsed());
        taken += usize::from(looked.is_ok_and(|taken| taken));
    }
    taken
}
