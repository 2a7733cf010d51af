//! Objections.
