//! Every failure as people meet it: a code that can be read over the telephone, what happened,
//! what to try, and the exit code of the process.
//!
//! The crates' errors carry a stable `code()` and named, serialisable fields; a [`Problem`] is those
//! two things, and the sentences are Fluent messages `e<code>-what` and `e<code>-try` with the
//! fields as their arguments. The codes:
//!
//! | range | from |
//! |---|---|
//! | 1000 to 1099 | the command line, files, and configuration as text |
//! | 1100 to 1999 | configuration as a whole, the node, a run |
//! | 2xxx, 3xxx, 4xxx, 5xxx | `data`, `net`, `psi`, `origin` |
//! | 6xxx, 7xxx, 8xxx | the contract, `audit`, `crypto` |
//! | 9xxx | `mpc` (92xx, 93xx), `reports` (96xx), and `yinshu-joint` and `yinshu-sandbox` (97xx), which say their own themselves |

mod cli;
mod codes;
mod config;
mod crates;
mod reason;
mod usage;

use crate::lang::{Named, Texts};
use fluent_bundle::FluentValue;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::Path;

pub use cli::CliError;
pub use codes::{codes, exit, explain};
pub use config::{config_error, nearest, read_toml};
pub use usage::usage_error;

/// The exit codes of the process.
///
/// | code | meaning |
/// |---|---|
/// | 0 | done |
/// | 1 | a check found something: a record was changed, a package or a report has defects |
/// | 2 | wrong command line or configuration |
/// | 3 | the input data cannot be used |
/// | 4 | the network or the peer failed |
/// | 5 | refused: a contract, a catalogue or a policy does not allow it |
/// | 6 | this machine: a file cannot be read or written, the disk is full |
/// | 70 | a defect in this program |
/// | 130 | interrupted (Ctrl-C) |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A check found something.
    Found = 1,
    /// Wrong command line or configuration.
    Usage = 2,
    /// The input data cannot be used.
    Data = 3,
    /// The network or the peer failed.
    Network = 4,
    /// A contract, a catalogue or a policy does not allow it.
    Refused = 5,
    /// A file cannot be read or written.
    Files = 6,
    /// A defect in this program.
    Internal = 70,
    /// Ctrl-C.
    Interrupted = 130,
}

/// An error with a stable code and serialisable fields: what every crate's error enums are.
pub trait Coded: std::error::Error + Serialize {
    /// The four-digit code.
    fn code(&self) -> u16;

    /// Whose fault it was, for protocol errors: `local`, `network`, or the peer's name.
    fn fault(&self) -> Option<String> {
        None
    }

    /// The problem inside, where this variant only passes on another crate's error.
    fn inner(&self) -> Option<Problem> {
        None
    }
}

/// A failure ready to be shown in either language.
#[derive(Clone, Debug)]
pub struct Problem {
    code: u16,
    kind: String,
    fields: Map<String, Value>,
    english: String,
    fault: Option<String>,
    exit: Option<Exit>,
}

impl<E: Coded> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl Problem {
    /// The problem an error describes.
    pub fn of(error: &impl Coded) -> Self {
        if let Some(inner) = error.inner() {
            return inner;
        }
        let mut fields = match serde_json::to_value(error) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let kind = match fields.remove("kind") {
            Some(Value::String(kind)) => kind,
            _ => "error".into(),
        };
        let english = error.to_string();
        Self { code: error.code(), kind, fields, english, fault: error.fault(), exit: None }
    }

    /// The same problem with another exit code, where a command means something special by it:
    /// a failed check is 1 (found) rather than 3 (bad data).
    #[must_use]
    pub fn exiting(mut self, exit: Exit) -> Self {
        self.exit = Some(exit);
        self
    }

    /// A defect of this program; `what` is one English sentence for whoever repairs it.
    pub fn internal(what: impl Into<String>) -> Self {
        CliError::Internal { what: what.into() }.into()
    }

    /// A file that could not be read.
    pub fn reading(path: &Path, error: &std::io::Error) -> Self {
        CliError::Reading { path: path.display().to_string(), reason: error.to_string() }.into()
    }

    /// A file that could not be written.
    pub fn writing(path: &Path, error: &std::io::Error) -> Self {
        let path = path.display().to_string();
        if error.kind() == std::io::ErrorKind::StorageFull {
            return CliError::DiskFull { path }.into();
        }
        CliError::Writing { path, reason: error.to_string() }.into()
    }

