//! Oracles that know nothing of moves: solving the sums, and looking for other regions behind the same figures.

use super::*;
use proptest::prelude::*;

const PRIME: u64 = 2_147_483_647;

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

/// A space of sums of regions, modulo a prime that stands for the rationals.
struct Span(Vec<Vec<u64>>);

impl Span {
    /// What remains of a sum once those of the space are taken off.
    fn rest(&self, mut sum: Vec<u64>) -> Vec<u64> {
        for row in &self.0 {
            let lead = row.iter().position(|v| *v != 0).expect("a row is not zero");
            let factor = sum[lead];
            if factor != 0 {
                sum.iter_mut().zip(row).for_each(|(v, r)| *v = (*v + (PRIME - factor) * r) % PRIME);
            }
        }
        sum
    }

    fn add(&mut self, sum: Vec<u64>) {
        let rest = self.rest(sum);
        if let Some(lead) = rest.iter().position(|v| *v != 0) {
            let inverse = power(rest[lead], PRIME - 2);
            self.0.push(rest.iter().map(|v| v * inverse % PRIME).collect());
        }
    }

    fn tells(&self, sum: Vec<u64>) -> bool {
        self.rest(sum).iter().all(|v| *v == 0)
    }
}

/// The regions (cell, mask) that a figure sums, and what is shown of it.
type Figure = (Vec<(usize, usize)>, Option<u64>);

/// Every figure there is, as the regions it sums (cell, mask), with what is shown of it.
fn figures(released: &Released, masks: usize) -> Vec<Figure> {
    let (shape, all) = (released.shape, released.shape.with_totals());
    let mut figures = Vec::new();
    for (row, column) in (0..all.rows).flat_map(|row| (0..all.columns).map(move |column| (row, column))) {
        let shown = released.at(row, column).expect("a cell");
        let cells = (0..shape.rows * shape.columns).filter(|cell| {
            let (r, c) = (cell / shape.columns, cell % shape.columns);
            (row == r || row == shape.rows) && (column == c || column == shape.columns)
        });
        let cells: Vec<usize> = cells.collect();
        for mask in 1..=masks {
            let counted = |counts: &dyn Fn(usize) -> bool| {
                let of =
                    |cell: &usize| (1..=masks).filter(|m| counts(*m)).map(|m| (*cell, m)).collect::<Vec<_>>();
                cells.iter().flat_map(of).collect::<Vec<_>>()
            };
            figures.push((counted(&|m| m == mask), shown.exactly[mask - 1]));
            figures.push((counted(&|m| m & mask == mask), shown.all[mask - 1]));
            figures.push((counted(&|m| m & mask != 0), shown.any[mask - 1]));
        }
    }
    figures
}

fn vector(regions: &[(usize, usize)], cells: usize, masks: usize) -> Vec<u64> {
    let mut vector = vec![0; cells * masks];
    regions.iter().for_each(|(cell, mask)| vector[cell * masks + mask - 1] = 1);
    vector
}

