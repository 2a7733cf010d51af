//! The county's own table, packed: about a hundred bytes a resident.

use super::index::{IndexSecret, Mark};
use super::texts::{Names, Texts};
use super::{RowStream, Stage};
use crate::band::band_of;
use crate::error::VerifyError;
use crate::rows::View;
use crate::terms::Terms;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// One resident.
pub(crate) struct Resident {
    /// Where the key is in the texts; the compared fields follow it.
    pub(crate) text: u64,
    /// Number of the town.
    pub(crate) town: u32,
    pub(crate) band: u8,
    /// Whether a returned row has this key.
    pub(crate) returned: bool,
}

/// The residents, by key.
#[derive(Default)]
pub(crate) struct Local {
    pub(crate) residents: Vec<Resident>,
    pub(crate) by_key: HashMap<Mark, u32, RandomState>,
    pub(crate) texts: Texts,
    pub(crate) towns: Names,
    /// Rows read, rejected ones included.
    pub(crate) rows: u64,
    /// Rows that cleaning rejected or that have no key.
    pub(crate) unusable: u64,
    /// Rows with the key of an earlier one: the first one counts.
    pub(crate) repeated: u64,
}

/// The mark of a key, of either table.
pub(crate) fn key_mark(secret: &IndexSecret, key: &str) -> Mark {
    secret.mark("yinshu/origin/index/key/1", &[key.as_bytes()])
}

const TABLE: &str = "the local table";

impl Local {
    pub(crate) fn read(
        terms: &Terms,
        secret: &IndexSecret,
        batches: RowStream<'_>,
        progress: &mut dyn FnMut(Stage, u64),
    ) -> Result<Self, VerifyError> {
        let mut local = Self::default();
        let mut key = String::new();
        for rows in batches {
            let rows = rows?;
            let view = View::of(TABLE, &rows)?;
            let keys = view.find_all(TABLE, &terms.local.key)?;
            let town = view.find(TABLE, &terms.local.town)?;
            let birth = terms.local.birth.as_ref().map(|c| view.find(TABLE, c)).transpose()?;
            let fields = view.find_all(TABLE, terms.local.fields.values())?;
            local.rows += (view.rows() + rows.rejected.len()) as u64;
            local.unusable += rows.rejected.len() as u64;
            for row in 0..view.rows() {
                if !view.key(row, &keys, &mut key) {
                    local.unusable += 1;
                    continue;
                }
                let number = super::number_of("residents", local.residents.len())?;
                match local.by_key.entry(key_mark(secret, &key)) {
                    std::collections::hash_map::Entry::Occupied(_) => {
                        local.repeated += 1;
                        continue;
                    }
                    std::collections::hash_map::Entry::Vacant(free) => free.insert(number),
                };
                let text = local.texts.end();
                local.texts.push(Some(&key))?;
                for &field in &fields {
                    local.texts.push(view.value(row, field))?;
                }
                local.residents.push(Resident {
                    text,
                    town: local
                        .towns
                        .number(terms.aliases.current(view.value(row, town).unwrap_or_default())),
                    band: band_of(&key, birth.and_then(|b| view.value(row, b)), terms.period.to),
                    returned: false,
                });
            }
            progress(Stage::Local, local.rows);
        }
        Ok(local)
    }

    pub(crate) fn key(&self, resident: usize) -> &str {
        self.residents.get(resident).map_or("", |r| self.texts.key(r.text))
    }

    /// The compared fields of a resident, in the order of the terms.
    pub(crate) fn fields(&self, resident: usize) -> impl Iterator<Item = Option<&str>> {
        let at = self.residents.get(resident).map_or(u64::MAX, |r| r.text);
        self.texts.from(at).skip(1)
    }
}
