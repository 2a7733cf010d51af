//! What the terms of an intersection must be among themselves.

use super::{ContractError, Learn, PsiProtocol, PsiResult, PsiTerms, Security, Terms, Value};

impl PsiTerms {
    /// Whether sets can be divided and intersected part by part.
    pub fn divisible(&self) -> bool {
        self.result == PsiResult::Keys && self.protocol != PsiProtocol::Unbalanced
    }
}

impl Terms {
    pub(super) fn check_psi(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let keys = psi.result == PsiResult::Keys;
        if self.is_several() || psi.result == PsiResult::Regions {
            return self.check_several(psi);
        }
        if !psi.by.is_empty() {
            return wrong("psi.by", "it goes with the result regions");
        }
        if psi.values.is_empty() == (psi.result == PsiResult::Sums) {
            return wrong("psi.values", "it names columns where the result is sums, and only there");
        }
        for Value { name, bits, decimals, .. } in &psi.values {
            if !self.has_column(name) {
                return wrong("psi.values", &format!("data.table has no column {name}"));
            }
            if !(1..=64).contains(bits) || *decimals > 9 {
                return wrong("psi.values", "bits are 1 to 64, decimals at most 9");
            }
        }
        if psi.noise.is_some_and(|noise| psi.result != PsiResult::Size || noise.bound().is_none()) {
            return wrong("psi.noise", "it goes with a size, and epsilon and delta_bits are above zero");
        }
        if psi.encoding_key.is_some() && psi.protocol != PsiProtocol::Unbalanced {
            return wrong("psi.encoding_key", "it goes with the unbalanced protocol");
        }
        let plain = psi.divisible() && psi.learn == Learn::Recipient && psi.security == Security::SemiHonest;
        if psi.incremental && (!plain || psi.partitioned || psi.protocol == PsiProtocol::Rr22) {
            return wrong("psi.incremental", "it tells keys to the recipient alone, semi-honest, by ecdh");
        }
        if let Some(payload) = &psi.payload {
            if psi.protocol != PsiProtocol::Unbalanced {
                return wrong("psi.payload", "it goes with the unbalanced protocol");
            }
            if !self.has_column(payload) || *payload == psi.column {
                return wrong("psi.payload", &format!("data.table has no other column {payload}"));
            }
        }
        if psi.max_total_keys.is_some() != (psi.protocol == PsiProtocol::Unbalanced) {
            return wrong(
                "psi.max_total_keys",
                "the unbalanced protocol needs it (the most keys asked about in all runs), and no other has it",
            );
        }
        if psi.partitioned && !psi.divisible() {
            return wrong(
                "psi.partitioned",
                "only keys, by another protocol than unbalanced, can be divided",
            );
        }
        match (psi.protocol, psi.security) {
            (PsiProtocol::Auto | PsiProtocol::Rr22, Security::Malicious) if keys => Ok(()),
            (_, Security::Malicious) => {
                wrong("psi.security", "only rr22 for keys withstands malicious parties")
            }
            (PsiProtocol::Auto | PsiProtocol::Ecdh, _) => Ok(()),
            (PsiProtocol::Unbalanced, _) if keys && psi.learn == Learn::Recipient => Ok(()),
            (PsiProtocol::Unbalanced, _) => {
                wrong("psi.protocol", "the unbalanced protocol tells keys to the recipient alone")
            }
            (PsiProtocol::Rr22, _) if keys => Ok(()),
            (PsiProtocol::Rr22, _) => wrong("psi.protocol", "rr22 tells keys; leave the protocol at auto"),
        }
    }
}
