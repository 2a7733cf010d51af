//! Sums over groups of rows by secret keys.
//!
//! Few possible groups ([`FEW`]): a bit for each row and group, and one product of matrices. More: rows are sorted by key
//! ([`crate::group`]), together with one row more whose key is that of all rows that do not count, so that this group is always
//! there and can be left out.
//!
//! *Learnt:* of few, nothing; of more, how many groups there are.

use super::Key;
use super::bounds::Scope;
use super::values::{Rows, Value};
use crate::araki16::multiply;
use crate::bits::{Planes, compose, decompose, equal_public};
use crate::context::Context;
use crate::error::MpcError;
use crate::extreme::extremes;
use crate::fixed::bits_of;
use crate::group::{Greatest, sums_and_greatest};
use crate::products::Matrix;
use crate::ring::Z64;
use crate::shares::Shares;

/// Possible groups of which each gets a bit in each row.
pub(super) const FEW: u64 = 16;

/// A value is this many bits at most that a group is told from others by.
const MOST: usize = 40;

/// Groups with their sums.
pub(super) struct Grouped {
    /// The number of each, from 1 on.
    pub(super) keys: Shares<Z64>,
    pub(super) counts: Shares<Z64>,
    /// How many rows each has without those of a receiver, for each that owns some.
    pub(super) rests: Vec<Shares<Z64>>,
    /// For each column, its sums.
    pub(super) sums: Vec<Shares<Z64>>,
    /// For each column of contributions, the greatest.
    pub(super) greatest: Vec<Shares<Z64>>,
}

/// Which groups there can be.
pub(super) struct Domain {
    /// The least value of each key, how many there are, and whether the first number says that it is missing.
    keys: Vec<(i64, u64, bool)>,
    /// How many groups.
    pub(super) size: u64,
}

impl Domain {
    pub(super) fn of(scope: &Scope<'_>, keys: &[Key], rows: usize) -> Result<Self, MpcError> {
        let mut domain = Self { keys: Vec::new(), size: 1 };
        let most = MOST.min(63 - bits_of(rows + 1) as usize);
        for key in keys {
            let bounds = scope.of(&key.of)?;
            let senseless = || MpcError::Senseless { what: key.name.clone() };
            if bounds.min < key.min || bounds.max > key.max {
                return Err(senseless());
            }
            let span = key.max.abs_diff(key.min).saturating_add(1 + u64::from(bounds.nullable));
            domain.size = domain.size.saturating_mul(span);
            let found = (u64::BITS - domain.size.leading_zeros()) as usize;
            if found > most {
                return Err(MpcError::TooManyGroups { key: key.name.clone(), found, max: most });
            }
            domain.keys.push((key.min, span, bounds.nullable));
        }
        Ok(domain)
    }

    fn bits(&self) -> usize {
        (u64::BITS - self.size.leading_zeros()) as usize
    }

    /// The keys of a group by its number, from 1 on.
    pub(super) fn values(&self, number: u64) -> Vec<Option<i64>> {
        let mut rest = number.saturating_sub(1);
        let each = self.keys.iter().map(|&(min, span, nullable)| {
            let digit = rest % span;
            rest /= span;
            match (nullable, digit) {
                (true, 0) => None,
                _ => Some(min.wrapping_add_unsigned(digit - u64::from(nullable))),
            }
        });
        each.collect()
    }

    /// The number of each row's group; 0 where it does not count.
    pub(super) fn numbers(
        &self,
        context: &mut Context,
        rows: &Rows<'_>,
        keys: &[Key],
        valid: &Shares<Z64>,
    ) -> Result<Shares<Z64>, MpcError> {
        let role = context.role();
        let mut number = Shares::zeros(rows.len).plus_public(role, Z64(1));
        let mut stride = 1;
        for (key, &(min, span, nullable)) in keys.iter().zip(&self.keys) {
            let value = rows.evaluate(context, &key.of)?;
            let digit = match nullable {
                true => value.shares.plus(&value.presence(context).times(Z64(1) - Z64::from(min))),
                false => value.shares.plus_public(role, -Z64::from(min)),
            };
            number = number.plus(&digit.times(Z64(stride)));
            stride *= span;
        }
        multiply(context, &number, valid)
    }
}

