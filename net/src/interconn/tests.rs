//! Two links over loopback, and a peer of another make.

use super::wire::link::receiver_service_client::ReceiverServiceClient;
use super::wire::link::{ChunkInfo, PushRequest, PushResponse};
use super::*;
use prost::Message as _;
use std::net::SocketAddr;
use std::time::Instant;

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    std::net::TcpListener::bind(any_port()).and_then(|tcp| tcp.local_addr()).expect("a port")
}

fn quick() -> Settings {
    let second = Duration::from_secs(1);
    Settings { connect: 5 * second, patience: 3 * second, hold: second, ..Settings::default() }
}

fn pair(settings: [Settings; 2]) -> (GrpcLink, GrpcLink) {
    let [zero, one] = settings;
    let (a, b) = (free_port(), free_port());
    std::thread::scope(|scope| {
        let first = scope.spawn(move || GrpcLink::connect(0, a, &b.to_string(), zero));
        let second = GrpcLink::connect(1, b, &a.to_string(), one).expect("rank 1 meets");
        (first.join().expect("no panic").expect("rank 0 meets"), second)
    })
}

#[test]
fn values_of_every_length_arrive_in_order() {
    let (zero, one) = pair([quick(), quick()]);
    let lengths = [0, 1, 1000, 1 << 20, (1 << 20) - 4096, 3 << 20, 5];
    std::thread::scope(|scope| {
        for lane in Lane::ALL {
            let (zero, one) = (&zero, &one);
            scope.spawn(move || {
                for len in lengths {
                    zero.send(lane, vec![len as u8; len]).expect("sent");
                }
            });
            scope.spawn(move || {
                for len in lengths {
                    assert_eq!(one.recv(lane, 4 << 20).expect("received"), vec![len as u8; len]);
                }
            });
        }
    });
    let all = 2 * lengths.iter().sum::<usize>() as u64;
    assert_eq!((zero.traffic().bytes_sent, one.traffic().bytes_received), (all, all));
    assert!(!one.waits(Lane::Main));
    std::thread::scope(|scope| {
        scope.spawn(move || zero.close().expect("closed"));
        one.close().expect("closed");
    });
}

#[test]
fn nobody_there() {
    let settings = Settings { connect: Duration::from_millis(300), ..quick() };
    let error = GrpcLink::connect(0, any_port(), &free_port().to_string(), settings).err().expect("nobody");
    assert!(matches!(&error, NetError::Unreachable { peer, .. } if peer.as_str() == "rank-1"), "{error}");
    let port = std::net::TcpListener::bind(any_port()).expect("a port");
    let taken = port.local_addr().expect("an address");
    let error = GrpcLink::open(0, taken, "127.0.0.1:1", quick()).err().expect("taken");
    assert!(matches!(error, NetError::CannotListen { .. }));
    assert!(matches!(GrpcLink::open(2, any_port(), "x:1", quick()).err(), Some(NetError::BadSetting { .. })));
    assert!(matches!(GrpcLink::open(0, any_port(), " ", quick()).err(), Some(NetError::BadSetting { .. })));
}

