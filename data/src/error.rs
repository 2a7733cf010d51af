//! What can go wrong with a table, each case with a stable code in 2001..=2999.
//!
//! Fields are plain and serialisable so that a front end can put the sentence in the reader's language. No field
//! ever holds a password or a cell's content; offsets and row numbers count from what their doc line says.

/// A refusal to read, write or clean a table. Each variant has one [`code`](DataError::code).
#[derive(Debug, Clone, PartialEq, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DataError {
    /// The file could not be opened (absent, no permission, a folder).
    #[error("cannot open {path}: {reason}")]
    CannotOpen {
        /// The path as given.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// Reading stopped part-way.
    #[error("reading {path} failed: {reason}")]
    Read {
        /// The path as given.
        path: String,
        /// What the operating system or the decoder said.
        reason: String,
    },
    /// Writing failed; the destination is as it was before.
    #[error("writing {path} failed, and it was left as it was: {reason}")]
    Write {
        /// The destination.
        path: String,
        /// What the operating system said (a full disk, no permission).
        reason: String,
    },
    /// The file holds nothing (no bytes, or blank lines only).
    #[error("{path} is empty")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// The bytes are something else than the format the name promises.
    #[error("{path} was to be read as {expected}, but its bytes are {found}")]
    WrongFormat {
        /// The path as given.
        path: String,
        /// The format that was tried: `csv`, `xlsx`, `parquet`.
        expected: String,
        /// What the bytes look like, such as `xlsx`, `parquet`, `zip`, `old Excel (.xls)`, `binary data`.
        found: String,
    },
    /// The file has the right marks but its inside is damaged.
    #[error("{path} is a damaged {format} file: {reason}")]
    Damaged {
        /// The path as given.
        path: String,
        /// `xlsx` or `parquet`.
        format: String,
        /// What the decoder said.
        reason: String,
    },
    /// The bytes are not text in the encoding found or given.
    #[error(
        "{path} is not valid {encoding} at byte {offset} (line {line}); set `encoding = \"{try_encoding}\"`, or `malformed = \"replace\"`"
    )]
    Encoding {
        /// The path as given.
        path: String,
        /// The encoding in use, as written in `encoding = "…"`.
        encoding: String,
        /// Bytes before the first bad one.
        offset: u64,
        /// 1-based line of the first bad byte.
        line: u64,
        /// The encoding worth trying next.
        try_encoding: String,
    },
    /// No row of the first rows looks like a header.
    #[error(
        "{path} has no header: row {row} already looks like data; set `header_row`, or `header_row = 0` with `columns`"
    )]
    NoHeader {
        /// The path as given.
        path: String,
        /// 1-based row that was expected to be the header.
        row: u64,
    },
    /// The row named by `header_row` is blank or past the end.
    #[error("{path} has no header in row {row}, where `header_row` says it is")]
    HeaderRow {
        /// The path as given.
        path: String,
        /// 1-based row given.
        row: u64,
    },
    /// Two columns have one name.
    #[error(
        "{path} has two columns named {column} (columns {first} and {second}); rename one or give `columns`"
    )]
    DuplicateColumn {
        /// The path as given, or the database.
        path: String,
        /// The name.
        column: String,
        /// 1-based position of the first.
        first: usize,
        /// 1-based position of the second.
        second: usize,
    },
    /// A field (or a whole row) is longer than the limit, as happens when a quote is never closed.
    #[error(
        "row {row} of {path} has a field or a whole row longer than {limit} bytes; is a quote left open?"
    )]
    FieldTooLong {
        /// The path as given.
        path: String,
        /// 1-based row.
        row: u64,
        /// Bytes.
        limit: usize,
    },
    /// More columns than the limit.
    #[error("row {row} of {path} has more than {limit} columns; is the delimiter right?")]
    TooManyColumns {
        /// The path as given.
        path: String,
        /// 1-based row.
        row: u64,
        /// Columns.
        limit: usize,
    },
    /// The file ends inside a quoted field.
    #[error(
        "{path} ends inside the quoted field that begins in row {row}; set `quote = \"\"` if quotes mean nothing there"
    )]
    OpenQuote {
        /// The path as given.
        path: String,
        /// 1-based row in which the record begins.
        row: u64,
    },
    /// The workbook has no such sheet.
    #[error("{path} has no sheet {sheet}; it has {present}")]
    NoSheet {
        /// The path as given.
        path: String,
        /// The sheet asked for.
        sheet: String,
        /// The names there are, separated by `, `.
        present: String,
    },
    /// A column holds a nested or otherwise untranslatable type.
    #[error("column {column} of {path} has type {data_type}, which is no plain value")]
    ColumnType {
        /// The path as given.
        path: String,
        /// The column.
        column: String,
        /// The type as its format names it.
        data_type: String,
    },
    /// A source names no place, or more than one.
    #[error("a source needs exactly one of `path`, `postgres` and `mysql`; it has {present}")]
    SourcePlace {
        /// How many are given.
        present: usize,
    },
    /// An option that means nothing for this kind of source.
    #[error("`{option}` means nothing for a {source_kind} source; take it out")]
    OptionUnused {
        /// The key.
        option: String,
        /// `csv`, `xlsx`, `parquet`, `postgres` or `mysql`.
        source_kind: String,
    },
    /// An option whose value is out of range or contradicts another.
    #[error("`{option}` cannot be {value}: {reason}")]
    OptionValue {
        /// The key.
        option: String,
        /// The value (never a password).
        value: String,
        /// What would be right.
        reason: String,
    },
    /// A database source without a query.
    #[error("a {source_kind} source needs `query`")]
    QueryMissing {
        /// `postgres` or `mysql`.
        source_kind: String,
    },
    /// The statement is not one plain read.
    #[error("the query was not sent: {reason}")]
    QueryRefused {
        /// Which rule it broke.
        reason: String,
    },
    /// The connection string cannot be understood (its text is not repeated, it may hold a password).
    #[error("the connection string of the {source_kind} source is not usable: {reason}")]
    ConnectionString {
        /// `postgres` or `mysql`.
        source_kind: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS was asked for, and this build speaks to databases without it.
    #[error(
        "`{option}` asks for TLS to the database, which this build does not have; use a socket, loopback or a tunnel"
    )]
    DatabaseTls {
        /// The setting that asked.
        option: String,
    },
    /// The database could not be reached or refused the login.
    #[error("cannot connect to {server}: {reason}")]
    Connect {
        /// `postgres host:port/database` without user and password.
        server: String,
        /// What the driver said.
        reason: String,
    },
    /// The database refused or broke off the query.
    #[error("{server} refused the query: {reason}")]
    Query {
        /// `postgres host:port/database` without user and password.
        server: String,
        /// SQLSTATE or error number, and the message.
        reason: String,
    },
    /// The query gave more rows than `max_rows`.
    #[error("the query gives more than `max_rows` = {limit} rows")]
    RowLimit {
        /// Rows.
        limit: u64,
    },
    /// A column's text could not be held as one Arrow array (over 2 GiB in a batch) or columns disagreed in length.
    #[error("a batch could not be built: {reason}")]
    Batch {
        /// What Arrow said.
        reason: String,
    },
    /// A reader's worker stopped without saying why.
    #[error("the reader of {path} stopped unexpectedly")]
    ReaderStopped {
        /// The path or server.
        path: String,
    },
    /// A prepared set was made by other rules than are asked for.
    #[error("the set in {path} was prepared by other rules than are asked for: {what} differs")]
    PreparedOtherwise {
        /// The folder.
        path: String,
        /// Which rule differs first: `key column`, `columns`, `test_region`, `latest_birth`, `null_words`, `pua`.
        what: String,
    },
    /// A column of a table description has options that contradict its kind or each other.
    #[error("column {column} of the table description: {reason}")]
    Spec {
        /// The column's name in the description.
        column: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A required column is not in the file, under its name or any alias.
    #[error("the file has no column {column} (nor any of its aliases); near: {near:?}; it has {present:?}")]
    MissingColumn {
        /// The column's name in the description.
        column: String,
        /// Headers that resemble it.
        near: Vec<String>,
        /// All headers, the first hundred.
        present: Vec<String>,
    },
    /// Two headers of the file are aliases of one column.
    #[error("both {first} and {second} in the file stand for column {column}; name one of them in a mapping")]
    AmbiguousColumn {
        /// The column's name in the description.
        column: String,
        /// The header that came first.
        first: String,
        /// The other.
        second: String,
    },
    /// A mapping file cannot be used.
    #[error("the column mapping cannot be used: {reason}")]
    Mapping {
        /// What is wrong with it.
        reason: String,
    },
    /// A table of division aliases cannot be used.
    #[error("the table of division aliases cannot be used: {reason}")]
    Aliases {
        /// What is wrong with it.
        reason: String,
    },
    /// A column's text was decoded in the wrong encoding (R18): the column is refused.
    #[error(
        "column {column} is garbled ({damage}): {damaged} of {seen} values up to row {row}; export the file again"
    )]
    Garbled {
        /// The column's name in the description.
        column: String,
        /// `replaced`, `latin`, `pinyin` or `gbk`.
        damage: String,
        /// Garbled values.
        damaged: u64,
        /// Values that are not plain ASCII, up to there.
        seen: u64,
        /// A row that shows it.
        row: u64,
    },
    /// A batch does not have the columns the cleaner was made for.
    #[error("a batch has {found} columns where the header had {expected}, or one of them is not text")]
    BatchShape {
        /// Columns of the header.
        expected: usize,
        /// Columns of the batch.
        found: usize,
    },
}

