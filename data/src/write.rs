//! Rows out: CSV written beside its destination and renamed into place.
