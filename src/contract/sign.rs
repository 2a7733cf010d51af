//! Signatures at the end of a contract file, in the form that all texts have which people sign ([`yinshu_audit::signed`]).

use super::{ContractError, Draft};
use jiff::Timestamp;
use std::path::Path;
use yinshu_audit::signed;
use yinshu_crypto::sign::SigningKey;
use yinshu_net::PartyId;

/// The domain under which contract digests are signed.
pub const DOMAIN: &str = "yinshu contract v1";

/// One party's signature.
pub type Signed = signed::Signed<PartyId>;

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
        self.signatures.push(Signed::make(DOMAIN, &self.digest, (party.clone(), by), key, now));
        let unwritable = |e: std::io::Error| ContractError::Unwritable {
            path: path.display().to_string(),
            reason: e.to_string(),
        };
        signed::write(path, &self.body, &self.signatures).map_err(unwritable)
    }

    /// Checks that `party` signed, with the key the contract names for it.
    pub fn check_signature(&self, party: &PartyId) -> Result<&Signed, ContractError> {
        let contract = &self.terms.contract.id;
        let absent = || ContractError::NotSigned { contract: contract.clone(), party: party.to_string() };
        let named = self.terms.parties.iter().find(|p| &p.name == party).ok_or_else(absent)?;
        let signed = self.signatures.iter().find(|s| &s.party == party).ok_or_else(absent)?;
        match signed.fits(DOMAIN, &self.digest, &named.admin_key) {
            true => Ok(signed),
            false => {
                Err(ContractError::BadSignature { contract: contract.clone(), party: party.to_string() })
            }
        }
    }
}
