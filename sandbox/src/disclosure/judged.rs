//! One table under all rules, in their order.

use std::collections::BTreeSet;

use super::cells::{Computed, Measure, Part};
use super::complement::{self, Place};
use super::history::{History, HistoryError};
use super::linked::{self, Verdict, atoms::Atoms, field::Field};
use super::primary;
use super::released::{Hidden, Released, Rule, Seen, Shown};
use super::rounding::Counted;
use super::rules::Rules;
use super::sets::{self, Sets, Space, Told};
use roaring::RoaringBitmap;
use std::borrow::Cow;

/// Why a table could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The history of releases cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The table was not computed as these rules need it.
    #[error("the computed table is not whole: {0}")]
    Misfit(&'static str),
}

/// What may be seen of a table. What is released is in the history, durably, when this returns.
///
/// The same set of rows asked for again is free, and rounded the same way.
pub fn judge(
    computed: &Computed,
    rules: &Rules,
    history: &mut History,
    secret: &[u8; 32],
) -> Result<Released, JudgeError> {
    whole(computed, rules)?;
    // What depends on nothing that was released before is done while others may still read and write the history.
    let mut table = Table::primary(computed, rules);
    history.locked(|history| {
        fitting(computed, history)?;
        table.recall(history);
        table.beside();
        table.linked(history, Field::drawn(secret));
        history.add(&table.released())?;
        Ok::<_, JudgeError>(())
    })?;
    Ok(table.shown(secret))
}

/// How often what was hidden is looked at anew, and what may be seen beside it.
const ROUNDS: usize = 8;

/// A table while it is judged.
struct Table<'a> {
    computed: &'a Computed,
    rules: &'a Rules,
    /// Cells in the order of their labels.
    order: Vec<usize>,
    /// Of cells in that order, whether all of it is hidden.
    cells: Vec<Option<Rule>>,
    /// Of cells in that order, of every figure.
    figures: Vec<Vec<Standing<'a>>>,
    /// Figures that tell the same, in every cell.
    kin: Vec<Vec<usize>>,
}

/// How a figure stands.
struct Standing<'a> {
    hidden: Option<Rule>,
    /// The sets that it tells of; none where it is hidden by a primary rule.
    sets: Vec<(Told<'a>, bool)>,
}

impl<'a> Table<'a> {
    fn primary(computed: &'a Computed, rules: &'a Rules) -> Self {
        let mut order: Vec<usize> = (0..computed.cells.len()).collect();
        order.sort_by(|a, b| computed.cells[*a].labels.cmp(&computed.cells[*b].labels));
        let mut cells = Vec::with_capacity(order.len());
        let mut figures = Vec::with_capacity(order.len());
        for cell in order.iter().map(|i| &computed.cells[*i]) {
            let small = (cell.persons.len() < rules.least).then_some(Rule::Least);
            let small = small.or(cell.undecided.then_some(Rule::Influence));
            cells.push(small);
            let mut row: Vec<Standing<'a>> = Vec::with_capacity(cell.parts.len());
            let mut hashed = Sets::new(computed);
            for (figure, part) in computed.figures.iter().zip(&cell.parts) {
                let hidden = small.or_else(|| primary::hides(cell, figure, part, rules));
                let sets = if hidden.is_some() { Vec::new() } else { hashed.of(figure, part) };
                row.push(Standing { hidden, sets: sets.into_iter().map(|set| (set, false)).collect() });
            }
            figures.push(row);
        }
        Table { kin: kin(computed), computed, rules, order, cells, figures }
    }

    /// Looks up what was released before.
    fn recall(&mut self, history: &History) {
        for (set, known) in self.figures.iter_mut().flatten().flat_map(|standing| &mut standing.sets) {
            *known = history.knows(&set.digest);
        }
    }

