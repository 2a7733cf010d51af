//! A segment: a file of rows in strictly ascending order of token, in blocks with a digest each.
//!
//! ```text
//! magic (8)  bytes of a label (4)  zero (4)
//! rows:      token (15)  0 live or 1 gone (1)  sealed payload
//! index:     for each block its first token (15)  zero (1)  the first 16 bytes of its SHA-256 (16)
//! ```
//!
//! How many rows there are and the digest of header and index are in the manifest, so that a segment cannot be
//! taken for another. Digests guard against damage, not against somebody who may write to the folder.

use super::{ROW_HEAD, TOKEN_BYTES, Token};
use crate::error::PsiError;
use crate::unbalanced::file::{damaged, failed};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use yinshu_crypto::hash::Digest;

const MAGIC: [u8; 8] = *b"YSENCS1\n";
const HEADER_BYTES: usize = 16;
const FENCE_BYTES: usize = 32;

/// The last byte of a row's head where the token was deleted.
pub(in crate::unbalanced) const GONE: u8 = 1;

/// What the manifest keeps of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Rows in all.
    pub rows: u64,
    /// Rows that stand for deleted tokens.
    pub gone: u64,
    /// SHA-256 of header and index.
    pub index: Digest,
}

/// How rows lie in a segment: fixed by the length of a sealed payload (0 for none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::unbalanced) struct Shape {
    pub(in crate::unbalanced) label: usize,
}

impl Shape {
    pub(in crate::unbalanced) fn stride(self) -> usize {
        ROW_HEAD + self.label
    }

    /// Rows of a block: 4 KiB where there are no labels.
    fn block_rows(self) -> usize {
        (65_536 / self.stride()).clamp(16, 256)
    }

    fn header(self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        let label = u32::try_from(self.label).expect("a label is short");
        header[8..12].copy_from_slice(&label.to_le_bytes());
        header
    }
}

/// The digest of header and index of what may be a segment.
pub(super) fn index_digest(bytes: &[u8], shape: Shape, rows: u64) -> Digest {
    let rows = rows.saturating_mul(shape.stride() as u64).saturating_add(HEADER_BYTES as u64);
    let index = usize::try_from(rows).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
    let header = bytes.get(..HEADER_BYTES).unwrap_or(&[]);
    Digest(Sha256::new().chain_update(header).chain_update(index).finalize().into())
}

/// What a segment is read from.
pub(in crate::unbalanced) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

fn block_digest(block: &[u8]) -> [u8; 16] {
    *Sha256::digest(block).first_chunk().expect("a digest has 32 bytes")
}

/// Writes rows in ascending order of token.
pub(in crate::unbalanced) struct Writer {
    out: BufWriter<File>,
    path: PathBuf,
    shape: Shape,
    block: Vec<u8>,
    index: Vec<u8>,
    rows: u64,
    gone: u64,
}

impl Writer {
    pub(in crate::unbalanced) fn create(path: &Path, shape: Shape) -> Result<Self, PsiError> {
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let begin = || {
            let mut out = BufWriter::with_capacity(1 << 18, options.open(path)?);
            out.write_all(&shape.header())?;
            Ok(out)
        };
        let out = begin().map_err(|error: io::Error| failed(path, &error))?;
        let (block, index) = (Vec::new(), Vec::new());
        Ok(Self { out, path: path.into(), shape, block, index, rows: 0, gone: 0 })
    }

    /// Adds a row; its token must be above the one before.
    pub(in crate::unbalanced) fn push(&mut self, row: &[u8]) -> Result<(), PsiError> {
        debug_assert_eq!(row.len(), self.shape.stride());
        self.block.extend(row);
        self.rows += 1;
        self.gone += u64::from(row[TOKEN_BYTES] == GONE);
        if self.block.len() == self.shape.block_rows() * self.shape.stride() {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PsiError> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.block).map_err(|error| failed(&self.path, &error))?;
        self.index.extend(&self.block[..TOKEN_BYTES]);
        self.index.push(0);
        self.index.extend(block_digest(&self.block));
        self.block.clear();
        Ok(())
    }

    /// Writes the index; with `sync`, returns once the disk holds everything.
    pub(in crate::unbalanced) fn finish(mut self, sync: bool) -> Result<Facts, PsiError> {
        self.flush()?;
        let end = || {
            self.out.write_all(&self.index)?;
            let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
            if sync { file.sync_all() } else { Ok(()) }
        };
        end().map_err(|error| failed(&self.path, &error))?;
        let index = Sha256::new().chain_update(self.shape.header()).chain_update(&self.index);
        Ok(Facts { rows: self.rows, gone: self.gone, index: Digest(index.finalize().into()) })
    }
}

/// An opened segment; holds its index, and reads blocks as they are needed.
pub(in crate::unbalanced) struct Segment {
    path: PathBuf,
    source: Mutex<Box<dyn Source>>,
    pub(super) shape: Shape,
    pub(in crate::unbalanced) facts: Facts,
    index: Vec<u8>,
}

impl Segment {
    /// Opens the file of a segment.
    pub(in crate::unbalanced) fn open(path: &Path, shape: Shape, facts: Facts) -> Result<Self, PsiError> {
        let file = File::open(path).map_err(|error| failed(path, &error))?;
        Self::read(Box::new(file), path, shape, facts)
    }

