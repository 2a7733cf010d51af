//! Claims are made: rows that two parties move as they alone know.

use super::record::{BLOCK, Moved, Moves, Seat, Side};
use super::{Place, check};
use crate::context::Context;
use crate::error::MpcError;
use crate::pool;
use crate::ring::Ring;
use crate::role::Role;
use crate::shares::Shares;

/// A permutation that `second` and the party before it know. Each of them moves what it shares with the third party, hides
/// it by a mask that both know, and gives it to that party; what they share with each other they move alone.
pub(crate) fn step<R: Ring>(
    context: &mut Context,
    rows: &Shares<R>,
    second: Role,
    moves: Option<Moves>,
) -> Result<Shares<R>, MpcError> {
    let (role, len) = (context.role(), rows.len());
    let [of_first, of_second] = [(); 2].map(|()| context.advance().into());
    let step = context.advance();
    let words = |rows: &[R]| -> Vec<u64> { pool::filled(rows.iter().map(|row| row.word())) };
    let claim = |moves: Option<&Moves>, rows: Option<&[R]>, rows_on, known| Moved {
        rows_on,
        moves: moves.cloned(),
        rows: rows.map(words),
        known,
        len,
    };
    let Some(moves) = moves else {
        let [next, own]: [Vec<R>; 2] =
            [context.recv(second.previous(), step, len)?, context.recv(second, step, len)?];
        note::<R>(context, Seat::Left, claim(None, Some(&rows.next), Side::Left, words(&next)));
        note::<R>(context, Seat::Right, claim(None, Some(&rows.own), Side::Right, words(&own)));
        return Ok(Shares::new(own, next));
    };
    let masks = |step: u64| -> Vec<R> {
        let prss = context.prss();
        if role == second { prss.with_previous(step, len) } else { prss.with_next(step, len) }
    };
    let (first_masks, second_masks) = (masks(of_first), masks(of_second));
    let hide = |mut rows: Vec<R>, masks: &[R]| -> Vec<R> {
        rows.iter_mut().zip(masks).for_each(|(row, &mask)| *row = *row + mask);
        rows
    };
    let unmask = |mut rows: Vec<R>| -> Vec<R> {
        let masks = first_masks.iter().zip(&second_masks);
        rows.iter_mut().zip(masks).for_each(|(row, (&a, &b))| *row = *row - a - b);
        rows
    };
    // What the verifier knows who knows the masks.
    let negated = |masks: &[R]| -> Vec<u64> { pool::filled(masks.iter().map(|&mask| (-mask).word())) };
    let known = Some(&moves);
    let both = if role == second {
        let moved = give(context, role.next(), step, hide(moves.apply(&rows.next), &second_masks))?;
        note::<R>(context, Seat::Prover, claim(known, Some(&rows.next), Side::Right, Vec::new()));
        note::<R>(context, Seat::Right, claim(known, None, Side::Left, negated(&first_masks)));
        Shares::new(unmask(moves.apply(&rows.own)), moved)
    } else {
        let moved = give(context, role.previous(), step, hide(moves.apply(&rows.own), &first_masks))?;
        note::<R>(context, Seat::Prover, claim(known, Some(&rows.own), Side::Left, Vec::new()));
        note::<R>(context, Seat::Left, claim(known, None, Side::Right, negated(&second_masks)));
        Shares::new(moved, unmask(moves.apply(&rows.next)))
    };
    [first_masks, second_masks].into_iter().for_each(pool::give);
    Ok(both)
}

fn note<R: Ring>(context: &mut Context, seat: Seat, moved: Moved) {
    let mut record = context.take_record(R::INTEGERS);
    record.moved[seat as usize].push(moved);
    context.put_record(R::INTEGERS, record);
}

fn give<R: Ring>(context: &mut Context, to: Role, step: u32, mut rows: Vec<R>) -> Result<Vec<R>, MpcError> {
    context.twist(Place::Moved, &mut rows);
    context.send(to, step, &rows)?;
    Ok(rows)
}

/// Checks when so much is waiting that memory would grow.
pub(crate) fn check_if_many(context: &mut Context, integers: bool) -> Result<(), MpcError> {
    let record = context.take_record(integers);
    let many = record.size() >= BLOCK;
    context.put_record(integers, record);
    if many { check(context) } else { Ok(()) }
}
