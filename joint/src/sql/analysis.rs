//! An analysis that the contract names, of the rows that its question gives: columns go by the names that they have in SELECT.
//!
//! An owner allows an analysis what it allows of figures: sums, means, models, values by rank and curves are aggregates; what
//! divides rows into groups (the group of a difference, both columns of a two-way table) groups, and a histogram compares.

use super::tables::Meaning;
use super::uses::{Use, permit};
use super::{Planner, refused, shown};
use crate::error::JointError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use yinshu_mpc::query::{Analysis, ColumnAt, Expr as Planned, Plan, Tell};

/// What an analysis does with each of its columns.
fn uses(asked: &Analysis<String>) -> Vec<(&String, Use)> {
    match asked {
        Analysis::Correlations(columns) => columns.iter().map(|of| (of, Use::Aggregate)).collect(),
        Analysis::Linear { target, features } | Analysis::Logistic { target, features } => {
            features.iter().chain([target]).map(|of| (of, Use::Aggregate)).collect()
        }
        Analysis::Survival { time, event } => vec![(time, Use::Aggregate), (event, Use::Aggregate)],
        Analysis::Difference { of, group } => vec![(of, Use::Aggregate), (group, Use::GroupKey)],
        Analysis::TwoWay(both) => both.iter().map(|of| (of, Use::GroupKey)).collect(),
        Analysis::Quantiles { of, .. } | Analysis::Inequality { of, .. } => vec![(of, Use::Aggregate)],
        Analysis::Histogram { of, .. } => vec![(of, Use::Compare)],
        Analysis::WeightedMean { of, weight } => vec![(of, Use::Aggregate), (weight, Use::Aggregate)],
    }
}

impl Planner<'_> {
    /// The whole plan.
    pub(super) fn analysed(
        &mut self,
        plan: &LogicalPlan,
        asked: &Analysis<String>,
    ) -> Result<Plan, JointError> {
        if let LogicalPlan::Sort(_) | LogicalPlan::Limit(_) = plan {
            return Err(refused("analysis-order", &plan.display().to_string()));
        }
        let relation = self.relation(plan)?;
        self.rows = self.rows_of(&relation.tree);
        let names: Vec<&String> = plan.schema().fields().iter().map(|field| field.name()).collect();
        let uses = uses(asked);
        if let Some(unused) = names.iter().find(|name| !uses.iter().any(|(of, _)| of == *name)) {
            return Err(refused("analysis-unused", unused));
        }
        let mut decimals = 0;
        let mut column = |name: &String| {
            let mut places = (0..names.len()).filter(|&at| names[at] == name);
            let (Some(at), None) = (places.next(), places.next()) else {
                return Err(refused("analysis-column", name));
            };
            let wanted = uses.iter().filter(|(of, _)| *of == name).map(|(_, wanted)| *wanted);
            let (place, digits) = self.analysed_column(&relation.cells[at], wanted)?;
            decimals = digits;
            Ok(place)
        };
        let mut analysis = asked.named(&mut column)?;
        if let Analysis::Histogram { bounds, .. } = &mut analysis {
            // In the contract they are whole, like those of columns.
            let unit = 10i64.pow(decimals);
            for bound in bounds {
                *bound = bound.checked_mul(unit).ok_or_else(|| JointError::Overflow {
                    expression: bound.to_string(),
                    least: bound.to_string(),
                    greatest: bound.to_string(),
                })?;
            }
        }
        let filter = self.filter(&relation.filters)?;
        let from = self.from(&relation.tree)?;
        let tell = Tell::Analysis(analysis);
        self.numbered(Plan { inputs: Vec::new(), from, filter, tell, layout: None }, &relation.tree)
    }

    /// A column that comes in, and its digits after the point.
    fn analysed_column(
        &mut self,
        cell: &Expr,
        wanted: impl Iterator<Item = Use>,
    ) -> Result<(ColumnAt, u32), JointError> {
        let value = self.value(cell)?;
        for wanted in wanted {
            permit(self.terms, &value.origins, wanted)?;
        }
        let decimals = match value.meaning {
            Meaning::Number { decimals, .. } => decimals,
            Meaning::Truth | Meaning::Code(_) => 0,
            _ => return Err(JointError::NotSecure { expression: shown(self, cell) }),
        };
        match self.compile(&value)? {
            Planned::Column(place) => Ok((place, decimals)),
            _ => Err(refused("analysis-across", &shown(self, cell))),
        }
    }
}
