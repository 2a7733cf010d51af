//! Bytes and rounds, exactly.

use super::*;
use crate::okvs::{Params, Width};
use crate::stream::Message;

fn total(meters: &[Meter]) -> u64 {
    meters.iter().map(|meter| meter.total.bytes_sent).sum()
}

#[test]
fn sizes_cost_what_is_stated() {
    let counts = [5usize, 300, 4_100, 70];
    let sets: Vec<_> = counts.iter().map(|&count| entries(0, 0..count as u32)).collect();
    let parties = counts.len();
    for opens in [Opens { comparer: 1, only: None }, Opens { comparer: 0, only: Some(vec![0b1111]) }] {
        let all = run(&sets, &agreement(parties, 2), &Task::Sizes(opens.clone()));
        let all_counts: Vec<Vec<u64>> = counts.iter().map(|&count| vec![count as u64, 0]).collect();
        let width = ring::width(&all_counts);
        for (party, (_, meters)) in all.iter().enumerate() {
            let opened = (parties as u64 - 1) * (66 + 8 * 2);
            let shown = (party + 1) % parties;
            let ring: u64 =
                (0..parties).filter(|&set| set != shown).map(|set| Message::bytes(counts[set], 32)).sum();
            let after = if party == opens.comparer {
                (parties as u64 - 1) * (1 + 8 * 2 * opens.count(parties) as u64)
            } else {
                Message::bytes(counts[shown], width)
            };
            assert_eq!(total(meters), opened + ring + after, "party {party}");
        }
    }
}

#[test]
fn an_intersection_costs_what_is_stated() {
    let counts = [5usize, 300, 4_100, 70];
    let sets: Vec<_> = counts.iter().map(|&count| entries(0, 0..count as u32)).collect();
    for receiver in [0, 2] {
        let all = run(&sets, &agreement(4, 1), &Task::Intersection(receiver));
        let points = Message::bytes(counts[receiver], 32);
        for (party, (_, meters)) in all.iter().enumerate() {
            let opened = 3 * 74;
            let rest = if party == receiver {
                3 * points
            } else {
                let later = (party + 1..4).filter(|&other| other != receiver).count() as u64;
                let columns = Params::new(counts[party] as u64, Width::Narrow).columns();
                33 * later + points + 33 + Message::bytes(columns, 16)
            };
            assert_eq!(total(meters), opened + rest, "party {party}");
            // Opening, points, and their return with the store: three turns, the openings crossing.
            if party == receiver {
                assert!(
                    meters
                        .iter()
                        .all(|meter| meter.total.rounds <= 2 + 2 * (counts[receiver] as u64).div_ceil(4096))
                );
            }
        }
    }
}
