//! One pass over a log: bounded lines, chain, signatures, tree, checkpoint; and, at the first record
//! that does not fit, a look ahead to say how it does not.

use crate::error::{AuditError, Break};
use crate::merkle::{Head, Tree};
use crate::record::{MAX_LINE, Record};
use jiff::Timestamp;
use std::io::{self, BufRead};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;

/// At most so many places where time goes backwards are kept; the rest are counted.
pub(crate) const MAX_BACKWARDS: usize = 100;

/// Called with each good record and its number, from 1.
pub(crate) type Each<'a> = &'a mut dyn FnMut(u64, &Record) -> Result<(), AuditError>;

/// What to hold a log against.
pub(crate) struct Against<'a> {
    /// For messages.
    pub(crate) path: &'a Path,
    pub(crate) key: &'a PublicKey,
    /// A verified head: the first `size` records must have this root.
    pub(crate) head: Option<Head>,
    /// Whether signatures of records under `head` are left to the head's own signature.
    pub(crate) trust_head: bool,
    /// Whether an unfinished last line is an error.
    pub(crate) whole: bool,
}

/// What a pass found.
#[derive(Default)]
pub(crate) struct Chain {
    pub(crate) tree: Tree,
    pub(crate) last_digest: Option<Digest>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) backwards: Vec<u64>,
    pub(crate) backwards_count: u64,
    /// Bytes of whole records.
    pub(crate) good_bytes: u64,
    /// Bytes after them.
    pub(crate) torn_bytes: u64,
}

impl Chain {
    /// Reads all of `input`.
    pub(crate) fn read(
        input: impl BufRead,
        against: &Against<'_>,
        each: Each<'_>,
    ) -> Result<Self, AuditError> {
        let mut lines = Lines { input, path: against.path, line: Vec::new() };
        let mut chain = Self::default();
        loop {
            match lines.next()? {
                Line::End => break,
                Line::Torn(bytes) => {
                    chain.torn_bytes = bytes;
                    break;
                }
                Line::TooLong => {
                    return Err(AuditError::changed(chain.next(), format!("longer than {MAX_LINE} bytes")));
                }
                Line::Whole => {
                    if let Some(bytes) = chain.torn_by_nul(&mut lines, against)? {
                        chain.torn_bytes = bytes;
                        break;
                    }
                    let record = chain.admit(&mut lines, against)?;
                    each(chain.tree.len(), &record)?;
                }
            }
        }
        if against.whole && chain.torn_bytes > 0 {
            let what = Break::Torn { bytes: chain.torn_bytes };
            return Err(AuditError::Broken { record: chain.next(), what });
        }
        match against.head {
            Some(head) if head.size > chain.tree.len() => {
                Err(AuditError::Truncated { records: chain.tree.len(), checkpoint: head.size })
            }
            Some(head) if head.size == 0 && head != Tree::new().head() => {
                Err(AuditError::Rewritten { checkpoint: 0 })
            }
            _ => Ok(chain),
        }
    }

    /// Digest the next record must name as its predecessor.
    pub(crate) fn tip(&self) -> Digest {
        self.last_digest.unwrap_or(Digest::ZERO)
    }

    /// Number of the record to come.
    fn next(&self) -> u64 {
        self.tree.len() + 1
    }

    /// When a log is opened for writing: a last line that holds NUL bytes, which no record does, is
    /// what some file systems leave of a write that a power cut interrupted.
    fn torn_by_nul<R: BufRead>(
        &self,
        lines: &mut Lines<'_, R>,
        against: &Against<'_>,
    ) -> Result<Option<u64>, AuditError> {
        if against.whole || !lines.line.contains(&0) || !lines.at_end()? {
            return Ok(None);
        }
        Ok(Some(lines.line.len() as u64 + 1))
    }

    fn admit<R: BufRead>(
        &mut self,
        lines: &mut Lines<'_, R>,
        against: &Against<'_>,
    ) -> Result<Record, AuditError> {
        let record = match Record::from_line(&lines.line) {
            Ok(record) => record,
            Err(e) => return Err(self.diagnose_unsigned(lines, against, None, &e.to_string())?),
        };
        let number = self.next();
        let trusted = against.trust_head && against.head.is_some_and(|h| number <= h.size);
        let digest = record.digest();
        if !trusted && record.verify(against.key).is_err() {
            let detail = "its signature does not verify";
            return Err(self.diagnose_unsigned(lines, against, Some(digest), detail)?);
        }
        if record.prev != self.tip() {
            return Err(self.diagnose_order(lines, &record, digest)?);
        }
        let size = lines.line.len() as u64 + 1;
        self.take(&record, digest, size);
        match against.head {
            Some(head) if head.size == number && head != self.tree.head() => {
                Err(AuditError::Rewritten { checkpoint: head.size })
            }
            _ => Ok(record),
        }
    }

