# Errors of reading, writing and cleaning tables: 2xxx

e2001-what = Cannot open { $path }: { $reason }
e2001-try = Check the path, that the file is there, and that this user may read it.
e2002-what = Reading { $path } failed: { $reason }
e2002-try = Check the disk or network drive and try again.
e2003-what = Writing { $path } failed, and it was left as it was: { $reason }
e2003-try = Check room on the disk and the right to write.
e2004-what = { $path } is empty.
e2004-try = Ask whoever sent it for the whole file.
e2005-what = { $path } was to be read as { $expected }, but its bytes are { $found }
e2005-try = Give the file its right extension, or say format = … in the source.
e2006-what = { $path } is a damaged { $format } file: { $reason }
e2006-try = Transfer or export the file again.
e2007-what = { $path } is not valid { $encoding } at byte { $offset } (line { $line }).
e2007-try = Say encoding = "{ $try_encoding }" in the source; or malformed = "replace" to go on with replacement characters.
e2008-what = { $path } has no header: row { $row } already looks like data.
e2008-try = Say where it is with header_row; or header_row = 0 and the names in columns.
e2009-what = { $path } has no header in row { $row }, where `header_row` says it is.
e2009-try = Correct header_row (counted from 1).
e2010-what = { $path } has two columns named { $column } (columns { $first } and { $second }).
e2010-try = Rename one, or give all names in columns.
e2011-what = Row { $row } of { $path } has a field longer than { $limit } bytes.
e2011-try = A quote was probably never closed: look at that row, or say quote = "".
e2012-what = Row { $row } of { $path } has more than { $limit } columns.
e2012-try = Check the delimiter; delimiter = … sets it.
e2013-what = { $path } ends inside the quoted field that begins in row { $row }.
e2013-try = The file may be cut short; if quotes mean nothing there, say quote = "".
e2014-what = { $path } has no sheet { $sheet }; it has { $present }
e2014-try = Correct sheet.
e2015-what = Column { $column } of { $path } has type { $data_type }, which is no plain value.
e2015-try = Turn that column into text, numbers or dates before exporting.
e2016-what = A source needs exactly one of `path`, `postgres` and `mysql`; it has { $present }
e2016-try = Keep just one.
e2017-what = { $option } means nothing for a { $source_kind } source.
e2017-try = Take { $option } out.
e2018-what = { $option } cannot be { $value }: { $reason }
e2018-try = Correct { $option }.
e2019-what = A { $source_kind } source needs `query`.
e2019-try = Add one reading query: query = "select …".
e2020-what = The query was not sent: { $reason }
e2020-try = Use one plain select that changes nothing.
e2021-what = The connection string of the { $source_kind } source is not usable: { $reason }
e2021-try = Check how host, port, database and user are written.
e2022-what = { $option } asks for TLS to the database, which this build does not have.
e2022-try = Use a socket, the loopback address or a tunnel.
e2023-what = Cannot connect to { $server }: { $reason }
e2023-try = Check that the database runs, the address and account, and the firewall.
e2024-what = { $server } refused the query: { $reason }
e2024-try = Check the names of table and columns, and that the account may read them.
e2025-what = The query gives more than max_rows = { $limit } rows.
e2025-try = Narrow the query, or raise max_rows.
e2026-what = A batch could not be built: { $reason }
e2026-try = Tell the maintainers the code and what the file is like.
e2027-what = The reader of { $path } stopped unexpectedly.
e2027-try = Try again; if it happens again, tell the maintainers.
e2028-what = The set in { $path } was prepared by other rules than are asked for: { $what } differs.
e2028-try = Prepare it again with --contract, so that it is cleaned as the contract says.
e2100-what = The description of the columns is wrong ({ $column }): { $reason }
e2100-try = Correct the description (--spec, or the columns of the contract).
e2101-what = The file has no column { $column } nor any of its aliases; it has: { $present }
e2101-try = Near: { $near }. If that is it, say so in --mapping or in aliases of the description.
e2102-what = Both { $first } and { $second } in the file stand for column { $column }.
e2102-try = Name one of them in --mapping.
e2103-what = The column mapping cannot be used: { $reason }
e2103-try = Write name = ["alias", …] under [columns].
e2104-what = The table of division aliases cannot be used: { $reason }
e2104-try = Correct the table: old and current codes of six digits each.
e2105-what = Column { $column } is garbled ({ $damage }): { $damaged } of { $seen } values up to row { $row }.
e2105-try = The file was once decoded in the wrong encoding: let whoever sent it export it again, in UTF-8 or GB18030.
e2106-what = A batch has { $found } columns where the header had { $expected }, or one of them is not text.
e2106-try = This is a defect: tell the maintainers the code and the version.
