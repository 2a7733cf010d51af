//! Tables joined as they lie, in the order of persons.
//!
//! DataFusion's usual join holds a table in memory, and fails where it has no room: whether it does is an exact answer about
//! rows. Merged, two tables need room for the rows of one person in one of them. The order of what comes out is that of the first,
//! so that nothing has to be sorted afterwards either.

use datafusion::arrow::compute::SortOptions;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// The same engine, which joins so. What is in no order is sorted before.
pub(super) fn merging(context: &SessionContext) -> SessionState {
    let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = vec![Arc::new(Merging)];
    rules.extend(PhysicalOptimizer::default().rules);
    SessionStateBuilder::new_from_existing(context.state()).with_physical_optimizer_rules(rules).build()
}

#[derive(Debug)]
struct Merging;

impl PhysicalOptimizerRule for Merging {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let merged = plan.transform_up(|plan| {
            let Some(join) = plan.downcast_ref::<HashJoinExec>().filter(|join| join.projection.is_none())
            else {
                return Ok(Transformed::no(plan));
            };
            let merged = SortMergeJoinExec::try_new(
                Arc::clone(join.left()),
                Arc::clone(join.right()),
                join.on().to_vec(),
                join.filter().cloned(),
                *join.join_type(),
                vec![SortOptions::default(); join.on().len()],
                join.null_equality(),
            )?;
            Ok(Transformed::yes(Arc::new(merged) as Arc<dyn ExecutionPlan>))
        });
        merged.map(|merged| merged.data)
    }

    fn name(&self) -> &'static str {
        "tables are merged"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
