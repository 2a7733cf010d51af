//! Our keys: read, cleaned, without repeats.

use crate::contract::PsiTerms;
use crate::tables::KeyTable;
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
    ends: Ends,
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
    /// Where a key stood that repeats an earlier one, and its item.
    repeats: Vec<(usize, Entry)>,
    /// The digest of all usable keys in their order, once it is known.
    counted: Option<Digest>,
}

/// Where keys end in their text: in 32 bits, after where the key that begins a block of keys starts.
#[derive(Default)]
struct Ends {
    blocks: Vec<usize>,
    within: Vec<u32>,
}

impl Ends {
    /// Keys in a block: a cleaned key is short, and no sixteen together reach 2^32 bytes.
    const BLOCK: usize = 16;

    /// The next key, from `start` to `end`.
    fn push(&mut self, start: usize, end: usize) {
        if self.within.len().is_multiple_of(Self::BLOCK) {
            self.blocks.push(start);
        }
        let begun = self.blocks.last().copied().unwrap_or_default();
        self.within.push(u32::try_from(end - begun).unwrap_or(u32::MAX));
    }

    /// Where the key at this place is.
    fn range(&self, place: usize) -> Option<std::ops::Range<usize>> {
        let block = *self.blocks.get(place / Self::BLOCK)?;
        let end = *self.within.get(place)? as usize;
        let start = if place.is_multiple_of(Self::BLOCK) { 0 } else { self.within[place - 1] as usize };
        Some(block + start..block + end)
    }
}

/// The usable keys of the table's next rows; none at its end.
pub(super) fn next(table: &mut KeyTable, psi: &PsiTerms) -> Result<Option<StringArray>, DataError> {
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
            ends: Ends::default(),
            entries: Vec::new(),
            rows: 0,
            unusable: 0,
            count: 0,
            all: 0,
            over: false,
            repeats: Vec::new(),
            counted: None,
        }
    }

    /// Reads the contract's key column to its end; more keys than `most` are counted and not held.
    pub(in crate::run) fn read(
        mut table: KeyTable,
        psi: &PsiTerms,
        most: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, DataError> {
        let (mut keys, domain) = (Self::none(), domain(psi));
        let mut input = Input::new();
        while let Some(column) = next(&mut table, psi)? {
            let rows = (0..column.len()).filter(|&row| column.is_valid(row));
            domain.each(rows.map(|row| column.value(row)), |key, item| {
                let entry = Entry::from(item);
                keys.all += 1;
                if keys.all > most && !keys.over {
                    keys.over = true;
                    keys.entries.iter().for_each(|entry| input.push(entry));
                    keys.let_go();
                }
                if keys.over {
                    input.push(&entry);
                } else {
                    keys.push(key, entry);
                }
            });
            progress(table.report().rows_in);
        }
        keys.without(vartime_repeats(&keys.entries));
        let report = table.report();
        (keys.rows, keys.unusable) = (report.rows_in, report.rows_rejected);
        keys.count = if keys.over { keys.all } else { keys.entries.len() as u64 };
        keys.counted = keys.over.then(|| input.finish());
        Ok(keys)
    }

    fn push(&mut self, key: &str, entry: Entry) {
        let start = self.text.len();
        self.text.push_str(key);
        self.ends.push(start, self.text.len());
        self.entries.push(entry);
    }

    /// Leaves out the keys at these places, which ascend.
    fn without(&mut self, places: Vec<usize>) {
        if places.is_empty() {
            return;
        }
        let mut left_out = places.iter().peekable();
        let mut kept = Self { all: self.all, ..Self::none() };
        for (place, entry) in self.entries.iter().enumerate() {
            if left_out.next_if(|next| **next == place).is_none() {
                kept.push(self.at(place).unwrap_or_default(), *entry);
            }
        }
        kept.repeats = places.into_iter().map(|place| (place, self.entries[place])).collect();
        *self = kept;
    }

    /// The digest of all usable keys in their order, repeats included. Takes a while: only sets that are divided need it.
    pub(super) fn input(&self) -> Digest {
        if let Some(counted) = self.counted {
            return counted;
        }
        let mut input = Input::new();
        let (mut kept, mut repeats) = (self.entries.iter(), self.repeats.iter().peekable());
        for place in 0..self.entries.len() + self.repeats.len() {
            let repeat = repeats.next_if(|(at, _)| *at == place).map(|(_, entry)| entry);
            repeat.or_else(|| kept.next()).into_iter().for_each(|entry| input.push(entry));
        }
        input.finish()
    }

    /// How many there are.
    pub(in crate::run) fn len(&self) -> u64 {
        self.count
    }

    /// Frees the memory; the figures stay.
    pub(super) fn let_go(&mut self) {
        if !self.over {
            self.counted = Some(self.input());
        }
        (self.text, self.ends, self.entries) = (String::new(), Ends::default(), Vec::new());
    }

    /// The key at this place.
    fn at(&self, place: usize) -> Option<&str> {
        self.text.get(self.ends.range(place)?)
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
