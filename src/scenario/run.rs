//! Writes the whole scenario, one person after the other.

use super::calendar::Calendar;
use super::dice::Dice;
use super::files::{Encoding, TableFile};
use super::people::{People, Person};
use super::plan::{Plan, Plant, Role};
use super::views::{self, Views};
use super::{
    COUNT_OFFSET, CountOffset, DIVISIONS, Generated, MERGED, Rows, SURPLUS_COLUMNS, ScenarioError, Settings,
    rows,
};
use std::collections::VecDeque;
use std::path::Path;
use yinshu_origin::DefectKind;
use yinshu_origin::truth::{Planted, Truth};

/// How often progress is reported, in people.
pub(super) const STRIDE: u32 = 4_096;
/// Names of the returned files; the second one is the stale one.
const FILES: [&str; 3] = ["sb_cbxx_1.csv", "sb_cbxx_2.csv", "sb_cbxx_3.csv"];

/// Writes the scenario into `folder`, which is made if it is not there. `progress` hears how many
/// people out of how many are written.
///
/// # Errors
/// [`ScenarioError::Write`] when a file cannot be written, [`ScenarioError::Period`] when the period
/// ends outside this century.
pub fn generate(
    folder: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Generated, ScenarioError> {
    let calendar = Calendar::new(settings.period_end)?;
    let mut run = Run::new(folder, settings.seed, calendar)?;
    let mut plan = Plan::new(settings.profile.factor());
    let total = plan.left();
    while let Some(role) = plan.next(&mut run.dice) {
        run.person(role)?;
        let done = total - plan.left();
        if done.is_multiple_of(STRIDE) || done == total {
            progress(u64::from(done), u64::from(total));
        }
    }
    run.finish(folder, settings)
}

/// A returned file, and rows that are to come again later in it.
struct Returned {
    file: TableFile,
    again: VecDeque<(u64, DefectKind, String)>,
}

struct Run {
    dice: Dice,
    people: People,
    source: TableFile,
    returned: [Returned; 3],
    residents: TableFile,
    truth: Vec<Planted>,
    line: String,
}

impl Run {
    fn new(folder: &Path, seed: u64, calendar: Calendar) -> Result<Self, ScenarioError> {
        let mut source = TableFile::create(folder.join("province/source.csv"), Encoding::Utf8)?;
        source.line(&rows::source_header())?;
        let returned = |name: &str| -> Result<Returned, ScenarioError> {
            let mut file = TableFile::create(folder.join("province/batch").join(name), Encoding::Gb18030)?;
            file.line(&rows::returned_header())?;
            Ok(Returned { file, again: VecDeque::new() })
        };
        let returned = [returned(FILES[0])?, returned(FILES[1])?, returned(FILES[2])?];
        let mut residents = TableFile::create(folder.join("county/residents.csv"), Encoding::Utf8WithBom)?;
        for line in rows::resident_titles(&calendar) {
            residents.line(&line)?;
        }
        let people = People::new(calendar);
        Ok(Self {
            dice: Dice::new(seed),
            people,
            source,
            returned,
            residents,
            truth: Vec::new(),
            line: String::new(),
        })
    }

    fn person(&mut self, role: Role) -> Result<(), ScenarioError> {
        let person = views::person(&mut self.people, role, &mut self.dice);
        if role.plant == Plant::Neighbour {
            return self.source_row(&person);
        }
        let views = Views::new(person, role, &self.people, &mut self.dice, &mut self.truth);
        if let Some(person) = &views.source {
            self.source_row(person)?;
        }
        if let Some(person) = &views.returned {
            self.returned_row(person, role.plant, views.again.as_ref())?;
        }
        if let Some(person) = &views.resident {
            self.line.clear();
            rows::push_resident(&mut self.line, person, role.plant, &self.people.calendar, &mut self.dice);
            self.residents.line(&self.line)?;
        }
        Ok(())
    }

    fn source_row(&mut self, person: &Person) -> Result<(), ScenarioError> {
        self.line.clear();
        rows::push_source(&mut self.line, person, &self.people.calendar);
        self.source.line(&self.line).map(drop)
    }

    fn returned_row(
        &mut self,
        person: &Person,
        plant: Plant,
        again: Option<&Person>,
    ) -> Result<(), ScenarioError> {
        let at = person.file();
        let returned = &mut self.returned[at];
        self.line.clear();
        rows::push_returned(&mut self.line, person, plant, &self.people.calendar, &mut self.dice);
        let row = returned.file.line(&self.line)?;
        if let Some(kind) = row_defect(plant) {
            self.truth.push(Planted::row(kind, FILES[at], row));
        }
        if let Some(person) = again {
            let kind = if plant == Plant::DuplicateRow {
                DefectKind::DuplicateRow
            } else {
                self.line.clear();
                rows::push_returned(&mut self.line, person, plant, &self.people.calendar, &mut self.dice);
                DefectKind::DuplicateKey
            };
            let due = row + u64::from(self.dice.below(40));
            returned.again.push_back((due, kind, self.line.clone()));
        }
        returned.repeat(row, FILES[at], &mut self.truth)
    }

    fn finish(mut self, folder: &Path, settings: &Settings) -> Result<Generated, ScenarioError> {
        for (returned, name) in self.returned.iter_mut().zip(FILES) {
            returned.repeat(u64::MAX, name, &mut self.truth)?;
        }
        let count = |file: &TableFile, extra: u64| file.lines() - extra;
        let rows = Rows {
            source: count(&self.source, 1),
            returned: self.returned.iter().map(|returned| count(&returned.file, 1)).sum(),
            residents: count(&self.residents, 3),
        };
        self.residents.line(&rows::resident_total(rows.residents))?;
        let offset = CountOffset {
            division: DIVISIONS[0].0.to_owned(),
            day: settings.period_end,
            offset: COUNT_OFFSET,
        };
        let calendar = &self.people.calendar;
        let period_start = calendar.date(calendar.period_end() - 364);
        self.truth.push(Planted::count(offset.division.clone(), offset.day.to_string()));
        self.truth.push(Planted::stale(FILES[1]));
        let columns = SURPLUS_COLUMNS.map(|column| Planted::column(DefectKind::SurplusColumn, column));
        self.truth.extend(columns);
        let returned: Result<Vec<_>, _> = self.returned.into_iter().map(|one| one.file.finish()).collect();
        Ok(Generated {
            source: self.source.finish()?,
            batch: folder.join("province/batch"),
            returned: returned?,
            residents: self.residents.finish()?,
            aliases: whole(folder, "county/division_aliases.toml", &aliases())?,
            truth: whole(folder, "truth.json", &truth_json(self.truth))?,
            rows,
            period_start,
            period_end: settings.period_end,
            count_offset: offset,
        })
    }
}

impl Returned {
    /// Writes the rows that are due to come again after line `row`.
    fn repeat(&mut self, row: u64, name: &str, truth: &mut Vec<Planted>) -> Result<(), ScenarioError> {
        while let Some((_, kind, line)) = self.again.pop_front_if(|(due, ..)| *due <= row) {
            let row = self.file.line(&line)?;
            truth.push(Planted::row(kind, name, row));
        }
        Ok(())
    }
}

/// The defect a returned row itself shows.
fn row_defect(plant: Plant) -> Option<DefectKind> {
    match plant {
        Plant::Surplus => Some(DefectKind::SurplusRow),
        Plant::LostPrecision | Plant::MissingKey | Plant::WrongCheck => Some(DefectKind::InvalidKey),
        Plant::BirthMismatch => Some(DefectKind::BirthMismatch),
        _ => None,
    }
}

fn aliases() -> String {
    let (old, current) = MERGED;
    format!(
        "# Old division codes and what became of them.\n[[alias]]\nold = \"{old}\"\nnew = \"{current}\"\nnote = \"merged\"\n"
    )
}

/// One defect a line, so that people can read and compare it.
fn truth_json(defects: Vec<Planted>) -> String {
    let lines: Vec<String> = Truth { defects }
        .defects
        .iter()
        .map(|planted| serde_json::to_string(planted).expect("a planted defect has only text and numbers"))
        .collect();
    format!("{{\"defects\":[\n{}\n]}}\n", lines.join(",\n"))
}

pub(super) fn whole(folder: &Path, name: &str, text: &str) -> Result<std::path::PathBuf, ScenarioError> {
    let mut file = TableFile::create(folder.join(name), Encoding::Utf8)?;
    file.line(text)?;
    file.finish()
}
