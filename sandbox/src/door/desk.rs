//! The desk behind the door: who is there, what was asked for, and what is fetched. Nothing here knows of gRPC.
//!
//! Everything here waits for disks (the list of users, the log) and runs on threads that may.

use super::Settings;
use super::kept::Kept;
use super::listing::{self, Granted};
use super::logins::Logins;
use super::users::{Digest, Users, drawn};
use crate::airlock::review;
use crate::error::SandboxError;
use crate::room::{Deed, Room};
use arrow_flight::sql::Command;
use datafusion::arrow::datatypes::SchemaRef;
use jiff::SignedDuration;
use rand_chacha::ChaCha20Rng;
use serde_json::json;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use yinshu_audit::Amount;

/// Somebody who logged in.
struct Login {
    /// Of the secret by which it was done: another one since ends it.
    digest: Digest,
    /// The policy that questions are asked under, where one was chosen.
    policy: Option<String>,
}

/// Who makes a request.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) user: String,
    /// The room as seen from the address of this request.
    pub(super) room: Room,
    token: String,
    /// The policy that was chosen, for this request or for the login.
    pub(super) chosen: Option<String>,
    wishes: Wishes,
}

/// What a request says beside its message.
#[derive(Clone, Default)]
pub(super) struct Wishes {
    /// The policy to ask under.
    pub(super) policy: Option<String>,
    /// The label as a last column.
    pub(super) labelled: bool,
    /// For how much of the privacy budget.
    pub(super) spend: Option<Amount>,
}

#[cfg(test)]
impl Caller {
    /// Somebody who is taken to be in.
    pub(super) fn of(user: &str, room: Room) -> Self {
        Self { user: user.to_owned(), room, token: String::new(), chosen: None, wishes: Wishes::default() }
    }
}

mod reading;
use reading::Waiting;
pub(super) use reading::{Asked, Fetched, Run};

/// The desk.
pub(super) struct Desk {
    room: Room,
    logins: Mutex<Logins>,
    tokens: Mutex<Kept<Login>>,
    tickets: Mutex<Kept<Waiting>>,
    prepared: Mutex<Kept<Waiting>>,
    dice: Mutex<ChaCha20Rng>,
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    pub(super) fn new(room: Room, settings: &Settings, dice: ChaCha20Rng) -> Self {
        let kept = |lasts: SignedDuration| (lasts, settings.kept_of_one, settings.kept);
        let (tokens, tickets, prepared) =
            (kept(settings.login), kept(settings.ticket), kept(settings.prepared));
        Self {
            room,
            logins: Mutex::new(Logins::new()),
            tokens: Mutex::new(Kept::new(tokens.0, tokens.1, tokens.2)),
            tickets: Mutex::new(Kept::new(tickets.0, tickets.1, tickets.2)),
            prepared: Mutex::new(Kept::new(prepared.0, prepared.1, prepared.2)),
            dice: Mutex::new(dice),
        }
    }

    fn name(&self) -> String {
        drawn(&mut *open(&self.dice)).to_string()
    }

    /// Lets somebody in who has the secret of a name, and says the token that stands for it.
    pub(super) fn login(&self, from: IpAddr, name: &str, secret: &str) -> Result<String, SandboxError> {
        let (room, now) = (self.room.seen_from(from), self.room.now());
        let refused =
            |code: u16| Deed::new(name, "door", "sandbox.login", "refused").with(json!({ "code": code }));
        {
            let mut logins = open(&self.logins);
            if !logins.may_try(from, now) {
                let to_record = logins.begins(now);
                drop(logins);
                if to_record {
                    room.record(refused(SandboxError::TooManyLogins.code()))?;
                }
                return Err(SandboxError::TooManyLogins);
            }
        }
        let Some(digest) = Users::read(room.root())?.knows(name, secret) else {
            open(&self.logins).failed(from, now);
            room.record(refused(SandboxError::NoLogin.code()))?;
            return Err(SandboxError::NoLogin);
        };
        room.record(Deed::new(name, "door", "sandbox.login", "ok"))?;
        let token = self.name();
        open(&self.tokens).keep(token.as_bytes(), name, Login { digest, policy: None }, now);
        Ok(token)
    }

    /// Whose token it is, as long as its login lasts and its secret is that of the list.
    pub(super) fn caller(
        &self,
        from: IpAddr,
        token: Option<&str>,
        mut wishes: Wishes,
    ) -> Result<Caller, SandboxError> {
        let token = token.ok_or(SandboxError::LoggedOut)?;
        let known = {
            let mut tokens = open(&self.tokens);
            let known = tokens.get(token.as_bytes(), self.room.now());
            known.map(|(user, login)| (user.to_owned(), login.digest, login.policy.clone()))
        };
        let (user, digest, chosen) = known.ok_or(SandboxError::LoggedOut)?;
        if Users::read(self.room.root())?.digest(&user) != Some(digest) {
            return Err(SandboxError::LoggedOut);
        }
        let chosen = wishes.policy.take().filter(|policy| !policy.is_empty()).or(chosen);
        Ok(Caller { room: self.room.seen_from(from), user, token: token.to_owned(), chosen, wishes })
    }

    /// Ends a login.
    pub(super) fn logout(&self, caller: &Caller) {
        open(&self.tokens).take(caller.token.as_bytes(), &caller.user, self.room.now());
    }

    /// Chooses the policy of a login, or none again; says whether there is such a one.
    pub(super) fn choose(&self, caller: &Caller, policy: &str) -> Result<bool, SandboxError> {
        let granted = self.granted(caller)?;
        let known = policy.is_empty() || granted.iter().any(|(granted, _)| granted.policy.name == policy);
        if let (true, Some((_, login))) =
            (known, open(&self.tokens).get(caller.token.as_bytes(), self.room.now()))
        {
            login.policy = (!policy.is_empty()).then(|| policy.to_owned());
        }
        Ok(known)
    }

