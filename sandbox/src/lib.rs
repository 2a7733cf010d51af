//! The sandbox: researchers ask about data that they never see, and get what a policy releases.

pub mod disclosure;
