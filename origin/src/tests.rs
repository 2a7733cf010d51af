//! Both halves against the oracle.

mod oracle;
mod planted;
mod refused;
mod reported;
mod world;
