//! A node's public card: what the other side needs to know it. No secret is in it, but it must
//! arrive unchanged: compare the fingerprint by telephone.

use crate::config::{ConfigError, parse_toml};
use serde::{Deserialize, Serialize};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;
use yinshu_net::PartyId;

/// `card.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The party name.
    pub name: PartyId,
    /// What people call it.
    pub title: String,
    /// `address:port` at which it listens, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The key with which its administrator signs contracts.
    pub admin_key: PublicKey,
    /// The key with which its node signs packages and its log.
    pub node_key: PublicKey,
    /// Its TLS certificate (PEM).
    pub certificate: String,
}

impl Card {
    /// Reads a card.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|e| ConfigError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
        parse_toml(&text, &shown)
    }

    /// What two people compare by telephone: the first 16 hexadecimal characters of a digest over
    /// everything in the card but the address, in groups of four.
    pub fn fingerprint(&self) -> String {
        let digest = Digest::of_parts(
            "yinshu card v1",
            &[
                self.name.to_string().as_bytes(),
                self.admin_key.as_bytes(),
                self.node_key.as_bytes(),
                self.certificate.trim().as_bytes(),
            ],
        );
        let digits = digest.to_string();
        [&digits[..4], &digits[4..8], &digits[8..12], &digits[12..16]].join("-")
    }
}
