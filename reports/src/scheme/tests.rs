//! The draft's published vectors, agreement with the crate, and reports that must be rejected.

use super::*;
use crate::task::Role;
use prio::codec::{Encode, ParameterizedDecode as _};
use prio::field::{Field64, Field128};
use prio::vdaf::prio3::{Prio3, Prio3InputShare, Prio3PublicShare};
use prio::vdaf::{Aggregator as _, Client as _, VerifyTransition};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::Value;
use std::path::Path;

type Vectors = SumVec<Field128, ParallelSum<Field128, Mul>>;
type Buckets = Histogram<Field128, ParallelSum<Field128, Mul>>;

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a text")).expect("hexadecimal digits")
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).expect("a number")
}

/// Sharding, verification, aggregation and unsharding of one file; whether all that it says succeeds here too.
fn check<T: Circuit>(
    file: &Value,
    circuit: T,
    algorithm: u32,
    measured: impl Fn(&Value) -> Measurement,
) -> bool {
    let prio = Prio::with(circuit, algorithm, bytes(&file["ctx"]));
    let key: [u8; SEED] = bytes(&file["verify_key"]).try_into().expect("a key");
    let good = file["operations"].as_array().expect("a list").iter().all(|o| o["success"] == true);
    let mut sums =
        [const { Vec::new() }; 2].map(|_: Vec<u8>| vec![T::Field::zero(); prio.circuit.output_len()]);
    let mut all = true;
    for report in file["reports"].as_array().expect("a list") {
        let nonce: [u8; NONCE] = bytes(&report["nonce"]).try_into().expect("a nonce");
        let (public, inputs) =
            (bytes(&report["public_share"]), report["input_shares"].as_array().expect("a list"));
        let inputs: Vec<_> = inputs.iter().map(bytes).collect();
        if good {
            let encoded = prio.encoded(&measured(&report["measurement"])).expect("it fits");
            let shares = prio.shard(&encoded, &nonce, &bytes(&report["rand"]));
            assert_eq!(shares.public, public, "public share");
            assert_eq!([&shares.leader, &shares.helper], [&inputs[0], &inputs[1]], "input shares");
        }
        let begin =
            |role, input| prio.begin(&key, role, &nonce, (&public, input)).expect("it is well formed");
        let begun = [begin(Role::Leader, &inputs[0]), begin(Role::Helper, &inputs[1])];
        let verifiers = &report["verifier_shares"][0];
        for (begun, verifier) in begun.iter().zip(verifiers.as_array().expect("a list")) {
            assert_eq!(begun.verifier, bytes(verifier), "verifier share");
        }
        let message = prio.decide(&begun[0].verifier, &begun[1].verifier);
        let published = &report["verifier_messages"][0];
        if let (Some(message), true) = (&message, good) {
            assert_eq!(*message, bytes(published), "verifier message");
        }
        // A file may have another message than the one that follows.
        let message = message.map(|own| if published.is_null() { own } else { bytes(published) });
        let Some(message) = message.filter(|m| begun.iter().all(|begun| prio.agrees(begun, m))) else {
            all = false;
            continue;
        };
        for (at, (sum, begun)) in sums.iter_mut().zip(&begun).enumerate() {
            let out = report["out_shares"][at].clone();
            assert!(prio.agrees(begun, &message));
            assert_eq!(*prio.sum_bytes(&begun.output), bytes(&out), "output share");
            prio.add(sum, begun);
        }
    }
    if all {
        let shares = sums.each_ref().map(|sum| prio.sum_bytes(sum));
        for (share, published) in shares.iter().zip(file["agg_shares"].as_array().expect("a list")) {
            assert_eq!(**share, bytes(published), "aggregate share");
        }
        let reports = file["reports"].as_array().expect("a list").len() as u64;
        let figures = prio.unshard([&shares[0], &shares[1]], reports).expect("it fits");
        let result = match &file["agg_result"] {
            Value::Array(all) => all.iter().map(number).collect(),
            one => vec![number(one)],
        };
        assert_eq!(figures.0, result, "aggregate result");
    }
    assert_eq!(all, good);
    all
}

