//! Joins of shared relations, by hashed keys of two words.
//!
//! As [`crate::join`]: rows of both sides are sorted together, and what the last row of the one side has is carried along.
//! Rows are sorted by as many bits of the first word as fit beside the number of a row, and compared for equality in both words.
//! Where two rows of the one side agree in the bits sorted by and not in the whole (which is opened), or where that is likely,
//! they are sorted by all bits. Of honest owners that depends on the salt and on nothing else. An owner that cheats could share
//! words that agree with those of a key it guesses in these bits alone, and learn whether another has that key: where
//! some of its owners may cheat and the one side is not a single table, rows are sorted by all bits at once. Rows of the one
//! side that do not count get keys of their own, that no row has.
//!
//! *Learnt:* whether two keys of the one side are equal, which ends the run: where that side is of several owners, each can
//! so find out that another has a key that it names, once, and everybody sees it; where it is one table, whether two of its
//! keys agree in the bits sorted by. Neither which rows match nor how many.
//!
//! *Persons.* Rows of the many side that agree in the bits sorted by count as one person, whoever shared them, though by chance two
//! may be there.

use super::Join;
use super::bounds::Bounds;
use super::keys::SECOND;
use super::tables::Relation;
use super::values::{Value, not};
use crate::araki16::{multiply, open};
use crate::bits::{Planes, compose, count, equal, sign};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::join::Lefts;
use crate::lexical::{self, Lexical};
use crate::ring::{B64, Ring, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// Marks in the second word: a row of the one side that does not count; that there is a row at all.
const APART: usize = SECOND;
const THERE: usize = SECOND + 1;

/// Puts both together: each row of `many` gets what the row of `one` with its key has.
///
/// `alone`: the one side is a single table. `persons`: which rows of the many side are the first of their key is worked out.
pub(super) fn join(
    context: &mut Context,
    mut one: Relation,
    mut many: Relation,
    (number, kind): (usize, Join),
    (table, alone, persons): (&str, bool, bool),
) -> Result<Relation, MpcError> {
    let missing = || MpcError::Senseless { what: table.to_owned() };
    let left = one.keys.remove(&(number, 0)).ok_or_else(missing)?;
    let right = many.keys.remove(&(number, 1)).ok_or_else(missing)?;
    let left = set_apart(context, left, one.valid.as_ref())?;
    let words = [0, 1].map(|word| Shares::concat([&left[word], &right[word]]));
    let thorough = (context.checked() || one.is_of_outside()) && !alone;
    let sorted = Sorted::of(context, &words, one.rows, (table, thorough))?;
    let matched = sorted.matched(context)?;
    if persons {
        let first = sorted.first_of_each(context)?;
        many.add_first(context, first)?;
    }
    if matches!(kind, Join::Inner | Join::Left) {
        carry_columns(context, &sorted, &matched, &one, (&mut many, kind))?;
    }
    match kind {
        Join::Left => {}
        Join::Inner | Join::Semi => many.keep(context, &matched)?,
        Join::Anti => {
            let others = not(context, &matched);
            many.keep(context, &others)?;
        }
    }
    Ok(many)
}

/// All columns and keys of the one side, at the rows of the many side.
fn carry_columns(
    context: &mut Context,
    sorted: &Sorted,
    matched: &Shares<Z64>,
    one: &Relation,
    (many, kind): (&mut Relation, Join),
) -> Result<(), MpcError> {
    for (&at, value) in &one.columns {
        let shares = sorted.carry(context, &value.shares)?;
        let shares = multiply(context, &shares, matched)?;
        let present = match &value.present {
            Some(present) => {
                let present = sorted.carry(context, present)?;
                Some(multiply(context, &present, matched)?)
            }
            None => (kind == Join::Left).then(|| matched.clone()),
        };
        let bounds = Bounds { nullable: present.is_some(), ..value.bounds };
        many.columns.insert(at, Value { shares, present, bounds });
    }
    if let Some(first) = &one.first {
        // A row that finds a repeated one adds nobody either.
        let repeated = not(context, first);
        let repeated = sorted.carry(context, &repeated)?;
        let repeated = multiply(context, &repeated, matched)?;
        let first = not(context, &repeated);
        many.add_first(context, first)?;
    }
    for (&of, words) in &one.keys {
        let words = [sorted.carry(context, &words[0])?, sorted.carry(context, &words[1])?];
        many.keys.insert(of, matched_keys(context, &words, matched)?);
    }
    Ok(())
}

/// The lowest bits of integers, in all bits of words: 0 and 1 become none and all.
fn masks(bits: &Shares<Z64>) -> Shares<B64> {
    let spread = |part: &[Z64]| part.iter().map(|word| B64(0u64.wrapping_sub(word.0 & 1))).collect();
    Shares::new(spread(&bits.own), spread(&bits.next))
}

/// Keys where there is a match, and random ones elsewhere, which are equal to none.
fn matched_keys(
    context: &mut Context,
    words: &[Shares<B64>; 2],
    matched: &Shares<Z64>,
) -> Result<[Shares<B64>; 2], MpcError> {
    let len = matched.len();
    let random: Shares<B64> = context.random(2 * len);
    let random = Shares::concat([
        &random.slice(0..len),
        &random.slice(len..2 * len).linear(|word| B64(word.0 & ((1 << SECOND) - 1))),
    ]);
    let mask = masks(matched);
    let chosen = multiply(context, &Shares::concat(words).minus(&random), &Shares::concat([&mask, &mask]))?;
    let mut both = chosen.plus(&random).split([len, len]).into_iter();
    Ok(std::array::from_fn(|_| both.next().unwrap_or_default()))
}

/// Rows that do not count get their number for a key, and a mark.
fn set_apart(
    context: &mut Context,
    words: [Shares<B64>; 2],
    valid: Option<&Shares<Z64>>,
) -> Result<[Shares<B64>; 2], MpcError> {
    let Some(valid) = valid else { return Ok(words) };
    let len = valid.len();
    let numbers: Vec<B64> = (0..len as u64).map(B64).chain((0..len).map(|_| B64(1 << APART))).collect();
    let numbers = Shares::public(context.role(), &numbers);
    let mask = masks(valid);
    let kept = multiply(context, &Shares::concat(&words).minus(&numbers), &Shares::concat([&mask, &mask]))?;
    let mut both = kept.plus(&numbers).split([len, len]).into_iter();
    Ok(std::array::from_fn(|_| both.next().unwrap_or_default()))
}

/// Rows of both sides in the order of their keys, those of the one side first.
struct Sorted {
    order: Lexical,
    lefts: Lefts,
    one: usize,
    rows: usize,
    /// The keys in order, and those of the one side alone.
    words: [Shares<B64>; 2],
    picked: [Shares<B64>; 2],
    /// Bits of the first word that are sorted by before all others.
    prefix: usize,
}

impl Sorted {
    fn of(
        context: &mut Context,
        words: &[Shares<B64>; 2],
        one: usize,
        (table, sure): (&str, bool),
    ) -> Result<Self, MpcError> {
        let rows = words[0].len();
        let prefix = (63 - bits_of(rows) as usize).min(62);
        // About one² / 2^(prefix + 1) pairs agree in the bits sorted by.
        let likely = sure || 2 * bits_of(one) as usize > prefix + 1 - 3;
        for thorough in [false, true] {
            if likely && !thorough {
                continue;
            }
            let whole = Planes::of_words(&words[0], 64);
            let (first, lower) = (whole.some(0..prefix), whole.some(prefix..64));
            let second = Planes::of_words(&words[1], APART + 1);
            let mark = second.some(APART..APART + 1);
            let first = first.and_then(&mark);
            let rest = second.some(0..APART);
            let by: Vec<&Planes> = if thorough { vec![&first, &lower, &rest] } else { vec![&first] };
            let order = lexical::order(context, &by)?;
            let words = [order.apply(context, &words[0])?, order.apply(context, &words[1])?];
            let lefts = Lefts::find(context, &order, one, rows)?;
            let picked = [lefts.pick(context, &words[0])?, lefts.pick(context, &words[1])?];
            let sorted = Self { order, lefts, one, rows, words, picked, prefix };
            let (repeated, collided) = sorted.neighbours(context)?;
            if !thorough && any(context, &collided, one)? {
                continue;
            }
            if any(context, &repeated, one)? {
                return Err(MpcError::RepeatedKeys { table: table.to_owned() });
            }
            return Ok(sorted);
        }
        Err(MpcError::Repeated { what: "hashed keys" })
    }

    /// Of each two neighbours of the one side, whether their keys are equal; and whether they only are in the bits sorted by.
    fn neighbours(&self, context: &mut Context) -> Result<(Shares<B64>, Shares<B64>), MpcError> {
        let prefix = self.prefix;
        let pairs = self.one.saturating_sub(1);
        let side = |from: usize| {
            let [first, second] = [0, 1].map(|word| self.picked[word].slice(from..from + pairs));
            (Planes::of_words(&first, 64), Planes::of_words(&second, APART + 1))
        };
        let ((low, low_rest), (high, high_rest)) = (side(0), side(self.one - pairs));
        let mark = |planes: &Planes| planes.some(APART..APART + 1);
        let close = equal(
            context,
            &low.some(0..prefix).and_then(&mark(&low_rest)),
            &high.some(0..prefix).and_then(&mark(&high_rest)),
        )?;
        let rest = equal(
            context,
            &low.some(prefix..64).and_then(&low_rest),
            &high.some(prefix..64).and_then(&high_rest),
        )?;
        let same = multiply(context, &close, &rest)?;
        let collided = close.minus(&same);
        Ok((same, collided))
    }

    /// 1 for each row of the many side before which no other of it has its key, by the bits sorted by first.
    fn first_of_each(&self, context: &mut Context) -> Result<Shares<Z64>, MpcError> {
        let (role, rows) = (context.role(), self.rows);
        let pairs = rows.saturating_sub(1);
        let many: Vec<Z64> = (0..rows).map(|row| Z64(u64::from(row >= self.one))).collect();
        let many = self.order.apply(context, &Shares::public(role, &many))?;
        let side = |from: usize| {
            let [first, second] = [0, 1].map(|word| self.words[word].slice(from..from + pairs));
            let mark = Planes::of_words(&second, APART + 1).some(APART..APART + 1);
            Planes::of_words(&first, 64).some(0..self.prefix).and_then(&mark)
        };
        let same = equal(context, &side(0), &side(rows - pairs))?;
        let same = compose(context, &same, pairs)?;
        let repeated = multiply(context, &same, &many.slice(0..pairs))?;
        let repeated = Shares::concat([&Shares::zeros(rows - pairs), &repeated]);
        let first = not(context, &repeated);
        Ok(self.order.undo(context, &first)?.slice(self.one..rows))
    }

    /// 1 for each row of the many side whose key a row of the one side has.
    fn matched(&self, context: &mut Context) -> Result<Shares<Z64>, MpcError> {
        let role = context.role();
        let there = B64(1 << THERE);
        let first = self.lefts.carry(context, &self.picked[0])?;
        let second = self.picked[1].clone().plus_public(role, there);
        let second = self.lefts.carry(context, &second)?;
        let these = self.words[1].clone().plus_public(role, there);
        let planes = |first: &Shares<B64>, second: &Shares<B64>| {
            Planes::of_words(first, 64).and_then(&Planes::of_words(second, THERE + 1))
        };
        let same = equal(context, &planes(&first, &second), &planes(&self.words[0], &these))?;
        let same = compose(context, &same, self.rows)?;
        Ok(self.order.undo(context, &same)?.slice(self.one..self.rows))
    }

    /// What the last row of the one side up to each row of the many side has.
    fn carry<R: Ring>(&self, context: &mut Context, column: &Shares<R>) -> Result<Shares<R>, MpcError> {
        let all = Shares::concat([column, &Shares::zeros(self.rows - self.one)]);
        let all = self.order.apply(context, &all)?;
        let picked = self.lefts.pick(context, &all)?;
        let last = self.lefts.carry(context, &picked)?;
        Ok(self.order.undo(context, &last)?.slice(self.one..self.rows))
    }
}

/// Whether any of the first bits is one: only that is opened. Of `rows` rows there are so many less one.
fn any(context: &mut Context, bits: &Shares<B64>, rows: usize) -> Result<bool, MpcError> {
    let pairs = rows.saturating_sub(1);
    if pairs == 0 {
        return Ok(false);
    }
    let found = count(context, std::slice::from_ref(bits), pairs)?;
    let any = sign(context, &found.linear(|value| -value), bits_of(pairs) as usize + 2)?;
    let any = verify(context, any.linear(|word| B64(word.0 & 1)))?;
    Ok(open(context, &any)?.first() == Some(&B64(1)))
}
