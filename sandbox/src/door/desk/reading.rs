//! What is asked for, read: nothing of it is run, and what it turned out to be stays here until it is fetched.

use super::{Caller, Desk, Wishes};
use crate::airlock::review;
use crate::door::call::{self, Call};
use crate::door::listing;
use crate::door::own::{self, Own};
use crate::door::result::Columns;
use crate::error::SandboxError;
use crate::room::{ASK, Deed};
use crate::session;
use arrow_flight::sql::Command;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use serde_json::json;
use yinshu_audit::Amount;

/// What is run for an answer.
#[derive(Debug, Clone)]
pub(in crate::door) enum Run {
    /// A question.
    Question(String),
    /// A score, and a question about what it gives.
    Score { program: String, question: String },
    /// An aggregate.
    Aggregate(String),
}

impl Run {
    /// What is recorded as what was asked.
    pub(in crate::door) fn text(&self) -> String {
        match self {
            Self::Question(text) | Self::Score { question: text, .. } => text.clone(),
            Self::Aggregate(program) => session::named(program),
        }
    }
}

/// A question that was read.
#[derive(Clone)]
pub(in crate::door) struct Asked {
    pub(in crate::door) policy: String,
    pub(in crate::door) run: Run,
    pub(in crate::door) spend: Option<Amount>,
    pub(in crate::door) columns: Columns,
}

/// What waits to be fetched.
#[derive(Clone)]
pub(in crate::door) enum Waiting {
    /// A question or a program, under a policy.
    Question(Asked),
    /// The researcher's own view, under a policy.
    Own { policy: String, own: Own },
    /// A result that a person released.
    Released { id: String, columns: Columns },
    /// A list.
    List(Box<Command>),
}

impl Waiting {
    /// The schema of what will be fetched.
    pub(super) fn schema(&self) -> Result<SchemaRef, SandboxError> {
        match self {
            Self::Question(Asked { columns, .. }) | Self::Released { columns, .. } => Ok(columns.schema()),
            Self::Own { own, .. } => Ok(own.schema()),
            Self::List(command) => Ok(listing::list(command, &Vec::new())?.schema()),
        }
    }
}

/// What a ticket turns out to be.
pub(in crate::door) enum Fetched {
    Table(RecordBatch),
    Question(Asked),
}

impl Desk {
    /// Reads a question, a call, or what of the own view is asked.
    pub(super) fn read(&self, caller: &Caller, text: String) -> Result<Waiting, SandboxError> {
        let refused = |error: SandboxError| {
            let object = caller.chosen.as_deref().unwrap_or("—");
            let deed = Deed::new(&caller.user, object, ASK, "refused");
            caller.room.record(deed.with(json!({ "code": error.code() })))?;
            Err(error)
        };
        let read = call::read(&text).and_then(|call| Ok((call, own::read(&text)?)));
        let (run, named) = match read {
            Err(error) => return refused(error),
            Ok((Some(Call::Fetch(id)), _)) => return released(caller, id),
            Ok((Some(Call::Program { policy, name, question }), _)) => {
                let named = policy.or_else(|| own::catalogue(question.as_ref()?));
                let run = match question {
                    Some(question) => Run::Score { program: name, question },
                    None => Run::Aggregate(name),
                };
                (Ok(run), named)
            }
            Ok((None, Some(own))) => (Err(own), own::catalogue(&text)),
            Ok((None, None)) => {
                let named = own::catalogue(&text);
                (Ok(Run::Question(text)), named)
            }
        };
        let policy = match self.policy(caller, named.as_deref()) {
            Ok(policy) => policy,
            Err(error) => return refused(error),
        };
        match run {
            Ok(run) => asked(caller, policy, run),
            Err(own) => {
                let granted = self.granted(caller)?;
                match granted.iter().any(|(granted, _)| granted.policy.name == policy) {
                    true => Ok(Waiting::Own { policy, own }),
                    false => refused(SandboxError::NotUser { user: caller.user.clone(), policy }),
                }
            }
        }
    }
}

/// What would be run, with the columns that will come of it: they follow from the question and from descriptions.
fn asked(caller: &Caller, policy: String, run: Run) -> Result<Waiting, SandboxError> {
    let Wishes { labelled, spend, .. } = caller.wishes;
    let (room, of) = (&caller.room, (&*policy, &*caller.user));
    let columns = match &run {
        Run::Question(text) => session::columns(room, of, text, spend, None),
        Run::Score { program, question } => session::columns(room, of, question, spend, Some(program)),
        Run::Aggregate(program) => session::columns_of(room, of, program),
    }?;
    Ok(Waiting::Question(Asked { policy, run, spend, columns: Columns { columns, labelled } }))
}

/// A result that may be fetched.
fn released(caller: &Caller, id: String) -> Result<Waiting, SandboxError> {
    let columns = review::columns(&caller.room, &caller.user, &id)?;
    Ok(Waiting::Released { id, columns: Columns { columns, labelled: caller.wishes.labelled } })
}
