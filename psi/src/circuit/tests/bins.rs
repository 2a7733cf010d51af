//! What R must not be able to evaluate, and how its keys lie.

use super::*;
use crate::circuit::cell::Cell;
use crate::circuit::hash::{FUNCTIONS, HintHashes, PadHashes, bin};
use crate::circuit::msg::AcceptPackage;
use crate::okvs::{Params, Sorted, Width, Word, vartime_decode, vartime_encode};
use crate::rr22::hash::{Hashed, Hashes};
use yinshu_crypto::field::{F64, F128};
use yinshu_ot::vole::VoleSender;

/// R can evaluate F for an entry where its store gives the entry's value: in one of the entry's three bins and no other.
/// If one key stood for an entry in all its bins, it could in all three, and two entries that share a bin and get
/// the same tag there would both be known to match.
#[test]
fn an_entry_can_be_evaluated_in_one_bin_only() {
    let x = entries(0..2_000);
    let terms = bind(&terms(), 0).unwrap();
    let (awaiting, open) = receiver::open(&x, &terms, &mut rng(5)).unwrap();
    let encoding = awaiting.accept(AcceptPackage { rows: 1 }).unwrap();
    let store = encoding.vartime_encode(&x, &mut rng(6)).unwrap();
    let Hashed { keys, values } = Hashes::new(&open.seed).entries::<F64>(&x);
    let keys = HintHashes::new(&open.seed).keys(&keys, encoding.bins());
    let sorted = Sorted::new(keys.as_flattened());
    let decoded = vartime_decode(&Params::new(2_000, Width::Narrow), &sorted, &store.words);
    let mut known = vec![Vec::new(); x.len()];
    for (word, index) in decoded.iter().zip(sorted.indices()) {
        if *word == values[index / FUNCTIONS] {
            known[index / FUNCTIONS].push(bin(keys.as_flattened()[index], encoding.bins()));
        }
    }
    assert!(known.iter().all(|bins| bins.len() == 1));
    // No two entries in one bin either, and there were entries that share one.
    let mut homes: Vec<u32> = known.into_iter().flatten().collect();
    homes.sort_unstable();
    assert!(homes.windows(2).all(|pair| pair[0] != pair[1]));
    let mut all: Vec<u32> = keys.as_flattened().iter().map(|&key| bin(key, encoding.bins())).collect();
    all.sort_unstable();
    assert!(all.windows(2).any(|pair| pair[0] == pair[1]));
}

