//! What travels between the aggregators. Every length follows from the task and from how many reports there are.

use crate::error::Misstep;
use crate::ledger::Outcome;
use crate::report::Layout;
use crate::scheme::{SEED, Sizes};
use crate::task::Role;
use yinshu_crypto::hash::Digest;
use yinshu_net::MAX_FRAME;
use yinshu_net::frame::{BadFrame, FrameReader};

/// The most reports of a part.
pub const PART: usize = 1024;

const HELLO: u8 = 1;
pub(crate) const COMMITMENT: u8 = 2;
pub(crate) const PIECE: u8 = 3;
pub(crate) const TURN: u8 = 4;
const ANSWER: u8 = 5;
pub(crate) const COLLECT: u8 = 6;
const SHARE: u8 = 7;
pub(crate) const END: u8 = 8;
pub(crate) const CONFIRMATION: u8 = 9;
/// The kind of a refusal in every protocol.
const REFUSAL: u8 = 255;

/// The version of this protocol.
const VERSION: u8 = 1;

/// Bytes of a hello.
pub(crate) const HELLO_BYTES: usize = 1 + 1 + 1 + 32 + 8 + 4 + 32 + 32;
/// Bytes of a commitment, of a part of the key, and of its confirmation.
pub(crate) const SEED_BYTES: usize = 1 + SEED;
/// Bytes of a collection.
const COLLECT_BYTES: usize = 1 + 4 + 8 + 32;
/// Bytes of a refusal.
pub(crate) const REFUSAL_BYTES: usize = 3;

/// Who one is and how far.
pub(crate) struct Hello {
    pub(crate) role: Role,
    pub(crate) task: Digest,
    /// Parts that are settled.
    pub(crate) parts: u64,
    /// The open batch.
    pub(crate) batch: u32,
    /// Of all that was decided.
    pub(crate) account: Digest,
    /// Tells keys apart; zero for none.
    pub(crate) key: Digest,
}

/// What became of a part.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) part: u64,
    /// After it.
    pub(crate) account: Digest,
    /// A bit for each report that was asked about.
    pub(crate) accepted: Vec<u8>,
}

/// What the helper is asked about a part.
pub(crate) struct Ask<'a> {
    pub(crate) part: u64,
    /// What the helper gets of each report, and the leader's share of its verifier.
    pub(crate) reports: Vec<(&'a [u8], &'a [u8])>,
    pub(crate) digest: Digest,
}

/// What both sides know of frames before they come.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    asked: usize,
    verifier: usize,
    message: usize,
    sum: usize,
}

/// Whether a report is set among bits.
pub(crate) fn bit(bits: &[u8], at: usize) -> bool {
    bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
}

/// Bits, packed.
pub(crate) fn pack(bits: &[bool]) -> Vec<u8> {
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    bits.chunks(8).map(byte).collect()
}

/// The kind of a frame.
pub(crate) fn kind(frame: &[u8]) -> u8 {
    frame.first().copied().unwrap_or(0)
}

/// A reader of the body of a frame of a kind.
fn body<'a>(frame: &'a [u8], kind: u8, expected: &'static str) -> Result<FrameReader<'a>, Misstep> {
    match frame.split_first() {
        Some((&found, body)) if found == kind => Ok(FrameReader::new(body)),
        found => Err(Misstep::WrongMessage { expected, found: found.map_or(0, |(&kind, _)| kind) }),
    }
}

pub(crate) fn encode_hello(hello: &Hello) -> Vec<u8> {
    let mut frame = vec![HELLO, VERSION, hello.role as u8];
    frame.extend_from_slice(&hello.task.0);
    frame.extend_from_slice(&hello.parts.to_le_bytes());
    frame.extend_from_slice(&hello.batch.to_le_bytes());
    frame.extend_from_slice(&hello.account.0);
    frame.extend_from_slice(&hello.key.0);
    frame
}

pub(crate) fn decode_hello(frame: &[u8]) -> Result<Hello, Misstep> {
    let expected = "a hello";
    let mut from = body(frame, HELLO, expected)?;
    let mut read = || {
        if from.u8()? != VERSION {
            return Err(BadFrame);
        }
        let role = match from.u8()? {
            0 => Role::Leader,
            1 => Role::Helper,
            _ => return Err(BadFrame),
        };
        let task = Digest(from.array()?);
        let (parts, batch) = (u64::from_le_bytes(from.array()?), u32::from_le_bytes(from.array()?));
        let hello =
            Hello { role, task, parts, batch, account: Digest(from.array()?), key: Digest(from.array()?) };
        Ok(hello)
    };
    let hello = read();
    let hello = hello.and_then(|hello| from.end().map(|()| hello));
    hello.map_err(|_| Misstep::Malformed { expected })
}

pub(crate) fn encode_seed(kind: u8, seed: &[u8; SEED]) -> Vec<u8> {
    let mut frame = vec![kind];
    frame.extend_from_slice(seed);
    frame
}

