//! The one place that writes to stdout and stderr.

use super::Global;
use crate::lang::{Named, Texts};
use crate::problem::{Exit, Problem};
use crate::progress::Progress;
use serde_json::Value;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Notes a Ctrl-C; true where one was noted before.
pub(super) fn interrupt() -> bool {
    INTERRUPTED.swap(true, Ordering::SeqCst)
}

/// One line on stderr. Where even that fails there is nobody left to tell.
pub(super) fn stderr_line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What a command did: how the process ends, and the object that `--json` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// How the process ends: [`Exit::Done`], or [`Exit::Found`] where a check found something.
    pub exit: Exit,
    /// What `--json` prints.
    pub json: Value,
}

impl Done {
    /// Done, with this for `--json`.
    pub fn with(json: Value) -> Self {
        Self { exit: Exit::Done, json }
    }

    /// A check found something, with this for `--json`.
    pub fn found(json: Value) -> Self {
        Self { exit: Exit::Found, json }
    }
}

/// How a command talks: text in the language chosen, or one JSON object at the end.
pub struct Ui {
    texts: Texts,
    global: Global,
    /// The reader of stdout went away (`yinshu … | head`): say no more, and finish the work.
    deaf: bool,
}

impl Ui {
    /// Talks in these texts, under these options.
    pub fn new(texts: Texts, global: Global) -> Self {
        Self { texts, global, deaf: false }
    }

    /// The messages of the language chosen.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The node's folder (`-C`).
    pub fn dir(&self) -> &Path {
        &self.global.dir
    }

    /// Whether `--json` was given: stdout then holds one object and nothing else.
    pub fn is_json(&self) -> bool {
        self.global.json
    }

    /// Whether Ctrl-C was pressed.
    pub fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    /// An error where Ctrl-C was pressed. Call it at every step of long work.
    pub fn go_on(&self) -> Result<(), Problem> {
        if self.interrupted() { Err(Problem::interrupted()) } else { Ok(()) }
    }

    /// A line of narration on stdout, by message id; not under `--quiet` or `--json`.
    pub fn say(&mut self, id: &str, args: &[Named<'_>]) {
        if !self.global.quiet {
            let text = self.texts.say(id, args);
            self.print(&text);
        }
    }

    /// What was asked for (a contract shown, a table, a list): a block of text on stdout, also
    /// under `--quiet`, not under `--json`.
    pub fn print(&mut self, text: &str) {
        if !self.global.json {
            self.raw(&format!("{}\n", text.trim_end_matches('\n')));
        }
    }

    /// A remark on stderr, by message id; not under `--quiet` or `--json`.
    pub fn note(&self, id: &str, args: &[Named<'_>]) {
        if !self.global.quiet && !self.global.json {
            stderr_line(&self.texts.say(id, args));
        }
    }

    /// A problem that does not end the command, on stderr.
    pub fn warn(&self, problem: &Problem) {
        stderr_line(&problem.render(&self.texts));
    }

    /// A phase under way, by message id `phase-<id>`, of `total` steps (0: not known). Its bar
    /// appears after two seconds, on a terminal only.
    pub fn progress(&self, id: &str, total: u64) -> Progress {
        let hidden = self.global.quiet || self.global.json || self.global.no_progress;
        if hidden || !io::stderr().is_terminal() {
            return Progress::silent();
        }
        let name = self.texts.say(&format!("phase-{id}"), &[]);
        Progress::bar(name, &self.texts.say("ui-time-left", &[]), total)
    }

    /// Text on stdout as it is. A reader that went away is no error.
    pub(super) fn raw(&mut self, text: &str) {
        if self.deaf {
            return;
        }
        let mut out = io::stdout().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            self.deaf = true;
        }
    }

    /// Text on stderr as it is.
    pub(super) fn complain(&self, text: &str) {
        stderr_line(text);
    }

    /// Prints the object of `--json` and says how the process ends.
    pub(super) fn finish(&mut self, done: &Done) -> Exit {
        if self.global.json {
            self.raw(&format!("{}\n", done.json));
        }
        done.exit
    }

    /// Prints the problem and says how the process ends.
    pub(super) fn fail(&self, problem: &Problem) -> Exit {
        if self.global.json {
            stderr_line(&problem.json(&self.texts).to_string());
        } else {
            stderr_line(&problem.render(&self.texts));
        }
        problem.exit()
    }
}
