//! Where a run can be broken off, and gone on from by a later one of the same three: what there is after sharing, and after
//! each join.
//!
//! What is kept are shares of the tables as they are then, and their shape, which all know: how many rows, whose, which
//! columns, within which bounds. The next run has keys of its own; it compares with the others what all kept
//! ([`crate::kept`]), shares it anew, and keeps that in its place.
//!
//! # Cost
//! 16 bytes on disk for each element: of a row, one for each column that is used, one where it may be missing, up to
//! three marks, and two for each key. Where parties may cheat, a proof of all that was done since the last stop. To go on:
//! 8 rounds, and 8 bytes to one other party for each element.
//!
//! # Security
//!
//! *Adversary:* as in [`crate::verified`]: only what was proved is kept. *Learnt:* whether all three kept the same; nothing
//! of the values. A party alone that changes what it kept, or that goes on with what it kept in another run, is found out by
//! one of the two others, with whom it has that part in common, and the run ends ([`MpcError::KeptDiffers`]) before anything was
//! computed on it; one that tells the two others different things of it has one of them end the run. Shape and name are
//! compared with the parts. Nothing of an answer has opened where a stop is: whoever keeps stops lets go of them before
//! something does ([`super::Note`]), so that one question is answered once.
//! *At rest* the shares of one party are random, and with those that one other kept in the same run they are the data. Parties
//! share anew when they go on, so that those kept in different runs are not.

use super::ColumnAt;
use super::bounds::Bounds;
use super::tables::{KeyOf, Relation};
use super::together::Tables;
use super::values::Value;
use crate::araki16::multiply;
use crate::context::Context;
use crate::error::MpcError;
use crate::kept;
use crate::ring::{B64, Ring, Z64};
use crate::shares::Shares;
use crate::verified::verify;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// What a party keeps of a run, so that a later one goes on from there.
pub struct Stop {
    /// The name of the run, [`Stops::of`].
    pub of: Digest,
    /// After how many joins.
    pub joins: usize,
    /// This party's shares, and their shape.
    pub bytes: Secret<Vec<u8>>,
}

/// Where a run is gone on from, and what it keeps.
pub struct Stops<'a> {
    /// The name of this run, which no other has, and of all that was agreed on in it.
    pub of: Digest,
    /// What an earlier run kept, at all three after as many joins.
    pub from: Option<Stop>,
    /// Takes what is kept. Of earlier stops the last one is still needed: another party may not have kept this one yet.
    pub keep: &'a mut dyn FnMut(Stop) -> Result<(), MpcError>,
}

impl Stops<'_> {
    /// Keeps what there is after so many joins.
    pub(super) fn keep(
        &mut self,
        context: &mut Context,
        joins: usize,
        tables: &Tables,
    ) -> Result<(), MpcError> {
        context.phase("keep");
        let shape = Shape::of(tables).bytes()?;
        let integers = verify(context, Shares::concat(integers(tables)))?;
        let words = verify(context, Shares::concat(words(tables)))?;
        let [first, second] = names(&self.of, joins, &shape);
        let integers = kept::keep(context.role(), &first, &integers);
        let words = kept::keep(context.role(), &second, &words);
        let parts = [shape.as_slice(), integers.expose(), words.expose()];
        let len = parts.iter().map(|part| 8 + part.len()).sum();
        let mut bytes = Vec::with_capacity(len);
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        (self.keep)(Stop { of: self.of, joins, bytes: Secret::new(bytes) })
    }
}

/// Names of both vectors that are kept.
fn names(of: &Digest, joins: usize, shape: &[u8]) -> [Digest; 2] {
    let joins = (joins as u64).to_le_bytes();
    [b"integers".as_slice(), b"words"]
        .map(|what| Digest::of_parts("yinshu query stop v1", &[&of.0, &joins, shape, what]))
}

/// What was kept, read again; with what is in it, whoever wrote it.
struct Found {
    shape: Shape,
    bytes: Vec<u8>,
    parts: [Secret<Vec<u8>>; 2],
    lengths: [usize; 2],
}

impl Found {
    fn of(bytes: &[u8]) -> Option<Self> {
        let (shape, rest) = part(bytes)?;
        let (first, rest) = part(rest)?;
        let (second, rest) = part(rest)?;
        let found: Shape = serde_json::from_slice(shape).ok()?;
        let lengths = found.lengths()?;
        let parts = [first, second].map(|part| Secret::new(part.to_vec()));
        rest.is_empty().then(|| Self { shape: found, bytes: shape.to_vec(), parts, lengths })
    }
}

/// What comes next, after its length, and what is left.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)
}

/// Goes on from what an earlier run kept.
pub(super) fn resume(context: &mut Context, stop: &Stop) -> Result<Tables, MpcError> {
    context.phase("resume");
    let found = Found::of(stop.bytes.expose());
    // Who has nothing that fits says so, in the same steps.
    let shape = found.as_ref().map_or(&[][..], |found| &found.bytes);
    let names = names(&stop.of, stop.joins, shape);
    let of = |at: usize| found.as_ref().map(|found| (&found.parts[at], found.lengths[at]));
    let (first, second) = (of(0), of(1));
    let len = |found: Option<(_, usize)>| found.map_or(0, |(_, len)| len);
    let integers = kept::resume::<Z64>(context, &names[0], first.map(|(part, _)| part), len(first))?;
    let words = kept::resume::<B64>(context, &names[1], second.map(|(part, _)| part), len(second))?;
    match (found, integers, words) {
        (Some(found), Some(integers), Some(words)) => {
            let integers = anew(context, &integers, Z64(1))?;
            let words = anew(context, &words, B64(u64::MAX))?;
            found.shape.filled(&integers, &words).ok_or(MpcError::KeptDiffers)
        }
        _ => Err(context.end(MpcError::KeptDiffers)),
    }
}

