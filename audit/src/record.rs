//! What is kept for good: one record of the audit log.
//!
//! # The line
//!
//! One JSON object on one line, keys in this order and no others:
//!
//! | key | heading | value |
//! |---|---|---|
//! | `time` | 时间 | RFC 3339, milliseconds, offset `+08:00`: `2026-11-21T14:03:05.120+08:00` |
//! | `user` | 用户 | who acted |
//! | `ip` | IP地址 | from which address (IPv4 or IPv6) |
//! | `object` | 操作对象 | what was acted on |
//! | `content` | 操作内容 | the particulars |
//! | `action` | 操作行为 | what was done |
//! | `result` | 操作结果 | how it ended, refusals included |
//! | `stage` | 生命周期阶段 | one of the six of [`Stage`] |
//! | `prev` | 前记录摘要 | SHA-256 of the record before, 64 hex characters; zeros for the first |
//! | `signature` | 签名 | Ed25519, 128 hex characters |
//!
//! A line has one spelling only: a line that parses but is not byte for byte what this module would
//! write (spaces, escapes, capital hex digits, another offset) is refused. So every byte of the file
//! is under the signature or under this rule.
//!
//! # Canonical bytes
//!
//! What is signed is not the JSON text but a byte string with one reading: the domain
//! `yinshu/audit/record/v1` and the fields `time` (milliseconds since 1970-01-01T00:00Z, `i64`
//! big-endian), `user`, `ip` (text), `object`, `content`, `action`, `result`, `stage` (its key),
//! `prev` (32 bytes), each preceded by its length as a `u64` little-endian. The digest of a record is
//! the SHA-256 of those bytes followed by the signature (its 128 characters) in the same manner.

use crate::error::AuditError;
use jiff::{Timestamp, Unit, fmt::temporal::DateTimePrinter, tz::Offset};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::IpAddr;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, SignError, Signature, SigningKey};

/// The domain under which records are signed.
pub const DOMAIN: &str = "yinshu/audit/record/v1";

/// Longest line, without its newline. Twice the text fields (a quote or a backslash takes two bytes
/// in JSON) and the rest fit with room to spare.
pub const MAX_LINE: usize = 32 << 10;

/// Longest `content`, in bytes of UTF-8.
pub const MAX_CONTENT: usize = 8 << 10;

/// Longest `user`, `object`, `action` or `result`, in bytes of UTF-8.
pub const MAX_FIELD: usize = 512;

/// The stage of the data's life in which something was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 采集: taken in.
    Collection,
    /// 传输: carried from place to place.
    Transfer,
    /// 存储: kept.
    Storage,
    /// 处理: worked on.
    Processing,
    /// 交换: shared between parties.
    Exchange,
    /// 销毁: destroyed.
    Destruction,
}

impl Stage {
    /// All six, in the order of the data's life.
    pub const ALL: [Self; 6] = [
        Self::Collection,
        Self::Transfer,
        Self::Storage,
        Self::Processing,
        Self::Exchange,
        Self::Destruction,
    ];

    /// The key used in the log: `collection`, `transfer`, `storage`, `processing`, `exchange`,
    /// `destruction`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Transfer => "transfer",
            Self::Storage => "storage",
            Self::Processing => "processing",
            Self::Exchange => "exchange",
            Self::Destruction => "destruction",
        }
    }

    /// The name the rules use.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Collection => "采集",
            Self::Transfer => "传输",
            Self::Storage => "存储",
            Self::Processing => "处理",
            Self::Exchange => "交换",
            Self::Destruction => "销毁",
        }
    }
}

/// What a caller says happened: a record before it has a time, a predecessor and a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 用户: who acted.
    pub user: String,
    /// IP地址: from where.
    pub ip: IpAddr,
    /// 操作对象: what was acted on.
    pub object: String,
    /// 操作内容: the particulars, at most [`MAX_CONTENT`] bytes.
    pub content: String,
    /// 操作行为: what was done.
    pub action: String,
    /// 操作结果: how it ended.
    pub result: String,
    /// 生命周期阶段.
    pub stage: Stage,
}

impl Entry {
    /// The same entry made to fit: control characters, line separators and text-direction overrides
    /// become U+FFFD, an overlong field is cut and ends in `…`, an empty one becomes `-`.
    ///
    /// For words that came from outside (a peer's message, a file name): such an event is recorded
    /// in this form rather than not at all.
    #[must_use]
    pub fn fitted(self) -> Self {
        Self {
            user: fit(&self.user, MAX_FIELD),
            ip: self.ip,
            object: fit(&self.object, MAX_FIELD),
            content: fit(&self.content, MAX_CONTENT),
            action: fit(&self.action, MAX_FIELD),
            result: fit(&self.result, MAX_FIELD),
            stage: self.stage,
        }
    }

