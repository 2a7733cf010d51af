use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng};

const WIDTHS: [Width; 2] = [Width::Narrow, Width::Wide];

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn keys(count: usize, rng: &mut ChaCha20Rng) -> Vec<Key> {
    (0..count).map(|_| Key { place: rng.next_u64(), row: rng.next_u64() }).collect()
}

fn in_order<W: Word>(sorted: &Sorted, decoded: &[W]) -> Vec<W> {
    let mut values = vec![W::default(); decoded.len()];
    sorted.indices().zip(decoded).for_each(|(at, &value)| values[at] = value);
    values
}

fn round_trip<W: Word>(count: usize, width: Width, seed: u64) {
    let mut rng = rng(seed);
    let keys = keys(count, &mut rng);
    let values = W::random(count, &mut rng);
    let params = Params::new(count as u64, width);
    let sorted = Sorted::new(&keys);
    let encoding = vartime_encode(&params, &sorted, &values, &mut rng).expect("2^-40");
    assert_eq!(encoding.len(), params.columns());
    let decoded = vartime_decode(&params, &sorted, &encoding);
    assert!(in_order(&sorted, &decoded) == values, "{width:?}, {count} keys, seed {seed}");
    let mut each = vec![(0, W::default()); count];
    vartime_decode_each(&params, &sorted, &encoding, &mut each, |start, values, out| {
        for (at, (value, to)) in values.iter().zip(out).enumerate() {
            *to = (start + at, *value);
        }
    });
    assert!(each.into_iter().eq(decoded.into_iter().enumerate()), "{width:?}, {count} keys, seed {seed}");
}

#[test]
fn decodes_what_was_encoded() {
    for width in WIDTHS {
        for count in [0, 1, 2, 3, 5, 63, 64, 65, 100, 255, 256, 700, 1_000, 1_023, 1_024, 5_000, 40_000] {
            round_trip::<u64>(count, width, count as u64);
            round_trip::<u128>(count, width, 7 + count as u64);
        }
        for seed in 0..200 {
            round_trip::<u64>(1 + seed as usize % 90, width, seed);
        }
    }
}

#[test]
fn is_linear_and_decodes_in_an_extension() {
    let mut rng = rng(3);
    let params = Params::new(500, Width::Narrow);
    let sorted = Sorted::new(&keys(900, &mut rng));
    let (a, b) = (u64::random(params.columns(), &mut rng), u64::random(params.columns(), &mut rng));
    let join = |(&a, &b): (&u64, &u64)| u128::from(a) << 64 | u128::from(b);
    let both: Vec<u128> = a.iter().zip(&b).map(join).collect();
    let decode = |of: &[u64]| vartime_decode(&params, &sorted, of);
    let expected: Vec<u128> = decode(&a).iter().zip(&decode(&b)).map(join).collect();
    assert_eq!(vartime_decode(&params, &sorted, &both), expected);
}

#[test]
fn other_keys_decode_to_noise_and_free_columns_are_random() {
    let mut rng = rng(4);
    let params = Params::new(1_000, Width::Narrow);
    let sorted = Sorted::new(&keys(1_000, &mut rng));
    let zeros = vec![0u64; 1_000];
    let encode = |rng: &mut ChaCha20Rng| vartime_encode(&params, &sorted, &zeros, rng).expect("2^-40");
    let (one, other) = (encode(&mut rng), encode(&mut rng));
    // The kernel has dimension columns − items, and is sampled: all but untouched columns differ.
    assert!(one.iter().zip(&other).filter(|(a, b)| a == b).count() < 3);
    let strangers = Sorted::new(&keys(1_000, &mut rng));
    let ones: u32 = vartime_decode(&params, &strangers, &one).iter().map(|word| word.count_ones()).sum();
    assert!((31_000..33_000).contains(&ones), "{ones} of 64,000 bits");
}

#[test]
fn equal_keys_fail_and_nothing_panics() {
    let mut rng = rng(5);
    for width in WIDTHS {
        let mut keys = keys(300, &mut rng);
        keys[299] = keys[7];
        let params = Params::new(300, width);
        let values = u64::random(300, &mut rng);
        assert_eq!(vartime_encode(&params, &Sorted::new(&keys), &values, &mut rng), Err(Failed));
    }
}

#[test]
fn lengths_are_those_of_forty_bits() {
    for width in WIDTHS {
        let powers = (0..=32).flat_map(|log| [(1u64 << log) - 1, 1 << log, (1 << log) + 1, 3 << log >> 1]);
        for items in powers.filter(|&items| items <= Params::MAX_ITEMS) {
            let security = Params::new(items, width).security();
            assert!(security >= f64::from(STATISTICAL_BITS), "{items} items, {width:?}: {security}");
        }
        let power = Params::new(1 << 20, width).security();
        assert!(power < f64::from(STATISTICAL_BITS) + 0.1, "no more columns than needed: {power}");
    }
    assert_eq!(STATISTICAL_BITS, 40, "do not lower it");
    // Lengths are on the wire: a change is a new version of every protocol that uses them.
    let columns = |items, width| Params::new(items, width).columns();
    assert_eq!((columns(0, Width::Narrow), columns(0, Width::Wide)), (128, 256));
    assert_eq!((columns(1_000, Width::Narrow), columns(1_000, Width::Wide)), (1_277, 1_327));
    assert_eq!(columns(1 << 20, Width::Narrow), 1_239_107);
    assert_eq!(columns(1 << 20, Width::Wide), 1_138_816);
}

/// The formula of [`Params::security`] where failure can be seen: bands cut to fewer bits.
#[test]
fn failures_are_as_rare_as_stated() {
    let mut rng = rng(6);
    for (items, per_mille, width, trials) in [(2_048usize, 170usize, 32usize, 1_500), (4_096, 80, 52, 700)] {
        let columns = items + items * per_mille / 1_000;
        let failed = (0..trials).filter(|_| !band::solvable(items, columns, width, &mut rng)).count();
        let load = columns as f64 / items as f64;
        let theta = (0..500).fold(10.0, |theta: f64, _| (load * theta).ln_1p());
        let bits = theta / std::f64::consts::LN_2 * width as f64 - (items as f64).log2();
        let expected = f64::from(trials) * (-bits).exp2();
        println!("{failed} of {trials} failed; at most {expected:.0} stated");
        assert!((failed as f64) < expected && failed as f64 > expected / 500.0);
    }
}
