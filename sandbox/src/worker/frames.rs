//! Frames: so many bytes, and then the bytes. Whoever reads says how many there may be.

use std::io::{Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of a job at most.
pub(crate) const MOST_OF_A_JOB: usize = 64 << 20;

/// Why what came cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// It ended in the middle.
    #[error("it ended before all was there")]
    Short,
    /// It says that more comes than there can be.
    #[error("a frame of {size} bytes, where {most} are the most")]
    Long {
        /// How many it says.
        size: u64,
        /// How many there may be.
        most: usize,
    },
    /// It is not what was asked for.
    #[error("{0}")]
    Unfit(&'static str),
}

/// Writes a frame.
pub(crate) fn send(to: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    let size = u32::try_from(bytes.len()).map_err(|_| std::io::Error::other("a frame of 4 GiB"))?;
    to.write_all(&size.to_le_bytes())?;
    to.write_all(bytes)
}

fn sized(head: [u8; 4], most: usize) -> Result<usize, Broken> {
    let size = u32::from_le_bytes(head);
    match usize::try_from(size) {
        Ok(size) if size <= most => Ok(size),
        _ => Err(Broken::Long { size: size.into(), most }),
    }
}

/// Reads a frame, waiting for it.
pub(crate) fn receive(from: &mut impl Read, most: usize) -> Result<Vec<u8>, Broken> {
    let mut head = [0; 4];
    from.read_exact(&mut head).map_err(|_| Broken::Short)?;
    let size = sized(head, most)?;
    let mut bytes = Vec::new();
    from.take(size as u64).read_to_end(&mut bytes).map_err(|_| Broken::Short)?;
    if bytes.len() < size { Err(Broken::Short) } else { Ok(bytes) }
}

/// Reads a frame.
pub(crate) async fn next(from: &mut (impl AsyncRead + Unpin), most: usize) -> Result<Vec<u8>, Broken> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await.map_err(|_| Broken::Short)?;
    let size = sized(head, most)?;
    let mut bytes = Vec::new();
    // Room is made as bytes come, and not for as many as were announced.
    from.take(size as u64).read_to_end(&mut bytes).await.map_err(|_| Broken::Short)?;
    if bytes.len() < size { Err(Broken::Short) } else { Ok(bytes) }
}

/// What a reply is put together from, frame by frame. Nothing of a frame is believed.
pub(crate) trait Reply {
    /// What it is when all of it is there.
    type Whole;

    /// Bytes of the next frame at most.
    fn most(&self) -> usize;

    /// Takes the next frame; whether it was the last.
    fn take(&mut self, frame: &[u8]) -> Result<bool, Broken>;

    /// All of it.
    fn whole(self) -> Result<Self::Whole, Broken>;
}
