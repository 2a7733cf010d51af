//! What drivers and database tools list: policies as catalogues, data sets as schemas, granted tables and columns.
//!
//! # Security
//! Everything comes from the descriptions and policies, for the user who asks: what no policy of this user grants is not in any
//! list, whatever pattern is looked for. There is no row count and no statistic, and the engine's catalogue is not asked.

use super::own;
use crate::dataset::{Column, Dataset, Domain, Table};
use crate::error::SandboxError;
use crate::policy::{Grant, Policy};
use arrow_flight::sql::metadata::{
    SqlInfoData, SqlInfoDataBuilder, XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder,
};
use arrow_flight::sql::{
    Command, Nullable, Searchable, SqlInfo, SqlSupportedCaseSensitivity, SqlSupportedTransaction,
    XdbcDataType,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use std::collections::HashMap;
use std::sync::Arc;

/// Letters of a pattern at most.
const PATTERN: usize = 256;

/// What a user has: each policy with its data set.
pub(super) type Granted = Vec<(Policy, Dataset)>;

/// What a list is called in records; nothing where it is no list.
pub(super) fn name(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::CommandGetCatalogs(_) => "catalogs",
        Command::CommandGetDbSchemas(_) => "schemas",
        Command::CommandGetTables(_) => "tables",
        Command::CommandGetTableTypes(_) => "table-types",
        Command::CommandGetSqlInfo(_) => "sql-info",
        Command::CommandGetXdbcTypeInfo(_) => "type-info",
        Command::CommandGetPrimaryKeys(_) => "primary-keys",
        Command::CommandGetExportedKeys(_) => "exported-keys",
        Command::CommandGetImportedKeys(_) => "imported-keys",
        Command::CommandGetCrossReference(_) => "cross-reference",
        _ => return None,
    })
}

/// Whether a list is the same for everybody.
pub(super) fn is_public(command: &Command) -> bool {
    matches!(
        command,
        Command::CommandGetTableTypes(_) | Command::CommandGetSqlInfo(_) | Command::CommandGetXdbcTypeInfo(_)
    )
}

/// The list that is asked for.
pub(super) fn list(command: &Command, granted: &Granted) -> Result<RecordBatch, SandboxError> {
    let failed = |error: &dyn std::fmt::Display| SandboxError::engine(error);
    let made = match command {
        Command::CommandGetCatalogs(command) => {
            let mut list = command.into_builder();
            granted.iter().for_each(|(policy, _)| list.append(&policy.policy.name));
            list.build()
        }
        Command::CommandGetDbSchemas(command) => {
            bounded([&command.db_schema_filter_pattern, &command.catalog])?;
            let mut list = command.clone().into_builder();
            for (policy, dataset) in granted {
                list.append(&policy.policy.name, &dataset.dataset.name);
                list.append(&policy.policy.name, own::SCHEMA);
            }
            list.build()
        }
        Command::CommandGetTables(command) => {
            bounded([&command.db_schema_filter_pattern, &command.catalog])?;
            bounded([&command.table_name_filter_pattern, &None])?;
            let mut list = command.clone().into_builder();
            for (policy, dataset) in granted {
                let catalogue = &policy.policy.name;
                for (table, grant) in tables(policy, dataset) {
                    let schema = schema(table, grant);
                    let made = list.append(catalogue, &dataset.dataset.name, &table.name, "TABLE", &schema);
                    made.map_err(|error| failed(&error))?;
                }
                for table in own::Table::ALL {
                    let made = list.append(catalogue, own::SCHEMA, table.name(), "VIEW", &table.schema());
                    made.map_err(|error| failed(&error))?;
                }
            }
            list.build()
        }
        Command::CommandGetTableTypes(command) => {
            let mut list = command.into_builder();
            ["TABLE", "VIEW"].into_iter().for_each(|kind| list.append(kind));
            list.build()
        }
        Command::CommandGetSqlInfo(command) => command.clone().into_builder(&sql_info()?).build(),
        Command::CommandGetXdbcTypeInfo(command) => command.into_builder(&type_info()?).build(),
        Command::CommandGetPrimaryKeys(_) => return Ok(RecordBatch::new_empty(primary_keys())),
        Command::CommandGetExportedKeys(_)
        | Command::CommandGetImportedKeys(_)
        | Command::CommandGetCrossReference(_) => return Ok(RecordBatch::new_empty(foreign_keys())),
        _ => return Err(SandboxError::Unserved { what: "list".to_owned() }),
    };
    made.map_err(|error| failed(&error))
}

