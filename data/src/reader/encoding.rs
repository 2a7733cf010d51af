//! Bytes to UTF-8, streaming, with every malformed sequence accounted for (R06).
//!
//! Order of belief: a byte-order mark; NUL bytes that only UTF-16 explains; strict UTF-8; GB 18030-2022 (which holds
//! GBK and GB 2312). Decoding is `encoding_rs`'s, after the WHATWG Encoding Standard, whose `gb18030` index follows
//! the 2022 edition.

use std::io::{ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult};
use serde::Serialize;

use super::sniff;
use crate::error::DataError;
use crate::source::{Malformed, Source};

mod guess;

/// A text encoding, named as `encoding = "…"` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, checked strictly.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB 18030-2022.
    #[serde(rename = "gb18030")]
    Gb18030,
    /// UTF-16, low byte first, as Excel's “Unicode text”.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Big5, only when it is asked for.
    #[serde(rename = "big5")]
    Big5,
}

impl Encoding {
    /// The name, as configuration and reports have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Big5 => "big5",
        }
    }

    fn from_name(name: &str) -> Result<Self, DataError> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" | "cp936" => Ok(Self::Gb18030),
            "utf-16le" | "utf16le" | "unicode" => Ok(Self::Utf16Le),
            "utf-16be" | "utf16be" => Ok(Self::Utf16Be),
            "big5" => Ok(Self::Big5),
            _ => Err(DataError::OptionValue {
                option: "encoding".to_owned(),
                value: format!("{name:?}"),
                reason: "it is one of utf-8, gb18030 (gbk, gb2312), utf-16le, utf-16be, big5".to_owned(),
            }),
        }
    }

    /// What to try when this one turns out wrong.
    fn alternative(self) -> Self {
        match self {
            Self::Gb18030 => Self::Big5,
            _ => Self::Gb18030,
        }
    }

    /// The decoder, or `None` for UTF-8, which is checked in place.
    fn decoder(self) -> Option<Decoder> {
        let encoding = match self {
            Self::Utf8 => return None,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Big5 => encoding_rs::BIG5,
        };
        Some(encoding.new_decoder_without_bom_handling())
    }
}

/// Bytes read from the file at a time.
const RAW: usize = 64 << 10;

/// A file as chunks of UTF-8. A chunk ends where the input buffer did, between characters but anywhere in a record.
pub(super) struct TextStream<R> {
    input: R,
    path: String,
    encoding: Encoding,
    /// A byte-order mark was found.
    pub(super) bom: bool,
    /// The encoding was guessed from ASCII alone and may still turn out to be GB18030.
    undecided: bool,
    pub(super) big5_suspected: bool,
    decoder: Option<Decoder>,
    malformed: Malformed,
    raw: Vec<u8>,
    /// Bytes of `raw` not yet decoded.
    unread: std::ops::Range<usize>,
    /// Bytes of the file before `raw[unread.start]`.
    offset: u64,
    /// Line breaks decoded so far.
    line_breaks: u64,
    ended: bool,
    text: Vec<u8>,
    text_len: usize,
    pub(super) private_use: u64,
    pub(super) replaced: u64,
}

impl<R: Read> TextStream<R> {
    /// `sample` holds the first bytes of `input`, which still has them.
    pub(super) fn new(input: R, path: &str, sample: &[u8], source: &Source) -> Result<Self, DataError> {
        Self::with_chunk(input, path, sample, source, RAW)
    }

    /// As [`new`](Self::new), with `chunk` bytes (at least 8) read at a time.
    pub(super) fn with_chunk(
        input: R,
        path: &str,
        sample: &[u8],
        source: &Source,
        chunk: usize,
    ) -> Result<Self, DataError> {
        let guess = guess::guess(sample);
        let encoding = match (&source.encoding, &guess) {
            (None, Some(guess)) => guess.encoding,
            (None, None) => return Err(wrong_format(path, sample)),
            (Some(name), guess) => {
                let given = Encoding::from_name(name)?;
                refuse_contradiction(given, guess.as_ref(), name)?;
                if !matches!(given, Encoding::Utf16Le | Encoding::Utf16Be) && guess::is_binary(sample) {
                    return Err(wrong_format(path, sample));
                }
                given
            }
        };
        let bom = guess.as_ref().map_or(0, |guess| guess.bom);
        let mut stream = Self {
            input,
            path: path.to_owned(),
            encoding,
            bom: bom > 0,
            undecided: source.encoding.is_none() && bom == 0 && encoding == Encoding::Utf8,
            big5_suspected: source.encoding.is_none() && guess.is_some_and(|guess| guess.big5_suspected),
            decoder: encoding.decoder(),
            malformed: source.malformed.unwrap_or_default(),
            raw: vec![0; chunk],
            unread: 0..0,
            offset: 0,
            line_breaks: 0,
            ended: false,
            text: Vec::new(),
            text_len: 0,
            private_use: 0,
            replaced: 0,
        };
        stream.fill()?;
        stream.consume(bom.min(stream.unread.len()));
        Ok(stream)
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The chunk decoded last.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text[..self.text_len]
    }

