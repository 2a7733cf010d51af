//! Names of people and of companies, and other text: rules R07, R08, R09 (with R02, R03, R18).

mod variants;

pub use variants::{PAIRS, simple_of};

use super::{Marks, Reason, Rule, Verdict, han, mojibake, settle, whitespace};
use std::collections::BTreeMap;

/// The dot between the parts of a name: U+00B7, as GB 18030 and the identity card have it.
pub const DOT: char = '\u{b7}';

/// Is this one of the characters that are written for the dot (R07)? A full stop only counts between Han characters.
fn is_dot(c: char) -> bool {
    matches!(
        c,
        DOT | '\u{2022}'
            | '\u{2027}'
            | '\u{30fb}'
            | '\u{ff65}'
            | '\u{2219}'
            | '\u{22c5}'
            | '\u{2024}'
            | '\u{0387}'
            | '\u{16eb}'
            | '\u{25cf}'
            | '\u{ff0e}'
            | '.'
    )
}

/// What private-use characters stand for (R08), by the code table of the system that wrote them.
#[derive(Clone, Debug, Default)]
pub struct PuaTable(BTreeMap<char, char>);

impl PuaTable {
    /// Takes pairs; the first of each must be a private-use character, the second not. `Err` has the offending pair.
    pub fn new(pairs: impl IntoIterator<Item = (char, char)>) -> Result<Self, (char, char)> {
        let mut table = BTreeMap::new();
        for (from, to) in pairs {
            if !han::is_private_use(from) || han::is_private_use(to) {
                return Err((from, to));
            }
            table.insert(from, to);
        }
        Ok(Self(table))
    }
}

/// Cleans a person's name.
///
/// Dots become U+00B7; notes in brackets at the end are taken off; blanks between Han characters too
/// (`张　三`). Variants and traditional characters stay and are flagged. Private-use characters without a mapping
/// and placeholders (`?`, `□`, `*`) are flagged: such a name is not to be compared.
pub fn clean(raw: &str, pua: &PuaTable, out: &mut String, marks: &mut Marks) -> Verdict {
    let mut hidden = String::new();
    let (text, stripped) = whitespace::tidy_text(raw, &mut hidden);
    if stripped {
        marks.normalised(Rule::R03);
    }
    if mojibake::detect(text).is_some() {
        return Verdict::Invalid(Reason::Mojibake);
    }
    let name = until_still(text, |text| person_pass(text, pua, marks));
    if mojibake::detect(&name).is_some() {
        return Verdict::Invalid(Reason::Mojibake); // 锟 斤, with a blank between
    }
    if name.is_empty() {
        return Verdict::Null;
    }
    flag(&name, true, marks);
    settle(raw, &name, out)
}

/// Applies a pass until it changes nothing: what one takes away may bring together what the next must see. Each
/// shortens the text or replaces characters one way only, so it comes to an end.
fn until_still(text: &str, mut pass: impl FnMut(&str) -> String) -> String {
    let mut still = pass(whitespace::trim(text));
    loop {
        let next = pass(whitespace::trim(&still));
        if next == still {
            return still;
        }
        still = next;
    }
}

fn person_pass(text: &str, pua: &PuaTable, marks: &mut Marks) -> String {
    let text = without_notes(text, marks);
    let mut name = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        if let Some(c) = letter(c, before, after, pua, marks) {
            // Two dots in a row are one; none stands first.
            let doubled = c == DOT && before.is_none_or(|b| b == DOT);
            if doubled {
                marks.normalised(Rule::R07);
            } else {
                name.push(c);
                before = Some(c);
            }
        }
    }
    if name.ends_with([DOT, ' ']) {
        marks.normalised(Rule::R07);
        name.truncate(name.trim_end_matches([DOT, ' ']).len());
    }
    name
}

