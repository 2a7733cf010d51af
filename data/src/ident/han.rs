//! The quick path of Chinese text: a cell that is plainly fine is told by one look at each character.

use super::null::NullWords;

const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;
const WORDS: usize = ((LAST - FIRST) as usize >> 6) + 1;

/// Characters at which a cell must be looked at slowly.
#[derive(Clone)]
pub struct Alarm {
    ascii: [bool; 128],
    han: Box<[u64; WORDS]>,
}

impl Alarm {
    /// Rings at the first character of every null word, at 锟 (R18), and at `more`.
    pub fn new(nulls: &NullWords, more: impl IntoIterator<Item = char>) -> Self {
        let mut alarm = Self { ascii: [false; 128], han: Box::new([0; WORDS]) };
        alarm.ring_at('锟');
        for c in nulls.iter().filter_map(|word| word.chars().next()).chain(more) {
            alarm.ring_at(c);
            alarm.ring_at(c.to_ascii_uppercase());
        }
        alarm
    }

    fn ring_at(&mut self, c: char) {
        match c as u32 {
            code if code < 128 => self.ascii[code as usize] = true,
            code @ FIRST..=LAST => {
                let bit = code - FIRST;
                self.han[bit as usize >> 6] |= 1 << (bit & 63);
            }
            _ => {} // everything else is looked at slowly anyway
        }
    }

    /// May a cell that starts with this byte be taken on the quick path of ASCII values?
    #[inline]
    pub fn quiet(&self, first: u8) -> bool {
        first < 128 && !self.ascii[first as usize]
    }

    /// Is the text of one or more Han characters (U+3400..U+9FFF) joined by single U+00B7, with no alarm?
    #[inline]
    pub fn plain_han(&self, text: &[u8]) -> bool {
        let mut rest = text;
        loop {
            match rest {
                [a @ 0xe3..=0xe9, b, c, tail @ ..] => {
                    let code = (u32::from(*a & 15) << 12) | (u32::from(*b & 63) << 6) | u32::from(*c & 63);
                    if !(FIRST..=LAST).contains(&code) {
                        return false;
                    }
                    let bit = code - FIRST;
                    if self.han[bit as usize >> 6] >> (bit & 63) & 1 != 0 {
                        return false;
                    }
                    rest = match tail {
                        [] => return true,
                        [0xc2, 0xb7, more @ ..] => more,
                        more => more,
                    };
                }
                _ => return false,
            }
        }
    }
}

/// Is this a Han character of any block that names use (extensions and compatibility ideographs, 〇)?
pub fn is_han(c: char) -> bool {
    matches!(c as u32, 0x3400..=0x9fff | 0x3007 | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// Is this a private-use character (R08: 户籍 systems kept rare characters there before they had a code)?
pub fn is_private_use(c: char) -> bool {
    matches!(c as u32, 0xe000..=0xf8ff | 0xf0000..=0x10_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_plain_text() {
        let alarm = Alarm::new(&NullWords::default(), ['昇']);
        for text in ["张三", "买买提·吐尔逊", "㛃"] {
            assert!(alarm.plain_han(text.as_bytes()), "{text}");
        }
        for text in
            ["", "无", "张昇", "张三 ", "张·", "·张", "张··三", "𬭎", "A", "锟斤拷", "\u{e000}", "张\u{b7}"]
        {
            assert!(!alarm.plain_han(text.as_bytes()), "{text}");
        }
        assert!(alarm.quiet(b'1') && !alarm.quiet(b'N') && !alarm.quiet(b'n') && !alarm.quiet(b'-'));
    }
}
