//! Registering a data set: its tables read, cleaned, and put down as whole numbers in the order of persons.

use super::described;
use super::encode::Code;
use super::plan::{Means, session};
use super::stored::{PERSON, schema};
use super::told::Told;
use crate::dataset::{Dataset, Table, wrong};
use crate::disclosure::History;
use crate::error::SandboxError;
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::col;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::prelude::ParquetReadOptions;
use futures::StreamExt as _;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use yinshu_data::clean::Cleaner;
use yinshu_data::{Found, TableReader};

/// Rows of a part of a file; a person's rows are never in two.
const PART: usize = 1 << 17;

/// Memory for putting rows in order, in MiB.
const SORTING_MIB: u64 = 1024;

/// Files for putting rows in order, in MiB, beside the table.
const SPILLED_MIB: u64 = 1 << 20;

const MANIFEST: &str = "registered.json";
const PERSONS: &str = "persons";
const LINES: &str = "lines";
const MASKED: &str = "masked";
const LOCK: &str = "lock";

/// Bytes of an entry of what was numbered: a digest and whose it is.
pub(super) const ENTRY: usize = 20;
const RELEASED: &str = "released";

/// A data set as it was registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    #[serde(skip)]
    folder: PathBuf,
    /// While it is there, the data set is not registered anew.
    #[serde(skip)]
    _held: Option<Arc<File>>,
    /// From whom on and up to whom it is looked at, where that is not everybody.
    #[serde(skip)]
    some: Option<[u64; 2]>,
    /// The digest of its description.
    description: String,
    /// Whether every row was read and cleaned by itself, so that nothing of one person decides on the rows of others.
    #[serde(default)]
    alone: bool,
    /// Whom rows are about, in all tables together.
    pub persons: u64,
    /// What was found in each table.
    pub tables: BTreeMap<String, Told>,
}

impl Registered {
    /// What is registered of a data set under `root`.
    ///
    /// # Errors
    /// [`SandboxError::NotRegistered`]: nothing, or by another description.
    pub fn open(dataset: &Dataset, root: &Path) -> Result<Self, SandboxError> {
        let folder = dataset.folder(root);
        let not = || SandboxError::NotRegistered { dataset: dataset.dataset.name.clone() };
        if !folder.is_dir() {
            return Err(not());
        }
        let held = lock(&folder)?;
        held.lock_shared().map_err(SandboxError::files(&folder))?;
        let text = std::fs::read_to_string(folder.join(MANIFEST)).map_err(|_| not())?;
        let read: Self = serde_json::from_str(&text).map_err(|_| not())?;
        match read.description == digest(dataset) {
            true => Ok(Self { folder, _held: Some(Arc::new(held)), ..read }),
            false => Err(not()),
        }
    }

    /// What lies in a folder, for a worker that reads tables there and knows nothing else of them.
    pub(crate) fn beside(folder: PathBuf) -> Self {
        Self {
            folder,
            _held: None,
            some: None,
            description: String::new(),
            alone: false,
            persons: 0,
            tables: BTreeMap::new(),
        }
    }

    /// The same, for answers with noise: they hide one person only where nobody's rows decided on how others' were read.
    ///
    /// # Errors
    /// [`SandboxError::NotAlone`].
    pub fn for_noise(self, dataset: &Dataset) -> Result<Self, SandboxError> {
        match self.alone {
            true => Ok(self),
            false => Err(SandboxError::NotAlone { dataset: dataset.dataset.name.clone() }),
        }
    }

    /// The same, as if nobody were in it but these persons: from one number up to another.
    pub(crate) fn only(self, some: [u64; 2]) -> Self {
        Self { some: Some(some), ..self }
    }

