//! PostgreSQL: one query, read through a cursor in a read-only transaction.
//!
//! The query is checked by [`statement`](super::statement), prepared (which makes the server refuse a second
//! statement), and declared as a cursor (which makes it refuse anything but a read) inside `BEGIN … READ ONLY`. Rows
//! come in the server's own text form, so every column type has one: ISO dates, timestamps with a zone in UTC+8 without
//! the offset, `true`/`false`, `\x…` for bytes. The server sees `application_name` (`yinshu` unless set) in
//! `pg_stat_activity` and its log, and the comment `/* yinshu */` before the statement.
//!
//! The transaction is never committed. Functions in the query still run with the account's rights; give it an account
//! that may read the table and no more.

use std::str::FromStr;
use std::time::Duration;

use postgres::config::{Config, Host, SslMode, SslNegotiation};
use postgres::types::Type;
use postgres::{Client, NoTls, SimpleQueryMessage};

use super::columns::Columns;
use super::layout::refuse_duplicates;
use super::statement::{Dialect, one_read};
use super::{BATCH_BYTES, BATCH_ROWS, COLUMN_LIMIT, FIELD_LIMIT, Found, RawBatch, TableReader};
use crate::error::DataError;
use crate::source::Source;

/// How a column's text form is brought to ours.
#[derive(Debug, Clone, Copy)]
enum Form {
    AsIs,
    Bool,
    Zoned,
}

/// One query's rows.
pub(super) struct PostgresReader {
    server: String,
    /// Gone once the rows are.
    client: Option<Client>,
    names: Vec<String>,
    forms: Vec<Form>,
    columns: Columns,
    max_rows: Option<u64>,
    /// Rows of one fetch; fewer where rows are wide, so that a fetch stays near `BATCH_BYTES`.
    fetch: usize,
    found: Found,
}

impl PostgresReader {
    pub(super) fn open(source: &Source) -> Result<Self, DataError> {
        let query = one_read(source.query.as_deref().unwrap_or_default(), Dialect::Postgres)?;
        let config = config(source)?;
        let server = label(&config);
        let mut client = config
            .connect(NoTls)
            .map_err(|e| DataError::Connect { server: server.clone(), reason: reason(&e) })?;
        let refused = |e: postgres::Error| DataError::Query { server: server.clone(), reason: reason(&e) };
        client.batch_execute(&preamble(source)).map_err(refused)?;
        let statement = client.prepare(query).map_err(refused)?;
        if !statement.params().is_empty() {
            return Err(DataError::QueryRefused { reason: "it has parameters ($1)".to_owned() });
        }
        let names: Vec<String> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let forms = statement.columns().iter().map(|column| form(column.type_())).collect();
        if names.is_empty() {
            return Err(DataError::QueryRefused { reason: "it gives no columns".to_owned() });
        }
        if names.len() > COLUMN_LIMIT {
            return Err(DataError::TooManyColumns { path: server, row: 0, limit: COLUMN_LIMIT });
        }
        refuse_duplicates(&server, &names)?;
        // The extended protocol takes one statement, DECLARE CURSOR takes one read.
        client
            .execute(&format!("/* yinshu */ DECLARE yinshu NO SCROLL CURSOR FOR {query}"), &[])
            .map_err(refused)?;
        let found = Found { format: "postgres".to_owned(), ..Found::default() };
        let columns = Columns::new(&names);
        Ok(Self {
            server,
            client: Some(client),
            names,
            forms,
            columns,
            max_rows: source.max_rows,
            fetch: BATCH_ROWS.min(256),
            found,
        })
    }

    fn take_row(&mut self, row: &postgres::SimpleQueryRow) -> Result<(), DataError> {
        let number = self.found.rows + 1;
        if self.max_rows.is_some_and(|limit| number > limit) {
            return Err(DataError::RowLimit { limit: self.max_rows.unwrap_or_default() });
        }
        let mut cells = Vec::with_capacity(self.forms.len());
        for (i, form) in self.forms.iter().enumerate() {
            let cell = row
                .try_get(i)
                .map_err(|e| DataError::Query { server: self.server.clone(), reason: reason(&e) })?;
            if cell.is_some_and(|text| text.len() > FIELD_LIMIT) {
                return Err(DataError::FieldTooLong {
                    path: self.server.clone(),
                    row: number,
                    limit: FIELD_LIMIT,
                });
            }
            cells.push(cell.map(|text| bring(text, *form).as_bytes()));
        }
        self.columns.push_cells(number, cells.into_iter());
        self.found.rows = number;
        Ok(())
    }
}

