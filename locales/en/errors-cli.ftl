# Errors of the command line, of files, and of configuration as text: 10xx

e1001-what = There is no option { $given }.
e1001-try = { $nearest ->
        [none] See --help for the options there are.
       *[other] Did you mean { $nearest }? Usage: { $usage }
    }
e1002-what = There is no command { $given }.
e1002-try = { $nearest ->
        [none] See --help for the commands there are.
       *[other] Did you mean { $nearest }? 
    }
e1003-what = { $option } does not take the value "{ $given }".
e1003-try = Expected: { $expected }
e1004-what = Missing: { $missing }
e1004-try = Usage: { $usage }
e1005-what = A command is missing.
e1005-try = Add one of: { $commands }
e1006-what = { $option } cannot stand together with { $other }, nor twice.
e1006-try = Leave one of them out.
e1007-what = { $option } was given a wrong number of values.
e1007-try = Usage: { $usage }
e1008-what = The command line cannot be read: { $reason }
e1008-try = See --help.
e1009-what = There is no error code { $given }.
e1009-try = Run yinshu errors for a list of all codes.
e1021-what = { $place }: there is no key { $key }.
e1021-try = { $nearest ->
        [none] Keys known here: { $known }
       *[other] Did you mean { $nearest }? Keys known here: { $known }
    }
e1022-what = { $place }: the key { $key } is missing.
e1022-try = Add { $key } = … there.
e1023-what = { $place }: { $reason }
e1023-try = Correct that line; the file that yinshu init writes shows how.
e1024-what = { $place }: not valid TOML: { $reason }
e1024-try = Look at the quotes, brackets and equals signs of that line; the file must be UTF-8.
e1025-what = { $place }: there is no value "{ $value }" here.
e1025-try = { $nearest ->
        [none] Values known here: { $known }
       *[other] Did you mean { $nearest }? Values known here: { $known }
    }
e1031-what = { $path } is there already and was not touched.
e1031-try = Name another place, or move away what is there.
e1032-what = "{ $name }" is not a party name.
e1032-try = Use 1 to 64 of a-z, 0-9 and hyphen, such as county-data.
e1033-what = One person cannot be both { $first } and { $second }.
e1033-try = Name a different person for each of administrator, auditor and operator.
e1034-what = "{ $given }" is neither a public key nor a file that holds one.
e1034-try = A public key is ed25519: and 64 hexadecimal characters; see node_key on the node's card.
e1061-what = { $path } cannot be read: { $reason }
e1061-try = Check the path, that the file is there, and that this user may read it.
e1062-what = { $path } cannot be written: { $reason }
e1062-try = Check that the folder is there and that this user may write to it.
e1063-what = The disk is full and { $path } was not written; what was there is untouched.
e1063-try = Make room, or write to another disk.
e1064-what = { $path } would be overwritten: two arguments name one file.
e1064-try = Give each file a path of its own.
e1065-what = { $program } is not at { $path }.
e1065-try = Put it beside yinshu (cargo build -p yinshu-sandbox builds it), or say where it is in the environment variable YINSHU_SANDBOX.
e1098-what = Interrupted; nothing half-written was left.
e1098-try = Run the same command again.
e1099-what = A defect in yinshu: { $what }
e1099-try = Tell the maintainers the code, the command and the version (yinshu --version).

e1097-what = A step of the demonstration failed: yinshu { $command }
e1097-try = Its own message stands above.
