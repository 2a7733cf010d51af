//! MySQL and MariaDB: one query, streamed row by row in a read-only transaction.
//!
//! The query is checked by [`statement`](super::statement) and sent as a prepared statement, of which the server takes
//! one at a time, after `START TRANSACTION READ ONLY`. The server sees the comment `/* yinshu */` before it and the
//! connection attribute `program_name` (`yinshu` unless `application_name` is set). Timestamps are in UTC+8. Bytes that
//! are not UTF-8 come as `0x…`. When rows are left unread the query is killed.

use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Conn, Opts, OptsBuilder, Row, UrlError, Value};

use super::columns::Columns;
use super::layout::refuse_duplicates;
use super::pump::{Outbox, Pump, Stop, start};
use super::statement::{Dialect, one_read};
use super::{COLUMN_LIMIT, FIELD_LIMIT, Found};
use crate::error::DataError;
use crate::source::Source;

/// Connects and sends the query.
pub(super) fn open(source: &Source) -> Result<Pump, DataError> {
    let query = one_read(source.query.as_deref().unwrap_or_default(), Dialect::Mysql)?;
    let query = format!("/* yinshu */ {query}");
    let opts = options(source)?;
    let server = format!(
        "mysql {}:{}/{}",
        opts.get_ip_or_hostname(),
        opts.get_tcp_port(),
        opts.get_db_name().unwrap_or_default()
    );
    let source = source.clone();
    start(server.clone(), move |outbox| read(&opts, &server, &query, &source, outbox))
}

fn read(opts: &Opts, server: &str, query: &str, source: &Source, outbox: &Outbox) -> Result<(), Stop> {
    let refused = |e: mysql::Error| DataError::Query { server: server.to_owned(), reason: reason(&e) };
    let mut conn = Conn::new(opts.clone())
        .map_err(|e| DataError::Connect { server: server.to_owned(), reason: reason(&e) })?;
    let id = conn.connection_id();
    prepare_session(&mut conn, source).map_err(refused)?;
    let mut rows = conn.exec_iter(query, ()).map_err(refused)?;
    let columns = rows.columns();
    let names: Vec<String> = columns.as_ref().iter().map(|column| column.name_str().into_owned()).collect();
    let kinds: Vec<ColumnType> = columns.as_ref().iter().map(mysql::Column::column_type).collect();
    check_columns(server, &names, &kinds)?;
    let mut found = Found { format: "mysql".to_owned(), ..Found::default() };
    let outcome = (|| {
        outbox.opened(&names, &found)?;
        let mut columns = Columns::new(&names);
        for row in rows.by_ref() {
            found.rows += 1;
            if let Some(limit) = source.max_rows.filter(|limit| found.rows > *limit) {
                return Err(DataError::RowLimit { limit }.into());
            }
            take_row(&mut columns, server, found.rows, &kinds, row.map_err(refused)?)?;
            if columns.full() {
                outbox.batch(columns.take()?, &found)?;
            }
        }
        if columns.is_empty() { Ok(()) } else { outbox.batch(columns.take()?, &found) }
    })();
    if outcome.is_err() {
        kill(opts, id);
    }
    outcome
}

/// Breaks off the query of a connection, whose remaining rows would otherwise be read to the end.
fn kill(opts: &Opts, id: u32) {
    if let Ok(mut conn) = Conn::new(opts.clone()) {
        // A query that has ended in the meantime is just as well.
        let _ = conn.query_drop(format!("KILL QUERY {id}"));
    }
}

fn prepare_session(conn: &mut Conn, source: &Source) -> Result<(), mysql::Error> {
    conn.query_drop("SET time_zone = '+08:00'")?;
    if let Some(seconds) = source.timeout_seconds {
        // MySQL counts milliseconds; MariaDB has another name and counts seconds (error 1193: unknown variable).
        match conn.query_drop(format!("SET SESSION max_execution_time = {}", u64::from(seconds) * 1000)) {
            Err(mysql::Error::MySqlError(e)) if e.code == 1193 => {
                conn.query_drop(format!("SET SESSION max_statement_time = {seconds}"))?;
            }
            other => other?,
        }
    }
    if let Some(limit) = source.max_rows {
        conn.query_drop(format!("SET SESSION sql_select_limit = {}", limit.saturating_add(1)))?;
    }
    conn.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
}

