//! Named parties, sessions, bounded frames and their transports.
