//! What a day is played on: commands are read, run and told with why.

use crate::answer::{Answer, Field};
use crate::cli::{self, Cli, Told};
use crate::error::SandboxError;
use clap::Parser as _;
use jiff::Timestamp;
use rand::CryptoRng;
use serde_json::{Value, json};
use std::path::Path;
use yinshu_beside::Texts;

/// The longest bar, in letters.
const LONGEST_BAR: f64 = 40.0;

/// A folder, and to whom steps are told.
pub(super) struct Stage<'a> {
    folder: &'a Path,
    cli: &'a Cli,
    texts: &'a Texts,
    clock: fn() -> Timestamp,
    dice: &'a mut dyn CryptoRng,
    tell: &'a mut dyn FnMut(&str),
    steps: u32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        folder: &'a Path,
        cli: &'a Cli,
        texts: &'a Texts,
        clock: fn() -> Timestamp,
        dice: &'a mut dyn CryptoRng,
        tell: &'a mut dyn FnMut(&str),
    ) -> Self {
        Self { folder, cli, texts, clock, dice, tell, steps: 0 }
    }

    pub(super) fn folder(&self) -> &'a Path {
        self.folder
    }

    pub(super) fn is_json(&self) -> bool {
        self.cli.json
    }

    pub(super) fn clock(&self) -> fn() -> Timestamp {
        self.clock
    }

    /// How many steps were told.
    pub(super) fn steps(&self) -> u32 {
        self.steps
    }

    /// A command that must not fail.
    pub(super) async fn done(&mut self, step: &str, args: &[&str]) -> Result<Told, SandboxError> {
        let done = self.run(args).await;
        self.told(step, args, &done);
        done
    }

    /// A question that must be answered.
    pub(super) async fn asked(&mut self, step: &str, args: &[&str]) -> Result<Answer, SandboxError> {
        let answer = self.done(step, args).await?.answer;
        answer.filter(|answer| !answer.rows.is_empty()).ok_or_else(|| shown(step))
    }

    /// A command that must be refused, under this code.
    pub(super) async fn refused(
        &mut self,
        step: &str,
        args: &[&str],
        code: u16,
    ) -> Result<SandboxError, SandboxError> {
        let done = self.run(args).await;
        self.told(step, args, &done);
        match done {
            Err(error) if error.code() == code => Ok(error),
            Err(error) => Err(error),
            Ok(_) => Err(shown(step)),
        }
    }

    /// What begins with `./` lies in the folder.
    async fn run(&mut self, args: &[&str]) -> Result<Told, SandboxError> {
        let place = |arg: &&str| match arg.strip_prefix("./") {
            Some(path) => self.folder.join(path).display().to_string(),
            None => (*arg).to_owned(),
        };
        let typed = std::iter::once("yinshu-sandbox".to_owned()).chain(args.iter().map(place));
        let usage = |error: clap::Error| SandboxError::Usage { reason: error.to_string() };
        let mut cli = Cli::try_parse_from(typed).map_err(usage)?;
        (cli.lang, cli.json) = (self.cli.lang, self.cli.json);
        Box::pin(cli::run(&cli, self.texts, self.clock, &mut self.dice)).await
    }

    fn told(&mut self, step: &str, args: &[&str], done: &Result<Told, SandboxError>) {
        let (texts, json) = (self.texts, self.cli.json);
        let output = match done {
            Ok(told) => told.text.trim_end().to_owned(),
            Err(error) if json => texts.json(error).to_string(),
            Err(error) => texts.render(error),
        };
        let typed: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        self.say(step, &format!("yinshu-sandbox {}", typed.join(" ")), &output);
    }

    /// Tells a step: why, what would be typed, what comes out.
    pub(super) fn say(&mut self, step: &str, typed: &str, output: &str) {
        self.steps += 1;
        let why = self.texts.own(&format!("demo-{step}"), &[]);
        let text = match self.cli.json {
            true => {
                let output = serde_json::from_str(output).unwrap_or_else(|_| Value::from(output));
                json!({ "step": self.steps, "name": step, "why": why, "command": typed, "output": output })
                    .to_string()
            }
            false => format!("\n{}. {why}\n$ {typed}\n{output}", self.steps),
        };
        (self.tell)(&text);
    }

    /// More about a step, for people.
    pub(super) fn beside(&mut self, text: &str) {
        if !self.cli.json {
            (self.tell)(text);
        }
    }

    pub(super) fn texts(&self) -> &'a Texts {
        self.texts
    }
}

/// Something shows that must not, or the other way round.
pub(super) fn shown(step: &str) -> SandboxError {
    SandboxError::Shown { step: step.to_owned() }
}

/// As it is typed.
fn quoted(arg: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    if arg.chars().all(plain) { arg.to_owned() } else { format!("\"{arg}\"") }
}

/// A bar for each line: its first column is what it is of, its last how long it is.
pub(super) fn bars(answer: &Answer) -> String {
    let number = |field: Option<&Field>| match field {
        Some(Field::Number(number)) => *number,
        _ => 0.0,
    };
    let most = answer.rows.iter().map(|row| number(row.last())).fold(1.0, f64::max);
    let bar = |row: &Vec<Field>| {
        let (of, people) = (number(row.first()), number(row.last()));
        let long = (LONGEST_BAR * people / most).round().clamp(0.0, LONGEST_BAR) as usize;
        format!("{of:>4} {} {people}", "█".repeat(long))
    };
    answer.rows.iter().map(bar).collect::<Vec<_>>().join("\n")
}