    /// Reads header and index, and checks them against `facts`.
    pub(in crate::unbalanced) fn read(
        mut source: Box<dyn Source>,
        path: &Path,
        shape: Shape,
        facts: Facts,
    ) -> Result<Self, PsiError> {
        let length = source.seek(SeekFrom::End(0)).map_err(|error| failed(path, &error))?;
        let rows = facts.rows.checked_mul(shape.stride() as u64);
        let index = facts.rows.div_ceil(shape.block_rows() as u64).checked_mul(FENCE_BYTES as u64);
        let (rows, index) = rows.zip(index).ok_or_else(|| damaged(path, "it cannot be that long"))?;
        if (HEADER_BYTES as u64).checked_add(rows).and_then(|sum| sum.checked_add(index)) != Some(length) {
            return Err(damaged(path, format!("it has {length} bytes")));
        }
        let mut header = [0; HEADER_BYTES];
        // The file is that long, so the index is no longer than it.
        let mut fences = vec![0; usize::try_from(index).map_err(|_| damaged(path, "it is too long"))?];
        let mut fill = || {
            source.rewind()?;
            source.read_exact(&mut header)?;
            source.seek(SeekFrom::Start(HEADER_BYTES as u64 + rows))?;
            source.read_exact(&mut fences)
        };
        fill().map_err(|error| failed(path, &error))?;
        let digest = Sha256::new().chain_update(header).chain_update(&fences).finalize();
        if header != shape.header() || Digest(digest.into()) != facts.index {
            return Err(damaged(path, "its header or index was changed"));
        }
        Ok(Self { path: path.into(), source: Mutex::new(source), shape, facts, index: fences })
    }

    fn fences(&self) -> &[[u8; FENCE_BYTES]] {
        self.index.as_chunks().0
    }

    /// How many blocks there are.
    fn blocks(&self) -> usize {
        self.index.len() / FENCE_BYTES
    }

    /// The block in which a token is, if it is anywhere.
    fn block_of(&self, token: &Token) -> usize {
        self.fences().partition_point(|fence| fence[..TOKEN_BYTES] <= token[..]).saturating_sub(1)
    }

    /// Reads a block into `block`, and checks its digest.
    fn load(&self, number: usize, block: &mut Vec<u8>) -> Result<(), PsiError> {
        let (stride, rows) = (self.shape.stride(), self.shape.block_rows() as u64);
        let before = number as u64 * rows;
        let here = (self.facts.rows - before).min(rows);
        block.resize(usize::try_from(here).expect("at most 256") * stride, 0);
        let mut source = self.source.lock().expect("no thread panics while it reads");
        let start = HEADER_BYTES as u64 + before * stride as u64;
        let read = source.seek(SeekFrom::Start(start)).and_then(|_| source.read_exact(block));
        read.map_err(|error| failed(&self.path, &error))?;
        if self.fences()[number][TOKEN_BYTES + 1..] == block_digest(block) {
            Ok(())
        } else {
            Err(damaged(&self.path, format!("block {number} was changed")))
        }
    }

    /// Reads everything and checks order and counts.
    pub(in crate::unbalanced) fn check(&self) -> Result<(), PsiError> {
        let (mut cursor, mut last, mut rows, mut gone) = (Cursor::new(self), None, 0, 0);
        while let Some(row) = cursor.row()? {
            let (token, kind) =
                (*row.first_chunk::<TOKEN_BYTES>().expect("a row is longer"), row[TOKEN_BYTES]);
            if kind > GONE || last.is_some_and(|last| last >= token) {
                return Err(damaged(&self.path, format!("row {rows} is out of order")));
            }
            last = Some(token);
            rows += 1;
            gone += u64::from(kind == GONE);
            cursor.advance();
        }
        if (rows, gone) == (self.facts.rows, self.facts.gone) {
            Ok(())
        } else {
            Err(damaged(&self.path, format!("it has {rows} rows, {gone} of them deletions")))
        }
    }
}

/// A place among the rows of a segment.
pub(in crate::unbalanced) struct Cursor<'a> {
    segment: &'a Segment,
    block: Vec<u8>,
    /// The number of the block after the one that is loaded.
    next: usize,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::unbalanced) fn new(segment: &'a Segment) -> Self {
        Self { segment, block: Vec::new(), next: 0, at: 0 }
    }

    /// The row here, `None` at the end.
    pub(in crate::unbalanced) fn row(&mut self) -> Result<Option<&[u8]>, PsiError> {
        if self.at == self.block.len() {
            if self.next == self.segment.blocks() {
                return Ok(None);
            }
            self.segment.load(self.next, &mut self.block)?;
            self.next += 1;
            self.at = 0;
        }
        Ok(Some(&self.block[self.at..self.at + self.segment.shape.stride()]))
    }

    /// The token here.
    pub(in crate::unbalanced) fn token(&mut self) -> Result<Option<Token>, PsiError> {
        Ok(self.row()?.map(|row| *row.first_chunk().expect("a row is longer than a token")))
    }

    /// On to the next row.
    pub(in crate::unbalanced) fn advance(&mut self) {
        self.at = (self.at + self.segment.shape.stride()).min(self.block.len());
    }

    /// To the first row whose token is not below `token`, forwards or backwards.
    pub(in crate::unbalanced) fn seek(&mut self, token: &Token) -> Result<(), PsiError> {
        if self.segment.blocks() == 0 {
            return Ok(());
        }
        let number = self.segment.block_of(token);
        if self.next != number + 1 {
            self.segment.load(number, &mut self.block)?;
            self.next = number + 1;
        }
        let stride = self.segment.shape.stride();
        let (mut low, mut high) = (0, self.block.len() / stride);
        while low < high {
            let middle = low.midpoint(high);
            let row = &self.block[middle * stride..];
            if row[..TOKEN_BYTES] < token[..] { low = middle + 1 } else { high = middle }
        }
        self.at = low * stride;
        Ok(())
    }
}
