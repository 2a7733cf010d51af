//! One column's cells, by its kind.

use super::garble::Garble;
use super::report::SuspiciousColumn;
use super::sweep::{Cell, sweep, with_nulls};
use super::{Flag, Reject};
use crate::DataError;
use crate::ident::citizen::{self, Accept, Limits};
use crate::ident::date::{self, Grain};
use crate::ident::han::Alarm;
use crate::ident::name::{self, PuaTable};
use crate::ident::null::NullWords;
use crate::ident::precision::Suspicion;
use crate::ident::{Marks, Reason, Rule, Verdict, masked, whitespace};
use crate::ident::{code, credit_code, division, number, org_code, org_id, sex};
use crate::table::{ColumnKind, ColumnSpec, OnInvalid, TableSpec};
use arrow_array::{Array, ArrayRef, StringArray};
use std::collections::BTreeMap;

/// What holds for all columns of a table.
pub(super) struct Ground {
    limits: Limits,
    nulls: NullWords,
    alarm: Alarm,
    pua: PuaTable,
}

impl Ground {
    pub(super) fn new(spec: &TableSpec) -> Result<Self, DataError> {
        let day = |date: jiff::civil::Date| {
            u32::from(date.year().unsigned_abs()) * 10_000
                + u32::from(date.month().unsigned_abs()) * 100
                + u32::from(date.day().unsigned_abs())
        };
        let latest_birth = spec.latest_birth.map_or(Limits::default().latest_birth, day);
        let nulls = NullWords::with(&spec.null_words);
        let variants = name::PAIRS.chars().filter(|&c| name::simple_of(c).is_some());
        let alarm = Alarm::new(&nulls, variants);
        let limits = Limits { test_region: spec.test_region, latest_birth };
        Ok(Self { limits, nulls, alarm, pua: spec.pua_table()? })
    }
}

/// Where the findings of a batch go.
pub(super) struct Sink<'a> {
    rows: &'a [u64],
    pub(super) dropped: Vec<bool>,
    pub(super) any_dropped: bool,
    pub(super) rejected: Vec<Reject>,
    pub(super) flagged: Vec<(usize, Flag)>,
    pub(super) normalised: [u64; Rule::ALL.len()],
    pub(super) variants: BTreeMap<(char, char), u64>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(rows: &'a [u64]) -> Self {
        Self {
            rows,
            dropped: vec![false; rows.len()],
            any_dropped: false,
            rejected: Vec::new(),
            flagged: Vec::new(),
            normalised: [0; Rule::ALL.len()],
            variants: BTreeMap::new(),
        }
    }

    fn reject(&mut self, at: usize, column: &str, reason: Reason, raw: &str) {
        self.dropped[at] = true;
        self.any_dropped = true;
        let (row, column, masked) = (self.rows[at], column.to_owned(), masked(raw));
        self.rejected.push(Reject { row, column, rule: reason.rule(), reason, masked });
    }

    fn flag(&mut self, at: usize, column: &str, reason: Reason, raw: &str, made_null: bool) {
        let (row, column, masked) = (self.rows[at], column.to_owned(), masked(raw));
        self.flagged.push((at, Flag { row, column, rule: reason.rule(), reason, masked, made_null }));
    }
}

/// A column being cleaned.
pub(super) struct Column {
    pub(super) spec: ColumnSpec,
    pub(super) source: Option<usize>,
    /// The column of ids, and this one of birth dates (R11).
    births: Option<(usize, usize)>,
    pub(super) suspicion: Suspicion,
    pub(super) garble: Garble,
    suspects: Vec<usize>,
}

impl Column {
    pub(super) fn new(spec: ColumnSpec, source: Option<usize>, births: Option<(usize, usize)>) -> Self {
        let (suspicion, garble) = (Suspicion::default(), Garble::default());
        Self { spec, source, births, suspicion, garble, suspects: Vec::new() }
    }