    fn part(&self, place: usize, figure: usize) -> &'a Part {
        &self.computed.cells[self.order[place]].parts[figure]
    }

    /// Hides what would give away what is hidden, until nothing does.
    fn beside(&mut self) {
        loop {
            self.complement();
            if !self.follow() {
                return;
            }
        }
    }

    /// Hides what tells of a set whose count is hidden: a sum over a mean is a count. Whether there was any.
    fn follow(&mut self) -> bool {
        let mut any = false;
        for row in &mut self.figures {
            let counts = row.iter().zip(&self.computed.figures).filter(|(_, figure)| sets::counts(figure));
            let hidden = counts.filter(|(s, _)| s.hidden.is_some()).flat_map(|(s, _)| &s.sets);
            let hidden: Vec<_> = hidden.map(|(set, _)| set.digest).collect();
            for standing in row.iter_mut().filter(|s| s.hidden.is_none()) {
                if standing.sets.iter().any(|(set, _)| hidden.contains(&set.digest)) {
                    standing.hidden = Some(Rule::Complement);
                    any = true;
                }
            }
        }
        any
    }

    /// Hides more beside what is hidden, kin by kin.
    fn complement(&mut self) {
        for kin in self.kin.clone() {
            // Quantiles of groups do not add up to any of the whole.
            if let Measure::Quantile(_) = self.computed.figures[kin[0]].measure {
                continue;
            }
            let counts = sets::counts(&self.computed.figures[kin[0]]);
            let places = self.places(&kin);
            let more = complement::more(&places, self.rules, counts);
            let hidden: Vec<usize> = (0..places.len()).filter(|i| places[*i].hidden).chain(more).collect();
            for i in hidden {
                for f in &kin {
                    self.figures[i][*f].hidden.get_or_insert(Rule::Complement);
                }
            }
        }
    }

    /// Every group as the complementary rule sees it, for figures that tell the same.
    fn places(&self, kin: &[usize]) -> Vec<Place<'a>> {
        let place = |i: usize| {
            let standings = kin.iter().map(|f| &self.figures[i][*f]);
            let hidden = standings.clone().any(|s| s.hidden.is_some_and(|rule| rule != Rule::Freedom))
                || standings.clone().all(|s| s.hidden.is_some());
            let itself = standings.clone().any(|s| s.hidden.is_some_and(|rule| rule != Rule::Complement));
            let known = standings.clone().all(|s| s.sets.iter().all(|(_, known)| *known));
            let part = self.part(i, kin[0]);
            // What is added up: amounts, and numbers of rows of which somebody may have many.
            let summed = kin.iter().any(|f| match self.computed.figures[*f].measure {
                Measure::Sum | Measure::Mean => true,
                Measure::Rows => self.computed.owners.is_some() && part.absolute == u128::from(part.rows),
                Measure::Persons | Measure::Variance | Measure::Deviation | Measure::Quantile(_) => false,
            });
            Place {
                labels: &self.computed.cells[self.order[i]].labels,
                persons: told(self.computed, kin[0], part),
                empty: self.computed.cells[self.order[i]].persons.is_empty(),
                amounts: summed.then_some(part),
                hidden,
                itself,
                known,
            }
        };
        (0..self.order.len()).map(place).collect()
    }

    /// Hides what must not be known beside what was released before, and beside the totals of this table, until nothing more
    /// is hidden; then what is more than may be new.
    fn linked(&mut self, history: &History, field: Field) {
        for round in 0.. {
            let fresh = self.released().len();
            if round == ROUNDS || fresh > history.room() {
                self.close();
                self.beside();
                return;
            }
            self.against(history, field);
            if self.released().len() == fresh {
                return;
            }
            self.beside();
        }
    }

    /// Hides all that is new.
    fn close(&mut self) {
        for standing in self.figures.iter_mut().flatten().filter(|s| s.hidden.is_none()) {
            standing.hidden = standing.sets.iter().any(|(_, known)| !known).then_some(Rule::Bound);
        }
    }

    fn against(&mut self, history: &History, field: Field) {
        let visible = self.figures.iter().flatten().filter(|s| s.hidden.is_none());
        let spaces: BTreeSet<Space> = visible.flat_map(|s| &s.sets).map(|(set, _)| set.space).collect();
        for space in spaces {
            let mut seen = std::collections::HashSet::new();
            let visible = self.figures.iter().flatten().filter(|s| s.hidden.is_none());
            let fresh = visible.flat_map(|s| &s.sets).filter(|(set, known)| set.space == space && !known);
            let fresh: Vec<&Told<'_>> =
                fresh.map(|(set, _)| set).filter(|set| seen.insert(set.digest)).collect();
            let new: Vec<linked::New<'_>> = fresh
                .iter()
                .map(|s| linked::New { members: s.members, layers: s.layers, persons: s.persons })
                .collect();
            let owners = self.computed.owners.as_deref().filter(|_| space.of_rows());
            let before = self.totals(history.atoms(space), space, owners, field);
            let verdicts = linked::judge(&before, &new, self.rules.least, owners, field);
            let refused: std::collections::HashMap<_, _> = fresh
                .iter()
                .zip(&verdicts)
                .filter_map(|(set, verdict)| match verdict {
                    Verdict::Free => None,
                    Verdict::Linked => Some((set.digest, Rule::Linked)),
                    Verdict::Bound => Some((set.digest, Rule::Bound)),
                })
                .collect();
            for standing in self.figures.iter_mut().flatten().filter(|s| s.hidden.is_none()) {
                standing.hidden = standing.sets.iter().find_map(|(set, _)| refused.get(&set.digest).copied());
            }
        }
    }

    /// What was released before, and the totals of this table that may be asked for next: of all along which something is
    /// hidden, those that could be released beside each other.
    fn totals<'h>(
        &self,
        before: Cow<'h, Atoms>,
        space: Space,
        owners: Option<&[u32]>,
        field: Field,
    ) -> Cow<'h, Atoms> {
        let (mut totals, mut seen) = (Vec::new(), std::collections::HashSet::new());
        for kin in &self.kin {
            let places = self.places(kin);
            if !places.iter().any(|place| place.hidden) {
                continue;
            }
            for line in complement::lines(&places) {
                if line.len() < 2 || !line.iter().any(|i| places[*i].hidden) {
                    continue;
                }
                let members = |i: &usize| self.added(kin, *i).filter(|(of, _)| *of == space);
                let mut total = RoaringBitmap::new();
                line.iter().filter_map(members).for_each(|(_, members)| total |= members);
                if !total.is_empty() && seen.insert(sets::digest(space, &total, &[])) {
                    totals.push(total);
                }
            }
        }
        if totals.is_empty() {
            return before;
        }
        let new: Vec<linked::New<'_>> = totals
            .iter()
            .map(|total| linked::New { members: total, layers: &[], persons: total.len() })
            .collect();
        let verdicts = linked::judge(&before, &new, self.rules.least, owners, field);
        let mut with = before.clone().into_owned();
        for (total, _) in totals.iter().zip(verdicts).filter(|(_, verdict)| *verdict == Verdict::Free) {
            // Where there is no room for it there is none for what is new, either.
            if with.add(total, &[]).is_err() {
                return before;
            }
        }
        Cow::Owned(with)
    }

    /// What adds up to a total of figures that tell the same: the members of one group, and what they are.
    fn added(&self, kin: &[usize], place: usize) -> Option<(Space, &'a RoaringBitmap)> {
        let part = self.part(place, kin[0]);
        let figures = || kin.iter().map(|f| &self.computed.figures[*f]);
        let rows = self.computed.owners.is_some();
        match figures().find(|figure| matches!(figure.measure, Measure::Sum | Measure::Mean)) {
            Some(figure) => {
                let members = if rows { &part.telling_lines } else { &part.telling };
                Some((Space::Amounts(figure.column.unwrap_or(u32::MAX)), members))
            }
            None if !figures().all(sets::counts) => None,
            None if rows && figures().any(|figure| figure.measure == Measure::Rows) => {
                Some((Space::Lines, &part.lines))
            }
            None => Some((Space::Persons, &part.persons)),
        }
    }

    /// The sets that are released for the first time.
    fn released(&self) -> Vec<&Told<'a>> {
        let visible = self.figures.iter().flatten().filter(|s| s.hidden.is_none());
        let fresh = visible.flat_map(|s| &s.sets).filter(|(_, known)| !known).map(|(set, _)| set);
        let mut seen = std::collections::HashSet::new();
        fresh.filter(|set| seen.insert(set.digest)).collect()
    }

    fn shown(&self, secret: &[u8; 32]) -> Released {
        let (mut cells, mut trace) = (Vec::new(), Vec::new());
        for (i, place) in self.order.iter().enumerate() {
            let cell = &self.computed.cells[*place];
            if let Some(rule) = self.cells[i] {
                trace.push(Hidden { cell: *place, figure: None, rule });
                continue;
            }
            let mut values = Vec::with_capacity(cell.parts.len());
            for (f, figure) in self.computed.figures.iter().enumerate() {
                let standing = &self.figures[i][f];
                if let Some(rule) = standing.hidden {
                    trace.push(Hidden { cell: *place, figure: Some(f), rule });
                    values.push(None);
                    continue;
                }
                let (part, rules) = (&cell.parts[f], self.rules);
                let binary = sets::zeros_and_ones(figure, part);
                values.push(Some(Counted { rules, secret, binary }.value(figure, part)));
            }
            if values.is_empty() || values.iter().any(Option::is_some) {
                cells.push(Shown { labels: cell.labels.clone(), values });
            }
        }
        let (keys, figures) = (self.computed.keys.clone(), self.computed.figures.clone());
        trace.sort_by_key(|hidden| (hidden.cell, hidden.figure));
        Released { table: Seen { keys, figures, cells }, trace }
    }
}

