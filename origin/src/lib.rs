//! Return to origin: signed return packages, verification report, objections.
