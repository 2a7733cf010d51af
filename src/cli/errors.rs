//! `yinshu errors`: explains a code read over the telephone, or lists them all.

use super::{Done, Ui};
use crate::problem::{CliError, Problem, codes, explain};
use serde_json::{Value, json};

/// Options of `yinshu errors`.
#[derive(Debug, clap::Args)]
pub struct ErrorsArgs {
    /// The code.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Explains one code, or lists all.
pub fn run(args: &ErrorsArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let Some(given) = &args.code else { return Ok(list(ui)) };
    let none = || CliError::NoSuchCode { given: given.clone() };
    let code: u16 = given.trim().parse().map_err(|_| none())?;
    let (what, remedy) = explain(code, ui.texts()).ok_or_else(none)?;
    let exit = crate::problem::exit(code) as u8;
    let text =
        ui.texts().say("ui-error", &[("code", format!("{code:04}").into()), ("what", what.clone().into())]);
    ui.print(&text);
    if let Some(remedy) = &remedy {
        let text = ui.texts().say("ui-error-try", &[("remedy", remedy.clone().into())]);
        ui.print(&text);
    }
    let text = ui.texts().say("ui-error-exit", &[("exit", exit.into())]);
    ui.print(&text);
    Ok(Done::with(json!({ "code": code, "message": what, "try": remedy, "exit": exit })))
}

fn list(ui: &mut Ui) -> Done {
    let mut all = Vec::new();
    for code in codes(ui.texts()) {
        if let Some((what, remedy)) = explain(code, ui.texts()) {
            ui.print(&format!("{code:04}  {what}"));
            all.push(json!({ "code": code, "message": what, "try": remedy, "exit": crate::problem::exit(code) as u8 }));
        }
    }
    Done::with(Value::Array(all))
}
