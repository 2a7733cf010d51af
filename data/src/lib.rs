//! Rows in and out: CSV, XLSX, Parquet, PostgreSQL, MySQL to Arrow, and identifier cleaning.