    /// The persons that are looked at, where that is not everybody.
    pub(super) fn some(&self) -> Option<[u64; 2]> {
        self.some
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whose each row is, by its number; nothing where nobody has several rows.
    pub(crate) fn owners(&self, dataset: &Dataset) -> Result<Option<Arc<[u32]>>, SandboxError> {
        if dataset.single() {
            return Ok(None);
        }
        let entries = entries(&self.folder.join(LINES))?;
        let owner =
            |entry: &[u8; ENTRY]| u32::from_le_bytes(entry[16..].try_into().expect("it has 20 bytes"));
        Ok(Some(entries.iter().map(owner).collect()))
    }

    /// Where what was released of it is written down.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.folder.join(RELEASED)
    }

    /// Where keyed digests of persons are, in the order of their numbers.
    pub(crate) fn persons_file(&self) -> PathBuf {
        self.folder.join(PERSONS)
    }

    pub(crate) fn file(&self, table: &str) -> PathBuf {
        self.folder.join(format!("{table}.parquet"))
    }
}

/// What of a description registered rows depend on.
fn digest(dataset: &Dataset) -> String {
    let tables: Vec<_> = dataset
        .tables
        .iter()
        .map(|table| (&table.name, &table.entity, table.single, &table.columns))
        .collect();
    let text = serde_json::to_vec(&tables).expect("a description can be written");
    hex::encode(Sha256::digest(text))
}

/// Things by a keyed digest of what they are; their numbers stay the same when a data set is registered again.
pub(super) struct Numbers {
    salt: [u8; 32],
    name: &'static str,
    numbers: HashMap<u128, u32>,
    /// What is new, and whose it is.
    new: Vec<(u128, u32)>,
}

impl Numbers {
    fn open(folder: &Path, salt: [u8; 32], name: &'static str) -> Result<Self, SandboxError> {
        let entries = entries(&folder.join(name))?;
        let keys =
            entries.iter().map(|entry| u128::from_le_bytes(entry[..16].try_into().expect("it has 20 bytes")));
        Ok(Self { salt, name, numbers: keys.zip(0..).collect(), new: Vec::new() })
    }

    pub(super) fn digest(&self, parts: &[&[u8]]) -> u128 {
        let mut hash = Sha256::new().chain_update(self.salt).chain_update(self.name);
        for part in parts {
            hash = hash.chain_update((part.len() as u64).to_le_bytes()).chain_update(part);
        }
        u128::from_le_bytes(hash.finalize()[..16].try_into().expect("a digest has 32 bytes"))
    }

    pub(super) fn number(&mut self, digest: u128, owner: u32) -> Result<u32, SandboxError> {
        let next = u32::try_from(self.numbers.len());
        let next = next.map_err(|_| SandboxError::engine(&"more than 2^32 of them"))?;
        Ok(*self.numbers.entry(digest).or_insert_with(|| {
            self.new.push((digest, owner));
            next
        }))
    }

    fn keep(&self, folder: &Path) -> Result<(), SandboxError> {
        let mut bytes = Vec::with_capacity(self.new.len() * ENTRY);
        for (key, owner) in &self.new {
            bytes.extend_from_slice(&key.to_le_bytes());
            bytes.extend_from_slice(&owner.to_le_bytes());
        }
        append(&folder.join(self.name), &bytes)
    }
}

/// What was numbered, in the order of numbers: a digest and whose it is. Half an entry at the end is one that was being
/// written when the machine stopped; nothing refers to it, and it is cut off before others are put behind it.
fn entries(path: &Path) -> Result<Vec<[u8; ENTRY]>, SandboxError> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let (entries, torn) = bytes.as_chunks::<ENTRY>();
            if !torn.is_empty() {
                let file = File::options().write(true).open(path).map_err(SandboxError::files(path))?;
                file.set_len((bytes.len() - torn.len()) as u64).map_err(SandboxError::files(path))?;
            }
            Ok(entries.to_vec())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(SandboxError::files(path)(error)),
    }
}

fn lock(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join(LOCK);
    File::options().create(true).append(true).open(&path).map_err(SandboxError::files(&path))
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    use std::io::Write as _;
    let files = SandboxError::files(path);
    let mut file = File::options().create(true).append(true).open(path).map_err(&files)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(&files)
}

