//! One party deviates inside, consistently: the honest ones end before anything opens.

use super::*;
use crate::araki16::{dot, gram, input, matrix, multiply, open, open_to};
use crate::bits::{Planes, sign};
use crate::permute::Permutation;
use crate::verified::verify;
use crate::{B64, Shares, Z64};

fn given<R: Ring>(context: &mut Context, words: &[u64]) -> Result<Shares<R>, MpcError> {
    let values: Vec<R> = words.iter().map(|&word| R::of(word)).collect();
    let ours = (context.role() == Role::First).then_some(&values[..]);
    input(context, Role::First, ours, values.len())
}

/// Something of everything that sends; what is opened.
pub(super) fn job(context: &mut Context) -> Result<Vec<u64>, MpcError> {
    let (x, y): (Shares<Z64>, Shares<B64>) =
        (given(context, &[5, u64::MAX, 7])?, given(context, &[1, 2, 3])?);
    let (square, and) = (multiply(context, &x, &x)?, multiply(context, &y, &y)?);
    let sums = dot(context, &x, &square, 3)?;
    let products = gram(context, &[&x, &square])?;
    let matrix = matrix(context, (&x, 3), (&square, 3))?;
    let signs = sign(context, &square, 8)?;
    let shuffle = Permutation::random(context, 3)?;
    let (square, and) = (shuffle.shuffle(context, &square)?, shuffle.shuffle(context, &and)?);
    let square = shuffle.unshuffle(context, &square)?;
    let integers = verify(context, Shares::concat([&square, &sums, &products, &matrix]))?;
    let bits = verify(context, Shares::concat([&and, &signs]))?;
    let mut opened: Vec<u64> = open(context, &integers)?.into_iter().map(Ring::word).collect();
    opened.extend(open(context, &bits)?.into_iter().map(Ring::word));
    for role in Role::ALL {
        opened.extend(open_to(context, role, &integers)?.into_iter().flatten().map(Ring::word));
    }
    Ok(opened)
}

/// How often a party comes by a place.
fn occasions(place: Place, cheater: Role) -> usize {
    let ends = three_under(Security::Malicious, 7, |context| {
        context.deviation = Some(Deviation { place, nth: usize::MAX, bit: 0, ..Deviation::default() });
        job(context)?;
        Ok(context.deviation.as_ref().unwrap().seen)
    });
    ends.map(Result::unwrap)[cheater.number()]
}

#[test]
fn every_lie_is_caught_before_anything_opens() {
    use Place::{Challenge, Digest, Input, Moved, Opening, Proof, Reshare, Verdict, Whole};
    for place in [Reshare, Moved, Proof, Challenge, Whole, Verdict, Opening, Digest, Input] {
        for cheater in Role::ALL {
            let count = occasions(place, cheater);
            assert!(count > 0 || place == Input && cheater != Role::First, "{place:?} {cheater:?}");
            for nth in 0..count {
                // The highest bit is the one that products with even weights do not see.
                let bit = if nth % 2 == 0 { 63 } else { nth as u32 % 63 };
                let ends = three_under(Security::Malicious, nth as u64, |context| {
                    if context.role() == cheater {
                        context.deviation = Some(Deviation { place, nth, bit, ..Deviation::default() });
                    }
                    job(context)
                });
                let what = format!("{place:?} {nth} of {count} by {cheater:?}: {ends:?}");
                let honest = [cheater.next(), cheater.previous()].map(|role| &ends[role.number()]);
                let caught = honest.iter().any(|end| match end {
                    Err(MpcError::Cheated { first, second, .. }) => {
                        [first, second].iter().any(|name| name.as_str() == NAMES[cheater.number()])
                    }
                    Err(error) => error.code() == 9320 || error.code() == 9221,
                    Ok(_) => false,
                });
                assert!(caught, "{what}");
                // A false claim is caught by both; a lie to one verifier or receiver by that one.
                if [Reshare, Moved].contains(&place) {
                    assert!(honest.iter().all(|end| end.is_err()), "{what}");
                }
            }
        }
    }
}

/// Rows sorted and grouped; what is opened on the way and in the end.
fn rows(context: &mut Context) -> Result<Vec<u64>, MpcError> {
    let keys: Shares<B64> = given(context, &[3, 1, 2, 3, 3, 1, 0, 2, 1, 3, 2, 2])?;
    let values: Shares<Z64> = given(context, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])?;
    let keys = Planes::of_words(&keys, 2);
    let order = crate::sort::order(context, &keys)?;
    let sorted = order.apply(context, &values)?;
    let mut groups = crate::group::sums(context, &keys, &[&values])?;
    let sums = groups.sums.pop().unwrap();
    let all = verify(context, Shares::concat([&sorted, &groups.counts, &sums]))?;
    Ok(open(context, &all)?.into_iter().map(Ring::word).collect())
}

