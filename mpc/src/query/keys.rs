//! Keys to join by: hashed by their owner with a salt that is public and drawn for the run, so that they have one length.
//!
//! Of honest owners, two different keys have equal hashes (of 96 bits) with a probability below rows² 2^-97; an owner that
//! cheats can share any words in their place, and with them any key of which it knows or guesses the text. The hashes
//! are shared and never opened. A key with a part that is missing is equal to none: its owner draws a hash at random.

use super::owner::Owner;
use super::tables::{KeyOf, Relation, Table};
use super::{ColumnAt, From, Plan, Values};
use crate::araki16::open;
use crate::context::Context;
use crate::error::MpcError;
use crate::outside::Provider;
use crate::ring::B64;
use crate::shares::Shares;
use crate::verified::verify;
use rand_core::CryptoRng;
use yinshu_crypto::hash::Digest;

/// Words of a salt.
pub(super) const SALT: usize = 4;

/// Bits of the second word of a key.
pub(super) const SECOND: usize = 32;

/// The columns of an input that are the key of a side of a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyColumns {
    pub(super) of: KeyOf,
    /// The input that names them.
    pub(super) input: usize,
    pub(super) columns: Vec<usize>,
}

/// The keys of all joins, which are numbered from the outermost on, those of the one side first.
pub(super) fn all(plan: &Plan) -> Result<Vec<KeyColumns>, MpcError> {
    let (mut keys, mut joins) = (Vec::new(), 0);
    walk(plan, &plan.from, &mut joins, &mut keys)?;
    Ok(keys)
}

fn walk(plan: &Plan, from: &From, joins: &mut usize, keys: &mut Vec<KeyColumns>) -> Result<(), MpcError> {
    match from {
        From::Input(_) => Ok(()),
        From::Union(parts) => parts.iter().try_for_each(|part| walk(plan, part, joins, keys)),
        From::Join { one, many, on, .. } => {
            let number = *joins;
            *joins += 1;
            for side in 0..2 {
                let columns: Vec<ColumnAt> = on.iter().map(|pair| pair[side]).collect();
                keys.push(of_side(plan, (number, side), &columns)?);
            }
            for [left, right] in on {
                if kind(plan, *left)? != kind(plan, *right)? {
                    let names = [left, right].map(|at| plan.column_name(*at));
                    return Err(MpcError::Senseless { what: names.join(" = ") });
                }
            }
            walk(plan, one, joins, keys)?;
            walk(plan, many, joins, keys)
        }
    }
}

fn of_side(plan: &Plan, of: KeyOf, columns: &[ColumnAt]) -> Result<KeyColumns, MpcError> {
    let first = columns.first().ok_or(MpcError::Senseless { what: "a join without keys".to_owned() })?;
    if let Some(other) = columns.iter().find(|column| column.input != first.input) {
        let names = [*first, *other].map(|at| plan.column_name(at));
        return Err(MpcError::Senseless { what: names.join(", ") });
    }
    Ok(KeyColumns { of, input: first.input, columns: columns.iter().map(|at| at.column).collect() })
}

/// What is hashed: a text, or an integer of so many decimals.
fn kind(plan: &Plan, at: ColumnAt) -> Result<Option<u32>, MpcError> {
    let column = plan.inputs.get(at.input).and_then(|input| input.columns.get(at.column));
    match column.map(|column| &column.values) {
        Some(Values::Key | Values::Code { .. }) => Ok(None),
        Some(Values::Integer { decimals, .. }) => Ok(Some(*decimals)),
        None => Err(MpcError::Senseless { what: plan.column_name(at) }),
    }
}

/// A salt that none of the three can choose.
pub(super) fn salt(context: &mut Context) -> Result<Vec<B64>, MpcError> {
    let random: Shares<B64> = context.random(SALT);
    let random = verify(context, random)?;
    open(context, &random)
}