/// Persons and rows of a data set by number, and whose each row is.
struct Known {
    persons: Numbers,
    lines: Numbers,
    /// What stands behind pseudonyms, by keyed digests.
    masked: Numbers,
}

impl Known {
    fn open(folder: &Path, salt: [u8; 32]) -> Result<Self, SandboxError> {
        let persons = Numbers::open(folder, salt, PERSONS)?;
        let lines = Numbers::open(folder, salt, LINES)?;
        let masked = Numbers::open(folder, salt, MASKED)?;
        Ok(Self { persons, lines, masked })
    }

    /// The number of a row: a row that is the same as when it was registered before has the same; of rows alike, the
    /// first is the first.
    fn line(
        &mut self,
        person: u32,
        cells: &[u8],
        table: &str,
        seen: &mut HashMap<u128, u32>,
    ) -> Result<u32, SandboxError> {
        let person_bytes = person.to_le_bytes();
        let plain = self.lines.digest(&[table.as_bytes(), &person_bytes, cells]);
        let times = seen.entry(plain).or_insert(0);
        let digest = match *times {
            0 => plain,
            times => self.lines.digest(&[table.as_bytes(), &person_bytes, cells, &times.to_le_bytes()]),
        };
        *times += 1;
        self.lines.number(digest, person)
    }

    fn keep(&self, folder: &Path) -> Result<(), SandboxError> {
        self.persons.keep(folder)?;
        self.masked.keep(folder)?;
        self.lines.keep(folder)
    }
}

/// Registers a data set under `root`, or registers it anew; what identifies persons is digested under `salt`, which stays
/// the same.
///
/// # Errors
/// [`SandboxError`]: a table cannot be read, or the folder not written.
pub async fn register(dataset: &Dataset, root: &Path, salt: [u8; 32]) -> Result<Registered, SandboxError> {
    let folder = dataset.folder(root);
    std::fs::create_dir_all(&folder).map_err(SandboxError::files(&folder))?;
    crate::room::own_alone(&folder)?;
    let alone = lock(&folder)?;
    alone.lock().map_err(SandboxError::files(&folder))?;
    let released = folder.join(RELEASED);
    // Later a history that is not there is one that was lost, and nothing is judged without it.
    if !folder.join(PERSONS).exists() && !released.exists() {
        History::create(&released).map_err(|error| SandboxError::History { reason: error.to_string() })?;
    }
    described::same(dataset, &folder, &released)?;
    let mut known = Known::open(&folder, salt)?;
    let mut tables = BTreeMap::new();
    let mut done = Vec::new();
    for table in &dataset.tables {
        let raw = folder.join(format!("{}.unsorted", table.name));
        // Drivers of databases run on runtimes of their own, which cannot begin inside another one's thread.
        let told = std::thread::scope(|scope| {
            let reading = scope.spawn(|| read(dataset, table, &raw, &mut known)).join();
            reading.unwrap_or_else(|_| Err(SandboxError::engine(&"a table could not be read")))
        })?;
        let sorted = folder.join(format!("{}.new", table.name));
        sort(table, &raw, &sorted).await?;
        std::fs::remove_file(&raw).map_err(SandboxError::files(&raw))?;
        tables.insert(table.name.clone(), told);
        done.push((sorted, folder.join(format!("{}.parquet", table.name))));
    }
    known.keep(&folder)?;
    let manifest = folder.join(MANIFEST);
    // Between the old tables and the new ones nothing is registered.
    let _ = std::fs::remove_file(&manifest);
    for (new, path) in done {
        std::fs::rename(&new, &path).map_err(SandboxError::files(&path))?;
    }
    described::keep(dataset, &folder)?;
    let registered = Registered {
        folder,
        _held: None,
        some: None,
        description: digest(dataset),
        alone: dataset.dataset.privacy_budget.is_some(),
        persons: known.persons.numbers.len() as u64,
        tables,
    };
    let text = serde_json::to_string_pretty(&registered).expect("counts can be written");
    std::fs::write(&manifest, text).map_err(SandboxError::files(&manifest))?;
    Ok(registered)
}

