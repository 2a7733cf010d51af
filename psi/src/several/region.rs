//! Regions of the Venn diagram of several sets, and their sizes.

use crate::error::{Misstep, PsiError};
use serde::{Deserialize, Serialize};

/// Who compares, and what is opened; the same on every side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opens {
    /// The number of the party that compares, and so learns the sizes of all regions.
    pub comparer: usize,
    /// `None`: all regions. Else the intersections whose sizes are opened to the others: bit i of each stands for
    /// party i, and what is counted are the entries that all of these parties hold, whoever else does. With none
    /// named, nothing is opened.
    pub only: Option<Vec<u8>>,
}

impl Opens {
    pub(super) fn check(&self, parties: usize) -> Result<(), PsiError> {
        if self.comparer >= parties {
            return Err(PsiError::BadCircle { detail: "who compares is none of the parties" });
        }
        let fits = |&mask: &u8| mask > 0 && u32::from(mask) < 1 << parties;
        if self.only.as_ref().is_some_and(|only| !only.iter().all(fits)) {
            return Err(PsiError::BadCircle {
                detail: "an intersection is of no party, or of others than the parties",
            });
        }
        Ok(())
    }

    /// How many numbers are opened for each section.
    pub(super) fn count(&self, parties: usize) -> usize {
        self.only.as_ref().map_or((1 << parties) - 1, Vec::len)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = b"sizes".to_vec();
        bytes.push(self.comparer as u8);
        match &self.only {
            None => bytes.push(0),
            Some(only) => bytes.extend(std::iter::once(1).chain(only.iter().copied())),
        }
        bytes
    }
}

/// The sizes of all regions of one section: how many entries are held by exactly these parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Regions(Vec<u64>);

impl Regions {
    pub(super) fn empty(parties: usize) -> Self {
        Self(vec![0; (1 << parties) - 1])
    }

    /// Of the sizes of the regions of the masks 1, 2, 3 and so on.
    pub fn from_numbers(numbers: &[u64]) -> Self {
        Self(numbers.to_vec())
    }

    /// The sizes of the regions of the masks 1, 2, 3 and so on.
    pub fn numbers(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn add(&mut self, mask: u8) {
        self.0[usize::from(mask) - 1] += 1;
    }

    /// How many entries exactly the parties of `mask` hold; 0 for a mask of none or of others.
    pub fn exactly(&self, mask: u8) -> u64 {
        usize::from(mask).checked_sub(1).and_then(|at| self.0.get(at)).copied().unwrap_or(0)
    }

    /// How many entries all the parties of `mask` hold, whoever else does.
    pub fn intersection(&self, mask: u8) -> u64 {
        let within = |at: usize| (at + 1) & usize::from(mask) == usize::from(mask);
        self.0.iter().enumerate().filter(|(at, _)| within(*at)).map(|(_, size)| size).sum()
    }

    /// How many entries at least one of the parties of `mask` holds.
    pub fn union(&self, mask: u8) -> u64 {
        let within = |at: usize| (at + 1) & usize::from(mask) != 0;
        self.0.iter().enumerate().filter(|(at, _)| within(*at)).map(|(_, size)| size).sum()
    }
}

/// What was opened, for each section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sizes {
    /// All regions.
    All(Vec<Regions>),
    /// The intersections named in [`Opens::only`], in its order.
    Only(Vec<Vec<u64>>),
}

impl Sizes {
    /// What `opens` opens of all regions.
    pub(super) fn of(regions: &[Regions], opens: &Opens) -> Self {
        match &opens.only {
            None => Self::All(regions.to_vec()),
            Some(only) => {
                let named = |regions: &Regions| only.iter().map(|&mask| regions.intersection(mask)).collect();
                Self::Only(regions.iter().map(named).collect())
            }
        }
    }

    pub(super) fn numbers(&self) -> Vec<u64> {
        match self {
            Self::All(regions) => regions.iter().flat_map(Regions::numbers).copied().collect(),
            Self::Only(sizes) => sizes.concat(),
        }
    }

    /// From the comparer's numbers, if sets of these sizes (by party, by section) can have them.
    pub(super) fn read(numbers: &[u64], opens: &Opens, counts: &[Vec<u64>]) -> Result<Self, Misstep> {
        let width = opens.count(counts.len());
        if width == 0 {
            return Ok(Self::Only(counts[0].iter().map(|_| Vec::new()).collect()));
        }
        let sections = numbers.chunks_exact(width);
        for (section, numbers) in sections.clone().enumerate() {
            let size = |party: usize| counts[party][section];
            let possible = match &opens.only {
                None => (0..counts.len()).all(|party| {
                    let holds = |at: &usize| (at + 1) >> party & 1 == 1;
                    let sum = (0..width).filter(holds).try_fold(0u64, |sum, at| sum.checked_add(numbers[at]));
                    sum == Some(size(party))
                }),
                Some(only) => only.iter().zip(numbers).all(|(mask, &number)| {
                    (0..counts.len())
                        .filter(|party| mask >> party & 1 == 1)
                        .all(|party| number <= size(party))
                }),
            };
            if !possible {
                return Err(Misstep::ImpossibleSizes);
            }
        }
        Ok(match &opens.only {
            None => Self::All(sections.map(Regions::from_numbers).collect()),
            Some(_) => Self::Only(sections.map(<[u64]>::to_vec).collect()),
        })
    }
}
