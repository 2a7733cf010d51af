//! `yinshu psi prepare`: the stored encoding of a large table, made, updated and looked at.

use crate::cli::{Done, Ui};
use crate::contract::{Draft, PsiTerms, Scenario};
use crate::node::randomness;
use crate::problem::{CliError, Problem};
use crate::run::{key_domain, key_rules};
use crate::tables::{CleanTable, named_source};
use arrow_array::Array as _;
use arrow_array::cast::AsArray;
use serde_json::json;
use std::path::{Path, PathBuf};
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_data::{CleanBatch, DataError};
use yinshu_psi::item::Domain;
use yinshu_psi::unbalanced::{Changed, Encoding, Layout, MAX_PAYLOAD, Row, Stats};
use yinshu_psi::{Entry, Progress, PsiError};

/// Options of `yinshu psi prepare`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("task").required(true).args(["input", "insert", "delete", "show"])))]
pub struct PrepareArgs {
    /// The folder of the encoding.
    #[arg(long, value_name = "FOLDER")]
    pub store: PathBuf,
    /// The contract that says what the key is and how it is cleaned.
    #[arg(long, value_name = "FILE", required_unless_present = "show")]
    pub contract: Option<PathBuf>,
    /// The whole table: the encoding is made from it.
    #[arg(long, value_name = "TABLE")]
    pub input: Option<PathBuf>,
    /// Rows to insert.
    #[arg(long, value_name = "TABLE")]
    pub insert: Option<PathBuf>,
    /// Rows to delete.
    #[arg(long, value_name = "TABLE")]
    pub delete: Option<PathBuf>,
    /// The column that holds the key, where it is not named as in the contract.
    #[arg(long, value_name = "NAME")]
    pub column: Option<String>,
    /// The column of the payload, where it is not named as in the contract.
    #[arg(long, value_name = "NAME")]
    pub label: Option<String>,
    /// The longest value of that column, in bytes.
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = label_range())]
    pub label_bytes: u16,
    /// Replaces the encoding and its key.
    #[arg(long, requires = "input")]
    pub rotate: bool,
    /// Checks every byte and says what is there.
    #[arg(long)]
    pub show: bool,
}

/// As long as a payload may be.
fn label_range() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=MAX_PAYLOAD as i64)
}

/// Makes, updates or shows an encoding.
pub(super) fn run(args: &PrepareArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let Some(contract) = args.contract.as_deref().filter(|_| !args.show) else {
        let stats = Encoding::open(&args.store)?.verify()?;
        tell(&stats, ui);
        return Ok(Done::with(json!({ "stats": stats })));
    };
    let draft = Draft::read(contract)?.only(Scenario::Psi)?;
    let psi = draft.terms.psi.as_ref().expect("a checked contract has its scenario's section");
    let task = [&args.input, &args.insert, &args.delete].into_iter().flatten().next();
    let task = task.ok_or_else(|| Problem::internal("no table was named"))?;
    let mut rows = Rows::open(task, &draft, psi, args, ui)?;
    let changed = change(args, &draft, &mut rows, ui);
    let changed = changed.map_err(|error| rows.failed.take().unwrap_or_else(|| error.into()));
    let (read, unusable) = (rows.table.report().rows_in, rows.table.report().rows_rejected);
    drop(rows);
    let (stats, changed) = changed?;
    let count = |name, number: u64| (name, number.into());
    ui.say(
        "ui-psi-prepared",
        &[
            count("rows", read),
            count("unusable", unusable),
            count("inserted", changed.inserted),
            count("replaced", changed.replaced),
            count("deleted", changed.deleted),
            count("unchanged", changed.unchanged + changed.duplicates),
        ],
    );
    tell(&stats, ui);
    Ok(Done::with(json!({ "rows": read, "unusable": unusable, "changed": changed, "stats": stats })))
}

