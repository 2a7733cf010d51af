//! Private set intersection: two parties learn which entries they share, and nothing else about the
//! other's table beyond what the protocol's `# Security` section states.
//!
//! | room | holds |
//! |---|---|
//! | [`intersect`] | the door: [`intersect::send`] on one side, [`intersect::receive`] on the other |
//! | [`item`] | what is compared: 32-byte digests of canonical values, each in a section |
//! | [`terms`] | what both sides agreed: who learns, which sections, how many entries |
//! | [`plain`] | the same function in the clear, for tests |
//! | [`ecdh`] | the protocol behind the door: Diffie–Hellman over ristretto255 |
//! | [`join`] | rows to entries and back: composite and alternative keys, duplicates, outer joins' counts |
//! | [`several`] | three to five parties: sizes of all intersections, and the intersection of all |
//! | [`size`] | how many entries are shared, exactly or with [`noise`], and not which |
//! | [`rr22`] | for large sets: a key-value store and VOLE |
//! | [`cost`] | what a run costs on the wire, before it is run |
//! | [`okvs`] | oblivious key-value stores, for protocols |
//! | [`sum`] | sums of the sender's values over what is shared, and not which |
//! | [`circuit`] | shares of what is shared, and of payloads, for secure computation |
//! | [`partition`] | sets larger than memory, in partitions on disk; resumes after a crash |
//! | [`delta`] | a long-lived base, and updates that cost what changed |
//! | [`interconn`] | the standard ECDH-PSI interconnection, with parties of other makes |
//! | [`unbalanced`] | a small set against a large one that was encoded once, stored and kept up to date |
//! | [`error`], [`wire`] | what every protocol shares: errors, missteps, refusals |
//!
//! ```
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use yinshu_net::{PartyId, memory};
//! use yinshu_psi::{Entry, Item, Learns, Terms, intersect};
//!
//! let entry = |key: &str| Entry::from(Item::new("citizen-id", &[key.as_bytes()]));
//! let terms = Terms::single(Learns::Receiver, 1_000);
//! let (mut county, mut province) =
//!     memory::pair(PartyId::new("county").unwrap(), PartyId::new("province").unwrap());
//! let received = std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         let source = ["a", "b", "c"].map(|key| Ok::<_, String>(entry(key)));
//!         let mut rng = ChaCha20Rng::seed_from_u64(1); // a system generator outside of tests
//!         intersect::send(&mut province, source, &terms, &mut rng, &mut |_| {}).unwrap();
//!     });
//!     let mut rng = ChaCha20Rng::seed_from_u64(2);
//!     intersect::receive(&mut county, &[entry("c"), entry("d")], &terms, &mut rng, &mut |_| {}).unwrap()
//! });
//! assert_eq!(received.matched, [true, false]);
//! ```

pub mod circuit;
pub mod cost;
pub mod delta;
pub mod ecdh;
pub mod error;
pub mod interconn;
pub mod item;
pub mod join;
pub mod noise;
pub mod okvs;
pub mod outcome;
pub mod partition;
pub mod plain;
pub mod progress;
mod radix;
pub mod rr22;
pub mod several;
pub mod size;
mod stream;
pub mod sum;
pub mod terms;
pub mod unbalanced;
pub mod wire;

pub use error::{Misstep, PsiError, Refusal};
pub use item::{Entry, Item};
pub use outcome::{Received, Sent};
pub use progress::{Phase, Progress};
pub use terms::{Learns, MAX_SECTIONS, Section, Terms};

/// Which entries do we share? The best protocol at hand for two parties; today [`ecdh`].
pub mod intersect {
    pub use crate::ecdh::{Asked, Received, Sent, receive, send, send_recorded};
}
