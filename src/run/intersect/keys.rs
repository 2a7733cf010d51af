//! Our keys: read, cleaned, without repeats.

use crate::contract::PsiTerms;
use crate::tables::CleanTable;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, StringArray};
use yinshu_crypto::hash::Digest;
use yinshu_data::DataError;
use yinshu_psi::Entry;
use yinshu_psi::item::{Domain, vartime_repeats};

/// The different keys of a table, cleaned, in the order in which they first stand there.
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
    /// How many there are: with their repeats, where they were too many to hold.
    count: u64,
    /// All usable keys, repeats included.
    pub(in crate::run) all: u64,
    /// More than may be held: only counted.
    pub(in crate::run) over: bool,
    /// The digest of all usable keys in their order.
    pub(in crate::run) input: Digest,
}

/// The usable keys of the table's next rows; none at its end.
pub(super) fn next(table: &mut CleanTable, psi: &PsiTerms) -> Result<Option<StringArray>, DataError> {
    while let Some(batch) = table.next_batch()? {
        if let Some(column) = batch.batch.column_by_name(&psi.column) {
            return Ok(Some(column.as_string::<i32>().clone()));
        }
    }
    Ok(None)
}

/// The digest of a sequence of items, however it is cut into batches.
pub(super) struct Input {
    digest: Digest,
    held: Vec<u8>,
}

impl Input {
    const BLOCK: usize = 1 << 17;

    pub(super) fn new() -> Self {
        Self { digest: Digest::ZERO, held: Vec::with_capacity(Self::BLOCK) }
    }

    pub(super) fn push(&mut self, entry: &Entry) {
        self.held.extend(entry.item.as_bytes());
        if self.held.len() >= Self::BLOCK {
            self.fold();
        }
    }

    fn fold(&mut self) {
        self.digest = Digest::of_parts("yinshu psi input v1", &[&self.digest.0, &self.held]);
        self.held.clear();
    }

    pub(super) fn finish(&mut self) -> Digest {
        self.fold();
        self.digest
    }
}

/// The domain under which the keys of a contract become items: the kind of key is part of it.
pub(crate) fn domain(psi: &PsiTerms) -> Domain {
    Domain::new(&format!("yinshu/psi/key/2/{:?}", psi.kind))
}

impl Keys {
    fn none() -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            entries: Vec::new(),
            rows: 0,
            unusable: 0,
            count: 0,
            all: 0,
            over: false,
            input: Digest::ZERO,
        }
    }

    /// Reads the contract's key column to its end; more keys than `most` are counted and not held.
    pub(in crate::run) fn read(
        mut table: CleanTable,
        psi: &PsiTerms,
        most: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, DataError> {
        let (mut keys, domain) = (Self::none(), domain(psi));
        let mut input = Input::new();
        while let Some(column) = next(&mut table, psi)? {
            for row in (0..column.len()).filter(|&row| column.is_valid(row)) {
                let key = column.value(row);
                let entry = Entry::from(domain.item(&[key.as_bytes()]));
                input.push(&entry);
                keys.all += 1;
                if keys.all > most && !keys.over {
                    keys.over = true;
                    keys.let_go();
                }
                if !keys.over {
                    keys.entries.push(entry);
                    keys.text.push_str(key);
                    keys.ends.push(keys.text.len());
                }
            }
            progress(table.report().rows_in);
        }
        keys.without(&vartime_repeats(&keys.entries));
        let report = table.report();
        (keys.rows, keys.unusable) = (report.rows_in, report.rows_rejected);
        keys.count = if keys.over { keys.all } else { keys.entries.len() as u64 };
        keys.input = input.finish();
        Ok(keys)
    }

    /// Leaves out the keys at these places, which ascend.
    fn without(&mut self, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let mut left_out = places.iter().peekable();
        let mut kept = Self { rows: self.rows, unusable: self.unusable, all: self.all, ..Self::none() };
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
    pub(in crate::run) fn len(&self) -> u64 {
        self.count
    }

    /// Frees the memory; the figures stay.
    pub(super) fn let_go(&mut self) {
        (self.text, self.ends, self.entries) = (String::new(), Vec::new(), Vec::new());
    }

    /// The key at this place.
    fn at(&self, place: usize) -> Option<&str> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(start..*self.ends.get(place)?)
    }

    /// All of them with their items.
    pub(in crate::run) fn named(&self) -> impl Iterator<Item = (yinshu_psi::Item, &str)> {
        self.entries.iter().enumerate().map(|(at, entry)| (entry.item, self.at(at).unwrap_or_default()))
    }

    /// The keys at these places.
    pub(in crate::run) fn pick(&self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &str> {
        places.into_iter().filter_map(|place| self.at(place))
    }
}
