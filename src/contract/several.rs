//! Contracts of three to five parties: who is who, who dials whom, and the cells into which sets are cut.

use super::{
    ContractError, Draft, Learn, Party, PsiProtocol, PsiResult, PsiTerms, Role, Scenario, Security, Terms,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yinshu_crypto::sign::PublicKey;
use yinshu_data::table::{ColumnKind, TableSpec};
use yinshu_net::PartyId;
use yinshu_origin::band::{BANDS, band_name};
use yinshu_psi::several::PARTIES;
use yinshu_psi::several::release::Shape;

/// The most figures that one run may tell of each kind: cells with totals, times choices of parties.
pub(super) const MAX_FIGURES: usize = 1 << 14;

/// `[[psi.by]]`: one way to cut sets into cells. What the cells are is agreed, and never taken from the data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// A column of each party's own table: only keys whose value is the same on all sides can meet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The values of that column; rows with others are not brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// In place of a column: five-year age groups on this day, from the birth date in the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_on: Option<Date>,
}

impl Cut {
    /// The name of the column that says which part of the cut a line of the result is.
    pub fn name(&self) -> &str {
        self.column.as_deref().unwrap_or("age")
    }

    /// The parts.
    pub fn parts(&self) -> Vec<String> {
        match self.age_on {
            Some(_) => (0..BANDS).map(band_name).collect(),
            None => self.values.clone(),
        }
    }
}

/// The cells of a contract, in rows and columns.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The parts of the first cut; one without a name where there is none.
    pub rows: Vec<String>,
    /// The parts of the second cut; as above.
    pub columns: Vec<String>,
}

impl Cells {
    /// Those of these cuts: one where there are none.
    pub fn of(cuts: &[Cut]) -> Self {
        let parts = |at: usize| cuts.get(at).map_or_else(|| vec![String::new()], Cut::parts);
        Self { rows: parts(0), columns: parts(1) }
    }

