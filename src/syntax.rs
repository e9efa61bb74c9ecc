//! YAML as a tree with spans, read into `Raw*` types that mirror what an author writes.
//!
//! [`read_file`] is the way in: bytes of one file → sources, findings and the raw policy. Nothing here resolves a name or
//! reads a quantity; that is the compiler's part.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::source::Sources;

#[cfg(test)]
mod corpus;
pub mod encoding;
pub mod node;
#[allow(
    dead_code,
    reason = "each part of the surface knows its place, whether or not a finding points there yet"
)]
pub mod raw;
pub mod reader;
pub mod section;
pub mod shape;
pub mod tree;

pub use encoding::admit;
pub use section::read;
pub use tree::{Limits, Parsed, parse};

/// Reads one file into the policy: adds it to the sources, reads its tree and its sections, and collects every mistake.
/// Tells whether the file could be read in full; if not, names that it declares may be missing.
pub fn read_file(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    limits: &Limits,
    into: &mut raw::RawPolicy,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let mut of_tree = Vec::new();
    let Parsed { tree, whole } = read_tree(sources, path, bytes, limits, &mut of_tree);
    let Some(node) = tree else {
        found.append(&mut of_tree);
        return whole;
    };
    let mut of_reader = Vec::new();
    read(&node, into, &mut of_reader);
    let whole = whole && !of_reader.iter().any(loses_names);
    drop_echoes(sources, &of_tree, &mut of_reader);
    of_tree.append(&mut of_reader);
    found.extend(of_tree.into_iter().take(FINDINGS_MAX));
    whole
}

/// Whether a finding of the reader means that entries with names were passed over: a section under a key that is not
/// known, or a key that reads as a text.
fn loses_names(finding: &Diagnostic) -> bool {
    let of_file = || finding.message.args.get(1).is_some_and(|place| place == shape::FILE.name);
    finding.code == Code::LooksWrong || finding.code == Code::UnknownKey && of_file()
}

/// So many findings of one file are kept; who mends these will see the rest.
const FINDINGS_MAX: usize = 500;

/// What YAML misread, the reader finds strange again: an error of the tree speaks for the reader's findings on its line.
fn drop_echoes(sources: &Sources, of_tree: &[Diagnostic], of_reader: &mut Vec<Diagnostic>) {
    let line = |finding: &Diagnostic| {
        let span = finding.marks.first()?.span;
        Some(sources.get(span.file)?.position(span.start).0)
    };
    let errors = of_tree.iter().filter(|finding| finding.severity == Severity::Error);
    let misread: BTreeSet<u32> = errors.filter_map(line).collect();
    of_reader.retain(|finding| !line(finding).is_some_and(|line| misread.contains(&line)));
}

/// Reads one file into a tree: for files that are no part of a policy, such as scenarios.
pub fn read_tree(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    limits: &Limits,
    found: &mut Vec<Diagnostic>,
) -> Parsed {
    let (file, readable) = admit(sources, path, bytes, limits, found);
    match sources.get(file).filter(|_| readable).map(|source| source.text.clone()) {
        Some(text) => parse(file, &text, limits, found),
        None => Parsed { tree: None, whole: false },
    }
}