fn bounded(patterns: [&Option<String>; 2]) -> Result<(), SandboxError> {
    match patterns.into_iter().flatten().all(|pattern| pattern.len() <= PATTERN) {
        true => Ok(()),
        false => Err(SandboxError::Unsupported { construct: "long".to_owned(), text: "pattern".to_owned() }),
    }
}

fn tables<'a>(policy: &'a Policy, dataset: &'a Dataset) -> impl Iterator<Item = (&'a Table, &'a Grant)> {
    policy.grants.iter().filter_map(|grant| {
        let at = dataset.table(&grant.table)?;
        Some((&dataset.tables[at], grant))
    })
}

/// The granted columns of a table, in the order of the table.
fn schema(table: &Table, grant: &Grant) -> Schema {
    let field = |(at, column): (usize, &Column)| {
        let uses = grant.columns.get(&column.name)?;
        let uses: Vec<&str> = uses.0.iter().map(|used| used.name()).collect();
        // As the policy shows it; what it cannot show is not there.
        let domain = crate::masks::domain(grant, table, at).ok()?;
        let values = crate::cli::values(&domain);
        let remarks = match values.is_empty() {
            true => uses.join(", "),
            false => format!("{}: {values}", uses.join(", ")),
        };
        let (kind, named) = shown(&domain);
        let metadata = [
            ("TYPE_NAME", named.to_owned()),
            ("TABLE_NAME", table.name.clone()),
            ("IS_READ_ONLY", "1".to_owned()),
            ("REMARKS", remarks),
        ];
        let metadata = metadata.map(|(key, value)| (format!("ARROW:FLIGHT:SQL:{key}"), value));
        Some(Field::new(&column.name, kind, column.nullable).with_metadata(HashMap::from(metadata)))
    };
    Schema::new(table.columns.iter().enumerate().filter_map(field).collect::<Vec<_>>())
}

/// What the values of a column look like in a question.
fn shown(domain: &Domain) -> (DataType, &'static str) {
    match domain {
        Domain::Number { decimals: 0, .. } => (DataType::Int64, "BIGINT"),
        Domain::Number { decimals, .. } => {
            (DataType::Decimal128(18, i8::try_from(*decimals).unwrap_or_default()), "DECIMAL")
        }
        Domain::Day { .. } => (DataType::Date32, "DATE"),
        Domain::Text(_) | Domain::Person | Domain::Pseudonym(_) => (DataType::Utf8, "VARCHAR"),
    }
}

/// What a description calls what a column holds.
pub(super) fn kind(column: &Column) -> String {
    match serde_json::to_value(column.kind) {
        Ok(serde_json::Value::String(kind)) => kind,
        _ => String::new(),
    }
}

