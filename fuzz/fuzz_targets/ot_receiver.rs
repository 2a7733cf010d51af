#![no_main]
//! All that the party with A reads in a silent correlation.

use libfuzzer_sys::fuzz_target;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use yinshu_crypto::field::F64;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, Meter, NetError, PartyId};
use yinshu_ot::{Security, vole};

/// A peer that sends the input again and again, in frames of the kinds that are due and as long as they may be.
struct Script<'a> {
    peer: PartyId,
    bytes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    kinds: std::vec::IntoIter<u8>,
}

impl<'a> Script<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let kinds = KINDS.to_vec().into_iter();
        Self { peer: PartyId::new("peer").expect("a valid name"), bytes: bytes.iter().cycle(), kinds }
    }
}

impl Channel for Script<'_> {
    fn peer(&self) -> &PartyId {
        &self.peer
    }
    fn send(&mut self, _: Vec<u8>) -> Result<(), NetError> {
        Ok(())
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let kind = self.kinds.next().unwrap_or(0);
        Ok(std::iter::once(kind).chain(self.bytes.by_ref().copied()).take(max).collect())
    }
    fn phase(&mut self, _: &'static str) {}
    fn meter(&self) -> Meter {
        Meter::default()
    }
    fn close(&mut self) -> Result<(), NetError> {
        Ok(())
    }
}

const KINDS: [u8; 4] = [1, 4, 6, 0];

fuzz_target!(|bytes: &[u8]| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let _ = vole::receive::<F64>(&mut Script::new(bytes), &Digest::sha256(b"fuzz"), 100, Security::Malicious, &mut rng);
});
