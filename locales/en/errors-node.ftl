# Errors of the configuration as a whole, the node and runs: 11xx to 19xx

e1101-what = { $path } could not be read: { $reason }
e1101-try = Name the node's folder with -C; make one with yinshu init if there is none.
e1102-what = { $person } holds two of the roles administrator, auditor and operator.
e1102-try = Name a different person for each in [people].
e1103-what = The party name { $name } stands for two parties.
e1103-try = Correct one of them in yinshu.toml.
e1104-what = The catalogue code { $catalogue } stands for two data sets.
e1104-try = Correct one of them in yinshu.toml.
e1105-what = { $path } does not hold a private key.
e1105-try = Restore the key from its backup.
e1106-what = { $path } can be read by other users of this machine.
e1106-try = Run chmod 600 { $path }; make a new key if it may have been read.
e1107-what = No [[peer]] is named { $name }
e1107-try = Check the name, or add the peer to yinshu.toml.
e1108-what = The peer { $name } has no address to dial.
e1108-try = Give its [[peer]] an address, or let the peer dial.
e1109-what = [node] has no listen address.
e1109-try = Add listen = "0.0.0.0:7443"; a node that only dials out need not serve.
e1110-what = { $path }, line { $line }: { $reason }
e1110-try = { $nearest ->
        [none] Correct that line; the file that yinshu init writes shows how.
       *[other] Did you mean { $nearest }? 
    }
e1901-what = Cannot write { $path }: { $reason }
e1901-try = Check the right to write and the room on the disk, or choose another folder with --out.
e1902-what = A scenario cannot end on { $day }: choose a day from 2000 to 2099.
e1902-try = Choose a day from 2000 to 2099; check the clock.
e1911-what = { $path } is not whole ({ $why }): nothing of it was taken in.
e1911-try = Wait until it is written to its end, or fetch it again; if it is whole, correct the .sha256 beside it.
e1912-what = { $path }, row { $row }: "{ $found }" says neither that the row was inserted nor that it was deleted; nothing of the package was taken in.
e1912-try = Write insert or delete (新增, 删除), or name the right column with --change-column.
e1913-what = { $path } is damaged: { $reason }
e1913-try = Begin a new base: delete the contract's folder under bases/ on both sides.