/// Sums of columns over the groups of these numbers.
pub(super) fn grouped(
    context: &mut Context,
    domain: &Domain,
    numbers: &Shares<Z64>,
    columns: &[Shares<Z64>],
    contributions: &[Value],
) -> Result<Grouped, MpcError> {
    match domain.size <= FEW && contributions.is_empty() {
        true => few(context, domain, numbers, columns),
        false => many(context, domain, numbers, columns, contributions),
    }
}

fn few(
    context: &mut Context,
    domain: &Domain,
    numbers: &Shares<Z64>,
    columns: &[Shares<Z64>],
) -> Result<Grouped, MpcError> {
    let rows = numbers.len();
    let planes = decompose(context, numbers, domain.bits())?;
    let mut marks = Vec::with_capacity(domain.size as usize);
    for number in 1..=domain.size {
        let bits = equal_public(context, &planes, number)?;
        marks.push(compose(context, &bits, rows)?);
    }
    let counts: Vec<_> = marks.iter().map(Shares::sum).collect();
    let (n, p) = (marks.len(), columns.len());
    let (marks, columns) = (Shares::concat(&marks), Shares::concat(columns));
    let product = Matrix { rows: &marks, columns: &columns, n, m: rows, p };
    let sums = context.reshare(&product)?;
    let column = |at: usize| sums.gather(&(0..n).map(|group| group * p + at).collect::<Vec<_>>());
    let keys: Vec<Z64> = (1..=domain.size).map(Z64).collect();
    Ok(Grouped {
        keys: Shares::public(context.role(), &keys),
        counts: Shares::concat(&counts),
        rests: Vec::new(),
        sums: (0..p).map(column).collect(),
        greatest: Vec::new(),
    })
}

fn many(
    context: &mut Context,
    domain: &Domain,
    numbers: &Shares<Z64>,
    columns: &[Shares<Z64>],
    contributions: &[Value],
) -> Result<Grouped, MpcError> {
    let more = |column: &Shares<Z64>| Shares::concat([column, &Shares::zeros(1)]);
    let keys = decompose(context, &more(numbers), domain.bits())?;
    let columns: Vec<_> = columns.iter().map(more).collect();
    let columns: Vec<&Shares<Z64>> = columns.iter().collect();
    let first = contributions.first().map(|value| (more(&value.shares), bits(value)));
    let first = first.as_ref().map(|(of, bits)| Greatest { of, bits: *bits });
    let groups = sums_and_greatest(context, &keys, &columns, first)?;
    // The first group is that of the rows that do not count.
    let rest = |column: &Shares<Z64>| column.slice(1..column.len());
    let mut greatest: Vec<_> = groups.greatest.iter().map(rest).collect();
    for value in contributions.iter().skip(1) {
        let of = more(&value.shares);
        let next = sums_and_greatest(context, &keys, &[], Some(Greatest { of: &of, bits: bits(value) }))?;
        greatest.extend(next.greatest.iter().map(rest));
    }
    let planes = Planes::of_words(&groups.keys, domain.bits());
    let names = crate::bits::compose_planes(context, &planes)?.split(vec![groups.len(); domain.bits()]);
    let names = (0..)
        .zip(&names)
        .fold(Shares::zeros(groups.len()), |sum, (bit, one)| sum.plus(&one.times(Z64(1 << bit))));
    Ok(Grouped {
        keys: rest(&names),
        counts: rest(&groups.counts),
        rests: Vec::new(),
        sums: groups.sums.iter().map(rest).collect(),
        greatest,
    })
}

/// Bits of a value without sign.
fn bits(value: &Value) -> usize {
    (u64::BITS - value.bounds.max.max(1).cast_unsigned().leading_zeros()) as usize
}

/// All rows that count, as one group.
pub(super) fn together(
    context: &mut Context,
    valid: &Shares<Z64>,
    columns: &[Shares<Z64>],
    contributions: &[Value],
) -> Result<Grouped, MpcError> {
    let all = Shares::concat(columns);
    let product = Matrix { rows: valid, columns: &all, n: 1, m: valid.len(), p: columns.len() };
    let sums = context.reshare(&product)?.split(vec![1; columns.len()]);
    let mut greatest = Vec::with_capacity(contributions.len());
    for value in contributions {
        let kept = multiply(context, &value.shares, valid)?;
        let kept = Shares::concat([&kept, &Shares::zeros(1)]);
        let [_, most] = extremes(context, &kept, bits(value) + 2)?;
        greatest.push(most);
    }
    let keys = Shares::public(context.role(), &[Z64(1)]);
    Ok(Grouped { keys, counts: valid.sum(), rests: Vec::new(), sums, greatest })
}
