//! `yinshu psi interconn` as it meets others: itself, and a real SecretFlow party.
//!
//! The SecretFlow party is a Python wheel, the last that speaks the standard's batches. It needs Python 3.9 to
//! 3.11 and, the first time, a package index; without them its tests say so and pass. The virtual environment
//! is `YINSHU_INTEROP_VENV`, or a folder beside the build products. `YINSHU_INTEROP_VENV_SPU` may name
//! another, with `spu` 0.9.3b0 or later, for the profile of that name.

#[path = "interop/own.rs"]
mod own;
#[path = "interop/party.rs"]
mod party;
#[path = "interop/secretflow.rs"]
mod secretflow;
