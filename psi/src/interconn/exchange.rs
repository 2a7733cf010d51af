//! The streams of a run, each a state that knows what is due: what goes out, what comes in, what comes back.

use super::Misstep;
use super::cipher::Cipher;
use super::handshake::{Agreed, Cut};
use super::msg::{EcdhPsiCipherBatch, Stage};
use super::{BATCH, Profile, Suite};

/// A second-stage point as it is compared: its first 16 bytes at most.
///
/// 16 bytes of points that nobody chose freely are as good as all: two different items of sets of 2^28 share
/// them with probability 2^-72.
pub(crate) type Tail = u128;

fn tail(bytes: &[u8]) -> Tail {
    let mut wide = [0; 16];
    let len = bytes.len().min(16);
    wide[..len].copy_from_slice(&bytes[bytes.len() - len..]);
    u128::from_le_bytes(wide)
}

fn batch(
    profile: Profile,
    (stage, index): (Stage, u64),
    last: bool,
    count: usize,
    ciphertext: Vec<u8>,
) -> Vec<u8> {
    let message = EcdhPsiCipherBatch {
        r#type: stage.word().to_owned(),
        batch_index: i32::try_from(index).expect("2^32 items make 2^20 batches"),
        is_last_batch: last,
        count: i32::try_from(count).expect("a batch has 2^16 items at most"),
        ciphertext,
    };
    message.write(profile)
}

/// How many batches of [`BATCH`] there are, the empty one that ends a stream of SecretFlow's included.
fn batches(items: usize, profile: Profile) -> u64 {
    let full = items.div_ceil(BATCH) as u64;
    if profile.ends_empty() { full + 1 } else { full.max(1) }
}

/// How many items a batch has.
fn in_batch(items: usize, index: u64) -> usize {
    let before = usize::try_from(index).map_or(usize::MAX, |index| index.saturating_mul(BATCH));
    items.saturating_sub(before).min(BATCH)
}

/// Our items on their way out.
pub(crate) struct Outgoing<'a> {
    pub(crate) cipher: &'a Cipher,
    pub(crate) items: Vec<&'a [u8]>,
    pub(crate) profile: Profile,
    pub(crate) next: u64,
}

impl Outgoing<'_> {
    /// The next batch; none after the end.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let all = batches(self.items.len(), self.profile);
        if self.next == all {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let count = in_batch(self.items.len(), index);
        let from = usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(BATCH).min(self.items.len());
        let points = self.cipher.mask(&self.items[from..from + count]);
        Some(batch(self.profile, (Stage::First, index), self.next == all, count, points))
    }
}

/// The peer's items coming in.
pub(crate) struct Incoming<'a> {
    cipher: &'a Cipher,
    profile: Profile,
    agreed: Agreed,
    max: u64,
    next: u64,
    items: u64,
    done: bool,
    /// Second-stage points of the peer's items, where we learn.
    tails: Option<Vec<Tail>>,
    /// Whether the peer learns.
    answers: bool,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(cipher: &'a Cipher, profile: Profile, agreed: Agreed, max: u64) -> Self {
        let (next, items, done, tails, answers) = (0, 0, false, None, false);
        Self { cipher, profile, agreed, max, next, items, done, tails, answers }
    }

    /// Keeps second-stage points where we learn, and gives them out where the peer does.
    pub(crate) fn learning(mut self, we: bool, they: bool) -> Self {
        self.tails = we.then(Vec::new);
        self.answers = they;
        self
    }

    /// The longest message that can come.
    pub(crate) fn max_bytes(&self) -> usize {
        EcdhPsiCipherBatch::max_bytes(self.agreed.suite.point_bytes())
    }

    /// Items so far.
    pub(crate) fn items(&self) -> u64 {
        self.items
    }

    /// Whether the stream has ended.
    pub(crate) fn done(&self) -> bool {
        self.done
    }

    /// Takes a batch; gives the answer, where the peer learns.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Misstep> {
        let suite = self.agreed.suite;
        let came =
            EcdhPsiCipherBatch::read(bytes, self.profile, Stage::First, self.next, suite.point_bytes())?;
        let count = usize::try_from(came.count).unwrap_or(0);
        self.done = ends(&came, self.profile, self.next)?;
        let found = self.items + count as u64;
        match self.agreed.announced {
            Some(announced) if found > announced => {
                return Err(Misstep::MoreThanAnnounced { announced, found });
            }
            _ if found > self.max => return Err(Misstep::TooManyItems { max: self.max, found }),
            _ => {}
        }
        let raised = self.cipher.raise(&came.ciphertext, self.items)?;
        let points = raised.chunks_exact(suite.point_bytes());
        if let Some(tails) = &mut self.tails {
            tails.extend(points.clone().map(|point| tail(self.agreed.cut.of(suite, point))));
        }
        self.items = found;
        self.next += 1;
        Ok(self.answers.then(|| {
            let cut: Vec<u8> = points.flat_map(|point| self.agreed.cut.of(suite, point)).copied().collect();
            batch(self.profile, (Stage::Second, self.next - 1), self.done, count, cut)
        }))
    }

    /// The peer's second-stage points, at the end.
    pub(crate) fn finish(self) -> (u64, Vec<Tail>) {
        (self.items, self.tails.unwrap_or_default())
    }
}

/// Whether this batch ends its stream.
fn ends(came: &EcdhPsiCipherBatch, profile: Profile, index: u64) -> Result<bool, Misstep> {
    match (profile.ends_empty(), came.count == 0) {
        // SecretFlow reads until an empty batch comes, and sets the flag on that one.
        (true, empty) => Ok(empty),
        (false, true) if !came.is_last_batch => Err(Misstep::EmptyBatch { index }),
        (false, _) => Ok(came.is_last_batch),
    }
}

/// Our items coming back under both keys.
pub(crate) struct Returning {
    profile: Profile,
    suite: Suite,
    cut: Cut,
    items: usize,
    next: u64,
    tails: Vec<Tail>,
}

impl Returning {
    pub(crate) fn new(profile: Profile, agreed: &Agreed, items: usize) -> Self {
        let (suite, cut) = (agreed.suite, agreed.cut);
        Self { profile, suite, cut, items, next: 0, tails: Vec::with_capacity(items) }
    }

    /// The longest message that can come.
    pub(crate) fn max_bytes(&self) -> usize {
        EcdhPsiCipherBatch::max_bytes(self.cut.bytes(self.suite))
    }

    /// Whether all are back, and the stream has ended.
    pub(crate) fn done(&self) -> bool {
        self.next == batches(self.items, self.profile)
    }

    /// Takes the answer to a batch of ours, which has as many points.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Misstep> {
        let (index, size) = (self.next, self.cut.bytes(self.suite));
        let came = EcdhPsiCipherBatch::read(bytes, self.profile, Stage::Second, index, size)?;
        let expected = in_batch(self.items, index);
        if usize::try_from(came.count).ok() != Some(expected) {
            return Err(Misstep::WrongAnswer { index, expected, found: came.count });
        }
        self.tails.extend(came.ciphertext.chunks_exact(size).map(tail));
        self.next += 1;
        Ok(())
    }

    /// Our second-stage points in the order in which we sent.
    pub(crate) fn finish(self) -> Vec<Tail> {
        self.tails
    }
}