#[test]
fn a_peer_that_goes_away_is_noticed() {
    let (zero, one) = pair([Settings { patience: Duration::from_secs(60), ..quick() }, quick()]);
    let began = Instant::now();
    drop(one);
    let error = zero.recv(Lane::Main, 10).expect_err("it is gone");
    assert!(matches!(&error, NetError::Closed { peer } if peer.as_str() == "rank-1"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_peer_that_gives_up_says_why() {
    let (zero, one) = pair([quick(), quick()]);
    one.abort(Code::InvalidRequest, "because");
    assert!(matches!(one.recv(Lane::Main, 10), Err(NetError::Closed { .. })));
    zero.send(Lane::Main, vec![1]).expect("on its way");
    let error = zero.recv(Lane::Main, 10).expect_err("refused");
    let told =
        matches!(&error, NetError::PushRefused { number: 31_100_100, reason, .. } if reason == "because");
    assert!(told, "{error}");
}

#[test]
fn silence_ends_in_a_timeout() {
    let (zero, _one) = pair([quick(), quick()]);
    let error = zero.recv(Lane::Second, 10).expect_err("nothing came");
    assert!(matches!(error, NetError::Timeout { seconds: 3, .. }), "{error}");
}

/// Pushes by hand what another make would.
fn push(to: &GrpcLink, request: PushRequest) -> PushResponse {
    let address = format!("http://{}", to.address());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let channel = tonic::transport::Endpoint::from_shared(address).expect("an address").connect().await;
        let mut client = ReceiverServiceClient::new(channel.expect("a connection"));
        client.push(request).await.expect("an answer").into_inner()
    })
}

fn request(key: &str, value: &[u8]) -> PushRequest {
    let value = prost::bytes::Bytes::copy_from_slice(value);
    PushRequest { sender_rank: 1, key: key.to_owned(), value, trans_type: 0, chunk_info: None }
}

fn code(response: &PushResponse) -> i32 {
    response.header.as_ref().map_or(0, |header| header.error_code)
}

#[test]
fn keys_with_sequence_numbers_are_read() {
    let link = GrpcLink::open(0, any_port(), "127.0.0.1:1", quick()).expect("open");
    assert_eq!(code(&push(&link, request("connect_1\u{1}\u{2}0", b""))), 0);
    assert_eq!(code(&push(&link, request("root:P2P-1:1->0\u{1}\u{2}0", b"one"))), 0);
    assert_eq!(code(&push(&link, request("root-0:P2P-1:1->0", b"two"))), 0);
    assert_eq!(link.recv(Lane::Main, 10).expect("a value"), b"one");
    assert_eq!(link.recv(Lane::Second, 10).expect("a value"), b"two");
}

#[test]
fn what_cannot_be_meant_for_us_is_refused_and_ends_nothing() {
    let link = GrpcLink::open(0, any_port(), "127.0.0.1:1", quick()).expect("open");
    let keys = [
        "",
        "x",
        "connect_0",
        "connect_",
        "root:P2P-1:0->1",
        "root:P2P-1:1->2",
        "root:P2P-01:1->0",
        "root:P2P--1:1->0",
        "root:P2P-1:1->0\u{1}\u{2}x",
        "other:P2P-1:1->0",
        "root-1:P2P-1:1->0",
        "root:1:ALLGATHER",
    ];
    for key in keys {
        assert_eq!(code(&push(&link, request(key, b"x"))), 31_100_100, "{key:?}");
    }
    let stranger = PushRequest { sender_rank: 2, ..request("root:P2P-1:1->0", b"x") };
    assert_eq!(code(&push(&link, stranger)), 31_100_100);
    let neither = PushRequest { trans_type: 1, ..request("root:P2P-1:1->0", b"x") };
    assert_eq!(code(&push(&link, neither)), 31_100_100);
    assert_eq!(code(&push(&link, request("root:P2P-1:1->0", b"good"))), 0);
    assert_eq!(link.recv(Lane::Main, 10).expect("a value"), b"good");
}

#[test]
fn a_chunk_that_lies_ends_the_link() {
    let link = GrpcLink::open(0, any_port(), "127.0.0.1:1", quick()).expect("open");
    let chunk_info = Some(ChunkInfo { message_length: 2, chunk_offset: 2 });
    let lie = PushRequest { trans_type: 1, chunk_info, ..request("root:P2P-1:1->0", b"x") };
    assert_eq!(code(&push(&link, lie)), 31_100_100);
    let error = link.recv(Lane::Main, 10).expect_err("it lied");
    assert!(matches!(&error, NetError::Malformed { peer, .. } if peer.as_str() == "rank-1"), "{error}");
}

#[test]
fn bytes_on_the_wire() {
    // Made by another implementation: vectors.json of the interconnection facts.
    let connect = PushRequest { value: prost::bytes::Bytes::new(), ..request("connect_1", b"") };
    assert_eq!(hex::encode(connect.encode_to_vec()), "08011209636f6e6e6563745f31");
    let message = request(&key::write("root", 1, 1, 0), b"\x0a\x03enc");
    assert_eq!(hex::encode(message.encode_to_vec()), "0801120f726f6f743a5032502d313a312d3e301a050a03656e63");
}

#[test]
fn codes_survive_the_wire() {
    for code in Code::ALL {
        assert_eq!(Code::from_number(code.number()), Some(code));
    }
    assert_eq!((Code::from_number(0), Code::from_number(-7)), (None, Some(Code::Generic)));
}
