//! An answer as a table: laid out as the plan says.

use crate::run::intersect::sums::written;
use crate::run::several::files::Rows;
use serde::Serialize;
use std::cmp::Ordering;
use yinshu_mpc::query::{Group, Key, Number, Order, Outcome, Plan, Shown, Tell};

/// Groups that are not told are listed up to so many.
const LISTED: u64 = 256;

/// An answer, laid out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Laid {
    /// The heads of the columns.
    pub heads: Vec<String>,
    /// The lines told; a figure that has no value is missing.
    pub table: Rows,
    /// Cells of these lines that the rule hides, by line and column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden_cells: Vec<[usize; 2]>,
    /// The groups that there can be and are not told, where these are not too many to list: lines with their keys alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untold: Rows,
    /// How many of the first columns are labels.
    #[serde(skip)]
    pub labels: usize,
    /// Figures beside the table, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<(String, Option<String>)>,
}

impl Laid {
    /// Adds a line of counts under a label, some of them hidden.
    pub(super) fn counted(&mut self, label: Option<String>, counts: &[Option<u64>]) {
        let line = self.table.len();
        let hidden = (1..).zip(counts).filter(|(_, count)| count.is_none());
        self.hidden_cells.extend(hidden.map(|(column, _)| [line, column]));
        let counts = counts.iter().map(|count| count.map(|count| count.to_string()));
        self.table.push(std::iter::once(label).chain(counts).collect());
    }

    /// A cell as people read it.
    pub fn cell(&self, line: usize, column: usize) -> String {
        match &self.table[line][column] {
            Some(cell) => cell.clone(),
            None if self.hidden_cells.contains(&[line, column]) => HIDDEN.to_owned(),
            None => String::new(),
        }
    }
}

/// What stands where a figure is hidden.
pub const HIDDEN: &str = "×";

/// The columns of an answer: as laid out, or keys and then figures.
fn columns(plan: &Plan) -> Vec<Shown> {
    let Tell::Groups { keys, figures, .. } = &plan.tell else { return Vec::new() };
    if let Some(layout) = &plan.layout {
        return layout.columns.clone();
    }
    let told = (0..figures.len()).filter(|&at| !figures[at].hidden).map(Shown::Figure);
    (0..keys.len()).map(Shown::Key).chain(told).collect()
}

/// The answer to a question by groups; nothing where this party received nothing.
pub(super) fn groups(plan: &Plan, outcome: &Outcome) -> Option<Laid> {
    let (table, untold) = (lines(plan, outcome)?, untold(plan, outcome).unwrap_or_default());
    let labels = columns(plan).iter().take_while(|column| matches!(column, Shown::Key(_))).count();
    Some(Laid { heads: heads(plan), table, untold, labels, ..Laid::default() })
}

/// The groups that there can be, beside those told, with their keys alone: that these are hidden, withheld, empty or fail the
/// condition on groups is known together, and not of which group what.
fn untold(plan: &Plan, outcome: &Outcome) -> Option<Rows> {
    let Tell::Groups { keys, .. } = &plan.tell else { return None };
    let told: Vec<&Vec<Option<i64>>> = outcome.told.as_ref()?.iter().map(|group| &group.keys).collect();
    let many = |key: &Key| key.max.abs_diff(key.min).saturating_add(1);
    let all = keys.iter().map(many).fold(1u64, u64::saturating_mul);
    if all > LISTED {
        return None;
    }
    let columns = columns(plan);
    let group = |number: u64| {
        let mut rest = number;
        let mut values: Vec<Option<i64>> = Vec::with_capacity(keys.len());
        for key in keys.iter().rev() {
            values.push(Some(key.min.wrapping_add_unsigned(rest % many(key))));
            rest /= many(key);
        }
        values.reverse();
        Group { keys: values, rows: 0, figures: Vec::new() }
    };
    let rest = (0..all).map(group).filter(|group| !told.contains(&&group.keys));
    Some(rest.map(|group| columns.iter().map(|&column| cell(plan, &group, column)).collect()).collect())
}

/// The heads of the columns.
fn heads(plan: &Plan) -> Vec<String> {
    let Tell::Groups { keys, figures, .. } = &plan.tell else { return Vec::new() };
    let name = |column: &Shown| match column {
        Shown::Key(at) => keys.get(*at).map(|key| key.name.clone()),
        Shown::Figure(at) => figures.get(*at).map(|figure| figure.name.clone()),
    };
    columns(plan).iter().map(|column| name(column).unwrap_or_default()).collect()
}

/// The text of a key, if it is there.
fn key(plan: &Plan, group: &Group, at: usize) -> Option<String> {
    let Tell::Groups { keys, .. } = &plan.tell else { return None };
    let (key, value) = (keys.get(at)?, group.keys.get(at).copied().flatten()?);
    if key.texts.is_empty() {
        return Some(value.to_string());
    }
    let place = usize::try_from(value.checked_sub(key.min)?).ok()?;
    key.texts.get(place).filter(|text| !text.is_empty()).cloned()
}

/// A figure as people read it.
fn figure(number: &Number) -> Option<String> {
    match number {
        Number::Exact { value, decimals } => Some(written(*value, *decimals as usize)),
        Number::Real(value) if value.is_finite() => Some(value.to_string()),
        _ => None,
    }
}

