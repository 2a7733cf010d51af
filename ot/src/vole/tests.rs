use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::field::F64;

/// C = A·Δ + B, entry by entry.
fn check<A: Subfield>(sender: &VoleSender, receiver: &VoleReceiver<A>, n: usize) {
    assert_eq!((sender.b.len(), receiver.a.len(), receiver.c.len()), (n, n, n));
    for i in 0..n {
        assert_eq!(receiver.c[i], receiver.a[i].into() * sender.delta + sender.b[i], "entry {i}");
    }
}

#[test]
fn ideal_is_a_vole() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for n in [0, 1, 100] {
        let (sender, receiver) = ideal::vole::<F64>(n, &mut rng);
        check(&sender, &receiver, n);
        let (sender, receiver) = ideal::vole::<F128>(n, &mut rng);
        check(&sender, &receiver, n);
    }
}
