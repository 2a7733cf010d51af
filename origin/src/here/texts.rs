//! Many short texts in one piece of memory, and names numbered as they are first met.

use crate::error::VerifyError;
use foldhash::fast::RandomState;
use std::collections::HashMap;

const NULL: u16 = u16::MAX;

/// Texts one after another, each preceded by its length: a few bytes a text instead of an allocation.
#[derive(Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
}

impl Texts {
    /// Where the next text will be.
    pub(crate) fn end(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn push(&mut self, text: Option<&str>) -> Result<(), VerifyError> {
        let Some(text) = text else {
            self.bytes.extend(NULL.to_le_bytes());
            return Ok(());
        };
        let len = u16::try_from(text.len()).ok().filter(|len| *len != NULL).ok_or_else(|| {
            let (found, limit) = (text.len() as u64, u64::from(NULL - 1));
            VerifyError::TooMany { what: "bytes in one value".into(), found, limit }
        })?;
        self.bytes.extend(len.to_le_bytes());
        self.bytes.extend(text.as_bytes());
        Ok(())
    }

    /// The texts from `at` on: as many as were pushed there, then those of the next row.
    pub(crate) fn from(&self, at: u64) -> impl Iterator<Item = Option<&str>> {
        let mut rest = self.bytes.get(at as usize..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (len, after) = rest.split_first_chunk()?;
            let len = u16::from_le_bytes(*len);
            if len == NULL {
                rest = after;
                return Some(None);
            }
            let (text, after) = after.split_at_checked(usize::from(len))?;
            rest = after;
            Some(std::str::from_utf8(text).ok())
        })
    }

    /// The first text at `at`, which is a key and never null.
    pub(crate) fn key(&self, at: u64) -> &str {
        self.from(at).next().flatten().unwrap_or_default()
    }
}

/// Names numbered from 0 as they are first met.
#[derive(Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, u32, RandomState>,
    names: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    pub(crate) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let mut texts = Texts::default();
        texts.push(Some("张三")).expect("short");
        let at = texts.end();
        for text in [Some("a"), None, Some("")] {
            texts.push(text).expect("short");
        }
        assert_eq!(texts.key(0), "张三");
        assert_eq!(texts.from(at).collect::<Vec<_>>(), [Some("a"), None, Some("")]);
        assert_eq!(texts.push(Some(&"x".repeat(65535))).expect_err("too long").code(), 5114);
        assert_eq!(texts.from(1 << 40).count(), 0);
    }
}