pub(crate) fn decode_seed(kind: u8, frame: &[u8]) -> Result<[u8; SEED], Misstep> {
    let expected = match kind {
        COMMITMENT => "a commitment",
        CONFIRMATION => "the confirmation of the key",
        _ => "a part of the key",
    };
    let seed = body(frame, kind, expected)?.rest();
    seed.try_into().map_err(|_| Misstep::Malformed { expected })
}

impl Shape {
    pub(crate) fn of(layout: &Layout, sizes: &Sizes) -> Self {
        Self { asked: layout.asked(), verifier: sizes.verifier, message: sizes.message, sum: sizes.sum }
    }

    /// How many reports a part can have, so that a turn is one frame.
    pub(crate) fn part(&self) -> usize {
        // Before the reports: the settlement of a part, and the head of the question.
        let head = 1 + 1 + 8 + 32 + 2 + PART / 8 + 8 + 2;
        ((MAX_FRAME - head) / (self.asked + self.verifier)).clamp(1, PART)
    }

    /// The question about a part, and its digest.
    pub(crate) fn ask<'r>(
        &self,
        part: u64,
        reports: impl ExactSizeIterator<Item = ([&'r [u8]; 2], &'r [u8])>,
    ) -> (Vec<u8>, Digest) {
        let count = u16::try_from(reports.len()).expect("a part has at most 1024 reports");
        let mut ask = Vec::with_capacity(10 + reports.len() * (self.asked + self.verifier));
        ask.extend_from_slice(&part.to_le_bytes());
        ask.extend_from_slice(&count.to_le_bytes());
        for (asked, verifier) in reports {
            asked.iter().for_each(|bytes| ask.extend_from_slice(bytes));
            ask.extend_from_slice(verifier);
        }
        let digest = Digest::sha256(&ask);
        (ask, digest)
    }

    pub(crate) fn encode_turn(&self, settled: Option<&Settlement>, ask: Option<&[u8]>) -> Vec<u8> {
        let mut frame = vec![TURN, u8::from(settled.is_some()) | u8::from(ask.is_some()) << 1];
        if let Some(settled) = settled {
            frame.extend_from_slice(&settled.part.to_le_bytes());
            frame.extend_from_slice(&settled.account.0);
            let bytes = u16::try_from(settled.accepted.len()).expect("a part has at most 1024 reports");
            frame.extend_from_slice(&bytes.to_le_bytes());
            frame.extend_from_slice(&settled.accepted);
        }
        frame.extend_from_slice(ask.unwrap_or_default());
        frame
    }

    pub(crate) fn decode_turn<'a>(
        &self,
        frame: &'a [u8],
    ) -> Result<(Option<Settlement>, Option<Ask<'a>>), Misstep> {
        let expected = "a turn";
        self.turn(body(frame, TURN, expected)?).map_err(|BadFrame| Misstep::Malformed { expected })
    }

    fn turn<'a>(&self, mut from: FrameReader<'a>) -> Result<(Option<Settlement>, Option<Ask<'a>>), BadFrame> {
        let has = from.u8()?;
        if has > 3 {
            return Err(BadFrame);
        }
        let mut settled = None;
        if has & 1 == 1 {
            let (part, account) = (u64::from_le_bytes(from.array()?), Digest(from.array()?));
            let bytes = usize::from(u16::from_le_bytes(from.array()?));
            if bytes > PART / 8 {
                return Err(BadFrame);
            }
            settled = Some(Settlement { part, account, accepted: from.bytes(bytes)?.to_vec() });
        }
        let mut ask = None;
        if has & 2 == 2 {
            let bytes = from.rest();
            let digest = Digest::sha256(bytes);
            let mut from = FrameReader::new(bytes);
            let part = u64::from_le_bytes(from.array()?);
            let count = usize::from(u16::from_le_bytes(from.array()?));
            if !(1..=self.part()).contains(&count) {
                return Err(BadFrame);
            }
            let mut report = || Ok((from.bytes(self.asked)?, from.bytes(self.verifier)?));
            let reports = (0..count).map(|_| report()).collect::<Result<_, _>>()?;
            from.end()?;
            ask = Some(Ask { part, reports, digest });
        } else {
            from.end()?;
        }
        Ok((settled, ask))
    }

    /// Bytes of an answer about so many reports.
    pub(crate) fn answer_bytes(&self, reports: usize) -> usize {
        1 + 8 + reports * (1 + self.message)
    }

    /// A message is there for each report; for one that is rejected it is zero.
    pub(crate) fn encode_answer<'m>(
        &self,
        part: u64,
        answers: impl Iterator<Item = (Outcome, &'m [u8])>,
    ) -> Vec<u8> {
        let mut frame = vec![ANSWER];
        frame.extend_from_slice(&part.to_le_bytes());
        for (outcome, message) in answers {
            frame.push(outcome as u8);
            let end = frame.len() + self.message;
            frame.extend_from_slice(&message[..message.len().min(self.message)]);
            frame.resize(end, 0);
        }
        frame
    }

    pub(crate) fn decode_answer<'a>(
        &self,
        frame: &'a [u8],
        part: u64,
        reports: usize,
    ) -> Result<Vec<(Outcome, &'a [u8])>, Misstep> {
        let expected = "an answer";
        let malformed = |BadFrame| Misstep::Malformed { expected };
        let mut from = body(frame, ANSWER, expected)?;
        let found = u64::from_le_bytes(from.array().map_err(malformed)?);
        if found != part {
            return Err(Misstep::WrongPart { expected: part, found });
        }
        let mut one = || Ok((Outcome::of(from.u8()?).ok_or(BadFrame)?, from.bytes(self.message)?));
        let answers = (0..reports).map(|_| one()).collect::<Result<_, _>>().map_err(malformed)?;
        from.end().map_err(malformed)?;
        Ok(answers)
    }

    pub(crate) fn encode_share(&self, sum: &[u8]) -> Vec<u8> {
        let mut frame = vec![SHARE];
        frame.extend_from_slice(sum);
        frame
    }

    pub(crate) fn decode_share<'a>(&self, frame: &'a [u8]) -> Result<&'a [u8], Misstep> {
        let expected = "a share of the sum";
        let share = body(frame, SHARE, expected)?.rest();
        if share.len() == self.sum { Ok(share) } else { Err(Misstep::Malformed { expected }) }
    }

    /// Bytes of a share of the sum.
    pub(crate) fn share_bytes(&self) -> usize {
        1 + self.sum
    }
}

