//! The codes, what a process ends with, and what is for whom.

use super::SandboxError;
use std::path::Path;

impl SandboxError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Syntax { .. } => 9700,
            Self::Unsupported { .. } => 9701,
            Self::NoSuch { .. } => 9702,
            Self::Ambiguous { .. } => 9703,
            Self::NotGranted { .. } => 9704,
            Self::Mixed { .. } => 9705,
            Self::TooLarge { .. } => 9706,
            Self::TooManyGroups { .. } => 9707,
            Self::NotGrouped { .. } => 9708,
            Self::NotJoinable { .. } => 9709,
            Self::OwnersAlone { .. } => 9690,
            Self::NotUser { .. } => 9720,
            Self::Expired { .. } => 9721,
            Self::Quota { .. } => 9722,
            Self::Ended { .. } => 9723,
            Self::NoCluster { .. } => 9724,
            Self::Unsigned { .. } => 9730,
            Self::BadSignature { .. } => 9731,
            Self::NotApprover { .. } => 9732,
            Self::Withdrawn { .. } => 9733,
            Self::Unbound { .. } => 9734,
            Self::OwnPolicy { .. } => 9735,
            Self::Approver { .. } => 9736,
            Self::AlreadySigned { .. } => 9737,
            Self::Description { .. } => 9740,
            Self::Files { .. } => 9741,
            Self::Table { inner, .. } | Self::Remote { inner, .. } => *inner,
            Self::NotRegistered { .. } => 9742,
            Self::History { .. } => 9743,
            Self::Audit { .. } => 9744,
            Self::Engine { .. } => 9745,
            Self::Usage { .. } => 9746,
            Self::NotSingle { .. } => 9747,
            Self::NoValue { .. } => 9710,
            Self::NoRows { .. } => 9691,
            Self::NoSuchRoom { .. } => 9692,
            Self::NoPolicy { .. } => 9693,
            Self::Redescribed { .. } => 9748,
            Self::Shown { .. } => 9749,
            Self::Held { .. } => 9795,
            Self::Egress => 9796,
            Self::Rejected => 9797,
            Self::NoResult { .. } => 9798,
            Self::NotReviewer { .. } => 9799,
            Self::Decided { .. } => 9680,
            Self::Altered { .. } => 9681,
            Self::Reason { .. } => 9682,
            Self::BudgetSpent { .. } => 9750,
            Self::PriceTooHigh { .. } => 9751,
            Self::PriceTooSmall { .. } => 9752,
            Self::NoPrice { .. } => 9753,
            Self::DeltaSpent { .. } => 9754,
            Self::NotAlone { .. } => 9755,
            Self::NoRoom { .. } => 9756,
            Self::NoLogin => 9785,
            Self::LoggedOut => 9786,
            Self::TooManyLogins => 9787,
            Self::NoTicket { .. } => 9788,
            Self::Busy { .. } => 9789,
            Self::Unable => 9790,
            Self::Choose { .. } => 9791,
            Self::Unserved { .. } => 9792,
            Self::Server { .. } => 9793,
            Self::User { .. } => 9794,
            Self::NoProgram { .. } => 9770,
            Self::NoPrograms { .. } => 9771,
            Self::Unfit { .. } => 9772,
            Self::OwnProgram { .. } => 9773,
            Self::OtherKind { .. } => 9774,
            Self::Unreviewed { .. } => 9775,
            Self::OtherComponent { .. } => 9776,
            Self::Walls { .. } => 9760,
            Self::Worker { .. } => 9761,
        }
    }

    /// The exit code of the process, as `yinshu` has them: 2 what was typed or described, 3 data, 5 not allowed, 6 files.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self.code() {
            9724 => 6,
            9690
            | 9720..=9735
            | 9771
            | 9773
            | 9776
            | 9750..=9751
            | 9754
            | 9785..=9787
            | 9795..=9799
            | 9680 => 5,
            2001..=2003 | 9692..=9693 | 9741 | 9744 => 6,
            2016..=2022 | 9736 | 9737 => 2,
            2023 | 9793 => 4,
            2000..=2999 | 9691 | 9743 | 9745 | 9747 | 9749 | 9681 | 9790 => 3,
            9760..=9769 => 6,
            _ => 2,
        }
    }

    /// Whether it says that a policy is not in force.
    pub(crate) fn is_not_in_force(&self) -> bool {
        matches!(self.code(), 9730..=9735)
    }

    /// Nobody of this name and key approves this.
    pub(crate) fn not_approver(by: &str) -> Self {
        Self::NotApprover { by: by.to_owned() }
    }

    /// What of it is for the operator alone, and for the log.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ended { reason, .. } | Self::NoCluster { reason } | Self::Engine { reason } => Some(reason),
            _ => None,
        }
    }

    /// What the operating system said of `path`.
    pub(crate) fn files(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |error| Self::Files { path: path.display().to_string(), reason: error.to_string() }
    }

    /// There is no such result, as far as whoever typed this is told.
    pub(crate) fn no_result(id: &str) -> Self {
        Self::NoResult { id: crate::airlock::scan::plain(id).chars().take(64).collect() }
    }

    /// The engine's failure, for the operator alone.
    pub(crate) fn engine(error: &dyn std::fmt::Display) -> Self {
        Self::Engine { reason: error.to_string() }
    }
}
