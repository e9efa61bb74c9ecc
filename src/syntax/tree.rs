//! Builds the tree of one file from parser events, within limits, and goes on after a mistake.
//!
//! A file that YAML cannot read as a whole is read again section by section (a section begins in column 1), so that
//! one broken section does not hide the mistakes of the others. No step recurses deeper than the depth limit.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::{FileId, Span};
use crate::syntax::node::{Kind, Node};

mod explain;
mod grow;
mod signs;

pub use signs::full_width_colon;

/// How much one file may hold; what goes beyond is a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: usize,
    /// Nodes of a file, counted after aliases are expanded.
    pub nodes: usize,
    /// How deep lists and maps may stand in one another.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { file_bytes: 4 * 1024 * 1024, nodes: 200_000, depth: 64 }
    }
}

/// Reads a file's text into a tree. Every mistake is put into `found`; the tree holds whatever could be read.
///
/// Gives nothing for a file without content and for one that exceeds a limit.
pub fn parse(file: FileId, text: &str, limits: &Limits, found: &mut Vec<Diagnostic>) -> Option<Node> {
    if text.len() > limits.file_bytes {
        found.push(too_large(file, text.len(), limits));
        return None;
    }
    if let Some(at) = text.find('\0') {
        let span = Span::new(file, at, at + 1);
        found.push(Diagnostic::error(Code::UnreadableYaml, span, Message::plain("yaml-nul")));
        return None;
    }
    let mut first = Vec::new();
    match grow::grow(file, text, 0, limits, &mut first) {
        Ok(grown) => {
            found.append(&mut first);
            grown.tree
        }
        Err(grow::Stop::Limit(finding)) => {
            found.append(&mut first);
            found.push(*finding);
            None
        }
        Err(grow::Stop::Unreadable(error)) => by_section(file, text, limits, *error, found),
    }
}

/// The finding for a file of `bytes` bytes.
pub fn too_large(file: FileId, bytes: usize, limits: &Limits) -> Diagnostic {
    let args = [size(bytes), size(limits.file_bytes)];
    Diagnostic::error(Code::TooLarge, Span::new(file, 0, 0), Message::new("file-too-large", args))
        .help(Message::plain("file-too-large-help"))
}

/// At most so many unreadable sections are told of, so that a file of noise gives a short report.
const SECTIONS_TOLD_MAX: usize = 20;

/// Reads each section on its own and joins what is readable.
fn by_section(
    file: FileId,
    text: &str,
    limits: &Limits,
    whole: explain::Unreadable,
    found: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let mut pairs = Vec::new();
    let mut told = 0;
    let mut budget = limits.nodes;
    for (start, section) in sections(text) {
        let mut here = Vec::new();
        let left = Limits { nodes: budget, ..*limits };
        let grown = grow::grow(file, section, start, &left, &mut here).map(|grown| {
            budget = budget.saturating_sub(grown.nodes);
            grown.tree
        });
        let finding = match grown {
            Ok(None) => None,
            Ok(Some(Node { kind: Kind::Map(inner), .. })) => {
                pairs.extend(inner);
                None
            }
            Ok(Some(node)) => Some(explain::not_a_key(text, node.span)),
            Err(grow::Stop::Limit(finding)) => Some(*finding),
            Err(grow::Stop::Unreadable(error)) => Some(explain::explain(file, text, &error)),
        };
        // Anchors of other sections are out of sight here; their absence is no mistake of the author.
        here.retain(|finding| finding.code != Code::AliasUnknown);
        found.append(&mut here);
        if let Some(finding) = finding {
            told += 1;
            found.push(finding);
        }
        if told >= SECTIONS_TOLD_MAX {
            break;
        }
    }
    if told == 0 {
        found.push(explain::explain(file, text, &whole));
    }
    (!pairs.is_empty()).then(|| Node { kind: Kind::Map(pairs), span: Span::new(file, 0, text.len()) })
}

/// Cuts a text before every line whose first character can begin a key of the top level.
fn sections(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut cuts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let begins = line.chars().next().is_some_and(|sign| !" \t\r\n#-]}.".contains(sign));
        if begins && offset > 0 {
            cuts.push(offset);
        }
        offset += line.len();
    }
    let ends: Vec<usize> = cuts.iter().skip(1).copied().chain([text.len()]).collect();
    cuts.into_iter().zip(ends).map(|(start, end)| (start, text.get(start..end).unwrap_or("")))
}

/// A number of bytes in words that people use.
fn size(bytes: usize) -> String {
    let mib = bytes / (1024 * 1024);
    if mib > 0 { format!("{mib} MB") } else { format!("{} KB", bytes / 1024) }
}