fn published(name: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(format!("{name}.json"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    assert_eq!(file["shares"], 2);
    let size = |name: &str| usize::try_from(number(&file[name])).expect("it is small");
    match name.split('_').next() {
        Some("Prio3Count") => check(&file, Count::<Field64>::new(), 1, |m| Measurement::Yes(number(m) == 1)),
        Some("Prio3Sum") => {
            let sum = Sum::<Field64>::new(number(&file["max_measurement"])).expect("it fits");
            check(&file, sum, 2, |m| Measurement::Number(number(m)))
        }
        Some("Prio3SumVec") => {
            let most = u128::from(number(&file["max_measurement"]));
            let circuit = Vectors::new(most, size("length"), size("chunk_length")).expect("it fits");
            let numbers = |m: &Value| m.as_array().expect("a list").iter().map(number).collect();
            check(&file, circuit, 3, |m| Measurement::Numbers(numbers(m)))
        }
        Some("Prio3Histogram") => {
            let circuit = Buckets::new(size("length"), size("chunk_length")).expect("it fits");
            let bucket = |m: &Value| u32::try_from(number(m)).expect("it is small");
            check(&file, circuit, 4, |m| Measurement::Bucket(bucket(m)))
        }
        other => panic!("{other:?} is none of ours"),
    }
}

#[test]
fn published_vectors_come_out() {
    for name in
        ["Prio3Count_0", "Prio3Count_2", "Prio3Sum_0", "Prio3Sum_2", "Prio3SumVec_0", "Prio3Histogram_0"]
    {
        assert!(published(name), "{name}");
    }
}

#[test]
fn published_bad_reports_are_rejected() {
    let count = ["bad_gadget_poly", "bad_helper_seed", "bad_meas_share", "bad_wire_seed"]
        .map(|n| format!("Prio3Count_{n}"));
    let histogram =
        ["bad_helper_jr_blind", "bad_leader_jr_blind", "bad_public_share", "bad_verifier_message"]
            .map(|n| format!("Prio3Histogram_{n}"));
    for name in count.iter().chain(&histogram) {
        assert!(!published(name), "{name}");
    }
}

/// What the crate makes of a report, and what we do, byte by byte.
fn agrees<T: Circuit>(
    ours: &Prio<T>,
    theirs: &Prio3<T, XofTurboShake128, 32>,
    at: u64,
    encoded: &[T::Field],
    whole: &T::Measurement,
) {
    let mut rng = ChaCha20Rng::seed_from_u64(at);
    let (mut nonce, mut key, mut random) = ([0; NONCE], [0; SEED], vec![0; ours.sizes().random]);
    rng.fill_bytes(&mut nonce);
    rng.fill_bytes(&mut key);
    rng.fill_bytes(&mut random);
    let (public, shares) = theirs.shard(&ours.context, whole, &nonce).expect("it fits");
    let crates = [public.get_encoded(), shares[0].get_encoded(), shares[1].get_encoded()]
        .map(|b| b.expect("it encodes"));
    let own = ours.shard(encoded, &nonce, &random);
    for parts in [crates.each_ref().map(Vec::as_slice), [&own.public, &own.leader, &own.helper]] {
        let public = Prio3PublicShare::get_decoded_with_param(theirs, parts[0]).expect("a public share");
        let both = [(Role::Leader, parts[1]), (Role::Helper, parts[2])].map(|(role, input)| {
            let share =
                Prio3InputShare::get_decoded_with_param(&(theirs, role as usize), input).expect("a share");
            let (state, verifier) = theirs
                .verify_init(&key, &ours.context, role as usize, &(), &nonce, &public, &share)
                .expect("valid");
            let begun = ours.begin(&key, role, &nonce, (parts[0], input)).expect("well formed");
            assert_eq!(begun.verifier, verifier.get_encoded().expect("it encodes"));
            (state, verifier, begun)
        });
        let message = theirs
            .verifier_shares_to_message(
                &ours.context,
                &(),
                both.each_ref().map(|(_, verifier, _)| verifier.clone()),
            )
            .expect("valid");
        let own = ours.decide(&both[0].2.verifier, &both[1].2.verifier).expect("valid");
        assert_eq!(own, message.get_encoded().expect("it encodes"));
        for (state, _, begun) in both {
            assert!(ours.agrees(&begun, &own));
            let next = theirs.verify_next(&ours.context, state, message.clone()).expect("valid");
            let VerifyTransition::Finish(out) = next else { panic!("Prio3 has one round") };
            assert_eq!(out.as_ref(), &*begun.output);
        }
    }
}

#[test]
fn ours_is_the_crates_for_many_shapes() {
    for at in 0..20u32 {
        let context = vec![7; at as usize];
        let most = 1u64 << at | 1;
        let sum = Sum::<Field64>::new(most).expect("it fits");
        let theirs = Prio3::new(2, 1, 2, sum.clone()).expect("it fits");
        let ours = Prio::with(sum, 2, context.clone());
        let encoded = ours.encoded(&Measurement::Number(most / 2)).expect("it fits");
        agrees(&ours, &theirs, at.into(), &encoded, &(most / 2));

        let kind = Kind::Histogram { buckets: 2 + at };
        let histogram = Buckets::new(2 + at as usize, chunk_length(kind)).expect("it fits");
        let theirs = Prio3::new(2, 1, 4, histogram.clone()).expect("it fits");
        let ours = Prio::with(histogram, 4, context.clone());
        let encoded = ours.encoded(&Measurement::Bucket(at)).expect("it fits");
        agrees(&ours, &theirs, at.into(), &encoded, &(at as usize));

        let (length, bits) = (1 + at, 1 + at % 16);
        let kind = Kind::Vector { length, bits };
        let vector = Vectors::new((1 << bits) - 1, length as usize, chunk_length(kind)).expect("it fits");
        let theirs = Prio3::new(2, 1, 3, vector.clone()).expect("it fits");
        let ours = Prio::with(vector, 3, context);
        let numbers: Vec<u64> = (0..length).map(|i| u64::from(i * 7919) & ((1 << bits) - 1)).collect();
        let encoded = ours.encoded(&Measurement::Numbers(numbers.clone())).expect("it fits");
        agrees(&ours, &theirs, at.into(), &encoded, &numbers.into_iter().map(u128::from).collect());
    }
}

/// Whether both find a report valid whose encoding is this, whatever a reporter that cheats puts there.
fn found_valid<T: Circuit>(prio: &Prio<T>, encoded: &[T::Field]) -> bool {
    let (nonce, key, random) = ([3; NONCE], [4; SEED], vec![5; prio.sizes().random]);
    let shares = prio.shard(encoded, &nonce, &random);
    let begin =
        |role, input: &[u8]| prio.begin(&key, role, &nonce, (&shares.public, input)).expect("well formed");
    let both = [begin(Role::Leader, &shares.leader), begin(Role::Helper, &shares.helper)];
    prio.decide(&both[0].verifier, &both[1].verifier).is_some_and(|m| both.iter().all(|b| prio.agrees(b, &m)))
}

#[test]
fn an_encoding_out_of_range_is_rejected() {
    let (zero, one) = (Field64::zero(), Field64::one());
    let count = Prio::with(Count::<Field64>::new(), 1, vec![]);
    assert!(found_valid(&count, &[one]) && found_valid(&count, &[zero]));
    assert!(!found_valid(&count, &[one + one]) && !found_valid(&count, &[-one]));
    let sum = Prio::with(Sum::<Field64>::new(1000).expect("it fits"), 2, vec![]);
    let mut encoded = sum.encoded(&Measurement::Number(1000)).expect("it fits");
    assert!(found_valid(&sum, &encoded));
    encoded[3] += one;
    assert!(!found_valid(&sum, &encoded), "a bit of 2");
    encoded[3] = -one;
    assert!(!found_valid(&sum, &encoded), "a bit of -1");
    let (zero, one) = (Field128::zero(), Field128::one());
    let histogram = Prio::with(Buckets::new(5, 2).expect("it fits"), 4, vec![]);
    assert!(found_valid(&histogram, &[zero, zero, zero, one, zero]));
    for bad in [[zero; 5], [one, zero, zero, one, zero], [one + one, -one, zero, zero, zero], [one; 5]] {
        assert!(!found_valid(&histogram, &bad), "{bad:?}");
    }
    let vector = Prio::with(Vectors::new(3, 2, 2).expect("it fits"), 3, vec![]);
    assert!(found_valid(&vector, &[one, one, zero, one]));
    assert!(!found_valid(&vector, &[one, one, zero, one + one]));
}

/// The least that is promised: 128 bits of keys and seeds; of proofs, what the fields give (see [`crate::aggregate`]).
#[test]
fn security_parameters_stay() {
    const { assert!(SEED * 8 >= 256 && NONCE * 8 >= 128 && VERSION == 18 && PROOFS >= 1) };
    assert_eq!((Field64::ENCODED_SIZE, Field128::ENCODED_SIZE), (8, 16));
    // No circuit with joint randomness, whose proofs can be tried without anybody's help, is over the small field.
    for kind in [Kind::Count, Kind::Sum { max: 1 << 48 }] {
        assert_eq!(AnyPrio::new(kind, vec![]).sizes().message, 0, "{kind:?}");
    }
    for kind in [Kind::Histogram { buckets: 2 }, Kind::Vector { length: 1, bits: 1 }] {
        let sizes = AnyPrio::new(kind, vec![]).sizes();
        assert!(sizes.message == SEED && sizes.sum.is_multiple_of(16), "{kind:?}");
    }
}
