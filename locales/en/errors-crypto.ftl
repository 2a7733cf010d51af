# Errors of cryptography: 8xxx

e8101-what = The bytes are not the canonical encoding of a ristretto255 element.
e8101-try = The data were damaged or come from another version: run again.
e8102-what = The bytes encode the identity element.
e8102-try = The data were damaged or come from another version: run again.
