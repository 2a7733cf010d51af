//! What a worker is given to do.
//!
//! Columns, tables and groups go by their numbers: no name of a column, no label and no word of the question is in a job. Whoever
//! reads one holds every number against the tables that are described beside it.

use super::frames::{self, Broken};
use super::walls::Strictness;
use crate::dataset::{Dataset, Table};
use crate::engine::{Counting, Figured, Registered};
use crate::policy::Limits;
use crate::private::Measurement;
use crate::program::gathered::Gathering;
use crate::question::{Asked, Key, MOST_CHOSEN, Question, Source, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// Figures of a job at most, those that are judged for others among them.
const MOST_FIGURES: usize = 4096;

/// Keys and tables of a job at most.
const MOST_PARTS: usize = 64;

/// Parts that a question is divided into at most.
pub(crate) const MOST_DIVIDED: usize = 4096;

/// Labels of a key at most.
const MOST_LABELS: usize = 1 << 20;

/// Columns of a table at most.
const MOST_COLUMNS: usize = 1 << 16;

/// What a worker does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// Computes the table that a question asks for.
    Question(Wanted),
    /// Adds up what noise is put on.
    Totals(Wanted, Counting),
    /// Gives the rows of a table to a program.
    Program(Wanted, Gathering),
    /// Works out what comes of some of the persons, for a question or for what noise is put on.
    Part {
        /// The whole.
        of: Box<Job>,
        /// Which part.
        at: usize,
        /// Of how many.
        parts: usize,
    },
    /// Puts together what came of all parts, which lies in the worker's folder.
    Together {
        /// The whole.
        of: Box<Job>,
        /// How many parts.
        parts: usize,
    },
}

impl Job {
    /// Whether programs run for it.
    pub(super) fn compiles(&self) -> bool {
        match self {
            Self::Question(wanted) | Self::Totals(wanted, _) => wanted.scores(),
            Self::Program(..) => true,
            Self::Part { of, .. } => of.compiles(),
            Self::Together { .. } => false,
        }
    }

    /// What it divides or puts together, and which persons are in a part of it; of others nothing.
    pub(super) fn divided(&self) -> Option<(&Wanted, Figured<'_>)> {
        match self {
            Self::Question(wanted) => Some((wanted, Figured::Table(wanted.largest))),
            Self::Totals(wanted, counting) => Some((wanted, Figured::Totals(counting))),
            Self::Program(..) => None,
            Self::Part { of, .. } | Self::Together { of, .. } => of.divided(),
        }
    }

    /// Every number in it means something.
    fn check(&self) -> Result<(), Broken> {
        match self {
            Self::Question(wanted) => wanted.check(),
            Self::Program(wanted, gathering) => {
                wanted.check()?;
                let columns = wanted.tables[wanted.sources[0].table].columns;
                match gathering.reads.iter().any(|column| *column >= columns) {
                    true => Err(Broken::Unfit("a column is in no table")),
                    false => Ok(()),
                }
            }
            Self::Totals(wanted, counting) => {
                wanted.check()?;
                let columns = counting.measurements.iter().filter_map(|measurement| measurement.column);
                if counting.measurements.len() > MOST_FIGURES
                    || columns.max() >= Some(wanted.figures.len())
                    || !counting.measurements.iter().all(Measurement::is_sound)
                {
                    return Err(Broken::Unfit("what is measured is no figure"));
                }
                Ok(())
            }
            Self::Part { of, parts, .. } | Self::Together { of, parts } => {
                let at = if let Self::Part { at, .. } = self { *at } else { 0 };
                match **of {
                    Self::Question(_) | Self::Totals(..) if at < *parts && *parts <= MOST_DIVIDED => {
                        of.check()
                    }
                    _ => Err(Broken::Unfit("this cannot be divided so")),
                }
            }
        }
    }
}

