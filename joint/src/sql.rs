//! SQL across departments: a question in a contract becomes what each owner works out alone, and a plan over shares.
//!
//! ```text
//! contract ─▶ DataFusion: parse, plan, decorrelate ─▶ relation: tables, joins ─▶ figures, groups ─▶ Plan
//!                                                      └ uses: every column, each time
//! ```
//!
//! # What is decided here
//! - **At its owner**: the columns that are needed, what is worked out from one table alone, conditions about one table alone,
//!   groups of one table within the question (`JOIN (SELECT id, SUM(x) … GROUP BY id)`), and sums by group where rows are
//!   split by person (`beforehand`). The owner's part is SQL of this engine, which people read before they sign.
//! - **On shares**: joins, conditions and values of several tables, groups, figures, `HAVING`, an analysis of the rows.
//! - **At the receivers**: the order of rows, `LIMIT`.
//!
//! # Security
//! A plan says who learns what; nothing is executed here but an owner's own part over its own table. What an owner allows
//! of a column ([`uses`]) is checked at every use of it, through whatever it is worked out into: a value made from two
//! columns may be used for what both allow. Conditions count as uses where they stand, in the owner's part too. Whoever
//! makes a plan could lie about it; therefore each party makes it itself from the signed contract, and the same contract
//! gives the same bytes. The engine's optimiser is not run but for the rules named in [`lower`]: what it may rewrite between
//! versions is no part of what was signed.
//!
//! A wrong plan would be worse than none: what is not understood is refused ([`JointError::Unsupported`]), functions that
//! depend on the moment too, and no value can leave 64 bits by the bounds that the contract declares.

mod analysis;
mod beforehand;
pub mod explain;
mod figures;
mod joins;
pub mod local;
mod read;
mod relation;
mod tables;
mod tell;
pub mod terms;
mod truth;
pub mod uses;
mod value;

use crate::error::JointError;
use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::Column as Name;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::decorrelate_predicate_subquery::DecorrelatePredicateSubquery;
use datafusion::optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion::optimizer::{Optimizer, OptimizerContext};
use datafusion::prelude::{SessionConfig, SessionContext};
use figures::Draft;
use std::collections::BTreeSet;
use std::sync::Arc;
use tables::Table;
use terms::Terms;
use yinshu_mpc::query::Plan;

/// Makes a plan of one question.
pub(crate) struct Planner<'a> {
    terms: &'a Terms,
    tables: Vec<Table>,
    /// The number of the table that stands for figures.
    group: usize,
    figures: Vec<Draft>,
    /// The figures that `having` asks about.
    used: BTreeSet<usize>,
    /// How many rows are put together at most.
    rows: i128,
}

/// The plan of a contract's question: the same for the same contract, whoever makes it.
///
/// # Errors
/// [`JointError`]: the question is no SQL, asks for what no plan can say, or for what an owner does not allow.
pub async fn lower(terms: &Terms) -> Result<Plan, JointError> {
    let logical = logical(terms).await?;
    let (tables, figures) = (Vec::new(), Vec::new());
    let mut planner = Planner { terms, tables, group: usize::MAX, figures, used: BTreeSet::new(), rows: 0 };
    match &terms.query.analysis {
        Some(asked) => planner.analysed(&logical, asked),
        None => planner.plan(&logical),
    }
}

/// How the engine is set, here and at an owner's own part: numbers with a point are exact.
pub(crate) fn session() -> SessionContext {
    let config = SessionConfig::new()
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
        .with_target_partitions(1)
        .with_default_catalog_and_schema("contract", "tables");
    SessionContext::new_with_config(config)
}

/// The engine's plan of the question, with subqueries as joins.
async fn logical(terms: &Terms) -> Result<LogicalPlan, JointError> {
    let context = session();
    let catalog = context.catalog("contract").ok_or_else(|| refused("other", "catalog"))?;
    for table in &terms.query.tables {
        let empty = Arc::new(EmptyTable::new(Arc::new(tables::schema(table))));
        context
            .register_table(datafusion::common::TableReference::bare(&*table.name), empty.clone())
            .map_err(|error| engine(&error))?;
        let party = match catalog.schema(&table.party) {
            Some(party) => party,
            None => {
                let party = Arc::new(MemorySchemaProvider::new());
                catalog.register_schema(&table.party, party.clone()).map_err(|error| engine(&error))?;
                party
            }
        };
        party.register_table(table.name.clone(), empty).map_err(|error| engine(&error))?;
    }
    let plan = context.state().create_logical_plan(&terms.query.sql).await;
    let plan = plan.map_err(|error| JointError::Sql { reason: error.strip_backtrace() })?;
    if let LogicalPlan::Statement(_) | LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) =
        &plan
    {
        return Err(refused("statement", &plan.display().to_string()));
    }
    let rules = Optimizer::with_rules(vec![
        Arc::new(DecorrelatePredicateSubquery::new()),
        Arc::new(ExtractEquijoinPredicate::new()),
    ]);
    rules
        .optimize(plan, &OptimizerContext::new().with_max_passes(1).with_skip_failing_rules(false), |_, _| {})
        .map_err(|error| engine(&error))
}

/// What the engine said, where the question is at fault.
fn engine(error: &DataFusionError) -> JointError {
    JointError::Sql { reason: error.strip_backtrace() }
}

/// An expression as people wrote it.
fn shown(planner: &Planner<'_>, expr: &Expr) -> String {
    let named = expr.clone().transform_up(|inner| {
        let put = match &inner {
            Expr::Column(name) => tables::place(name).and_then(|(at, column)| {
                let of = planner.tables.get(at)?.arms.first()?;
                let table = &planner.terms.query.tables[of.table].name;
                Some(Expr::Column(Name::new(Some(table.as_str()), column)))
            }),
            _ => None,
        };
        Ok(put.map_or_else(|| Transformed::no(inner), Transformed::yes))
    });
    named.map_or_else(|_| expr.to_string(), |named| named.data.to_string())
}

fn refuse(construct: &str, expr: &Expr) -> JointError {
    let plain = expr.clone().transform_up(|inner| {
        Ok(match inner {
            Expr::Column(name) if tables::place(&name).is_some() => {
                Transformed::yes(Expr::Column(Name::new_unqualified(name.name)))
            }
            other => Transformed::no(other),
        })
    });
    refused(construct, &plain.map_or_else(|_| expr.to_string(), |plain| plain.data.to_string()))
}

fn refused(construct: &str, found: &str) -> JointError {
    JointError::Unsupported { construct: construct.to_owned(), found: found.to_owned() }
}
