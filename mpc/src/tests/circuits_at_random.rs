//! Random circuits, in the clear and on shares, where parties may cheat; and with one lie somewhere.

use super::given::{self, given, words};
use super::*;
use crate::araki16::{dot, multiply};
use crate::bits::{Planes, compose, decompose, equal, less_words};
use crate::permute::Permutation;
use crate::{B64, Shares, Z64};
use proptest::prelude::*;

const LEN: usize = 70;

#[derive(Clone, Debug)]
enum Gate {
    Multiply(usize, usize),
    And(usize, usize),
    Dot(usize, usize),
    Bits(usize),
    Less(usize, usize),
    Equal(usize, usize),
    ThereAndBack(usize),
}

fn gates() -> impl Strategy<Value = Vec<Gate>> {
    let gate = (0..7u8, any::<usize>(), any::<usize>()).prop_map(|(kind, a, b)| match kind {
        0 => Gate::Multiply(a, b),
        1 => Gate::And(a, b),
        2 => Gate::Dot(a, b),
        3 => Gate::Bits(a),
        4 => Gate::Less(a, b),
        5 => Gate::Equal(a, b),
        _ => Gate::ThereAndBack(a),
    });
    prop::collection::vec(gate, 1..8)
}

/// Integers, and words of bits.
type Wires<T, U> = (Vec<T>, Vec<U>);

fn in_the_clear(gates: &[Gate], start: &[Vec<u64>; 2]) -> Wires<Vec<u64>, Vec<u64>> {
    let (mut integers, mut bits) = (start.to_vec(), start.to_vec());
    let each =
        |x: &[u64], y: &[u64], f: fn(u64, u64) -> u64| x.iter().zip(y).map(|(&x, &y)| f(x, y)).collect();
    for gate in gates {
        let (i, b) = (integers.len(), bits.len());
        match *gate {
            Gate::Multiply(x, y) => {
                integers.push(each(&integers[x % i], &integers[y % i], u64::wrapping_mul));
            }
            Gate::And(x, y) => bits.push(each(&bits[x % b], &bits[y % b], |x, y| x & y)),
            Gate::Dot(x, y) => {
                let products: Vec<u64> = each(&integers[x % i], &integers[y % i], u64::wrapping_mul);
                let sums =
                    products.chunks(10).map(|ten| ten.iter().fold(0, |sum: u64, &x| sum.wrapping_add(x)));
                integers.push(sums.flat_map(|sum| [sum; 10]).collect());
            }
            Gate::Bits(x) => bits.push(integers[x % i].iter().map(|x| x & 0xff).collect()),
            Gate::Less(x, y) => {
                integers.push(each(&bits[x % b], &bits[y % b], |x, y| u64::from(x & 31 < y & 31)));
            }
            Gate::Equal(x, y) => {
                integers.push(each(&bits[x % b], &bits[y % b], |x, y| u64::from(x & 3 == y & 3)));
            }
            Gate::ThereAndBack(x) => integers.push(integers[x % i].clone()),
        }
    }
    (integers, bits)
}

fn on_shares(context: &mut Context, gates: &[Gate], start: &[Vec<u64>; 2]) -> Result<Vec<u64>, MpcError> {
    let mut integers: Vec<Shares<Z64>> = start.iter().map(|x| given(context, x)).collect::<Result<_, _>>()?;
    let mut bits: Vec<Shares<B64>> = start.iter().map(|x| given(context, x)).collect::<Result<_, _>>()?;
    for gate in gates {
        let (i, b) = (integers.len(), bits.len());
        match *gate {
            Gate::Multiply(x, y) => integers.push(multiply(context, &integers[x % i], &integers[y % i])?),
            Gate::And(x, y) => bits.push(multiply(context, &bits[x % b], &bits[y % b])?),
            Gate::Dot(x, y) => {
                let sums = dot(context, &integers[x % i], &integers[y % i], 10)?;
                integers.push(sums.gather(&(0..LEN).map(|at| at / 10).collect::<Vec<_>>()));
            }
            Gate::Bits(x) => bits.push(decompose(context, &integers[x % i], 8)?.to_words()),
            Gate::Less(x, y) => {
                let [x, y] = [x, y].map(|at| Planes::of_words(&bits[at % b], 5));
                let less = less_words(context, &x, &y)?;
                integers.push(compose(context, &less, LEN)?);
            }
            Gate::Equal(x, y) => {
                let [x, y] = [x, y].map(|at| Planes::of_words(&bits[at % b], 2));
                let equal = equal(context, &x, &y)?;
                integers.push(compose(context, &equal, LEN)?);
            }
            Gate::ThereAndBack(x) => {
                let shuffle = Permutation::random(context, LEN)?;
                let there = shuffle.shuffle(context, &integers[x % i])?;
                integers.push(shuffle.unshuffle(context, &there)?);
            }
        }
    }
    let mut out = words(context, Shares::concat(&integers))?;
    out.extend(words(context, Shares::concat(&bits))?);
    Ok(out)
}

fn start(seed: u64) -> [Vec<u64>; 2] {
    [1, 2].map(|nth| given::random(seed + nth, LEN, 63).into_iter().map(i64::cast_unsigned).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn shares_say_what_the_clear_says(gates in gates(), seed in 0u64..1000) {
        let start = start(seed);
        let (integers, bits) = in_the_clear(&gates, &start);
        let expected: Vec<u64> = integers.into_iter().flatten().chain(bits.into_iter().flatten()).collect();
        prop_assert_eq!(agreed(seed, |context| on_shares(context, &gates, &start)), expected);
    }

    #[test]
    fn a_lie_anywhere_opens_nothing(
        gates in gates(),
        seed in 0u64..1000,
        cheater in 0usize..3,
        nth in 0usize..40,
        bit in 0u32..64,
        place in prop::sample::select(vec![Place::Reshare, Place::Moved, Place::Proof]),
    ) {
        let start = start(seed);
        let lied = std::sync::atomic::AtomicBool::new(false);
        let ends = three_under(Security::Malicious, seed, |context| {
            if context.role().number() == cheater {
                context.deviation = Some(Deviation { place, nth, bit, ..Default::default() });
            }
            let end = on_shares(context, &gates, &start);
            if context.deviation.as_ref().is_some_and(|deviation| deviation.seen > nth) {
                lied.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            end
        });
        let honest = (0..3).filter(|&role| role != cheater);
        let ended = honest.filter(|&role| ends[role].is_err()).count();
        prop_assert_eq!(ended > 0, lied.into_inner(), "{:?}", ends.map(Result::err));
    }
}
