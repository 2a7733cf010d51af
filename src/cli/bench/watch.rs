//! Peak memory and processor time of the two nodes that the demonstration starts: our children, looked at while they run.

use super::machine;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the children are looked at. A peak never shrinks, so only what grows between the last look
/// and the end of a process is missed (and the processor time of that moment).
const PAUSE: Duration = Duration::from_millis(50);

/// What a child was seen to have used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Peak memory in bytes.
    pub(super) peak: u64,
    /// Processor time in seconds.
    pub(super) cpu: f64,
}

/// What each child used, by its command line.
type Children = BTreeMap<Vec<String>, Used>;

/// Looks at our children until it is asked for what it saw.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Children>>,
}

impl Watch {
    /// Begins to look.
    pub(super) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut children = Children::new();
            while !stopped.load(Ordering::SeqCst) {
                look(&mut children);
                std::thread::sleep(PAUSE);
            }
            children
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends looking: what the largest child used whose command line holds these words, one after another.
    pub(super) fn end(mut self) -> impl Fn(&[&str]) -> Option<Used> {
        let children = self.join();
        move |words| {
            let named =
                children.iter().filter(|(line, _)| line.windows(words.len()).any(|part| part == words));
            named.map(|(_, used)| *used).max_by_key(|used| used.peak)
        }
    }

    fn join(&mut self) -> Children {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.join();
    }
}

fn look(children: &mut Children) {
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
        let known = children.entry(line).or_default();
        let cpu = machine::cpu(pid).unwrap_or_default();
        *known = Used { peak: peak.max(known.peak), cpu: cpu.max(known.cpu) };
    }
}

/// The parent of a process: the second field after the name in brackets, see proc_pid_stat(5).
fn parent(pid: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
