use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::field::F128x4;

#[test]
fn all_leaves_but_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let hash = Permutation::new([9; 16]);
    for (tops, height) in [(17, 1), (32, 1), (25, 2), (19, 5)] {
        let shape = Shape { n: 1, trees: 1, tops, height };
        for missing in (0..shape.leaves()).step_by(1 + shape.leaves() / 40) {
            let (root, delta) = (F128::random(&mut rng), F128::random(&mut rng));
            let dealt: Vec<F128> = (0..shape.depth()).map(|_| F128::random(&mut rng)).collect();
            let bits = choices(&shape, missing);
            let held = dealt.iter().enumerate();
            let held: Vec<F128> =
                held.map(|(i, &key)| if bits >> i & 1 == 1 { key + delta } else { key }).collect();
            let mut leaves = vec![F128::ZERO; shape.leaves()];
            let (corrections, sum) = deal(&hash, &shape, (root, delta), &dealt, &mut leaves);
            assert_eq!(corrections.len(), correction_blocks(&shape));
            let mut known = vec![F128::ZERO; shape.leaves()];
            let known_sum = hold(&hash, &shape, &[missing], (&held, &corrections), &mut known);
            assert_eq!(known[missing], F128::ZERO);
            assert_eq!(sum + known_sum, leaves[missing]);
            known[missing] = leaves[missing];
            assert_eq!(known, leaves, "{shape:?} {missing}");
        }
    }
}

/// Four trees side by side are four trees, each with a hole of its own.
#[test]
fn four_at_once() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let hash = Permutation::new([9; 16]);
    let shape = Shape { n: 1, trees: 1, tops: 19, height: 3 };
    let (missing, delta) = ([0, 17, 84, shape.leaves() - 1], F128::random(&mut rng));
    let mut four = || F128x4::from([0; 4].map(|_| F128::random(&mut rng)));
    let root = four();
    let dealt: Vec<F128x4> = (0..shape.depth()).map(|_| four()).collect();
    let mut held = dealt.clone();
    for (lane, &missing) in missing.iter().enumerate() {
        let bits = choices(&shape, missing);
        for (level, key) in held.iter_mut().enumerate().filter(|(level, _)| bits >> level & 1 == 1) {
            assert!(level < shape.depth());
            key.set_lane(lane, key.lane(lane) + delta);
        }
    }
    let mut leaves = vec![F128x4::default(); shape.leaves()];
    let (corrections, sum) = deal(&hash, &shape, (root, delta), &dealt, &mut leaves);
    let mut known = leaves.clone();
    let known_sum = hold(&hash, &shape, &missing, (&held, &corrections), &mut known);
    for (lane, &missing) in missing.iter().enumerate() {
        let keys: Vec<F128> = dealt.iter().map(|key| key.lane(lane)).collect();
        let mut alone = vec![F128::ZERO; shape.leaves()];
        let (blocks, _) = deal(&hash, &shape, (root.lane(lane), delta), &keys, &mut alone);
        assert!(alone.iter().zip(&leaves).all(|(leaf, four)| *leaf == four.lane(lane)));
        assert!(blocks.iter().zip(&corrections).all(|(block, four)| *block == four.lane(lane)));
        assert_eq!(known[missing].lane(lane), F128::ZERO);
        assert_eq!((sum + known_sum).lane(lane), alone[missing]);
        known[missing].set_lane(lane, alone[missing]);
    }
    assert_eq!(known, leaves);
}
