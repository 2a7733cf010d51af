//! Whole tables under whole rules.

mod beside;
mod neighbour;
mod oracle;
mod session;
mod single;
mod world;