fn check_columns(server: &str, names: &[String], kinds: &[ColumnType]) -> Result<(), DataError> {
    if names.is_empty() {
        return Err(DataError::QueryRefused { reason: "it gives no columns".to_owned() });
    }
    if names.len() > COLUMN_LIMIT {
        return Err(DataError::TooManyColumns { path: server.to_owned(), row: 0, limit: COLUMN_LIMIT });
    }
    if let Some(i) = kinds.iter().position(|kind| *kind == ColumnType::MYSQL_TYPE_GEOMETRY) {
        return Err(DataError::ColumnType {
            path: server.to_owned(),
            column: names[i].clone(),
            data_type: "geometry".to_owned(),
        });
    }
    refuse_duplicates(server, names)
}

fn take_row(
    columns: &mut Columns,
    server: &str,
    number: u64,
    kinds: &[ColumnType],
    row: Row,
) -> Result<(), DataError> {
    let mut cells = Vec::with_capacity(kinds.len());
    for (value, kind) in row.unwrap().into_iter().zip(kinds) {
        let cell = text(value, *kind);
        if cell.as_ref().is_some_and(|text| text.len() > FIELD_LIMIT) {
            return Err(DataError::FieldTooLong { path: server.to_owned(), row: number, limit: FIELD_LIMIT });
        }
        cells.push(cell);
    }
    columns.push_cells(number, cells.iter().map(Option::as_deref));
    Ok(())
}

/// A value's text, or `None` for null.
fn text(value: Value, kind: ColumnType) -> Option<Vec<u8>> {
    let text = match value {
        Value::NULL => return None,
        Value::Bytes(bytes) if kind == ColumnType::MYSQL_TYPE_BIT => {
            bytes.iter().fold(0_u64, |n, b| (n << 8) | u64::from(*b)).to_string()
        }
        Value::Bytes(bytes) if std::str::from_utf8(&bytes).is_ok() => return Some(bytes),
        Value::Bytes(bytes) => bytes.iter().fold("0x".to_owned(), |hex, b| hex + &format!("{b:02x}")),
        Value::Int(n) => n.to_string(),
        Value::UInt(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Double(n) => n.to_string(),
        Value::Date(year, month, day, hour, minute, second, micro) => {
            let date = format!("{year:04}-{month:02}-{day:02}");
            if kind == ColumnType::MYSQL_TYPE_DATE {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}{}", fraction(micro))
            }
        }
        Value::Time(negative, days, hours, minutes, seconds, micro) => {
            let sign = if negative { "-" } else { "" };
            let hours = u64::from(days) * 24 + u64::from(hours);
            format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{}", fraction(micro))
        }
    };
    Some(text.into_bytes())
}

fn fraction(micro: u32) -> String {
    if micro == 0 { String::new() } else { format!(".{micro:06}") }
}

/// The driver's settings; whatever is wrong with the URL is said without repeating it.
fn options(source: &Source) -> Result<Opts, DataError> {
    let dsn = source.mysql.as_ref().ok_or(DataError::SourcePlace { present: 0 })?;
    let tls = |name: &str| name.contains("ssl") || name.contains("tls");
    let opts = Opts::from_url(dsn.reveal()).map_err(|e| match e {
        UrlError::FeatureRequired(_, option) | UrlError::UnknownParameter(option) if tls(&option) => {
            DataError::DatabaseTls { option }
        }
        UrlError::UnknownParameter(option) => bad_url(format!("it has an unknown parameter {option:?}")),
        _ => bad_url("it is no mysql:// URL".to_owned()),
    })?;
    let name = source.application_name.as_deref().unwrap_or("yinshu");
    let mut builder = OptsBuilder::from_opts(opts)
        .tcp_connect_timeout(Some(std::time::Duration::from_secs(10)))
        .connect_attrs(Some([("program_name".to_owned(), name.to_owned())].into()));
    if let Some(password) = source.password_from_file()? {
        builder = builder.pass(Some(password.as_str()));
    }
    Ok(Opts::from(builder))
}

fn bad_url(reason: String) -> DataError {
    DataError::ConnectionString { source_kind: "mysql".to_owned(), reason }
}

/// What went wrong, without any row's content: of the server only the number and, unless it quotes a value (1292,
/// 1366 and other data errors, SQLSTATE class 22), the message.
fn reason(e: &mysql::Error) -> String {
    match e {
        mysql::Error::MySqlError(e) if e.state.starts_with("22") => {
            format!("error {} (a value does not fit)", e.code)
        }
        mysql::Error::MySqlError(e) => format!("error {}: {}", e.code, e.message),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
