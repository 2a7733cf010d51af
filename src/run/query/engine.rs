//! The engine for SQL: `yinshu-joint`, a program of its own beside this one, so that a node without questions needs none of it.
//!
//! It makes the plan of a contract's question, and reads and cleans the own table into the plan's columns. What it says is
//! checked as if a stranger said it: the plan by its types and bounds, the rows by [`yinshu_mpc::query::Input::check`].

use super::QueryError;
use crate::contract::Draft;
use crate::problem::Problem;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufReader, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::NamedTempFile;
use yinshu_crypto::hash::Digest;
use yinshu_data::Source;
use yinshu_mpc::query::{Cells, Input, Plan, Table, Values};

/// Names the program where it is not beside this one.
const NAMED: &str = "YINSHU_JOINT";

/// A plan is short; more is none.
const MAX_SAID: u64 = 1 << 24;

/// The program.
pub struct Engine {
    program: PathBuf,
}

/// A question as a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lowered {
    /// The plan.
    pub plan: Plan,
    /// What each party learns, in both languages.
    #[serde(default)]
    pub learns: Vec<Learns>,
    /// What owners run by themselves.
    #[serde(default)]
    pub pushed: Vec<Value>,
    /// Of the plan.
    #[serde(skip, default = "zero")]
    pub digest: Digest,
}

fn zero() -> Digest {
    Digest::ZERO
}

/// What somebody learns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learns {
    /// A party, or everybody.
    pub who: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Engine {
    /// The program named by `YINSHU_JOINT`, or the one beside this one.
    pub fn find() -> Result<Self, Problem> {
        let program = match std::env::var_os(NAMED) {
            Some(named) => PathBuf::from(named),
            None => {
                let name = format!("yinshu-joint{}", std::env::consts::EXE_SUFFIX);
                let own = std::env::current_exe().unwrap_or_default();
                own.with_file_name(name)
            }
        };
        if program.is_file() {
            return Ok(Self { program });
        }
        Err(QueryError::EngineMissing { path: program.display().to_string() }.into())
    }

    fn name(&self) -> String {
        self.program.display().to_string()
    }

    fn unreadable(&self, reason: &dyn ToString) -> Problem {
        QueryError::EngineUnreadable { program: self.name(), reason: reason.to_string() }.into()
    }

    /// Runs the program over the signed words of a contract; `read` takes what it says. Only where it ends well is that used.
    fn run<T>(
        &self,
        draft: &Draft,
        args: &[OsString],
        read: impl FnOnce(std::process::ChildStdout) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let failed = |e: std::io::Error| Problem::writing(std::path::Path::new("contract.toml"), &e);
        let mut contract = tempfile::Builder::new().suffix(".toml").tempfile().map_err(failed)?;
        contract.write_all(draft.text().as_bytes()).map_err(failed)?;
        let mut complaints = tempfile::tempfile().map_err(failed)?;
        let errors = complaints.try_clone().map_err(failed)?;
        let mut command = Command::new(&self.program);
        command.arg("--json").args(args).arg("--contract").arg(contract.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let ended_badly = |reason: String| QueryError::EngineFailed { program: self.name(), reason };
        let mut child = command.spawn().map_err(|e| ended_badly(e.to_string()))?;
        let said = match child.stdout.take() {
            Some(out) => read(out),
            None => Err(self.unreadable(&"nothing")),
        };
        let ended = child.wait().map_err(|e| ended_badly(e.to_string()))?;
        if ended.success() {
            return said;
        }
        let mut text = String::new();
        let read = complaints.rewind().and_then(|()| complaints.take(1 << 16).read_to_string(&mut text));
        let text = if read.is_ok() { text } else { String::new() };
        Err(ended_badly(complaint(&text).unwrap_or_else(|| ended.to_string())).into())
    }

    /// The plan of a contract's question.
    pub fn lower(&self, draft: &Draft) -> Result<Lowered, Problem> {
        let said = self.run(draft, &["lower".into()], |out| {
            let mut text = Vec::new();
            out.take(MAX_SAID).read_to_end(&mut text).map_err(|e| self.unreadable(&e))?;
            Ok(text)
        })?;
        let mut lowered: Lowered = serde_json::from_slice(&said).map_err(|e| self.unreadable(&e))?;
        let plan = serde_json::to_vec(&lowered.plan).map_err(|e| self.unreadable(&e))?;
        lowered.digest = Digest::of_parts("yinshu query plan v1", &[&plan]);
        Ok(lowered)
    }

    /// Our part of one of the plan's inputs, from our table.
    pub fn local(
        &self,
        draft: &Draft,
        (at, input): (usize, &Input),
        source: &Source,
    ) -> Result<Table, Problem> {
        let described = self.described(source)?;
        let args = ["local", "--table", &input.table, "--input", &at.to_string(), "--source"];
        let mut args: Vec<OsString> = args.iter().map(OsString::from).collect();
        args.push(described.path().into());
        self.run(draft, &args, |out| {
            let reader = StreamReader::try_new(BufReader::new(out), None).map_err(|e| self.unreadable(&e))?;
            self.rows(input, reader)
        })
    }

    /// A file that says where a table is, for the program; readable by this user alone.
    fn described(&self, source: &Source) -> Result<NamedTempFile, Problem> {
        let mut source = source.clone();
        for path in [&mut source.path, &mut source.password_file].into_iter().flatten() {
            *path = std::path::absolute(&*path).map_err(|e| Problem::writing(path, &e))?;
        }
        let text = toml::to_string(&source).map_err(|e| self.unreadable(&e))?;
        let failed = |e: std::io::Error| Problem::writing(std::path::Path::new("source.toml"), &e);
        let mut file = tempfile::Builder::new().suffix(".toml").tempfile().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(file)
    }

    fn rows(
        &self,
        input: &Input,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<Table, Problem> {
        let empty = |column: &yinshu_mpc::query::Column| match column.values {
            Values::Key => Cells::Texts(Vec::new()),
            _ => Cells::Integers(Vec::new()),
        };
        let mut table = Table { rows: 0, columns: input.columns.iter().map(empty).collect() };
        for batch in batches {
            let batch = batch.map_err(|e| self.unreadable(&e))?;
            if batch.num_columns() != table.columns.len() {
                return Err(self.unreadable(&format!("{} columns", batch.num_columns())));
            }
            table.rows += batch.num_rows();
            if table.rows as u64 > input.max_rows {
                let (name, found) = (input.table.clone(), table.rows);
                let max = input.max_rows;
                return Err(yinshu_mpc::MpcError::TooManyRows { table: name, found, max }.into());
            }
            for (cells, array) in table.columns.iter_mut().zip(batch.columns()) {
                match (cells, array.data_type()) {
                    (Cells::Integers(cells), DataType::Int64) => {
                        cells.extend(array.as_primitive::<Int64Type>().iter());
                    }
                    (Cells::Texts(cells), DataType::Utf8) => {
                        cells.extend(array.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)));
                    }
                    (_, other) => return Err(self.unreadable(&format!("a column of {other}"))),
                }
            }
        }
        Ok(table)
    }
}

/// What the program says of its error.
fn complaint(text: &str) -> Option<String> {
    let said: Option<Value> = text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    let message = said.as_ref().and_then(|said| said.pointer("/error/message")).and_then(Value::as_str);
    let code = said.as_ref().and_then(|said| said.pointer("/error/code")).and_then(Value::as_u64);
    match (message, code) {
        (Some(message), Some(code)) => Some(format!("{message} (E{code})")),
        _ => text.lines().rev().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned()),
    }
}
