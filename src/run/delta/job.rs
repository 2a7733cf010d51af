//! What to update, and what an update came to.

use super::ledger::Ledger;
use crate::contract::Draft;
use crate::problem::Problem;
use crate::run::intersect::{Keys, Shown, psi_terms};
use crate::tables::KeyTable;
use serde::Serialize;
use std::path::PathBuf;
use yinshu_data::Source;
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_net::Meter;
use yinshu_psi::delta::{Base, Wanted};
use yinshu_psi::{Entry, Item};

/// What to update.
#[derive(Debug, Clone)]
pub struct UpdateJob {
    /// The contract.
    pub contract: PathBuf,
    /// The whole table as it is now, or packages of changes.
    pub tables: Tables,
    /// The column that holds the keys.
    pub column: String,
    /// The CSV or Parquet file of changes to write.
    pub out: PathBuf,
}

/// Where the recipient's keys are.
#[derive(Debug, Clone)]
pub enum Tables {
    /// All of them: what changed is found in the base.
    Whole(Box<Source>),
    /// What changed; none at all to hear of the provider's changes, or to finish an update that was broken off.
    Changed(Packages),
}

/// Packages of changes.
#[derive(Debug, Clone)]
pub struct Packages {
    /// In the order in which they are read.
    pub sources: Vec<Source>,
    /// The column that says what became of a row.
    pub change: String,
    /// The column that says when.
    pub time: Option<String>,
}

/// What was read of the own side.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Read {
    /// Rows read.
    pub rows: u64,
    /// Rows whose key could not be used.
    pub unusable: u64,
    /// Rows about keys of which something later is known: passed over.
    pub late: u64,
}

/// What an update came to.
#[derive(Debug, Clone, Serialize)]
pub struct Updated {
    /// How many updates this base had, this one among them.
    pub version: u64,
    /// What was read.
    #[serde(flatten)]
    pub read: Read,
    /// Own keys in the base.
    pub own: u64,
    /// Keys that were not in it.
    pub inserted: u64,
    /// Keys that are in it no more.
    pub deleted: u64,
    /// Persons whose keys entered or left the intersection, as far as the contract lets it be said.
    pub changed: Shown,
    /// Of those, how many entered; where it may be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeared: Option<u64>,
    /// The file written, if anything may be.
    pub out: Option<PathBuf>,
    /// Bytes, frames and rounds.
    pub meter: Meter,
}

/// The own side of an update, as the base takes it.
pub(super) enum Own {
    /// All entries, and items that went.
    Whole(Vec<Entry>, Vec<Item>),
    Changes {
        inserted: Vec<Entry>,
        deleted: Vec<Entry>,
    },
}

impl Own {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        match self {
            Self::Whole(entries, _) => Wanted::Whole(entries),
            Self::Changes { inserted, deleted } => Wanted::Changes { inserted, deleted },
        }
    }

    /// Items whose names nobody needs any more once the update is told.
    pub(super) fn gone(self) -> Vec<Item> {
        match self {
            Self::Whole(_, gone) => gone,
            Self::Changes { deleted, .. } => deleted.into_iter().map(|entry| entry.item).collect(),
        }
    }
}

impl UpdateJob {
    fn table(&self, draft: &Draft, source: &Source) -> Result<KeyTable, Problem> {
        let psi = psi_terms(draft);
        let mut key = ColumnSpec::new(&psi.column, psi.kind).required();
        if self.column != psi.column {
            key.aliases.push(self.column.clone());
        }
        let spec = TableSpec { columns: vec![key], ..draft.terms.data.table.clone() };
        Ok(KeyTable::open(source, &spec, &psi.column)?)
    }

    /// Reads the own side; the ledger knows of it before anybody is met.
    pub(super) fn read(
        &self,
        draft: &Draft,
        base: &mut Base,
        ledger: &mut Ledger,
    ) -> Result<(Own, Read), Problem> {
        match &self.tables {
            Tables::Whole(source) => self.whole(draft, source, base, ledger),
            Tables::Changed(packages) => self.changed(draft, packages, ledger),
        }
    }

    fn whole(
        &self,
        draft: &Draft,
        source: &Source,
        base: &mut Base,
        ledger: &mut Ledger,
    ) -> Result<(Own, Read), Problem> {
        let keys = Keys::read(self.table(draft, source)?, psi_terms(draft), u64::MAX, |_| {})?;
        let read = Read { rows: keys.rows, unusable: keys.unusable, late: 0 };
        let there = base.entries()?;
        let new = keys.named().filter(|(item, _)| there.binary_search(&Entry::from(*item)).is_err());
        ledger.know(new)?;
        let mut present = keys.entries;
        present.sort_unstable();
        let gone = there.iter().filter(|entry| present.binary_search(entry).is_err());
        let gone = gone.map(|entry| entry.item).collect();
        Ok((Own::Whole(present, gone), read))
    }

    fn changed(
        &self,
        draft: &Draft,
        packages: &Packages,
        ledger: &mut Ledger,
    ) -> Result<(Own, Read), Problem> {
        let mut said = ledger.unfinished();
        for source in &packages.sources {
            said.read(draft, packages, &self.column, source)?;
        }
        ledger.take(&mut said)?;
        let read = Read { rows: said.read, unusable: said.unusable, late: said.late };
        let side = |gone| {
            let rows = said.rows.iter().filter(move |(_, row)| row.gone == gone);
            rows.map(|(item, _)| Entry::from(*item)).collect()
        };
        Ok((Own::Changes { inserted: side(false), deleted: side(true) }, read))
    }
}