    /// The policies that are in force for somebody. One that cannot be read is not.
    pub(super) fn granted(&self, caller: &Caller) -> Result<Granted, SandboxError> {
        let today = caller.room.today();
        let names = caller.room.policies()?;
        let read = names.iter().filter_map(|name| caller.room.policy(name).ok());
        Ok(read
            .filter(|(policy, _)| {
                policy.policy.users.contains(&caller.user) && policy.policy.expires >= today
            })
            .collect())
    }

    /// The policy of a request: the one that was named, else the one that was chosen, else the only one there is.
    fn policy(&self, caller: &Caller, named: Option<&str>) -> Result<String, SandboxError> {
        if let Some(policy) = named.or(caller.chosen.as_deref()) {
            return Ok(policy.to_owned());
        }
        let mut policies: Vec<String> =
            self.granted(caller)?.into_iter().map(|(policy, _)| policy.policy.name).collect();
        match policies.len() {
            1 => Ok(policies.remove(0)),
            0 => Err(SandboxError::NotUser { user: caller.user.clone(), policy: "—".to_owned() }),
            _ => Err(SandboxError::Choose { policies }),
        }
    }

    /// A ticket for what a command asks, and the schema of what it will be exchanged for.
    pub(super) fn ticket(
        &self,
        caller: &Caller,
        command: Command,
    ) -> Result<(SchemaRef, String), SandboxError> {
        let waiting = self.described(caller, command)?;
        let (schema, name) = (waiting.schema()?, self.name());
        open(&self.tickets).keep(name.as_bytes(), &caller.user, waiting, self.room.now());
        Ok((schema, name))
    }

    /// The schema of what a command asks.
    pub(super) fn schema(&self, caller: &Caller, command: Command) -> Result<SchemaRef, SandboxError> {
        self.described(caller, command)?.schema()
    }

    fn described(&self, caller: &Caller, command: Command) -> Result<Waiting, SandboxError> {
        match command {
            Command::CommandStatementQuery(query)
                if query.transaction_id.as_ref().is_none_or(prost::bytes::Bytes::is_empty) =>
            {
                self.read(caller, query.query)
            }
            Command::CommandPreparedStatementQuery(query) => {
                let mut prepared = open(&self.prepared);
                let known = prepared.get(&query.prepared_statement_handle, self.room.now());
                let own = known.filter(|(user, _)| *user == caller.user).map(|(_, waiting)| waiting.clone());
                own.ok_or_else(|| SandboxError::NoTicket { what: "statement".to_owned() })
            }
            command if listing::name(&command).is_some() => Ok(Waiting::List(Box::new(command))),
            _ => Err(SandboxError::Unserved { what: "command".to_owned() }),
        }
    }

    /// Exchanges a ticket, once, for whom it was given to.
    pub(super) fn fetch(&self, caller: &Caller, ticket: &[u8]) -> Result<Fetched, SandboxError> {
        let waiting = open(&self.tickets).take(ticket, &caller.user, self.room.now());
        let Some(waiting) = waiting else {
            let error = SandboxError::NoTicket { what: "ticket".to_owned() };
            let deed = Deed::new(&caller.user, "door", "sandbox.fetch", "refused");
            caller.room.record(deed.with(json!({ "code": error.code() })))?;
            return Err(error);
        };
        match waiting {
            Waiting::Question(asked) => Ok(Fetched::Question(asked)),
            Waiting::Own { policy, own } => {
                let granted = self.granted(caller)?;
                if !granted.iter().any(|(granted, _)| granted.policy.name == policy) {
                    return Err(SandboxError::NotUser { user: caller.user.clone(), policy });
                }
                self.listed(caller, own.name())?;
                own.answer(&caller.room, &caller.user, &policy).map(Fetched::Table)
            }
            Waiting::Released { id, columns } => {
                let answer = review::fetch(&caller.room, &caller.user, &id)?;
                columns.batch(&answer).map(Fetched::Table)
            }
            Waiting::List(command) => {
                if !listing::is_public(&command) {
                    self.listed(caller, listing::name(&command).unwrap_or_default())?;
                }
                listing::list(&command, &self.granted(caller)?).map(Fetched::Table)
            }
        }
    }

    fn listed(&self, caller: &Caller, what: &str) -> Result<(), SandboxError> {
        let deed = Deed::new(&caller.user, "door", "sandbox.list", "ok");
        caller.room.record(deed.with(json!({ "list": what }))).map(drop)
    }

    /// The policy that questions are asked under which name none.
    pub(super) fn usual(&self, caller: &Caller) -> Option<String> {
        self.policy(caller, None).ok()
    }

    /// Takes back a ticket that is not wanted any more; says whether it was there.
    pub(super) fn forget(&self, caller: &Caller, ticket: &[u8]) -> bool {
        open(&self.tickets).take(ticket, &caller.user, self.room.now()).is_some()
    }

    /// Prepares a question: a handle, and the schema of its answers.
    pub(super) fn prepare(&self, caller: &Caller, text: String) -> Result<(String, SchemaRef), SandboxError> {
        let waiting = self.read(caller, text)?;
        let (schema, name) = (waiting.schema()?, self.name());
        open(&self.prepared).keep(name.as_bytes(), &caller.user, waiting, self.room.now());
        Ok((name, schema))
    }

    /// Forgets a prepared question.
    pub(super) fn close(&self, caller: &Caller, handle: &[u8]) {
        open(&self.prepared).take(handle, &caller.user, self.room.now());
    }
}
