//! What it costs that a party may cheat: the same work in both kinds of run, three parties on three threads, without
//! encryption; the shortest of several runs, and the least processor time of all three together (Linux only; on a busy
//! machine it says more). An argument chooses works by name.
#![expect(clippy::print_stdout, reason = "a bench reports")]

#[path = "parties/three.rs"]
mod parties;

use parties::three;
use std::time::{Duration, Instant};
use yinshu_mpc::bits::{Planes, sign};
use yinshu_mpc::permute::Permutation;
use yinshu_mpc::{B64, Context, MpcError, Security, Shares, Z64, araki16, sort, verify};

const RUNS: usize = 5;

/// Of one run: how long the slowest party was at it, what all three took of processors, what the first one sent.
#[derive(Clone, Copy)]
struct Cost {
    elapsed: Duration,
    processor: Duration,
    sent: u64,
}

/// What this thread has had of a processor so far.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// What a run costs.
fn cost(security: Security, job: impl Fn(&mut Context) -> Result<Cost, MpcError> + Sync) -> Cost {
    let costs = three(security, job);
    Cost {
        elapsed: costs.iter().map(|cost| cost.elapsed).max().unwrap_or_default(),
        processor: costs.iter().map(|cost| cost.processor).sum(),
        sent: costs[0].sent,
    }
}

fn sent(context: &Context) -> u64 {
    context.meters().iter().map(|meter| meter.total.bytes_sent).sum()
}

fn work(name: &str, job: impl Fn(&mut Context) -> Result<Cost, MpcError> + Sync) {
    if std::env::args().skip(1).any(|word| !word.starts_with('-') && !name.contains(&word)) {
        return;
    }
    let best = |security| {
        let runs: Vec<Cost> = (0..RUNS).map(|_| cost(security, &job)).collect();
        let elapsed = runs.iter().map(|cost| cost.elapsed).min().unwrap_or_default();
        let processor = runs.iter().map(|cost| cost.processor).min().unwrap_or_default();
        (elapsed.as_secs_f64() * 1e3, processor.as_secs_f64() * 1e3, runs[0].sent as f64 / 1e6)
    };
    let [fast, safe] = [Security::SemiHonest, Security::Malicious].map(best);
    println!(
        "{name:32} {:7.1} {:7.1} ms x{:<5.2} {:7.1} {:7.1} ms x{:<5.2} {:7.2} {:7.2} MB",
        fast.0,
        safe.0,
        safe.0 / fast.0,
        fast.1,
        safe.1,
        safe.1 / fast.1,
        fast.2,
        safe.2
    );
}

/// Runs and verifies, once something random is there to work on and the same has been done before: what a run's first work
/// pays for is the memory of all that follow.
macro_rules! measure {
    ($name:expr, |$context:ident, $x:ident: $ring:ident, $y:ident| $len:expr, $job:expr) => {
        work($name, |$context| {
            let ($x, $y): (Shares<$ring>, Shares<$ring>) = ($context.random($len), $context.random($len));
            let first = $job;
            verify($context, first)?;
            let (start, busy, before) = (Instant::now(), processor(), sent($context));
            let shares = $job;
            verify($context, shares)?;
            let (elapsed, processor) = (start.elapsed(), processor() - busy);
            Ok(Cost { elapsed, processor, sent: sent($context) - before })
        });
    };
}

fn main() {
    println!("{:32} elapsed: semi-honest, malicious; processor; sent by the first", "");
    measure!("1 M multiplications", |context, x: Z64, y| 1 << 20, araki16::multiply(context, &x, &y)?);
    measure!("64 M ands, 64 in a word", |context, x: B64, y| 1 << 20, araki16::multiply(context, &x, &y)?);
    measure!("dot product of 1 M", |context, x: Z64, y| 1 << 20, araki16::dot(context, &x, &y, 1 << 20)?);
    measure!("100 k comparisons of 64 bits", |context, x: Z64, _y| 100_000, sign(context, &x, 64)?);
    measure!("shuffle of 1 M words of bits", |context, x: B64, _y| 1 << 20, {
        let shuffle = Permutation::random(context, x.len())?;
        shuffle.shuffle(context, &x)?
    });
    measure!("shuffle of 1 M integers", |context, x: Z64, _y| 1 << 20, {
        let shuffle = Permutation::random(context, x.len())?;
        shuffle.shuffle(context, &x)?
    });
    measure!("sort of 100 k by 32 bits", |context, x: B64, y| 100_000, {
        let order = sort::order(context, &Planes::of_words(&x, 32))?;
        order.apply(context, &y)?
    });
    measure!("one multiplication", |context, x: Z64, y| 1, araki16::multiply(context, &x, &y)?);
}
