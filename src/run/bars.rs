//! Progress of a private intersection as bars, one for each phase.

use crate::cli::Ui;
use crate::progress::Progress as Bar;
use yinshu_psi::{Phase, Progress};

/// The bar of the phase under way.
pub(super) struct Bars<'a> {
    ui: &'a Ui,
    now: Option<(Phase, Bar)>,
}

impl<'a> Bars<'a> {
    pub(super) fn new(ui: &'a Ui) -> Self {
        Self { ui, now: None }
    }

    /// Shows how far a run is.
    pub(super) fn show(&mut self, progress: Progress) {
        if self.now.as_ref().is_none_or(|(phase, _)| *phase != progress.phase) {
            let id = match progress.phase {
                Phase::Points => "psi-points",
                Phase::Tokens => "psi-tokens",
                Phase::Match => "psi-match",
                Phase::Return => "psi-return",
            };
            self.now = Some((progress.phase, self.ui.progress(id, progress.total.unwrap_or(0))));
        }
        if let Some((_, bar)) = &self.now {
            bar.set(progress.done);
        }
    }
}
