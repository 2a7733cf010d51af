//! How easily somebody would be found again in what a policy grants: an estimate, for the owner of the data alone.
//!
//! Who knows of somebody the columns by which a policy lets tables be grouped and compared (the *quasi-identifiers*, taken as the
//! policy shows them, in the rows that it grants) finds a class of persons who are alike in all of them. Of these classes:
//!
//! | figure | means | after |
//! |---|---|---|
//! | `least` | persons in the smallest class: k of k-anonymity | Samarati and Sweeney 1998 |
//! | `unique`, `below` | shares of persons alone in their class, or with fewer than 5, 10, 20 | |
//! | `prosecutor` | the chance to name the right one of those in the extract: the greatest, and the mean over persons | El Emam 2013 |
//! | `journalist` | the same where nobody knows who is in the extract, but the population is `1 / sample` times as large | Benedetti and Franconi 1998 |
//! | `marketer` | the share that is named rightly when everybody is matched with the population | El Emam 2013 |
//! | `population_unique` | the share of the unique ones that are unique in the population | Zayatz 1991 |
//! | `columns` | how many would be unique without this column: the one with the least contributes most | |
//! | `diversity` | different values of a sensitive column in a class, at least: distinct l-diversity | Machanavajjhala et al. 2007 |
//!
//! What a sample says of its population rests on how classes are distributed there, which nobody knows: both estimates take
//! small classes to be as frequent among those not seen as among those seen, and can err either way. What is sure is that
//! nothing is greater than `prosecutor`.
//!
//! A data set that is a sample says so (`sample = 0.05` in `[dataset]`); where it does not, the extract is taken for the population, and
//! journalist and prosecutor are the same. *Sensitive* is a column of the level 敏感 (一般-3) or a stricter one that is no quasi-identifier.
//! Of a person with several rows all of them together are compared, across tables too.
//!
//! What an estimate of single rows means for tables of released figures: it bounds what a question can single out, not what comes out. A policy
//! with many unique persons has more of its answers hidden, and each condition that the rules must catch is one that finds somebody.
//!
//! # Security
//! The estimate follows from the rows, so that a researcher must not see it: it goes to whoever registers and approves, and
//! into the log of the room. Classes are told apart by 64-bit fingerprints under fixed constants: of 10^7 persons two classes fall together with a
//! chance of 3 in 10^6, which makes the estimate lower by one class.

mod classes;

use crate::dataset::{Dataset, Domain};
use crate::engine::{Means, Registered, rows};
use crate::error::SandboxError;
use crate::policy::{Policy, Use};
use crate::question::{self, Value};
use classes::{Classes, cell, mixed};
use serde::Serialize;
use std::collections::BTreeMap;

/// Fingerprints of every person that are kept at a time.
const AT_ONCE: usize = 8;

/// An estimate for one policy. Shares are of persons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The policy.
    pub policy: String,
    /// Persons of whom a row is granted.
    pub persons: u64,
    /// Classes of those who are alike.
    pub classes: u64,
    /// Persons in the smallest class.
    pub least: u64,
    /// The share that is alone in its class.
    pub unique: f64,
    /// Shares in classes of fewer than so many.
    pub below: BTreeMap<u64, f64>,
    /// The chance to name the right one of those in the extract.
    pub prosecutor: Risk,
    /// The same in the population.
    pub journalist: Risk,
    /// The share that is named rightly when everybody is matched.
    pub marketer: f64,
    /// The share of the population that the data set has, where it says so.
    pub sample: Option<f64>,
    /// The share of the unique ones that is unique in the population; nothing where the extract is the population.
    pub population_unique: Option<f64>,
    /// The quasi-identifiers, the one that contributes most first.
    pub columns: Vec<Contribution>,
    /// The sensitive columns.
    pub diversity: Vec<Diversity>,
}