fn kept(table: &Table) -> impl Iterator<Item = usize> {
    (0..table.columns.len()).filter(|column| !table.is_entity(*column))
}

fn writer(path: &Path, schema: SchemaRef) -> Result<ArrowWriter<File>, SandboxError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(Some(usize::MAX))
        .build();
    let file = File::create(path).map_err(SandboxError::files(path))?;
    ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| SandboxError::engine(&error))
}

/// Where noise is to hide one person, nothing that one person's rows hold may decide on the rows of others: values are judged
/// each by itself (R04), and nothing is guessed of how a file is to be read.
fn judged_alone(table: &Table, cleaner: &mut Cleaner, found: &Found) -> Result<(), SandboxError> {
    let source = &table.source;
    // A mark at the start of a file is of no row.
    let guessed = [
        source.encoding.is_none() && found.encoding.is_some() && !found.bom,
        source.delimiter.is_none() && found.delimiter.is_some(),
        source.header_row.is_none() && found.header_row.is_some(),
    ];
    if guessed.contains(&true) {
        let place = format!("table.{}.source", table.name);
        let why = "with a privacy_budget it says encoding, delimiter and header_row (of a workbook header_row), which are not \
                   guessed from rows";
        return Err(wrong(&place, why));
    }
    for column in &table.columns {
        // Of a column that is no identifier there is nothing to judge.
        cleaner.condemn(&column.name);
    }
    Ok(())
}

/// Refuses a table that has not all the columns of its description.
fn all_there(table: &Table, cleaner: &Cleaner, reader: &dyn TableReader) -> Result<(), SandboxError> {
    let missing = cleaner.report().columns.iter().find(|column| column.header.is_none());
    let Some(column) = missing else { return Ok(()) };
    let place = format!("table.{}.{}", table.name, column.name);
    let present: Vec<&str> = reader.columns().iter().take(100).map(String::as_str).collect();
    let present = present.join(", ");
    Err(wrong(
        &place,
        &format!(
            "its source has no such column; it has {present}. Where one of them is meant: aliases = [\"…\"]"
        ),
    ))
}

