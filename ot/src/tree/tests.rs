use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

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
            let known_sum = hold(&hash, &shape, missing, (&held, &corrections), &mut known);
            assert_eq!(known[missing], F128::ZERO);
            assert_eq!(sum + known_sum, leaves[missing]);
            known[missing] = leaves[missing];
            assert_eq!(known, leaves, "{shape:?} {missing}");
        }
    }
}
