//! What stands in the tables of one's own.

use crate::airlock::requests;
use crate::error::SandboxError;
use crate::private::Mode;
use crate::program::approved::{self, Program};
use crate::room::Room;
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMillisecondArray,
};
use std::sync::Arc;

/// Requests that are shown at most, the newest.
const REQUESTS: usize = 1000;

fn day(date: jiff::civil::Date) -> i32 {
    i32::try_from(crate::dataset::day_number(date)).unwrap_or_default()
}

fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values.into_iter().map(Into::into)))
}

fn numbers(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

pub(super) fn budget(room: &Room, user: &str, policy: &str) -> Result<Vec<ArrayRef>, SandboxError> {
    let (approved, dataset) = room.policy(policy)?;
    let most = approved.limits.questions_a_day;
    let spent = room.asked_today(policy, user)?.min(most);
    #[allow(clippy::cast_precision_loss, reason = "shown, and far below 2^53")]
    let mut rows =
        vec![("questions of the day", [most, spent, most - spent].map(|count| count as f64), room.today())];
    // What others spent of it does not depend on rows.
    if approved.private(Mode::Control).is_some() {
        let (whole, share) = room.budgets(&approved, &dataset)?;
        let both = [("privacy budget ρ", Some(whole)), ("privacy budget ρ of this policy", share)];
        for (measure, budget) in both.into_iter().filter_map(|(measure, of)| Some((measure, of?))) {
            let amounts = [budget.total, budget.spent.rho, budget.left()];
            let amounts = amounts.map(|amount| amount.to_string().parse().unwrap_or_default());
            rows.push((measure, amounts, approved.policy.expires));
        }
    }
    let number = |at: usize| numbers(rows.iter().map(|(_, amounts, _)| amounts[at]));
    Ok(vec![
        texts(rows.iter().map(|_| policy)),
        texts(rows.iter().map(|(measure, ..)| *measure)),
        number(0),
        number(1),
        number(2),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|(.., until)| day(*until)))),
    ])
}

pub(super) fn grants(room: &Room, policy: &str) -> Result<Vec<ArrayRef>, SandboxError> {
    let (approved, dataset) = room.policy(policy)?;
    let mut rows: Vec<[String; 5]> = Vec::new();
    for grant in &approved.grants {
        let Some(table) = dataset.table(&grant.table).map(|at| &dataset.tables[at]) else { continue };
        for (name, uses) in &grant.columns {
            let Some(at) = table.column(name) else { continue };
            let uses: Vec<&str> = uses.0.iter().map(|used| used.name()).collect();
            rows.push([
                grant.table.clone(),
                name.clone(),
                crate::door::listing::kind(&table.columns[at]),
                crate::cli::values(&crate::masks::domain(grant, table, at)?),
                uses.join(", "),
            ]);
        }
    }
    let same = |text: &str| texts(std::iter::repeat_n(text, rows.len()));
    let column = |at: usize| texts(rows.iter().map(|row| row[at].as_str()));
    let expires = std::iter::repeat_n(day(approved.policy.expires), rows.len());
    Ok(vec![
        same(policy),
        same(&approved.policy.dataset),
        same(&approved.policy.purpose),
        Arc::new(Date32Array::from_iter_values(expires)),
        same(match approved.private(Mode::Control) {
            Some(_) => "dp",
            None => Room::rules(&approved, &dataset).profile.name(),
        }),
        column(0),
        column(1),
        column(2),
        column(3),
        column(4),
    ])
}

pub(super) fn requests(room: &Room, user: &str, policy: &str) -> Result<Vec<ArrayRef>, SandboxError> {
    let mut own = requests::of(room, user)?;
    own.retain(|request| request.policy == policy);
    own.reverse();
    own.truncate(REQUESTS);
    // The code as it was told: what is for the operator was told as one.
    let codes =
        own.iter().map(|request| request.code.map(|code| i64::from(crate::door::told::shown_code(code))));
    let times = own.iter().map(|request| request.time.as_millisecond());
    Ok(vec![
        Arc::new(TimestampMillisecondArray::from_iter_values(times).with_timezone("+08:00")),
        texts(own.iter().map(|request| request.policy.as_str())),
        texts(own.iter().map(|request| request.state)),
        Arc::new(Int64Array::from_iter(codes)),
        Arc::new(StringArray::from_iter(own.iter().map(|request| request.id.as_deref()))),
        texts(own.iter().map(|request| request.question.as_str())),
    ])
}

pub(super) fn programs(room: &Room, policy: &str) -> Result<Vec<ArrayRef>, SandboxError> {
    let approved = approved::all(room, policy)?.into_iter().filter(Program::is_approved);
    let mut rows: Vec<[String; 5]> = Vec::new();
    for Program { manifest, .. } in approved {
        let about = &manifest.program;
        rows.extend(manifest.columns.iter().map(|column| {
            [
                about.name.clone(),
                about.kind.name().to_owned(),
                about.table.clone(),
                column.name.clone(),
                crate::door::listing::kind(column),
            ]
        }));
    }
    let column = |at: usize| texts(rows.iter().map(|row| row[at].as_str()));
    let policies = texts(rows.iter().map(|_| policy));
    Ok([policies].into_iter().chain((0..5).map(column)).collect())
}
