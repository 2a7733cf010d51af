//! What is told with noise is paid of the budget of this node's own data set, before it is told.

use super::{Actor, Node, now};
use crate::contract::{ContractError, Draft, StatsTerms};
use crate::problem::Problem;
use serde_json::json;
use std::sync::PoisonError;
use yinshu_audit::{Account, Amount, Budget, Charge, Price, budget};
use yinshu_net::SessionId;

impl Node {
    /// The account of our data set under a contract, and its whole budget.
    fn account(&self, draft: &Draft) -> Result<(Account, Amount), Problem> {
        let own = &self.config.node.name;
        let me = draft.terms.parties.iter().find(|party| party.name == *own);
        let catalogue =
            me.map_or(draft.terms.data.catalogue.as_str(), |me| draft.catalogue_of(me)).to_owned();
        let Some(set) = self.config.dataset(&catalogue) else {
            return Err(ContractError::NoDataset { catalogue }.into());
        };
        draft.check_budget(set)?;
        let account = Account { owner: own.to_string(), catalogue };
        Ok((account, set.privacy_budget.unwrap_or_default()))
    }

    /// Refuses a run that our data set's budget does not suffice for, before anybody is met. What a run costs comes back,
    /// where it costs something.
    pub(crate) fn affords(&self, draft: &Draft) -> Result<Option<Price>, Problem> {
        let price = draft.terms.stats.as_ref().map(StatsTerms::price).transpose()?.flatten();
        if let Some(price) = &price {
            let (account, total) = self.account(draft)?;
            budget::budget(&self.folder.audit_log(), &account, total)?.allows(&account, price)?;
        }
        Ok(price)
    }

    /// Charges our data set for a run, durably; at most one of those that come at once gets what is left.
    pub(crate) fn charge(&self, draft: &Draft, run: SessionId, by: Actor<'_>) -> Result<(), Problem> {
        let Some(price) = self.affords(draft)? else { return Ok(()) };
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
