//! Whole tables under whole rules.

mod neighbour;
mod oracle;
mod session;
mod single;
mod world;
