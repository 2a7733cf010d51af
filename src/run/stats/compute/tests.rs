//! Tables of every kind, computed by three parties on three threads, against the same in the clear.

use super::*;
use crate::contract::StatsTerms;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use yinshu_mpc::outside::Provider;
use yinshu_mpc::release::Rule;
use yinshu_mpc::release::pattern::Shape;
use yinshu_net::{Channel, PartyId, memory};

/// How many values of a party are at most bounds.
pub(in crate::run::stats) type AtMostOf<'a> = &'a (dyn Fn(usize, &[(usize, i64)]) -> Vec<Z64> + Sync);

/// Charges a party, or does not.
type PayOf<'a> = &'a (dyn Fn(Role) -> Result<(), MpcError> + Sync);

fn name(role: Role) -> PartyId {
    PartyId::new(["bureau", "tax", "social"][role.number()]).expect("a name")
}

/// Runs the computation at all three: what each gets.
pub(in crate::run::stats) fn three(
    layout: &Layout,
    own: &[Vec<Z64>; 3],
    at_most: AtMostOf<'_>,
    security: yinshu_mpc::Security,
    seed: u64,
) -> Vec<Opened> {
    three_and(layout, (own, &[]), at_most, security, seed)
}

/// The same, with what those share that do not compute.
fn three_and(
    layout: &Layout,
    shared: SharedBy<'_>,
    at_most: AtMostOf<'_>,
    security: yinshu_mpc::Security,
    seed: u64,
) -> Vec<Opened> {
    let ended = outcomes(layout, (shared, at_most), security, seed, &|_| Ok(()));
    let well = |(opened, noted): (Result<Opened, MpcError>, usize)| {
        assert_eq!(noted, 1, "what is hidden is told once, before the rest opens");
        opened.expect("it ends well")
    };
    ended.into_iter().map(well).collect()
}

/// What the three share, and those that do not compute.
type SharedBy<'a> = (&'a [Vec<Z64>; 3], &'a [Vec<Z64>]);

