//! Streams the returned files past the contract and the packed local table.

use super::agreement::{FieldRate, compare};
use super::columns::{self, ColumnCheck};
use super::counts::{self, Counts, Tally};
use super::index::{Index, IndexSecret, Mark};
use super::local::key_mark;
use super::people::Person;
use super::staleness::{Clock, FileAge};
use super::{Here, Local, People, ReturnedFile, Sink, Sizes, Stage, number_of};
use crate::band::band_of;
use crate::defect::{Defect, DefectKind, Detail};
use crate::error::VerifyError;
use crate::grid::Grid;
use crate::rows::{Noted, Places, Rows, View, push_value, row_digest};
use crate::terms::Terms;
use std::collections::{BTreeMap, HashMap, HashSet};
use yinshu_crypto::hash::Digest;

/// The rule that flags a birth date other than the identifier's.
const BIRTH_RULE: &str = "R11";

pub(super) struct Walk<'a, 's> {
    terms: &'a Terms,
    secret: &'a IndexSecret,
    sink: &'a mut Sink<'s>,
    local: Local,
    people: People,
    found: BTreeMap<DefectKind, u64>,
    sizes: Sizes,
    tally: Tally,
    clock: Clock,
    columns: ColumnCheck,
    agreement: Vec<FieldRate>,
    invalid_keys: BTreeMap<String, u64>,
    unusable_rows: BTreeMap<String, u64>,
    files: Vec<FileAge>,
    surplus: Grid,
}

/// One row while it is being looked at.
struct Row<'v> {
    view: &'v View<'v>,
    places: &'v Places,
    at: usize,
    number: u64,
    key: Option<&'v str>,
    digest: Digest,
    flag: Option<&'v Noted>,
}

