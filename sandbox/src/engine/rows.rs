//! Rows of a registered table, one after the other: for what the owner of the data is told of them.

use super::plan::{Means, expr, person, session};
use super::register::Registered;
use super::stored::{PERSON, Stored};
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::question::Value;
use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use futures::StreamExt as _;

/// Whom some rows are about, and what was made of each of them.
pub(crate) type Batch<'a> = &'a mut (dyn FnMut(&[i64], &[Vec<Option<i64>>]) + Send);

/// Reads the rows of a table for which a condition holds, in the order of persons, and makes values of each.
pub(crate) async fn rows(
    dataset: &Dataset,
    (registered, means): (&Registered, &Means<'_>),
    (table, granted): (usize, Option<&Value>),
    values: &[Value],
    tell: Batch<'_>,
) -> Result<(), SandboxError> {
    let engine = |error: DataFusionError| SandboxError::engine(&error);
    let mut needed = Vec::new();
    values.iter().chain(granted).for_each(|value| value.columns(&mut |_, column| needed.push(column)));
    needed.sort_unstable();
    needed.dedup();
    let stored = Stored::open(registered, dataset, table, &needed, 1)?;
    let mut plan = LogicalPlanBuilder::scan("s0", stored.provider(), None).map_err(engine)?;
    if let Some(granted) = granted {
        plan = plan.filter(expr(granted, 0)).map_err(engine)?;
    }
    let made = values.iter().enumerate().map(|(at, value)| expr(value, 0).alias(format!("v{at}")));
    let columns: Vec<Expr> = [Expr::Column(person(0)).alias(PERSON)].into_iter().chain(made).collect();
    let plan = plan.project(columns).and_then(LogicalPlanBuilder::build).map_err(engine)?;
    let context = session(means, 1)?;
    let physical = context.state().create_physical_plan(&plan).await.map_err(engine)?;
    let mut stream = execute_stream(physical, context.task_ctx()).map_err(engine)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(engine)?;
        let owners = batch.column(0).as_primitive::<Int64Type>().values();
        let columns = batch.columns()[1..].iter().map(|column| {
            let column = column.as_primitive::<Int64Type>();
            (0..column.len()).map(|row| column.is_valid(row).then(|| column.value(row))).collect()
        });
        tell(owners, &columns.collect::<Vec<_>>());
    }
    Ok(())
}
