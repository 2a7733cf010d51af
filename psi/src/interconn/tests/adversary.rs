//! Peers that misbehave: every message altered, every check tripped.

use super::super::Misstep;
use super::super::handshake::{choose, propose, refuse};
use super::super::msg::{Any, EccProtocolResult, EcdhPsiCipherBatch, HandshakeRequest, HandshakeResponse};
use super::super::{Learner, Profile, Suite, Terms};
use super::{both, items, terms};
use crate::PsiError;
use prost::Message;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use std::time::Duration;
use yinshu_net::interconn::memory::{Meddling, pair};
use yinshu_net::interconn::{Code, Lane};
use yinshu_net::{Fault, NetError};

/// Runs with rank 1's values meddled with on their way to rank 0; what rank 0 says, and rank 1 if it noticed:
/// it may have had everything by then, as nothing in the standard confirms the end.
fn against(terms: &[Terms; 2], meddling: Meddling) -> (PsiError, Option<PsiError>) {
    let (zero, one) = pair();
    let patience = Duration::from_millis(800);
    let links = (zero.patient(patience), one.patient(patience).meddled(meddling));
    let [zero, one] = both(&items(0..30), &items(10..60), [&terms[0], &terms[1]], links);
    let (zero, one) = (zero.expect_err("rank 0 must notice"), one.err());
    assert_eq!(peer(&zero), Some("rank-1"), "{zero}");
    (zero, one)
}

/// Whom an error names.
fn peer(error: &PsiError) -> Option<&'static str> {
    let named = match error.fault() {
        Fault::Peer(party) => party.to_string(),
        _ => match error {
            PsiError::Channel { cause: NetError::Closed { peer } | NetError::Timeout { peer, .. } } => {
                peer.to_string()
            }
            _ => return None,
        },
    };
    match named.as_str() {
        "rank-0" => Some("rank-0"),
        "rank-1" => Some("rank-1"),
        _ => None,
    }
}

