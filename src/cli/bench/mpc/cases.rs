//! Which works are run at which size, and what is aimed at.

use super::work::{Job, Work};
use serde::Serialize;
use yinshu_mpc::Security;

/// What is aimed at on the reference machine of two idle cores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(in crate::cli::bench) struct Aim {
    pub(super) seconds: Option<f64>,
    /// Bytes that a party sends.
    pub(super) bytes: Option<u64>,
    /// Seconds over those where parties only look.
    pub(super) of_semi_honest: Option<f64>,
}

impl Aim {
    pub(super) const NONE: Self = Self { seconds: None, bytes: None, of_semi_honest: None };

    pub(super) fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) job: Job,
    pub(super) aim: Aim,
    /// Only where it is asked for.
    pub(super) large: bool,
}

const fn case(work: Work, rows: usize, runs: usize, seconds: Option<f64>) -> Case {
    let job = Job { work, rows, security: Security::SemiHonest, runs };
    Case { job, aim: Aim { seconds, ..Aim::NONE }, large: false }
}

/// The same against a party that cheats.
const fn checked(work: Work, rows: usize, runs: usize, seconds: Option<f64>) -> Case {
    let mut case = case(work, rows, runs, seconds);
    case.job.security = Security::Malicious;
    case.aim.of_semi_honest = match seconds {
        Some(_) => Some(2.5),
        None => None,
    };
    case
}

const K: usize = 1_000;
const M: usize = 1_000_000;

/// All rows; each checked one stands after the same without checks.
pub(super) const CASES: &[Case] = &[
    Case {
        aim: Aim { seconds: Some(0.05), bytes: Some(8_000_000), of_semi_honest: None },
        ..case(Work::Share, M, 5, None)
    },
    checked(Work::Share, M, 5, None),
    case(Work::Moments, M, 5, Some(0.01)),
    checked(Work::Moments, M, 3, None),
    case(Work::Multiply, M, 5, Some(0.03)),
    checked(Work::Multiply, M, 3, Some(0.25)),
    case(Work::Less64, M, 3, Some(0.2)),
    case(Work::Less64, 100 * K, 5, None),
    checked(Work::Less64, 100 * K, 3, Some(0.5)),
    case(Work::Less32, M, 3, Some(0.1)),
    checked(Work::Less32, M, 1, None),
    case(Work::Sort, 100 * K, 3, Some(0.5)),
    checked(Work::Sort, 100 * K, 1, None),
    case(Work::Sort, M, 1, Some(5.0)),
    case(Work::Median, M, 2, Some(0.5)),
    checked(Work::Median, M, 1, None),
    case(Work::Groups, 100 * K, 2, Some(0.7)),
    checked(Work::Groups, 100 * K, 1, None),
    case(Work::Groups, M, 1, Some(8.0)),
    case(Work::ReleasedGroups, M, 2, Some(1.5)),
    checked(Work::ReleasedGroups, M, 1, None),
    case(Work::Join, 100 * K, 1, Some(2.0)),
    checked(Work::Join, 100 * K, 1, None),
    Case { large: true, ..case(Work::Join, 500 * K, 1, Some(10.0)) },
    case(Work::Correlation, 100 * K, 5, Some(0.05)),
    checked(Work::Correlation, 100 * K, 3, None),
    case(Work::Logistic, 455, 2, Some(0.5)),
    checked(Work::Logistic, 455, 1, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checked_work_stands_after_the_same_without_checks() {
        let mut before: Vec<(Work, usize)> = Vec::new();
        for Case { job, .. } in CASES {
            assert!(job.runs > 0 && job.rows > 0);
            match job.security {
                Security::SemiHonest => before.push((job.work, job.rows)),
                Security::Malicious => assert!(before.contains(&(job.work, job.rows)), "{job:?}"),
            }
        }
    }
}
