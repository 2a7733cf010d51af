//! Rows in and out: CSV, XLSX, Parquet, PostgreSQL, MySQL to Arrow, and identifier cleaning.
//!
//! [`open`] turns a [`Source`] into a [`TableReader`], a stream of [`RawBatch`]es in which every column is text:
//! nothing is interpreted on the way in, and memory does not grow with the file. [`mod@write`] puts rows back on disk.

pub mod clean;
pub mod error;
pub mod ident;
pub mod mapping;
pub mod prepared;
pub mod reader;
pub mod source;
pub mod table;
pub mod write;

pub use clean::{CleanBatch, CleanReport, Cleaner};
pub use error::DataError;
pub use reader::{Found, Ragged, RawBatch, TableReader, open};
pub use source::Source;
pub use table::{ColumnKind, ColumnSpec, TableSpec};
