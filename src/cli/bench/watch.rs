//! Peak memory of the two nodes that the demonstration starts: our children, looked at while they run.

use super::machine;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the children are looked at. A peak never shrinks, so only what grows between the last look
/// and the end of a process is missed.
const PAUSE: Duration = Duration::from_millis(50);

/// Peak memory in bytes, by the command line of the process.
type Peaks = BTreeMap<Vec<String>, u64>;

/// Looks at our children until it is asked for what it saw.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Peaks>>,
}

impl Watch {
    /// Begins to look.
    pub(super) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut peaks = Peaks::new();
            while !stopped.load(Ordering::SeqCst) {
                look(&mut peaks);
                std::thread::sleep(PAUSE);
            }
            peaks
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends looking: the peak memory of the largest child whose command line holds these words, one after
    /// another.
    pub(super) fn end(mut self) -> impl Fn(&[&str]) -> Option<u64> {
        let peaks = self.join();
        move |words| {
            let named = peaks.iter().filter(|(line, _)| line.windows(words.len()).any(|part| part == words));
            named.map(|(_, peak)| *peak).max()
        }
    }

    fn join(&mut self) -> Peaks {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.join();
    }
}

fn look(peaks: &mut Peaks) {
    let me = std::process::id();
    // Where there is no /proc nothing is seen, and the figure is left out.
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let name = process.file_name();
        let Some(pid) = name.to_str().filter(|n| n.bytes().all(|b| b.is_ascii_digit())) else { continue };
        if parent(pid) != Some(me) {
            continue;
        }
        // It may end at any moment.
        let (Some(peak), Ok(line)) = (machine::peak(pid), fs::read(format!("/proc/{pid}/cmdline"))) else {
            continue;
        };
        let line: Vec<String> =
            line.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        let known = peaks.entry(line).or_default();
        *known = peak.max(*known);
    }
}

/// The parent of a process: the second field after the name in brackets, see proc_pid_stat(5).
fn parent(pid: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
