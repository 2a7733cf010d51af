//! A peer with a good certificate that breaks the protocol, by hand.

use super::*;
use crate::grpc::wire::{Envelope, Kind};
use crate::tls::Verdict;
use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _, Bytes};
use tokio_stream::StreamExt as _;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Request, Status};

/// Bytes as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;
    fn encoder(&mut self) -> Raw {
        Raw
    }
    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

fn open(hello: &Hello) -> Bytes {
    envelope(Kind::Open, 0, hello.encode())
}

fn envelope(kind: Kind, sequence: u64, frame: Vec<u8>) -> Bytes {
    Envelope { kind: kind.into(), sequence, frame: frame.into(), ..Envelope::default() }
        .encode_to_vec()
        .into()
}

/// Sends these messages to the rig's listener as the county; what it says to them.
fn say(rig: &Rig, messages: Vec<Bytes>) -> Vec<Envelope> {
    let node = Arc::clone(&rig.county.engine.node);
    let address = rig.address();
    rig.county.engine.handle.block_on(async move {
        let verdict = Arc::new(Verdict::default());
        let channel = connector::http2(&node, &party("province"), &address, &verdict).await.unwrap();
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready().await.unwrap();
        let path = http_path("/yinshu.net.v1.Wire/Carry");
        // Stays open, so that what ends the stream is the listener.
        let stream = tokio_stream::iter(messages).chain(tokio_stream::pending());
        let mut answers = grpc.streaming(Request::new(stream), path, Raw).await.unwrap().into_inner();
        let mut heard = Vec::new();
        while let Ok(Ok(Some(bytes))) = tokio::time::timeout(Duration::from_secs(5), answers.message()).await
        {
            heard.push(Envelope::decode(bytes).unwrap());
        }
        heard
    })
}

fn http_path(path: &'static str) -> tonic::codegen::http::uri::PathAndQuery {
    tonic::codegen::http::uri::PathAndQuery::from_static(path)
}

fn code(envelope: &Envelope) -> Option<u16> {
    let code = envelope.frame.first_chunk().map(|c| u16::from_be_bytes(*c));
    code.filter(|_| envelope.kind() == Kind::Reject)
}

/// After a good opening, this message ends the session with this error on our side and its code on theirs.
fn caught(message: Bytes, want: &NetError) {
    let rig = rig();
    let listener = Arc::clone(&rig.listener);
    let far = std::thread::spawn(move || listener.accept().unwrap().1.recv(MAX_FRAME));
    let heard = say(&rig, vec![open(&hello(1)), message]);
    assert_eq!(far.join().unwrap().as_ref(), Err(want));
    assert_eq!(want.fault(), Fault::Peer(party("county")));
    assert_eq!(heard.iter().find_map(code), Some(want.code()), "{heard:?}");
}

fn malformed(what: &str) -> NetError {
    NetError::Malformed { peer: party("county"), what: what.into() }
}

#[test]
fn a_frame_out_of_sequence_is_the_peers_fault() {
    let want = NetError::OutOfSequence { peer: party("county"), expected: 1, found: 2 };
    caught(envelope(Kind::Data, 2, vec![1]), &want);
}

#[test]
fn an_oversized_frame_is_the_peers_fault() {
    let want = NetError::FrameTooLong { peer: party("county"), len: MAX_FRAME + 1, max: MAX_FRAME };
    caught(envelope(Kind::Data, 1, vec![0; MAX_FRAME + 1]), &want);
}

#[test]
fn a_message_beyond_every_bound_is_the_peers_fault() {
    caught(vec![0; 3 * MAX_FRAME].into(), &malformed("envelope: it is too long"));
}

#[test]
fn garbage_in_the_stream_is_the_peers_fault() {
    caught(Bytes::from_static(b"\xff\xff\xffgarbage"), &malformed("envelope"));
    caught(envelope(Kind::Unspecified, 1, vec![]), &malformed("envelope"));
}

#[test]
fn a_false_acknowledgement_is_the_peers_fault() {
    let lie = Envelope { kind: Kind::Ack.into(), received: 7, ..Envelope::default() };
    caught(lie.encode_to_vec().into(), &malformed("acknowledgement"));
}

#[test]
fn an_opening_must_be_one() {
    let posing = Hello { from: party("city"), ..hello(1) };
    let resume = Envelope {
        kind: Kind::Open.into(),
        sequence: 1,
        frame: hello(1).encode().into(),
        ..Envelope::default()
    };
    let cases = [
        (Bytes::from_static(b"\xff garbage"), 3006),
        (envelope(Kind::Data, 1, vec![1]), 3006),
        (envelope(Kind::Open, 0, b"not a greeting".to_vec()), 3006),
        (open(&posing), 3009),
        (open(&Hello { to: party("city"), ..hello(1) }), 3009),
        (resume.encode_to_vec().into(), 3017),
    ];
    let rig = rig();
    for (opening, want) in cases {
        let heard = say(&rig, vec![opening]);
        assert_eq!(heard.first().and_then(code), Some(want));
        rig.notice(|n| matches!(n, Notice::Refused { error, .. } if error.code() == want));
    }
    let (a, b) = rig.meet(&rig.address(), 1);
    exchange(a, b, 3);
}
