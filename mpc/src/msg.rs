//! What travels: frames of a few kinds, of lengths that the state of the computation gives.

use crate::error::Misstep;
use crate::ring::Ring;
use crate::role::Role;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

const HELLO: u8 = 1;
const DATA: u8 = 2;
const OFFER: u8 = 3;
const DONE: u8 = 4;
/// The kind of a refusal in every protocol.
const REFUSAL: u8 = 255;

/// Bytes of a hello.
pub const HELLO_BYTES: usize = 1 + 1 + 32 + 32;
/// Bytes before the elements in a frame of data.
pub const DATA_HEAD: usize = 1 + 4;
/// Bytes of an element.
pub const ELEMENT_BYTES: usize = 8;
/// Bytes of a refusal.
pub const REFUSAL_BYTES: usize = 4;

/// The first frame between two parties.
pub struct Hello {
    /// What the sender is.
    pub role: Role,
    /// Of all that was agreed on.
    pub terms: Digest,
    /// To the key that both will share.
    pub contribution: Secret<[u8; 32]>,
}

/// The frame of a hello.
pub fn encode_hello(hello: &Hello) -> Vec<u8> {
    let mut frame = vec![HELLO, hello.role as u8];
    frame.extend_from_slice(&hello.terms.0);
    frame.extend_from_slice(hello.contribution.expose());
    frame
}

/// A hello.
pub fn decode_hello(frame: &[u8]) -> Result<Hello, Misstep> {
    let body = body(frame, HELLO, "a hello", HELLO_BYTES)?;
    let (&role, rest) =
        body.split_first().ok_or(Misstep::WrongLength { expected: HELLO_BYTES, found: frame.len() })?;
    let role =
        *Role::ALL.get(usize::from(role)).ok_or(Misstep::WrongMessage { expected: "a role", found: role })?;
    let (terms, contribution) = rest.split_at(32);
    let array = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).expect("the length was checked");
    Ok(Hello { role, terms: Digest(array(terms)), contribution: Secret::new(array(contribution)) })
}

/// The first frame of a provider that does not compute.
pub struct Offer {
    /// Of all that was agreed on.
    pub terms: Digest,
    /// From which the receiver makes parts of what is provided.
    pub keys: Vec<Secret<[u8; 16]>>,
}

/// Bytes of an offer of so many keys.
pub fn offer_bytes(keys: usize) -> usize {
    1 + 32 + 16 * keys
}

/// The frame of an offer.
pub fn encode_offer(offer: &Offer) -> Vec<u8> {
    let mut frame = vec![OFFER];
    frame.extend_from_slice(&offer.terms.0);
    offer.keys.iter().for_each(|key| frame.extend_from_slice(key.expose()));
    frame
}

/// An offer of so many keys under these terms.
pub fn decode_offer(frame: &[u8], keys: usize, terms: &Digest) -> Result<Offer, Misstep> {
    let body = body(frame, OFFER, "an offer", offer_bytes(keys))?;
    let (found, keys) = body.split_at(32);
    if found != terms.0 {
        return Err(Misstep::OtherTerms);
    }
    let (keys, _) = keys.as_chunks::<16>();
    Ok(Offer { terms: *terms, keys: keys.iter().copied().map(Secret::new).collect() })
}

/// The frame that tells a provider that the run ended well.
pub fn encode_done() -> Vec<u8> {
    vec![DONE]
}

/// Whether a frame says so.
pub fn decode_done(frame: &[u8]) -> Result<(), Misstep> {
    body(frame, DONE, "the end of the run", 1).map(drop)
}

/// A frame with elements.
pub fn encode_data<R: Ring>(step: u32, elements: &[R]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(DATA_HEAD + ELEMENT_BYTES * elements.len());
    frame.push(DATA);
    frame.extend_from_slice(&step.to_le_bytes());
    // Some at a time, so that no byte is written twice.
    let mut bytes = [[0; ELEMENT_BYTES]; 64];
    for some in elements.chunks(bytes.len()) {
        bytes.iter_mut().zip(some).for_each(|(bytes, element)| *bytes = element.word().to_le_bytes());
        frame.extend_from_slice(bytes[..some.len()].as_flattened());
    }
    frame
}

/// The elements of a frame, as many as there is room for.
pub fn decode_data<R: Ring>(frame: &[u8], step: u32, elements: &mut [R]) -> Result<(), Misstep> {
    let body = body(frame, DATA, "data", DATA_HEAD + ELEMENT_BYTES * elements.len())?;
    let (found, body) = body.split_at(4);
    let found = u32::from_le_bytes(found.try_into().expect("four bytes were split off"));
    if found != step {
        return Err(Misstep::WrongStep { expected: step, found });
    }
    let (words, _) = body.as_chunks::<ELEMENT_BYTES>();
    elements.iter_mut().zip(words).for_each(|(element, &word)| *element = R::of(u64::from_le_bytes(word)));
    Ok(())
}

fn body<'a>(frame: &'a [u8], kind: u8, expected: &'static str, len: usize) -> Result<&'a [u8], Misstep> {
    match frame.split_first() {
        Some((&found, body)) if found == kind && frame.len() == len => Ok(body),
        Some((&found, _)) if found == kind => Err(Misstep::WrongLength { expected: len, found: frame.len() }),
        found => Err(Misstep::WrongMessage { expected, found: found.map_or(0, |(&kind, _)| kind) }),
    }
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// One of the three.
    Computing(Role),
    /// A provider that does not compute, by its place among them.
    Provider(u8),
}

/// In the place of a culprit: one of the two that do not send the refusal, it is not known which. Lower ones are roles, higher
/// ones providers.
const UNKNOWN: u8 = 3;

/// The frame that ends a run: the code of the error, and who is at fault where it is known.
pub fn encode_refusal(reason: u16, culprit: Option<Culprit>) -> Vec<u8> {
    let [low, high] = reason.to_le_bytes();
    let culprit = match culprit {
        None => UNKNOWN,
        Some(Culprit::Computing(role)) => role as u8,
        // One whose place cannot be said stays unnamed.
        Some(Culprit::Provider(place)) => place.checked_add(UNKNOWN + 1).unwrap_or(UNKNOWN),
    };
    vec![REFUSAL, low, high, culprit]
}

/// The refusal in a frame, if it is one.
pub fn decode_refusal(frame: &[u8]) -> Option<(u16, Option<Culprit>)> {
    let &[REFUSAL, low, high, culprit] = frame else { return None };
    let culprit = match Role::ALL.get(usize::from(culprit)) {
        Some(&role) => Some(Culprit::Computing(role)),
        None => culprit.checked_sub(UNKNOWN + 1).map(Culprit::Provider),
    };
    Some((u16::from_le_bytes([low, high]), culprit))
}
