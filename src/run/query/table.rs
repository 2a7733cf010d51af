//! An answer as a table: laid out as the plan says, and written to files.

use super::{QueryRun, page};
use crate::contract::Draft;
use crate::lang::Texts;
use crate::problem::Problem;
use crate::run::intersect::sums::written;
use crate::tables::{Out, file_beside};
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use std::cmp::Ordering;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use yinshu_mpc::query::{Group, Number, Order, Outcome, Plan, Shown, Tell};

/// In which form an answer goes out.
pub(super) enum Form {
    Table,
    Json,
    Page,
    Folder,
}

impl Form {
    /// By the extension; one that names none is refused.
    pub(super) fn of(path: &Path) -> Result<Self, Problem> {
        match path.extension().and_then(|e| e.to_str()) {
            None => Ok(Self::Folder),
            Some(e) if e.eq_ignore_ascii_case("json") => Ok(Self::Json),
            Some(e) if e.eq_ignore_ascii_case("html") => Ok(Self::Page),
            Some(_) => Out::check(path).map(|()| Self::Table),
        }
    }

    /// Writes an answer.
    pub(super) fn write(
        &self,
        path: &Path,
        done: &QueryRun,
        (draft, texts): (&Draft, &Texts),
    ) -> Result<(), Problem> {
        match self {
            Self::Table => write(path, &done.heads, &done.table),
            Self::Json => {
                let text = serde_json::to_vec_pretty(done)
                    .map_err(|e| Problem::internal(format!("an answer does not serialise: {e}")))?;
                whole(path, &text)
            }
            Self::Page => whole(path, page::page(done, draft, texts).as_bytes()),
            Self::Folder => {
                fs::create_dir_all(path).map_err(|e| Problem::writing(path, &e))?;
                Self::Table.write(&path.join("table.csv"), done, (draft, texts))?;
                Self::Json.write(&path.join("result.json"), done, (draft, texts))?;
                Self::Page.write(&path.join("report.html"), done, (draft, texts))
            }
        }
    }
}

/// The columns of an answer: as laid out, or keys and then figures.
fn columns(plan: &Plan) -> Vec<Shown> {
    let Tell::Groups { keys, figures, .. } = &plan.tell else { return Vec::new() };
    if let Some(layout) = &plan.layout {
        return layout.columns.clone();
    }
    let told = (0..figures.len()).filter(|&at| !figures[at].hidden).map(Shown::Figure);
    (0..keys.len()).map(Shown::Key).chain(told).collect()
}

/// The heads of the columns.
pub(super) fn heads(plan: &Plan) -> Vec<String> {
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
pub(super) fn lines(plan: &Plan, outcome: &Outcome) -> Option<Vec<Vec<Option<String>>>> {
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

/// Writes the lines as a table: what is missing stays empty.
pub(super) fn write(path: &Path, heads: &[String], lines: &[Vec<Option<String>>]) -> Result<(), Problem> {
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut columns: Vec<StringBuilder> = heads.iter().map(|_| StringBuilder::new()).collect();
    for line in lines {
        columns.iter_mut().zip(line).for_each(|(column, value)| column.append_option(value.as_deref()));
    }
    let arrays = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
    let batch =
        RecordBatch::try_from_iter_with_nullable(heads.iter().zip(arrays).map(|(h, a)| (*h, a, true)));
    let batch = batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?;
    let mut out = Out::create(path, &heads)?;
    out.write(&batch)?;
    out.finish()
}

/// Writes a file beside and renames it.
fn whole(path: &Path, text: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = file_beside(path).map_err(failed)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
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
        let nothing = Outcome { told: None, ..outcome };
        assert_eq!(lines(&plan, &nothing), None);
    }
}
