//! What is told with noise is paid of the budget of this node's own data set, before it is told.

use super::{Actor, Node, now};
use crate::config::Dataset;
use crate::contract::{ContractError, Draft, StatsTerms};
use crate::problem::Problem;
use crate::tables::{beside, same_place};
use serde_json::json;
use std::sync::PoisonError;
use yinshu_audit::{Account, Amount, Budget, Charge, Price, budget};
use yinshu_data::Source;
use yinshu_net::SessionId;

/// What a run costs, where it costs something.
fn price(draft: &Draft) -> Result<Option<Price>, ContractError> {
    Ok(draft.terms.stats.as_ref().map(StatsTerms::price).transpose()?.flatten())
}

impl Node {
    /// Our data set under a contract, which has a budget where the contract has noise.
    fn charged(&self, draft: &Draft) -> Result<&Dataset, ContractError> {
        let own = &self.config.node.name;
        let me = draft.terms.parties.iter().find(|party| party.name == *own);
        let catalogue =
            me.map_or(draft.terms.data.catalogue.as_str(), |me| draft.catalogue_of(me)).to_owned();
        let Some(set) = self.config.dataset(&catalogue) else {
            return Err(ContractError::NoDataset { catalogue });
        };
        draft.check_budget(set)?;
        Ok(set)
    }

    /// Its account, and its whole budget.
    fn account(&self, draft: &Draft) -> Result<(Account, Amount), ContractError> {
        let set = self.charged(draft)?;
        let owner = self.config.node.name.to_string();
        let account = Account { owner, catalogue: set.catalogue.clone() };
        Ok((account, set.privacy_budget.unwrap_or_default()))
    }

    /// Where our own rows are, of a run for which we name them: with noise those of the data set that is charged, and no
    /// others.
    pub(crate) fn rows_of(&self, draft: &Draft, named: &Source) -> Result<Source, ContractError> {
        if price(draft)?.is_none() {
            return Ok(named.clone());
        }
        let set = self.charged(draft)?;
        let source = beside(set.source.clone(), &self.folder.0);
        match same_place(&source, named) {
            true => Ok(source),
            false => Err(ContractError::OtherRows { catalogue: set.catalogue.clone() }),
        }
    }

    /// Refuses a run that our data set's budget does not suffice for, before anybody is met.
    pub(crate) fn affords(&self, draft: &Draft) -> Result<(), Problem> {
        if let Some(price) = price(draft)? {
            let (account, total) = self.account(draft)?;
            budget::budget(&self.folder.audit_log(), &account, total)?.allows(&account, &price)?;
        }
        Ok(())
    }

    /// Charges our data set for a run, durably; at most one of those that come at once gets what is left, and that the others
    /// were refused is recorded.
    pub(crate) fn charge(&self, draft: &Draft, run: SessionId, by: Actor<'_>) -> Result<(), Problem> {
        let Some(price) = price(draft)? else { return Ok(()) };
        let (account, total) = self.account(draft)?;
        let (user, ip) = self.named(by);
        let what =
            json!({ "session": run, "contract": draft.terms.contract.id, "mechanism": "discrete-laplace" });
        let charge = Charge { account: &account, price, what, user, ip };
        let _one_at_a_time = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        budget::charge(&mut self.open_log()?, &charge, total, now())?;
        Ok(())
    }

    /// The budgets of all our data sets that have one.
    pub fn budgets(&self) -> Result<Vec<(String, Budget)>, Problem> {
        let sets = self.config.datasets.iter().filter_map(|set| Some((&set.catalogue, set.privacy_budget?)));
        let one = |(catalogue, total): (&String, Amount)| {
            let account = Account { owner: self.config.node.name.to_string(), catalogue: catalogue.clone() };
            Ok((catalogue.clone(), budget::budget(&self.folder.audit_log(), &account, total)?))
        };
        sets.map(one).collect()
    }
}

#[cfg(test)]
mod tests;
