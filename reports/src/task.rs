//! What reporters and both aggregators agree on before anything is reported.

use crate::aggregate::msg::PART;
use crate::error::ReportsError;
use crate::kind::Kind;
use crate::seal::SealKey;
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;

/// The fewest reports of which anything may be told, whatever a task says.
pub const FEWEST: u64 = 3;

/// Which of the two aggregators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Role {
    /// Takes the reports in, asks the helper, and gets the figures: aggregator 0 of the draft.
    Leader = 0,
    /// Answers: aggregator 1.
    Helper = 1,
}

/// What was agreed on. Where a contract says it, `agreement` is the contract's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The digest of whatever these terms are part of.
    pub agreement: Digest,
    /// What is reported.
    pub kind: Kind,
    /// The fewest accepted reports of which figures come out. It is about the batch, **not about single figures**: of a batch
    /// of at least this many, each bucket of a histogram comes out as it is, even where one report fell into it, and so does
    /// each place of a vector. The leader reads all of them and could not be kept from it. Have buckets so wide that each
    /// is expected to hold enough, and withhold small ones from whoever the figures are passed on to.
    pub smallest: u64,
    /// Reports of a time before this are rejected, in seconds since 1970.
    pub from: u64,
    /// And of this time or later.
    pub until: u64,
    /// The key to which the leader's shares are encrypted.
    pub leader: SealKey,
    /// The key to which the helper's shares are encrypted.
    pub helper: SealKey,
}

/// Terms that were checked, and their digest: in every report, and compared by the aggregators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    terms: Terms,
    digest: Digest,
}

impl Task {
    /// Checks terms.
    ///
    /// # Errors
    /// [`ReportsError::BadTask`].
    pub fn new(terms: Terms) -> Result<Self, ReportsError> {
        let wrong = |what| Err(ReportsError::BadTask { what });
        terms.kind.check()?;
        // A part has to go whole into a batch: a batch that is too full for another must not be too small to be collected.
        if terms.smallest < FEWEST || terms.smallest > terms.kind.most_reports() - PART as u64 {
            return wrong("the smallest batch has 3 reports at least, and 1024 fewer than a batch can have");
        }
        if terms.from >= terms.until {
            return wrong("the time for reports ends before it begins");
        }
        if terms.leader == terms.helper {
            return wrong("leader and helper have one key: one party would read every report");
        }
        let numbers = [terms.smallest, terms.from, terms.until].map(u64::to_le_bytes);
        let digest = Digest::of_parts(
            "yinshu reports task v1",
            &[
                &terms.agreement.0,
                &terms.kind.bytes(),
                numbers.as_flattened(),
                terms.leader.as_bytes(),
                terms.helper.as_bytes(),
            ],
        );
        Ok(Self { terms, digest })
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What is reported.
    pub fn kind(&self) -> Kind {
        self.terms.kind
    }

    /// The digest of all of it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether a report of this time counts.
    pub fn in_time(&self, time: u64) -> bool {
        (self.terms.from..self.terms.until).contains(&time)
    }

    /// The application context of the draft: it ties every proof to this task.
    pub(crate) fn context(&self) -> Vec<u8> {
        [b"yinshu reports v1".as_slice(), &self.digest.0].concat()
    }
}
