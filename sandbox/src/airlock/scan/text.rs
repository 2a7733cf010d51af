//! Text as digits and letters, however they are written.

use yinshu_data::ident::whitespace::{ascii_twin, is_blank};

/// What may stand between two groups of one number, at most.
const GAP: usize = 3;

/// Digits and letters that follow each other with no more than a gap between groups.
#[derive(Debug, Default, Clone)]
pub(super) struct Run {
    /// ASCII digits and capital letters.
    pub(super) codes: Vec<u8>,
    /// Of each, whether a group begins with it.
    pub(super) begins: Vec<bool>,
}

/// The runs of a text.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let (mut all, mut run, mut gap) = (Vec::new(), Run::default(), 0);
    for letter in text.chars().filter(|letter| !hidden(*letter)) {
        match code(letter) {
            Some(code) => {
                run.begins.push(gap > 0 || run.codes.is_empty());
                run.codes.push(code);
                gap = 0;
            }
            None => {
                gap += 1;
                // A letter of another script ends a number, whatever else stands there.
                if (letter.is_alphanumeric() || gap > GAP) && !run.codes.is_empty() {
                    all.push(std::mem::take(&mut run));
                }
            }
        }
    }
    all.push(run);
    all
}

/// The digit or letter that somebody reads.
fn code(letter: char) -> Option<u8> {
    let folded = ascii_twin(letter).unwrap_or(letter);
    if folded.is_ascii_alphanumeric() {
        return u8::try_from(folded.to_ascii_uppercase()).ok();
    }
    digit(letter).map(|digit| b'0' + digit)
}

/// Digits of other scripts and shapes.
fn digit(letter: char) -> Option<u8> {
    const WORDS: [&str; 10] =
        ["〇零○", "一壹幺", "二贰貳两", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"];
    if let Some(digit) = WORDS.iter().position(|same| same.contains(letter)) {
        return u8::try_from(digit).ok();
    }
    // The zeros of decimal digits (Unicode, category Nd) in use, and of enclosed, raised and lowered ones.
    const ZEROS: [u32; 14] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xe50, 0xf20, 0x17e0, 0x1810, 0x2080, 0x1d7ce, 0x1d7d8, 0x1d7e2,
        0x1d7f6,
    ];
    // The ones of digits that begin with one.
    const ONES: [u32; 6] = [0x2460, 0x2474, 0x2488, 0x2776, 0x2780, 0x278a];
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if let Some(digit) = RAISED.iter().position(|same| *same == letter) {
        return u8::try_from(digit).ok();
    }
    let within = |start: u32, most: u32| u32::from(letter).checked_sub(start).filter(|at| *at <= most);
    let zero = ZEROS.iter().find_map(|zero| within(*zero, 9));
    let one = || ONES.iter().find_map(|one| within(*one, 8)).map(|at| at + 1);
    let sans_bold = || within(0x1d7ec, 9);
    zero.or_else(one).or_else(sans_bold).and_then(|digit| u8::try_from(digit).ok())
}

/// The text with letters of full width as they are usually written, and without what is not seen.
pub(super) fn ascii(text: &str) -> String {
    let seen = text.chars().filter(|letter| !hidden(*letter));
    seen.map(|letter| ascii_twin(letter).unwrap_or(letter)).collect()
}

/// Takes up no room: a number goes on behind it.
fn hidden(letter: char) -> bool {
    is_blank(letter) && misleading(letter)
}

/// What a reader does not see, or what changes what he sees.
pub(super) fn misleading(letter: char) -> bool {
    match letter {
        '\n'
        | '\t'
        | '\r'
        | '\u{a0}'
        | '\u{3000}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{1680}' => false,
        letter if letter.is_control() => true,
        letter => {
            letter != ' ' && is_blank(letter)
                || matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
        }
    }
}
