use super::*;
use crate::araki16::open;
use crate::tests::adversary::run;
use crate::tests::given::signed;
use crate::tests::{Deviation, NAMES, agreed_under, sent, three, three_under};
use crate::verified::{Place, verify};
use crate::{Role, Security};
use yinshu_net::testkit::{Action, Direction};

fn scale(numerator: u128, denominator: u128) -> Scale {
    Scale::new(numerator, denominator).unwrap()
}

/// Numbers of one scale, opened.
fn drawn(seed: u64, of: Scale, count: usize) -> Vec<i64> {
    agreed_under(Security::SemiHonest, seed, |context| {
        let noise = laplace(context, &vec![of; count])?;
        signed(context, noise)
    })
}

/// Pearson's statistic of drawn numbers against the ideal distribution, in classes of -reach … reach and both tails, and how
/// many classes there are.
fn chi_square(drawn: &[i64], of: Scale, (reach, step): (i64, i64)) -> (f64, usize) {
    let r = (-1.0 / of.ratio()).exp();
    // Pr[X ≥ x] for x > 0; it is symmetric.
    let above = |x: i64| r.powf(x as f64) / (1.0 + r);
    let mut edges: Vec<i64> = (-reach..=reach + 1).step_by(step as usize).collect();
    edges.push(i64::MAX);
    let below = |edge: i64| match edge {
        i64::MAX => 1.0,
        1.. => 1.0 - above(edge),
        _ => above(1 - edge),
    };
    let (mut from, mut statistic) = (i64::MIN, 0.0);
    for &edge in &edges {
        let expected = drawn.len() as f64 * (below(edge) - if from == i64::MIN { 0.0 } else { below(from) });
        let found = drawn.iter().filter(|&&x| x >= from && x < edge).count() as f64;
        assert!(expected >= 5.0, "classes are not too small: {expected} below {edge}");
        statistic += (found - expected).powi(2) / expected;
        from = edge;
    }
    (statistic, edges.len())
}

#[test]
fn what_is_drawn_is_distributed_as_said() {
    let large = 1 << 50;
    let cases = [
        (1, scale(2, 1), (9, 1)),
        (2, scale(1, 2), (2, 1)),
        (3, scale(1000, 3), (1_200, 100)),
        (4, scale(1 << 50, 1), (4 * large, large / 4)),
    ];
    for (seed, of, cut) in cases {
        let drawn = drawn(seed, of, 6_000);
        let (statistic, classes) = chi_square(&drawn, of, cut);
        // Beyond the mean by four deviations and some: one run in ten thousand or fewer.
        let freedom = (classes - 1) as f64;
        assert!(statistic < freedom + 4.5 * (2.0 * freedom).sqrt(), "{statistic} with {freedom} degrees");
        assert!(drawn.iter().all(|x| x.unsigned_abs() <= of.bound()));
        // The same numbers against another scale do not pass.
        let other = scale(of.numerator * 5, of.denominator * 4);
        let cut = match of.numerator {
            1 => (1, 1),
            2 => (4, 1),
            _ => cut,
        };
        let (wrong, count) = chi_square(&drawn, other, cut);
        let freedom = (count - 1) as f64;
        assert!(wrong > freedom + 10.0 * (2.0 * freedom).sqrt(), "{wrong} with {freedom} degrees");
    }
}

#[test]
fn no_two_numbers_are_the_same_noise() {
    // Of so large a scale two that agree are one in a billion.
    let of = scale(1 << 40, 1);
    let all = agreed_under(Security::Malicious, 4, |context| {
        let (some, more) = (laplace(context, &[of; 20])?, laplace(context, &[of; 20])?);
        signed(context, Shares::concat([&some, &more]))
    });
    let mut distinct = all.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), all.len());
    assert!(all.iter().any(|x| *x < 0) && all.iter().any(|x| *x > 0));
    assert!(all.iter().map(|x| x.unsigned_abs()).sum::<u64>() / 40 > 1 << 38, "as large as its scale");
    let again = |seed| drawn(seed, of, 3);
    assert_ne!(again(5), again(6));
}

#[test]
fn scales_of_several_figures_stand_in_their_order() {
    let scales = [scale(1, 100), scale(1 << 50, 1), scale(1, 100), scale(3, 1), scale(1 << 50, 1)];
    let noise = agreed_under(Security::Malicious, 7, |context| {
        let noise = laplace(context, &scales)?;
        signed(context, noise)
    });
    assert_eq!([noise[0], noise[2]], [0, 0], "a hundredth is none");
    assert!([1, 4].iter().all(|&at| noise[at].unsigned_abs() > scales[3].bound()), "{noise:?}");
    assert!(noise[3].unsigned_abs() <= scales[3].bound());
    let none = agreed_under(Security::Malicious, 8, |context| {
        let noise = laplace(context, &[])?;
        signed(context, noise)
    });
    assert!(none.is_empty());
}

