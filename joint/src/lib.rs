//! Plans over tables too large for one process: DataFusion here, Ballista on a cluster.
//!
//! The first room is [`prepare()`]: the keys of many files are read, cleaned, rid of repeats and divided, so that an
//! intersection over more than a hundred million of them begins with one quick pass over ready keys. The second is
//! [`sql`]: a question over tables of several departments becomes a plan over shares, and what each owner works out alone.
//!
//! DataFusion is heavy to build. It lives in this binary, `yinshu-joint`, beside `yinshu`, and in none of the
//! protocol crates; the two meet in a folder ([`yinshu_data::prepared`]).
//!
//! | module | holds |
//! |---|---|
//! | [`mod@prepare`] | the plan, its two operators, the folder it leaves |
//! | [`cluster`] | the same plan on a Ballista cluster: client, scheduler, executor |
//! | [`tasks`] | a job whose parts another program does on the cluster: questions to a sandbox |
//! | [`sql`] | questions across departments: what is allowed, what runs where, an owner's own part |
//! | [`cli`] | the command line |
//! | [`lang`] | what people read, in Chinese and English |

pub mod cli;
pub mod cluster;
pub mod error;
pub mod lang;
pub mod prepare;
pub mod sql;
pub mod tasks;

pub use error::JointError;
pub use prepare::{Engine, Job, prepare};
