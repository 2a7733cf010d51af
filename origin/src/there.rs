//! The half of a verification that is done with the provider, privately: the county's residents and
//! returned rows against the provider's live source table.
//!
//! The county ([`ask`]) is the receiver and the provider ([`answer`]) the sender of one private set
//! intersection ([`yinshu_psi`]) in sections, each with its own quota and key:
//!
//! | section | the county's entries | the provider's entries |
//! |---|---|---|
//! | `key` | each returned key that is ours, and each resident who was not returned | each row's key |
//! | each private field | (key, field, value) of each returned row that is ours | the same of each row |
//!
//! From that the county knows, for each of its own entries, whether the source holds it:
//!
//! | defect | when |
//! |---|---|
//! | missing resident | a resident who was not returned is in the source |
//! | gone from source | a returned key is not in the source |
//! | field differs | a returned key is in the source and (key, field, value) is not |
//!
//! A resident who was not returned and is not in the source is simply not insured: no defect. A null
//! is a value of its own. Of returned rows with one key the first is asked about, the others are
//! duplicates already. Of source rows with one key each counts: a returned value is right if any of
//! them has it. Rows of other divisions (surplus rows) are not asked about: those people are not
//! ours. Division codes are compared as they are called now.
//!
//! # Security
//!
//! *Adversary*: semi-honest, as of [`yinshu_psi::ecdh`], whose guarantees, assumptions and limits are
//! these. Both sides run it under the digest of the contract they signed; another contract, another
//! list of fields or another order of them is refused before anything is sent.
//!
//! *The county learns*, of its own residents and its own returned rows and nobody else: whether the
//! source holds this key, and whether it holds this value of this field for it. It learns no value
//! that it does not hold: of a field that differs it knows that it does, not what the source says. It
//! learns how many rows the source has, up to the padding that the provider may ask for
//! ([`AnswerInput::show`]). Under [`Scope::WholeTable`](crate::terms::Scope) it also learns that a
//! resident of its own is in the source when that resident's row belongs to another county; under
//! `OurDivisions` it does not, and a row under a code that no alias covers is then not found.
//!
//! *The provider learns* how many people the county asks about and how many values of each field
//! (the size of the union of residents and returned people, and the number of returned people with
//! a usable key), and nothing else: no resident that it did not already hold, nor which of its rows
//! matched.
//!
//! *Guessing.* A county that invents entries learns of each whether the source holds it: a made-up
//! identifier ("is this person insured?") or a made-up value ("is this person's status 2?"). No
//! protocol can tell a resident from a guess. It is bounded, and on record:
//! - at most [`Quotas::keys`](crate::terms::Quotas) identifiers, at most `per_field` values of each
//!   field, and never more values of a field than the rows that the provider itself returned. An
//!   honest county asks one token per key and field; one that guesses twice about one person has to
//!   give up asking about a returned row. Each section has a key of its own: tokens bought in one are
//!   useless in another;
//! - a field with v possible values costs up to v − 1 tokens a person, out of that;
//! - under `OurDivisions` a guess can only ever hit people who are the county's to know about;
//! - the provider keeps the numbers and a commitment to every entry ([`Answered`]) in its log; the county
//!   keeps what opens it ([`There::salt`]). Asked by an inspector, the county opens the commitment and
//!   shows for each entry the resident or the returned row. The commitment is the county's word that
//!   the entries are those it asked: the protocol does not prove it.
//!
//! A provider that invents or leaves out rows can make residents look insured or returned rows look
//! gone. It gains no knowledge by that, and the county's report will not agree with the provider's own books.

mod answer;
mod ask;
mod tokens;

pub use answer::{AnswerInput, Answered, Asked, answer, answer_recorded};
pub use ask::{There, ask};

use crate::error::VerifyError;
use crate::terms::Terms;
use yinshu_crypto::hash::Digest;
use yinshu_psi::{Learns, PsiError, Section};

/// The name of the first section.
pub const KEY_SECTION: &str = "key";

/// The terms of the intersection: the same sections on both sides, in the contract's order.
fn matching_terms(terms: &Terms, contract: Digest, per_field: u64) -> yinshu_psi::Terms {
    let section = |name: &str, max| Section { name: name.into(), max };
    let fields = terms.private_fields.iter().map(|f| section(&format!("field {f}"), per_field));
    yinshu_psi::Terms {
        learns: Learns::Receiver,
        sections: std::iter::once(section(KEY_SECTION, terms.quotas.keys)).chain(fields).collect(),
        max_peer_items: 0,
        own_items: None,
        context: tokens::context(terms, contract),
    }
}

fn failed(error: &PsiError) -> VerifyError {
    VerifyError::Private { matching: error.code(), reason: error.to_string(), fault: error.fault() }
}