/// The distribution that the thresholds give, by adding up all bits of both geometric numbers.
fn exactly(of: Scale) -> Vec<f64> {
    let size = 1 << of.bits;
    let thresholds = thresholds(&of);
    let one = |value: usize| {
        let bit = |(at, &c): (usize, &u128)| {
            let p = c as f64 / (FRACTION as f64).exp2();
            if value >> at & 1 == 1 { p } else { 1.0 - p }
        };
        thresholds.iter().enumerate().map(bit).product::<f64>()
    };
    let one: Vec<f64> = (0..size).map(one).collect();
    let mut both = vec![0.0; 2 * size];
    for (a, p) in one.iter().enumerate() {
        one.iter().enumerate().for_each(|(b, q)| both[size + a - b] += p * q);
    }
    both
}

#[test]
fn the_distribution_is_as_near_to_the_ideal_as_promised() {
    for of in [scale(1, 4), scale(1, 1), scale(2, 1), scale(13, 3)] {
        let (found, size) = (exactly(of), 1i64 << of.bits);
        let r = (-1.0 / of.ratio()).exp();
        let ideal = |x: i64| (1.0 - r) / (1.0 + r) * r.powf(x.unsigned_abs() as f64);
        let inside: f64 = (0i64..).zip(&found).map(|(at, p)| (p - ideal(at - size)).abs()).sum();
        let outside = 2.0 * r.powf(size as f64) / (1.0 + r);
        // As near as such numbers can tell.
        assert!((inside + outside) / 2.0 < 1e-14, "{of:?}: {inside} {outside}");
    }
}

#[test]
fn security_parameters_are_not_lowered() {
    // Of a whole release, as many figures as any contract may open, at the largest noise.
    let figures = 1 << 21;
    const { assert!(FRACTION >= 64 && TAIL_BITS >= 64 && RELEASE_BITS >= 40) };
    assert!(TAIL as f64 >= f64::from(TAIL_BITS) * std::f64::consts::LN_2, "what is left out is below 2^-64");
    let of = scale(1 << 54, 1);
    assert_eq!((of.bits(), of.bound()), (60, (1 << 60) - 1));
    let distance = 2.0 * ((-64f64).exp2() + 60.0 * (-80f64).exp2());
    let promised = of.distance() as f64 * (-80f64).exp2();
    assert!((promised / distance - 1.0).abs() < 1e-9);
    assert!(promised * f64::from(figures) <= (-40f64).exp2());
    within_release(&vec![of; figures as usize]).unwrap();
    assert_eq!(within_release(&vec![of; 1 << 24]).unwrap_err().code(), 9207);
    for (numerator, denominator) in [(1, 1), (7, 3), (10_000_000_000, 9)] {
        let of = scale(numerator, denominator);
        let tail = (-((1u64 << of.bits()) as f64) / of.ratio()).exp();
        assert!(tail <= (-64f64).exp2(), "{of:?}: {tail}");
    }
}

#[test]
fn scales_that_cannot_be_are_refused() {
    for (numerator, denominator, code) in
        [(0, 1, 9210), (1, 0, 9210), (1 << 60, 1, 9207), (1 << 111, 1 << 100, 9207), (1, 1 << 111, 9207)]
    {
        assert_eq!(Scale::new(numerator, denominator).unwrap_err().code(), code, "{numerator}/{denominator}");
    }
    assert_eq!(scale(1, 1 << 100).bound(), 0, "no noise at all");
}

#[test]
fn bytes_and_rounds_are_as_said() {
    for (count, of) in [(1, scale(2, 1)), (40, scale(1_000_000_000, 1))] {
        let found = three(9, |context| {
            let (bytes, steps) = (sent(context), context.steps());
            laplace(context, &vec![of; count])?;
            Ok((sent(context) - bytes, context.steps() - steps))
        });
        let lanes = 2 * count as u64 * u64::from(of.bits());
        // Carries of 40, 20, 10, 5, 2, 1 and 1 blocks, and propagations of all but the lowest of them.
        let planes = 79 + 39 + 19 + 9 + 3 + 1 + 1;
        let bytes = planes * 8 * lanes.div_ceil(64) + 16 * lanes + 5 * 9;
        // One step more for the words, in which nothing is sent.
        assert_eq!(found.map(Result::unwrap), [(bytes, 10); 3]);
    }
    let steps = three(10, |context| {
        let (bytes, steps) = (sent(context), context.steps());
        noted_by_all(context, &Digest::ZERO)?;
        Ok((sent(context) - bytes, context.steps() - steps))
    });
    assert_eq!(steps.map(Result::unwrap), [(2 * (32 + 5), 2); 3]);
}