    /// Cleans the column of one batch; `None` if nothing changed.
    pub(super) fn clean(
        &mut self,
        text: &StringArray,
        ground: &Ground,
        scratch: &mut String,
        sink: &mut Sink<'_>,
    ) -> Option<StringArray> {
        let values = (text.len() - text.null_count()) as u64;
        self.suspicion.values += values;
        self.garble.values += values;
        self.suspects.clear();
        let (limits, alarm, width, kind) = (&ground.limits, &ground.alarm, self.spec.width, self.spec.kind);
        let quiet = |b: &[u8]| b.first().is_some_and(|first| alarm.quiet(*first));
        let mut out = {
            let slow = |at: usize, raw: &str, out: &mut String| self.slow(at, raw, ground, sink, out);
            match kind {
                ColumnKind::CitizenId | ColumnKind::PersonId => {
                    sweep(text, scratch, |b| quiet(b) && citizen::is_canonical(b, limits), slow)
                }
                ColumnKind::CreditCode | ColumnKind::OrgId => {
                    sweep(text, scratch, |b| quiet(b) && credit_code::is_canonical(b), slow)
                }
                ColumnKind::OrgCode => sweep(text, scratch, |b| quiet(b) && org_code::is_valid(b), slow),
                ColumnKind::Name | ColumnKind::CompanyName => {
                    sweep(text, scratch, |b| alarm.plain_han(b), slow)
                }
                ColumnKind::Sex => sweep(text, scratch, |b| quiet(b) && sex::is_canonical(b), slow),
                ColumnKind::Date => sweep(text, scratch, |b| quiet(b) && date::is_canonical_date(b), slow),
                ColumnKind::Month => sweep(text, scratch, |b| quiet(b) && date::is_canonical_month(b), slow),
                ColumnKind::Timestamp => {
                    sweep(text, scratch, |b| quiet(b) && date::is_canonical_timestamp(b), slow)
                }
                ColumnKind::Division => {
                    let test = limits.test_region;
                    sweep(text, scratch, |b| quiet(b) && division::is_canonical(b, width, test), slow)
                }
                ColumnKind::Integer => {
                    sweep(text, scratch, |b| quiet(b) && number::is_canonical(b, false), slow)
                }
                ColumnKind::Decimal => {
                    sweep(text, scratch, |b| quiet(b) && number::is_canonical(b, true), slow)
                }
                ColumnKind::Code => sweep(text, scratch, |b| quiet(b) && code::is_canonical(b, width), slow),
                ColumnKind::Text => {
                    let plain = |b: &[u8]| quiet(b) && b.iter().all(u8::is_ascii_alphanumeric);
                    sweep(text, scratch, |b| plain(b) || alarm.plain_han(b), slow)
                }
            }
        };
        self.judge_suspects(text, &mut out, sink);
        out
    }

    /// A cell that is not plainly canonical.
    fn slow(&mut self, at: usize, raw: &str, ground: &Ground, sink: &mut Sink<'_>, out: &mut String) -> Cell {
        let mut marks = Marks::default();
        let mut verdict = if ground.nulls.matches(whitespace::trim(raw)) {
            if !raw.is_empty() {
                marks.normalised(Rule::R17);
            }
            Verdict::Null
        } else {
            self.value(raw, ground, out, &mut marks)
        };
        if verdict == Verdict::Null {
            self.suspicion.values = self.suspicion.values.saturating_sub(1);
            self.garble.values = self.garble.values.saturating_sub(1);
            if self.spec.required {
                verdict = Verdict::Invalid(Reason::MissingValue);
            }
        }
        for rule in marks.normalised.iter() {
            sink.normalised[rule as usize] += 1;
        }
        if let Some(reason) = marks.flag {
            self.note_flag(at, raw, reason, sink);
        }
        match verdict {
            Verdict::Same => Cell::Same,
            Verdict::Changed => Cell::Value,
            Verdict::Null => Cell::Null,
            Verdict::Invalid(reason) => self.invalid(at, raw, reason, sink),
        }
    }

    fn value(&self, raw: &str, ground: &Ground, out: &mut String, marks: &mut Marks) -> Verdict {
        let (limits, width) = (&ground.limits, self.spec.width);
        match self.spec.kind {
            ColumnKind::CitizenId => citizen::clean(raw, Accept::Citizens, limits, out, marks),
            ColumnKind::PersonId => citizen::clean(raw, Accept::Anyone, limits, out, marks),
            ColumnKind::CreditCode => credit_code::clean(raw, out, marks),
            ColumnKind::OrgCode => org_code::clean(raw, out, marks),
            ColumnKind::OrgId => org_id::clean(raw, out, marks),
            ColumnKind::Name => name::clean(raw, &ground.pua, out, marks),
            ColumnKind::CompanyName => name::clean_company(raw, &ground.pua, out, marks),
            ColumnKind::Sex => sex::clean(raw, out, marks),
            ColumnKind::Date => date::clean(raw, Grain::Day, out, marks),
            ColumnKind::Month => date::clean(raw, Grain::Month, out, marks),
            ColumnKind::Timestamp => date::clean(raw, Grain::Second, out, marks),
            ColumnKind::Division => division::clean(raw, width, limits.test_region, out, marks),
            ColumnKind::Integer => number::clean_integer(raw, out, marks),
            ColumnKind::Decimal => number::clean_decimal(raw, out, marks),
            ColumnKind::Code => code::clean(raw, width, out, marks),
            ColumnKind::Text => name::clean_text(raw, out, marks),
        }
    }

