//! Signatures at the end of a contract file.

use super::{ContractError, Draft};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::Path;
use yinshu_crypto::sign::{Signature, SigningKey};
use yinshu_net::PartyId;

/// The domain under which contract digests are signed.
pub const DOMAIN: &str = "yinshu contract v1";

const MARK: &str = "[[signature]]";

/// `[[signature]]`: one party's signature.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The party signed for.
    pub party: PartyId,
    /// The administrator who signed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Over the digest, the party, the person and the time, under [`DOMAIN`].
    pub signature: Signature,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    #[serde(default)]
    signature: Vec<Signed>,
}

/// Splits a file at its first `[[signature]]` line.
pub(super) fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim() == MARK {
            return text.split_at(at);
        }
        at += line.len();
    }
    (text, "")
}

pub(super) fn parse_tail(tail: &str) -> Result<Vec<Signed>, toml::de::Error> {
    toml::from_str::<Tail>(tail).map(|tail| tail.signature)
}

/// What one signature covers: the contract, and who signed it when.
fn message(digest: &yinshu_crypto::hash::Digest, party: &PartyId, by: &str, at: Timestamp) -> Vec<u8> {
    yinshu_crypto::hash::Digest::of_parts(
        DOMAIN,
        &[&digest.0, party.to_string().as_bytes(), by.as_bytes(), at.to_string().as_bytes()],
    )
    .0
    .to_vec()
}

impl Draft {
    /// Adds a signature for `party` and writes the file anew, beside and renamed.
    pub fn sign(
        &mut self,
        path: &Path,
        party: &PartyId,
        by: &str,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<(), ContractError> {
        let contract = self.terms.contract.id.clone();
        let named =
            self.terms.parties.iter().find(|p| &p.name == party).ok_or_else(|| ContractError::NotAParty {
                contract: contract.clone(),
                me: party.to_string(),
            })?;
        if named.admin_key != key.public() {
            return Err(ContractError::UnknownKey { contract, party: party.to_string() });
        }
        if self.signatures.iter().any(|s| &s.party == party) {
            return Err(ContractError::AlreadySigned { contract, party: party.to_string() });
        }
        let at = now.round(jiff::Unit::Second).unwrap_or(now);
        let signature = key.sign(DOMAIN, &message(&self.digest, party, by, at));
        self.signatures.push(Signed { party: party.clone(), by: by.to_owned(), at, signature });
        self.write(path)
    }

    fn write(&self, path: &Path) -> Result<(), ContractError> {
        #[derive(Serialize)]
        struct Tail<'a> {
            signature: &'a [Signed],
        }
        let unwritable =
            |reason: String| ContractError::Unwritable { path: path.display().to_string(), reason };
        let tail =
            toml::to_string(&Tail { signature: &self.signatures }).map_err(|e| unwritable(e.to_string()))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| unwritable(e.to_string()))?;
        file.write_all(self.body.as_bytes())
            .and_then(|()| file.write_all(tail.as_bytes()))
            .and_then(|()| file.as_file().sync_all())
            .map_err(|e| unwritable(e.to_string()))?;
        file.persist(path).map_err(|e| unwritable(e.error.to_string()))?;
        Ok(())
    }

    /// Checks that `party` signed, with the key the contract names for it.
    pub fn check_signature(&self, party: &PartyId) -> Result<&Signed, ContractError> {
        let contract = &self.terms.contract.id;
        let absent = || ContractError::NotSigned { contract: contract.clone(), party: party.to_string() };
        let named = self.terms.parties.iter().find(|p| &p.name == party).ok_or_else(absent)?;
        let signed = self.signatures.iter().find(|s| &s.party == party).ok_or_else(absent)?;
        let message = message(&self.digest, party, &signed.by, signed.at);
        named.admin_key.verify(DOMAIN, &message, &signed.signature).map_err(|_| {
            ContractError::BadSignature { contract: contract.clone(), party: party.to_string() }
        })?;
        Ok(signed)
    }
}
