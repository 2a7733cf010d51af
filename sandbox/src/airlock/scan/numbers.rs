//! The numbers that identify somebody, in a run of digits and letters.

use super::Kind;
use super::text::Run;
use std::collections::BTreeSet;
use yinshu_data::ident::citizen::{self, Accept, Limits};
use yinshu_data::ident::{Marks, Verdict, credit_code};

/// Made-up numbers count, too: what looks like one is looked at.
const LIMITS: Limits = Limits { test_region: true, latest_birth: 20_991_231 };

/// Adds what is found in a run.
pub(super) fn found(run: &Run, found: &mut BTreeSet<Kind>) {
    let codes = &run.codes;
    for window in codes.windows(18) {
        if window[..17].iter().all(u8::is_ascii_digit) && is_identity(window) {
            found.insert(Kind::Identity);
        }
        if is_credit_code(window) {
            found.insert(Kind::CreditCode);
        }
    }
    for (number, sizes) in spelled(run) {
        let kinds = [
            (Kind::Identity, number.len() == 15 && is_identity(number)),
            (Kind::Telephone, is_mobile(number, &sizes) || is_landline(number, &sizes)),
            (Kind::BankCard, is_card(number)),
        ];
        found.extend(kinds.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind));
    }
}

/// Every number of 10 to 19 digits that whole groups make up, and the sizes of these.
fn spelled(run: &Run) -> Vec<(&[u8], Vec<usize>)> {
    // Letters end a group as blanks do.
    let mut groups: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for at in 0..=run.codes.len() {
        let digit = run.codes.get(at).is_some_and(u8::is_ascii_digit);
        let begins = run.begins.get(at).is_some_and(|begins| *begins);
        if let Some(from) = start.filter(|_| !digit || begins) {
            groups.push((from, at));
            start = None;
        }
        if digit && start.is_none() {
            start = Some(at);
        }
    }
    let mut all = Vec::new();
    for (first, &(from, _)) in groups.iter().enumerate() {
        let mut sizes = Vec::new();
        for (at, &(begin, end)) in groups.iter().enumerate().skip(first) {
            // A letter between two groups: two numbers.
            if at > first && groups[at - 1].1 != begin || end - from > 19 {
                break;
            }
            sizes.push(end - begin);
            if end - from >= 10 {
                all.push((&run.codes[from..end], sizes.clone()));
            }
        }
    }
    all
}

fn is_identity(number: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(number) else { return false };
    let verdict = citizen::clean(text, Accept::Anyone, &LIMITS, &mut String::new(), &mut Marks::default());
    matches!(verdict, Verdict::Same | Verdict::Changed)
}

fn is_credit_code(code: &[u8]) -> bool {
    // Registering departments (GB 32100-2015), and a province or the centre behind the kind of body.
    let department = matches!(code[0], b'1'..=b'9' | b'A' | b'N' | b'Y');
    let place = [code[2], code[3]];
    department
        && (citizen::is_province(place) || matches!(&place, b"10" | b"99"))
        && credit_code::is_valid(code)
}

/// As people write telephone numbers: at once, or in small groups.
fn small(sizes: &[usize]) -> bool {
    sizes.len() == 1 || sizes.iter().all(|size| *size <= 4)
}

fn is_mobile(number: &[u8], sizes: &[usize]) -> bool {
    let (number, sizes) = match (number, sizes) {
        ([b'0', b'0', b'8', b'6', rest @ ..], [4, more @ ..]) if !more.is_empty() => (rest, more),
        ([b'8', b'6', rest @ ..], [2, more @ ..]) if !more.is_empty() => (rest, more),
        ([b'0', b'0', b'8', b'6', rest @ ..], [15]) => (rest, sizes),
        ([b'8', b'6', rest @ ..], [13]) => (rest, sizes),
        _ => (number, sizes),
    };
    // Prefixes given out (MIIT).
    let given = match number {
        [b'1', b'3' | b'8', ..] => true,
        [b'1', b'4', third, ..] => !matches!(third, b'2' | b'3'),
        [b'1', b'5', third, ..] => *third != b'4',
        [b'1', b'6', third, ..] => matches!(third, b'2' | b'5' | b'6' | b'7'),
        [b'1', b'7', third, ..] => *third != b'9',
        [b'1', b'9', third, ..] => *third != b'4',
        _ => false,
    };
    number.len() == 11 && given && small(sizes)
}

fn is_landline(number: &[u8], sizes: &[usize]) -> bool {
    let area = match number {
        [b'0', b'1', b'0', ..] | [b'0', b'2', ..] => 3,
        [b'0', b'3'..=b'9', ..] => 4,
        _ => return false,
    };
    let Some((_, own)) = number.split_at_checked(area) else { return false };
    let long = if area == 3 { own.len() == 8 } else { matches!(own.len(), 7 | 8) };
    long && matches!(own[0], b'2'..=b'8') && (sizes.len() == 1 || sizes[0] == area)
}

fn is_card(number: &[u8]) -> bool {
    // Issuers' ranges (ISO/IEC 7812): UnionPay, older domestic ones, Visa, Mastercard, JCB, American Express.
    let issuer = match number {
        [b'6', b'2' | b'0', ..] | [b'9', b'5', b'5', ..] => (16..=19).contains(&number.len()),
        [b'4', ..] | [b'5', b'1'..=b'5', ..] | [b'2', b'2'..=b'7', ..] | [b'3', b'5', ..] => {
            number.len() == 16
        }
        [b'3', b'4' | b'7', ..] => number.len() == 15,
        _ => false,
    };
    issuer && luhn(number)
}

/// ISO/IEC 7812-1, annex B.
fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number.iter().rev().enumerate().fold(0, |sum, (at, digit)| {
        let digit = u32::from(digit - b'0') << (at % 2);
        sum + if digit > 9 { digit - 9 } else { digit }
    });
    sum.is_multiple_of(10)
}

pub(super) fn is_mail(text: &str) -> bool {
    let name = |letter: char| letter.is_alphanumeric() || "._%+-".contains(letter);
    text.match_indices('@').any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(name);
        let host: String = text[at + 1..]
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || ".-".contains(*letter))
            .collect();
        let last = host.trim_end_matches('.').rsplit_once('.');
        before && last.is_some_and(|(host, top)| !host.is_empty() && top.chars().count() >= 2)
    })
}
