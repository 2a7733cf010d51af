//! What a party holds in memory for 10^7 values: a third of the most that a process with three of them had resident. Linux
//! only. Each work runs in a process of its own; an argument chooses works by name, a number says how many values.
#![expect(clippy::print_stdout, reason = "a bench reports")]

#[path = "parties/three.rs"]
mod parties;

use parties::three;
use std::ops::Range;
use std::process::Command;
use yinshu_mpc::bits::{count, less, sign};
use yinshu_mpc::stream::{self, Source};
use yinshu_mpc::{Context, MpcError, Role, Security, Shares, Z64, araki16, verify};

type Job = fn(&mut Context, usize) -> Result<(), MpcError>;

const WORKS: [(&str, Job); 7] = [
    ("share", |context, n| given(context, n).map(drop)),
    ("sum", |context, n| opened(context, |context| Ok(given(context, n)?.sum()))),
    ("multiply", |context, n| {
        let (x, y) = (given(context, n)?, given(context, n)?);
        let products = araki16::multiply(context, &x, &y)?;
        verify(context, products).map(drop)
    }),
    ("compare", |context, n| {
        let (x, y) = (given(context, n)?, given(context, n)?);
        let less = less(context, &x, &y, 64)?;
        verify(context, less).map(drop)
    }),
    ("stream: share", |context, n| streamed(context, n, |_, _| Ok(())).map(drop)),
    ("stream: sum of squares", |context, n| {
        opened(context, |context| {
            let mut sum = Shares::zeros(1);
            streamed(context, n, |context, x| {
                sum = sum.plus(&araki16::dot(context, x, x, x.len())?);
                Ok(())
            })?;
            Ok(sum)
        })
    }),
    ("stream: count below zero", |context, n| {
        opened(context, |context| {
            let mut sum = Shares::zeros(1);
            streamed(context, n, |context, x| {
                let below = sign(context, x, 64)?;
                sum = sum.plus(&count(context, &[below], x.len())?);
                Ok(())
            })?;
            Ok(sum)
        })
    }),
];

fn values(rows: Range<usize>) -> Vec<Z64> {
    rows.map(|row| Z64((row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32)).collect()
}

fn given(context: &mut Context, n: usize) -> Result<Shares<Z64>, MpcError> {
    let ours = (context.role() == Role::First).then(|| values(0..n));
    araki16::input(context, Role::First, ours.as_deref(), n)
}

fn streamed(
    context: &mut Context,
    n: usize,
    mut each: impl FnMut(&mut Context, &Shares<Z64>) -> Result<(), MpcError>,
) -> Result<(), MpcError> {
    let mut read = |rows| Ok(values(rows));
    let source: Option<Source<'_, Z64>> = if context.role() == Role::First { Some(&mut read) } else { None };
    stream::input(context, Role::First, source, n, |context, _, shares| each(context, &shares))
}

fn opened(
    context: &mut Context,
    job: impl FnOnce(&mut Context) -> Result<Shares<Z64>, MpcError>,
) -> Result<(), MpcError> {
    let shares = job(context)?;
    let shares = verify(context, shares)?;
    araki16::open(context, &shares).map(drop)
}

/// The most that was resident, in bytes.
fn most() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let n = words.iter().find_map(|word| word.parse().ok()).unwrap_or(10_000_000);
    if let [work, security, _, only] = &words[..]
        && only == "only"
    {
        let (_, job) = WORKS.iter().find(|(name, _)| name == work).expect("one of the works");
        let security = if security == "malicious" { Security::Malicious } else { Security::SemiHonest };
        let start = std::time::Instant::now();
        three(security, |context| job(context, n));
        println!(
            "{work:28} {security:12?} {:7.0} MB a party, {:6.2} s",
            most() as f64 / 3e6,
            start.elapsed().as_secs_f64()
        );
        return;
    }
    let chosen = |name: &str| words.iter().all(|word| word.parse::<usize>().is_ok() || name.contains(word));
    for (name, _) in WORKS.iter().filter(|(name, _)| chosen(name)) {
        for security in ["semi-honest", "malicious"] {
            let program = std::env::current_exe().expect("a program knows where it is");
            let done = Command::new(program).args([name, security, &n.to_string(), "only"]).status();
            assert!(done.expect("it starts").success(), "{name}");
        }
    }
}
