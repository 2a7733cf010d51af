//! The wire of version 1: messages and hashes byte for byte. Words and tokens beyond these depend on the VOLE.

use super::coding::Coding;
use super::hash::{Hashed, Hashes};
use super::msg::*;
use super::*;
use crate::error::Misstep;
use proptest::prelude::*;
use yinshu_crypto::field::{F64, F128};

fn open() -> OpenPackage {
    OpenPackage {
        terms: terms(Learns::Both).digest(),
        commitment: Digest::sha256(b"c"),
        count: 0x0102_0304,
        seed: [9; 16],
    }
}

#[test]
fn messages() {
    let frame = open().encode(MALICIOUS_COMPACT);
    assert_eq!(frame.len(), OpenPackage::BYTES);
    assert_eq!(OpenPackage::decode(&frame, &terms(Learns::Both), MALICIOUS_COMPACT), Ok(open()));
    for coin in [None, Some(Digest::sha256(b"coin"))] {
        let accept = AcceptPackage { tokens: 5, coin };
        let security = if coin.is_some() { Security::Malicious } else { Security::SemiHonest };
        assert_eq!(AcceptPackage::decode(&accept.encode(), security), Ok(accept));
        assert_eq!(accept.encode()[..9], [2, 5, 0, 0, 0, 0, 0, 0, 0]);
    }
    let words = WordsPackage { words: vec![F64(1), F64(2 << 56)] };
    assert_eq!(words.encode(), [3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(WordsPackage::decode(&words.encode(), 2), Ok(words));
    let coin = CoinPackage { coin: [7; 16] };
    assert_eq!(CoinPackage::decode(&coin.encode(Kind::SenderCoin), Kind::SenderCoin), Ok(coin));
    let mut tokens = Vec::new();
    Coding::new(Wire::Compact, 40, 2).encode(&[1 << 100, 1 << 127], None, &mut tokens);
    assert_eq!(
        (Digest::sha256(&frame).short(), hex::encode(tokens)),
        ("639a0ff6".into(), "00000020017fffffdffe".into())
    );
}

#[test]
fn openings_that_differ_are_refused() {
    let frame = open().encode(FAST);
    let decode = |frame: &[u8]| OpenPackage::decode(frame, &terms(Learns::Both), FAST);
    let altered = |at: usize| {
        let mut frame = frame.clone();
        frame[at] ^= 1;
        decode(&frame).unwrap_err().code()
    };
    assert_eq!([0, 1, 2, 3].map(altered), [4101, 4103, 4121, 4104]);
    assert_eq!(decode(&frame[..OpenPackage::BYTES - 1]).unwrap_err().code(), 4102);
    assert_eq!(decode(&[]).unwrap_err(), Misstep::WrongMessage { expected: "open", found: 0 });
}

#[test]
fn hashes() {
    let hashes = Hashes::new(&[3; 16]);
    let items = entries(0..700);
    let Hashed { keys, values } = hashes.entries::<F128>(&items);
    let small = hashes.entries::<F64>(&items);
    assert!(small.keys == keys);
    assert!(small.values.iter().zip(&values).all(|(small, value)| *small == value.low()));
    let mut outputs = [F128(1), F128(2)];
    let run = run_digest(&open(), MALICIOUS, 7);
    hashes.outputs(Security::SemiHonest, (&run, F128::ZERO), &mut outputs, |at| &items[at]);
    let mut random = [F128(1), F128(2)];
    hashes.outputs(Security::Malicious, (&run, F128(5)), &mut random, |at| &items[at]);
    let key = format!("{:016x} {:016x} {:032x}", keys[699].place, keys[699].row, values[699].0);
    let output = format!("{:032x} {:032x}", outputs[1].0, random[1].0);
    assert_eq!(key, "20b56f6510b9ab0b 76f01b59df55adf4 9c3fee42f3e04543cb3f79d8962a3535");
    assert_eq!(output, "53571e626bf46b2a1fd93fdbc28b978f be81caf5196602a03092755596246118");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decoders_never_panic(kind in 0u8..10, body in proptest::collection::vec(any::<u8>(), 0..120)) {
        let frame = [vec![kind], body].concat();
        let _ = OpenPackage::decode(&frame, &terms(Learns::Both), FAST);
        let _ = AcceptPackage::decode(&frame, Security::Malicious);
        let _ = WordsPackage::<F128>::decode(&frame, 2);
        let _ = CoinPackage::decode(&frame, Kind::ReceiverCoin);
    }
}

/// Whatever the sides agreed on differently, the run is another.
#[test]
fn runs_are_told_apart() {
    let base = open();
    let runs = [
        run_digest(&base, FAST, 5),
        run_digest(&base, COMPACT, 5),
        run_digest(&base, MALICIOUS, 5),
        run_digest(&base, FAST, 6),
        run_digest(&OpenPackage { terms: terms(Learns::Receiver).digest(), ..base.clone() }, FAST, 5),
        run_digest(&OpenPackage { commitment: Digest::sha256(b"d"), ..base.clone() }, FAST, 5),
        run_digest(&OpenPackage { count: 1, ..base.clone() }, FAST, 5),
        run_digest(&OpenPackage { seed: [8; 16], ..base }, FAST, 5),
    ];
    let distinct: std::collections::BTreeSet<_> = runs.iter().collect();
    assert_eq!(distinct.len(), runs.len());
    let item = &entries(0..1)[0];
    let output = |run| {
        let mut output = [F128(1)];
        Hashes::new(&[3; 16]).outputs(Security::Malicious, (run, F128(5)), &mut output, |_| item);
        output[0]
    };
    assert_ne!(output(&runs[0]), output(&runs[1]));
}