/// The chance to name the right person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Risk {
    /// Of whom it is the greatest.
    pub most: f64,
    /// Of a person on average.
    pub mean: f64,
}

/// What a column adds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// The column, as `table.column`.
    pub column: String,
    /// The share that would be unique without it.
    pub unique_without: f64,
}

/// How different the values of a column are within classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diversity {
    /// The column, as `table.column`.
    pub column: String,
    /// Different values in a class, at least.
    pub least: u64,
    /// The share of persons in whose class all have the same.
    pub alike: f64,
}

/// A granted table: its rows, and the columns by which somebody is found or of which something is learnt.
struct Granted {
    table: usize,
    rows: Option<Value>,
    columns: Vec<Granular>,
}

struct Granular {
    name: String,
    value: Value,
    sensitive: bool,
}

/// Which columns a fingerprint is of.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    All,
    Without(usize, usize),
    Only(usize, usize),
}

impl Of {
    fn has(self, table: usize, column: usize, sensitive: bool) -> bool {
        match self {
            Self::All => !sensitive,
            Self::Without(t, c) => !sensitive && (t, c) != (table, column),
            Self::Only(t, c) => (t, c) == (table, column),
        }
    }
}

/// Whether a level is one of what harms somebody when it is known.
fn is_sensitive(level: &str) -> bool {
    crate::airlock::label::rank(level) >= crate::airlock::label::rank("敏感")
}

fn granted(policy: &Policy, dataset: &Dataset) -> Result<Vec<Granted>, SandboxError> {
    let mut all = Vec::new();
    for grant in &policy.grants {
        let Some(table) = dataset.table(&grant.table) else { continue };
        let of = &dataset.tables[table];
        let rows = grant.rows.as_deref().map(|rows| question::condition(rows, dataset, table)).transpose()?;
        let mut columns = Vec::new();
        for (name, uses) in &grant.columns {
            let Some(at) = of.column(name) else { continue };
            if matches!(of.domain(at), Domain::Person | Domain::Pseudonym(_)) {
                continue;
            }
            let quasi = uses.0.contains(&Use::GroupKey) || uses.0.contains(&Use::Compare);
            let sensitive = !quasi && is_sensitive(&of.columns[at].level);
            if quasi || sensitive {
                let (value, _) = crate::masks::shown(grant, of, at, Value::Column(0, at))?;
                columns.push(Granular { name: format!("{}.{name}", of.name), value, sensitive });
            }
        }
        all.push(Granted { table, rows, columns });
    }
    Ok(all)
}

/// Estimates how easily somebody is found in what a policy grants of a registered data set.
///
/// # Errors
/// [`SandboxError`]: the tables cannot be read.
pub async fn estimate(
    policy: &Policy,
    dataset: &Dataset,
    registered: &Registered,
) -> Result<Estimate, SandboxError> {
    let tables = granted(policy, dataset)?;
    let named = |sensitive: bool| {
        let each = tables.iter().enumerate().flat_map(move |(t, table)| {
            let columns = table.columns.iter().enumerate();
            columns
                .filter(move |(_, column)| column.sensitive == sensitive)
                .map(move |(c, column)| (t, c, column))
        });
        each.map(|(t, c, column)| (t, c, column.name.clone())).collect::<Vec<_>>()
    };
    let (quasi, sensitive) = (named(false), named(true));
    let mut wanted = vec![Of::All];
    wanted.extend(sensitive.iter().map(|(t, c, _)| Of::Only(*t, *c)));
    wanted.extend(quasi.iter().map(|(t, c, _)| Of::Without(*t, *c)));
    let mut all: Option<Vec<u64>> = None;
    let mut diversity = Vec::new();
    let mut columns = Vec::new();
    let mut names = sensitive.iter().chain(&quasi).map(|(.., name)| name.clone());
    for some in wanted.chunks(AT_ONCE) {
        for (of, prints) in some.iter().zip(fingerprints(&tables, dataset, registered, some).await?) {
            let (Some(all), false) = (&all, *of == Of::All) else {
                all = Some(prints);
                continue;
            };
            let column = names.next().unwrap_or_default();
            match of {
                Of::Only(..) => {
                    let (least, alike) = classes::diversity(all, &prints);
                    diversity.push(Diversity { column, least, alike });
                }
                _ => {
                    columns.push(Contribution { column, unique_without: Classes::of(prints).share_below(2) });
                }
            }
        }
    }
    columns.sort_by(|a, b| a.unique_without.total_cmp(&b.unique_without));
    let classes = Classes::of(all.unwrap_or_default());
    Ok(told(&classes, policy, dataset.dataset.sample, (columns, diversity)))
}

