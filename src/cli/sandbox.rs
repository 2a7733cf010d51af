//! `yinshu sandbox`: run by `yinshu-sandbox`, the program beside this one, which holds no key of the node.

use super::{Global, Ui};
use crate::lang::{Lang, Texts};
use crate::problem::{CliError, Problem};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Names the program where it is not beside this one.
const NAMED: &str = "YINSHU_SANDBOX";

/// Options of `yinshu sandbox`: all of them are the other program's.
#[derive(Debug, clap::Args)]
pub struct SandboxArgs {
    /// What to do there.
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<OsString>,
}

/// Runs the program and ends as it ends.
pub fn run(args: &SandboxArgs, global: &Global, texts: Texts) -> ExitCode {
    let lang = match texts.lang() {
        Lang::Zh => "zh",
        Lang::En => "en",
    };
    let ended = found().and_then(|program| {
        let mut command = Command::new(&program);
        command.args(["--lang", lang]);
        if global.json {
            command.arg("--json");
        }
        if global.dir != Path::new(".") {
            command.arg("-C").arg(&global.dir);
        }
        let failed = |error| Problem::reading(&program, &error);
        command.args(&args.args).status().map_err(failed)
    });
    match ended {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(problem) => ExitCode::from(Ui::new(texts, global.clone()).fail(&problem) as u8),
    }
}

fn found() -> Result<PathBuf, Problem> {
    let program = match std::env::var_os(NAMED) {
        Some(named) => PathBuf::from(named),
        None => {
            let name = format!("yinshu-sandbox{}", std::env::consts::EXE_SUFFIX);
            std::env::current_exe().unwrap_or_default().with_file_name(name)
        }
    };
    match program.is_file() {
        true => Ok(program),
        false => {
            let path = program.display().to_string();
            Err(CliError::ProgramMissing { program: "yinshu-sandbox".to_owned(), path }.into())
        }
    }
}