fn check(numbers: &[Vec<u64>], shape: Shape, parties: usize, minimum: u64, groups: &[Vec<bool>]) {
    let cells: Vec<Regions> = numbers.iter().map(|numbers| Regions::from_numbers(numbers)).collect();
    let masks = (1 << parties) - 1;
    let released = release(&cells, shape, parties, minimum);
    assert!(released.fits(parties, shape));
    let figures = figures(&released, masks);
    let (mut readers, mut everybody) = (Span(Vec::new()), Span(Vec::new()));
    for (regions, shown) in &figures {
        let truth: u64 = regions.iter().map(|(cell, mask)| numbers[*cell][mask - 1]).sum();
        assert!(shown.is_none_or(|shown| shown == truth), "a wrong figure");
        assert!(shown.is_none() || truth == 0 || truth >= minimum, "a small figure");
        if shown.is_some() {
            readers.add(vector(regions, cells.len(), masks));
        }
    }
    readers.0.iter().for_each(|row| everybody.add(row.clone()));
    for (cell, party) in (0..cells.len()).flat_map(|cell| (0..parties).map(move |party| (cell, party))) {
        let set: Vec<_> = (1..=masks).filter(|m| m >> party & 1 == 1).map(|m| (cell, m)).collect();
        everybody.add(vector(&set, cells.len(), masks));
    }
    let small = |size: u64| size > 0 && size < minimum;
    let all = (0..cells.len()).flat_map(|cell| (1..=masks).map(move |mask| (cell, mask)));
    let smalls: Vec<_> = all.filter(|(cell, mask)| small(numbers[*cell][mask - 1])).collect();
    let zeros = (0..cells.len()).flat_map(|cell| (1..=masks).map(move |mask| (cell, mask)));
    let low: Vec<_> = zeros.filter(|(cell, mask)| numbers[*cell][mask - 1] < minimum).collect();
    let singles = smalls.iter().map(|one| vec![*one]);
    let unions = groups.iter().map(|picked| {
        low.iter().zip(picked.iter().cycle()).filter(|(_, picked)| **picked).map(|(one, _)| *one).collect()
    });
    for group in singles.chain(unions) {
        let size: u64 = group.iter().map(|(cell, mask)| numbers[*cell][mask - 1]).sum();
        if small(size) {
            let vector = vector(&group, cells.len(), masks);
            assert!(!readers.tells(vector.clone()), "{group:?} of {size} follows from what is shown");
            assert!(
                released.open_to_parties > 0 || !everybody.tells(vector),
                "{group:?} of {size} for parties"
            );
        }
    }
    others(numbers, shape, parties, minimum, &figures);
}

/// Behind the same figures there may be regions in which a small one is 0, and others in which it is not small.
fn others(numbers: &[Vec<u64>], shape: Shape, parties: usize, minimum: u64, figures: &[Figure]) {
    let cells: Vec<Regions> = numbers.iter().map(|numbers| Regions::from_numbers(numbers)).collect();
    let kernels = Kernels::new(parties);
    let mut plan = Plan::new(&cells, shape, &kernels, minimum);
    plan.protect();
    for (cell, mask) in (0..cells.len()).flat_map(|cell| (1..1usize << parties).map(move |mask| (cell, mask)))
    {
        let size = numbers[cell][mask - 1];
        if size == 0 || size >= minimum {
            continue;
        }
        for wanted in [0, minimum] {
            let reached = plan.moves.iter().any(|one| {
                let mut moved: Vec<Vec<i64>> =
                    numbers.iter().map(|row| row.iter().map(|n| *n as i64).collect()).collect();
                let mut delta = vec![vec![0i64; (1 << parties) - 1]; cells.len()];
                for (row, column, as_is) in one.cells() {
                    for &(m, up) in &one.kernel.changes {
                        delta[row * shape.columns + column][m - 1] += if up == as_is { 1 } else { -1 };
                    }
                }
                let step = delta[cell][mask - 1];
                if step == 0 {
                    return false;
                }
                let times = (wanted as i64 - size as i64) * step;
                moved.iter_mut().flatten().zip(delta.iter().flatten()).for_each(|(n, d)| *n += d * times);
                let same = figures.iter().all(|(regions, shown)| {
                    let sum: i64 = regions.iter().map(|(cell, mask)| moved[*cell][mask - 1]).sum();
                    shown.is_none_or(|shown| shown as i64 == sum)
                });
                same && moved.iter().flatten().all(|n| *n >= 0)
            });
            assert!(reached, "region {mask} of cell {cell} with {size} cannot be {wanted}");
        }
    }
}