fn sql_info() -> Result<SqlInfoData, SandboxError> {
    let mut info = SqlInfoDataBuilder::new();
    info.append(SqlInfo::FlightSqlServerName, "yinshu-sandbox");
    info.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    info.append(SqlInfo::FlightSqlServerArrowVersion, "1.3");
    info.append(SqlInfo::FlightSqlServerReadOnly, true);
    info.append(SqlInfo::FlightSqlServerSql, true);
    info.append(SqlInfo::FlightSqlServerSubstrait, false);
    info.append(SqlInfo::FlightSqlServerTransaction, SqlSupportedTransaction::None as i32);
    info.append(SqlInfo::FlightSqlServerCancel, true);
    info.append(SqlInfo::FlightSqlServerBulkIngestion, false);
    info.append(SqlInfo::SqlDdlCatalog, false);
    info.append(SqlInfo::SqlDdlSchema, false);
    info.append(SqlInfo::SqlDdlTable, false);
    info.append(
        SqlInfo::SqlIdentifierCase,
        i64::from(SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32),
    );
    info.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    info.append(
        SqlInfo::SqlKeywords,
        &["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "FILTER"][..],
    );
    info.append(SqlInfo::SqlNumericFunctions, &["abs", "ceil", "floor", "mod", "round"][..]);
    info.append(SqlInfo::SqlStringFunctions, &["left", "lower", "substr", "trim", "upper"][..]);
    info.append(SqlInfo::SqlDatetimeFunctions, &["date_part", "extract"][..]);
    info.append(SqlInfo::SqlTransactionsSupported, false);
    info.append(SqlInfo::SqlBatchUpdatesSupported, false);
    info.append(SqlInfo::SqlSavepointsSupported, false);
    info.append(SqlInfo::SqlNamedParametersSupported, false);
    info.build().map_err(|error| SandboxError::engine(&error))
}

fn type_info() -> Result<XdbcTypeInfoData, SandboxError> {
    let one = |name: &str, kind: XdbcDataType, size: i32, quote: Option<&str>| XdbcTypeInfo {
        type_name: name.to_owned(),
        data_type: kind,
        column_size: Some(size),
        literal_prefix: quote.map(str::to_owned),
        literal_suffix: quote.map(|_| "'".to_owned()),
        nullable: Nullable::NullabilityNullable,
        case_sensitive: quote.is_some(),
        searchable: Searchable::Full,
        sql_data_type: kind,
        num_prec_radix: quote.is_none().then_some(10),
        ..XdbcTypeInfo::default()
    };
    let mut info = XdbcTypeInfoDataBuilder::new();
    info.append(one("BIGINT", XdbcDataType::XdbcBigint, 19, None));
    info.append(one("DECIMAL", XdbcDataType::XdbcDecimal, 18, None));
    info.append(one("DOUBLE", XdbcDataType::XdbcDouble, 15, None));
    info.append(one("VARCHAR", XdbcDataType::XdbcVarchar, 65_536, Some("'")));
    info.append(one("DATE", XdbcDataType::XdbcDate, 10, Some("DATE '")));
    info.build().map_err(|error| SandboxError::engine(&error))
}

fn keys(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let field = |(name, kind, nullable): &(&str, DataType, bool)| Field::new(*name, kind.clone(), *nullable);
    Arc::new(Schema::new(fields.iter().map(field).collect::<Vec<_>>()))
}

/// Nobody is told of keys: which rows are about the same person is no key of a table.
fn primary_keys() -> SchemaRef {
    keys(&[
        ("catalog_name", DataType::Utf8, true),
        ("db_schema_name", DataType::Utf8, true),
        ("table_name", DataType::Utf8, false),
        ("column_name", DataType::Utf8, false),
        ("key_name", DataType::Utf8, true),
        ("key_sequence", DataType::Int32, false),
    ])
}

fn foreign_keys() -> SchemaRef {
    keys(&[
        ("pk_catalog_name", DataType::Utf8, true),
        ("pk_db_schema_name", DataType::Utf8, true),
        ("pk_table_name", DataType::Utf8, false),
        ("pk_column_name", DataType::Utf8, false),
        ("fk_catalog_name", DataType::Utf8, true),
        ("fk_db_schema_name", DataType::Utf8, true),
        ("fk_table_name", DataType::Utf8, false),
        ("fk_column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("fk_key_name", DataType::Utf8, true),
        ("pk_key_name", DataType::Utf8, true),
        ("update_rule", DataType::UInt8, false),
        ("delete_rule", DataType::UInt8, false),
    ])
}