fn bytes(salt: &[B64]) -> Vec<u8> {
    salt.iter().flat_map(|word| word.0.to_le_bytes()).collect()
}

/// Shares the keys of an input's rows.
pub(super) fn share(
    context: &mut Context,
    plan: &Plan,
    (at, own): (usize, Option<&Table>),
    (relation, keys): (&mut Relation, &[&KeyColumns]),
    (owner, salt, rng): (&mut Owner<'_>, &[B64], &mut impl CryptoRng),
) -> Result<(), MpcError> {
    // The same columns are hashed once: a row has one key in all joins.
    let mut known: Vec<(&[usize], [Shares<B64>; 2])> = Vec::new();
    for key in keys {
        if let Some((_, words)) = known.iter().find(|(columns, _)| *columns == key.columns) {
            relation.keys.insert(key.of, words.clone());
            continue;
        }
        let words = own.map(|own| hashes(plan, at, (own, relation.rows), &key.columns, (salt, rng)));
        let mut shared = [Shares::zeros(0), Shares::zeros(0)];
        for (number, shared) in shared.iter_mut().enumerate() {
            let ours = words.as_ref().map(|words| words[number].as_slice());
            *shared = owner.share(context, ours, relation.rows)?;
        }
        let [first, second] = shared;
        let second = second.linear(|word| B64(word.0 & ((1 << SECOND) - 1)));
        known.push((&key.columns, [first.clone(), second.clone()]));
        relation.keys.insert(key.of, [first, second]);
    }
    Ok(())
}

/// The same, by an owner that does not compute.
pub(super) fn hand_over(
    provider: &mut Provider,
    plan: &Plan,
    (at, own, rows): (usize, &Table, usize),
    keys: &[&KeyColumns],
    (salt, rng): (&[B64], &mut impl CryptoRng),
) -> Result<(), MpcError> {
    let mut known: Vec<&[usize]> = Vec::new();
    for key in keys {
        if !known.contains(&&key.columns[..]) {
            let words = hashes(plan, at, (own, rows), &key.columns, (salt, rng));
            words.iter().try_for_each(|words| provider.share(words))?;
            known.push(&key.columns);
        }
    }
    Ok(())
}

fn hashes(
    plan: &Plan,
    at: usize,
    (own, rows): (&Table, usize),
    columns: &[usize],
    (salt, rng): (&[B64], &mut impl CryptoRng),
) -> [Vec<B64>; 2] {
    let salt = bytes(salt);
    let mut words = [Vec::with_capacity(rows), Vec::with_capacity(rows)];
    for row in 0..rows {
        let parts: Option<Vec<Vec<u8>>> =
            columns.iter().map(|&column| part(plan, ColumnAt { input: at, column }, own, row)).collect();
        let mut hash = [0; 32];
        match parts {
            Some(parts) => {
                let parts: Vec<&[u8]> =
                    std::iter::once(&salt[..]).chain(parts.iter().map(Vec::as_slice)).collect();
                hash = Digest::of_parts("yinshu query key v1", &parts).0;
            }
            None => rng.fill_bytes(&mut hash),
        }
        for (words, bytes) in words.iter_mut().zip(hash.as_chunks::<8>().0) {
            words.push(B64(u64::from_le_bytes(*bytes)));
        }
    }
    words
}

/// A key's part as bytes; nothing where it is missing, or the row only padded.
fn part(plan: &Plan, at: ColumnAt, own: &Table, row: usize) -> Option<Vec<u8>> {
    let cells = own.columns.get(at.column)?;
    match &plan.inputs[at.input].columns[at.column].values {
        Values::Key => cells.text(row).map(|text| text.as_bytes().to_vec()),
        Values::Code { of } => {
            let text = of.get(usize::try_from(cells.integer(row)?).ok()?)?;
            Some(text.as_bytes().to_vec())
        }
        Values::Integer { .. } => Some(cells.integer(row)?.to_le_bytes().to_vec()),
    }
}
