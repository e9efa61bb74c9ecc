//! Reads maps key by key, gathers every mistake, names unknown keys and the keys it would have taken.
