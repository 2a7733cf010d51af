//! Blanks and full-width characters: rules R02 and R03.

use super::{Marks, Rule};

/// Blanks and invisible characters that exports leave in cells: white space, no-break spaces, the
/// ideographic space U+3000, zero-width characters, soft hyphen, byte order mark, controls, direction
/// marks.
pub fn is_blank(c: char) -> bool {
    match c {
        '\0'..=' ' | '\u{7f}' => true,
        c if c.is_ascii() => false,
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{180e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{1680}' => true,
        _ => false,
    }
}

/// Characters taken off both ends of a cell: blanks, and the apostrophe by which Excel is told to keep text.
fn is_edge(c: char) -> bool {
    is_blank(c) || matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '`' | '\u{ff07}')
}

/// The text without blanks at its ends and without a leading (or stray trailing) apostrophe (R03).
/// The mark is left to the caller: a cell of blanks is a null (R17), not a stripped value.
pub fn trim(raw: &str) -> &str {
    let bytes = raw.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b), Some(e)) if plain_edge(*b) && plain_edge(*e) => raw,
        _ => raw.trim_matches(is_edge),
    }
}

fn plain_edge(b: u8) -> bool {
    b.is_ascii_graphic() && !matches!(b, b'\'' | b'`')
}

/// The ASCII twin of a full-width character (U+FF01..U+FF5E), if it has one; also full stops, dashes and
/// slashes that input methods put for ASCII ones.
pub fn ascii_twin(c: char) -> Option<char> {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{3002}' => Some('.'),
        '\u{2044}' | '\u{2215}' => Some('/'),
        _ => None,
    }
}

/// A code as ASCII: full-width characters folded (R02), every blank taken out, inner ones too (R03).
/// The folded text is appended to the emptied `out`; other characters are passed on for the caller to refuse.
pub fn fold_code(text: &str, out: &mut String, marks: &mut Marks) {
    out.clear();
    for c in text.chars() {
        if is_blank(c) {
            marks.normalised(Rule::R03);
        } else if c.is_ascii() {
            out.push(c);
        } else if let Some(twin) = ascii_twin(c) {
            marks.normalised(Rule::R02);
            out.push(twin);
        } else {
            out.push(c);
        }
    }
}

/// [`trim`] and [`fold_code`] in one: what every column of codes and numbers starts with.
pub fn tidy_code(raw: &str, out: &mut String, marks: &mut Marks) {
    let text = trim(raw);
    if text.len() != raw.len() {
        marks.normalised(Rule::R03);
    }
    fold_code(text, out, marks);
}

/// Text with outer blanks off and the invisible ones inside taken out; visible inner spaces stay.
/// Answers with the text and whether anything changed (R03).
pub fn tidy_text<'a>(raw: &'a str, out: &'a mut String) -> (&'a str, bool) {
    let text = trim(raw);
    if !text.chars().any(is_hidden) {
        return (text, text.len() != raw.len());
    }
    out.clear();
    out.extend(text.chars().filter(|&c| !is_hidden(c)));
    (out.as_str(), true)
}

fn is_hidden(c: char) -> bool {
    is_blank(c) && !matches!(c, ' ' | '\u{a0}' | '\u{3000}' | '\u{2000}'..='\u{200a}' | '\n' | '\t' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_what_exports_leave() {
        for raw in
            ["A1\t", "\u{a0}A1", "\u{3000}A1\u{3000}", "A1\u{200b}", "'A1", "\u{feff}A1 ", "\u{2019}A1"]
        {
            assert_eq!(trim(raw), "A1", "{raw:?}");
        }
        assert_eq!(trim("A1"), "A1");
        assert_eq!(trim(" \t\u{3000}"), "");
    }

    #[test]
    fn folds_full_width() {
        let (mut out, mut marks) = (String::new(), Marks::default());
        tidy_code("１１ ０Ｘ", &mut out, &mut marks);
        assert_eq!(out, "110X");
        assert!(marks.normalised.contains(Rule::R02) && marks.normalised.contains(Rule::R03));
    }

    #[test]
    fn keeps_inner_spaces_of_text() {
        let mut out = String::new();
        assert_eq!(tidy_text("a b", &mut out), ("a b", false));
        assert_eq!(tidy_text(" a\u{200b} b", &mut out), ("a b", true));
    }
}