/// Whoever a figure of a cell tells of.
fn told<'a>(computed: &Computed, figure: usize, part: &'a Part) -> &'a RoaringBitmap {
    if sets::zeros_and_ones(&computed.figures[figure], part) { &part.telling } else { &part.persons }
}

/// Figures that tell the same in every cell, so that hiding one is of no use without the others: counts of the
/// same persons, sums and means of the same values, their variances and deviations.
fn kin(computed: &Computed) -> Vec<Vec<usize>> {
    let mut kin: Vec<Vec<usize>> = Vec::new();
    let spread = |f: usize| match computed.figures[f].measure {
        Measure::Variance | Measure::Deviation => 1,
        Measure::Quantile(_) => 2,
        _ => 0,
    };
    let akin = |a: usize, b: usize| {
        sets::counts(&computed.figures[a]) == sets::counts(&computed.figures[b])
            && spread(a) == spread(b)
            && computed.cells.iter().all(|cell| {
                let (x, y) = (&cell.parts[a], &cell.parts[b]);
                (x.rows, x.sum, x.squares) == (y.rows, y.sum, y.squares) && x.persons == y.persons
            })
    };
    for figure in 0..computed.figures.len() {
        match kin.iter_mut().find(|k| akin(k[0], figure)) {
            Some(found) => found.push(figure),
            None => kin.push(vec![figure]),
        }
    }
    kin
}