fn told(
    classes: &Classes,
    policy: &Policy,
    sample: Option<f64>,
    (columns, diversity): (Vec<Contribution>, Vec<Diversity>),
) -> Estimate {
    let share = sample.unwrap_or(1.0);
    let (prosecutor, journalist) = (classes.risk(1.0), classes.risk(share));
    Estimate {
        policy: policy.policy.name.clone(),
        persons: classes.persons(),
        classes: classes.count(),
        least: classes.least(),
        unique: classes.share_below(2),
        below: [5, 10, 20].map(|size| (size, classes.share_below(size))).into(),
        prosecutor,
        journalist,
        marketer: journalist.mean,
        sample,
        population_unique: sample
            .filter(|share| *share < 1.0)
            .map(|share| classes.unique_in_population(share)),
        columns,
        diversity,
    }
}

/// Of every person of whom a row is granted, in the order of their numbers, fingerprints of what their rows are in some columns.
async fn fingerprints(
    tables: &[Granted],
    dataset: &Dataset,
    registered: &Registered,
    wanted: &[Of],
) -> Result<Vec<Vec<u64>>, SandboxError> {
    let persons = usize::try_from(registered.persons).unwrap_or(usize::MAX);
    let means = Means { memory_mib: 1024, folder: registered.folder(), spill_mib: 1 << 20 };
    let mut there = vec![false; persons];
    let mut prints = vec![vec![0u64; persons]; wanted.len()];
    for (t, table) in tables.iter().enumerate() {
        let values: Vec<Value> = table.columns.iter().map(|column| column.value.clone()).collect();
        let has: Vec<Vec<bool>> = wanted
            .iter()
            .map(|of| {
                let columns = table.columns.iter().enumerate();
                columns.map(|(c, column)| of.has(t, c, column.sensitive)).collect()
            })
            .collect();
        let of = (table.table, table.rows.as_ref());
        rows(dataset, (registered, &means), of, &values, &mut |owners, columns| {
            let mut cells = vec![0u64; columns.len()];
            for (row, owner) in owners.iter().enumerate() {
                let owner = usize::try_from(*owner).unwrap_or(usize::MAX);
                let Some(there) = there.get_mut(owner) else { continue };
                *there = true;
                for (at, column) in columns.iter().enumerate() {
                    cells[at] = cell(t, at, column.get(row).copied().flatten());
                }
                // What is of columns of other tables alone takes nothing from this one, not even how many rows there are.
                for (has, prints) in has.iter().zip(&mut prints).filter(|(has, _)| has.contains(&true)) {
                    let some = cells.iter().zip(has).filter(|(_, has)| **has);
                    let sum = some.fold(t as u64, |sum, (cell, _)| sum.wrapping_add(*cell));
                    // Rows of a person count as often as they are there, in no order.
                    prints[owner] = prints[owner].wrapping_add(mixed(sum));
                }
            }
        })
        .await?;
    }
    let kept = |prints: Vec<u64>| prints.into_iter().zip(&there).filter(|(_, there)| **there);
    Ok(prints.into_iter().map(|prints| kept(prints).map(|(print, _)| print).collect()).collect())
}

#[cfg(test)]
mod tests;
