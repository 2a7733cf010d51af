use super::*;

/// FIPS 197 appendix C.1, through the hash.
#[test]
fn fips_197() {
    let key = std::array::from_fn(|i| i as u8);
    let plain: [u8; 16] = std::array::from_fn(|i| i as u8 * 0x11);
    let cipher = hex::decode("69c4e0d86a7b0430d8cdb78070b4c55a").unwrap().try_into().unwrap();
    let wanted = F128::from_bytes(plain);
    let x = F128::new(wanted.high(), wanted.low() + wanted.high());
    assert_eq!(sigma(x), wanted);
    assert_eq!(Permutation::new(key).hash(x), F128::from_bytes(cipher) + wanted);
}

#[test]
fn loops_hash_every_block() {
    let permutation = Permutation::new([7; 16]);
    for n in [0, 1, 3, 31, 32, 33, 63, 64, 65, 200] {
        let x: Vec<F128> = (0..n).map(|i| F128((i << 70) | (i * i))).collect();
        let one_by_one = |tweak: u128| x.iter().map(move |&x| permutation_hash(x + F128(tweak)));
        let mut hashed = x.clone();
        permutation.hash_each(&mut hashed);
        assert!(hashed.iter().copied().eq(one_by_one(0)));

        let mut children = vec![F128::ZERO; 2 * x.len()];
        let left = permutation.grow(&x, &mut children);
        assert!(children.iter().step_by(2).copied().eq(one_by_one(0)));
        for (pair, &parent) in children.chunks(2).zip(&x) {
            assert_eq!(pair[0] + pair[1], parent, "siblings sum to their parent");
        }
        assert_eq!(left, sum(children.iter().step_by(2)));

        let sums = permutation.leaves(&x, &mut children);
        assert!(children.iter().step_by(2).copied().eq(one_by_one(1)));
        assert!(children.iter().skip(1).step_by(2).copied().eq(one_by_one(2)));
        assert_eq!(sums, [sum(children.iter().step_by(2)), sum(children.iter().skip(1).step_by(2))]);

        let mut stream = vec![F128::ZERO; x.len()];
        permutation.stream(F128(99 << 64), 5, &mut stream);
        assert!(stream.iter().copied().eq((0..n).map(|i| permutation_hash(F128(99 << 64 | (5 + i))))));
    }
}

fn permutation_hash(x: F128) -> F128 {
    Permutation::new([7; 16]).hash(x)
}

fn sum<'a>(blocks: impl Iterator<Item = &'a F128>) -> F128 {
    blocks.fold(F128::ZERO, |sum, &block| sum + block)
}
