//! Our keys: read, cleaned, without repeats.

use crate::contract::PsiTerms;
use crate::tables::CleanTable;
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use hashbrown::HashTable;
use yinshu_data::DataError;
use yinshu_psi::Entry;
use yinshu_psi::item::Domain;

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
        let (mut keys, mut known, domain) = (Self::default(), Known::default(), domain(psi));
        while let Some(batch) = table.next_batch()? {
            let Some(column) = batch.batch.column_by_name(&psi.column) else { continue };
            let column = column.as_string::<i32>();
            for row in (0..column.len()).filter(|&row| column.is_valid(row)) {
                let key = column.value(row);
                let entry = Entry::from(domain.item(&[key.as_bytes()]));
                if known.insert(&keys.entries, &entry) {
                    keys.entries.push(entry);
                    keys.text.push_str(key);
                    keys.ends.push(keys.text.len());
                }
            }
            progress(table.report().rows_in);
        }
        let report = table.report();
        (keys.rows, keys.unusable) = (report.rows_in, report.rows_rejected);
        Ok(keys)
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

/// Which entries were seen: places in a list of entries, found by what is compared. Items are digests, so
/// that their first bytes are hash enough.
#[derive(Default)]
struct Known(HashTable<u32>);

impl Known {
    /// Notes `entry` as the next after `entries`; false where it is among them.
    fn insert(&mut self, entries: &[Entry], entry: &Entry) -> bool {
        let hash = |entry: &Entry| {
            let bytes = entry.item.as_bytes();
            bytes.first_chunk().copied().map_or(0, u64::from_le_bytes)
        };
        let place = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let same = |at: &u32| entries.get(*at as usize) == Some(entry);
        match self.0.entry(hash(entry), same, |at| entries.get(*at as usize).map_or(0, hash)) {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                vacant.insert(place);
                true
            }
        }
    }
}
