//! Parties, ours and SecretFlow's, in a folder of their own.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// A run between rank 0 and rank 1.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
    pub(super) ports: [u16; 2],
}

impl Place {
    pub(super) fn new() -> Self {
        // Both are held until both are known, or they could be the same.
        let held = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let ports = held.each_ref().map(|tcp| tcp.local_addr().expect("an address").port());
        Self { folder: tempfile::tempdir().expect("a folder"), ports }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A table with these rows.
    pub(super) fn table(&self, name: &str, header: &str, rows: &[String]) -> PathBuf {
        let text: String = std::iter::once(header)
            .chain(rows.iter().map(String::as_str))
            .map(|row| format!("{row}\n"))
            .collect();
        std::fs::write(self.path(name), text).expect("written");
        self.path(name)
    }

    /// Our party, begun.
    pub(super) fn ours(&self, rank: usize, input: &str, columns: &[&str], options: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu"));
        command.args(["--json", "psi", "interconn", "--input", input]);
        command.args(["--rank", &rank.to_string(), "--out", &format!("ours-{rank}.csv")]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.ports[rank])]);
        command.args(["--peer", &format!("127.0.0.1:{}", self.ports[1 - rank])]);
        for column in columns {
            command.args(["--column", *column]);
        }
        command.args(options).current_dir(&self.folder).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    /// The rows of a table, header left out; none where there is no file.
    pub(super) fn rows(&self, name: &str) -> Option<BTreeSet<String>> {
        let text = std::fs::read_to_string(self.path(name)).ok()?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        Some(text.lines().skip(1).map(|line| line.trim_end().replace('"', "")).collect())
    }
}

/// What a party said, if it ended well.
#[track_caller]
pub(super) fn good(child: Child) -> Output {
    let output = child.wait_with_output().expect("it ends");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    output
}

/// The error object of a party that failed.
#[track_caller]
pub(super) fn failed(child: Child) -> serde_json::Value {
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it must fail");
    let value: serde_json::Value = serde_json::from_str(&err).unwrap_or_else(|e| panic!("{e}: {err}"));
    value["error"].clone()
}

/// Made-up people, one a row: some ids, some with names.
pub(super) fn people(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|i| if i % 3 == 0 { format!("张三{i}") } else { format!("99010119491231{i:04}") }).collect()
}
