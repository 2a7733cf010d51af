//! Bytes and rounds, exactly, and that they do not depend on the size of the large set.

use super::*;
use crate::unbalanced::msg::POINTS_CHUNK;
use yinshu_net::meter::Traffic;

/// Bytes (asker to holder, holder to asker) of the points as [`crate::unbalanced`] states them.
fn stated(n: u64, sections: u64, verify: bool) -> (u64, u64) {
    let chunks = n.div_ceil(POINTS_CHUNK as u64);
    let proofs = if verify { 64 * chunks } else { 0 };
    (67 + 8 * sections + 32 * n + chunks, 93 + 32 * sections + 32 * n + chunks + proofs)
}

fn traffic(outcome: &Outcome) -> Traffic {
    let (own, other) = (outcome.asker.total, outcome.holder.total);
    assert_eq!((own.bytes_sent, own.bytes_received), (other.bytes_received, other.bytes_sent));
    own
}

#[test]
fn online_bytes_do_not_depend_on_the_large_set() {
    let terms = terms(1);
    for (n, verify) in [(0, true), (1, false), (10, true), (4_097, true), (4_097, false)] {
        let x = entries(0, 0..n);
        let seen = [10, 1_000, 20_000].map(|m| {
            let folder = tempfile::tempdir().unwrap();
            let encoding = create(folder.path(), 0..m);
            let (copy, _folder) = copied(&encoding, &terms);
            let find = query(Where::Copy(&copy), verify);
            let outcome = run_over(pair(), &x, (&encoding, &terms), &terms, &find);
            assert!(
                outcome.asked.as_ref().unwrap().matched.iter().zip(0..).all(|(&held, v)| held == (v < m))
            );
            traffic(&outcome)
        });
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        assert_eq!((seen[0].bytes_sent, seen[0].bytes_received), stated(u64::from(n), 1, verify), "{n}");
        assert_eq!(seen[0].rounds, 2);
    }
}

#[test]
fn a_thousand_cost_under_200_kilobytes() {
    let (folder, terms) = (tempfile::tempdir().unwrap(), terms(1));
    let encoding = create(folder.path(), 0..2_000);
    let (copy, _folder) = copied(&encoding, &terms);
    let x = entries(0, 1_000..1_000 + (1 << 10));
    let seen = traffic(&run_over(pair(), &x, (&encoding, &terms), &terms, &query(Where::Copy(&copy), true)));
    assert!(seen.bytes_sent + seen.bytes_received < 70_000, "{seen:?}");
    // In buckets of 128 on average, of tokens without payloads: about 1.4 KB for each.
    let find = query(Where::Buckets { least: 8 }, true);
    let seen = traffic(&run_over(pair(), &x, (&encoding, &terms), &terms, &find));
    assert!(seen.bytes_sent + seen.bytes_received < 200_000, "{seen:?}");
}

#[test]
fn buckets_cost_what_their_size_says() {
    let (n, least) = (50, 8);
    let terms = terms(1);
    for m in [1_100, 9_000, 30_000] {
        let folder = tempfile::tempdir().unwrap();
        let encoding = create(folder.path(), 0..m);
        let find = query(Where::Buckets { least }, false);
        let outcome = run_over(pair(), &entries(0, 0..n), (&encoding, &terms), &terms, &find);
        let answered = outcome.answered.as_ref().unwrap();
        assert_eq!(answered.buckets, u64::from(n));
        // Between 2 · least and 4 · least on average, whatever m is; twice that is beyond chance.
        let average = answered.shown / answered.buckets;
        assert!((u64::from(least)..8 * u64::from(least)).contains(&average), "{m}: {average}");
        let division = bucket::Division::choose(u64::from(n), u64::from(m), least);
        let seen = outcome.asker.phase("buckets").unwrap();
        assert_eq!(seen.bytes_sent, 6 + 1 + 4 * u64::from(n));
        let rows = answered.shown * division.part_bytes() as u64;
        assert_eq!(seen.bytes_received, 1 + 4 * u64::from(n) + 1 + rows);
        assert_eq!(traffic(&outcome).rounds, 4);
    }
}

#[test]
fn sections_are_chunks_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let terms = terms(3);
    let (encoding, _) =
        Encoding::create(folder.path(), &Layout::of(&terms), plain(0..5), &mut rng(1), &mut |_| {}).unwrap();
    let x: Vec<Entry> = (0..9).map(|value| entry((value % 3) as u16, value)).collect();
    let (copy, _folder) = copied(&encoding, &terms);
    let find = query(Where::Copy(&copy), true);
    let seen = traffic(&run_over(pair(), &x, (&encoding, &terms), &terms, &find));
    assert_eq!(seen.bytes_sent, 67 + 24 + 9 * 32 + 3);
    assert_eq!(seen.bytes_received, 93 + 96 + 9 * 32 + 3 * 65);
}

/// What is estimated before a run is what it costs: but for how the entries fall.
#[test]
fn estimates_are_what_runs_cost() {
    let (n, m, least) = (300, 20_000, 8);
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut terms = terms(1);
    terms.sections[0].max = n;
    let (encoding, x) = (create(store.path(), 0..m), entries(0, 0..n as u32));
    let (fetched, _, meter, _) = copy_over(pair(), &encoding, folder.path(), (&terms, &terms), None);
    let (copy, _) = fetched.unwrap();
    let asked = |find| traffic(&run_over(pair(), &x, (&encoding, &terms), &terms, &query(find, true)));
    let near = |found: u64, estimated: u64| found.abs_diff(estimated) * 20 < estimated;
    let (estimated, seen) = (copy_cost(n, u64::from(m), 0), asked(Where::Copy(&copy)));
    assert_eq!(estimated.bytes_to_sender, meter.total.bytes_sent + seen.bytes_sent);
    assert!(
        near(meter.total.bytes_received + seen.bytes_received, estimated.bytes_to_receiver),
        "{estimated:?}"
    );
    assert_eq!(estimated.rounds, meter.total.rounds + seen.rounds);
    let (estimated, seen) = (bucket_cost(n, u64::from(m), least, 0), asked(Where::Buckets { least }));
    assert_eq!((estimated.bytes_to_sender, estimated.rounds), (seen.bytes_sent, seen.rounds));
    assert!(near(seen.bytes_received, estimated.bytes_to_receiver), "{estimated:?} {seen:?}");
}

#[test]
fn progress_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    let rows = plain(0..40_000);
    Encoding::create(folder.path(), &layout(None), rows, &mut rng(1), &mut |progress| seen.push(progress))
        .unwrap();
    assert_eq!(seen.iter().map(|p| p.done).collect::<Vec<_>>(), [16_384, 32_768, 40_000]);
    assert!(seen.iter().all(|p| p.total == Some(40_000)));
}
