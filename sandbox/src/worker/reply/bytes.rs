//! Numbers and sets as bytes.

use crate::worker::frames::Broken;
use roaring::RoaringBitmap;

/// In place of the number of a set that came before: a new one follows.
const NEW: u32 = u32::MAX;

/// How a set without runs begins, by the format of Roaring bitmaps: only so is the same set always the same bytes.
const PLAIN: [u8; 4] = 12346u32.to_le_bytes();

/// The sets of a group that were told of, each once: most figures are of the same rows.
pub(super) struct Sets<S>(Vec<S>);

impl<'a> Sets<&'a RoaringBitmap> {
    /// None yet.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Writes a set, or which of those before it is.
    pub(super) fn write(&mut self, set: &'a RoaringBitmap, out: &mut Vec<u8>) -> std::io::Result<()> {
        if let Some(at) = self.0.iter().position(|known| *known == set) {
            out.extend_from_slice(&u32::try_from(at).unwrap_or(NEW).to_le_bytes());
            return Ok(());
        }
        out.extend_from_slice(&NEW.to_le_bytes());
        let size = u32::try_from(set.serialized_size()).map_err(std::io::Error::other)?;
        out.extend_from_slice(&size.to_le_bytes());
        set.serialize_into(&mut *out)?;
        self.0.push(set);
        Ok(())
    }
}

/// A frame while it is read.
pub(super) struct Reader<'a> {
    left: &'a [u8],
    known: Sets<RoaringBitmap>,
    persons: u64,
    lines: u64,
}

impl<'a> Reader<'a> {
    /// A frame about a data set of so many persons and rows.
    pub(super) fn new(left: &'a [u8], persons: u64, lines: u64) -> Self {
        Self { left, known: Sets(Vec::new()), persons, lines }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (bytes, left) = self.left.split_first_chunk().ok_or(Broken::Short)?;
        self.left = left;
        Ok(*bytes)
    }

    pub(super) fn number(&mut self) -> Result<u32, Broken> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn whole(&mut self) -> Result<u64, Broken> {
        self.bytes().map(u64::from_le_bytes)
    }

    pub(super) fn signed(&mut self) -> Result<i128, Broken> {
        self.bytes().map(i128::from_le_bytes)
    }

    pub(super) fn unsigned(&mut self) -> Result<u128, Broken> {
        self.bytes().map(u128::from_le_bytes)
    }

    /// Some of the persons there are.
    pub(super) fn persons(&mut self) -> Result<RoaringBitmap, Broken> {
        self.set(self.persons)
    }

    /// Some of the rows there are.
    pub(super) fn lines(&mut self) -> Result<RoaringBitmap, Broken> {
        self.set(self.lines)
    }

    fn set(&mut self, of: u64) -> Result<RoaringBitmap, Broken> {
        let within = |set: &RoaringBitmap| set.max().is_none_or(|last| u64::from(last) < of);
        let at = self.number()?;
        if at != NEW {
            let known = self.known.0.get(at as usize).ok_or(Broken::Unfit("a set that never came"))?;
            return if within(known) { Ok(known.clone()) } else { Err(Broken::Unfit("a member is none")) };
        }
        let size = self.number()? as usize;
        let (mut bytes, left) = self.left.split_at_checked(size).ok_or(Broken::Short)?;
        self.left = left;
        if !bytes.starts_with(&PLAIN) {
            return Err(Broken::Unfit("a set is not written plainly"));
        }
        let set = RoaringBitmap::deserialize_from(&mut bytes).map_err(|_| Broken::Unfit("a set is none"))?;
        if !bytes.is_empty() || !within(&set) || self.known.0.contains(&set) {
            return Err(Broken::Unfit("a set has a member that is none, or came before"));
        }
        self.known.0.push(set.clone());
        Ok(set)
    }

    /// That was all.
    pub(super) fn end(self) -> Result<(), Broken> {
        if self.left.is_empty() { Ok(()) } else { Err(Broken::Unfit("more came than was asked for")) }
    }
}
