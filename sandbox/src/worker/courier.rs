//! The courier: `yinshu-joint`, which speaks with a cluster, behind walls that keep the room from it.
//!
//! It is this program that is called; it puts the walls up around itself, and becomes the other.

use super::parent::STANDS;
use super::walls::{self, Strictness};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// What a process is called with to be a courier.
pub(super) const NAME: &str = "courier";

/// Becomes `program`, which has a job on its standard input done on the cluster of `scheduler`, and puts what comes of
/// its parts into the current folder, no more than so many bytes.
pub(super) fn main([walls, program, scheduler, parts, most]: [&str; 5]) -> ExitCode {
    let Some(strictness) = Strictness::named(walls) else { return ExitCode::FAILURE };
    let program = Path::new(program);
    let words = ["--json", "tasks", "--cluster", scheduler, "--parts", parts, "--most", most, "--out", "."];
    let stands = walls::enclose(Path::new("."), program, strictness).and_then(|()| {
        let said = std::io::stdout().write_all(&[STANDS]).and_then(|()| std::io::stdout().flush());
        said.map_err(|error| error.to_string())
    });
    let failed = match stands {
        Err(missing) => missing,
        Ok(()) => become_other(program, &words),
    };
    // Nobody is told but the room, which waits for this.
    let _ = std::io::stderr().write_all(failed.as_bytes());
    ExitCode::FAILURE
}

#[cfg(unix)]
fn become_other(program: &Path, words: &[&str]) -> String {
    use std::os::unix::process::CommandExt as _;
    let error = std::process::Command::new(program).args(words).exec();
    format!("{}: {error}", program.display())
}

#[cfg(not(unix))]
fn become_other(program: &Path, _: &[&str]) -> String {
    format!("{}: this operating system has no clusters", program.display())
}