#[test]
fn lies_in_sorting_and_grouping_open_nothing() {
    use Place::{Challenge, Moved, Opening, Proof, Reshare, Verdict};
    let expected = [7, 2, 6, 9, 3, 8, 11, 12, 1, 4, 5, 10, 1, 3, 4, 4, 7, 17, 34, 20];
    assert_eq!(agreed(1, rows), expected);
    for place in [Reshare, Moved, Proof, Challenge, Verdict, Opening] {
        for cheater in Role::ALL {
            let seen = three_under(Security::Malicious, 2, |context| {
                context.deviation =
                    Some(Deviation { place, nth: usize::MAX, bit: 0, ..Deviation::default() });
                rows(context)?;
                Ok(context.deviation.as_ref().unwrap().seen)
            });
            let seen = seen.map(Result::unwrap)[cheater.number()];
            assert!(seen > 0, "{place:?}");
            // How the rows fall together decides how often something is compared: the last occasions may not come.
            for part in 0..4 {
                let nth = part * (seen / 2) / 4;
                let ends = three_under(Security::Malicious, 2, |context| {
                    if context.role() == cheater {
                        let bit = if part % 2 == 0 { 63 } else { 5 };
                        context.deviation = Some(Deviation { place, nth, bit, ..Deviation::default() });
                    }
                    rows(context)
                });
                let honest = [cheater.next(), cheater.previous()].map(|role| &ends[role.number()]);
                assert!(honest.iter().any(|end| end.is_err()), "{place:?} {nth} of {seen}: {ends:?}");
                assert!(honest.iter().all(|end| end.as_ref().map_or(true, |opened| *opened == expected)));
            }
        }
    }
}

#[test]
fn a_lie_about_one_bit_among_many_is_caught() {
    for cheater in Role::ALL {
        for bit in [0, 40, 63] {
            let ends = three_under(Security::Malicious, bit.into(), |context| {
                if context.role() == cheater {
                    context.deviation =
                        Some(Deviation { place: Place::Reshare, nth: 0, bit, ..Deviation::default() });
                }
                let x: Shares<Z64> = context.random(5000);
                let y: Shares<B64> = context.random(5000);
                if bit == 40 {
                    let bits = multiply(context, &y, &y)?;
                    verify(context, bits)?;
                } else {
                    let integers = multiply(context, &x, &x)?;
                    verify(context, integers)?;
                }
                Ok(())
            });
            for role in [cheater.next(), cheater.previous()] {
                assert_eq!(ends[role.number()].as_ref().unwrap_err().code(), 9220);
            }
        }
    }
}