/// How it ends at each, and how often each was told what is hidden, which is before anything else opens.
fn outcomes(
    layout: &Layout,
    ((own, outside), at_most): (SharedBy<'_>, AtMostOf<'_>),
    security: yinshu_mpc::Security,
    seed: u64,
    pay: PayOf<'_>,
) -> Vec<(Result<Opened, MpcError>, usize)> {
    let terms = Digest::sha256(b"terms");
    let mut links: [Vec<Box<dyn Channel>>; 3] = Default::default();
    let mut theirs: Vec<[Box<dyn Channel>; 3]> = Vec::new();
    for provider in ["water", "school"].iter().take(outside.len()) {
        theirs.push(Role::ALL.map(|role| {
            let (mine, other) = memory::pair(PartyId::new(*provider).expect("a name"), name(role));
            links[role.number()].push(Box::new(other));
            Box::new(mine) as Box<dyn Channel>
        }));
    }
    let mut ends: [[Option<Box<dyn Channel>>; 2]; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        ends[role.number()][1] = Some(Box::new(mine));
        ends[role.next().number()][0] = Some(Box::new(theirs));
    }
    std::thread::scope(|scope| {
        for (channels, words) in theirs.into_iter().zip(outside) {
            scope.spawn(move || {
                let mut provider = Provider::meet(channels, &terms, &mut ChaCha20Rng::seed_from_u64(seed))?;
                provider.share(words)?;
                provider.finish()
            });
        }
        let parties = Role::ALL.into_iter().zip(ends).zip(links);
        let handles: Vec<_> = parties
            .map(|((role, [previous, next]), links)| {
                let own = &own[role.number()];
                scope.spawn(move || {
                    let mut rng = ChaCha20Rng::seed_from_u64(seed * 3 + role.number() as u64);
                    let (previous, next) = previous.zip(next).expect("two channels");
                    let context =
                        Context::join(role, previous, next, &terms, security, &mut rng).expect("they meet");
                    let (mut noted, mut intakes) = (0, Vec::new());
                    let mut note = |_: &[bool]| {
                        noted += 1;
                        Ok(())
                    };
                    let opened = context.run(|context| {
                        for link in links {
                            intakes.push(Intake::meet(link, role, &terms)?);
                        }
                        let at_most = |_: usize, bounds: &[(usize, i64)]| at_most(role.number(), bounds);
                        let told: (Pay<'_, _>, Note<'_, _>, Phase<'_>) =
                            (&mut || pay(role), &mut note, &mut |_| {});
                        compute(context, layout, (own, &at_most, &mut intakes), told)
                    });
                    intakes.into_iter().for_each(|intake| intake.part(&opened));
                    (opened, noted)
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    })
}

/// Persons of a party: cell and value.
fn persons(rng: &mut ChaCha20Rng, cells: usize) -> Vec<(usize, i64)> {
    let crowded = rng.random_range(0..=3);
    (0..crowded * cells * rng.random_range(1..4))
        .map(|_| {
            (
                rng.random_range(0..cells) & rng.random_range(0..cells.next_power_of_two()),
                i64::from(rng.next_u32() % 1000),
            )
        })
        .map(|(cell, value)| (cell, if value < 20 { value * 1000 } else { value }))
        .collect()
}

/// The totals of a cell-by-cell vector.
fn totals(shape: Shape, cells: &[i64]) -> Vec<i64> {
    let all = shape.with_totals();
    let mut out = vec![0; all.rows * all.columns];
    for (at, value) in cells.iter().enumerate() {
        let (row, column) = (at / shape.columns, at % shape.columns);
        let rows = std::iter::once(row).chain((shape.rows > 1).then_some(shape.rows));
        for row in rows {
            let columns = std::iter::once(column).chain((shape.columns > 1).then_some(shape.columns));
            columns.for_each(|column| out[row * all.columns + column] += value);
        }
    }
    out
}

#[test]
fn nothing_small_is_shown_and_what_is_shown_is_right() {
    for seed in 0..100u64 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let shape = Shape { rows: rng.random_range(1..5), columns: rng.random_range(1..5) };
        let cells = shape.rows * shape.columns;
        let minimum: u64 = [1, 3, 4, 5, 7][rng.random_range(0..5)];
        let dominance = minimum > 1 && rng.random_range(0..3) == 0;
        let receivers: Vec<Role> = Role::ALL.into_iter().take(rng.random_range(1..4)).collect();
        let median = if receivers.len() == 3 { ", \"median\"" } else { "" };
        let percent = if dominance { "dominance_percent = 60\n" } else { "" };
        let stats = format!(
            "person = \"id\"\nreceivers = []\nmax_rows = 1000\nmax_runs = 1\n{percent}\
             [[measure]]\ncolumn = \"v\"\nstatistics = [\"sum\"{median}]\nmin = 0\nmax = 30000\n"
        );
        let stats: StatsTerms = toml::from_str(&stats).expect("terms");
        let rule = Rule { minimum, percent: dominance.then_some(60) };
        let layout = Layout::of(&stats, shape, rule, receivers.clone());
        let held: [Vec<(usize, i64)>; 3] = std::array::from_fn(|_| persons(&mut rng, cells));
        let of = |party: usize, f: &dyn Fn(&mut i64, i64)| {
            let mut vector = vec![0i64; cells];
            held[party].iter().for_each(|&(cell, value)| f(&mut vector[cell], value));
            vector
        };
        let counts: [Vec<i64>; 3] = std::array::from_fn(|p| of(p, &|sum, _| *sum += 1));
        let sums: [Vec<i64>; 3] = std::array::from_fn(|p| of(p, &|sum, value| *sum += value));
        let greatest: [Vec<i64>; 3] = std::array::from_fn(|p| of(p, &|most, value| *most = value.max(*most)));
        let own = std::array::from_fn(|p| {
            let mut all = [counts[p].clone(), sums[p].clone()].concat();
            all.extend(if dominance { greatest[p].clone() } else { Vec::new() });
            all.into_iter().map(Z64::from).collect()
        });
        let checked =
            if seed % 4 == 0 { yinshu_mpc::Security::Malicious } else { yinshu_mpc::Security::SemiHonest };
        let across = shape.with_totals().columns;
        let covers = |figure: usize, cell: usize| {
            let (row, column) = (figure / across, figure % across);
            (row == shape.rows || row == cell / shape.columns)
                && (column == shape.columns || column == cell % shape.columns)
        };
        let at_most = |party: usize, bounds: &[(usize, i64)]| {
            let count = |&(figure, bound): &(usize, i64)| {
                held[party].iter().filter(|(cell, value)| covers(figure, *cell) && *value <= bound).count()
            };
            bounds.iter().map(|bound| Z64(count(bound) as u64)).collect()
        };
        let opened = three(&layout, &own, &at_most, checked, seed);
        let add = |parts: &[Vec<i64>; 3], without: Option<usize>| {
            let parts = (0..3).filter(|p| Some(*p) != without).map(|p| &parts[p]);
            parts.fold(vec![0; cells], |sum, part| {
                sum.iter().zip(part).map(|(a, b)| a + b).collect::<Vec<i64>>()
            })
        };
        let (n, sum) = (totals(shape, &add(&counts, None)), totals(shape, &add(&sums, None)));
        // What each reader sees: everything, or what is not its own.
        let readers: Vec<Option<usize>> =
            std::iter::once(None).chain(receivers.iter().map(|role| Some(role.number()))).collect();
        let of_each = |parts: &[Vec<i64>; 3]| -> Vec<Vec<i64>> {
            readers.iter().map(|&without| totals(shape, &add(parts, without))).collect()
        };
        let (groups, sums_seen) = (of_each(&counts), of_each(&sums));
        let everything =
            opened[0].table.hidden.iter().all(|hidden| *hidden) && !opened[0].table.ruled.contains(&true);
        for (at, hidden) in opened[0].table.hidden.iter().enumerate() {
            let few = groups.iter().any(|group| (1..minimum.cast_signed()).contains(&group[at]));
            assert!(*hidden || !few, "figure {at} is small and shown");
            let (row, column) = (at / across, at % across);
            let cell = row < shape.rows && column < shape.columns;
            let most = |without: Option<usize>| {
                let parties = (0..3).filter(|p| Some(*p) != without);
                parties.map(|p| greatest[p].get(row * shape.columns + column).copied().unwrap_or(0)).max()
            };
            let above = |(&without, sums): (&Option<usize>, &Vec<i64>)| {
                60 * sums[at] < 100 * most(without).unwrap_or(0)
            };
            let dominated = dominance && cell && readers.iter().zip(&sums_seen).any(above);
            assert!(everything || opened[0].table.ruled[at] == (cell && (few || dominated)), "figure {at}");
            assert!(*hidden || !dominated);
        }
        for role in Role::ALL {
            let found = &opened[role.number()];
            assert_eq!(
                (&found.table.hidden, &found.table.ruled),
                (&opened[0].table.hidden, &opened[0].table.ruled)
            );
            assert_eq!(found.shown.is_some(), receivers.contains(&role), "{role:?}");
            for (at, median) in found.ranked.iter().flat_map(|(_, medians)| medians.iter().enumerate()) {
                assert_eq!(median.is_none(), found.table.hidden[at]);
                let all = held.iter().flatten().filter(|(cell, _)| covers(at, *cell));
                let mut all: Vec<i64> = all.map(|(_, value)| *value).collect();
                all.sort_unstable();
                let truth = all.get(all.len().div_ceil(2).saturating_sub(1)).copied();
                if let (Some(median), Some(truth)) = (median, truth) {
                    assert_eq!(*median, truth, "median {at}");
                }
            }
            let Some(shown) = &found.shown else { continue };
            let all =
                [shown.counts.iter().map(|count| count.map(i128::from)).collect(), shown.sums[0].clone()];
            for (figures, truth) in all.iter().zip([&n, &sum]) {
                let expected = truth
                    .iter()
                    .zip(&found.table.hidden)
                    .map(|(value, hidden)| (!hidden).then_some(i128::from(*value)));
                assert_eq!(*figures, expected.collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_receiver_in_league_with_an_owner_that_does_not_compute_subtracts_no_person() {
    let stats = "person = \"id\"\nreceivers = []\nmax_rows = 1000\nmax_runs = 1\ndominance_percent = 50\n\
         [[measure]]\ncolumn = \"v\"\nstatistics = [\"sum\"]\nhistogram = [10]\nmin = 0\nmax = 1000\n";
    let stats: StatsTerms = toml::from_str(stats).expect("terms");
    let rule = Rule { minimum: 5, percent: Some(50) };
    let layout = Layout::of(&stats, Shape { rows: 1, columns: 4 }, rule, vec![Role::First]);
    // Of each cell persons, sum and the greatest value; then values below 10 and others.
    let words = |cells: [[i64; 3]; 4], bins: [i64; 2]| -> Vec<Z64> {
        let all = (0..3).flat_map(|part| cells.map(|cell| cell[part])).chain(bins);
        all.map(Z64::from).collect()
    };
    let many = [30, 1500, 50];
    let own = [
        words([[0; 3], [0; 3], many, many], [0, 60]),
        words([[1, 50, 50], [20, 1000, 50], [10, 500, 500], many], [1, 60]),
        words([[0; 3], [20, 1000, 50], [0; 3], many], [0, 50]),
    ];
    let hidden = |water: &[Vec<Z64>]| {
        let semi = yinshu_mpc::Security::SemiHonest;
        let opened = three_and(&layout, (&own, water), &|_, _| Vec::new(), semi, 3);
        assert!(opened[1].shown.is_none() && opened[0].shown.is_some());
        let of = |hidden: &Hidden| hidden.ruled.clone();
        (of(&opened[0].table)[..4].to_vec(), of(&opened[0].histograms[0])[..2].to_vec())
    };
    // Without the water's rows one person is left in the first cell, one value is all of the third, and one is in the first bin.
    let water = words([[24, 1200, 50], many, [40, 2000, 500], many], [34, 90]);
    assert_eq!(hidden(&[water]), (vec![true, false, true, false], vec![true, false]));
}

/// A table of one cut with a histogram, and noise.
fn noisy(columns: usize, minimum: u64) -> (StatsTerms, Layout) {
    let stats = "person = \"id\"\nreceivers = []\nmax_rows = 100000\nmax_runs = 1\nunusable = \"leave-out\"\n\
         [[measure]]\ncolumn = \"v\"\nstatistics = [\"sum\"]\nhistogram = [25, 50, 75]\nmin = 0\nmax = 100\n\
         [noise]\nepsilon = \"3\"\n";
    let stats: StatsTerms = toml::from_str(stats).expect("terms");
    let rule = Rule { minimum, percent: None };
    let layout = Layout::of(&stats, Shape { rows: 1, columns }, rule, vec![Role::First, Role::Second]);
    (stats, layout)
}

#[test]
fn figures_with_noise_are_near_the_truth_and_never_it() {
    for security in [yinshu_mpc::Security::SemiHonest, yinshu_mpc::Security::Malicious] {
        let columns = 40;
        let (stats, layout) = noisy(columns, 30);
        // Each party has 20 persons of 50 in the odd cells, and one of 50 in the others; some are said to have less than 50.
        let counts: Vec<i64> = (0..columns).map(|at| if at % 2 == 1 { 20 } else { 1 }).collect();
        let all: i64 = counts.iter().sum();
        let words =
            [counts.clone(), counts.iter().map(|n| 50 * n).collect(), vec![0, all / 2, all - all / 2, 0]]
                .concat();
        let own: [Vec<Z64>; 3] = std::array::from_fn(|_| words.iter().map(|&word| Z64::from(word)).collect());
        let opened = three(&layout, &own, &|_, _| Vec::new(), security, 5);
        assert!(opened[2].shown.is_none() && opened[0].table.hidden == opened[1].table.hidden);
        let shown = opened[0].shown.as_ref().expect("a receiver");
        let both = opened[1].shown.as_ref().expect("a receiver");
        assert_eq!((&shown.counts, &shown.sums, &shown.bins), (&both.counts, &both.sums, &both.bins));
        let noised = stats.noised().expect("noise");
        let bounds: Vec<i64> = noised.iter().map(|one| one.scale.bound().cast_signed()).collect();
        assert_eq!((noised.len(), noised[1].sensitivity), (3, 100));
        let (mut exact, mut total, mut visible) = (0, 0, 0);
        for at in 0..columns {
            // What is hidden is so by its count with noise, and 3 persons are so far below 30 that all of them are; with
            // them goes one cell more, for the total is known.
            let hidden = at % 2 == 0 || at == 1;
            assert_eq!(
                (opened[0].table.hidden[at], opened[0].table.ruled[at]),
                (hidden, at % 2 == 0),
                "{at}"
            );
            assert_eq!((shown.counts[at].is_none(), shown.sums[0][at].is_none()), (hidden, hidden));
            let Some((count, sum)) = shown.counts[at].zip(shown.sums[0][at]) else { continue };
            assert!((count - 60).abs() <= bounds[0] && (sum - 3000).abs() <= bounds[1].into());
            exact += usize::from(sum == 3000);
            total += count;
            visible += 1;
        }
        assert!(visible == 19 && exact < 3, "sums of one cell are off by some hundred: {exact}");
        // The total is that of the cells with their noise, those that are hidden among them.
        let grand = shown.counts[columns].expect("a total");
        assert!((grand - total).abs() < 260, "{grand} {total}");
        // None is in the first and the last bin, which are hidden by noise alone, and one more with them.
        let histogram = &opened[0].histograms[0];
        assert_eq!(histogram.ruled, [true, false, false, true, false]);
        assert_eq!(histogram.hidden, [true, true, false, true, false]);
        let bins: Vec<i64> = shown.bins[0].iter().map(|bin| bin.unwrap_or_default()).collect();
        assert!((bins[2] - 3 * (all - all / 2)).abs() <= bounds[2], "{bins:?}");
        assert!((bins[4] - 3 * all).abs() <= 4 * bounds[2], "the total has the noise of all bins: {bins:?}");
    }
}

#[test]
fn without_a_smallest_group_all_cells_are_told() {
    let (_, layout) = noisy(3, 1);
    let own: [Vec<Z64>; 3] = std::array::from_fn(|_| vec![Z64(0); layout.len]);
    let opened = three(&layout, &own, &|_, _| Vec::new(), yinshu_mpc::Security::SemiHonest, 6);
    let shown = opened[0].shown.as_ref().expect("a receiver");
    assert!(opened[0].table.hidden.iter().all(|hidden| !hidden));
    assert!(shown.counts.iter().chain(&shown.bins[0]).all(Option::is_some));
}

#[test]
fn nothing_opens_where_one_owner_cannot_pay() {
    let (_, layout) = noisy(3, 1);
    let own: [Vec<Z64>; 3] = std::array::from_fn(|_| vec![Z64(0); layout.len]);
    for security in [yinshu_mpc::Security::SemiHonest, yinshu_mpc::Security::Malicious] {
        for poor in Role::ALL {
            let spent = MpcError::Undefined { what: "a release that its budget does not allow" };
            let pay = |role: Role| if role == poor { Err(spent.clone()) } else { Ok(()) };
            let ended = outcomes(&layout, ((&own, &[]), &|_, _| Vec::new()), security, 7, &pay);
            for (role, (opened, noted)) in Role::ALL.into_iter().zip(ended) {
                assert_eq!(noted, 0, "{role:?} heard what is hidden, which is the first that opens to all");
                let error = opened.err().expect("it opened, though one had not paid");
                assert_eq!(error == spent, role == poor, "{role:?}: {error}");
            }
        }
    }
}

#[test]
fn counts_and_bins_that_wrap_around_name_who_shared_them() {
    // Four times 2^62 is nothing in 64 bits.
    let (_, layout) = noisy(4, 3);
    let wrapping = |place: std::ops::Range<usize>| {
        assert_eq!(place.len(), 4);
        let mut words = vec![Z64(0); layout.len];
        words[place].fill(Z64(1 << 62));
        words
    };
    for words in [wrapping(0..4), wrapping(layout.histograms[0].clone())] {
        let mut own: [Vec<Z64>; 3] = std::array::from_fn(|_| vec![Z64(0); layout.len]);
        own[Role::Second.number()] = words;
        for noise in [layout.noise.clone(), None] {
            let layout = Layout { noise, ..layout.clone() };
            let security = yinshu_mpc::Security::Malicious;
            let ended = outcomes(&layout, ((&own, &[]), &|_, _| Vec::new()), security, 8, &|_| Ok(()));
            for (role, (opened, noted)) in Role::ALL.into_iter().zip(ended) {
                assert_eq!(noted, 0);
                match opened.err().expect("nobody has so many rows") {
                    MpcError::Peer { peer, misstep } => {
                        assert_eq!((peer, misstep), (name(Role::Second), yinshu_mpc::Misstep::Undeclared));
                        assert_ne!(role, Role::Second);
                    }
                    MpcError::OutOfRange { .. } => assert_eq!(role, Role::Second),
                    other => panic!("{role:?}: {other}"),
                }
            }
        }
    }
}