/// Two figures with noise, opened after all have noted it.
fn job(context: &mut Context) -> Result<Vec<i64>, MpcError> {
    let noise = laplace(context, &[scale(2, 1), scale(1 << 30, 1)])?;
    let noised = verify(context, noise)?;
    noted_by_all(context, &Digest::sha256(b"price"))?;
    Ok(open(context, &noised)?.into_iter().map(Z64::signed).collect())
}

#[test]
fn every_lie_about_the_noise_is_caught_before_anything_opens() {
    use Place::{Challenge, Digest, Opening, Proof, Reshare, Verdict, Whole};
    for place in [Reshare, Proof, Challenge, Whole, Verdict, Opening, Digest] {
        for cheater in Role::ALL {
            let lie = |nth, bit| {
                three_under(Security::Malicious, 11, move |context| {
                    if context.role() == cheater {
                        context.deviation = Some(Deviation { place, nth, bit, ..Deviation::default() });
                    }
                    let opened = job(context)?;
                    Ok((opened, context.deviation.as_ref().map_or(0, |deviation| deviation.seen)))
                })
            };
            let truth = lie(usize::MAX, 0).map(Result::unwrap);
            let (right, seen) = (&truth[0].0, truth[cheater.number()].1);
            assert!(seen > 0, "{place:?} {cheater:?}");
            for nth in 0..seen {
                let bit = if nth % 2 == 0 { 63 } else { nth as u32 % 63 };
                let ends = lie(nth, bit);
                let honest = [cheater.next(), cheater.previous()].map(|role| &ends[role.number()]);
                assert!(honest.iter().any(|end| end.is_err()), "{place:?} {nth} of {seen}");
                assert!(honest.iter().all(|end| end.as_ref().map_or(true, |(opened, _)| opened == right)));
                if place == Reshare {
                    let named = |end: &&Result<_, MpcError>| match end {
                        Err(MpcError::Cheated { first, second, .. }) => {
                            [first, second].iter().any(|name| name.as_str() == NAMES[cheater.number()])
                        }
                        Err(error) => error.code() == 9221,
                        Ok(_) => false,
                    };
                    assert!(honest.iter().all(named), "{place:?} {nth}");
                }
            }
        }
    }
}

#[test]
fn every_altered_frame_ends_the_run() {
    let all = |context: &mut Context| job(context).map(drop);
    let meters = three_under(Security::Malicious, 0, |context| {
        all(context)?;
        Ok(context.meters()[0].total)
    });
    let traffic = meters.map(Result::unwrap)[0];
    let ways = [(Direction::Sent, traffic.frames_sent), (Direction::Received, traffic.frames_received)];
    for (direction, count) in ways {
        assert!(count > 10);
        let victim = if direction == Direction::Sent { Role::Third } else { Role::First };
        for nth in 0..count {
            // In the head, in the first element, and cut off.
            for action in [Action::Flip { bit: 9 }, Action::Flip { bit: 40 }, Action::Truncate { keep: 5 }] {
                let errors = run(Security::Malicious, all, direction, nth, &action);
                assert!(errors[victim.number()].is_some(), "{direction:?} {nth} {action:?}: {errors:?}");
            }
        }
    }
}

#[test]
fn who_has_no_budget_left_or_notes_another_price_stops_all() {
    for odd in Role::ALL {
        for refuses in [true, false] {
            let ends = three(12, |context| {
                let noise = laplace(context, &[scale(2, 1)])?;
                let price = if context.role() == odd { Digest::ZERO } else { Digest::sha256(b"price") };
                if context.role() == odd && refuses {
                    return Err(MpcError::Undefined { what: "a price without a budget" });
                }
                noted_by_all(context, &price)?;
                signed(context, noise)
            });
            assert!(ends.iter().all(Result::is_err), "{odd:?}: {ends:?}");
            let codes = ends.map(|end| end.unwrap_err().code());
            assert!(refuses || codes.contains(&9304), "{codes:?}");
        }
    }
}