/// Few vectors, which are noted once; and more than are combined at a time, so that each product is noted by itself.
#[test]
fn products_of_every_two_vectors_are_checked_and_a_lie_about_one_is_caught() {
    for (vectors, len) in [(1, 9000), (5, 1500), (65, 3)] {
        let job = |context: &mut Context| {
            let words: Vec<u64> =
                (1..=(vectors * len) as u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
            let columns = given::<Z64>(context, &words)?.split(vec![len; vectors]);
            let products = gram(context, &columns.iter().collect::<Vec<_>>())?;
            let products = verify(context, products)?;
            let column = |at: usize| &words[at * len..(at + 1) * len];
            let product = |(i, j)| -> u64 {
                column(i)
                    .iter()
                    .zip(column(j))
                    .fold(0, |sum: u64, (a, b)| sum.wrapping_add(a.wrapping_mul(*b)))
            };
            let expected: Vec<u64> = crate::products::pairs(vectors).map(product).collect();
            let found: Vec<u64> = open(context, &products)?.into_iter().map(Ring::word).collect();
            assert_eq!(found, expected);
            Ok(())
        };
        three_under(Security::Malicious, 12, job).into_iter().for_each(|end| end.unwrap());
        for cheater in Role::ALL {
            let ends = three_under(Security::Malicious, 12, |context| {
                if context.role() == cheater {
                    context.deviation =
                        Some(Deviation { place: Place::Reshare, nth: 0, bit: 63, ..Deviation::default() });
                }
                job(context)
            });
            for role in [cheater.next(), cheater.previous()] {
                assert_eq!(ends[role.number()].as_ref().unwrap_err().code(), 9220, "{vectors} {cheater:?}");
            }
        }
    }
}

#[test]
fn a_lie_is_told_from_the_cheaters_own_view_too() {
    // Two roles of the error: who claims, and who checks.
    let ends = three_under(Security::Malicious, 3, |context| {
        if context.role() == Role::Second {
            context.deviation =
                Some(Deviation { place: Place::Reshare, nth: 0, bit: 63, ..Deviation::default() });
        }
        job(context)
    });
    match &ends[0] {
        Err(MpcError::Cheated { first, second, .. }) => {
            assert_eq!([first.as_str(), second.as_str()], [NAMES[1], NAMES[2]]);
        }
        other => panic!("{other:?}"),
    }
}

/// How it ends where one party deviates in a single product of integers and its proof; and in how many subsets that was.
fn of_one_product(
    cheater: Role,
    seed: u64,
    deviation: impl Fn() -> Deviation + Sync,
) -> ([Result<(), MpcError>; 3], usize) {
    let adapted = std::sync::atomic::AtomicUsize::new(0);
    let ends = three_under(Security::Malicious, seed, |context| {
        if context.role() == cheater {
            context.deviation = Some(deviation());
        }
        let x: Shares<Z64> = context.random(1);
        let product = multiply(context, &x, &x)?;
        let ended = verify(context, product).map(drop);
        let deviation = context.deviation.as_ref().map_or(0, |deviation| deviation.adapted);
        adapted.fetch_add(deviation, std::sync::atomic::Ordering::SeqCst);
        ended
    });
    (ends, adapted.into_inner())
}

#[test]
fn a_lie_with_sums_of_subsets_that_fit_it_is_caught() {
    for cheater in Role::ALL {
        for (seed, bit) in [(1, 0), (2, 17), (3, 63)] {
            let place = Place::Reshare;
            let lie = || Deviation { place, nth: 0, bit, adapts: true, ..Deviation::default() };
            let (ends, adapted) = of_one_product(cheater, seed, lie);
            // About half of all: modulo 2^64 each sum then is what the verifiers know of it.
            assert!((10..39).contains(&adapted), "{adapted}");
            for role in [cheater.next(), cheater.previous()] {
                let end = &ends[role.number()];
                assert!(matches!(end, Err(MpcError::Cheated { .. })), "{cheater:?} {bit}: {ends:?}");
            }
        }
    }
}

#[test]
fn a_lie_about_any_word_of_a_sum_is_caught() {
    for cheater in Role::ALL {
        for subset in [0, 23, 47] {
            for word in 0..5 {
                let (nth, word, bit) = (0, 5 * subset + word, 63 - 9 * word as u32);
                let place = Place::Proof;
                let lie = || Deviation { place, nth, bit, word: Some(word), ..Deviation::default() };
                let (ends, _) = of_one_product(cheater, word as u64, lie);
                for role in [cheater.next(), cheater.previous()] {
                    let end = &ends[role.number()];
                    assert!(matches!(end, Err(MpcError::Cheated { .. })), "{cheater:?} {word}: {ends:?}");
                }
            }
        }
    }
}

#[test]
fn many_products_are_checked_on_the_way() {
    let len = crate::verified::record::BLOCK + 5;
    let ends = three_under(Security::Malicious, 9, |context| {
        let y: Shares<B64> = context.random(len);
        let before = context.steps();
        let product = multiply(context, &y, &y)?;
        assert!(context.steps() - before > 10, "the first block was checked");
        let planes = Planes::of_words(&product, 1);
        drop(planes);
        verify(context, product)?;
        Ok(())
    });
    ends.into_iter().for_each(|end| end.unwrap());
}

#[test]
fn all_must_expect_the_same_of_each_other() {
    let ends: Vec<_> = Role::ALL.into_iter().zip(ring()).collect();
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let join = |role: Role, previous, next| {
            let security = if role == Role::Third { Security::SemiHonest } else { Security::Malicious };
            let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
            let joined = Context::join(role, previous, next, &Digest::ZERO, security, &mut rng);
            joined.err().map_or(0, |error| error.code())
        };
        let handles: Vec<_> = ends
            .into_iter()
            .map(|(role, [previous, next])| scope.spawn(move || join(role, previous, next)))
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    assert!(codes.contains(&9304) && codes.iter().all(|&code| code != 0), "{codes:?}");
}

/// Bytes that a party sends and steps it takes, for products and for their check.
fn cost<R: Ring>(len: usize) -> [u64; 4] {
    let ends = three_under(Security::Malicious, 11, |context| {
        let x: Shares<R> = context.random(len);
        let (bytes, steps) = (sent(context), context.steps());
        let product = multiply(context, &x, &x)?;
        let (then, taken) = (sent(context), context.steps());
        verify(context, product)?;
        let cost = [then - bytes, sent(context) - then];
        let steps = [taken - steps, context.steps() - taken].map(u64::from);
        Ok([cost[0], steps[0], cost[1], steps[1]])
    });
    let [first, second, third] = ends.map(Result::unwrap);
    assert_eq!((first, second), (second, third));
    first
}

#[test]
fn what_a_check_costs_does_not_grow_with_what_is_checked() {
    let frames = |len: usize| len.div_ceil(crate::context::CHUNK) as u64;
    for len in [1, 1 << 10, 1 << 16, 1 << 18] {
        let [bytes, _, check, steps] = cost::<Z64>(len);
        assert_eq!(bytes, 8 * len as u64 + 5 * frames(len));
        assert!(check < 16_000 && steps < 40, "{len} integers: {check} bytes, {steps} steps");
        let [bytes, _, check, steps] = cost::<B64>(len);
        assert_eq!(bytes, 8 * len as u64 + 5 * frames(len));
        assert!(check < 21_000 && steps < 40, "{len} words: {check} bytes, {steps} steps");
    }
}
