//! Envelopes as bytes. Decoding shares the frame's memory with the receive buffer.

use prost::Message as _;
use prost::bytes::{Buf, Bytes};
use std::marker::PhantomData;
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

use super::wire::{Envelope, Kind};
use crate::channel::MAX_FRAME;
use crate::frame::BadFrame;

/// The longest envelope: a frame and room for the rest.
pub(super) const MAX_ENVELOPE: usize = MAX_FRAME + 128;

/// Checks that these bytes are one valid envelope; for fuzzing.
///
/// # Errors
/// [`BadFrame`].
pub fn check_envelope(bytes: &[u8]) -> Result<(), BadFrame> {
    decode(Bytes::copy_from_slice(bytes)).map(drop)
}

fn decode(bytes: impl Buf) -> Result<Envelope, BadFrame> {
    if bytes.remaining() > MAX_ENVELOPE {
        return Err(BadFrame);
    }
    let envelope = Envelope::decode(bytes).map_err(|_| BadFrame)?;
    match Kind::try_from(envelope.kind) {
        Ok(Kind::Unspecified) | Err(_) => Err(BadFrame),
        Ok(_) => Ok(envelope),
    }
}

/// The codec that the generated service uses, always of [`Envelope`]s.
pub(crate) struct EnvelopeCodec<E, D>(PhantomData<(E, D)>);

impl<E, D> Default for EnvelopeCodec<E, D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl Codec for EnvelopeCodec<Envelope, Envelope> {
    type Encode = Envelope;
    type Decode = Envelope;
    type Encoder = EnvelopeCoder;
    type Decoder = EnvelopeCoder;

    fn encoder(&mut self) -> EnvelopeCoder {
        EnvelopeCoder
    }

    fn decoder(&mut self) -> EnvelopeCoder {
        EnvelopeCoder
    }
}

pub(crate) struct EnvelopeCoder;

impl Encoder for EnvelopeCoder {
    type Item = Envelope;
    type Error = Status;

    fn encode(&mut self, item: Envelope, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(out).map_err(|e| Status::internal(e.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(64 << 10, 64 << 10)
    }
}

impl Decoder for EnvelopeCoder {
    type Item = Envelope;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Envelope>, Status> {
        // What is left unread would be taken for the next message.
        let whole = from.copy_to_bytes(from.remaining());
        decode(whole).map(Some).map_err(|_| Status::data_loss("not an envelope"))
    }
}