impl Row<'_> {
    fn value(&self, column: usize) -> Option<&str> {
        self.view.value(self.at, column)
    }
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(
        terms: &'a Terms,
        secret: &'a IndexSecret,
        local: Local,
        sink: &'a mut Sink<'s>,
    ) -> Self {
        let rate = |column: &String| FieldRate { column: column.clone(), ..FieldRate::default() };
        let sizes = Sizes {
            local_rows: local.rows,
            local_people: local.residents.len() as u64,
            local_unusable: local.unusable,
            local_repeated: local.repeated,
            ..Sizes::default()
        };
        Self {
            terms,
            secret,
            sink,
            local,
            people: People::default(),
            found: BTreeMap::new(),
            sizes,
            tally: Tally::default(),
            clock: Clock::default(),
            columns: ColumnCheck::default(),
            agreement: terms.local.fields.keys().map(rate).collect(),
            invalid_keys: BTreeMap::new(),
            unusable_rows: BTreeMap::new(),
            files: Vec::new(),
            surplus: Grid::default(),
        }
    }

    fn report(&mut self, defect: Defect) -> Result<(), VerifyError> {
        *self.found.entry(defect.kind).or_default() += 1;
        (self.sink)(defect)
    }

    /// A defect of a row of the file being read.
    fn row_defect(&self, kind: DefectKind, row: u64) -> Defect {
        Defect { file: self.people.files.last().cloned(), row: Some(row), ..Defect::new(kind) }
    }

    pub(super) fn file(
        &mut self,
        file: ReturnedFile<'_>,
        progress: &mut dyn FnMut(Stage, u64),
    ) -> Result<(), VerifyError> {
        self.people.files.push(file.name.clone());
        self.sizes.files += 1;
        for defect in columns::check(&file.name, &file.columns, &self.terms.columns, &mut self.columns) {
            self.report(defect)?;
        }
        for rows in file.rows {
            self.batch(&file.name, &rows?)?;
            progress(Stage::Returned, self.sizes.returned_rows);
        }
        let (age, defect) = self.clock.end_file(&file.name, self.terms);
        self.files.push(age);
        defect.map_or(Ok(()), |defect| self.report(defect))
    }

    fn batch(&mut self, file: &str, rows: &Rows) -> Result<(), VerifyError> {
        let view = View::of(file, rows)?;
        let places = Places::of(file, &view, self.terms)?;
        self.rejects(&rows.rejected)?;
        let births = rows.flagged.iter().filter(|flag| flag.rule == BIRTH_RULE);
        let flags: HashMap<u64, &Noted> = births.map(|flag| (flag.row, flag)).collect();
        let mut key = String::new();
        for (at, &number) in rows.row_numbers.iter().enumerate() {
            let has_key = view.key(at, &places.key, &mut key);
            self.row(&Row {
                view: &view,
                places: &places,
                at,
                number,
                key: has_key.then_some(key.as_str()),
                digest: row_digest(view.cells(at)),
                flag: flags.get(&number).copied(),
            })?;
        }
        Ok(())
    }

    /// Rows that cleaning refused: for their key, or for something else.
    fn rejects(&mut self, rejected: &[Noted]) -> Result<(), VerifyError> {
        let mut seen = HashSet::new();
        // A row refused for its key and for something else is refused for its key.
        let (keys, others): (Vec<&Noted>, Vec<&Noted>) =
            rejected.iter().partition(|noted| self.terms.key.contains(&noted.column));
        for noted in keys {
            if seen.insert(noted.row) {
                self.sizes.returned_rows += 1;
                *self.invalid_keys.entry(noted.rule.clone()).or_default() += 1;
                let detail = Detail::Rule { rule: noted.rule.clone(), masked: noted.masked.clone() };
                let column = Some(noted.column.clone());
                let defect = self.row_defect(DefectKind::InvalidKey, noted.row);
                self.report(Defect { column, detail, ..defect })?;
            }
        }
        for noted in others {
            if seen.insert(noted.row) {
                self.sizes.returned_rows += 1;
                *self.unusable_rows.entry(format!("{} {}", noted.column, noted.rule)).or_default() += 1;
            }
        }
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), VerifyError> {
        self.sizes.returned_rows += 1;
        self.sizes.kept_rows += 1;
        let division = row.value(row.places.division);
        let updated = row.places.update_time.and_then(|column| row.value(column));
        self.tally.add(division, updated);
        if self.terms.update_time.is_some() {
            self.clock.add(updated, self.terms);
        }
        let birth = row.places.birth.and_then(|column| row.value(column));
        let band = band_of(row.key.unwrap_or_default(), birth, self.terms.period.to);
        let surplus = division.is_some_and(|code| !self.terms.is_ours(code));
        if surplus {
            self.surplus.add(division.unwrap_or_default(), band, true);
            let defect = self.row_defect(DefectKind::SurplusRow, row.number);
            self.report(Defect {
                division: division.map(str::to_owned),
                key: row.key.map(str::to_owned),
                row_digest: Some(row.digest),
                ..defect
            })?;
        }
        let Some(key) = row.key else {
            *self.invalid_keys.entry("null".into()).or_default() += 1;
            let defect = self.row_defect(DefectKind::InvalidKey, row.number);
            return self.report(Defect { row_digest: Some(row.digest), ..defect });
        };
        let mark = key_mark(self.secret, key);
        if self.repeats(row, key, mark, surplus)? {
            return Ok(());
        }
        self.first(row, key, mark, surplus, band)
    }

    /// Whether the key was returned before; says so if it was. A row that is ours takes the place of
    /// one that is not, and is then the first of its key.
    fn repeats(&mut self, row: &Row<'_>, key: &str, mark: Mark, surplus: bool) -> Result<bool, VerifyError> {
        let Some(&number) = self.people.by_key.get(&mark) else { return Ok(false) };
        let Some(first) = self.people.all.get(number as usize) else { return Ok(false) };
        let same = first.digest == row.digest;
        let kind = if same { DefectKind::DuplicateRow } else { DefectKind::DuplicateKey };
        let first_is_ours = !first.surplus;
        let detail = Detail::Repeats { file: self.people.file(first).to_owned(), row: first.row };
        let defect = self.row_defect(kind, row.number);
        self.report(Defect { key: Some(key.to_owned()), row_digest: Some(row.digest), detail, ..defect })?;
        Ok(first_is_ours || surplus)
    }

    /// The first row of a key: kept, and compared with the county's own table if it is ours.
    fn first(
        &mut self,
        row: &Row<'_>,
        key: &str,
        mark: Mark,
        surplus: bool,
        band: u8,
    ) -> Result<(), VerifyError> {
        let division = self.terms.aliases.current(row.value(row.places.division).unwrap_or_default());
        let text = self.people.texts.end();
        self.people.texts.push(Some(key))?;
        for (&column, name) in row.places.private.iter().zip(&self.terms.private_fields) {
            let value = row.value(column).map(|value| self.terms.comparable(name, value));
            self.people.texts.push(value)?;
        }
        let number = number_of("returned people", self.people.all.len())?;
        self.people.by_key.insert(mark, number);
        let person = Person {
            key: mark,
            content: self.content(row),
            digest: row.digest,
            text,
            row: row.number,
            file: (self.people.files.len() - 1) as u32,
            division: self.people.divisions.number(division),
            band,
            surplus,
        };
        self.people.all.push(person);
        self.birth(row, key)?;
        if surplus { Ok(()) } else { self.compare(row, key, mark) }
    }

    /// The mark of a row without its update time.
    fn content(&self, row: &Row<'_>) -> Mark {
        let mut parts: Vec<&[u8]> = Vec::with_capacity(32);
        for (name, value) in row.view.cells(row.at) {
            if self.terms.update_time.as_deref() != Some(name) {
                parts.push(name.as_bytes());
                push_value(&mut parts, value);
            }
        }
        self.secret.mark("yinshu/origin/index/content/1", &parts)
    }

    fn birth(&mut self, row: &Row<'_>, key: &str) -> Result<(), VerifyError> {
        let Some(flag) = row.flag else { return Ok(()) };
        let defect = self.row_defect(DefectKind::BirthMismatch, row.number);
        self.report(Defect {
            column: Some(flag.column.clone()),
            key: Some(key.to_owned()),
            row_digest: Some(row.digest),
            detail: Detail::Rule { rule: flag.rule.clone(), masked: flag.masked.clone() },
            ..defect
        })
    }

    fn compare(&mut self, row: &Row<'_>, key: &str, mark: Mark) -> Result<(), VerifyError> {
        let Some(&resident) = self.local.by_key.get(&mark) else { return Ok(()) };
        let resident = resident as usize;
        self.local.residents[resident].returned = true;
        self.sizes.shared_people += 1;
        let mut defects = Vec::new();
        let fields = row.places.compared.iter().zip(self.terms.local.fields.keys());
        for (((&column, name), rate), local) in
            fields.zip(&mut self.agreement).zip(self.local.fields(resident))
        {
            let returned = row.value(column).map(|value| self.terms.comparable(name, value));
            let local = local.map(|value| self.terms.comparable(name, value));
            if compare(rate, returned, local) {
                defects.push((
                    name,
                    Detail::Values { returned: returned.map(str::to_owned), local: local.map(str::to_owned) },
                ));
            }
        }
        for (column, detail) in defects {
            let defect = self.row_defect(DefectKind::FieldDiffersLocal, row.number);
            self.report(Defect {
                column: Some(column.clone()),
                key: Some(key.to_owned()),
                row_digest: Some(row.digest),
                detail,
                ..defect
            })?;
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        promised: &Counts,
        counted: Option<&Counts>,
        previous: Option<&Index>,
    ) -> Result<Here, VerifyError> {
        let tallied = if counted.is_some() { Counts::new() } else { self.tally.counts() };
        let (counts, defects) = counts::check(promised, counted.unwrap_or(&tallied));
        for defect in defects {
            self.report(defect)?;
        }
        let (mut of_local, mut of_returned) = (Grid::default(), Grid::default());
        for resident in &self.local.residents {
            of_local.add(self.local.towns.name(resident.town), resident.band, resident.returned);
        }
        for person in self.people.ours() {
            let known = self.local.by_key.contains_key(&person.key);
            of_returned.add(self.people.divisions.name(person.division), person.band, known);
            self.sizes.returned_people += 1;
        }
        let index = previous.map(|previous| Index::of(self.people.marks()).delta(previous));
        Ok(Here {
            found: self.found,
            sizes: self.sizes,
            counts,
            columns: self.columns,
            invalid_keys: self.invalid_keys,
            unusable_rows: self.unusable_rows,
            agreement: self.agreement,
            ages: self.clock.finish(),
            files: self.files,
            delta: index,
            coverage_of_local: of_local,
            coverage_of_returned: of_returned,
            surplus: self.surplus,
            people: self.people,
            local: self.local,
        })
    }
}
