//! Who computes in joint statistics and questions: the first three parties. A fourth and a fifth only bring rows.

use super::{ContractError, Draft, Role, Security, Terms};
use yinshu_net::PartyId;

/// How many parties compute.
pub(super) const PARTIES: usize = yinshu_mpc::Role::ALL.len();

impl Terms {
    /// The parties that bring rows and do not compute.
    pub fn outside(&self) -> &[PartyId] {
        let of_query = self.query.as_ref().map(|query| &query.outside[..]);
        let of_stats = self.stats.as_ref().map(|stats| &stats.outside[..]);
        of_stats.or(of_query).unwrap_or_default()
    }

    /// Checks who receives under a section, and who does not compute.
    pub(super) fn check_computing(&self, section: &str, receivers: &[PartyId]) -> Result<(), ContractError> {
        let wrong = |key: &str, why: &str| Err(ContractError::incoherent(&format!("{section}.{key}"), why));
        let outside = self.outside();
        let known =
            |name: &PartyId| self.parties.iter().any(|party| &party.name == name) && !outside.contains(name);
        let twice = |at: usize| receivers[..at].contains(&receivers[at]);
        let fit = (0..receivers.len()).all(|at| known(&receivers[at]) && !twice(at));
        let recipient = self.parties.iter().find(|party| party.role == Role::Recipient);
        if !fit || recipient.is_none_or(|party| !receivers.contains(&party.name)) {
            return wrong(
                "receivers",
                "they are parties that compute, none twice, and the recipient is one of them",
            );
        }
        let last = &self.parties[self.parties.len().saturating_sub(outside.len())..];
        if last.iter().map(|party| &party.name).ne(outside) {
            return wrong("outside", "they are the last parties of the contract, in its order");
        }
        Ok(())
    }
}

impl Draft {
    /// Whether a party, by its number, brings rows and does not compute.
    pub fn is_outside(&self, party: usize) -> bool {
        self.terms.outside().contains(&self.terms.parties[party].name)
    }

    /// What those of the three that compute are who are among these.
    pub fn roles(&self, of: &[PartyId]) -> Vec<yinshu_mpc::Role> {
        let parties = self.terms.parties.iter().zip(yinshu_mpc::Role::ALL);
        parties.filter(|(party, _)| of.contains(&party.name)).map(|(_, role)| role).collect()
    }
}

impl From<Security> for yinshu_mpc::Security {
    fn from(security: Security) -> Self {
        match security {
            Security::SemiHonest => Self::SemiHonest,
            Security::Malicious => Self::Malicious,
        }
    }
}