impl TableReader for PostgresReader {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>, DataError> {
        // Taken, so that an error ends the connection too.
        let Some(mut client) = self.client.take() else { return Ok(None) };
        let before = self.found.rows;
        let fetch = format!("FETCH FORWARD {} FROM yinshu", self.fetch);
        let messages = client
            .simple_query(&fetch)
            .map_err(|e| DataError::Query { server: self.server.clone(), reason: reason(&e) })?;
        for message in &messages {
            if let SimpleQueryMessage::Row(row) = message {
                self.take_row(row)?;
            }
        }
        let rows = (self.found.rows - before) as usize;
        if rows == 0 {
            return Ok(None);
        }
        let bytes = self.columns.bytes().max(1);
        if rows == self.fetch {
            self.client = Some(client);
        }
        self.fetch = (BATCH_BYTES / (bytes / rows + 1)).clamp(1, BATCH_ROWS);
        self.columns.take().map(Some)
    }

    fn found(&self) -> &Found {
        &self.found
    }
}

fn preamble(source: &Source) -> String {
    let timeout = u64::from(source.timeout_seconds.unwrap_or(0)) * 1000;
    format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
         SET LOCAL statement_timeout = {timeout}; SET LOCAL datestyle = 'ISO, YMD'; \
         SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL timezone = '<+08>-08'; \
         SET LOCAL bytea_output = 'hex'; SET LOCAL cursor_tuple_fraction = 1; \
         SET LOCAL standard_conforming_strings = on"
    )
}

fn form(column: &Type) -> Form {
    match *column {
        Type::BOOL => Form::Bool,
        Type::TIMESTAMPTZ => Form::Zoned,
        _ => Form::AsIs,
    }
}

fn bring(text: &str, form: Form) -> &str {
    match (form, text) {
        (Form::Bool, "t") => "true",
        (Form::Bool, "f") => "false",
        (Form::Zoned, text) => text.strip_suffix("+08").unwrap_or(text),
        _ => text,
    }
}

/// The driver's settings; whatever is wrong with the connection string is said without repeating it.
fn config(source: &Source) -> Result<Config, DataError> {
    let bad = |reason: &str| DataError::ConnectionString {
        source_kind: "postgres".to_owned(),
        reason: reason.to_owned(),
    };
    let dsn = source.postgres.as_ref().ok_or(DataError::SourcePlace { present: 0 })?;
    let text = dsn.reveal();
    if ["verify-ca", "verify-full"].iter().any(|mode| text.contains(&format!("sslmode={mode}"))) {
        return Err(DataError::DatabaseTls { option: "sslmode".to_owned() });
    }
    let mut config =
        Config::from_str(text).map_err(|_| bad("it is neither `key=value` pairs nor a postgres:// URL"))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(DataError::DatabaseTls { option: "sslmode".to_owned() });
    }
    if config.get_ssl_negotiation() == SslNegotiation::Direct {
        return Err(DataError::DatabaseTls { option: "sslnegotiation".to_owned() });
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(bad("it names no host"));
    }
    config.ssl_mode(SslMode::Disable);
    config.application_name(source.application_name.as_deref().unwrap_or("yinshu"));
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if let Some(password) = source.password_from_file()? {
        config.password(password.as_bytes());
    }
    Ok(config)
}

/// The server as it may be shown.
fn label(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        _ => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("postgres {host}:{port}/{}", config.get_dbname().unwrap_or_default())
}

/// What went wrong, without any row's content: of data exceptions (class 22), whose messages quote the value, the
/// code alone is passed on.
fn reason(e: &postgres::Error) -> String {
    match e.as_db_error() {
        Some(db) if db.code().code().starts_with("22") || db.code().code().starts_with("23") => {
            format!("SQLSTATE {} (a value does not fit)", db.code().code())
        }
        Some(db) => format!("SQLSTATE {}: {}", db.code().code(), db.message()),
        None => match std::error::Error::source(e) {
            Some(cause) => format!("{e}: {cause}"),
            None => e.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
