//! YAML as a tree with spans, read into `Raw*` types that mirror what an author writes.

pub mod node;
pub mod raw;
pub mod reader;
