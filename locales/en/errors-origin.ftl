# Errors of return packages and their verification: 5xxx

e5101-what = The terms name { $column } as { $role }, and that column is not among the contract's columns.
e5101-try = Add it to the contract's columns or correct [origin]; a change needs new signatures.
e5102-what = The terms give no { $what }
e5102-try = Add it and sign again.
e5103-what = The terms say { $value } for { $what }, which cannot be.
e5103-try = Correct it and sign again.
e5111-what = { $table } has no column { $column }
e5111-try = Check the names, or give the column an alias in the contract.
e5112-what = Column { $column } of { $table } is not text.
e5112-try = This is a defect: tell the maintainers the code and the version.
e5113-what = A batch of { $table } has { $rows } rows and { $numbers } row numbers.
e5113-try = This is a defect: tell the maintainers the code and the version.
e5114-what = { $what }: { $found } is more than the { $limit } that can be handled.
e5114-try = Verify in several batches.
e5115-what = { $table } could not be read: { $reason }
e5115-try = See yinshu errors { $reading } for the cause.
e5121-what = { $path }: { $reason }
e5121-try = Check the path, the rights and the room on the disk.
e5122-what = { $path } is not an index of an earlier batch that this node wrote: { $reason }
e5122-try = Leave out --previous, or name the right index.
e5131-what = { $asked } tokens would be asked in section { $section }, and the contract allows { $quota }
e5131-try = Ask about less, or agree a larger quota and sign again.
e5132-what = The private half failed: { $reason }
e5132-try = See yinshu errors { $matching } for the cause; the local half works with --offline.
