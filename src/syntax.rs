//! YAML as a tree with spans, read into `Raw*` types that mirror what an author writes.
//!
//! [`read_file`] is the way in: bytes of one file → sources, findings and the raw policy. Nothing here resolves a name or
//! reads a quantity; that is the compiler's part.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::source::{FileId, Sources};

pub mod compose;
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

use node::Node;

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
    let FileTree { tree, whole, found: mut of_tree } = parse_file(sources, path, bytes, limits);
    let Some(node) = tree else {
        found.append(&mut of_tree);
        return whole;
    };
    read_parsed(&node, of_tree, sources, into, found) && whole
}

/// A file as a tree, with what was found wrong on the way.
#[derive(Debug)]
pub struct FileTree {
    /// Its tree; nothing if it is empty or unreadable.
    pub tree: Option<Node>,
    /// Whether it could be read in full.
    pub whole: bool,
    /// What is wrong with it as YAML.
    pub found: Vec<Diagnostic>,
}

/// Reads the tree of one file and adds the file to the sources.
pub fn parse_file(sources: &mut Sources, path: &str, bytes: &[u8], limits: &Limits) -> FileTree {
    let mut found = Vec::new();
    let Parsed { tree, whole } = read_tree(sources, path, bytes, limits, &mut found);
    FileTree { tree, whole, found }
}

/// Reads the sections of a tree into the policy; `of_tree` was found wrong with it as YAML. Tells whether no name is lost.
pub fn read_parsed(
    node: &Node,
    mut of_tree: Vec<Diagnostic>,
    sources: &Sources,
    into: &mut raw::RawPolicy,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let mut of_reader = Vec::new();
    read(node, into, &mut of_reader);
    let whole = !of_reader.iter().any(loses_names);
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
        Some((span.file, sources.get(span.file)?.position(span.start).0))
    };
    let errors = of_tree.iter().filter(|finding| finding.severity == Severity::Error);
    let misread: BTreeSet<(FileId, u32)> = errors.filter_map(line).collect();
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
