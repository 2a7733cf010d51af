//! Digests: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016).

use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::fmt;
use std::io::{self, Read};

/// A 32-byte digest, written as 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The all-zero digest: the predecessor of the first record in a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// SHA-256 of several parts under a domain: every part is preceded by its length, so that no
    /// two different lists of parts hash alike.
    pub fn of_parts(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hash = sha2::Sha256::new();
        for part in std::iter::once(&domain.as_bytes()).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// SM3 of `bytes`.
    pub fn sm3(bytes: &[u8]) -> Self {
        Self(sm3::Sm3::digest(bytes).into())
    }

    /// The first eight hexadecimal characters, for people.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl std::str::FromStr for Digest {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Both digests of one stream of bytes, and how many bytes there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigests {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: Digest,
    /// SM3.
    pub sm3: Digest,
}

impl FileDigests {
    /// Reads to the end, 64 KiB at a time.
    pub fn of(mut from: impl Read) -> io::Result<Self> {
        let (mut sha, mut sm) = (sha2::Sha256::new(), sm3::Sm3::new());
        let mut chunk = vec![0; 64 << 10];
        let mut bytes = 0;
        loop {
            match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => {
                    bytes += n as u64;
                    sha.update(&chunk[..n]);
                    sm.update(&chunk[..n]);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Self { bytes, sha256: Digest(sha.finalize().into()), sm3: Digest(sm.finalize().into()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        // FIPS 180-4 example and GB/T 32905-2016 appendix A.1: both hash "abc".
        assert_eq!(
            Digest::sha256(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            Digest::sm3(b"abc").to_string(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
    }

    #[test]
    fn streaming_equals_one_shot() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i * 7) as u8).collect();
        let streamed = FileDigests::of(&data[..]).expect("memory never fails");
        assert_eq!(streamed.sha256, Digest::sha256(&data));
        assert_eq!(streamed.sm3, Digest::sm3(&data));
        assert_eq!(streamed.bytes, 200_000);
    }

    #[test]
    fn parts_are_separated() {
        assert_ne!(Digest::of_parts("d", &[b"ab", b"c"]), Digest::of_parts("d", &[b"a", b"bc"]));
        assert_ne!(Digest::of_parts("d", &[b"ab"]), Digest::of_parts("e", &[b"ab"]));
    }
}