/// Changes the message of this number on this lane.
fn at(lane: Lane, number: u64, change: impl Fn(Vec<u8>) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Meddling {
    Box::new(move |on, n, value| if (on, n) == (lane, number) { change(value) } else { vec![value] })
}

fn batch(
    change: impl Fn(&mut EcdhPsiCipherBatch) + Send + Sync + 'static,
) -> impl Fn(Vec<u8>) -> Vec<Vec<u8>> + Send + Sync {
    move |value| {
        let mut batch = EcdhPsiCipherBatch::decode(&value[..]).expect("ours");
        change(&mut batch);
        vec![batch.encode_to_vec()]
    }
}

fn code(error: &PsiError) -> u16 {
    error.code()
}

fn secretflow() -> [Terms; 2] {
    terms(Profile::SecretFlow, Learner::Both)
}

#[test]
fn first_stage_batches() {
    type Change = fn(&mut EcdhPsiCipherBatch);
    let changes: [(&str, Change, u16); 9] = [
        ("type", |b| b.r#type = "dual.enc".into(), 4208),
        ("number", |b| b.batch_index = 1, 4209),
        ("negative number", |b| b.batch_index = -1, 4209),
        ("count", |b| b.count += 1, 4210),
        ("negative count", |b| b.count = -1, 4210),
        ("cut", |b| b.ciphertext.truncate(959), 4210),
        ("point of order 1", |b| b.ciphertext[..32].fill(0), 4212),
        ("not canonical", |b| b.ciphertext[32..64].fill(0xff), 4212),
        (
            "more than announced",
            |b| {
                b.ciphertext.extend_from_within(..32);
                b.count += 1;
            },
            4211,
        ),
    ];
    for (what, change, expected) in changes {
        let (zero, _) = against(&secretflow(), at(Lane::Main, 1, batch(change)));
        assert_eq!(code(&zero), expected, "{what}: {zero}");
    }
}

#[test]
fn second_stage_batches() {
    type Change = fn(&mut EcdhPsiCipherBatch);
    let changes: [(&str, Change, u16); 5] = [
        ("type", |b| b.r#type = "enc".into(), 4208),
        ("number", |b| b.batch_index = 7, 4209),
        ("count", |b| b.count -= 1, 4210),
        (
            "fewer",
            |b| {
                b.count -= 1;
                b.ciphertext.truncate(29 * 12);
            },
            4214,
        ),
        (
            "end too early",
            |b| {
                b.count = 0;
                b.ciphertext.clear();
            },
            4214,
        ),
    ];
    for (what, change, expected) in changes {
        let (zero, _) = against(&secretflow(), at(Lane::Second, 0, batch(change)));
        assert_eq!(code(&zero), expected, "{what}: {zero}");
    }
}

#[test]
fn points_of_sm2_that_are_none() {
    let mut terms = secretflow();
    terms.iter_mut().for_each(|terms| terms.suites = vec![Suite::Sm2Sha256]);
    type Change = fn(&mut EcdhPsiCipherBatch);
    let changes: [Change; 3] =
        [|b| b.ciphertext[0] = 4, |b| b.ciphertext[..33].fill(0), |b| b.ciphertext[1..33].fill(0xff)];
    for change in changes {
        let (zero, _) = against(&terms, at(Lane::Main, 1, batch(change)));
        assert_eq!(code(&zero), 4212, "{zero}");
    }
}

#[test]
fn every_point_of_low_order_is_refused() {
    // RFC 7748 section 6.1 has all-zero products refused; these abscissas below p give them (D. Bernstein,
    // "Curve25519: new Diffie-Hellman speed records", PKC 2006; the list of cr.yp.to/ecdh.html).
    let low = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for point in low {
        let bytes = hex::decode(point).expect("hex");
        let change = batch(move |b| b.ciphertext[..32].copy_from_slice(&bytes));
        let (zero, _) = against(&secretflow(), at(Lane::Main, 1, change));
        let low = matches!(&zero, PsiError::Interconn { misstep: Misstep::BadCurvePoint { index: 0, why }, .. } if *why == "it is of low order");
        assert!(low, "{point}: {zero}");
    }
}

#[test]
fn messages_dropped_doubled_swapped_cut_and_too_long() {
    for lane in Lane::ALL {
        let first = u64::from(lane == Lane::Main);
        for number in first..first + 2 {
            let doubled = against(&secretflow(), at(lane, number, |value| vec![value.clone(), value]));
            assert!(matches!(code(&doubled.0), 4209 | 4215), "doubled: {}", doubled.0);
            let cut =
                against(&secretflow(), at(lane, number, |value| vec![value[..value.len() - 1].to_vec()]));
            assert!(matches!(code(&cut.0), 4208 | 4209), "cut: {}", cut.0);
            let long = against(&secretflow(), at(lane, number, |_| vec![vec![0; 3 << 20]]));
            assert!(
                matches!(&long.0, PsiError::Channel { cause: NetError::FrameTooLong { .. } }),
                "{}",
                long.0
            );
        }
        let (zero, _) = against(&secretflow(), at(lane, first, |_| vec![]));
        assert_eq!(code(&zero), 4209, "dropped: {zero}");
        let (zero, _) = against(&secretflow(), at(lane, first + 1, |_| vec![]));
        assert!(
            matches!(&zero, PsiError::Channel { cause: NetError::Timeout { .. } | NetError::Closed { .. } }),
            "{zero}"
        );
    }
}

#[test]
fn noise_in_place_of_any_message() {
    for (lane, number) in
        [(Lane::Main, 0), (Lane::Main, 1), (Lane::Main, 2), (Lane::Second, 0), (Lane::Second, 1)]
    {
        let (zero, _) = against(&secretflow(), at(lane, number, |_| vec![vec![0xff; 40]]));
        assert!(matches!(code(&zero), 4202 | 4208), "{zero}");
    }
}

#[test]
fn the_streams_of_ppca() {
    let ppca = terms(Profile::Ppca, Learner::Both);
    let (zero, _) = against(
        &ppca,
        at(
            Lane::Main,
            1,
            batch(|b| {
                b.count = 0;
                b.is_last_batch = false;
                b.ciphertext.clear();
            }),
        ),
    );
    assert_eq!(code(&zero), 4213, "{zero}");
    let (zero, _) = against(
        &ppca,
        at(Lane::Main, 1, |value| {
            let mut after = EcdhPsiCipherBatch::decode(&value[..]).expect("ours");
            after.batch_index = 1;
            vec![value, after.encode_to_vec()]
        }),
    );
    assert_eq!(code(&zero), 4215, "{zero}");
}

#[test]
fn more_items_than_accepted() {
    let mut terms = secretflow();
    terms[0].max_peer_items = 49;
    let (zero, one) = against(&terms, Box::new(|_, _, value| vec![value]));
    assert_eq!(code(&zero), 4216, "{zero}");
    assert!(matches!(one, Some(PsiError::HandshakeRefused { number: 31_100_203, .. })), "{one:?}");
    terms.iter_mut().for_each(|terms| terms.handshake = false);
    let (zero, _) = against(&terms, Box::new(|_, _, value| vec![value]));
    assert_eq!(code(&zero), 4216, "{zero}");
}

#[test]
fn handshakes_that_find_nothing() {
    let refused = |terms: &[Terms; 2]| against(terms, Box::new(|_, _, value| vec![value]));
    let mut suites = secretflow();
    (suites[0].suites, suites[1].suites) =
        (vec![Suite::Sm2Sha256], vec![Suite::Curve25519Sha256, Suite::Sm2Sm3]);
    let mut learners = secretflow();
    learners[1].learner = Learner::One;
    for (terms, ours) in [(suites, 4205), (learners, 4206)] {
        let (zero, one) = refused(&terms);
        assert_eq!(code(&zero), ours);
        let one = one.expect("a refusal");
        assert!(matches!(one, PsiError::HandshakeRefused { number: 31_100_200, .. }), "{one}");
        assert_eq!(peer(&one), Some("rank-0"));
    }
}

#[test]
fn requests_that_cannot_be_used() {
    type Change = fn(&mut HandshakeRequest);
    let changes: [(&str, Change, u16, Code); 8] = [
        ("version", |r| r.version = 1, 4203, Code::UnsupportedVersion),
        ("rank", |r| r.requester_rank = 0, 4202, Code::InvalidRequest),
        ("algorithm", |r| r.supported_algos = vec![2], 4204, Code::UnsupportedAlgo),
        ("family", |r| r.protocol_families = vec![2], 4204, Code::UnsupportedAlgo),
        ("families", |r| r.protocol_families.push(1), 4202, Code::InvalidRequest),
        ("parameters", |r| r.protocol_family_params[0].value = vec![0xff], 4202, Code::InvalidRequest),
        (
            "another type",
            |r| r.protocol_family_params[0].type_url = "x/y.Z".into(),
            4202,
            Code::InvalidRequest,
        ),
        ("no data", |r| r.io_param = None, 4202, Code::InvalidRequest),
    ];
    for (what, change, ours, theirs) in changes {
        let (zero, one) = against(
            &secretflow(),
            at(Lane::Main, 0, move |value| {
                let mut request = HandshakeRequest::decode(&value[..]).expect("ours");
                change(&mut request);
                vec![request.encode_to_vec()]
            }),
        );
        assert_eq!(code(&zero), ours, "{what}: {zero}");
        let told =
            matches!(&one, Some(PsiError::HandshakeRefused { number, .. }) if *number == theirs.number());
        assert!(told, "{what}: {one:?}");
    }
}

#[test]
fn answers_that_were_not_offered() {
    let peer = yinshu_net::PartyId::new("rank-0").expect("a name");
    for profile in [Profile::SecretFlow, Profile::Ppca] {
        let [zero, mut one] = terms(profile, Learner::Both);
        one.suites = vec![Suite::Curve25519Sha256];
        let (_, answer) = choose(&propose(&one, 5), &zero, 5).expect("a choice");
        let accept = |answer: &[u8]| super::super::handshake::accept(answer, &one, &peer);
        assert!(accept(&answer).is_ok());
        let altered = |change: &dyn Fn(&mut HandshakeResponse, &mut EccProtocolResult)| {
            let mut response = HandshakeResponse::decode(&answer[..]).expect("ours");
            let mut ecc: EccProtocolResult = response.protocol_family_params[0].unpack().expect("ours");
            change(&mut response, &mut ecc);
            if let Some(first) = response.protocol_family_params.first_mut() {
                *first = Any::pack(&ecc);
            }
            code(&accept(&response.encode_to_vec()).expect_err("not offered"))
        };
        assert_eq!(altered(&|_, ecc| ecc.ec_suit = Some(Suite::Sm2Sha256.to_suit())), 4207);
        assert_eq!(altered(&|_, ecc| ecc.ec_suit = None), 4207);
        assert_eq!(altered(&|_, ecc| ecc.point_octet_format = 2), 4207);
        assert_eq!(altered(&|response, _| response.algo = 2), 4204);
        assert_eq!(altered(&|response, _| response.protocol_family_params.clear()), 4202);
        assert_eq!(altered(&|response, _| response.io_param = None), 4202);
        if profile == Profile::Ppca {
            // Fewer bits than are safe, more than there are, and no whole bytes.
            for bits in [0, 64, 88, 97, 264, i32::MIN] {
                assert_eq!(altered(&|_, ecc| ecc.bit_length_after_truncated = bits), 4207, "{bits}");
            }
        }
    }
    let error = super::super::handshake::accept(
        &refuse(Code::HandshakeRefused, "no\u{1b}[31m"),
        &secretflow()[1],
        &peer,
    );
    let error = error.expect_err("a refusal");
    assert!(
        matches!(&error, PsiError::HandshakeRefused { number: 31_100_200, reason, .. } if !reason.contains('\u{1b}'))
    );
}

#[test]
fn a_peer_that_stops_half_way() {
    let (zero, one) = pair();
    let gone = std::thread::spawn(move || {
        use yinshu_net::interconn::Link as _;
        let _ = one.send(Lane::Main, propose(&secretflow()[1], 50));
        let _ = one.recv(Lane::Main, 1 << 20);
    });
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let error =
        super::run(&zero, &items(0..30), &secretflow()[0], &mut rng, &mut |_| {}).expect_err("it is gone");
    assert!(
        matches!(&error, PsiError::Channel { cause: NetError::Closed { peer } } if peer.as_str() == "rank-1"),
        "{error}"
    );
    gone.join().expect("no panic");
}
