//! YAML as a tree with spans, read into `Raw*` types that mirror what an author writes.
//!
//! [`read_file`] is the way in: bytes of one file → sources, findings and the raw policy. Nothing here resolves a name or
//! reads a quantity; that is the compiler's part.

use crate::diag::Diagnostic;
use crate::source::Sources;

pub mod encoding;
pub mod node;
pub mod raw;
pub mod reader;
pub mod section;
pub mod shape;
pub mod tree;

pub use encoding::admit;
pub use node::Node;
pub use section::read;
pub use tree::{Limits, parse};

/// Reads one file into the policy: adds it to the sources, reads its tree and its sections, and collects every mistake.
pub fn read_file(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    limits: &Limits,
    into: &mut raw::RawPolicy,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(node) = read_tree(sources, path, bytes, limits, found) {
        read(&node, into, found);
    }
}

/// Reads one file into a tree: for files that are no part of a policy, such as scenarios.
pub fn read_tree(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    limits: &Limits,
    found: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let (file, readable) = admit(sources, path, bytes, limits, found);
    if !readable {
        return None;
    }
    let text = sources.get(file).map(|source| source.text.clone())?;
    parse(file, &text, limits, found)
}