    /// Adds a record known to be good.
    pub(crate) fn take(&mut self, record: &Record, digest: Digest, line_bytes: u64) {
        if self.last.is_some_and(|last| record.time < last) {
            self.backwards_count += 1;
            if self.backwards.len() < MAX_BACKWARDS {
                self.backwards.push(self.next());
            }
        }
        self.first.get_or_insert(record.time);
        self.last = Some(record.time);
        self.tree.push(digest);
        self.last_digest = Some(digest);
        self.good_bytes += line_bytes;
    }

    /// The record at hand is not what this key signed (`digest` is its digest when it parses): the
    /// next record tells whether it was changed, put in, or signed by another key.
    fn diagnose_unsigned<R: BufRead>(
        &self,
        lines: &mut Lines<'_, R>,
        against: &Against<'_>,
        digest: Option<Digest>,
        detail: &str,
    ) -> Result<AuditError, AuditError> {
        let detail = detail.to_owned();
        let follower = lines.next_record()?;
        let what = match (follower, digest) {
            (Some(next), _) if next.prev == self.tip() && next.verify(against.key).is_ok() => {
                Break::Inserted { detail: format!("the next record follows the one before it; {detail}") }
            }
            (Some(next), Some(digest)) if next.prev == digest => Break::WrongKey,
            (None, Some(_)) if lines.line.is_empty() => Break::BadSignature,
            _ => Break::Changed { detail },
        };
        Ok(AuditError::Broken { record: self.next(), what })
    }

    /// The record at hand is genuine and does not follow the one before it.
    fn diagnose_order<R: BufRead>(
        &self,
        lines: &mut Lines<'_, R>,
        record: &Record,
        digest: Digest,
    ) -> Result<AuditError, AuditError> {
        let number = self.next();
        let broken = |what| Ok(AuditError::Broken { record: number, what });
        if let Some(same) = self.tree.position(&digest) {
            return broken(Break::Inserted { detail: format!("a copy of record {}", same + 1) });
        }
        let follows = if record.prev == Digest::ZERO {
            Some(0)
        } else {
            self.tree.position(&record.prev).map(|p| p + 1)
        };
        if let Some(follows) = follows {
            return broken(Break::Inserted { detail: format!("it claims to follow record {follows}") });
        }
        let mut later = number;
        while let Some(other) = lines.next_record()? {
            later += 1;
            if other.digest() == record.prev {
                return broken(Break::Reordered { predecessor: later });
            }
        }
        broken(Break::Removed)
    }
}

enum Line {
    /// A whole line, in `Lines::line` without its newline.
    Whole,
    /// So many bytes without a newline at the end of the file.
    Torn(u64),
    /// A line longer than any record, with more lines after it.
    TooLong,
    End,
}

/// Lines of bounded length.
struct Lines<'a, R> {
    input: R,
    path: &'a Path,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> Result<Line, AuditError> {
        self.line.clear();
        let mut dropped = 0u64;
        loop {
            let chunk = fill(&mut self.input, self.path)?;
            if chunk.is_empty() {
                let torn = self.line.len() as u64 + dropped;
                return Ok(if torn == 0 { Line::End } else { Line::Torn(torn) });
            }
            let newline = chunk.iter().position(|b| *b == b'\n');
            let part = &chunk[..newline.unwrap_or(chunk.len())];
            if dropped == 0 && self.line.len() + part.len() <= MAX_LINE {
                self.line.extend_from_slice(part);
            } else {
                dropped += part.len() as u64;
            }
            let used = part.len() + usize::from(newline.is_some());
            self.input.consume(used);
            if newline.is_some() {
                return Ok(if dropped == 0 { Line::Whole } else { Line::TooLong });
            }
        }
    }

    /// The next line, if it is a whole record. When the file has ended, `line` is left empty.
    fn next_record(&mut self) -> Result<Option<Record>, AuditError> {
        Ok(match self.next()? {
            Line::Whole => Record::from_line(&self.line).ok(),
            _ => None,
        })
    }

    fn at_end(&mut self) -> Result<bool, AuditError> {
        Ok(fill(&mut self.input, self.path)?.is_empty())
    }
}

fn fill<'r>(input: &'r mut impl BufRead, path: &Path) -> Result<&'r [u8], AuditError> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(AuditError::io("read", path, &e)),
        }
    }
    // Asked again because a borrow cannot leave the loop; what was filled is still there.
    input.fill_buf().map_err(|e| AuditError::io("read", path, &e))
}
