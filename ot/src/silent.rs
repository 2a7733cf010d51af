//! Silent vector oblivious linear evaluation: C = A·Δ + B with communication that hardly grows with the length.
//!
//! E. Boyle, G. Couteau, N. Gilboa, Y. Ishai, L. Kohl, P. Rindal, P. Scholl, "Efficient Two-Round OT Extension and
//! Silent Non-Interactive Secure Computation", CCS 2019, figures 5 and 6: the receiver chooses one noisy place in
//! each of t blocks and a value for it; trees ([`crate::shape`]) give it a random vector of which the sender's
//! differs in the noisy places alone, by value·Δ; both multiply by the matrix of a code. With A of GF(2) this is
//! correlated oblivious transfer.
//!
//! # Rounds
//!
//! S is the party with Δ, R the one with A. All sizes follow from n ([`crate::shape::Shape`]): d levels, t
//! trees, e bits a noisy value (0, 4, 64 or 128 for GF(2), GF(2^4), GF(2^64),
//! GF(2^128)), W = ⌈td/64⌉ + ⌈te/64⌉ + 4 words.
//!
//! | # | from | kind | what | bytes |
//! |---|---|---|---|---|
//! | 1 | S → R | 1 choices | base transfers, choosing by the complement of Δ | 8,193 |
//! | 2 | R → S | 2 keys | base transfers, and what opens the 32 small trees | 9,217 |
//! | 2 | R → S | 3 corrections | 32 columns of the vector (places, values, masks); *malicious:* the proof, a commitment | 1 + 256·W; + 2,096 |
//! | 3 | S → R | 4 trees | one block for each level, two for the last, one for the noisy leaf; *malicious:* a seed | 1 + 16·t·(d + 2); + 16 |
//! | 4 | R → S | 5 challenge | *malicious:* the committed seed and its nonce, the masked sum of the noise, a commitment | 97 |
//! | 5 | S → R | 6 value | *malicious:* S's side of the equation | 17 |
//! | 6 | R → S | 7 opening | *malicious:* R's side and the nonce of its commitment | 49 |
//!
//! More than [`crate::shape::LARGEST`] entries are made in several expansions: messages 3 to 7 come once for each, semi-honest
//! message 3 of the next before message 4 of one. Three rounds, or six where parties may deviate; for 2^20 entries of
//! GF(2^64) about 283 kB in all.
//!
//! Where many entries are used up as they come ([`crate::sixteen`]), four expansions of at most
//! [`crate::shape::LARGEST_BESIDE`] entries are made side by side (`lanes`): messages 3 and 4 are then four times as long,
//! and everything but the indices of the code is computed a line of the cache at a time.
//!
//! # Security
//!
//! *Assumptions.* Those of the base transfers; circular correlation robustness of fixed-key AES (a key that
//! depends on the run); dual learning parity with regular noise for the code ([`crate::shape`]).
//!
//! *Semi-honest* parties learn their output alone: message 3 is masked by keys that S lacks, message 4 by
//! leaves that R lacks.
//!
//! *Malicious.* R: its corrections are proven to be of one vector (`small`); the equation binds the values. S: its
//! corrections to trees are checked by the equation Σ χ·C = Σ χ·B + Δ·Σ χ·A with random χ that neither party
//! could foresee (both contribute, R's share committed to before S sends its corrections), the last sum masked
//! (K. Yang, C. Weng, X. Lan, J. Zhang, X. Wang, "Ferret", CCS 2020, figure 8; C. Weng, K. Yang, J. Katz, X. Wang,
//! "Wolverine", IEEE S&P 2021, figure 7). Both sides of the equation are compared by commitment, so that neither
//! learns the other's before it gave its own. A false equation passes with probability 2^-128, except that S may
//! guess where the noise is, and R may guess bits of Δ: a wrong guess ends the run, a right one says only that it
//! was right (the leakage of the functionalities of those papers).

mod equation;
pub(crate) mod msg;
mod receiver;
mod sender;

pub(crate) use receiver::receive_each;
pub(crate) use sender::send_each;

#[cfg(test)]
mod tests;
