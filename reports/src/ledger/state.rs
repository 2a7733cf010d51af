//! The state of an aggregator, as bytes.

use super::Tally;
use crate::error::ReportsError;
use crate::task::{Role, Task};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_net::frame::{BadFrame, FrameReader};
use zeroize::{Zeroize as _, Zeroizing};

const MAGIC: &[u8; 23] = b"yinshu reports state 1\n";

/// The most bytes of a share of a sum, of figures, or of the outcomes of a part.
const LONG: usize = 1 << 21;

/// How far an aggregator is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) role: u8,
    pub(crate) task: Digest,
    /// The verification key, once it was agreed on.
    pub(crate) key: Option<[u8; 32]>,
    /// Parts that are settled, in all batches.
    pub(crate) parts: u64,
    /// The part that was asked about and is not settled: what was asked. Written by the leader before it asks and by the
    /// helper before it answers: from then on nothing else is asked or answered about it, nor under another key.
    pub(crate) begun: Option<Digest>,
    /// Of all that was decided.
    pub(crate) account: Digest,
    /// Which reports of the last part were accepted: the leader may have to say it again.
    pub(crate) last: Vec<u8>,
    pub(crate) judged_bytes: u64,
    pub(crate) judged_digest: [u8; 32],
    /// The open batch, counted from 1.
    pub(crate) batch: u32,
    pub(crate) tally: Tally,
    pub(crate) sum: Zeroizing<Vec<u8>>,
    /// The batch that was collected last.
    pub(crate) closed: Option<Closed>,
}

/// A batch that was collected.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) batch: u32,
    pub(crate) tally: Tally,
    /// The helper: its share of the sum, to be told again.
    pub(crate) sum: Zeroizing<Vec<u8>>,
    /// The leader: what came of it.
    pub(crate) figures: Zeroizing<Vec<u64>>,
}

impl Drop for State {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl State {
    pub(crate) fn new(task: &Task, role: Role) -> Self {
        Self {
            role: role as u8,
            task: task.digest(),
            key: None,
            parts: 0,
            begun: None,
            account: Digest::of_parts("yinshu reports account v1", &[&task.digest().0]),
            last: Vec::new(),
            judged_bytes: 0,
            judged_digest: Digest::sha256(b"").0,
            batch: 1,
            tally: Tally::default(),
            sum: Zeroizing::default(),
            closed: None,
        }
    }

    /// Counts a part as settled in the account.
    pub(crate) fn note(&mut self, asked: &Digest, accepted: &[u8]) {
        self.parts += 1;
        self.account = self.account_with(self.parts, asked, accepted);
        self.begun = None;
    }

    /// The account once a part is settled so.
    pub(crate) fn account_with(&self, part: u64, asked: &Digest, accepted: &[u8]) -> Digest {
        let part = part.to_le_bytes();
        Digest::of_parts("yinshu reports account v1", &[&self.account.0, &part, &asked.0, accepted])
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = self.body();
        let digest = Digest::sha256(&out);
        out.extend_from_slice(&digest.0);
        out
    }

