//! External sorting: rows in any order become sorted runs on the disk, which [`Merge`](super::merge::Merge)
//! reads as one. Memory is that of one run, whatever the number of rows.

use super::segment::{Facts, GONE, Segment, Shape, Writer};
use super::{ROW_HEAD, TOKEN_BYTES, Token};
use crate::error::PsiError;
use rayon::slice::ParallelSliceMut;
use std::path::{Path, PathBuf};

/// The most bytes kept in memory before a run is written.
const RUN_BYTES: usize = 64 << 20;

/// The head of a row, and which it is of those in memory: equal tokens stay in order.
type Slot = ([u8; ROW_HEAD], u32);

/// Takes rows in any order.
pub(in crate::unbalanced) struct Sorter {
    folder: PathBuf,
    shape: Shape,
    limit: usize,
    slots: Vec<Slot>,
    labels: Vec<u8>,
    runs: Vec<(PathBuf, Facts)>,
    pushed: u64,
}

impl Sorter {
    /// Runs are written to `folder`.
    pub(in crate::unbalanced) fn new(folder: &Path, shape: Shape) -> Self {
        Self::with_limit(folder, shape, RUN_BYTES)
    }

    pub(in crate::unbalanced) fn with_limit(folder: &Path, shape: Shape, limit: usize) -> Self {
        let (slots, labels, runs) = (Vec::new(), Vec::new(), Vec::new());
        Self { folder: folder.into(), shape, limit, slots, labels, runs, pushed: 0 }
    }

    /// Adds a row; of two with the same token the later counts.
    pub(in crate::unbalanced) fn push(
        &mut self,
        token: &Token,
        gone: bool,
        label: &[u8],
    ) -> Result<(), PsiError> {
        let mut head = [0; ROW_HEAD];
        head[..TOKEN_BYTES].copy_from_slice(token);
        head[TOKEN_BYTES] = if gone { GONE } else { 0 };
        self.slots.push((head, u32::try_from(self.slots.len()).expect("a run has fewer than 2^32 rows")));
        self.labels.extend(label);
        self.labels.resize(self.slots.len() * self.shape.label, 0);
        self.pushed += 1;
        if self.slots.len() * (size_of::<Slot>() + self.shape.label) >= self.limit {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), PsiError> {
        self.slots
            .par_sort_unstable_by(|(a, at), (b, bt)| (&a[..TOKEN_BYTES], at).cmp(&(&b[..TOKEN_BYTES], bt)));
        let path = self.folder.join(format!("run-{:06}", self.runs.len()));
        let mut writer = Writer::create(&path, self.shape)?;
        let mut row = Vec::with_capacity(self.shape.stride());
        let mut slots = self.slots.iter().peekable();
        while let Some((head, at)) = slots.next() {
            if slots.peek().is_some_and(|(next, _)| next[..TOKEN_BYTES] == head[..TOKEN_BYTES]) {
                continue;
            }
            row.clear();
            row.extend(head);
            let label = *at as usize * self.shape.label;
            row.extend(&self.labels[label..label + self.shape.label]);
            writer.push(&row)?;
        }
        self.runs.push((path, writer.finish(false)?));
        self.slots.clear();
        self.labels.clear();
        Ok(())
    }

    /// All runs.
    pub(in crate::unbalanced) fn finish(mut self) -> Result<Sorted, PsiError> {
        if !self.slots.is_empty() {
            self.spill()?;
        }
        let open = |(path, facts): &(PathBuf, Facts)| Segment::open(path, self.shape, *facts);
        let segments: Result<_, PsiError> = self.runs.iter().map(open).collect();
        Ok(Sorted { segments: segments?, pushed: self.pushed })
    }
}

impl Drop for Sorter {
    fn drop(&mut self) {
        // Opened runs are read to their end after this on systems that allow it; elsewhere, and after a crash,
        // the next change to the store removes them.
        self.runs.iter().for_each(|(path, _)| drop(std::fs::remove_file(path)));
    }
}

/// Sorted runs.
pub(in crate::unbalanced) struct Sorted {
    pub(in crate::unbalanced) segments: Vec<Segment>,
    /// How many rows there were, repeats included.
    pub(in crate::unbalanced) pushed: u64,
}
