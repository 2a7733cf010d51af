//! Several segments read as one: for every token the newest row.

use super::segment::{Cursor, GONE, Segment};
use super::{TOKEN_BYTES, Token};
use crate::error::PsiError;

/// Rows in strictly ascending order of token, one at a time.
pub(in crate::unbalanced) trait Rows {
    /// Puts the next row into `row`; false after the last.
    fn next_row(&mut self, row: &mut Vec<u8>) -> Result<bool, PsiError>;
}

/// Segments read side by side, the oldest first.
pub(in crate::unbalanced) struct Merge<'a> {
    cursors: Vec<Cursor<'a>>,
}

impl<'a> Merge<'a> {
    pub(in crate::unbalanced) fn new(segments: impl IntoIterator<Item = &'a Segment>) -> Self {
        Self { cursors: segments.into_iter().map(Cursor::new).collect() }
    }

    /// To the first token that is not below `token`.
    pub(in crate::unbalanced) fn seek(&mut self, token: &Token) -> Result<(), PsiError> {
        self.cursors.iter_mut().try_for_each(|cursor| cursor.seek(token))
    }

    /// Puts the row of `token` into `row`; false where there is none or it was deleted.
    pub(in crate::unbalanced) fn find(&mut self, token: &Token, row: &mut Vec<u8>) -> Result<bool, PsiError> {
        for cursor in self.cursors.iter_mut().rev() {
            cursor.seek(token)?;
            if let Some(found) = cursor.row()?.filter(|found| found[..TOKEN_BYTES] == token[..]) {
                row.clear();
                row.extend(found);
                return Ok(row[TOKEN_BYTES] != GONE);
            }
        }
        Ok(false)
    }
}

impl Rows for Merge<'_> {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Result<bool, PsiError> {
        let mut least: Option<Token> = None;
        for cursor in &mut self.cursors {
            if let Some(token) = cursor.token()? {
                least = Some(least.map_or(token, |least| least.min(token)));
            }
        }
        let Some(least) = least else { return Ok(false) };
        for cursor in &mut self.cursors {
            // Newer segments come later and overwrite what older ones put here.
            if let Some(found) = cursor.row()?.filter(|found| found[..TOKEN_BYTES] == least[..]) {
                row.clear();
                row.extend(found);
                cursor.advance();
            }
        }
        Ok(true)
    }
}
