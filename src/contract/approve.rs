//! From a draft to something that may run: deny by default.

use super::{ContractError, Draft, Role, Scenario};
use crate::config::{Config, Dataset};
use jiff::{Timestamp, civil::Date, tz};
use std::sync::Arc;
use yinshu_net::PartyId;

/// A contract that this node may run now: signed by every party, in force, and no wider than the
/// node's own catalogue. Only [`Draft::approve`] makes one.
#[derive(Debug, Clone)]
pub struct Approved {
    draft: Arc<Draft>,
    side: Side,
    operator: String,
}

/// Which side of the contract this node is, with the data set where it is the provider's.
#[derive(Debug, Clone)]
pub enum Side {
    /// We hold the source, in this data set of our catalogue.
    Provider(Box<Dataset>),
    /// We ask.
    Recipient,
}

impl Approved {
    /// The contract.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }
    /// Which side we are.
    pub fn side(&self) -> &Side {
        &self.side
    }
    /// Our operator, for records.
    pub fn operator(&self) -> &str {
        &self.operator
    }
    /// The other party's name; among several, the recipient's, and the first provider's for the recipient.
    pub fn peer(&self) -> &PartyId {
        let role = match self.side {
            Side::Provider(_) => Role::Recipient,
            Side::Recipient => Role::Provider,
        };
        &self.draft.party(role).name
    }
}

/// The calendar day in the time zone of the parties (UTC+8).
pub fn day_of(now: Timestamp) -> Date {
    tz::TimeZone::fixed(tz::offset(8)).to_datetime(now).date()
}

impl Draft {
    /// Makes an [`Approved`] of a draft, or says which rule refuses it.
    pub fn approve(self, config: &Config, now: Timestamp) -> Result<Approved, ContractError> {
        self.check_parties(config)?;
        for party in &self.terms.parties {
            self.check_signature(&party.name)?;
        }
        self.check_day(day_of(now))?;
        let role = self.role_of(&config.node.name)?;
        let side = match role {
            Role::Recipient => Side::Recipient,
            Role::Provider => Side::Provider(Box::new(self.check_catalogue(config)?.clone())),
        };
        let asked = self.most_peer_items(role);
        if asked > config.limits.peer_items {
            return Err(ContractError::QuotaTooLarge { asked, limit: config.limits.peer_items });
        }
        Ok(Approved { draft: Arc::new(self), side, operator: config.people.operator.clone() })
    }

    fn role_of(&self, me: &PartyId) -> Result<Role, ContractError> {
        let mine = self.terms.parties.iter().find(|party| &party.name == me);
        mine.map(|party| party.role).ok_or_else(|| ContractError::NotAParty {
            contract: self.terms.contract.id.clone(),
            me: me.to_string(),
        })
    }

    /// Every other party is one this node knows, by the key this node was given for it.
    fn check_parties(&self, config: &Config) -> Result<(), ContractError> {
        self.role_of(&config.node.name)?;
        let contract = self.terms.contract.id.clone();
        for party in self.terms.parties.iter().filter(|party| party.name != config.node.name) {
            let name = party.name.to_string();
            let Ok(peer) = config.peer(&party.name) else {
                return Err(ContractError::UnknownParty { contract, party: name });
            };
            if peer.admin_key != party.admin_key {
                return Err(ContractError::UnknownKey { contract, party: name });
            }
        }
        Ok(())
    }

    fn check_day(&self, today: Date) -> Result<(), ContractError> {
        let heading = &self.terms.contract;
        let contract = heading.id.clone();
        if today > heading.valid_until {
            return Err(ContractError::Expired { contract, until: heading.valid_until.to_string() });
        }
        if today < heading.valid_from {
            return Err(ContractError::NotYet { contract, from: heading.valid_from.to_string() });
        }
        Ok(())
    }

