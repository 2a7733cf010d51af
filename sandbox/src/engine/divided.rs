//! A question over some of the persons, and what came of all of them put together.
//!
//! ```text
//! persons a..b of every table ─▶ the same plan ─▶ the same fold ─▶ frames ─┐
//! persons b..c of every table ─▶      …                             frames ─┴▶ put together ─▶ Computed | Totals
//! ```
//!
//! No row of one person meets a row of another before groups are added up: tables are put together by person, scores are worked
//! out person by person, and what counts of somebody who has too many rows follows from that person's rows alone. Registered
//! tables lie in the order of persons. So a question is divided by whom rows are about, nothing has to be sent
//! from one part to another, and what comes out is what comes out undivided.

use super::bounded::{Counting, Total, Totals};
use super::fold::{Folding, Layout};
use super::plan::{Means, folding, totals};
use super::register::Registered;
use crate::dataset::Dataset;
use crate::disclosure::Computed;
use crate::error::SandboxError;
use crate::question::Question;
use std::sync::Arc;

type Run<T> = Result<T, SandboxError>;

/// What is worked out of a question.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Figured<'a> {
    /// A table, with so many of the largest contributions.
    Table(usize),
    /// What noise is put on.
    Totals(&'a Counting),
}

/// What came of some of the persons.
pub(crate) struct Part(Came);

enum Came {
    /// Of a table.
    Table(Folding),
    /// Of what noise is put on.
    Totals(Totals),
}

/// What came of everybody.
pub(crate) enum Whole {
    /// A table.
    Table(Computed),
    /// What noise is put on.
    Totals(Totals),
}

impl Part {
    /// It as frames, none of which is empty.
    pub(crate) fn frames(&self) -> Box<dyn Iterator<Item = Run<Vec<u8>>> + '_> {
        match &self.0 {
            Came::Table(folding) => Box::new(folding.carried()),
            Came::Totals(totals) => Box::new(
                totals
                    .groups
                    .iter()
                    .map(|group| postcard::to_allocvec(group).map_err(|error| SandboxError::engine(&error))),
            ),
        }
    }
}

/// Works out what of a question comes of the persons that `registered` looks at.
///
/// # Errors
/// [`SandboxError::Engine`].
pub(crate) async fn part(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    means: &Means<'_>,
    figured: Figured<'_>,
) -> Run<Part> {
    Ok(Part(match figured {
        Figured::Table(largest) => Came::Table(folding(question, dataset, registered, means, largest).await?),
        Figured::Totals(counting) => {
            Came::Totals(totals(question, dataset, registered, means, counting).await?)
        }
    }))
}

/// Puts together what came of all persons: frames, each with the persons it should be of.
///
/// # Errors
/// [`SandboxError::Engine`]: a frame is none that can be.
pub(crate) fn together(
    question: &Question,
    dataset: &Dataset,
    figured: Figured<'_>,
    frames: impl Iterator<Item = Run<([u64; 2], Vec<u8>)>>,
) -> Run<Whole> {
    match figured {
        Figured::Table(largest) => {
            let mut all = Folding::new(Arc::new(Layout::of(question, largest, !dataset.single())?));
            for frame in frames {
                let (persons, frame) = frame?;
                all.take(&frame, persons)?;
            }
            Ok(Whole::Table(all.computed(question)))
        }
        Figured::Totals(counting) => {
            let (groups, many) = (question.groups(), counting.measurements.len());
            let read = |frame: Run<([u64; 2], Vec<u8>)>| {
                let group: Total =
                    postcard::from_bytes(&frame?.1).map_err(|error| SandboxError::engine(&error))?;
                match group.place < groups && group.sums.len() == many && group.ranges.len() == many {
                    true => Ok(group),
                    false => Err(SandboxError::engine(&"a group is none")),
                }
            };
            let groups = frames.map(read).collect::<Run<Vec<Total>>>()?;
            Ok(Whole::Totals(Totals::together(groups.into_iter())))
        }
    }
}

#[cfg(test)]
mod tests;