/// Reads and cleans a table into whole numbers.
fn read(dataset: &Dataset, table: &Table, out: &Path, known: &mut Known) -> Result<Told, SandboxError> {
    let schema = Arc::new(schema(kept(table)));
    let mut writer = writer(out, Arc::clone(&schema))?;
    let mut reader = yinshu_data::open(&table.source)?;
    let mut cleaner = Cleaner::new(&table.cleaning(dataset.dataset.test_region), reader.columns())?;
    all_there(table, &cleaner, reader.as_ref())?;
    if dataset.dataset.privacy_budget.is_some() {
        judged_alone(table, &mut cleaner, reader.found())?;
    }
    let at = dataset.table(&table.name).unwrap_or_default();
    let codes = kept(table).map(|column| Code::of(dataset, at, column, &known.masked.salt));
    let codes = codes.collect::<Result<Vec<Code>, _>>()?;
    let mut told = Told::default();
    let mut seen = HashMap::new();
    let mut once = RoaringBitmap::new();
    while let Some(raw) = reader.next_batch()? {
        let before = raw.batch.num_rows() + raw.ragged.len();
        let clean = cleaner.clean(&raw)?;
        let texts = |name: &str| {
            let found = clean.batch.column_by_name(name).map(AsArray::as_string::<i32>);
            found.ok_or_else(|| SandboxError::engine(&format!("no column {name}")))
        };
        let ids = texts(&table.entity)?;
        told.add(&clean, table, ids.null_count() as u64);
        told.ragged += raw.ragged.len() as u64;
        let mut rows: Vec<usize> = (0..ids.len()).filter(|row| ids.is_valid(*row)).collect();
        let mut columns: Vec<ArrayRef> = Vec::new();
        // A row without a value that is always there is left out.
        for code in codes.iter().filter(|code| !table.columns[code.column].nullable) {
            let column = &table.columns[code.column];
            let (values, undeclared) = code.encoded((texts(&column.name)?, ids), &rows, &mut known.masked)?;
            if undeclared > 0 {
                *told.undeclared.entry(column.name.clone()).or_default() += undeclared;
            }
            if values.null_count() > 0 {
                *told.without.entry(column.name.clone()).or_default() += values.null_count() as u64;
            }
            let mut row = 0..;
            rows.retain(|_| row.next().is_some_and(|row| values.is_valid(row)));
        }
        for code in &codes {
            let column = &table.columns[code.column];
            let (values, undeclared) = code.encoded((texts(&column.name)?, ids), &rows, &mut known.masked)?;
            if undeclared > 0 && column.nullable {
                *told.undeclared.entry(column.name.clone()).or_default() += undeclared;
            }
            columns.push(Arc::new(values));
        }
        told.left_out += (before - rows.len()) as u64;
        told.rows += rows.len() as u64;
        let mut persons = Vec::with_capacity(rows.len());
        for row in &rows {
            let digest = known.persons.digest(&[ids.value(*row).as_bytes()]);
            let person = known.persons.number(digest, 0)?;
            if table.single && !once.insert(person) {
                return Err(SandboxError::NotSingle { table: table.name.clone() });
            }
            persons.push(person);
        }
        let mut lines = Vec::with_capacity(rows.len());
        let mut cells = Vec::new();
        for (row, person) in persons.iter().enumerate() {
            if dataset.single() {
                // The person is the row.
                lines.push(*person);
                continue;
            }
            cells.clear();
            for column in &columns {
                let values = column.as_primitive::<Int64Type>();
                let value = if values.is_null(row) { i64::MIN } else { values.value(row) };
                cells.extend_from_slice(&value.to_le_bytes());
            }
            lines.push(known.line(*person, &cells, &table.name, &mut seen)?);
        }
        let numbers = [persons, lines]
            .map(|all| Arc::new(Int64Array::from_iter_values(all.into_iter().map(i64::from))) as ArrayRef);
        columns.splice(0..0, numbers);
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns);
        let batch = batch.map_err(|error| SandboxError::engine(&error))?;
        writer.write(&batch).map_err(|error| SandboxError::engine(&error))?;
    }
    writer.close().map_err(|error| SandboxError::engine(&error))?;
    match told.rows == 0 && told.left_out > 0 {
        true => Err(told.no_rows(&table.name)),
        false => Ok(told),
    }
}

/// Puts rows in the order of persons, no person's rows in two parts of the file.
async fn sort(table: &Table, from: &Path, to: &Path) -> Result<(), SandboxError> {
    let engine = |error: datafusion::error::DataFusionError| SandboxError::engine(&error);
    let folder = from.parent().unwrap_or(Path::new("."));
    let context = session(&Means { memory_mib: SORTING_MIB, folder, spill_mib: SPILLED_MIB }, 1)?;
    let path = from.display().to_string();
    let options = ParquetReadOptions::default().file_extension(".unsorted");
    let frame = context.read_parquet(path, options).await.map_err(engine)?;
    let frame = frame.sort(vec![col(PERSON).sort(true, false)]).map_err(engine)?;
    let mut stream = frame.execute_stream().await.map_err(engine)?;
    let mut writer = writer(to, Arc::new(schema(kept(table))))?;
    let broken = |error: datafusion::parquet::errors::ParquetError| SandboxError::engine(&error);
    let mut inside = 0;
    let mut last = None;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(engine)?;
        let persons = batch.column(0).as_primitive::<Int64Type>();
        let mut start = 0;
        for row in 0..batch.num_rows() {
            let person = persons.value(row);
            if inside >= PART && last != Some(person) {
                writer.write(&batch.slice(start, row - start)).map_err(broken)?;
                writer.flush().map_err(broken)?;
                (start, inside) = (row, 0);
            }
            (last, inside) = (Some(person), inside + 1);
        }
        writer.write(&batch.slice(start, batch.num_rows() - start)).map_err(broken)?;
    }
    writer.close().map_err(broken)?;
    Ok(())
}

#[cfg(test)]
mod tests;
