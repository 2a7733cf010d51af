//! Which header is which column (R15).

use super::column::Column;
use crate::DataError;
use crate::mapping::{Aliases, comparable};
use crate::table::{ColumnKind, TableSpec};

/// For each column of the description, the header it was found under.
pub(super) type Plan = Vec<Option<usize>>;

/// Gives each column the header that names it best; the very name goes before any alias.
pub(super) fn plan(spec: &TableSpec, headers: &[String], aliases: &Aliases) -> Result<Plan, DataError> {
    let mut claims: Vec<(u8, usize, usize)> = Vec::new();
    for (at, column) in spec.columns.iter().enumerate() {
        claims.extend(headers.iter().enumerate().filter_map(|(header, text)| {
            aliases.rank(&column.name, &column.aliases, text).map(|rank| (rank, at, header))
        }));
    }
    claims.sort_unstable();
    let mut plan: Plan = vec![None; spec.columns.len()];
    let mut taken = vec![false; headers.len()];
    let mut given: Vec<u8> = vec![0; spec.columns.len()];
    for (rank, column, header) in claims {
        match plan[column] {
            None if !taken[header] => {
                plan[column] = Some(header);
                taken[header] = true;
                given[column] = rank;
            }
            Some(first) if given[column] == rank && rank > 0 && !taken[header] => {
                // A better claim of another column would have taken it already, a worse one may still come.
                return Err(DataError::AmbiguousColumn {
                    column: spec.columns[column].name.clone(),
                    first: headers[first].clone(),
                    second: headers[header].clone(),
                });
            }
            _ => {}
        }
    }
    for (column, found) in spec.columns.iter().zip(&plan) {
        if column.required && found.is_none() {
            return Err(missing(&column.name, column.kind, headers, &taken));
        }
    }
    Ok(plan)
}

fn missing(name: &str, kind: ColumnKind, headers: &[String], taken: &[bool]) -> DataError {
    let wanted = comparable(name);
    let mut near: Vec<(f64, &String)> = headers
        .iter()
        .zip(taken)
        .filter(|(_, taken)| !**taken)
        .map(|(header, _)| (likeness(&wanted, kind, &comparable(header)), header))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    DataError::MissingColumn {
        column: name.to_owned(),
        near: near.into_iter().take(3).map(|(_, header)| header.clone()).collect(),
        present: headers.iter().take(100).cloned().collect(),
    }
}

/// How alike two names are, 0 to 1: one inside the other, a word that tells the kind, or few letters to change.
fn likeness(wanted: &str, kind: ColumnKind, header: &str) -> f64 {
    let tells = match kind {
        ColumnKind::CitizenId | ColumnKind::PersonId => &["身份", "证件", "sfz", "zjh"][..],
        ColumnKind::CreditCode | ColumnKind::OrgCode | ColumnKind::OrgId => {
            &["信用代码", "机构代码", "注册号"][..]
        }
        ColumnKind::Name => &["姓名", "xm"][..],
        ColumnKind::CompanyName => &["名称", "mc"][..],
        _ => &[],
    };
    let inside = !header.is_empty() && (wanted.contains(header) || header.contains(wanted));
    if inside || tells.iter().any(|word| header.contains(word)) {
        return 0.9;
    }
    strsim::normalized_damerau_levenshtein(wanted, header)
}

/// The columns as they are worked on.
pub(super) fn columns(spec: &TableSpec, plan: &Plan) -> Vec<Column> {
    let at = |name: &str| spec.columns.iter().position(|column| column.name == name);
    spec.columns
        .iter()
        .zip(plan)
        .enumerate()
        .map(|(here, (column, source))| {
            let births = column.birth_of.as_deref().and_then(at);
            Column::new(column.clone(), *source, births.map(|id| (id, here)))
        })
        .collect()
}
