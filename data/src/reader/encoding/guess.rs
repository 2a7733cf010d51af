//! Which encoding the first bytes of a file are in.

use super::Encoding;

/// What the sample says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) encoding: Encoding,
    /// Bytes of byte-order mark at the start.
    pub(super) bom: usize,
    pub(super) big5_suspected: bool,
}

/// The encoding of a text that begins with `sample`, or `None` where that is no text.
pub(super) fn guess(sample: &[u8]) -> Option<Guess> {
    let marks: [(&[u8], Encoding); 4] = [
        (b"\xEF\xBB\xBF", Encoding::Utf8),
        (b"\xFF\xFE", Encoding::Utf16Le),
        (b"\xFE\xFF", Encoding::Utf16Be),
        (b"\x84\x31\x95\x33", Encoding::Gb18030),
    ];
    if let Some((mark, encoding)) = marks.into_iter().find(|(mark, _)| sample.starts_with(mark)) {
        let wide = matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        return (wide || !is_binary(sample)).then_some(Guess {
            encoding,
            bom: mark.len(),
            big5_suspected: false,
        });
    }
    let plain = |encoding| Some(Guess { encoding, bom: 0, big5_suspected: false });
    if sample.contains(&0) {
        return match (is_wide_text(sample, 0), is_wide_text(sample, 1)) {
            (true, _) => plain(Encoding::Utf16Le),
            (_, true) => plain(Encoding::Utf16Be),
            _ => None,
        };
    }
    if is_binary(sample) {
        return None;
    }
    match std::str::from_utf8(sample) {
        Ok(_) => plain(Encoding::Utf8),
        Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 && sample.len() >= super::sniff::SAMPLE => {
            plain(Encoding::Utf8)
        }
        Err(_) => {
            Some(Guess { encoding: Encoding::Gb18030, bom: 0, big5_suspected: looks_like_big5(sample) })
        }
    }
}

/// NUL, or more than one byte in fifty a control character that no table has.
pub(super) fn is_binary(sample: &[u8]) -> bool {
    let odd = |&&b: &&u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1A);
    sample.contains(&0) || sample.iter().filter(odd).count() * 50 > sample.len()
}

/// Whether 16-bit units with their low byte at `low` (0 or 1) read as text, beyond chance: no control characters, no
/// unpaired surrogates, at least three ASCII characters and one unit in a hundred an ASCII delimiter or line end, and
/// most bytes that could be a line end standing in one.
fn is_wide_text(sample: &[u8], low: usize) -> bool {
    let units = sample.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[low], pair[1 - low]]));
    let (mut count, mut ascii, mut marks, mut ends, mut high) = (0_usize, 0_usize, 0_usize, 0_usize, false);
    for unit in units {
        count += 1;
        ascii += usize::from(unit < 0x80);
        ends += usize::from(matches!(unit, 0x0A | 0x0D));
        match unit {
            0x0A | 0x0D | 0x09 | 0x2C | 0x3B | 0x7C => marks += 1,
            0..0x20 | 0xFFFE | 0xFFFF => return false,
            _ => {}
        }
        if (0xDC00..0xE000).contains(&unit) != high {
            return false;
        }
        high = (0xD800..0xDC00).contains(&unit);
    }
    let like_ends = sample.iter().filter(|b| matches!(b, 0x0A | 0x0D)).count();
    ascii >= 3 && marks * 100 >= count && ends * 2 > like_ends
}

/// Big5's second bytes are 40–7E as often as A1–FE, while in GBK text of common characters (GB 2312) both bytes are
/// A1–FE. More than a fifth of the pairs with a low second byte, in bytes that Big5 can decode, is suspicious.
fn looks_like_big5(sample: &[u8]) -> bool {
    let (mut pairs, mut low, mut i) = (0_usize, 0_usize, 0);
    while i + 1 < sample.len() {
        if sample[i] < 0x80 {
            i += 1;
            continue;
        }
        pairs += 1;
        low += usize::from((0x40..0x7F).contains(&sample[i + 1]) && sample[i] >= 0xA1);
        i += 2;
    }
    let whole = &sample[..i.min(sample.len())];
    pairs >= 8
        && low * 5 > pairs
        && encoding_rs::BIG5.decode_without_bom_handling_and_without_replacement(whole).is_some()
}