#[test]
fn large_regions_are_all_shown() {
    let cells = vec![Regions::from_numbers(&[20, 30, 0, 40, 10, 11, 12]); 6];
    let released = release(&cells, Shape { rows: 2, columns: 3 }, 3, 10);
    assert_eq!((released.hidden, released.open_to_parties), (0, 0));
    let total = released.at(2, 3).expect("the total");
    assert_eq!((total.exactly[0], total.all[0], total.any[6]), (Some(120), Some(252), Some(738)));
    assert_eq!(released.at(0, 0).expect("a cell").all[6], Some(12));
}

#[test]
fn one_small_region_among_large_ones_costs_a_ring() {
    let mut cells = vec![Regions::from_numbers(&[200, 300, 100, 400, 100, 110, 120]); 12];
    cells[5] = Regions::from_numbers(&[200, 300, 3, 400, 100, 110, 120]);
    let released = release(&cells, Shape { rows: 3, columns: 4 }, 3, 10);
    assert_eq!(released.open_to_parties, 0);
    let hidden = |row: usize, column: usize| {
        let cell = released.at(row, column).expect("a cell");
        [&cell.exactly, &cell.all, &cell.any].into_iter().flatten().filter(|f| f.is_none()).count()
    };
    let with_totals: usize =
        (0..4).map(|row| hidden(row, 4)).chain((0..5).map(|column| hidden(3, column))).sum();
    assert_eq!(with_totals, 0, "all totals stay");
    let touched = (0..12).filter(|cell| hidden(cell / 4, cell % 4) > 0).count();
    assert_eq!(touched, 4);
    assert!(released.hidden <= 4 * 9, "{}", released.hidden);
}

#[test]
fn a_single_small_cell_tells_nothing_of_it() {
    for parties in 3..=5 {
        let mut numbers = vec![0; (1 << parties) - 1];
        numbers[0] = 3;
        check(&[numbers], Shape { rows: 1, columns: 1 }, parties, 10, &[]);
    }
}

#[test]
fn a_table_of_another_shape_is_not_taken() {
    let shape = Shape { rows: 2, columns: 1 };
    let cell = Regions::from_numbers(&[20; 7]);
    let released = release(&[cell.clone(), cell], shape, 3, 10);
    assert!(released.fits(3, shape) && released.cells.len() == 3);
    assert!(!released.fits(4, shape) && !released.fits(3, Shape { rows: 1, columns: 2 }));
    let altered: [fn(&mut Released); 4] = [
        |table| table.cells.truncate(2),
        |table| table.cells[1].any.clear(),
        |table| table.cells[2].all.push(None),
        |table| table.shape.rows = 3,
    ];
    for alter in altered {
        let mut table = released.clone();
        alter(&mut table);
        assert!(!table.fits(3, shape));
    }
    let text = serde_json::to_string(&released).expect("text");
    assert_eq!(serde_json::from_str::<Released>(&text).expect("a table"), released);
    assert!(serde_json::from_str::<Released>(&text.replace("\"all\"", "\"every\"")).is_err());
}

#[test]
fn without_a_minimum_all_is_shown() {
    let cells = [Regions::from_numbers(&[1, 2, 3, 4, 5, 6, 7])];
    assert_eq!(release(&cells, Shape { rows: 1, columns: 1 }, 3, 1).hidden, 0);
}

fn tables() -> impl Strategy<Value = (usize, Shape, Vec<Vec<u64>>)> {
    (3usize..=4, 1usize..=3, 1usize..=3).prop_flat_map(|(parties, rows, columns)| {
        let size = prop_oneof![2 => Just(0u64), 2 => 0u64..8, 6 => 5u64..40, 2 => 1_000u64..3_000];
        let cell = proptest::collection::vec(size, (1 << parties) - 1);
        let cells = proptest::collection::vec(cell, rows * columns);
        cells.prop_map(move |cells| (parties, Shape { rows, columns }, cells))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_small_group_follows(
        (parties, shape, cells) in tables(),
        minimum in 2u64..8,
        groups in proptest::collection::vec(proptest::collection::vec(proptest::bool::weighted(0.3), 31), 40),
    ) {
        check(&cells, shape, parties, minimum, &groups);
    }
}