    /// All but the digest at the end.
    pub(crate) fn body(&self) -> Zeroizing<Vec<u8>> {
        let closed = self.closed.as_ref().map_or(0, |closed| closed.sum.len() + 8 * closed.figures.len());
        // Enough that it does not grow, which would leave a copy behind: all else is far below 1024 bytes.
        let mut out = Zeroizing::new(Vec::with_capacity(1024 + self.last.len() + self.sum.len() + closed));
        out.extend_from_slice(MAGIC);
        out.push(self.role);
        out.extend_from_slice(&self.task.0);
        put_optional(&mut out, self.key.as_ref());
        out.extend_from_slice(&self.parts.to_be_bytes());
        put_optional(&mut out, self.begun.as_ref().map(|digest| &digest.0));
        out.extend_from_slice(&self.account.0);
        put_long(&mut out, &self.last);
        out.extend_from_slice(&self.judged_bytes.to_be_bytes());
        out.extend_from_slice(&self.judged_digest);
        put_batch(&mut out, self.batch, &self.tally, &self.sum);
        match &self.closed {
            None => out.push(0),
            Some(closed) => {
                out.push(1);
                put_batch(&mut out, closed.batch, &closed.tally, &closed.sum);
                let figures = closed.figures.iter().flat_map(|figure| figure.to_be_bytes());
                put_long(&mut out, &Zeroizing::new(figures.collect::<Vec<_>>()));
            }
        }
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, ReportsError> {
        Self::parse(bytes).map_err(|_| ReportsError::Damaged { path: path.display().to_string() })
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BadFrame> {
        let (body, digest) = bytes.split_last_chunk::<32>().ok_or(BadFrame)?;
        if Digest::sha256(body).0 != *digest {
            return Err(BadFrame);
        }
        Self::parse_body(body)
    }

    /// Reads what [`body`](Self::body) wrote.
    pub(crate) fn parse_body(body: &[u8]) -> Result<Self, BadFrame> {
        let mut from = FrameReader::new(body);
        if from.bytes(MAGIC.len())? != MAGIC {
            return Err(BadFrame);
        }
        let (role, task, key) = (from.u8()?, Digest(from.array()?), optional(&mut from)?);
        let parts = u64::from_be_bytes(from.array()?);
        let begun = optional(&mut from)?.map(Digest);
        let account = Digest(from.array()?);
        let last = long(&mut from)?;
        let judged_bytes = u64::from_be_bytes(from.array()?);
        let judged_digest = from.array()?;
        let (batch, tally, sum) = take_batch(&mut from)?;
        let closed = match from.u8()? {
            0 => None,
            1 => {
                let (batch, tally, sum) = take_batch(&mut from)?;
                let bytes = Zeroizing::new(long(&mut from)?);
                let (figures, []) = bytes.as_chunks() else { return Err(BadFrame) };
                let figures = figures.iter().map(|figure| u64::from_be_bytes(*figure)).collect();
                Some(Closed { batch, tally, sum, figures: Zeroizing::new(figures) })
            }
            _ => return Err(BadFrame),
        };
        from.end()?;
        #[rustfmt::skip]
        let state = Self {
            role, task, key, parts, begun, account, last, judged_bytes, judged_digest, batch, tally, sum, closed,
        };
        Ok(state)
    }
}

fn put_optional(out: &mut Vec<u8>, bytes: Option<&[u8; 32]>) {
    out.push(u8::from(bytes.is_some()));
    out.extend_from_slice(bytes.map_or(&[], |bytes| bytes.as_slice()));
}

fn optional(from: &mut FrameReader<'_>) -> Result<Option<[u8; 32]>, BadFrame> {
    match from.u8()? {
        0 => Ok(None),
        1 => Ok(Some(from.array()?)),
        _ => Err(BadFrame),
    }
}

fn put_long(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn long(from: &mut FrameReader<'_>) -> Result<Vec<u8>, BadFrame> {
    let length = usize::try_from(u64::from_be_bytes(from.array()?)).ok().filter(|length| *length <= LONG);
    from.bytes(length.ok_or(BadFrame)?).map(<[u8]>::to_vec)
}

fn put_batch(out: &mut Vec<u8>, batch: u32, tally: &Tally, sum: &[u8]) {
    out.extend_from_slice(&batch.to_be_bytes());
    tally.0.iter().for_each(|count| out.extend_from_slice(&count.to_be_bytes()));
    put_long(out, sum);
}

fn take_batch(from: &mut FrameReader<'_>) -> Result<(u32, Tally, Zeroizing<Vec<u8>>), BadFrame> {
    let batch = u32::from_be_bytes(from.array()?);
    let mut tally = Tally::default();
    for count in &mut tally.0 {
        *count = u64::from_be_bytes(from.array()?);
    }
    Ok((batch, tally, Zeroizing::new(long(from)?)))
}