    fn note_flag(&mut self, at: usize, raw: &str, reason: Reason, sink: &mut Sink<'_>) {
        match reason {
            // Held until the whole batch is seen.
            Reason::PrecisionSuspect => {
                self.suspicion.suspects += 1;
                self.suspects.push(at);
            }
            Reason::PossibleVariant => {
                for (c, simple) in raw.chars().filter_map(|c| Some((c, name::simple_of(c)?))) {
                    *sink.variants.entry((c, simple)).or_default() += 1;
                }
                sink.flag(at, &self.spec.name, reason, raw, false);
            }
            _ => sink.flag(at, &self.spec.name, reason, raw, false),
        }
    }

    fn invalid(&mut self, at: usize, raw: &str, reason: Reason, sink: &mut Sink<'_>) -> Cell {
        match reason {
            Reason::PrecisionLost => self.suspicion.lost += 1,
            Reason::Mojibake => self.garble.note(sink.rows[at], raw),
            _ => {}
        }
        match self.spec.action() {
            OnInvalid::Reject => {
                sink.reject(at, &self.spec.name, reason, raw);
                Cell::Null
            }
            OnInvalid::Null => {
                sink.flag(at, &self.spec.name, reason, raw, true);
                Cell::Null
            }
        }
    }

    /// Lets the suspects of the batch through or not, now that it is seen whole (R04).
    fn judge_suspects(&mut self, text: &StringArray, out: &mut Option<StringArray>, sink: &mut Sink<'_>) {
        let suspects = std::mem::take(&mut self.suspects);
        let condemned = self.suspicion.judge();
        for &at in &suspects {
            let raw = text.value(at);
            if condemned {
                self.suspicion.lost += 1;
                match self.spec.action() {
                    OnInvalid::Reject => sink.reject(at, &self.spec.name, Reason::PrecisionLost, raw),
                    OnInvalid::Null => sink.flag(at, &self.spec.name, Reason::PrecisionLost, raw, true),
                }
            } else {
                self.suspicion.pass(sink.rows[at]);
                sink.flag(at, &self.spec.name, Reason::PrecisionSuspect, raw, false);
            }
        }
        if condemned && !suspects.is_empty() && self.spec.action() == OnInvalid::Null {
            *out = Some(with_nulls(out.as_ref().unwrap_or(text), &suspects));
        }
        self.suspects = suspects;
    }

    /// Flags birth dates that differ from the ids (R11); the row is kept.
    pub(super) fn compare_births(&self, arrays: &[ArrayRef], sink: &mut Sink<'_>) {
        let Some((id, birth)) = self.births else { return };
        let text = |at: usize| arrays[at].as_any().downcast_ref::<StringArray>();
        let (Some(ids), Some(births)) = (text(id), text(birth)) else { return };
        for at in (0..ids.len()).filter(|&at| ids.is_valid(at) && births.is_valid(at)) {
            let (id, birth) = (ids.value(at).as_bytes(), births.value(at).as_bytes());
            // A rejected row may hold text that is not canonical.
            if sink.dropped[at] || id.len() != 18 || birth.len() != 10 {
                continue;
            }
            if id[6..10] != birth[..4] || id[10..12] != birth[5..7] || id[12..14] != birth[8..] {
                sink.flag(at, &self.spec.name, Reason::BirthMismatch, births.value(at), false);
            }
        }
    }

    /// What the report says of lost digits.
    pub(super) fn suspicious(&self) -> Option<SuspiciousColumn> {
        let suspicion = &self.suspicion;
        let silent = suspicion.suspects == 0 && suspicion.lost == 0;
        (!silent).then(|| SuspiciousColumn {
            column: self.spec.name.clone(),
            expected_at_most: suspicion.expected_at_most(),
            suspicion: suspicion.clone(),
        })
    }
}
