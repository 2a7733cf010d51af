//! Rows into batches, the header found on the way.

use super::super::columns::Columns;
use super::super::layout::{HEADER_AMONG, HeldRow, Layout, Verdict};
use super::super::pump::{Outbox, Stop};
use super::super::{BATCH_BYTES, Found};
use crate::source::Source;

pub(super) struct Gather<'a> {
    path: &'a str,
    source: &'a Source,
    outbox: &'a Outbox,
    found: Found,
    held: Vec<HeldRow>,
    held_bytes: usize,
    table: Option<(Layout, Columns)>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(path: &'a str, source: &'a Source, found: Found, outbox: &'a Outbox) -> Self {
        Self { path, source, outbox, found, held: Vec::new(), held_bytes: 0, table: None }
    }

    pub(super) fn row(&mut self, number: u64, text: &[u8], spans: &[(usize, usize)]) -> Result<(), Stop> {
        let Some((layout, columns)) = &mut self.table else {
            return self.hold(number, text, spans);
        };
        match layout.judge(number, text, spans, &mut self.found) {
            Verdict::Keep => columns.push_row(number, text, &spans[..spans.len().min(columns.width())]),
            Verdict::Ragged(ragged) => columns.push_ragged(ragged),
            Verdict::Skip => {}
        }
        if columns.full() {
            let batch = columns.take()?;
            self.outbox.batch(batch, &self.found)?;
        }
        Ok(())
    }

    fn hold(&mut self, number: u64, text: &[u8], spans: &[(usize, usize)]) -> Result<(), Stop> {
        let cells: Vec<String> = spans
            .iter()
            .map(|span| String::from_utf8_lossy(text.get(span.0..span.1).unwrap_or_default()).into_owned())
            .collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            self.found.blank_rows_skipped += 1;
            return Ok(());
        }
        self.held_bytes += text.len();
        self.held.push(HeldRow { number, cells });
        if self.held.len() >= HEADER_AMONG || self.held_bytes >= BATCH_BYTES {
            self.decide()?;
        }
        Ok(())
    }

    fn decide(&mut self) -> Result<(), Stop> {
        let layout = Layout::decide(self.path, &self.held, self.source, false, &mut self.found)?;
        self.outbox.opened(&layout.columns, &self.found)?;
        let first = layout.first_data_row;
        let columns = Columns::new(&layout.columns);
        self.table = Some((layout, columns));
        for row in std::mem::take(&mut self.held).into_iter().filter(|row| row.number >= first) {
            let (text, spans) = row.flat();
            self.row(row.number, &text, &spans)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Stop> {
        if self.table.is_none() {
            self.decide()?;
        }
        if let Some((_, columns)) = &mut self.table
            && !columns.is_empty()
        {
            let batch = columns.take()?;
            self.outbox.batch(batch, &self.found)?;
        }
        Ok(())
    }
}