    fn fields(&self) -> [(&'static str, &str, usize); 5] {
        [
            ("user", &self.user, MAX_FIELD),
            ("object", &self.object, MAX_FIELD),
            ("content", &self.content, MAX_CONTENT),
            ("action", &self.action, MAX_FIELD),
            ("result", &self.result, MAX_FIELD),
        ]
    }

    fn check(&self) -> Result<(), AuditError> {
        for (field, text, max) in self.fields() {
            if text.is_empty() {
                return Err(AuditError::EmptyField { field: Cow::Borrowed(field) });
            }
            if text.len() > max {
                return Err(AuditError::LongField { field: Cow::Borrowed(field), bytes: text.len(), max });
            }
            if text.chars().any(misleading) {
                return Err(AuditError::UnprintableField { field: Cow::Borrowed(field) });
            }
        }
        Ok(())
    }
}

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// 时间, to the millisecond.
    #[serde(with = "time_text")]
    pub time: Timestamp,
    /// 用户.
    pub user: String,
    /// IP地址.
    pub ip: IpAddr,
    /// 操作对象.
    pub object: String,
    /// 操作内容.
    pub content: String,
    /// 操作行为.
    pub action: String,
    /// 操作结果.
    pub result: String,
    /// 生命周期阶段.
    pub stage: Stage,
    /// Digest of the record before this one, [`Digest::ZERO`] in the first.
    pub prev: Digest,
    /// Signature over the canonical bytes.
    pub signature: Signature,
}

impl Record {
    /// Makes and signs a record. `now` is rounded down to the millisecond.
    ///
    /// # Errors
    /// [`AuditError::EmptyField`], [`AuditError::LongField`], [`AuditError::UnprintableField`].
    pub fn sign(entry: &Entry, now: Timestamp, prev: Digest, key: &SigningKey) -> Result<Self, AuditError> {
        entry.check()?;
        let time = to_millisecond(now);
        let signature = key.sign(DOMAIN, &canonical(time, entry, &prev));
        let Entry { user, ip, object, content, action, result, stage } = entry.clone();
        Ok(Self { time, user, ip, object, content, action, result, stage, prev, signature })
    }

    /// The bytes that are signed (see the module's text).
    pub fn canonical(&self) -> Vec<u8> {
        canonical(self.time, &self.entry(), &self.prev)
    }

    /// SHA-256 over the canonical bytes and the signature: the next record's `prev`, and this
    /// record's leaf in the Merkle tree.
    pub fn digest(&self) -> Digest {
        let mut bytes = self.canonical();
        push_part(&mut bytes, self.signature.to_string().as_bytes());
        Digest::sha256(&bytes)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`SignError::DoesNotVerify`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignError> {
        key.verify(DOMAIN, &self.canonical(), &self.signature)
    }

    /// The line form, newline included.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("strings and an enum always serialise");
        line.push('\n');
        line
    }

    /// Reads a line (without its newline). No signature is checked.
    ///
    /// # Errors
    /// [`AuditError::BadLine`] when the line is longer than [`MAX_LINE`], is not this record's one
    /// spelling, or breaks a limit on its fields.
    pub fn from_line(line: &[u8]) -> Result<Self, AuditError> {
        let bad = |detail: String| AuditError::BadLine { detail };
        if line.len() > MAX_LINE {
            return Err(bad(format!("longer than {MAX_LINE} bytes")));
        }
        let record: Self = serde_json::from_slice(line).map_err(|e| bad(e.to_string()))?;
        record.entry().check().map_err(|e| bad(e.to_string()))?;
        let spelled = record.to_line();
        if spelled.as_bytes().strip_suffix(b"\n") != Some(line) {
            return Err(bad("not spelled the way a record is written".into()));
        }
        Ok(record)
    }

    /// The part a caller gave.
    pub fn entry(&self) -> Entry {
        Entry {
            user: self.user.clone(),
            ip: self.ip,
            object: self.object.clone(),
            content: self.content.clone(),
            action: self.action.clone(),
            result: self.result.clone(),
            stage: self.stage,
        }
    }
}

/// A time as the log writes it: RFC 3339, milliseconds, China Standard Time.
pub fn time_text(time: Timestamp) -> String {
    DateTimePrinter::new().precision(Some(3)).timestamp_with_offset_to_string(&time, Offset::constant(8))
}

fn canonical(time: Timestamp, entry: &Entry, prev: &Digest) -> Vec<u8> {
    let ip = entry.ip.to_string();
    let parts: [&[u8]; 10] = [
        DOMAIN.as_bytes(),
        &time.as_millisecond().to_be_bytes(),
        entry.user.as_bytes(),
        ip.as_bytes(),
        entry.object.as_bytes(),
        entry.content.as_bytes(),
        entry.action.as_bytes(),
        entry.result.as_bytes(),
        entry.stage.key().as_bytes(),
        &prev.0,
    ];
    let mut bytes = Vec::with_capacity(parts.iter().map(|p| p.len() + 8).sum());
    for part in parts {
        push_part(&mut bytes, part);
    }
    bytes
}

fn push_part(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_le_bytes());
    bytes.extend(part);
}

/// Rounded towards the past, so that a record never claims a time that had not come.
fn to_millisecond(time: Timestamp) -> Timestamp {
    let rounding = jiff::TimestampRound::new().smallest(Unit::Millisecond).mode(jiff::RoundMode::Floor);
    time.round(rounding).unwrap_or(time)
}

/// Characters that would let one record look like two, or read otherwise than it is: controls, the
/// Unicode line and paragraph separators, and bidirectional overrides and isolates (UAX #9).
fn misleading(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn fit(text: &str, max: usize) -> String {
    if text.is_empty() {
        return "-".into();
    }
    let clean: String =
        text.chars().map(|c| if misleading(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if clean.len() <= max {
        return clean;
    }
    let mut cut = clean[..clean.floor_char_boundary(max - '…'.len_utf8())].to_owned();
    cut.push('…');
    cut
}

mod time_text {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::time_text(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
