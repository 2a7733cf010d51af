//! What cannot be singled out, whoever is left out.
//!
//! Each class of persons is a column of the matrix of released sets: a vector over sets. A combination of sets
//! that says something of few persons is a vector, not nought on those few, that is orthogonal to everybody
//! else's columns. So one exists exactly if the columns span less when some fewer than `least` persons are left
//! out. A subspace that is spanned whichever fewer than `least` persons are left out can be divided by: no such
//! combination sees it. It grows, and is divided by, as long as one of these applies:
//!
//! - a class of at least `least` persons is still there when fewer are left out;
//! - classes whose columns are multiples of each other count together;
//! - of `least` disjoint sets of persons, each spanning what is spanned by the next (each is taken greedily from
//!   what the ones before have left), one is untouched, so the last one's span stays (the idea of the sparse
//!   certificates of Nagamochi and Ibaraki 1992, for matroids instead of graphs).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::atoms::{Atoms, Classes};
use super::field::Field;
use super::grow::{self, Rows};
use super::span::{Row, Span, TooMuch, Work};

/// A class of persons whose column is not in the subspace.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// Its column modulo the subspace.
    pub(crate) row: Row,
    /// Who, rising: fewer than `least`.
    pub(crate) owners: Vec<u32>,
}

/// The subspace that stays.
pub(crate) struct Robust<'a> {
    atoms: &'a Atoms,
    least: usize,
    owners: Option<&'a [u32]>,
    field: Field,
    classes: Classes,
    /// Of each class how many persons, up to `least`.
    persons: Vec<usize>,
    /// How many random functionals were drawn.
    drawn: u64,
    /// What can be divided by.
    pub(crate) span: Span,
}

impl<'a> Robust<'a> {
    pub(crate) fn new(atoms: &'a Atoms, least: usize, owners: Option<&'a [u32]>, field: Field) -> Self {
        let span = Span::new(field, atoms.sets() as usize);
        let classes = atoms.classes();
        let persons = atoms.persons(&classes, least, owners);
        Robust { atoms, least, owners, field, classes, persons, drawn: 0, span }
    }

    /// Divides by whatever stays, until nothing more does; what is left then, the same columns put together.
    pub(crate) fn settle(&mut self, work: &mut Work) -> Result<Vec<Live>, TooMuch> {
        let columns = self.atoms.sets() as usize;
        // Of many classes some will do; which are left when they are divided by is cheap to see.
        let mut most = 2 * self.least * columns;
        loop {
            let live = self.live();
            if live.is_empty() {
                return Ok(Vec::new());
            }
            let large: Vec<usize> = live.iter().copied().filter(|c| self.persons[*c] >= self.least).collect();
            if !large.is_empty() {
                let rows = self.rows(&large);
                let order = grow::order(&rows, columns, work)?;
                grow::spanning(&mut self.span, &rows, order.into_iter(), u32::MAX, self.field, work)?;
                continue;
            }
            let sample = some(&live, most);
            if self.pack(&sample, work)? {
                continue;
            }
            if sample.len() < live.len() {
                most *= 4;
                continue;
            }
            let known = self.known(&live);
            let (left, large) = merged(&mut self.span, known, self.least, work)?;
            if large.is_empty() {
                return Ok(left);
            }
            for row in &large {
                self.divide(row, work)?;
            }
        }
    }

    /// Makes a vector part of the subspace.
    pub(crate) fn divide(&mut self, row: &Row, work: &mut Work) -> Result<(), TooMuch> {
        let row = self.span.resolve(row, work)?;
        if !row.is_empty() {
            self.span.contract(&row);
        }
        Ok(())
    }

    /// Classes that are not in the subspace.
    fn live(&mut self) -> Vec<usize> {
        self.drawn += 1;
        let values = self.span.functional(self.drawn);
        let sums = self.atoms.sums(&self.classes, &values, self.field);
        (0..sums.len()).filter(|c| sums[*c] != 0).collect()
    }

    fn sets(&self, class: usize) -> Vec<u32> {
        self.atoms.sets_of(self.classes.first[class])
    }

    fn column(&self, class: usize) -> Row {
        self.sets(class).into_iter().map(|set| (set, self.field.one())).collect()
    }

    /// Classes with who they are.
    fn known(&self, classes: &[usize]) -> Vec<Live> {
        let mut who = self.who(classes);
        let mut known =
            |c: usize| Live { row: self.column(c), owners: who[c].take().expect("none is large") };
        classes.iter().map(|c| known(*c)).collect()
    }