    /// The provider's own catalogue decides; what it does not name is refused.
    fn check_catalogue<'c>(&self, config: &'c Config) -> Result<&'c Dataset, ContractError> {
        use crate::config::Share;
        let me = self.terms.parties.iter().find(|party| party.name == config.node.name);
        let catalogue = me.map_or(self.terms.data.catalogue.as_str(), |me| self.catalogue_of(me)).to_owned();
        let Some(set) = config.dataset(&catalogue) else {
            return Err(ContractError::NoDataset { catalogue });
        };
        // 有条件共享 needs this node's own signature and 无条件共享 does not; but a run needs every
        // party's, so that what `approve` checked before covers both.
        if set.share == Share::Refused {
            return Err(ContractError::ShareRefused { catalogue });
        }
        let scenario = self.terms.contract.scenario;
        if !set.scenarios.contains(&scenario) {
            return Err(ContractError::ScenarioRefused { catalogue, scenario: scenario.word().to_owned() });
        }
        // Among several, all others take part in it.
        let mut others =
            self.terms.parties.iter().map(|party| &party.name).filter(|n| **n != config.node.name);
        if let Some(other) = others.find(|name| !set.parties.contains(name)) {
            return Err(ContractError::PartyRefused { catalogue, party: other.to_string() });
        }
        // Under its own name or under another: an alias must not reach a column that is not shared.
        let table = me.map_or_else(|| self.terms.data.table.clone(), |me| me.table(&self.terms.data.table));
        let mut asked =
            table.columns.iter().flat_map(|column| std::iter::once(&column.name).chain(&column.aliases));
        if let Some(column) = asked.find(|name| !set.columns.contains(name)) {
            return Err(ContractError::ColumnRefused { catalogue, column: column.clone() });
        }
        let mine =
            self.terms.query.as_ref().zip(me).and_then(|(query, me)| Some((query.table_of(&me.name)?, me)));
        let mut named = mine.into_iter().flat_map(|(table, me)| table.used().map(|column| me.own(column)));
        if let Some(column) = named.find(|name| !set.columns.iter().any(|known| known == name)) {
            return Err(ContractError::ColumnRefused { catalogue, column: column.to_owned() });
        }
        let asked = self.terms.data.min_group_size;
        if asked < set.min_group_size {
            return Err(ContractError::GroupTooSmall { catalogue, asked, smallest: set.min_group_size });
        }
        self.check_privacy(set)?;
        self.check_budget(set)?;
        if self.terms.contract.valid_until > set.available_until {
            return Err(ContractError::LastsTooLong {
                catalogue,
                asked: self.terms.contract.valid_until.to_string(),
                until: set.available_until.to_string(),
            });
        }
        Ok(set)
    }

    /// Refuses noise over a data set that has no budget for it.
    pub(crate) fn check_budget(&self, set: &Dataset) -> Result<(), ContractError> {
        let noise = self.terms.stats.as_ref().is_some_and(|stats| stats.noise.is_some());
        match set.privacy_budget {
            None if noise => Err(ContractError::NoBudget {
                contract: self.terms.contract.id.clone(),
                catalogue: set.catalogue.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Most items the other side may bring under this contract, seen from `role`.
    fn most_peer_items(&self, role: Role) -> u64 {
        match (self.terms.contract.scenario, role, &self.terms.origin, &self.terms.psi) {
            (Scenario::OriginVerify, Role::Provider, Some(origin), _) => {
                origin.max_keys.saturating_mul(1 + origin.private_fields.len() as u64)
            }
            (Scenario::Psi, Role::Provider, _, Some(psi)) if self.is_several() => {
                psi.max_recipient_keys.max(psi.max_provider_keys)
            }
            (Scenario::Psi, Role::Provider, _, Some(psi)) => psi.max_recipient_keys,
            (Scenario::Psi, Role::Recipient, _, Some(psi)) => psi.max_provider_keys,
            (Scenario::Stats, ..) if self.terms.query.is_some() => {
                self.terms.query.as_ref().map_or(0, super::QueryTerms::all_rows)
            }
            (Scenario::Stats, ..) => self.terms.stats.as_ref().map_or(0, |stats| stats.figures() as u64),
            _ => 0,
        }
    }
}