    /// The stable code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The variant's name in kebab-case.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What happened, in English.
    pub fn english(&self) -> &str {
        &self.english
    }

    /// Whether a peer refused, or did what it must not.
    fn of_peer(&self) -> bool {
        self.fault.as_deref().is_some_and(|fault| fault != "local" && fault != "network")
    }

    /// What a peer is told: why a contract may not run, or what the peer did wrong. Anything else may name
    /// our files, our database or a cell of our table, and stays in our own log; the peer gets the code.
    pub fn for_peer(&self) -> String {
        match self.code {
            // In the same range are errors of our own, with our paths: whose fault it was decides.
            4101..=4199 if self.of_peer() => self.english.clone(),
            6101..=6199 => self.english.clone(),
            code => format!("it stopped for a reason of its own, which its operator finds under {code:04}"),
        }
    }

    /// The exit code of the process.
    pub fn exit(&self) -> Exit {
        self.exit.unwrap_or_else(|| exit(self.code))
    }

    /// What happened, in one sentence. Falls back to the error's own English sentence.
    pub fn what(&self, texts: &Texts) -> String {
        let named = self.named(texts);
        texts.find(&format!("e{}-what", self.code), &named).unwrap_or_else(|| self.english.clone())
    }

    /// What to try, if anything can be.
    pub fn remedy(&self, texts: &Texts) -> Option<String> {
        texts.find(&format!("e{}-try", self.code), &self.named(texts))
    }

    /// The two or three lines that go to a terminal.
    pub fn render(&self, texts: &Texts) -> String {
        let code: FluentValue<'_> = format!("{:04}", self.code).into();
        let what: FluentValue<'_> = self.what(texts).into();
        let mut text = texts.say("ui-error", &[("code", code), ("what", what)]);
        if let Some(whose) = self.whose(texts) {
            text.push_str(&format!("\n{}", texts.say("ui-error-fault", &[("whose", whose.into())])));
        }
        if let Some(remedy) = self.remedy(texts) {
            text.push_str(&format!("\n{}", texts.say("ui-error-try", &[("remedy", remedy.into())])));
        }
        text
    }

    /// One JSON object: `code`, `kind`, `message`, `try`, `fault`, `fields`, `exit`.
    pub fn json(&self, texts: &Texts) -> Value {
        json!({ "error": {
            "code": self.code, "kind": self.kind, "message": self.what(texts), "try": self.remedy(texts),
            "fault": self.fault, "fields": self.fields, "exit": self.exit() as u8,
        }})
    }

    fn whose(&self, texts: &Texts) -> Option<String> {
        Some(match self.fault.as_deref()? {
            "local" => texts.say("ui-fault-local", &[]),
            "network" => texts.say("ui-fault-network", &[]),
            peer => texts.say("ui-fault-peer", &[("peer", peer.into())]),
        })
    }

    /// The fields as arguments of a message: numbers stay numbers, lists are joined, nothing at all
    /// is a dash. Of a nested object, its `kind` stands for it and its fields join the others.
    fn named(&self, texts: &Texts) -> Vec<Named<'_>> {
        let mut named = Vec::new();
        for (name, value) in &self.fields {
            // A suggestion that there is not is a choice of its own in the messages.
            let none = name == "nearest" && value.as_str().is_some_and(str::is_empty);
            named.push((name.as_str(), if none { "none".into() } else { told(name, value, texts) }));
            if let Value::Object(inner) = value {
                named.extend(
                    inner.iter().filter(|(n, _)| *n != "kind").map(|(n, v)| (n.as_str(), told(n, v, texts))),
                );
            }
        }
        named
    }
}

/// A field's value; what another program gave as a reason is said in the language of `texts`.
fn told<'a>(name: &str, value: &'a Value, texts: &Texts) -> FluentValue<'a> {
    match value {
        Value::String(text) if matches!(name, "reason" | "detail") => reason::translated(text, texts).into(),
        value => shown(value),
    }
}

fn shown(value: &Value) -> FluentValue<'_> {
    match value {
        Value::Null => "—".into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(n) => match (n.as_u64(), n.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            _ => n.to_string().into(),
        },
        Value::Array(list) if list.is_empty() => "—".into(),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().map(plain).collect();
            all.join(", ").into()
        }
        Value::Object(inner) => match inner.get("kind") {
            Some(kind) => plain(kind).into(),
            None => value.to_string().into(),
        },
        Value::Bool(yes) => yes.to_string().into(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
