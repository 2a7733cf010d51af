//! Cell suppression in a table with totals.
//!
//! Small counts are hidden first; then others, so that no hidden count follows from the totals. In
//! a table with its row and column totals, written with totals negated, every line sums to zero;
//! take lines as nodes and hidden cells as edges between their row and their column, and a hidden
//! count follows from the rest by sums exactly if its edge is a bridge (D. Gusfield, "A graph
//! theoretic approach to statistical data security", SIAM Journal on Computing 17(3), 1988). So
//! bridges are closed into rings until there is none. As counts are never negative, a line whose
//! hidden counts sum to less than the minimum would still bound them from above by that: more is
//! hidden in such a line too. Totals are cells like all others and are hidden last.

pub(super) type Table = Vec<Vec<u64>>;
pub(super) type Mask = Vec<Vec<bool>>;

/// Adds a total to each row, and a row of totals.
pub(super) fn with_totals(mut rows: Table) -> Table {
    for row in &mut rows {
        row.push(row.iter().sum());
    }
    let width = rows.first().map_or(1, Vec::len);
    rows.push((0..width).map(|c| rows.iter().map(|row| row[c]).sum()).collect());
    rows
}

/// The counts that are small, and not 0.
pub(super) fn small(table: &Table, minimum: u64) -> Mask {
    let is_small = |row: &Vec<u64>| row.iter().map(|&count| count > 0 && count < minimum).collect();
    table.iter().map(is_small).collect()
}

/// What remains to be shown.
pub(super) fn apply(table: &Table, hidden: &Mask) -> Vec<Vec<Option<u64>>> {
    let line = |(row, hide): (&Vec<u64>, &Vec<bool>)| {
        row.iter().zip(hide).map(|(&count, &hide)| (!hide).then_some(count)).collect()
    };
    table.iter().zip(hidden).map(line).collect()
}

/// Hides more than is `wanted`, until nothing hidden follows from what is shown.
pub(super) fn hidden(table: &Table, wanted: &Mask, minimum: u64) -> Mask {
    let mut plan = Plan { table, hidden: wanted.clone(), rows: table.len(), columns: table[0].len() };
    while let Some((row, column)) = plan.bridge().or_else(|| plan.thin(minimum)) {
        if !plan.close(row, column) {
            break;
        }
    }
    plan.hidden
}

struct Plan<'a> {
    table: &'a Table,
    hidden: Mask,
    rows: usize,
    columns: usize,
}

impl Plan<'_> {
    /// A hidden cell that follows from the others, if there is one.
    fn bridge(&self) -> Option<(usize, usize)> {
        let cells = (0..self.rows).flat_map(|r| (0..self.columns).map(move |c| (r, c)));
        cells.filter(|&(r, c)| self.hidden[r][c]).find(|&(r, c)| !self.connected_without(r, c))
    }

    /// Whether row `r` and column `c` are connected by hidden cells other than their own.
    fn connected_without(&self, r: usize, c: usize) -> bool {
        let (mut rows, mut columns) = (vec![false; self.rows], vec![false; self.columns]);
        let mut todo = vec![(true, r)];
        rows[r] = true;
        while let Some((is_row, at)) = todo.pop() {
            let others = if is_row { self.columns } else { self.rows };
            for other in 0..others {
                let (row, column) = if is_row { (at, other) } else { (other, at) };
                let seen = if is_row { &mut columns[other] } else { &mut rows[other] };
                if !self.hidden[row][column] || (row, column) == (r, c) || *seen {
                    continue;
                }
                *seen = true;
                todo.push((!is_row, other));
            }
        }
        columns[c]
    }

    /// A hidden cell in a line whose hidden counts sum to something less than the minimum, if one
    /// more cell of that line could still be hidden.
    fn thin(&self, minimum: u64) -> Option<(usize, usize)> {
        let row = |r: usize| (0..self.columns).map(move |c| (r, c)).collect::<Vec<_>>();
        let column = |c: usize| (0..self.rows).map(move |r| (r, c)).collect::<Vec<_>>();
        let lines = (0..self.rows).map(row).chain((0..self.columns).map(column));
        for line in lines {
            let inner = |&&(r, c): &&(usize, usize)| r + 1 < self.rows && c + 1 < self.columns;
            let at = |&(r, c): &(usize, usize)| self.hidden[r][c].then_some(self.table[r][c]);
            let counts: Vec<u64> = line.iter().filter(inner).filter_map(at).collect();
            let sum: u64 = counts.iter().sum();
            let total_hidden = line.last().is_some_and(|&(r, c)| self.hidden[r][c]);
            let open = line.iter().any(|&(r, c)| !self.hidden[r][c] && self.table[r][c] > 0);
            if sum > 0 && sum < minimum && !total_hidden && open {
                return line.iter().copied().find(|&(r, c)| self.hidden[r][c]);
            }
        }
        None
    }

    /// What it costs to hide a cell: nothing if it is hidden; people lost; totals and empty cells
    /// (which protect little) last.
    fn cost(&self, r: usize, c: usize) -> u64 {
        let totals = u64::from(r + 1 == self.rows) + u64::from(c + 1 == self.columns);
        match self.table[r][c] {
            _ if self.hidden[r][c] => 0,
            0 => 1 << 40,
            count => count.min(1 << 30) + (totals << 34),
        }
    }

    /// Closes the cheapest ring of four through a hidden cell. False if everything that could be
    /// hidden for it already is.
    fn close(&mut self, row: usize, column: usize) -> bool {
        let corners = |r: usize, c: usize| [(row, c), (r, column), (r, c)];
        let rings = (0..self.rows)
            .filter(|r| *r != row)
            .flat_map(|r| (0..self.columns).filter(|c| *c != column).map(move |c| (r, c)));
        let price = |&(r, c): &(usize, usize)| -> u64 {
            corners(r, c).into_iter().map(|(r, c)| self.cost(r, c)).sum()
        };
        let Some((r, c)) = rings.filter(|ring| price(ring) > 0).min_by_key(price) else { return false };
        for (r, c) in corners(r, c) {
            self.hidden[r][c] = true;
        }
        true
    }
}