/// A job, and what the worker may use for it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// What to do.
    pub(crate) job: Job,
    /// The files that may be read, and no others.
    pub(crate) files: Vec<PathBuf>,
    /// The folder that may be written in.
    pub(crate) folder: PathBuf,
    /// How much of everything.
    pub(crate) bounds: Bounds,
    /// What happens where the machine cannot shut it in.
    pub(crate) walls: Strictness,
}

impl Order {
    /// As it is sent.
    pub(crate) fn written(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a job can be written")
    }

    /// As it came.
    pub(crate) fn read(from: &mut impl std::io::Read) -> Result<Self, Broken> {
        let bytes = frames::receive(from, frames::MOST_OF_A_JOB)?;
        let read: Self = serde_json::from_slice(&bytes).map_err(|_| Broken::Unfit("this is no job"))?;
        read.job.check()?;
        Ok(read)
    }
}

/// How much of everything a worker may use.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    /// Of time, and on each core of processor time.
    pub(crate) seconds: u64,
    /// Of memory, in MiB.
    pub(crate) memory_mib: u64,
    /// Of files in its folder, in MiB.
    pub(crate) spill_mib: u64,
}

impl Bounds {
    /// Those of a policy.
    pub(crate) fn of(limits: &Limits) -> Self {
        let Limits { seconds, memory_mib, spill_mib, .. } = *limits;
        Self { seconds, memory_mib, spill_mib }
    }
}

/// The table that is computed of a question.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Where the tables lie.
    folder: PathBuf,
    tables: Vec<Described>,
    sources: Vec<Source>,
    filter: Option<Value>,
    /// What is grouped by, and how many values it has.
    keys: Vec<(Value, usize)>,
    figures: Vec<Asked>,
    /// How many of the greatest contributions are kept.
    pub(super) largest: usize,
    /// How many persons there are.
    persons: u64,
}

/// A table, as far as a worker is told of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    name: String,
    /// Its columns, of which one says whom a row is about.
    columns: usize,
    entity: usize,
    /// Whether nobody has more than one row in it.
    single: bool,
}

impl Wanted {
    /// What is to be computed for a question.
    pub(super) fn of(
        question: &Question,
        dataset: &Dataset,
        registered: &Registered,
        largest: usize,
    ) -> std::io::Result<Self> {
        let described = |table: &Table| Described {
            name: table.name.clone(),
            columns: table.columns.len(),
            entity: table.column(&table.entity).unwrap_or_default(),
            single: table.single,
        };
        let mut figures = question.figures.clone();
        for asked in &mut figures {
            asked.figure.name.clear();
        }
        Ok(Self {
            // Where the worker is, no path is that of the room.
            folder: std::path::absolute(registered.folder())?,
            tables: dataset.tables.iter().map(described).collect(),
            sources: question.tables.clone(),
            filter: question.filter.clone(),
            keys: question.keys.iter().map(|key| (key.value.clone(), key.labels.len())).collect(),
            figures,
            largest,
            persons: registered.persons,
        })
    }

