//! What the TLS cryptography needs of the processor. Graviola panics where something is missing (its
//! README, "Limitations"); we say it before.

use crate::NetError;

/// The instructions that are missing here.
fn missing() -> Vec<&'static str> {
    macro_rules! found {
        ($detect:ident: $($feature:tt),*) => {
            [$(($feature, std::arch::$detect!($feature))),*]
        };
    }
    #[cfg(target_arch = "x86_64")]
    let found =
        found!(is_x86_feature_detected: "aes", "ssse3", "avx", "avx2", "adx", "bmi1", "bmi2", "pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    let found = found!(is_aarch64_feature_detected: "aes", "sha2", "pmull", "neon");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let found = [("x86-64 or aarch64", false)];
    found.into_iter().filter(|(_, here)| !here).map(|(feature, _)| feature).collect()
}

/// Checks that TLS can run on this processor.
pub(super) fn check() -> Result<(), NetError> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("TLS cannot run here: this machine lacks {}", missing.join(", "));
    Err(NetError::BadSetting { setting: "processor".to_owned(), detail })
}
