//! Three departments' nodes answer questions over their rows together, and what comes out is compared with the same in
//! the clear: `cargo build && cargo run --example joint_statistics`, with `population`, `firms` or `adult` for one of them alone.
//!
//! | question | over | told |
//! |---|---|---|
//! | `population` | residents made up, each registered with one department | how many by district and five-year age group; groups below 10 hidden |
//! | `firms` | firms made up, by industry and district | sums, means, variances, quantiles, the correlation of tax and electricity |
//! | `adult` | the rows of `examples/data/adult_test.csv`, dealt out to three | means, a regression, a t test, chi-square |
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

mod adult;
mod firms;
mod nodes;
mod population;

use nodes::Outcome;
use serde_json::Value;

/// A number that does not repeat soon: what is made up is the same every time.
pub(crate) struct Made(u64);

impl Made {
    /// Below `most`. (Linear congruences after D. E. Knuth, MMIX.)
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// A figure of a line.
pub(crate) fn figure(line: &Value, name: &str) -> f64 {
    line["figures"][name].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

/// Asserts that two figures agree.
pub(crate) fn near(found: f64, truth: f64, what: &str) {
    assert!((found - truth).abs() <= 1e-9 * truth.abs().max(1e-9), "{what}: {found} for {truth}");
}

/// Answers a question and compares.
type Run = fn() -> Outcome<()>;

fn main() -> Outcome<()> {
    let asked = std::env::args().nth(1);
    let all: [(&str, Run); 3] =
        [("population", population::run), ("firms", firms::run), ("adult", adult::run)];
    for (name, run) in all {
        if asked.as_deref().is_none_or(|asked| asked == name) {
            println!("{name}");
            run()?;
        }
    }
    Ok(())
}
