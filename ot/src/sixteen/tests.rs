use super::*;
use crate::shape::{COMPUTATIONAL, LARGEST_BESIDE, Noise, Shape};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_net::{Meter, PartyId, memory};

fn context() -> Digest {
    Digest::sha256(b"contract")
}

fn run(groups: usize) -> (Pads, Chosen, Meter) {
    let name = |name| PartyId::new(name).unwrap();
    let (mut sender, mut receiver) = memory::pair(name("province"), name("county"));
    std::thread::scope(|scope| {
        let sent = scope.spawn(move || {
            let sent = send(&mut sender, &context(), groups, &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
            (sent, sender.meter())
        });
        let received =
            receive(&mut receiver, &context(), groups, &mut ChaCha20Rng::seed_from_u64(2)).unwrap();
        let (sent, meter) = sent.join().unwrap();
        (sent, received, meter)
    })
}

fn check(pads: &Pads, chosen: &Chosen, groups: usize) {
    assert_eq!((pads.pads.len(), chosen.choices.len(), chosen.pads.len()), (groups, groups, groups));
    for ((pads, choice), chosen) in pads.pads.iter().zip(&chosen.choices).zip(&chosen.pads) {
        for i in 0..64 {
            let number = (0..CHOICE).fold(0, |number, bit| number | (choice[bit] >> i & 1) << bit);
            assert_eq!(pads[number as usize] >> i & 1, chosen >> i & 1);
        }
    }
}

/// About half of the bits are set, in each word of a transfer alike.
fn balanced<const N: usize>(words: &[[u64; N]]) {
    for at in 0..N {
        let ones: u32 = words.iter().map(|words| words[at].count_ones()).sum();
        let all = 64 * words.len() as u32;
        // Six standard deviations.
        assert!(f64::from(ones.abs_diff(all / 2)) < 3.0 * f64::from(all).sqrt(), "{at}: {ones} of {all}");
    }
}

#[test]
fn the_receiver_has_what_it_chose() {
    for groups in [0, 1, 7, 2_000] {
        let (pads, chosen, meter) = run(groups);
        check(&pads, &chosen, groups);
        let Cost { from_sender, from_receiver, rounds } = cost(groups);
        let total = meter.total;
        assert_eq!(
            (total.bytes_sent, total.bytes_received, total.rounds),
            (from_sender, from_receiver, rounds)
        );
        if groups > 1_000 {
            balanced(&pads.pads);
            balanced(&chosen.choices);
        }
    }
}

#[test]
fn more_than_one_round_of_expansions() {
    let groups = 4 * LARGEST_BESIDE / 64 + 5;
    let (pads, chosen, meter) = run(groups);
    check(&pads, &chosen, groups);
    balanced(&pads.pads);
    let Cost { from_sender, from_receiver, rounds } = cost(groups);
    assert_eq!((meter.total.bytes_sent, meter.total.bytes_received), (from_sender, from_receiver));
    assert_eq!((meter.total.rounds, rounds), (5, 5));
}

#[test]
fn ideal_transfers() {
    let (pads, chosen) = ideal(100, &mut ChaCha20Rng::seed_from_u64(3));
    check(&pads, &chosen, 100);
    balanced(&pads.pads);
}

#[test]
fn too_many_are_refused() {
    let name = |name| PartyId::new(name).unwrap();
    let (mut sender, _receiver) = memory::pair(name("province"), name("county"));
    let outcome = send(&mut sender, &context(), MOST_GROUPS + 1, &mut ChaCha20Rng::seed_from_u64(1));
    assert_eq!(outcome.err().map(|error| error.code()), Some(4251));
}

/// Fails when someone lowers what transfers rest on: for every size of an expansion, the noise is that of a large
/// field, uniform over all sixteen elements.
#[test]
fn every_size_is_secure() {
    for n in [1, 1 << 14, 20_000, 1 << 16, LARGEST_BESIDE] {
        let shape = Shape::new(n, Noise::Field);
        assert!(shape.trees >= 477 && shape.security_bits(Noise::Field) >= COMPUTATIONAL, "{n}: {shape:?}");
    }
    // Every number of free places to guess, with a sixteenth of the noise zero.
    assert!(477.0 * -(1.0 - 15.0 / 16.0 * crate::code::RATE).log2() > 430.0);
    // A character of a product with noise that hits the word is 0 on average: of each a, half of all products have it 1.
    for a in 1..16 {
        let ones = (0..16).filter(|&e| (F16::new(a) * F16::new(e)).bits() & 1 == 1).count();
        assert_eq!(ones, 8);
    }
    // Differences are as many as fifteen, and each has an inverse.
    assert!((1..16).all(|a| F128::from(F16::new(a)) != F128::ZERO));
}

/// As the table says.
#[test]
fn little_at_full_size() {
    let one = cost(4 * LARGEST_BESIDE / 64);
    assert!((370_000..385_000).contains(&one.from_sender), "{one:?}");
    assert!((110_000..125_000).contains(&one.from_receiver), "{one:?}");
}
