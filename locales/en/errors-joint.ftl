# 9xxx: yinshu-joint.
e9001-what = The command line cannot be understood: { $reason }
e9001-try = yinshu-joint --help lists the commands, and --help after a command its options.
e9002-what = { $path } is not empty.
e9002-try = Name a new folder in --out, or empty that one.
e9003-what = { $path } holds no table (*.csv, *.tsv, *.txt, *.xlsx, *.parquet).
e9003-try = Name the files, or the folder that they lie in.
e9004-what = { $path }: { $reason }
e9004-try = Look whether it is there, who may read and write it, and whether the disk is full.
e9005-what = { $path } cannot be used: { $reason }
e9005-try = Correct the file.
e9006-what = A table cannot be used: { $english }
e9006-try = yinshu errors { $inner } says more.
e9007-what = A { $source_kind } database is read over one connection, and not on a cluster.
e9007-try = Leave --cluster out, or export the query to files.
e9010-what = { $scheduler } does not answer: { $reason }
e9010-try = Start yinshu-joint scheduler there, and look at its address and the firewall between.
e9011-what = The cluster of { $scheduler } could not finish: { $reason }
e9011-try = Look whether executors are running and of the same version, and run it again; nothing of it was kept.
e9012-what = { $path } is not there: the executors do not share this folder.
e9012-try = Put the tables and --out on storage that every executor has under the same path.
e9020-what = The plan failed: { $reason }
e9020-try = Run it again with --verbose; if it fails again, tell the maintainers.
e9021-what = The memory given is too little: { $reason }
e9021-try = Give more in --memory, or ask for fewer --parts.
e9022-what = Interrupted.
e9022-try = Run it again from the start: nothing of it was kept.
e9500-what = { $place } of the contract cannot be used: { $reason }
e9500-try = Correct it, and have the contract signed again.
e9501-what = The question cannot be understood: { $reason }
e9501-try = Correct the SQL in [query] of the contract; tables and columns are those of [[query.table]].
e9502-what = Not supported: { $construct ->
    [rows] rows as they are
    [no-figure] a question without a figure
    [window] a window function
    [distinct] DISTINCT
    [full-join] FULL JOIN
    [cross-join] a join without an equality of keys
    [join-condition] a condition about both sides, or about the side that stays, in LEFT JOIN, EXISTS or NOT EXISTS
    [join-key] a join by something worked out
    [inner-aggregate] an aggregate over tables of several owners inside the question
    [inner-function] this aggregate inside the question
    [limit-inside] LIMIT inside the question
    [subquery] a subquery here
    [not-in-missing] NOT IN where the key may be missing
    [union-parts] a part of UNION ALL that takes more than one table
    [union-columns] columns of UNION ALL that differ in what they are
    [union-of-figures] UNION ALL of figures
    [figure-expression] arithmetic on figures
    [aggregate-function] this aggregate
    [aggregate-distinct] DISTINCT or ORDER BY in an aggregate
    [group-function] ROLLUP, CUBE and GROUPING SETS
    [group-decimal] groups by a number with digits after the point
    [min-by-group] MIN, MAX and MEDIAN of groups
    [having] this condition in HAVING
    [division] division row by row
    [function] this function across tables, or as a value
    [volatile] a function that depends on the moment
    [texts] a value made of columns with different lists
    [order-of-texts] an order of texts whose values are not listed in order
    [literal] this constant
    [constant] a condition or group about no column
    [statement] a statement that is no question
    [analysis-order] ORDER BY or LIMIT beside an analysis
    [analysis-unused] a column of SELECT that the analysis does not use
    [analysis-column] a column of the analysis that SELECT does not give, or gives twice
    [analysis-across] a value of several tables in an analysis
    [keys-of-tables] a join whose keys are columns of more than one table on a side
   *[other] this
 } ({ $found })
