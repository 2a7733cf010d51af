//! The command line as people and programs meet it: the built program, run in a folder of its own.

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/clean.rs"]
mod clean;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/init.rs"]
mod init;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own, and the program run in it.
struct Place(tempfile::TempDir);

/// What a run left.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file in a temporary folder");
        path
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect(name)
    }

    /// Runs `yinshu` with these arguments, in English unless they say otherwise.
    fn run(&self, args: &[&str]) -> Ran {
        self.run_in(args, &[("LC_ALL", "C")])
    }

    fn run_in(&self, args: &[&str], environment: &[(&str, &str)]) -> Ran {
        ran(&command(self.0.path(), args, environment).output().expect("the program starts"))
    }
}

fn command(dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "YINSHU_LOG"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command
}

fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8"),
        err: String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8"),
    }
}

impl Ran {
    /// Ended with this exit code; otherwise says what it printed.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("stdout is not one JSON value: {e}\n{}", self.out))
    }

    /// The error object on stderr.
    #[track_caller]
    fn error(&self) -> serde_json::Value {
        let value: serde_json::Value = serde_json::from_str(&self.err)
            .unwrap_or_else(|e| panic!("stderr is not JSON: {e}\n{}", self.err));
        value["error"].clone()
    }
}