/// An R that does not follow the protocol, as *Security* says: two entries in one bin, both under their keys of it. Equal tags
/// say that S has both, and their payloads' sum comes out; the sender sees nothing of it.
#[test]
fn a_receiver_that_deviates_learns_who_matches() {
    let (terms, n) = (bind(&terms(), 8).unwrap(), 1_000);
    let (x, y) = (entries(0..n), rows((0..n).filter(|value| value % 3 > 0), 8));
    let (_, open) = receiver::open(&x, &terms, &mut rng(5)).unwrap();
    let (bins, store) = (cuckoo::bins(n.into()), Params::new(n.into(), Width::Narrow));
    let Hashed { keys, values } = Hashes::new(&open.seed).entries::<F64>(&x);
    let keys: Vec<_> = HintHashes::new(&open.seed).keys(&keys, bins).iter().map(|keys| keys[0]).collect();
    let delta = F128::random(&mut rng(6));
    let b: Vec<F128> = Word::random(store.columns(), &mut rng(7));

    let (preparing, _) = sender::accept(open, sender::Rows::new(&y, 8, &terms).unwrap(), &terms).unwrap();
    let run = preparing.run();
    let prepared = preparing.prepare(&mut rng(8));
    // A correlation with A = 0 does as well as any: C = B.
    let correlation = VoleSender { delta, b: b.clone() };
    let mut correcting = preparing.correct(prepared, correlation).unwrap();
    let sorted = Sorted::new(&keys);
    let words = vartime_encode(&store, &sorted, &values, &mut rng(9)).unwrap();
    correcting.absorb(&msg::WordsPackage { words }).unwrap();
    let tags: Vec<u64> = (0..bins as u64).map(|bin| bin << 8 | 5).collect();
    let mut hinting = correcting.vartime_evaluate::<2>().unwrap().vartime_hint(&tags, &mut rng(10)).unwrap();

    let tag_bytes = tag_bits(bins).div_ceil(8) as usize;
    let mut cells = Vec::new();
    while let Some(frame) = hinting.next_frame() {
        cells.extend(frame[1..].chunks(tag_bytes + 8).map(|cell| Cell::<2>::read(tag_bytes, cell)));
    }
    let evaluations = vartime_decode(&store, &sorted, &b);
    let hint = Params::new(FUNCTIONS as u64 * y.len() as u64, Width::Narrow);
    let decoded = vartime_decode(&hint, &sorted, &cells);
    let mut by_bin = vec![Vec::new(); bins];
    for (at, index) in sorted.indices().enumerate() {
        let mut pad = [Cell::<2>::default()];
        PadHashes::new(&run, 2).pads(&evaluations[at..=at], &mut pad);
        by_bin[bin(sorted.key(at), bins) as usize].push((index as u32, decoded[at].xor(pad[0])));
    }
    let (mut found, mut expected) = (0, 0);
    for crowd in by_bin {
        for (at, (one, cell)) in crowd.iter().enumerate() {
            for (other, another) in &crowd[..at] {
                let both = one % 3 > 0 && other % 3 > 0;
                expected += usize::from(both);
                if (cell.tag() ^ another.tag()) << (64 - tag_bits(bins)) == 0 {
                    assert!(both);
                    let mut sum = payload(*one, 8);
                    sum.iter_mut().zip(payload(*other, 8)).for_each(|(to, byte)| *to ^= byte);
                    let mut seen = [0; 8];
                    cell.xor(*another).write_payload(&mut seen);
                    assert_eq!(seen, sum[..]);
                    found += 1;
                }
            }
        }
    }
    assert!(found == expected && found > 100, "{found} of {expected}");
}

/// Keys that the table chose fail no more often than [`crate::okvs`] says of keys at random places: bands cut to few bits.
#[test]
fn failures_are_as_rare_as_stated_of_chosen_keys() {
    use crate::okvs::{Key, solvable_of};
    use rand_core::Rng;
    let (items, width, trials) = (2_048usize, 26usize, 600);
    let (bins, columns) = (cuckoo::bins(2_048), items + items * 170 / 1_000);
    let mut rng = rng(9);
    let (mut uniform, mut chosen) = (0, 0);
    for _ in 0..trials {
        let mut random = || Key { place: rng.next_u64(), row: rng.next_u64() };
        let keys: Vec<Key> = (0..items).map(|_| random()).collect();
        uniform += usize::from(!solvable_of(keys.clone(), columns, width));
        let mut seed = [0; 16];
        rng.fill_bytes(&mut seed);
        let keys = HintHashes::new(&seed).keys(&keys, bins);
        let choices: Vec<_> = keys.iter().map(|keys| Some(keys.map(|key| bin(key, bins)))).collect();
        let table = cuckoo::vartime_place(&choices, bins).unwrap();
        let home = |(home, &item): (usize, &u32)| {
            let keys = keys.get(item as usize)?;
            keys.iter().find(|&&key| bin(key, bins) as usize == home).copied()
        };
        let own: Vec<Key> = table.iter().enumerate().filter_map(home).collect();
        assert_eq!(own.len(), items);
        chosen += usize::from(!solvable_of(own, columns, width));
    }
    println!("{uniform} of {trials} failed with random keys, {chosen} with those of a table");
    assert!(uniform > 40 && chosen < uniform, "{uniform} and {chosen}");
}