/// What is collected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collect {
    pub(crate) batch: u32,
    pub(crate) accepted: u64,
    pub(crate) account: Digest,
}

pub(crate) fn encode_collect(collect: &Collect) -> Vec<u8> {
    let mut frame = vec![COLLECT];
    frame.extend_from_slice(&collect.batch.to_le_bytes());
    frame.extend_from_slice(&collect.accepted.to_le_bytes());
    frame.extend_from_slice(&collect.account.0);
    frame
}

pub(crate) fn decode_collect(frame: &[u8]) -> Result<Collect, Misstep> {
    let expected = "a collection";
    let mut from = body(frame, COLLECT, expected)?;
    if frame.len() != COLLECT_BYTES {
        return Err(Misstep::Malformed { expected });
    }
    let mut read = || {
        let (batch, accepted) = (u32::from_le_bytes(from.array()?), u64::from_le_bytes(from.array()?));
        Ok(Collect { batch, accepted, account: Digest(from.array()?) })
    };
    read().map_err(|BadFrame| Misstep::Malformed { expected })
}

/// The end of a run.
pub(crate) fn encode_end() -> Vec<u8> {
    vec![END]
}

pub(crate) fn decode_end(frame: &[u8]) -> Result<(), Misstep> {
    let expected = "the end";
    body(frame, END, expected)?.end().map_err(|BadFrame| Misstep::Malformed { expected })
}

/// The frame that ends a run early: the code of the error.
pub(crate) fn encode_refusal(code: u16) -> Vec<u8> {
    let [low, high] = code.to_le_bytes();
    vec![REFUSAL, low, high]
}

/// The code of a refusal, if it is one.
pub(crate) fn decode_refusal(frame: &[u8]) -> Option<u16> {
    match *frame {
        [REFUSAL, low, high] => Some(u16::from_le_bytes([low, high])),
        _ => None,
    }
}

/// For fuzzing: every message there is.
pub(crate) fn decoders(kind: crate::kind::Kind, data: &[u8]) {
    let sizes = crate::scheme::AnyPrio::new(kind, Vec::new()).sizes();
    let shape = Shape::of(&Layout::of(&sizes), &sizes);
    if let Ok(hello) = decode_hello(data) {
        assert_eq!(encode_hello(&hello), data);
    }
    for kind in [COMMITMENT, PIECE, CONFIRMATION] {
        if let Ok(seed) = decode_seed(kind, data) {
            assert_eq!(encode_seed(kind, &seed), data);
        }
    }
    if let Ok((settled, ask)) = shape.decode_turn(data) {
        let ask = ask.map(|ask| {
            let reports = ask.reports.iter().map(|(asked, verifier)| ([*asked, &[]], *verifier));
            shape.ask(ask.part, reports).0
        });
        assert_eq!(shape.encode_turn(settled.as_ref(), ask.as_deref()), data);
    }
    let part = data.get(1..9).map_or(0, |part| u64::from_le_bytes(part.try_into().expect("eight bytes")));
    let reports = data.len().saturating_sub(9) / (1 + sizes.message);
    if let Ok(answers) = shape.decode_answer(data, part, reports) {
        assert_eq!(shape.encode_answer(part, answers.into_iter()), data);
    }
    if let Ok(collect) = decode_collect(data) {
        assert_eq!(encode_collect(&collect), data);
    }
    if let Ok(share) = shape.decode_share(data) {
        assert_eq!(shape.encode_share(share), data);
    }
    if let Some(code) = decode_refusal(data) {
        assert_eq!(encode_refusal(code), data);
    }
    let _ = decode_end(data);
    let layout = Layout::of(&sizes);
    if let Some(whole) = layout.whole(data) {
        assert_eq!(whole.about.bytes().len() + whole.leader.len() + whole.helper.len(), data.len());
        let _ = (whole.about.id(), whole.about.time(), whole.about.public());
    }
    let _ = layout.part(data).map(|(about, _)| about.time());
}
