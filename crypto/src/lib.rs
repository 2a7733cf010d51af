//! Local cryptography of Yinshu: groups, hashes, signatures and secrets.
//!
//! Nothing here knows of parties, files or networks. Randomness is always an argument.
//!
//! | room | holds |
//! |---|---|
//! | [`bits`] | bits of many words, put side by side |
//! | [`field`] | GF(2^64) and GF(2^128), with their subfields of 2 and 16 elements and the loops over many products |
//! | [`group`] | ristretto255 (RFC 9496) and hashing to it (RFC 9380) |
//! | [`keystream`] | pseudorandom words under a secret key, by the million |
//! | [`lanes`] | which vector arithmetic computes many curve operations at once |
//! | [`widest`] | compiling a loop for the widest registers of the processor |
//! | [`x25519`] | X25519 (RFC 7748) of many points |
//! | [`hash`] | SHA-256 and SM3 digests, one at a time or streamed |
//! | [`sha256`] | its compression function, of several blocks at once |
//! | [`oprf`] | oblivious pseudorandom functions over ristretto255 (RFC 9497), with proofs |
//! | [`permutation`] | fixed-key AES, and the hash functions made from it by the million |
//! | [`prefetch`] | asking for memory before it is needed |
//! | [`residue`] | integers modulo an odd number of 52 bits, by the million |
//! | [`sign`] | Ed25519 keys and signatures (RFC 8032), with their text forms |
//! | [`sm2`] | the curve of SM2 and hashing to it, for the interconnection standard |
//! | [`secret`] | a box for secrets: no `Debug`, wiped on drop, compared in constant time |

pub mod bits;
pub mod field;
pub mod group;
pub mod hash;
pub mod keystream;
pub mod lanes;
pub mod oprf;
pub mod permutation;
pub mod prefetch;
pub mod residue;
pub mod secret;
pub mod sha256;
pub mod sign;
pub mod sm2;
pub mod widest;
pub mod x25519;
