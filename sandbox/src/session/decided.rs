//! On how many the conditions of a question decide, looked at before anything of it may be shown.

use crate::dataset::Dataset;
use crate::disclosure::{Cell, Computed, Part, Rules};
use crate::engine::Registered;
use crate::error::SandboxError;
use crate::policy::Limits;
use crate::question::Question;
use crate::question::influence::{self, presence};
use crate::worker::{self, Workers};
use roaring::RoaringBitmap;
use std::collections::HashSet;

/// What a question is computed with.
pub(super) struct With<'a> {
    pub(super) workers: &'a Workers,
    pub(super) dataset: &'a Dataset,
    pub(super) registered: &'a Registered,
    pub(super) limits: &'a Limits,
}

impl With<'_> {
    pub(super) async fn computed(
        &self,
        question: &Question,
        largest: usize,
    ) -> Result<Computed, SandboxError> {
        worker::compute(self.workers, question, self.dataset, self.registered, self.limits, largest).await
    }

    /// How many comparisons decide on few, or on none.
    pub(super) async fn comparisons(&self, question: &Question, rules: &Rules) -> Result<u64, SandboxError> {
        let Some(decided) = influence::of(question, self.dataset)? else { return Ok(0) };
        let decided = self.computed(&decided, 0).await?;
        let few = |part: &&Part| part.persons.len() < rules.least;
        Ok(decided.cells.first().map_or(1, |cell| cell.parts.iter().filter(few).count() as u64))
    }

    /// Puts in the groups that the conditions leave nobody in, though there is somebody without them: beside them as much is
    /// hidden as if few were left. Which groups nobody is in at all is not looked at.
    pub(super) async fn empty(
        &self,
        question: &Question,
        computed: &mut Computed,
    ) -> Result<(), SandboxError> {
        let Some(groups) = influence::groups(question, self.dataset) else { return Ok(()) };
        let all = self.computed(&groups, 0).await?;
        let there: HashSet<_> = computed.cells.iter().map(|cell| cell.labels.clone()).collect();
        let parts = vec![Part::default(); computed.figures.len()];
        for cell in all.cells.into_iter().filter(|cell| !there.contains(&cell.labels)) {
            computed.cells.push(Cell { labels: cell.labels, parts: parts.clone(), ..Cell::default() });
        }
        Ok(())
    }

    /// Marks the groups of which a table that is joined takes out few, or none, or lets them in.
    pub(super) async fn presence(
        &self,
        question: &Question,
        rules: &Rules,
        computed: &mut Computed,
    ) -> Result<(), SandboxError> {
        if question.tables.len() < 2 {
            return Ok(());
        }
        for asked in presence::of(question, self.dataset) {
            let found = self.computed(&asked.question, 0).await?;
            let lack = found.cells.iter().filter_map(|cell| cell.parts.first());
            let lack: RoaringBitmap = lack.fold(RoaringBitmap::new(), |all, part| all | &part.persons);
            if asked.inner && lack.len() < rules.least {
                continue;
            }
            let enough =
                |cell: &&Cell| cell.parts.iter().skip(1).all(|part| part.persons.len() >= rules.least);
            let many: HashSet<_> = found.cells.iter().filter(enough).map(|cell| &cell.labels).collect();
            for cell in &mut computed.cells {
                let labels: Vec<_> = asked.keys.iter().map(|key| cell.labels[*key].clone()).collect();
                cell.undecided |= !many.contains(&labels);
            }
        }
        Ok(())
    }
}