    /// The files that have to be read for it.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let registered = Registered::beside(self.folder.clone());
        let tables = self.sources.iter().filter_map(|source| self.tables.get(source.table));
        tables.map(|table| registered.file(&table.name)).collect()
    }

    /// The persons of one of so many parts: from one up to another.
    pub(super) fn persons(&self, at: usize, parts: usize) -> [u64; 2] {
        let bound = |at: usize| {
            let bound = u128::from(self.persons) * at as u128 / parts.max(1) as u128;
            u64::try_from(bound).unwrap_or(u64::MAX)
        };
        [bound(at), bound(at + 1)]
    }

    /// Whether a program runs over a table of it.
    pub(super) fn scores(&self) -> bool {
        self.sources.iter().any(|source| source.scored.is_some())
    }

    /// Every number in it means something.
    fn check(&self) -> Result<(), Broken> {
        let unfit = |what| Err(Broken::Unfit(what));
        if self.keys.len().max(self.sources.len()).max(self.tables.len()) > MOST_PARTS
            || self.figures.len() > MOST_FIGURES
        {
            return unfit("a job has too many parts");
        }
        let named = |table: &Described| crate::dataset::plain_name("table", &table.name).is_ok();
        let fits = |table: &Described| table.entity < table.columns && table.columns <= MOST_COLUMNS;
        if self.sources.is_empty() || !self.tables.iter().all(|table| named(table) && fits(table)) {
            return unfit("a table is not described");
        }
        let groups = self
            .keys
            .iter()
            .try_fold(1u64, |all, (_, labels)| all.checked_mul(u64::try_from(*labels).ok()?.checked_add(1)?));
        let labels = self.keys.iter().map(|(_, labels)| *labels).max().unwrap_or(0);
        if labels > MOST_LABELS || groups.is_none_or(|groups| groups > MOST_CHOSEN) {
            return unfit("there are too many groups");
        }
        let table = |source: &Source| self.tables.get(source.table);
        let tables: Option<Vec<&Described>> = self.sources.iter().map(table).collect();
        let Some(tables) = tables else { return unfit("a source is no table") };
        let mut known = true;
        let mut look = |value: &Value, only: Option<&Described>| {
            value.leaves(&mut |leaf| match leaf {
                Value::Column(source, column) => {
                    let of = only.or_else(|| tables.get(*source).copied());
                    known &= of.is_some_and(|table| *column < table.columns && *column != table.entity);
                }
                Value::Person(source) => known &= *source < tables.len(),
                _ => {}
            });
        };
        for (source, table) in self.sources.iter().zip(&tables) {
            for column in source.scored.iter().flat_map(|scored| &scored.reads) {
                look(&Value::Column(0, *column), Some(table));
            }
            source.rows.iter().for_each(|rows| look(rows, Some(table)));
        }
        let keys = self.keys.iter().map(|(value, _)| value);
        let figures = self.figures.iter().flat_map(|asked| asked.value.iter().chain(&asked.filter));
        self.filter.iter().chain(keys).chain(figures).for_each(|value| look(value, None));
        if known { Ok(()) } else { unfit("a column is in no table") }
    }

    /// The question, the data set and where it lies, as the engine takes them.
    pub(super) fn read(&self) -> (Question, Dataset, Registered) {
        (self.question(), self.dataset(), Registered::beside(self.folder.clone()))
    }

    /// The question as the engine takes it: labels are the numbers of labels, names are blank.
    fn question(&self) -> Question {
        let key = |(value, labels): &(Value, usize)| Key {
            name: String::new(),
            value: value.clone(),
            labels: (0..*labels).map(|label| label.to_string()).collect::<Vec<_>>().into(),
            numbers: false,
        };
        Question {
            tables: self.sources.clone(),
            filter: self.filter.clone(),
            keys: self.keys.iter().map(key).collect(),
            figures: self.figures.clone(),
            columns: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: 0,
            asked_of: Vec::new(),
        }
    }

    /// The data set as the engine takes it: columns have numbers for names, and nothing says where it came from.
    fn dataset(&self) -> Dataset {
        let column = |at: usize| json!({ "name": at.to_string(), "kind": "integer" });
        let table = |table: &Described| {
            let columns: Vec<_> = (0..table.columns).map(column).collect();
            let (name, entity) = (&table.name, table.entity.to_string());
            json!({ "name": name, "source": {}, "entity": entity, "single": table.single, "columns": columns })
        };
        let tables: Vec<_> = self.tables.iter().map(table).collect();
        let about = json!({ "name": "", "title": "", "owner": "", "catalogue": "" });
        let described = serde_json::from_value(json!({ "dataset": about, "table": tables }));
        described.expect("names and numbers describe a table")
    }

    /// How many values each of its keys has.
    pub(super) fn labels(&self) -> Vec<usize> {
        self.keys.iter().map(|(_, labels)| *labels).collect()
    }
}