/// One character of a name: what is written for it, or nothing.
fn letter(
    c: char,
    before: Option<char>,
    after: Option<char>,
    pua: &PuaTable,
    marks: &mut Marks,
) -> Option<char> {
    let han_beside = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    if c != DOT && is_dot(c) {
        if c == '.' && !(han_beside(before) && han_beside(after)) {
            return Some(c);
        }
        marks.normalised(Rule::R07);
        return Some(DOT);
    }
    if whitespace::is_blank(c) {
        let between_latin =
            before.is_some_and(|c| c.is_ascii_graphic()) && after.is_some_and(|c| c.is_ascii_graphic());
        if c != ' ' || !between_latin {
            marks.normalised(Rule::R03);
        }
        return between_latin.then_some(' ');
    }
    if let Some(&to) = pua.0.get(&c) {
        marks.normalised(Rule::R08);
        return Some(to);
    }
    match whitespace::ascii_twin(c) {
        Some(twin) if twin.is_ascii_alphanumeric() || twin == '?' || twin == '*' => {
            marks.normalised(Rule::R02);
            Some(twin)
        }
        _ => Some(c),
    }
}

/// Takes bracketed notes off the end (R09), as long as something stands before them.
fn without_notes<'a>(text: &'a str, marks: &mut Marks) -> &'a str {
    const PAIRS: [(char, char); 5] = [('(', ')'), ('（', '）'), ('[', ']'), ('【', '】'), ('〔', '〕')];
    let mut text = text;
    while let Some(last) = text.chars().next_back() {
        // Half and full width are mixed in practice: 王芳（女)
        let Some(kind) = PAIRS.iter().position(|(_, close)| *close == last) else { break };
        let opens: &[char] = if kind < 2 { &['(', '（'] } else { &[PAIRS[kind].0] };
        let Some(at) = text.rfind(opens) else { break };
        let front = text[..at].trim_end_matches(whitespace::is_blank);
        if front.is_empty() {
            break;
        }
        text = front;
        marks.normalised(Rule::R09);
    }
    text
}

/// Flags what makes a text unfit for comparison, or worth a look.
fn flag(text: &str, person: bool, marks: &mut Marks) {
    if text.chars().any(han::is_private_use) {
        marks.flag(Reason::PrivateUse);
    } else if person && text.contains(['?', '□', '■', '*', '〓', '\u{25a1}']) {
        marks.flag(Reason::Placeholder);
    } else if person && text.chars().any(|c| simple_of(c).is_some()) {
        marks.flag(Reason::PossibleVariant);
    }
}

/// Cleans a company's name: brackets full-width, other full-width letters and digits narrow (R02), blanks beside
/// Han characters out (R03). Brackets are part of the name and stay.
pub fn clean_company(raw: &str, pua: &PuaTable, out: &mut String, marks: &mut Marks) -> Verdict {
    let mut hidden = String::new();
    let (text, stripped) = whitespace::tidy_text(raw, &mut hidden);
    if stripped {
        marks.normalised(Rule::R03);
    }
    if mojibake::detect(text).is_some() {
        return Verdict::Invalid(Reason::Mojibake);
    }
    let name = until_still(text, |text| company_pass(text, pua, marks));
    if mojibake::detect(&name).is_some() {
        return Verdict::Invalid(Reason::Mojibake); // 锟 斤, with a blank between
    }
    if name.is_empty() {
        return Verdict::Null;
    }
    flag(&name, false, marks);
    settle(raw, &name, out)
}

fn company_pass(text: &str, pua: &PuaTable, marks: &mut Marks) -> String {
    let mut name = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | ')' => {
                marks.normalised(Rule::R02);
                name.push(if c == '(' { '（' } else { '）' });
            }
            '（' | '）' => name.push(c),
            c => {
                let before = name.chars().next_back();
                if let Some(c) = letter(c, before, chars.peek().copied(), pua, marks) {
                    name.push(c);
                }
            }
        }
    }
    name
}

/// Cleans free text: outer blanks and invisible characters off (R03), nothing else changed.
pub fn clean_text(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    let mut hidden = String::new();
    let (text, stripped) = whitespace::tidy_text(raw, &mut hidden);
    if stripped {
        marks.normalised(Rule::R03);
    }
    if mojibake::detect(text).is_some() {
        return Verdict::Invalid(Reason::Mojibake);
    }
    flag(text, false, marks);
    settle(raw, text, out)
}

/// The name without its dots (R07), a second key for sources that leave them out: `买买提吐尔逊`. `None` if it has none.
pub fn without_dots(name: &str) -> Option<String> {
    name.contains(DOT).then(|| name.replace(DOT, ""))
}

#[cfg(test)]
mod tests;
