//! Counts, sums, histograms and vectors of many small reports, each split between two aggregators of whom neither sees one,
//! with a proof that it is well formed: Prio3, a verifiable distributed aggregation function, as draft-irtf-cfrg-vdaf-18 has
//! it, on the `prio` crate.
//!
//! | who | does | room |
//! |---|---|---|
//! | all | agree on what is reported, when, and of how many at least anything is told | [`task`], [`kind`] |
//! | a reporter | splits its measurement, seals a share to each aggregator | [`report`], [`seal`], [`scheme`] |
//! | leader and helper | judge reports together, part by part; open a sum of enough | [`aggregate`] |
//! | each of them | keeps what it judged, and its share of the sum | [`ledger`] |
//!
//! What is promised against whom, and what is not, is at the top of [`aggregate`]. The right answer is in [`plain`].

pub mod aggregate;
pub mod error;
pub mod kind;
pub mod ledger;
pub mod plain;
pub mod report;
pub mod scheme;
pub mod seal;
pub mod task;
mod wiped;

pub use aggregate::{Aggregator, Collected, Judged};
pub use error::{Misstep, ReportsError};
pub use kind::{Figures, Kind, Measurement};
pub use ledger::{Ledger, Outcome, Tally};
pub use report::{PassedOver, Reporter, Reports};
pub use seal::{OpenKey, SealKey};
pub use task::{Role, Task, Terms};

/// For fuzzing: every decoder of what comes from others or from disk. What is read is what was written.
#[doc(hidden)]
pub fn decoders(kind: Kind, data: &[u8]) {
    if kind.check().is_err() {
        return;
    }
    aggregate::msg::decoders(kind, data);
    // Behind the digest, which random bytes never have.
    if let Ok(state) = ledger::State::parse_body(data) {
        assert_eq!(*state.body(), data);
        assert!(ledger::State::parse(&state.to_bytes()) == Ok(state));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = text.parse::<SealKey>().map(|key| assert_eq!(key.to_string(), text.trim()));
        let _ = text.parse::<OpenKey>();
    }
    scheme::decoders(kind, data);
}
