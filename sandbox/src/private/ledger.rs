//! What is charged, to whom, and what is left: the log of the room is the ledger ([`yinshu_audit::budget`]).
//!
//! An account is an owner's data set by its catalogue code. Copies of a data set in the room, under whatever names, have one
//! account together, of which the least budget and the strictest mode hold.

use super::Mode;
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::Room;
use serde_json::json;
use yinshu_audit::{Account, Amount, AuditError, Budget, Charge, Price, Share, Total, budget};

/// What was spent of a data set's budget.
#[derive(Debug, Clone)]
pub struct Spent {
    /// The account.
    pub account: Account,
    /// The whole.
    pub budget: Budget,
    /// By policy.
    pub shares: Vec<(String, Budget)>,
}

fn account(dataset: &Dataset) -> Account {
    Account { owner: dataset.dataset.owner.clone(), catalogue: dataset.dataset.catalogue.clone() }
}

fn told(error: AuditError) -> SandboxError {
    match error {
        AuditError::BudgetSpent { catalogue, asked, left, total } => {
            SandboxError::BudgetSpent { of: catalogue, asked, left, total }
        }
        AuditError::DeltaSpent { catalogue, asked, left, total } => {
            SandboxError::DeltaSpent { of: catalogue, asked, left, total }
        }
        error => SandboxError::Audit { reason: error.to_string() },
    }
}

impl Room {
    /// The data sets of the same account, this one among them.
    fn copies(&self, dataset: &Dataset) -> Result<Vec<Dataset>, SandboxError> {
        let mut all = self.datasets()?;
        all.retain(|other| account(other) == account(dataset));
        all.push(dataset.clone());
        Ok(all)
    }

    /// How answers under a policy are made safe: the strictest of what it, its data set and copies of that say.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn mode(&self, policy: &Policy, dataset: &Dataset) -> Result<Mode, SandboxError> {
        let copies = self.copies(dataset)?;
        let strictest = copies.iter().map(|copy| copy.dataset.mode).max().unwrap_or_default();
        Ok(strictest.max(policy.policy.mode))
    }

    /// The whole budget of a data set: of copies the least ρ and the least δ, which keeps to what each of them promises.
    fn total(&self, dataset: &Dataset) -> Result<Total, SandboxError> {
        let copies = self.copies(dataset)?;
        let budgets = copies.iter().filter_map(|copy| copy.dataset.privacy_budget.as_ref());
        let budgets = budgets.map(super::Allowance::total).collect::<Result<Vec<_>, _>>()?;
        let least = |of: fn(&Total) -> Amount| budgets.iter().map(of).min().unwrap_or_default();
        Ok(Total { rho: least(|total| total.rho), delta: least(|total| total.delta) })
    }

    /// What is left for a policy before it asks: of the data set, and of its own share.
    ///
    /// # Errors
    /// [`SandboxError::Audit`]: the ledger cannot be read.
    pub fn budgets(
        &self,
        policy: &Policy,
        dataset: &Dataset,
    ) -> Result<(Budget, Option<Budget>), SandboxError> {
        let (log, account) = (self.log_path(), account(dataset));
        let whole = budget::budget(&log, &account, self.total(dataset)?).map_err(told)?;
        let share = share(policy).map(|share| budget::budget_of(&log, &account, &share)).transpose();
        Ok((whole, share.map_err(told)?))
    }

    /// Charges a data set for a question, durably: when this returns it is on disk, and nothing was computed yet.
    ///
    /// # Errors
    /// [`SandboxError::BudgetSpent`]: too little is left; that is recorded, too. [`SandboxError::Audit`].
    pub fn charge(
        &self,
        policy: &Policy,
        dataset: &Dataset,
        user: &str,
        price: Price,
        question: &str,
    ) -> Result<Budget, SandboxError> {
        let (account, total) = (account(dataset), self.total(dataset)?);
        let name = &policy.policy.name;
        let charge = Charge {
            account: &account,
            price,
            what: json!({ "policy": name, "question": question, "mechanism": "discrete-gaussian" }),
            user: user.to_owned(),
            ip: self.address(),
        };
        let share = share(policy).unwrap_or(Share { name, most: total.rho });
        let mut log = self.log()?;
        budget::charge_share(&mut log, &charge, total, Some(&share), self.now()).map_err(told)
    }

    /// What was spent of the budget of every account of the room, and under which policies.
    ///
    /// # Errors
    /// [`SandboxError::Audit`]: the ledger cannot be read.
    pub fn spent(&self) -> Result<Vec<Spent>, SandboxError> {
        let mut all: Vec<Spent> = Vec::new();
        let log = self.log_path();
        for dataset in self.datasets()? {
            let account = account(&dataset);
            if dataset.dataset.privacy_budget.is_none() || all.iter().any(|known| known.account == account) {
                continue;
            }
            let budget = budget::budget(&log, &account, self.total(&dataset)?).map_err(told)?;
            let mut shares = Vec::new();
            for name in self.policies()? {
                // One that may not be asked under any longer has spent what it has.
                let (policy, of) = self.policy_or_what_was(&name)?;
                if self::account(&of) != account || self.mode(&policy, &of)? != Mode::Dp {
                    continue;
                }
                let own = share(&policy).unwrap_or(Share { name: &name, most: budget.total });
                shares.push((name.clone(), budget::budget_of(&log, &account, &own).map_err(told)?));
            }
            all.push(Spent { account, budget, shares });
        }
        Ok(all)
    }
}

/// The share of a policy that has one.
fn share(policy: &Policy) -> Option<Share<'_>> {
    let most = policy.dp.as_ref()?.budget?;
    Some(Share { name: &policy.policy.name, most })
}
