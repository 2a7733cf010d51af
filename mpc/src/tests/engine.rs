use super::*;
use crate::araki16::{dot, gram, input, matrix, multiply, open, open_to};
use crate::verified::verify;
use crate::{B64, Ring, Shares, Z64};
use rand_core::Rng;

fn values<R: Ring>(seed: u64, len: usize) -> Vec<R> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..len).map(|_| R::of(rng.next_u64())).collect()
}

fn given<R: Ring>(context: &mut Context, owner: Role, values: &[R]) -> Result<Shares<R>, MpcError> {
    let ours = (context.role() == owner).then_some(values);
    input(context, owner, ours, values.len())
}

fn opened<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Vec<R>, MpcError> {
    let verified = verify(context, shares)?;
    open(context, &verified)
}

#[test]
fn what_is_shared_opens() {
    for len in [0, 1, 63, 70_000] {
        for owner in Role::ALL {
            let secret: Vec<Z64> = values(1, len);
            let out = agreed(2, |context| {
                let shares = given(context, owner, &secret)?;
                opened(context, shares)
            });
            assert_eq!(out, secret);
        }
    }
}

#[test]
fn one_party_alone_gets_what_is_opened_to_it() {
    let secret: Vec<Z64> = values(3, 100);
    for receiver in Role::ALL {
        let ends = three(4, |context| {
            let shares = given(context, Role::Second, &secret)?;
            let verified = verify(context, shares)?;
            open_to(context, receiver, &verified)
        });
        for (role, end) in Role::ALL.into_iter().zip(ends) {
            assert_eq!(end.unwrap(), (role == receiver).then(|| secret.clone()));
        }
    }
}

#[test]
fn products_are_right_and_cost_one_element_each() {
    fn check<R: Ring>() {
        for len in [0, 1, 70_000] {
            let (x, y): (Vec<R>, Vec<R>) = (values(5, len), values(6, len));
            let ends = three(7, |context| {
                let (a, b) = (given(context, Role::First, &x)?, given(context, Role::Third, &y)?);
                let before = sent(context);
                let product = multiply(context, &a, &b)?;
                let after = sent(context);
                Ok((opened(context, product)?, after - before))
            });
            let expected: Vec<R> = x.iter().zip(&y).map(|(&x, &y)| x * y).collect();
            for end in ends {
                let (products, bytes) = end.unwrap();
                assert_eq!(products, expected);
                assert_eq!(bytes, (8 * len + 5 * len.div_ceil(crate::context::CHUNK)) as u64);
            }
        }
    }
    check::<Z64>();
    check::<B64>();
}

#[test]
fn dot_products_cost_one_element_whatever_their_length() {
    let (x, y): (Vec<Z64>, Vec<Z64>) = (values(8, 3000), values(9, 3000));
    let ends = three(10, |context| {
        let (a, b) = (given(context, Role::First, &x)?, given(context, Role::Second, &y)?);
        let before = sent(context);
        let sums = dot(context, &a, &b, 1000)?;
        let bytes = sent(context) - before;
        assert_eq!(bytes, 5 + 3 * 8);
        opened(context, sums)
    });
    let each = x.chunks(1000).zip(y.chunks(1000));
    let expected: Vec<Z64> =
        each.map(|(x, y)| x.iter().zip(y).fold(Z64::ZERO, |sum, (&x, &y)| sum + x * y)).collect();
    ends.into_iter().for_each(|end| assert_eq!(end.unwrap(), expected));
}

#[test]
fn matrices() {
    let (n, m, p) = (3, 4, 5);
    let (x, y): (Vec<Z64>, Vec<Z64>) = (values(11, n * m), values(12, m * p));
    let product = agreed(13, |context| {
        let (a, b) = (given(context, Role::First, &x)?, given(context, Role::Second, &y)?);
        let product = matrix(context, (&a, n), (&b, p))?;
        opened(context, product)
    });
    for (at, value) in product.into_iter().enumerate() {
        let sum = (0..m).fold(Z64::ZERO, |sum, k| sum + x[at / p * m + k] * y[k * p + at % p]);
        assert_eq!(value, sum);
    }
    let upper = agreed(14, |context| {
        let columns: Vec<_> =
            y.chunks(p).map(|row| given(context, Role::Third, row)).collect::<Result<_, _>>()?;
        let products = gram(context, &columns.iter().collect::<Vec<_>>())?;
        opened(context, products)
    });
    let rows: Vec<_> = y.chunks(p).collect();
    let expected: Vec<_> = (0..m)
        .flat_map(|i| (i..m).map(move |j| (i, j)))
        .map(|(i, j)| rows[i].iter().zip(rows[j]).fold(Z64::ZERO, |sum, (&a, &b)| sum + a * b))
        .collect();
    assert_eq!(upper, expected);
}

#[test]
fn what_a_party_holds_says_nothing() {
    // The parts of one value, over many runs, at each party: each bit is one about half the time.
    let runs = 64;
    for owner in Role::ALL {
        let mut ones = [[0u32; 2]; 3];
        for seed in 0..runs {
            let ends = three(1000 + seed, |context| {
                let shares = given(context, owner, &[Z64(u64::MAX)])?;
                let shares = multiply(context, &shares, &shares)?;
                Ok([shares.own[0].0, shares.next[0].0])
            });
            for (ones, end) in ones.iter_mut().zip(ends) {
                let parts = end.unwrap();
                ones.iter_mut().zip(parts).for_each(|(ones, part)| *ones += part.count_ones());
            }
        }
        // 4096 fair bits: 2048 ± 6·32.
        assert!(ones.iter().flatten().all(|&ones| ones.abs_diff(2048) < 192), "{ones:?}");
    }
}

#[test]
fn other_terms_are_noticed_by_all() {
    let ends: Vec<_> = Role::ALL.into_iter().zip(ring()).collect();
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let handles: Vec<_> = ends
            .into_iter()
            .map(|(role, [previous, next])| {
                scope.spawn(move || {
                    let terms = if role == Role::Second { b"others" } else { b"terms!" };
                    let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                    let joined = Context::join(
                        role,
                        previous,
                        next,
                        &Digest::sha256(terms),
                        Security::Malicious,
                        &mut rng,
                    );
                    joined.err().map_or(0, |error| error.code())
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    assert!(codes.contains(&9304));
    assert!(codes.iter().all(|code| [9304, 9202, 9206].contains(code)), "{codes:?}");
}