e9502-try = { $construct ->
    [rows] Only figures are told: ask for COUNT, SUM, AVG and the like, with GROUP BY where you need it, or name an analysis in [query.analysis].
    [no-figure] Name at least one figure in SELECT, as COUNT(*).
    [window] Use aggregates with GROUP BY.
    [distinct] Use GROUP BY.
    [full-join] Ask two questions with LEFT JOIN.
    [cross-join] Write JOIN … USING (key) or ON a.key = b.key.
    [join-condition] Put conditions about the side that stays into WHERE, or use JOIN.
    [join-key] Join by columns as they are.
    [inner-aggregate] Inside the question, GROUP BY is for one owner's table; aggregate at the outermost level.
    [inner-function] Inside the question there are COUNT, SUM, MIN and MAX.
    [limit-inside] LIMIT stands at the outermost level alone.
    [subquery] Subqueries stand in FROM, or as [NOT] EXISTS and [NOT] IN among the conditions that AND connects in WHERE.
    [not-in-missing] Use NOT EXISTS.
    [union-parts] Each part of UNION ALL is one owner's table.
    [union-columns] Give all parts columns of the same nature: numbers, or texts with values.
    [union-of-figures] Ask one question at a time, or do UNION ALL first and GROUP BY then.
    [figure-expression] List the figures in SELECT, and work the rest out from the result.
    [aggregate-function] There are COUNT, SUM, AVG, MIN, MAX, VAR_SAMP, STDDEV_SAMP, MEDIAN and CORR.
    [aggregate-distinct] GROUP BY the column in a subquery, and COUNT(*) over that.
    [group-function] Ask once for each grouping.
    [group-decimal] Make ranges of it with CASE WHEN.
    [min-by-group] Ask for them without GROUP BY, or for AVG.
    [having] HAVING compares COUNT, SUM and AVG with numbers; conditions about keys stand by themselves.
    [division] Multiply, as by 0.01, or divide figures afterwards.
    [function] There are +, -, *, CASE, COALESCE, comparisons, IN, BETWEEN and IS NULL; other functions stand in conditions about one table alone.
    [volatile] Write the date or number itself.
    [texts] Give both columns the same values, or use constants.
    [order-of-texts] List the values in order, or use = and IN.
    [literal] Use whole numbers, numbers with a point, or texts.
    [constant] Leave it out.
    [statement] Write one SELECT.
    [analysis-order] Leave it out: an analysis is of all rows.
    [analysis-unused] Leave it out, or name it in [query.analysis].
    [analysis-column] Give it in SELECT by this name, with AS where it is worked out.
    [analysis-across] Analyse columns of one table each; conditions may take several tables.
    [keys-of-tables] Join one table after the other, each by keys of one table.
   *[other] See docs/sql.md for the SQL there is.
 }
e9503-what = { $owner } allows { $column } for { $constraint } alone, and the question uses it for { $wanted }.
e9503-try = Ask without it, or agree with its owner on another use in the contract.
e9504-what = Neither { $left } nor { $right } is known to occur once in its table.
e9504-try = Declare unique = true for the key of one side, or group that side by its key in a subquery.
e9505-what = { $expression } could leave 64 bits: { $least } to { $greatest }.
e9505-try = Declare narrower min and max, fewer decimals, or smaller max_rows.
e9506-what = { $column } has no min and max, and is computed with.
e9506-try = Declare min and max in the contract, so that nothing can overflow.
e9507-what = { $expression } cannot be computed across tables.
e9507-try = Numbers need min and max, texts need values; a date or a text without values stands in conditions about one table, or is a key.
e9508-what = { $value } is none of the values in { $column }.
e9508-try = Write it as the contract lists it, or add it to values.
e9509-what = { $key } could make { $groups } groups; at most { $most } are told.
e9509-try = Group by fewer columns, or make ranges with CASE WHEN.
e9510-what = { $left } and { $right } are of different kinds: equal values would not look equal.
e9510-try = Declare the same kind and decimals for both, so that both are cleaned alike.
e9511-what = There is no table { $table } here; there are: { $known }.
e9511-try = Use a name of [[query.table]] that the question uses.
e9512-what = { $table } comes in more than once: as { $inputs }.
e9512-try = Say which is meant with --input.
e9520-what = { $table }: row { $row } has nothing in { $column }.
e9520-try = Fill it in, or declare nullable = true in the contract.
e9521-what = { $table }: row { $row } has a { $column } that is not within { $least } and { $greatest }.
e9521-try = Correct the row, or declare other bounds in the contract.
e9522-what = { $table }: row { $row } has a { $column } that is not of its kind (no number, infinite, too many digits after the point, no valid id or date).
e9522-try = Correct the row, or the column's kind and decimals in the contract.
e9523-what = { $table }: row { $row } has a { $column } that is none of its values in the contract.
e9523-try = Correct the row, or add the value to the contract.
e9524-what = { $table } has more rows than the { $most } that the contract allows.
e9524-try = Bring fewer rows, or agree on a greater max_rows.
e9525-what = The own part of { $table } failed: { $reason }
e9525-try = Look at the table and at what the plan runs over it (yinshu-joint explain).
