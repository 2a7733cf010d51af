//! What is worked out from several measures or parts.

use super::{ContractError, Measure, StatsTerms};

impl StatsTerms {
    /// The columns that models name.
    fn named(&self) -> impl Iterator<Item = &String> {
        let means = self.weighted_means.iter().flat_map(|mean| [&mean.column, &mean.weight]);
        let correlations = self.correlations.iter().flat_map(|model| &model.columns);
        let regressions = self.regressions.iter();
        let regressions = regressions.flat_map(|model| model.explaining.iter().chain([&model.explained]));
        let tests = self.t_tests.iter().map(|test| &test.column);
        means.chain(correlations).chain(regressions).chain(tests)
    }

    /// Whether anything is told of a measure.
    pub(super) fn is_told(&self, measure: &Measure) -> bool {
        !measure.statistics.is_empty()
            || !measure.quantiles.is_empty()
            || !measure.histogram.is_empty()
            || self.named().any(|column| *column == measure.column)
    }

    pub(super) fn check_models(&self) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if let Some(column) = self.named().find(|column| self.measure(column).is_none()) {
            return wrong(&format!("stats: {column}"), "it is the column of a stats.measure");
        }
        let distinct =
            |columns: &[&String]| (1..columns.len()).all(|at| !columns[..at].contains(&columns[at]));
        for mean in &self.weighted_means {
            let below = self.measure(&mean.weight).is_some_and(|at| self.measures[at].min < 0);
            if mean.column == mean.weight || below {
                return wrong("stats.weighted_mean", "the weight is another measure, and never below zero");
            }
        }
        for model in &self.correlations {
            if model.columns.len() < 2 || !distinct(&model.columns.iter().collect::<Vec<_>>()) {
                return wrong("stats.correlation", "columns are two and more, none twice");
            }
        }
        for model in &self.regressions {
            let all: Vec<&String> = model.explaining.iter().chain([&model.explained]).collect();
            if model.explaining.is_empty() || !distinct(&all) {
                return wrong("stats.regression", "a column is explained by one and more others, none twice");
            }
        }
        for test in &self.t_tests {
            let cut = self.group_by.iter().find(|cut| cut.name() == test.cut);
            let parts = cut.map(super::Cut::parts).unwrap_or_default();
            if test.parts[0] == test.parts[1] || test.parts.iter().any(|part| !parts.contains(part)) {
                return wrong("stats.t_test", "parts are two of a stats.group_by, whose name is the cut's");
            }
        }
        if self.chi_square && self.group_by.len() != 2 {
            return wrong("stats.chi_square", "it goes with two stats.group_by");
        }
        // Twice the same would stand twice in the result.
        let twice = |names: Vec<String>| (1..names.len()).any(|at| names[..at].contains(&names[at]));
        let explained = self.regressions.iter().map(|model| model.explained.clone()).collect();
        let means =
            self.weighted_means.iter().map(|mean| format!("{} {}", mean.column, mean.weight)).collect();
        let pairs = self.correlations.iter().flat_map(|model| model.pairs().map(|[a, b]| format!("{a} {b}")));
        if twice(explained) || twice(means) || twice(pairs.collect()) {
            return wrong("stats", "a column is explained once, and each two columns go together once");
        }
        Ok(())
    }
}

impl super::Correlation {
    /// Each two columns, in the order of the contract.
    pub fn pairs(&self) -> impl Iterator<Item = [&str; 2]> {
        let columns = &self.columns;
        let each = columns.iter().enumerate();
        each.flat_map(move |(at, a)| columns[at + 1..].iter().map(move |b| [a.as_str(), b.as_str()]))
    }
}
