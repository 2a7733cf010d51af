//! A researcher's day in a county that does not exist, by way of the library: what `yinshu-sandbox demo` does.
//!
//! ```sh
//! cargo run -p yinshu-sandbox --example day
//! ```
//!
//! It ends with an error where something shows that must be hidden.

use clap::Parser as _;
use rand::SeedableRng as _;
use std::error::Error;
use std::process::ExitCode;
use yinshu_beside::Lang;
use yinshu_beside::ends::{complain, print};
use yinshu_sandbox::cli::{Cli, Command};
use yinshu_sandbox::{demo, lang, worker};

fn main() -> ExitCode {
    // Every question runs in this program, called again.
    if let Some(ended) = worker::called() {
        return ended;
    }
    match played() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a program reads time and randomness, and hands them on")]
fn played() -> Result<(), Box<dyn Error>> {
    let cli = Cli::try_parse_from(["yinshu-sandbox", "demo", "--people", "3000"])?;
    let Command::Demo(day) = &cli.command else { return Err("it is the command that was typed".into()) };
    let mut dice = rand_chacha::ChaCha20Rng::from_rng(&mut rand::rng());
    let mut tell = print;
    let texts = lang::texts(Lang::chosen(&[]));
    let day = demo::play(day, &cli, &texts, jiff::Timestamp::now, &mut dice, &mut tell);
    print(&tokio::runtime::Runtime::new()?.block_on(day)?);
    Ok(())
}
