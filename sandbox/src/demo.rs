//! A county that does not exist, and a researcher's day in it: what the commands do, one after another, and why.
//!
//! Each step is a command as it would be typed, read and run by what reads and runs the command line: nothing is done here in
//! another way. What must be hidden is compared with the tables, which are made up and so are known; a day on which something
//! shows that must not ends with [`SandboxError::Shown`], so that it is a check of an installation as well.

pub mod county;
mod day;
mod stage;

use crate::cli::Cli;
use crate::error::SandboxError;
use jiff::Timestamp;
use rand::CryptoRng;
use serde_json::json;
use stage::Stage;
use std::path::{Path, PathBuf};
use yinshu_beside::Texts;

/// `demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// The folder, which holds nothing yet.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Leaves the folder where it is.
    #[arg(long)]
    pub keep: bool,
    /// How many people the county has.
    #[arg(long, value_name = "N", default_value = "20000", value_parser = clap::value_parser!(u32).range(3000..=1_000_000))]
    pub people: u32,
    /// The same number makes the same people.
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
}

/// Plays the day and tells every step when it is over; what is left to say at the end.
///
/// # Errors
/// [`SandboxError::Shown`]: something showed that must be hidden, or was hidden or refused that must not be; what a command ends
/// with that must not fail.
pub async fn play(
    demo: &Demo,
    cli: &Cli,
    texts: &Texts,
    clock: fn() -> Timestamp,
    dice: &mut dyn CryptoRng,
    tell: &mut dyn FnMut(&str),
) -> Result<String, SandboxError> {
    let made = match &demo.out {
        Some(out) => {
            empty(out)?;
            None
        }
        None => {
            let place = std::env::temp_dir();
            let made = tempfile::Builder::new().prefix("yinshu-sandbox-").tempdir_in(&place);
            Some(made.map_err(SandboxError::files(&place))?)
        }
    };
    let folder = made.as_ref().map(|made| made.path().to_owned()).or(demo.out.clone()).unwrap_or_default();
    let mut stage = Stage::new(&folder, cli, texts, clock, dice, tell);
    let played = day::played(&mut stage, demo).await;
    let steps = stage.steps();
    let kept = match made {
        Some(made) if demo.keep => Some(made.keep()),
        Some(made) => made.close().map(|()| None).map_err(SandboxError::files(&folder))?,
        None => Some(folder),
    };
    played?;
    let place = kept.as_deref().map(Path::display).map(|place| place.to_string());
    Ok(match (cli.json, place) {
        (true, place) => json!({ "steps": steps, "held": true, "folder": place }).to_string(),
        (false, Some(place)) => texts.own("demo-kept", &[("steps", steps.into()), ("path", place.into())]),
        (false, None) => texts.own("demo-over", &[("steps", steps.into())]),
    })
}

/// Makes the folder; one that holds anything is refused.
fn empty(folder: &Path) -> Result<(), SandboxError> {
    let files = SandboxError::files(folder);
    std::fs::create_dir_all(folder).map_err(&files)?;
    match std::fs::read_dir(folder).map_err(&files)?.next() {
        None => Ok(()),
        Some(_) => Err(files(std::io::Error::other("it holds something already"))),
    }
}

#[cfg(test)]
mod tests;
