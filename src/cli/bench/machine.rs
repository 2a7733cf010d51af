//! What the figures were measured on. Read from `/proc`; where there is none, left out.

use serde::Serialize;
use std::fs;
use std::num::NonZeroUsize;

/// The machine, and how busy it was.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// The processor's name.
    pub(super) processor: Option<String>,
    /// Cores this process may use.
    pub(super) cores: usize,
    /// Load average over one minute before measuring. A machine at rest has about 0.
    pub(super) load_before: Option<f64>,
    /// The same afterwards; our own work is in it.
    pub(super) load_after: Option<f64>,
}

impl Machine {
    /// This machine, now.
    pub(super) fn now() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { processor: processor(), cores, load_before: load(), load_after: None }
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The load average over one minute.
pub(super) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Peak resident memory of a process in bytes; `pid` may be `self`. See proc_pid_status(5), `VmHWM`.
pub(super) fn peak(pid: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Processor time a process has used, all its threads together, in seconds: utime and stime of
/// proc_pid_stat(5), in ticks of 10 ms on every processor we run on.
pub(super) fn cpu(pid: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; the fields after it are numbers.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) as f64 / 100.0)
}

/// Processor time this thread has used, in seconds, to the nanosecond.
pub(super) fn thread_cpu() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<u64>().ok()? as f64 / 1e9)
}
