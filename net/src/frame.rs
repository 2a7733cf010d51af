//! Reading and writing the insides of frames. Every read is bounded by the caller; nothing is allocated
//! for a length that the wire alone claims.

/// A frame that is too short, too long, or holds what is not allowed; the caller knows whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid frame")]
pub struct BadFrame;

/// Reads a frame from front to back.
pub struct FrameReader<'a>(&'a [u8]);

impl<'a> FrameReader<'a> {
    /// Starts at the front.
    pub fn new(frame: &'a [u8]) -> Self {
        Self(frame)
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], BadFrame> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(BadFrame)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], BadFrame> {
        Ok(self.bytes(N)?.try_into().expect("bytes() returns as many as asked for"))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, BadFrame> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self) -> Result<u16, BadFrame> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// UTF-8 of at most `max` (< 256) bytes, after one byte of length.
    pub fn text(&mut self, max: usize) -> Result<&'a str, BadFrame> {
        let len = usize::from(self.u8()?);
        if len > max {
            return Err(BadFrame);
        }
        std::str::from_utf8(self.bytes(len)?).map_err(|_| BadFrame)
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Checks that nothing is left.
    pub fn end(self) -> Result<(), BadFrame> {
        if self.0.is_empty() { Ok(()) } else { Err(BadFrame) }
    }
}

/// Appends text of at most 255 bytes after one byte of length.
///
/// # Panics
/// When the text is longer: its type must bound it.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).expect("the text's type bounds it to 64 bytes"));
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_no_more() {
        let mut out = vec![7, 1, 2];
        put_text(&mut out, "省");
        let mut r = FrameReader::new(&out);
        assert_eq!((r.u8(), r.u16(), r.text(64)), (Ok(7), Ok(0x0102), Ok("省")));
        assert_eq!(r.u8(), Err(BadFrame));
        assert_eq!(r.end(), Ok(()));
        assert_eq!(FrameReader::new(&[5, 1]).text(64), Err(BadFrame));
        assert_eq!(FrameReader::new(&[2, 1, 1]).text(1), Err(BadFrame));
        assert_eq!(FrameReader::new(&[1, 0xff]).text(64), Err(BadFrame));
        assert_eq!(FrameReader::new(&[0]).end(), Err(BadFrame));
    }
}
