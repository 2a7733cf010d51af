//! Progress on anything longer than two seconds, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a phase runs before its bar appears: what is over sooner needs none.
const PATIENCE: Duration = Duration::from_secs(2);

/// One phase under way. Cheap to clone and to hand to other threads; the bar goes when the last
/// clone does.
#[derive(Clone)]
pub struct Progress(Option<Arc<Shown>>);

struct Shown {
    bar: ProgressBar,
    style: ProgressStyle,
    begun: Instant,
    visible: AtomicBool,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress {
    /// Progress that nobody sees: not a terminal, `--quiet`, `--json`, `--no-progress`.
    pub fn silent() -> Self {
        Self(None)
    }

    /// A bar named `phase` out of `total` steps (0: not known), with `remaining` as the label
    /// before the estimated time left. It appears after two seconds.
    pub fn bar(phase: String, remaining: &str, total: u64) -> Self {
        let template = if total == 0 {
            "{spinner} {msg} {human_pos} ({elapsed})".to_owned()
        } else {
            // Braces in a label would be read as part of the template.
            let label = remaining.replace(['{', '}'], "");
            format!("{{msg}} [{{bar:28}}] {{percent:>3}}% {{human_pos}}/{{human_len}} {label} {{eta}}")
        };
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = if total == 0 { ProgressBar::no_length() } else { ProgressBar::new(total) };
        bar.set_draw_target(ProgressDrawTarget::hidden());
        let style = style.progress_chars("=> ");
        bar.set_style(style.clone());
        bar.set_message(phase);
        Self(Some(Arc::new(Shown { bar, style, begun: Instant::now(), visible: AtomicBool::new(false) })))
    }

    /// `done` steps are done.
    pub fn set(&self, done: u64) {
        let Some(shown) = &self.0 else { return };
        shown.bar.set_position(done);
        if shown.begun.elapsed() >= PATIENCE && !shown.visible.swap(true, Ordering::Relaxed) {
            shown.bar.set_draw_target(ProgressDrawTarget::stderr());
            shown.bar.enable_steady_tick(Duration::from_millis(500));
        }
    }

    /// The rest takes between so long and so long, as measured: said instead of the bar's own guess.
    pub fn left(&self, least: Duration, most: Duration) {
        if let Some(shown) = &self.0 {
            let range = format!("{}–{} s", least.as_secs(), most.as_secs().max(1));
            shown.bar.set_style(shown.style.clone().with_key(
                "eta",
                move |_: &ProgressState, to: &mut dyn Write| {
                    // A bar that cannot be written is not seen.
                    let _ = to.write_str(&range);
                },
            ));
        }
    }

    /// The total became known, or changed.
    pub fn total(&self, total: u64) {
        if let Some(shown) = &self.0 {
            shown.bar.set_length(total);
        }
    }
}
