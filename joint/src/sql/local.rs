//! An owner's own part: its table read, cleaned and cut to the columns of a plan, in the clear and by itself.
//!
//! What comes out is an Arrow IPC stream, one column for each of the plan's: 64-bit integers (in units of the last digit;
//! a text of a list by its number in it), and texts for keys. Where the stream ends early the process ends with an error:
//! whoever reads it looks at how the process ended before it uses a row.

use super::read::{Rows, failed, scaled};
use super::session;
use super::tables::schema;
use super::terms::{Table, Terms};
use crate::error::JointError;
use crate::prepare;
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use futures::StreamExt as _;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use yinshu_mpc::query::{Column, Input, Plan, Values};

/// Which of what comes in is meant.
///
/// # Errors
/// [`JointError::NoSuchTable`]: the plan does not need it, or the number is of another table; [`JointError::ManyInputs`].
pub fn meant<'a>(plan: &'a Plan, table: &str, number: Option<usize>) -> Result<&'a Input, JointError> {
    let of_it = plan.inputs.iter().enumerate().filter(|(_, input)| input.table == table);
    let of_it: Vec<_> = of_it.filter(|(at, _)| number.is_none_or(|number| number == *at)).collect();
    match &of_it[..] {
        [(_, input)] => Ok(input),
        [] => Err(JointError::NoSuchTable {
            table: table.to_owned(),
            known: plan.inputs.iter().map(|input| input.table.clone()).collect(),
        }),
        many => Err(JointError::ManyInputs {
            table: table.to_owned(),
            inputs: many.iter().map(|(at, _)| *at).collect(),
        }),
    }
}

/// Runs an owner's own part over the table at `source`, and says how many rows came out.
///
/// # Errors
/// [`JointError`]: the table cannot be used, a cell is not what the contract says, too many rows come out, or `out` cannot
/// be written.
pub async fn run(terms: &Terms, input: &Input, source: &Path, out: impl Write) -> Result<u64, JointError> {
    let table = terms.table(&input.table)?;
    let broken = |error: DataFusionError| cause(&input.table, &error);
    let context = session();
    let name = || TableReference::bare(&*table.name);
    let empty = Arc::new(EmptyTable::new(Arc::new(schema(table))));
    context.register_table(name(), empty).map_err(broken)?;
    let plan = context.state().create_logical_plan(&input.local).await.map_err(broken)?;
    let mut needed = BTreeSet::new();
    let walked = plan.apply(|node| {
        let found = node.expressions();
        let found = found.iter().flat_map(|expr| expr.column_refs()).map(|column| column.name.clone());
        needed.extend(found);
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(broken)?;
    context.deregister_table(name()).map_err(broken)?;
    let rows = Rows::new(terms, table, &needed, prepare::named(source)?);
    let stream = StreamingTable::try_new(
        Arc::clone(datafusion::physical_plan::streaming::PartitionStream::schema(&rows)),
        vec![Arc::new(rows)],
    );
    context.register_table(name(), Arc::new(stream.map_err(broken)?)).map_err(broken)?;
    let mut stream =
        context.sql(&input.local).await.map_err(broken)?.execute_stream().await.map_err(broken)?;

    let schema = Arc::new(coming(input));
    let unwritten = |error: datafusion::arrow::error::ArrowError| failed(&table.name, &error.to_string());
    let mut writer = StreamWriter::try_new(out, &schema).map_err(unwritten)?;
    let mut count = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(broken)?;
        let arrays = input.columns.iter().zip(batch.columns());
        let arrays = arrays.map(|(column, array)| converted(table, column, array, count));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        count += batch.num_rows() as u64;
        if count > input.max_rows {
            return Err(JointError::TooManyRows { table: table.name.clone(), most: input.max_rows });
        }
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(unwritten)?;
        writer.write(&batch).map_err(unwritten)?;
    }
    writer.finish().map_err(unwritten)?;
    Ok(count)
}

fn coming(input: &Input) -> Schema {
    let field = |column: &Column| {
        let kind = if column.values == Values::Key { DataType::Utf8 } else { DataType::Int64 };
        Field::new(&column.name, kind, column.nullable)
    };
    Schema::new(input.columns.iter().map(field).collect::<Vec<_>>())
}

/// What stopped the engine: our own error where it was one.
fn cause(table: &str, error: &DataFusionError) -> JointError {
    let mut inner: &(dyn std::error::Error + 'static) = error;
    loop {
        if let Some(own) = inner.downcast_ref::<JointError>() {
            return own.clone();
        }
        match inner.source() {
            Some(source) => inner = source,
            None => return failed(table, &error.strip_backtrace()),
        }
    }
}

/// A column as it comes in: the engine's values by the plan's numbers.
fn converted(table: &Table, column: &Column, array: &ArrayRef, before: u64) -> Result<ArrayRef, JointError> {
    let broken = |error: datafusion::arrow::error::ArrowError| failed(&table.name, &error.to_string());
    let name = || (table.name.clone(), column.name.clone());
    let row = |at: usize| before + at as u64 + 1;
    if !column.nullable
        && let Some(at) = (0..array.len()).find(|&at| array.is_null(at))
    {
        let (table, column) = name();
        return Err(JointError::CellMissing { table, column, row: row(at) });
    }
    if array.data_type() == &DataType::Null {
        return cast(array, if column.values == Values::Key { &DataType::Utf8 } else { &DataType::Int64 })
            .map_err(broken);
    }
    let texts = || cast(array, &DataType::Utf8).map_err(broken);
    match &column.values {
        Values::Key => texts(),
        Values::Code { of } => {
            let texts = texts()?;
            let code = |(at, text): (usize, Option<&str>)| {
                let Some(text) = text else { return Ok(None) };
                let found = of.iter().position(|known| known == text);
                let (table, column) = name();
                let found = found.ok_or(JointError::CellValue { table, column, row: row(at) })?;
                Ok(Some(found as i64))
            };
            let codes = texts.as_string::<i32>().iter().enumerate().map(code);
            Ok(Arc::new(codes.collect::<Result<Int64Array, JointError>>()?))
        }
        Values::Integer { min, max, decimals } => {
            let whole = if array.data_type() == &DataType::Boolean {
                cast(array, &DataType::Int64).map_err(broken)?
            } else {
                Arc::clone(array)
            };
            let texts = cast(&whole, &DataType::Utf8).map_err(broken)?;
            let number = |(at, text): (usize, Option<&str>)| {
                let Some(text) = text else { return Ok(None) };
                let value = scaled(text, *decimals).and_then(|value| i64::try_from(value).ok());
                let (table, column) = name();
                let value = value.ok_or_else(|| JointError::CellKind {
                    table: table.clone(),
                    column: column.clone(),
                    row: row(at),
                })?;
                if value < *min || value > *max {
                    let (least, greatest) = (min.to_string(), max.to_string());
                    return Err(JointError::CellRange { table, column, row: row(at), least, greatest });
                }
                Ok(Some(value))
            };
            let numbers = texts.as_string::<i32>().iter().enumerate().map(number);
            Ok(Arc::new(numbers.collect::<Result<Int64Array, JointError>>()?))
        }
    }
}