    /// Decodes the next chunk into [`text`](Self::text); `false` at the end of the file.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            self.text_len = 0;
            self.fill()?;
            if self.unread.is_empty() && self.ended && self.decoder.is_none() {
                return Ok(false);
            }
            let finished = match self.decoder.take() {
                None => self.check_utf8().map(|()| false)?,
                Some(mut decoder) => {
                    let finished = self.decode(&mut decoder)?;
                    self.decoder = (!finished).then_some(decoder);
                    finished
                }
            };
            if self.text_len > 0 {
                self.take_note();
                return Ok(true);
            }
            if finished {
                return Ok(false);
            }
        }
    }

    /// Reads until `raw` is full or the file ends, keeping what was not decoded.
    fn fill(&mut self) -> Result<(), DataError> {
        self.raw.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        while !self.ended && self.unread.end < self.raw.len() {
            match self.input.read(&mut self.raw[self.unread.end..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.unread.end += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(DataError::Read { path: self.path.clone(), reason: e.to_string() }),
            }
        }
        Ok(())
    }

    fn consume(&mut self, bytes: usize) {
        self.unread.start += bytes;
        self.offset += bytes as u64;
    }

    /// Moves the valid part of `raw` to `text`. An ASCII file that turns out not to be UTF-8 goes on as GB18030, in
    /// which ASCII is the same.
    fn check_utf8(&mut self) -> Result<(), DataError> {
        let unread = &self.raw[self.unread.clone()];
        let (valid, bad) = match std::str::from_utf8(unread) {
            Ok(_) => (unread.len(), 0),
            Err(e) => {
                let cut = unread.len() - e.valid_up_to();
                let bad = e.error_len().unwrap_or(if self.ended { cut } else { 0 });
                (e.valid_up_to(), bad)
            }
        };
        self.make_room(valid + 3);
        self.text[..valid].copy_from_slice(&self.raw[self.unread.start..self.unread.start + valid]);
        self.text_len = valid;
        self.undecided &= self.text[..valid].is_ascii();
        self.consume(valid);
        if bad == 0 {
            return Ok(());
        }
        if self.undecided {
            self.encoding = Encoding::Gb18030;
            self.decoder = self.encoding.decoder();
            self.undecided = false;
            return Ok(());
        }
        self.malformed_at(self.offset)?;
        self.consume(bad);
        self.replace();
        Ok(())
    }

    /// Decodes all of `raw`; `true` when the file's last byte was.
    fn decode(&mut self, decoder: &mut Decoder) -> Result<bool, DataError> {
        let unread = self.unread.len();
        let room = decoder.max_utf8_buffer_length_without_replacement(unread).unwrap_or(unread * 4) + 3;
        self.make_room(room);
        loop {
            let (result, nin, nout) = decoder.decode_to_utf8_without_replacement(
                &self.raw[self.unread.clone()],
                &mut self.text[self.text_len..],
                self.ended,
            );
            self.text_len += nout;
            self.consume(nin);
            match result {
                DecoderResult::InputEmpty => return Ok(self.ended),
                DecoderResult::OutputFull => self.make_room(self.text.len() + RAW),
                DecoderResult::Malformed(bad, after) => {
                    self.malformed_at(self.offset - u64::from(bad) - u64::from(after))?;
                    self.make_room(self.text_len + room);
                    self.replace();
                }
            }
        }
    }

    fn make_room(&mut self, bytes: usize) {
        if self.text.len() < bytes {
            self.text.resize(bytes, 0);
        }
    }

    /// Refuses a malformed sequence, or counts it.
    fn malformed_at(&mut self, offset: u64) -> Result<(), DataError> {
        if self.malformed == Malformed::Replace {
            self.replaced += 1;
            return Ok(());
        }
        let breaks = self.line_breaks + memchr::memchr_iter(b'\n', self.text()).count() as u64;
        Err(DataError::Encoding {
            path: self.path.clone(),
            encoding: self.encoding.name().to_owned(),
            offset,
            line: breaks + 1,
            try_encoding: self.encoding.alternative().name().to_owned(),
        })
    }

    fn replace(&mut self) {
        let mark = "\u{FFFD}".as_bytes();
        self.text[self.text_len..self.text_len + mark.len()].copy_from_slice(mark);
        self.text_len += mark.len();
    }

    /// Counts line breaks (for errors) and private-use code points U+E000 to U+F8FF (UTF-8 EE 80 80 to EF A3 BF).
    fn take_note(&mut self) {
        let text = &self.text[..self.text_len];
        let breaks = memchr::memchr_iter(b'\n', text).count();
        let private = memchr::memchr2_iter(0xEE, 0xEF, text)
            .filter(|&i| text[i] == 0xEE || text.get(i + 1).is_some_and(|&b| b <= 0xA3))
            .count();
        self.line_breaks += breaks as u64;
        self.private_use += private as u64;
    }
}

fn wrong_format(path: &str, sample: &[u8]) -> DataError {
    DataError::WrongFormat {
        path: path.to_owned(),
        expected: "csv".to_owned(),
        found: sniff::known_as(sample).unwrap_or("binary data").to_owned(),
    }
}

/// A byte-order mark outranks an option that says otherwise: one of the two is a mistake.
fn refuse_contradiction(given: Encoding, guess: Option<&guess::Guess>, name: &str) -> Result<(), DataError> {
    match guess {
        Some(guess) if guess.bom > 0 && guess.encoding != given => Err(DataError::OptionValue {
            option: "encoding".to_owned(),
            value: format!("{name:?}"),
            reason: format!("the file begins with the byte-order mark of {}", guess.encoding.name()),
        }),
        _ => Ok(()),
    }
}