fn change(
    args: &PrepareArgs,
    draft: &Draft,
    rows: &mut Rows<'_>,
    ui: &Ui,
) -> Result<(Stats, Changed), PsiError> {
    let bar = ui.progress("psi-prepare", 0);
    let progress = &mut |progress: Progress| bar.set(progress.done);
    let psi = draft.terms.psi.as_ref().expect("a checked contract has its scenario's section");
    let payload = psi.payload.as_ref().map(|_| usize::from(args.label_bytes));
    let (rules, column) = (key_rules(draft), psi.payload.clone().unwrap_or_default());
    let layout = Layout { sections: vec![psi.column.clone()], rules, payload, column };
    let mut rng = randomness();
    if args.input.is_some() && !args.rotate {
        let (encoding, changed) = Encoding::create(&args.store, &layout, rows, &mut rng, progress)?;
        return Ok((encoding.stats(), changed));
    }
    let mut encoding = Encoding::open(&args.store)?;
    if !args.rotate {
        encoding.is_of(rules, psi.payload.as_deref())?;
    }
    let changed = if args.rotate {
        encoding.rotate(&layout, rows, &mut rng, progress)?
    } else if args.delete.is_some() {
        let entries = rows.map(|row| row.map(|row| row.entry));
        encoding.delete(entries, &mut rng, progress)?
    } else {
        encoding.insert(rows, &mut rng, progress)?
    };
    Ok((encoding.stats(), changed))
}

fn tell(stats: &Stats, ui: &mut Ui) {
    ui.say(
        "ui-psi-stored",
        &[
            ("entries", stats.entries.into()),
            ("bytes", stats.bytes.into()),
            ("version", stats.version.into()),
            ("epoch", stats.published.epoch.into()),
            ("key", stats.key.to_string().into()),
        ],
    );
}

/// The rows of a table as an encoding takes them.
struct Rows<'a> {
    table: CleanTable,
    ui: &'a Ui,
    domain: Domain,
    key: String,
    label: Option<String>,
    ready: std::vec::IntoIter<Row>,
    /// Why there are no more, if that is not the end.
    failed: Option<Problem>,
}

impl<'a> Rows<'a> {
    fn open(
        path: &Path,
        draft: &Draft,
        psi: &PsiTerms,
        args: &PrepareArgs,
        ui: &'a Ui,
    ) -> Result<Self, Problem> {
        let mut key = ColumnSpec::new(&psi.column, psi.kind).required();
        key.aliases.extend(args.column.clone().filter(|name| *name != psi.column));
        let agreed = &draft.terms.data.table;
        if let (Some(given), None) = (&args.label, &psi.payload) {
            let (option, given) = ("--label".to_owned(), given.clone());
            return Err(CliError::BadValue { option, given, expected: "psi.payload".to_owned() }.into());
        }
        let label = psi.payload.as_ref().filter(|_| args.delete.is_none());
        let mut column = agreed.columns.iter().find(|column| Some(&column.name) == label).cloned();
        if let Some(column) = &mut column {
            column.aliases.extend(args.label.clone().filter(|name| *name != column.name));
        }
        let columns = [key].into_iter().chain(column.clone()).collect();
        let spec = TableSpec { columns, ..agreed.clone() };
        let table = CleanTable::open(&named_source(path)?, &spec)?;
        // A row may be without a payload; a table without any is another table.
        if let Some(column) = column.filter(|column| !table.columns().contains(&column.name)) {
            let (near, present) = (Vec::new(), table.headers().to_vec());
            return Err(DataError::MissingColumn { column: column.name, near, present }.into());
        }
        let (key, label) = (psi.column.clone(), label.cloned());
        let (domain, ready) = (key_domain(psi), Vec::new().into_iter());
        Ok(Self { table, ui, domain, key, label, ready, failed: None })
    }

    /// The rows of a batch that have a key.
    fn of(&self, batch: &CleanBatch) -> Vec<Row> {
        let text = |name: &String| batch.batch.column_by_name(name).map(AsArray::as_string::<i32>);
        let (Some(keys), label) = (text(&self.key), self.label.as_ref().and_then(text)) else {
            return Vec::new();
        };
        let row = |at: usize| Row {
            entry: Entry::from(self.domain.item(&[keys.value(at).as_bytes()])),
            payload: label
                .filter(|label| label.is_valid(at))
                .map_or_else(Vec::new, |label| label.value(at).as_bytes().to_vec()),
        };
        (0..keys.len()).filter(|&at| keys.is_valid(at)).map(row).collect()
    }

    fn next_rows(&mut self) -> Result<bool, Problem> {
        self.ui.go_on()?;
        let Some(batch) = self.table.next_batch()? else { return Ok(false) };
        self.ready = self.of(&batch).into_iter();
        Ok(true)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.ready.next() {
                return Some(Ok(row));
            }
            match self.next_rows() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(problem) => {
                    self.failed = Some(problem);
                    return Some(Err("the table".into()));
                }
            }
        }
    }
}
