//! Claims are made: rows that two parties move as they alone know.

use super::record::{BLOCK, Moved, Moves, Seat, Side, Wide};
use super::{Place, check};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{Ring, Z64};
use crate::role::Role;
use crate::shares::Shares;

/// Numbers that hide moved rows: of 128 bits for integers, from the key of the two parties that move them.
struct Masks<R: Ring> {
    low: Vec<R>,
    high: Vec<u64>,
}

impl<R: Ring> Masks<R> {
    fn new(words: impl Fn(u64, &mut [u64]), [low, high]: [u64; 2], len: usize) -> Self {
        let stream = |step, len| {
            let mut out = vec![0; len];
            words(step, &mut out);
            out
        };
        let high = stream(high, if R::INTEGERS { len } else { 0 });
        Self { low: stream(low, len).into_iter().map(R::of).collect(), high }
    }

    /// Rows plus masks, and for integers the upper halves of the sums.
    fn hide(&self, rows: &[R]) -> (Vec<R>, Vec<Z64>) {
        let low: Vec<R> = rows.iter().zip(&self.low).map(|(&row, &mask)| row + mask).collect();
        let carries = low.iter().zip(rows).map(|(sum, row)| u64::from(sum.word() < row.word()));
        let high = self.high.iter().zip(carries).map(|(high, carry)| Z64(high.wrapping_add(carry))).collect();
        (low, high)
    }

    /// What the verifier knows who knows the masks.
    fn negated(&self) -> Wide {
        let low = self.low.iter().map(|&mask| (-mask).word()).collect();
        // -(low + 2^64·high): one is borrowed unless the lower half is zero.
        let borrowed = |low: R| u64::from(low != R::ZERO);
        let high = self.high.iter().zip(&self.low);
        Wide {
            low,
            high: high.map(|(&high, &low)| high.wrapping_neg().wrapping_sub(borrowed(low))).collect(),
        }
    }
}

/// A permutation that `second` and the party before it know. Each of them moves what it shares with the third party, hides
/// it by a mask that both know, and gives it to that party; what they share with each other they move alone.
pub(crate) fn step<R: Ring>(
    context: &mut Context,
    rows: &Shares<R>,
    second: Role,
    moves: Option<Moves>,
) -> Result<Shares<R>, MpcError> {
    let (role, len) = (context.role(), rows.len());
    let [of_first, of_second] = [(); 2].map(|()| [context.advance().into(), context.advance().into()]);
    let steps = [context.advance(), context.advance()];
    let claim = |moves: Option<&Moves>, rows: Option<&[R]>, rows_on, known| Moved {
        rows_on,
        moves: moves.cloned(),
        rows: rows.map(|rows| rows.iter().map(|row| row.word()).collect()),
        known,
        len,
    };
    let Some(moves) = moves else {
        let [(next, of_next), (own, of_previous)] =
            [take(context, second.previous(), steps, len)?, take(context, second, steps, len)?];
        note::<R>(context, Seat::Left, claim(None, Some(&rows.next), Side::Left, of_next));
        note::<R>(context, Seat::Right, claim(None, Some(&rows.own), Side::Right, of_previous));
        return Ok(Shares::new(own, next));
    };
    let masks = |steps| {
        let prss = context.prss();
        if role == second {
            Masks::<R>::new(|step, out| prss.with_previous_words(step, 0, out), steps, len)
        } else {
            Masks::new(|step, out| prss.with_next_words(step, 0, out), steps, len)
        }
    };
    let (first_masks, second_masks) = (masks(of_first), masks(of_second));
    let unmask = |moved: Vec<R>| -> Vec<R> {
        let masks = first_masks.low.iter().zip(&second_masks.low);
        moved.into_iter().zip(masks).map(|(row, (&a, &b))| row - a - b).collect()
    };
    let known = Some(&moves);
    if role == second {
        let moved = give(context, role.next(), steps, second_masks.hide(&moves.apply(&rows.next)))?;
        note::<R>(context, Seat::Prover, claim(known, Some(&rows.next), Side::Right, Wide::default()));
        note::<R>(context, Seat::Right, claim(known, None, Side::Left, first_masks.negated()));
        Ok(Shares::new(unmask(moves.apply(&rows.own)), moved))
    } else {
        let moved = give(context, role.previous(), steps, first_masks.hide(&moves.apply(&rows.own)))?;
        note::<R>(context, Seat::Prover, claim(known, Some(&rows.own), Side::Left, Wide::default()));
        note::<R>(context, Seat::Left, claim(known, None, Side::Right, second_masks.negated()));
        Ok(Shares::new(moved, unmask(moves.apply(&rows.next))))
    }
}

fn note<R: Ring>(context: &mut Context, seat: Seat, moved: Moved) {
    let mut record = context.take_record(R::INTEGERS);
    record.moved[seat as usize].push(moved);
    context.put_record(R::INTEGERS, record);
}

fn give<R: Ring>(
    context: &mut Context,
    to: Role,
    steps: [u32; 2],
    (mut low, high): (Vec<R>, Vec<Z64>),
) -> Result<Vec<R>, MpcError> {
    context.twist(Place::Moved, &mut low);
    context.send(to, steps[0], &low)?;
    context.send(to, steps[1], &high)?;
    Ok(low)
}

fn take<R: Ring>(
    context: &mut Context,
    from: Role,
    steps: [u32; 2],
    len: usize,
) -> Result<(Vec<R>, Wide), MpcError> {
    let low: Vec<R> = context.recv(from, steps[0], len)?;
    let high: Vec<Z64> = context.recv(from, steps[1], if R::INTEGERS { len } else { 0 })?;
    let words = low.iter().map(|row| row.word()).collect();
    Ok((low, Wide { low: words, high: high.into_iter().map(|word| word.0).collect() }))
}

/// Checks when so much is waiting that memory would grow.
pub(crate) fn check_if_many(context: &mut Context, integers: bool) -> Result<(), MpcError> {
    let record = context.take_record(integers);
    let many = record.size() >= BLOCK;
    context.put_record(integers, record);
    if many { check(context) } else { Ok(()) }
}