fn cell(plan: &Plan, group: &Group, column: Shown) -> Option<String> {
    match column {
        Shown::Key(at) => key(plan, group, at),
        Shown::Figure(at) => group.figures.get(at).and_then(figure),
    }
}

/// What an order goes by.
#[derive(PartialEq, PartialOrd)]
enum Weight {
    Whole(i128),
    Real(f64),
    Text(String),
}

fn weight(plan: &Plan, group: &Group, column: Shown) -> Option<Weight> {
    let Tell::Groups { keys, figures, .. } = &plan.tell else { return None };
    match column {
        Shown::Key(at) if keys.get(at)?.texts.is_empty() => {
            group.keys.get(at).copied().flatten().map(|value| Weight::Whole(value.into()))
        }
        Shown::Key(at) => key(plan, group, at).map(Weight::Text),
        // Medians can have one digit more than others of their column.
        Shown::Figure(at) => match group.figures.get(at)? {
            Number::Exact { value, decimals } if *decimals == figures.get(at)?.decimals => {
                Some(Weight::Whole(*value))
            }
            Number::Exact { value, decimals } => {
                Some(Weight::Real(*value as f64 / 10f64.powi(decimals.cast_signed())))
            }
            Number::Real(value) => Some(Weight::Real(*value)),
            Number::Missing | Number::Untold => None,
        },
    }
}

fn compare(plan: &Plan, order: &Order, a: &Group, b: &Group) -> Ordering {
    match (weight(plan, a, order.by), weight(plan, b, order.by)) {
        (Some(a), Some(b)) => {
            let ordering = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
            if order.descending { ordering.reverse() } else { ordering }
        }
        (None, None) => Ordering::Equal,
        (None, Some(_)) if order.missing_first => Ordering::Less,
        (Some(_), None) if order.missing_first => Ordering::Greater,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
    }
}

/// The groups told, line by line, in the order that the question asks for; nothing where this party received nothing.
fn lines(plan: &Plan, outcome: &Outcome) -> Option<Rows> {
    let mut groups: Vec<&Group> = outcome.told.as_ref()?.iter().collect();
    let layout = plan.layout.as_ref();
    if let Some(layout) = layout {
        groups.sort_by(|a, b| {
            let each = layout.order.iter().map(|order| compare(plan, order, a, b));
            each.fold(Ordering::Equal, Ordering::then)
        });
    }
    let usual = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let skipped = layout.map_or(0, |layout| usual(layout.offset));
    let most = layout.and_then(|layout| layout.limit).map_or(usize::MAX, usual);
    let columns = columns(plan);
    let line = |group: &Group| columns.iter().map(|&column| cell(plan, group, column)).collect();
    Some(groups.into_iter().skip(skipped).take(most).map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(key: i64, sum: i128, mean: f64) -> Group {
        let figures = vec![
            Number::Exact { value: sum, decimals: 2 },
            if mean.is_nan() { Number::Missing } else { Number::Real(mean) },
            Number::Untold,
        ];
        Group { keys: vec![Some(key)], rows: 9, figures }
    }

    #[test]
    fn lines_are_laid_out_ordered_and_cut() {
        let text = r#"{
            "inputs": [], "from": { "input": 0 },
            "tell": { "groups": {
                "keys": [{ "name": "kind", "of": { "integer": 0 }, "min": 5, "max": 8, "texts": ["b", "a", "c", ""] }],
                "figures": [
                    { "name": "pay", "function": "sum", "decimals": 2 }, { "name": "mean", "function": "mean" },
                    { "name": "n", "function": "count", "hidden": true }
                ]
            } }
        }"#;
        let mut plan: Plan = serde_json::from_str(text).expect("a plan");
        let told = vec![group(5, 1205, 3.5), group(6, -7, f64::NAN), group(7, 99, 1.0), group(8, 5, 2.0)];
        let outcome = Outcome { hidden: 0, withheld: 0, failed: 0, told: Some(told), analysis: None };
        assert_eq!(heads(&plan), ["kind", "pay", "mean"]);
        let line = |cells: [&str; 3]| cells.map(|cell| (!cell.is_empty()).then(|| cell.to_owned())).to_vec();
        let all = lines(&plan, &outcome).expect("lines");
        let expected = [["b", "12.05", "3.5"], ["a", "-0.07", ""], ["c", "0.99", "1"], ["", "0.05", "2"]];
        assert_eq!(all, expected.map(line));
        let layout = r#"{ "columns": [{ "figure": 1 }, { "key": 0 }], "offset": 1, "limit": 2,
            "order": [{ "by": { "figure": 1 }, "descending": true, "missing_first": true }] }"#;
        plan.layout = Some(serde_json::from_str(layout).expect("a layout"));
        let some = lines(&plan, &outcome).expect("lines");
        assert_eq!(
            some,
            [[Some("3.5"), Some("b")], [Some("2"), None]]
                .map(|line| line.map(|c| c.map(str::to_owned)).to_vec())
        );
        let rest = Outcome { told: outcome.told.clone().map(|told| told[1..3].to_vec()), ..outcome.clone() };
        let untold = groups(&plan, &rest).expect("an answer").untold;
        assert_eq!(untold, [[None, Some("b".to_owned())], [None, None]].map(|line| line.to_vec()));
        let nothing = Outcome { told: None, ..outcome };
        assert_eq!(groups(&plan, &nothing), None);
    }
}
