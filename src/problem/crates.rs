//! The crates' errors as problems.

use super::{Coded, Problem};
use yinshu_net::Fault;

/// Whose fault it was, as a word: `local`, `network`, or the peer's name.
pub(super) fn whose(fault: &Fault) -> String {
    match fault {
        Fault::Local => "local".into(),
        Fault::Network => "network".into(),
        Fault::Peer(party) => party.to_string(),
    }
}

macro_rules! coded {
    ($($error:ty),* $(,)?) => {$(
        impl Coded for $error {
            fn code(&self) -> u16 {
                <$error>::code(self)
            }
        }
    )*};
}

macro_rules! coded_with_fault {
    ($($error:ty),* $(,)?) => {$(
        impl Coded for $error {
            fn code(&self) -> u16 {
                <$error>::code(self)
            }
            fn fault(&self) -> Option<String> {
                Some(whose(&<$error>::fault(self)))
            }
        }
    )*};
}

coded!(
    crate::scenario::ScenarioError,
    yinshu_origin::objection::ObjectionError,
    yinshu_origin::package::PackageError,
    crate::config::ConfigError,
    crate::contract::ContractError,
    crate::run::UpdateError,
    crate::run::QueryError,
    crate::run::StatsError,
    yinshu_audit::AuditError,
    yinshu_data::DataError,
);
coded_with_fault!(yinshu_origin::VerifyError, yinshu_net::NetError, yinshu_ot::OtError);

impl Coded for yinshu_mpc::MpcError {
    fn code(&self) -> u16 {
        Self::code(self)
    }
    fn fault(&self) -> Option<String> {
        Self::fault(self).as_ref().map(whose)
    }
    fn inner(&self) -> Option<Problem> {
        match self {
            Self::Channel { cause } => Some(Problem::of(cause)),
            _ => None,
        }
    }
}

impl Coded for yinshu_reports::ReportsError {
    fn code(&self) -> u16 {
        Self::code(self)
    }
    fn fault(&self) -> Option<String> {
        Self::fault(self).as_ref().map(whose)
    }
    fn inner(&self) -> Option<Problem> {
        match self {
            Self::Channel { cause } => Some(Problem::of(cause)),
            _ => None,
        }
    }
}

impl Coded for yinshu_psi::PsiError {
    fn code(&self) -> u16 {
        Self::code(self)
    }
    fn fault(&self) -> Option<String> {
        Some(whose(&Self::fault(self)))
    }
    fn inner(&self) -> Option<Problem> {
        match self {
            Self::Channel { cause } => Some(Problem::of(cause)),
            Self::Correlation { cause } => Some(Problem::of(cause)),
            _ => None,
        }
    }
}