impl DataError {
    /// The stable four-digit code of this case; documented codes never change their meaning.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::CannotOpen { .. } => 2001,
            Self::Read { .. } => 2002,
            Self::Write { .. } => 2003,
            Self::Empty { .. } => 2004,
            Self::WrongFormat { .. } => 2005,
            Self::Damaged { .. } => 2006,
            Self::Encoding { .. } => 2007,
            Self::NoHeader { .. } => 2008,
            Self::HeaderRow { .. } => 2009,
            Self::DuplicateColumn { .. } => 2010,
            Self::FieldTooLong { .. } => 2011,
            Self::TooManyColumns { .. } => 2012,
            Self::OpenQuote { .. } => 2013,
            Self::NoSheet { .. } => 2014,
            Self::ColumnType { .. } => 2015,
            Self::SourcePlace { .. } => 2016,
            Self::OptionUnused { .. } => 2017,
            Self::OptionValue { .. } => 2018,
            Self::QueryMissing { .. } => 2019,
            Self::QueryRefused { .. } => 2020,
            Self::ConnectionString { .. } => 2021,
            Self::DatabaseTls { .. } => 2022,
            Self::Connect { .. } => 2023,
            Self::Query { .. } => 2024,
            Self::RowLimit { .. } => 2025,
            Self::Batch { .. } => 2026,
            Self::ReaderStopped { .. } => 2027,
            Self::PreparedOtherwise { .. } => 2028,
            Self::Spec { .. } => 2100,
            Self::MissingColumn { .. } => 2101,
            Self::AmbiguousColumn { .. } => 2102,
            Self::Mapping { .. } => 2103,
            Self::Aliases { .. } => 2104,
            Self::Garbled { .. } => 2105,
            Self::BatchShape { .. } => 2106,
        }
    }
}
