use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_net::{PartyId, memory};

fn context() -> Digest {
    Digest::sha256(b"contract")
}

fn check(one: &Triples, two: &Triples, words: usize) {
    let lengths = |t: &Triples| [t.a.len(), t.b.len(), t.c.len()];
    assert_eq!((lengths(one), lengths(two)), ([words; 3], [words; 3]));
    for i in 0..words {
        let (a, b) = (one.a[i] ^ two.a[i], one.b[i] ^ two.b[i]);
        assert_eq!(a & b, one.c[i] ^ two.c[i], "word {i}");
    }
}

/// All shares look random: about half of the bits are set.
fn balanced(triples: &Triples) {
    for bits in [&triples.a, &triples.b, &triples.c] {
        let ones: u32 = bits.iter().map(|word| word.count_ones()).sum();
        let all = 64 * bits.len() as u32;
        assert!(ones.abs_diff(all / 2) < all / 20, "{ones} of {all}");
    }
}

#[test]
fn shares_of_products() {
    for n in [0, 1, 64, 20_000] {
        let name = |name| PartyId::new(name).unwrap();
        let (mut sender, mut receiver) = memory::pair(name("province"), name("county"));
        let (one, two) = std::thread::scope(|scope| {
            let one = scope.spawn(move || {
                bit_triples(&mut sender, &context(), Role::Sender, n, &mut ChaCha20Rng::seed_from_u64(1))
            });
            let two =
                bit_triples(&mut receiver, &context(), Role::Receiver, n, &mut ChaCha20Rng::seed_from_u64(2));
            (one.join().unwrap().unwrap(), two.unwrap())
        });
        check(&one, &two, n.div_ceil(64));
        if n > 10_000 {
            balanced(&one);
            balanced(&two);
        }
    }
}

#[test]
fn ideal_triples() {
    let [one, two] = ideal(10_000, &mut ChaCha20Rng::seed_from_u64(3));
    check(&one, &two, 157);
    balanced(&one);
    balanced(&two);
}

#[test]
fn too_many_are_refused() {
    let name = |name| PartyId::new(name).unwrap();
    let (mut sender, _receiver) = memory::pair(name("province"), name("county"));
    let outcome =
        bit_triples(&mut sender, &context(), Role::Sender, MOST + 1, &mut ChaCha20Rng::seed_from_u64(1));
    assert_eq!(outcome.err().map(|error| error.code()), Some(4251));
}
