//! Our keys: read, cleaned, without repeats.

use crate::contract::PsiTerms;
use crate::tables::CleanTable;
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use yinshu_data::DataError;
use yinshu_psi::Entry;
use yinshu_psi::item::{Domain, vartime_repeats};

/// The different keys of a table, cleaned, in the order in which they first stand there.
#[derive(Default)]
pub(in crate::run) struct Keys {
    /// All keys, one after another, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// What is compared, key by key.
    pub(in crate::run) entries: Vec<Entry>,
    /// Rows read.
    pub(in crate::run) rows: u64,
    /// Rows whose key could not be used.
    pub(in crate::run) unusable: u64,
}

/// The domain under which the keys of a contract become items: the kind of key is part of it.
pub(crate) fn domain(psi: &PsiTerms) -> Domain {
    Domain::new(&format!("yinshu/psi/key/2/{:?}", psi.kind))
}

impl Keys {
    /// Reads the contract's key column to its end.
    pub(in crate::run) fn read(
        mut table: CleanTable,
        psi: &PsiTerms,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, DataError> {
        let (mut keys, domain) = (Self::default(), domain(psi));
        while let Some(batch) = table.next_batch()? {
            let Some(column) = batch.batch.column_by_name(&psi.column) else { continue };
            let column = column.as_string::<i32>();
            for row in (0..column.len()).filter(|&row| column.is_valid(row)) {
                let key = column.value(row);
                keys.entries.push(domain.item(&[key.as_bytes()]).into());
                keys.text.push_str(key);
                keys.ends.push(keys.text.len());
            }
            progress(table.report().rows_in);
        }
        keys.without(&vartime_repeats(&keys.entries));
        let report = table.report();
        (keys.rows, keys.unusable) = (report.rows_in, report.rows_rejected);
        Ok(keys)
    }

    /// Leaves out the keys at these places, which ascend.
    fn without(&mut self, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let mut left_out = places.iter().peekable();
        let mut kept = Self { rows: self.rows, unusable: self.unusable, ..Self::default() };
        for (place, entry) in self.entries.iter().enumerate() {
            if left_out.next_if(|next| **next == place).is_none() {
                kept.entries.push(*entry);
                kept.text.push_str(self.at(place).unwrap_or_default());
                kept.ends.push(kept.text.len());
            }
        }
        *self = kept;
    }

    /// How many there are.
    pub(in crate::run) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The key at this place.
    fn at(&self, place: usize) -> Option<&str> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(start..*self.ends.get(place)?)
    }

    /// The keys at these places.
    pub(in crate::run) fn pick(&self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &str> {
        places.into_iter().filter_map(|place| self.at(place))
    }
}