    fn who(&self, classes: &[usize]) -> Vec<Option<Vec<u32>>> {
        let mut wanted = vec![false; self.persons.len()];
        for class in classes {
            wanted[*class] = true;
        }
        self.atoms.who(&self.classes, &wanted, self.least, self.owners)
    }

    /// How many persons of each class count: somebody with rows in several counts in the first of them alone.
    fn homes(&self, classes: &[usize]) -> Vec<usize> {
        if self.owners.is_none() {
            return classes.iter().map(|c| self.persons[*c]).collect();
        }
        let (who, mut home) = (self.who(classes), HashSet::new());
        let own = |few: &Option<Vec<u32>>, home: &mut HashSet<u32>| {
            few.iter().flatten().filter(|owner| home.insert(**owner)).count()
        };
        classes.iter().map(|c| own(&who[*c], &mut home)).collect()
    }

    /// Takes disjoint spanning sets of persons, each of what is left; whether the last of them spans anything.
    fn pack(&mut self, classes: &[usize], work: &mut Work) -> Result<bool, TooMuch> {
        let mut left = self.homes(classes);
        let rows = self.rows(classes);
        let order = grow::order(&rows, self.span.columns(), work)?;
        let mut best = u32::MAX;
        for round in 0..self.least {
            // Begun from the subspace itself: it is the same to divide by it first.
            let mut span = self.span.clone();
            let there = order.iter().copied().filter(|row| left[*row as usize] > 0);
            let taken = grow::spanning(&mut span, &rows, there, best, self.field, work)?;
            if taken.is_empty() {
                return Ok(false);
            }
            for i in taken {
                left[i] -= 1;
            }
            best = span.rank();
            if round + 1 == self.least {
                self.span = span;
            }
        }
        Ok(true)
    }

    fn rows(&self, classes: &[usize]) -> Rows {
        Rows::of(classes.iter().map(|class| self.sets(*class)))
    }
}

/// At most so many of these, from everywhere.
fn some(all: &[usize], most: usize) -> Vec<usize> {
    let step = all.len().div_ceil(most.max(1)).max(1);
    all.iter().copied().step_by(step).collect()
}

/// Classes modulo a subspace, those with the same column put together, and the columns of those that are large.
pub(crate) fn merged(
    span: &mut Span,
    classes: Vec<Live>,
    least: usize,
    work: &mut Work,
) -> Result<(Vec<Live>, Vec<Row>), TooMuch> {
    let mut places: HashMap<Row, usize> = HashMap::with_capacity(classes.len());
    let mut out: Vec<Live> = Vec::with_capacity(classes.len());
    for class in classes {
        let row = span.resolve(&class.row, work)?;
        if row.is_empty() {
            continue;
        }
        let row = span.normal(&row);
        if let Some(place) = places.get(&row) {
            let owners = &mut out[*place].owners;
            if owners.len() < least {
                work.spend(owners.len())?;
                *owners = union(owners, &class.owners);
            }
        } else {
            places.insert(row.clone(), out.len());
            out.push(Live { row, owners: class.owners });
        }
    }
    let (large, live): (Vec<_>, Vec<_>) = out.into_iter().partition(|l| l.owners.len() >= least);
    Ok((live, large.into_iter().map(|l| l.row).collect()))
}

/// Both, rising.
pub(crate) fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The live classes in parts that share no column.
pub(crate) fn parts(live: &[Live]) -> Vec<Vec<Live>> {
    let mut lead: HashMap<u32, u32> = HashMap::new();
    fn root(lead: &mut HashMap<u32, u32>, mut c: u32) -> u32 {
        while let Some(up) = lead.get(&c).copied().filter(|up| *up != c) {
            let next = lead.get(&up).copied().unwrap_or(up);
            lead.insert(c, next);
            c = up;
        }
        c
    }
    for class in live {
        let first = root(&mut lead, class.row[0].0);
        for (column, _) in &class.row[1..] {
            let other = root(&mut lead, *column);
            lead.insert(other, first);
        }
    }
    let mut parts: BTreeMap<u32, Vec<Live>> = BTreeMap::new();
    for class in live {
        parts.entry(root(&mut lead, class.row[0].0)).or_default().push(class.clone());
    }
    parts.into_values().collect()
}
