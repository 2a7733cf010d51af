//! A small set against a very large one: the holder encodes the large set once under a long-lived key, stores and
//! updates the encoding, and answers any number of askers from it. What travels and what is computed in a run does
//! not depend on the size of the large set; what is read from the disk hardly does ("Stored" below).
//!
//! Á. Kiss, J. Liu, T. Schneider, N. Asokan, B. Pinkas, "Private Set Intersection for Unequal Set Sizes with
//! Mobile Applications", PoPETs 2017(4), section 4 (precomputed ECDH and its updates); A. C. D. Resende,
//! D. F. Aranha, "Faster Unbalanced Private Set Intersection", FC 2018. The pseudorandom function is
//! VOPRF(ristretto255, SHA-512) of RFC 9497 ([`yinshu_crypto::oprf`]); buckets by prefix as in K. Thomas et al.,
//! "Protecting accounts from credential stuffing with password breach alerting", USENIX Security 2019,
//! section 3; payloads under keys from the function as in "labelled" PSI since H. Chen, Z. Huang,
//! K. Laine, P. Rindal, CCS 2018.
//!
//! F(k_s, y) is the function's 64-byte output for an item y under the key of its section s. Its first 15 bytes
//! are the item's *token*, its last 32 the key of its payload. The encoding is the sorted list of tokens, each
//! with its sealed payload.
//!
//! # Rounds
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | asker | digest of the terms, commitment to X, how it will ask, size of each section of X | 1 |
//! | 1 | asker | H(x)·g^r for every x in X, with a random r for each | 4,096 of a section |
//! | 2 | holder | epoch, version and size of the encoding, public keys | 1 |
//! | 2 | holder | each point raised to the key of its section, with a proof where the asker verifies | the same |
//!
//! The asker divides what came back, H(x)^k·g^(k·r), by the public key g^k to its r, has F(k_s, x), and looks it
//! up: in a **copy** of the encoding that it fetched before ([`fetch`]), with no further message, or in **buckets**,
//! which are all tokens that share their first b bits:
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 3 | asker | b, and the numbers of min(n, 2^b) buckets, ascending | 16,384 |
//! | 4 | holder | how many entries each has | 16,384 |
//! | 4 | holder | t bytes of each entry's token, and its sealed payload | 128 KiB |
//!
//! # Cost
//!
//! For each x one multiplication by the holder and two by the asker, of points that stay the same and so with
//! tables; one for each y *once*. A proof adds a weighted sum of the points to the holder's work and two to the
//! asker's. With n = |X|, s sections and c chunks the wire carries 67 + 8s + 32n + c bytes to the holder and 93 +
//! 32s + 32n + c back, with proofs 64 more for each chunk. In buckets of λ entries, 2·`least` ≤ λ < 4·`least`: 6 +
//! 4n + c' there, and about n · (4 + λ · (t + payload)) back. t is 7 to 11: [`Where::Buckets`] with `least` 64
//! moves about 1.5 KB for each x. A copy costs about 8w + 3 − ⌈log2 m⌉ bits for each of m entries once, where w is
//! 7 to 14 bytes, and the same for each later change.
//!
//! # Stored
//!
//! [`store`] says what the folder holds and how it survives a crash. The encoding costs 16 bytes an entry on the
//! disk (and 30 + the longest payload, where there are payloads); preparing it costs 64 MiB of memory however many
//! entries there are; an update costs in proportion to what changed. Where there are payloads it also reads a block
//! for each entry that is to be inserted: one whose payload is as before is left alone.
//!
//! What does grow with the encoding: opening it, as a node does for every session, reads the index of its segments, 32
//! bytes for each 256 entries (4 MiB for 2^25); a bucket is read from each of its segments, of which there are at most
//! O(log m); an asker may divide into few bits and have a large part of the encoding read and sent, up to all of it,
//! as a copy would; a change that leads to a merge writes its part of the encoding anew.
//!
//! # Security
//!
//! *Adversary.* The asker's privacy holds against any holder, the holder's against any asker that stays within its
//! quota, results are right if both follow the protocol; what a cheat can do otherwise is below. Assumptions: the
//! one-more gap Diffie–Hellman assumption in ristretto255, random oracles, SHA-512, ChaCha20-Poly1305. The
//! holder's key answers many questions: Q of them in all cost log2(Q)/2 bits of security (RFC 9497 section 7.2.3),
//! 12 for Q = 2^24, which is one reason to rotate it ([`Encoding::rotate`]). Not secure against a quantum
//! computer, and more is at stake here than in one run: who breaks the published key can test guesses against
//! every copy ever given out.
//!
//! *Blinding* is not by an exponent, H(x)^r, as in RFC 9497 section 3.3.1, but by a factor, H(x)·g^r: a point is
//! as uniform, whatever x is, so that what the asker sends rests on no assumption, and the holder's work, its proofs
//! and F(k, x) are the same. The asker then relies on the public key. A holder that states another than it uses
//! gives random outputs; with proofs it is named; without, it may relate the outputs of a run to each other, as it
//! could give each point a key of its own (S. Jarecki, H. Krawczyk, J. Xu, "On the (In)Security of the
//! Diffie-Hellman Oblivious PRF with Multiplicative Blinding", PKC 2021).
//!
//! *The asker learns* which of its entries the holder has and their payloads, and how many entries that are in
//! all; from a copy and its updates also how many were inserted, replaced and deleted when. Keys stay, so what it
//! learnt of an item stays good: with a later copy it sees whether the item came or went *without asking again*,
//! until the key is rotated. Nothing is learnt of an item that was not asked about.
//! *The holder learns* how many entries the asker has in each section, repeats included, and nothing else if the
//! asker looks them up in a copy. An item in two sections does not show: each point is blinded on its own.
//!
//! *Buckets tell the holder something.* It knows the key, so it can compute the bucket of any value. It sees
//! min(n, 2^b) bucket numbers: those of the asker's entries, and as many random ones as are missing to that
//! number, so that neither repeats nor common prefixes show. A value whose bucket is not among them was not asked
//! about. One whose bucket is among them may have been: for a value that the holder already suspects with small
//! probability the odds rise by 2^b/n at most. The asker is one among all who share the bucket: at least
//! 2·`least` of the holder's own entries on average, and N/2^b of N possible values. That is anonymity in a crowd
//! (k-anonymity), not secrecy; several runs about the same values narrow the crowd down where it would be
//! narrowed by repeating them. The holder states its number of entries, from which b follows: one that overstates
//! it gets smaller buckets, and the asker sees that in their sizes only. Use a copy where that is too much.
//!
//! *An asker that does not follow the protocol* gets at most as many evaluations in a section as the terms allow a
//! run: every section has its own key. Over several runs the holder counts: [`answer`] tells `asked` how many
//! entries there will be *before* anything is answered, and [`Declined`] from it ends the run. Guesses cannot be told
//! from entries. Its commitment is its word. With buckets of few bits it can read the whole encoding, which tells
//! it what a copy would.
//!
//! *A holder that does not follow the protocol:* if the asker verifies, every evaluation is proven to be under the
//! published key (Chaum–Pedersen, RFC 9497 section 2.2), and a holder that uses another, for one asker or for
//! one point, is named ([`crate::Misstep::BadProof`]); if the asker also knows the key from elsewhere
//! ([`Query::key`], from the contract), all askers are known to be answered under one key. Without proofs such a
//! holder makes matches vanish, and may make them depend on what it tries to learn of the asker if it sees the
//! outcome. What is *in* the encoding is the holder's word: it can leave entries out, add some, and give any
//! payload to its own entries. A payload that does not open is found only by an asker that has the entry: so that
//! the holder does not learn that it does, such a run goes on to its end, and the asker alone is told
//! ([`Asked::unreadable`]).
//!
//! *Everybody else* learns sizes, if the channel is private. Lengths of bucket answers say, roughly, nothing but
//! which buckets are full; who sees them and knows the key could say more.
//!
//! *Of one number, two contents.* An encoding that was set back to an older state and changed otherwise has other
//! versions of the same numbers. The digest of all changes ([`store::Manifest::lineage`]) goes with a version, and a copy
//! of the one is never continued by the other. That what the asker holds is what all askers hold is the holder's word.
//!
//! *At rest.* The seed lies in a file of its own (mode 0600); encoding and seed together allow guesses to be
//! tested, as the table itself would. Payloads are padded to one length.
//!
//! *Time.* Exponents are secret and used in constant time. Sorting and looking up take time that depends on a
//! party's own entries (`vartime_…`).
//!
//! *Errors.* Over a whole run a wrong match appears with probability at most 2^-40 (a copy says so for the number
//! of entries it was fetched for, and refuses more).
//!
//! ```
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! use yinshu_net::{PartyId, memory};
//! use yinshu_psi::unbalanced::{self, Encoding, Layout, Query, Row, Where};
//! use yinshu_psi::{Entry, Item, Learns, Terms};
//!
//! let entry = |key: &str| Entry::from(Item::new("citizen-id", &[key.as_bytes()]));
//! let terms = Terms::single(Learns::Receiver, 1_000);
//! let mut rng = ChaCha20Rng::seed_from_u64(1); // a system generator outside of tests
//! let folder = tempfile::tempdir()?;
//!
//! // Once: the large table becomes a stored encoding, with a payload for each entry.
//! let layout = Layout { payload: Some(16), column: "phone".into(), ..Layout::of(&terms) };
//! let table = ["a", "b", "c"].map(|key| Ok::<_, String>(Row { entry: entry(key), payload: key.repeat(3).into() }));
//! let (encoding, _) = Encoding::create(folder.path(), &layout, table, &mut rng, &mut |_| {})?;
//!
//! // Any number of times: someone asks, in buckets here, and verifies.
//! let (mut county, mut province) = memory::pair(PartyId::new("county")?, PartyId::new("province")?);
//! let asked = std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         let mut rng = ChaCha20Rng::seed_from_u64(2);
//!         unbalanced::answer(&mut province, &encoding, &terms, &mut rng, &mut |_| Ok(()), &mut |_| {}).unwrap();
//!     });
//!     let query = Query { find: Where::Buckets { least: 64 }, verify: true, key: Some(encoding.stats().key) };
//!     unbalanced::ask(&mut county, &[entry("c"), entry("d")], &terms, &query, &mut rng, &mut |_| {})
//! })?;
//! assert_eq!(asked.matched, [true, false]);
//! assert_eq!(asked.payloads.unwrap()[0].as_deref(), Some(&b"ccc"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bucket;
mod chunks;
mod copy;
pub mod copying;
mod cost;
mod encoding;
mod evaluate;
mod fault;
mod file;
pub mod key;
mod label;
pub mod msg;
pub mod packing;
pub mod receiver;
mod run;
pub mod sender;
pub mod store;

pub use copy::{Copy, CopyStats};
pub use copying::{Copied, CopyRecord, Offered, fetch, offer};
pub use cost::{bucket_cost, copy_cost};
pub use encoding::{Encoding, Layout, Row, Stats};
pub use fault::Fault;
pub use key::{PublicSection, Published};
pub use label::MAX_PAYLOAD;
pub use receiver::{Asked, Query, Where};
pub use run::{Declined, Record, answer, ask};
pub use sender::Answered;
pub use store::Changed;

/// An OPRF output: token first, key of the payload last.
type Output = [u8; yinshu_crypto::oprf::OUTPUT_BYTES];

/// The suite, as RFC 9497 names it, in its verifiable mode.
const SUITE_NAME: &str = "OPRFV1-1-ristretto255-SHA512";

#[cfg(test)]
mod tests;
