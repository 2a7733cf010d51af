//! Three departments' nodes answer questions over their rows together, and what comes out is compared with the same in
//! the clear: `cargo build && cargo build -p yinshu-joint && cargo run --example joint_statistics`, with the names of
//! questions for these alone, and with `--keep FOLDER` to look at what the recipient got.
//!
//! | question | over | told |
//! |---|---|---|
//! | `population` | residents made up, each registered with one department | how many by district and five-year age group; groups below 10 hidden |
//! | `firms` | firms made up, by industry and district | sums, means, variances, quantiles, the correlation of tax and electricity |
//! | `allowances` | people who draw an allowance, are insured and declare an income, in SQL | by district and kind, those who declare more than their wage: how many, what was paid; groups below 10 hidden |
//! | `pensions` | payments and deaths made up, as four departments have them, in SQL | how many dead were paid, how often, how much; `--profile county` or `city` for more |
//! | `adult` | the rows of `examples/data/adult_test.csv`, dealt out to three | means, a regression, a t test, chi-square |
//! | `credit` | the rows of `examples/data/credit_default.csv`, of each a part with one of three, in SQL | rates by education and age, the correlation of limit and default |
//! | `wages` | the rows of `examples/data/census2000_wages.csv`, by state | means, deviations, quantiles; a regression with standard errors |
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

mod adult;
mod allowances;
mod credit;
mod firms;
mod nodes;
mod pensions;
mod population;
mod wages;

use nodes::Outcome;
use serde_json::Value;
use std::path::PathBuf;
use yinshu::scenario::Profile;

/// A number that does not repeat soon: what is made up is the same every time.
pub(crate) struct Made(u64);

impl Made {
    /// Below `most`. (Linear congruences after D. E. Knuth, MMIX.)
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// A citizen number of the test region (GB 11643).
pub(crate) fn citizen(district: &str, born: u64, n: u64) -> String {
    let body = format!("{district}{born}{:02}{:02}{:03}", 1 + n % 12, 1 + n % 28, n % 1000);
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

/// An amount in fen, as tables have it.
pub(crate) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// A figure of a line.
pub(crate) fn figure(line: &Value, name: &str) -> f64 {
    line["figures"][name].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

/// Asserts that two figures agree.
pub(crate) fn near(found: f64, truth: f64, what: &str) {
    near_by(found, truth, 1e-9, what);
}

/// Asserts that two figures agree up to a part of them.
pub(crate) fn near_by(found: f64, truth: f64, part: f64, what: &str) {
    assert!((found - truth).abs() <= part * truth.abs().max(1e-9), "{what}: {found} for {truth}");
}

/// What the command line asks for.
pub(crate) struct Asked {
    /// Where the results are kept, if anywhere.
    pub(crate) keep: Option<PathBuf>,
    /// How large what is made up is, where it can be larger.
    pub(crate) profile: Profile,
}

/// Answers a question and compares.
type Run = fn(&Asked) -> Outcome<()>;

fn main() -> Outcome<()> {
    let all: [(&str, Run); 7] = [
        ("population", population::run),
        ("firms", firms::run),
        ("allowances", allowances::run),
        ("pensions", pensions::run),
        ("adult", adult::run),
        ("credit", credit::run),
        ("wages", wages::run),
    ];
    let (mut asked, mut names) = (Asked { keep: None, profile: Profile::Small }, Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--keep" => asked.keep = Some(args.next().ok_or("--keep FOLDER")?.into()),
            "--profile" => {
                asked.profile = match args.next().as_deref() {
                    Some("small") => Profile::Small,
                    Some("county") => Profile::County,
                    Some("city") => Profile::City,
                    _ => return Err("--profile small, county or city".into()),
                }
            }
            name if all.iter().any(|(known, _)| *known == name) => names.push(arg),
            _ => return Err(format!("no question is called {arg}").into()),
        }
    }
    for (name, run) in all {
        if names.is_empty() || names.iter().any(|asked| asked == name) {
            println!("{name}");
            run(&asked)?;
        }
    }
    Ok(())
}