/// Whether the table is what these rules take it to be.
fn whole(computed: &Computed, rules: &Rules) -> Result<(), JudgeError> {
    let misfit = |what| Err(JudgeError::Misfit(what));
    let mut labels = std::collections::HashSet::new();
    for cell in &computed.cells {
        if cell.labels.len() != computed.keys.len() || cell.parts.len() != computed.figures.len() {
            return misfit("a group has not one value a column");
        }
        if !labels.insert(&cell.labels) {
            return misfit("two groups have the same labels");
        }
        for (figure, part) in computed.figures.iter().zip(&cell.parts) {
            if !part.persons.is_subset(&cell.persons) || !part.telling.is_subset(&part.persons) {
                return misfit("a part is no part of its group");
            }
            let named = if computed.owners.is_some() { &part.lines } else { &part.persons };
            if named.len() != part.rows {
                return misfit("rows of a part are not named one by one");
            }
            if !part.telling_lines.is_subset(&part.lines) {
                return misfit("rows that tell are no part of the rows");
            }
            let wanted = rules.looks_at().min(usize::try_from(part.telling.len()).unwrap_or(usize::MAX));
            if !sets::counts(figure) && part.largest.len() < wanted {
                return misfit("too few of the largest contributions");
            }
        }
    }
    Ok(())
}

/// Whether every row that was or would be released is somebody's, and named as before.
fn fitting(computed: &Computed, history: &History) -> Result<(), JudgeError> {
    let Some(owners) = &computed.owners else {
        return if history.atoms(Space::Lines).members() == 0 {
            Ok(())
        } else {
            Err(JudgeError::Misfit("rows were named before and are not now"))
        };
    };
    let rows = history.spaces().filter(|space| space.of_rows());
    let before = rows.map(|space| history.atoms(space).members()).max().unwrap_or(0);
    let parts = computed.cells.iter().flat_map(|cell| &cell.parts);
    let top = parts.filter_map(|part| part.lines.max()).max().map_or(0, |m| m as usize + 1);
    if top.max(before) > owners.len() {
        return Err(JudgeError::Misfit("a row is nobody's"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
