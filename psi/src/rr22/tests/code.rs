//! The code of tokens.

use super::coding::*;
use super::*;
use crate::error::Misstep;
use proptest::prelude::*;

fn round_trip(wire: Wire, bits: u32, tokens: &[Token], in_all: u64) -> usize {
    let coding = Coding::new(wire, bits, in_all);
    let mut body = Vec::new();
    coding.encode(tokens, None, &mut body);
    assert!(body.len() <= coding.max_bytes(tokens.len()));
    assert_eq!(coding.decode(&body, tokens.len(), 0, None).as_deref(), Ok(tokens), "{wire:?} {bits}");
    // In two parts.
    let (first, second) = tokens.split_at(tokens.len() / 3);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    coding.encode(first, None, &mut one);
    coding.encode(second, first.last().copied(), &mut other);
    let last = first.last().copied();
    assert_eq!(coding.decode(&other, second.len(), first.len() as u64, last).as_deref(), Ok(second));
    body.len()
}

fn ascending(bits: u32, mut tokens: Vec<u128>) -> Vec<Token> {
    tokens.iter_mut().for_each(|token| *token = *token >> (128 - bits) << (128 - bits));
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

#[test]
fn takes_what_theory_says() {
    use rand_core::Rng as _;
    let mut rng = rng(1);
    let mut uniform = || u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
    for (bits, log) in [(60, 10), (72, 16), (128, 14), (80, 17)] {
        let tokens = ascending(bits, (0..1 << log).map(|_| uniform()).collect());
        let bytes = round_trip(Wire::Compact, bits, &tokens, tokens.len() as u64);
        let expected =
            Coding::new(Wire::Compact, bits, tokens.len() as u64).expected_bits(tokens.len() as u64) / 8;
        assert!(bytes.abs_diff(expected as usize) < bytes / 100 + 10, "{bytes} bytes, {expected} expected");
        // The entropy of a set of 2^log of 2^bits is about bits − log + 1.44 bits an element.
        let least = (tokens.len() as f64) * (f64::from(bits - log) + 1.44) / 8.0;
        assert!((bytes as f64) < least * 1.01 + 10.0, "{bytes} bytes, {least} at least");
    }
}

#[test]
fn extremes() {
    for bits in [40, 64, 65, 72, 88, 128] {
        let step = 1u128 << (128 - bits);
        let top = u128::MAX / step * step;
        let lists: [Vec<u128>; 6] =
            [vec![], vec![0], vec![top], vec![0, step], vec![0, step, 2 * step, top], vec![top - step, top]];
        for (tokens, wire) in
            lists.iter().flat_map(|list| [Wire::Fast, Wire::Compact].map(|wire| (list, wire)))
        {
            if wire == Wire::Compact || bits % 8 == 0 {
                for in_all in [0, 1, 4, 1 << 20] {
                    // With few tokens, the upper part of a gap is short by construction.
                    if in_all >= tokens.len() as u64 && (in_all < 100 || bits <= 64) {
                        round_trip(wire, bits, tokens, in_all);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_code_is_refused() {
    let coding = Coding::new(Wire::Compact, 60, 3);
    let tokens = ascending(60, vec![1 << 80, 1 << 100, 1 << 120]);
    let mut body = Vec::new();
    coding.encode(&tokens, None, &mut body);
    assert!(coding.decode(&body, 3, 0, None).is_ok());
    let mut longer = body.clone();
    longer.push(0);
    let mut dirty = body.clone();
    *dirty.last_mut().unwrap() |= 1;
    for (bad, index) in
        [(&longer[..], 3), (&dirty[..], 3), (&body[..body.len() - 1], 2), (&[], 0), (&[0xff; 40], 0)]
    {
        assert_eq!(coding.decode(bad, 3, 0, None), Err(Misstep::BadToken { index }), "{bad:02x?}");
    }
    // Above the highest token.
    let last = Some(u128::MAX >> 68 << 68);
    assert_eq!(coding.decode(&[0; 8], 1, 9, last), Err(Misstep::BadToken { index: 9 }));
    let fast = Coding::new(Wire::Fast, 64, 3);
    assert_eq!(fast.decode(&[0; 16], 2, 5, None), Err(Misstep::UnsortedToken { index: 6 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_ascending_tokens(bits in 40u32..=128, tokens in proptest::collection::vec(any::<u128>(), 0..200)) {
        let tokens = ascending(bits, tokens);
        round_trip(Wire::Compact, bits, &tokens, tokens.len() as u64);
        if bits % 8 == 0 {
            round_trip(Wire::Fast, bits, &tokens, tokens.len() as u64);
        }
    }

    #[test]
    fn decoding_never_panics(bits in 40u32..=128, in_all in 0u64..1 << 32, count in 0usize..20,
                             body in proptest::collection::vec(any::<u8>(), 0..100), last in any::<Option<u128>>()) {
        let coding = Coding::new(Wire::Compact, bits, in_all);
        if let Ok(tokens) = coding.decode(&body, count, 0, last.map(|last| coding.cut(last))) {
            prop_assert!(tokens.is_sorted_by(|a, b| a < b) && tokens.len() == count);
        }
        let _ = Coding::new(Wire::Fast, bits.next_multiple_of(8), in_all).decode(&body, count, 0, None);
    }
}