    /// As the crate counts them.
    pub fn shape(&self) -> Shape {
        Shape { rows: self.rows.len(), columns: self.columns.len() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// The name of a cell, by number.
    pub fn name(&self, cell: usize) -> String {
        format!("{}/{}", self.rows[cell / self.columns.len()], self.columns[cell % self.columns.len()])
    }
}

impl Party {
    /// A party of a contract of two.
    pub fn new(name: PartyId, title: String, role: Role, admin_key: PublicKey) -> Self {
        Self { name, title, role, admin_key, catalogue: None, columns: Default::default(), listens: None }
    }

    /// Whether others can dial it.
    pub fn listens(&self) -> bool {
        self.listens.unwrap_or(self.role == Role::Provider)
    }

    /// The description of its own table: the contract's, with its own names for the columns.
    pub fn table(&self, agreed: &TableSpec) -> TableSpec {
        let mut spec = agreed.clone();
        for column in &mut spec.columns {
            if let Some(own) = self.columns.get(&column.name) {
                (column.name, column.aliases) = (own.clone(), Vec::new());
            }
        }
        for column in &mut spec.columns {
            if let Some(own) = column.birth_of.as_ref().and_then(|of| self.columns.get(of)) {
                column.birth_of = Some(own.clone());
            }
        }
        spec
    }

    /// Its own name for a column.
    pub fn own<'a>(&'a self, column: &'a str) -> &'a str {
        self.columns.get(column).map_or(column, String::as_str)
    }

    /// Whether this party dials `other`, or the other this one. The recipient dials, and of two providers the later one
    /// of the contract; unless the one to be dialled does not listen.
    pub fn dials(&self, other: &Self, later: bool) -> bool {
        let first = match (self.role, other.role) {
            (Role::Recipient, _) => true,
            (_, Role::Recipient) => false,
            _ => later,
        };
        if first { other.listens() } else { !self.listens() }
    }
}

impl PsiTerms {
    /// The cells into which sets are cut: one where they are not.
    pub fn cells(&self) -> Cells {
        Cells::of(&self.by)
    }
}

impl Draft {
    /// Whether it has three parties or more.
    pub fn is_several(&self) -> bool {
        self.terms.is_several()
    }

    /// The same draft, if it has three parties or more, or if it has two.
    pub fn of_several(self, several: bool) -> Result<Self, ContractError> {
        if self.is_several() == several {
            return Ok(self);
        }
        let parties = self.terms.parties.len();
        Err(ContractError::WrongParties { contract: self.terms.contract.id, parties })
    }

    /// The number of a party in the order of the contract.
    pub fn number(&self, name: &PartyId) -> Option<usize> {
        self.terms.parties.iter().position(|party| &party.name == name)
    }

    /// The number of the recipient.
    pub fn recipient(&self) -> usize {
        let recipient = self.terms.parties.iter().position(|party| party.role == Role::Recipient);
        recipient.expect("a checked contract has a recipient")
    }

    /// The catalogue code of what a party brings.
    pub fn catalogue_of<'a>(&'a self, party: &'a Party) -> &'a str {
        party.catalogue.as_deref().unwrap_or(&self.terms.data.catalogue)
    }
}

impl Terms {
    /// Whether it has three parties or more.
    pub fn is_several(&self) -> bool {
        self.parties.len() > 2
    }

    pub(super) fn check_parties(&self) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let stats = self.contract.scenario == Scenario::Stats;
        if stats && self.parties.len() != super::computing::PARTIES + self.outside().len() {
            let (contract, parties) = (self.contract.id.clone(), self.parties.len());
            return Err(ContractError::StatsParties { contract, parties });
        }
        let recipients = self.parties.iter().filter(|party| party.role == Role::Recipient).count();
        if self.parties.len() < 2 || recipients != 1 {
            return wrong("party", "a contract has one recipient, and one provider or several");
        }
        for (at, party) in self.parties.iter().enumerate() {
            let before = &self.parties[..at];
            if before.iter().any(|other| other.name == party.name || other.admin_key == party.admin_key) {
                return wrong("party", "two parties have one name or one key");
            }
        }
        if !self.is_several() {
            let own = |party: &Party| {
                party.catalogue.is_some() || !party.columns.is_empty() || party.listens.is_some()
            };
            return match self.parties.iter().any(own) {
                true => {
                    wrong("party", "catalogue, columns and listens of a party go with three parties or more")
                }
                false => Ok(()),
            };
        }
        if !stats && self.contract.scenario != Scenario::Psi || !PARTIES.contains(&self.parties.len()) {
            return wrong(
                "party",
                "only intersections and statistics can have more than two parties, and at most five",
            );
        }
        if self.parties.iter().filter(|party| !party.listens()).count() > 1 {
            return wrong("party.listens", "of any two parties one must listen: at most one may say no");
        }
        if stats && self.parties.iter().any(|party| party.role == Role::Provider && !party.listens()) {
            return wrong("party.listens", "in statistics all providers listen");
        }
        for party in &self.parties {
            // Those of a question are checked with its tables.
            let unknown = |column: &&String| self.query.is_none() && !self.has_column(column);
            if let Some(column) = party.columns.keys().find(unknown) {
                return wrong("party.columns", &format!("data.table has no column {column}"));
            }
        }
        Ok(())
    }

    pub(super) fn check_several(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if !self.is_several() {
            return wrong("psi.result", "regions are told among three parties or more; of two, say size");
        }
        if !matches!(psi.result, PsiResult::Keys | PsiResult::Regions) {
            return wrong("psi.result", "among several it is keys or regions");
        }
        if psi.result == PsiResult::Keys && (psi.learn == Learn::Both || !psi.by.is_empty()) {
            return wrong(
                "psi.learn",
                "among several, keys go to the recipient alone and are not cut into cells",
            );
        }
        let ways = [PsiProtocol::Auto, PsiProtocol::Ecdh];
        if !ways.contains(&psi.protocol) || psi.security == Security::Malicious {
            return wrong("psi.protocol", "among several it is auto or ecdh, against semi-honest parties");
        }
        let of_two = psi.partitioned || psi.incremental || psi.encoding_key.is_some();
        if of_two || !psi.values.is_empty() || psi.noise.is_some() {
            return wrong(
                "psi",
                "values, noise, encoding_key, partitioned and incremental go with two parties",
            );
        }
        self.check_cuts(&psi.by, "psi.by", (&psi.column, psi.kind))?;
        let (cells, with_totals) = (psi.cells(), psi.cells().shape().with_totals());
        let figures = (with_totals.rows * with_totals.columns) << self.parties.len();
        if cells.count() > yinshu_psi::MAX_SECTIONS || figures > MAX_FIGURES {
            return wrong("psi.by", "there are too many cells");
        }
        Ok(())
    }

    /// Checks cuts into cells, of tables whose rows are named by a key.
    pub(super) fn check_cuts(
        &self,
        cuts: &[Cut],
        place: &str,
        (key, kind): (&str, ColumnKind),
    ) -> Result<(), ContractError> {
        let wrong = |why: &str| Err(ContractError::incoherent(place, why));
        if cuts.len() > 2 {
            return wrong("there are at most two");
        }
        for cut in cuts {
            match (&cut.column, cut.age_on) {
                (Some(column), None) if !self.has_column(column) => {
                    return wrong(&format!("data.table has no column {column}"));
                }
                (Some(column), None) if column == key => {
                    return wrong("the key itself makes no cells");
                }
                (Some(_), None) => {}
                (None, Some(_)) if cut.values.is_empty() && kind == ColumnKind::CitizenId => {}
                _ => return wrong("each has a column and its values, or age_on where keys are citizen-id"),
            }
            let parts = cut.parts();
            let twice = parts.iter().enumerate().any(|(at, part)| parts[..at].contains(part));
            if parts.is_empty() || twice || parts.iter().any(|part| part.trim().is_empty()) {
                return wrong("values are at least one, none twice and none empty");
            }
        }
        if cuts.len() == 2 && cuts[0].name() == cuts[1].name() {
            return wrong("the two cuts are one");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
