//! ristretto255 (RFC 9496) and hashing to it (RFC 9380).
