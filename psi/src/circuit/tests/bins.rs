//! What R must not be able to evaluate.

use super::*;
use crate::circuit::hash::{FUNCTIONS, HintHashes, bin};
use crate::circuit::msg::AcceptPackage;
use crate::okvs::{Params, Sorted, Width, vartime_decode};
use crate::rr22::hash::{Hashed, Hashes};
use yinshu_crypto::field::F64;

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
    let keys = HintHashes::new(&open.seed, 1).keys(&keys, encoding.bins());
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
