//! The provider's side: streams its source table past the county's questions.

use super::tokens::{field_entry, key_entry};
use super::{failed, matching_terms};
use crate::error::VerifyError;
use crate::here::RowStream;
use crate::rows::{Places, Rows, View};
use crate::terms::{Scope, Terms};
use rand_core::CryptoRng;
use serde::Serialize;
use std::collections::VecDeque;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;
use yinshu_psi::ecdh::msg::OpenPackage;
use yinshu_psi::{Entry, Progress, intersect};

/// What the provider answers from.
pub struct AnswerInput<'a> {
    /// What the contract says.
    pub terms: &'a Terms,
    /// The digest of the contract that both signed.
    pub contract: Digest,
    /// Rows in the files that this provider returned, if it knows: no field may be asked about more
    /// often. Take the rows of the manifest's file entries and not the sum of its counts per division
    /// and day: a wrong count is one of the defects to be found, and would refuse an honest county.
    pub returned_rows: Option<u64>,
    /// How many rows to show: fewer are filled up with random tokens, so that the county learns this
    /// number and not the true one; more is an error. None: as many as there are.
    pub show: Option<u64>,
    /// The live source table.
    pub source: RowStream<'a>,
}

/// What a county asks, known before anything is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Identifiers it asks about.
    pub keys: u64,
    /// Values it asks about, of each private field, with its name.
    pub values: Vec<(String, u64)>,
    /// Its commitment to everything it asks.
    pub commitment: Digest,
}

impl Asked {
    fn new(terms: &Terms, counts: &[u64], commitment: Digest) -> Self {
        let count = |section: usize| counts.get(section).copied().unwrap_or_default();
        let fields = terms.private_fields.iter().enumerate();
        let values = fields.map(|(at, field)| (field.clone(), count(at + 1))).collect();
        Self { keys: count(0), values, commitment }
    }
}

/// What the provider records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Identifiers the county asked about.
    pub asked_keys: u64,
    /// Values the county asked about, of each private field, with its name.
    pub asked_values: Vec<(String, u64)>,
    /// The county's commitment to everything it asked.
    pub commitment: Digest,
    /// Source rows that were matched against.
    pub rows: u64,
    /// Source rows that were not: rejected by cleaning, or without a key.
    pub unusable: u64,
    /// Source rows of other divisions, left out under [`Scope::OurDivisions`].
    pub elsewhere: u64,
    /// Tokens shown to the county.
    pub shown: u64,
}

/// Answers one county. The channel is left open: close it to be sure that the county has everything.
///
/// Memory: 20 bytes a token (a row has one for its key and one for each private field) and one batch.
///
/// # Errors
/// Terms that contradict themselves, a source that cannot be read, a county that asks for more than
/// the contract allows or under another contract, a failure of the channel.
pub fn answer(
    channel: &mut dyn Channel,
    input: AnswerInput<'_>,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answered, VerifyError> {
    answer_recorded(channel, input, rng, &mut |_| Ok(()), progress)
}

/// As [`answer`], and has `record` note what the county asks before anything is answered; if it cannot,
/// nothing is. A county that breaks off just before the end has learned almost everything, and only this
/// record holds it to what it asked.
///
/// # Errors
/// As [`answer`], and what `record` says, as [`VerifyError::Private`].
pub fn answer_recorded(
    channel: &mut dyn Channel,
    input: AnswerInput<'_>,
    rng: &mut impl CryptoRng,
    record: &mut dyn FnMut(&Asked) -> Result<(), String>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answered, VerifyError> {
    let terms = input.terms;
    terms.check()?;
    let per_field = terms.quotas.per_field.min(input.returned_rows.unwrap_or(u64::MAX));
    let mut matching = matching_terms(terms, input.contract, per_field);
    matching.max_peer_items =
        matching.sections.iter().fold(0, |sum: u64, section| sum.saturating_add(section.max));
    let per_row = 1 + terms.private_fields.len() as u64;
    matching.own_items = input.show.map(|rows| rows.saturating_mul(per_row));
    let mut tokens = SourceTokens::new(terms, input.source);
    let mut asked = |open: &OpenPackage| record(&Asked::new(terms, &open.counts, open.commitment));
    let sent = intersect::send_recorded(channel, &mut tokens, &matching, rng, &mut asked, progress);
    if let Some(error) = tokens.error.take() {
        return Err(error);
    }
    let sent = sent.map_err(|error| failed(&error))?;
    let asked = Asked::new(terms, &sent.peer_items, sent.peer_commitment);
    Ok(Answered {
        asked_keys: asked.keys,
        asked_values: asked.values,
        commitment: asked.commitment,
        rows: tokens.rows,
        unusable: tokens.unusable,
        elsewhere: tokens.elsewhere,
        shown: sent.tokens,
    })
}

const TABLE: &str = "the source table";

/// The tokens of the source, batch by batch.
struct SourceTokens<'a> {
    terms: &'a Terms,
    source: RowStream<'a>,
    ready: VecDeque<Entry>,
    /// Why the source ended early: kept here, because the intersection takes only a text.
    error: Option<VerifyError>,
    rows: u64,
    unusable: u64,
    elsewhere: u64,
}

impl<'a> SourceTokens<'a> {
    fn new(terms: &'a Terms, source: RowStream<'a>) -> Self {
        Self { terms, source, ready: VecDeque::new(), error: None, rows: 0, unusable: 0, elsewhere: 0 }
    }

    fn batch(&mut self, rows: &Rows) -> Result<(), VerifyError> {
        let view = View::of(TABLE, rows)?;
        let places = Places::of_source(TABLE, &view, self.terms)?;
        self.unusable += rows.rejected.len() as u64;
        let mut key = String::new();
        for row in 0..view.rows() {
            let ours = view.value(row, places.division).is_none_or(|code| self.terms.is_ours(code));
            if self.terms.scope == Scope::OurDivisions && !ours {
                self.elsewhere += 1;
            } else if view.key(row, &places.key, &mut key) {
                self.rows += 1;
                self.ready.push_back(key_entry(self.terms, &key));
                for (at, (&column, name)) in places.private.iter().zip(&self.terms.private_fields).enumerate()
                {
                    let value = view.value(row, column).map(|value| self.terms.comparable(name, value));
                    self.ready.push_back(field_entry(self.terms, &key, at, value));
                }
            } else {
                self.unusable += 1;
            }
        }
        Ok(())
    }
}

impl Iterator for &mut SourceTokens<'_> {
    type Item = Result<Entry, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            if self.error.is_some() {
                return None;
            }
            let read = self.source.next()?;
            if let Err(error) = read.and_then(|rows| self.batch(&rows)) {
                let text = error.to_string();
                self.error = Some(error);
                self.ready.clear();
                return Some(Err(text));
            }
        }
    }
}
