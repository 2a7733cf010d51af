//! Hash-chained audit log, signed checkpoints, offline verification, provenance.