/// Other shares of the same values.
fn anew<R: Ring>(context: &mut Context, values: &Shares<R>, one: R) -> Result<Shares<R>, MpcError> {
    let ones = Shares::public(context.role(), &vec![one; values.len()]);
    multiply(context, values, &ones)
}

/// What all know of the tables.
#[derive(Serialize, Deserialize)]
struct Shape {
    rows: Vec<usize>,
    waiting: Vec<Option<Form>>,
    made: Vec<Form>,
}

/// What all know of a table.
#[derive(Serialize, Deserialize)]
struct Form {
    rows: usize,
    owners: Vec<(u8, usize)>,
    /// Whether it has marks: which rows count, which came in, which are the first.
    marks: [bool; 3],
    /// Columns, and whether their values may be missing.
    columns: Vec<(ColumnAt, Bounds, bool)>,
    keys: Vec<KeyOf>,
}

fn marks(relation: &Relation) -> [&Option<Shares<Z64>>; 3] {
    [&relation.valid, &relation.there, &relation.first]
}

fn relations(tables: &Tables) -> impl Iterator<Item = &Relation> {
    tables.waiting.iter().flatten().chain(&tables.made)
}

/// Marks and columns of all tables, in the order of their forms.
fn integers(tables: &Tables) -> Vec<&Shares<Z64>> {
    let mut all = Vec::new();
    for relation in relations(tables) {
        all.extend(marks(relation).into_iter().flatten());
        for value in relation.columns.values() {
            all.push(&value.shares);
            all.extend(&value.present);
        }
    }
    all
}

/// Keys of all tables.
fn words(tables: &Tables) -> Vec<&Shares<B64>> {
    relations(tables).flat_map(|relation| relation.keys.values().flatten()).collect()
}

impl Shape {
    fn of(tables: &Tables) -> Self {
        Self {
            rows: tables.rows.clone(),
            waiting: tables.waiting.iter().map(|relation| relation.as_ref().map(Form::of)).collect(),
            made: tables.made.iter().map(Form::of).collect(),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, MpcError> {
        serde_json::to_vec(self).map_err(|_| MpcError::Undefined { what: "the shape of what is kept" })
    }

    /// How many integers and words there are.
    fn lengths(&self) -> Option<[usize; 2]> {
        self.waiting.iter().flatten().chain(&self.made).try_fold([0usize; 2], |[integers, words], form| {
            let marks = form.marks.iter().filter(|mark| **mark).count();
            let columns: usize = form.columns.iter().map(|(_, _, nullable)| 1 + usize::from(*nullable)).sum();
            let integers = integers.checked_add(form.rows.checked_mul(marks + columns)?)?;
            Some([integers, words.checked_add(form.rows.checked_mul(2 * form.keys.len())?)?])
        })
    }

    /// The tables of this shape with these values.
    fn filled(self, integers: &Shares<Z64>, words: &Shares<B64>) -> Option<Tables> {
        let mut from = Values { integers, words, at: [0, 0] };
        let waiting =
            self.waiting.into_iter().map(|form| form.map_or(Some(None), |form| from.table(form).map(Some)));
        let waiting = waiting.collect::<Option<_>>()?;
        let made = self.made.into_iter().map(|form| from.table(form)).collect::<Option<_>>()?;
        Some(Tables { rows: self.rows, waiting, made })
    }
}

impl Form {
    fn of(relation: &Relation) -> Self {
        let column = |(&at, value): (&ColumnAt, &Value)| (at, value.bounds, value.present.is_some());
        Self {
            rows: relation.rows,
            owners: relation.owners.clone(),
            marks: marks(relation).map(Option::is_some),
            columns: relation.columns.iter().map(column).collect(),
            keys: relation.keys.keys().copied().collect(),
        }
    }
}

/// Values that are given out one after the other.
struct Values<'a> {
    integers: &'a Shares<Z64>,
    words: &'a Shares<B64>,
    at: [usize; 2],
}

fn next<R: Ring>(values: &Shares<R>, at: &mut usize, rows: usize) -> Option<Shares<R>> {
    let range = *at..at.checked_add(rows).filter(|end| *end <= values.len())?;
    *at = range.end;
    Some(values.slice(range))
}

impl Values<'_> {
    fn table(&mut self, form: Form) -> Option<Relation> {
        let rows = form.rows;
        let mut integers = || next(self.integers, &mut self.at[0], rows);
        let mut marks = [None, None, None];
        for (mark, there) in marks.iter_mut().zip(form.marks) {
            *mark = if there { Some(integers()?) } else { None };
        }
        let [valid, there, first] = marks;
        let mut columns = BTreeMap::new();
        for (at, bounds, nullable) in form.columns {
            let shares = integers()?;
            let present = if nullable { Some(integers()?) } else { None };
            columns.insert(at, Value { shares, present, bounds });
        }
        let mut keys = BTreeMap::new();
        for of in form.keys {
            let mut word = || next(self.words, &mut self.at[1], rows);
            keys.insert(of, [word()?, word()?]);
        }
        Some(Relation { rows, owners: form.owners, valid, there, first, columns, keys })
    }
}
