//! Builds the tree of one file from parser events, within limits, and goes on after a mistake.
//!
//! A file that YAML cannot read as a whole is read again section by section (a section begins in column 1), so that
//! one broken section does not hide the mistakes of the others. A mistake whose remedy is known is mended in memory, and
//! reading goes on behind it. No step recurses deeper than the depth limit.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::{FileId, Span};
use crate::syntax::node::{Kind, Node};

mod explain;
mod grow;
mod mend;
mod signs;

pub use explain::joined_key;
pub use signs::full_width_colon;

use grow::Grown;
use mend::Mended;

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

/// What could be read of a file.
pub struct Parsed {
    /// The tree; nothing for a file without content and for one that exceeds a limit.
    pub tree: Option<Node>,
    /// Whether nothing of the file is missing in the tree.
    pub whole: bool,
}

/// Reads a file's text into a tree. Every mistake is put into `found`; the tree holds whatever could be read.
pub fn parse(file: FileId, text: &str, limits: &Limits, found: &mut Vec<Diagnostic>) -> Parsed {
    let nothing = Parsed { tree: None, whole: false };
    if text.len() > limits.file_bytes {
        found.push(too_large(file, text.len(), limits));
        return nothing;
    }
    if let Some(at) = text.find('\0') {
        let span = Span::new(file, at, at + 1);
        found.push(Diagnostic::error(Code::UnreadableYaml, span, Message::plain("yaml-nul")));
        return nothing;
    }
    let mut first = Vec::new();
    match grow::grow(file, text, limits, &mut first) {
        Ok(grown) => {
            let whole = first.iter().all(|finding| finding.code != Code::SeveralDocuments);
            found.append(&mut first);
            Parsed { tree: grown.tree, whole }
        }
        Err(grow::Stop::Limit(finding)) => {
            found.append(&mut first);
            found.push(*finding);
            nothing
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

/// At most so many places where reading stopped are told of in one file, so that a file of noise gives a short report.
const STOPS_MAX: usize = 20;
/// At most so many mistakes are mended in one file.
const MENDED_MAX: usize = 200;
/// So many bytes are read again for the sake of what stands behind mistakes.
const AGAIN_MAX: usize = 16 * 1024 * 1024;

/// Reads each section on its own and joins what is readable.
fn by_section(
    file: FileId,
    text: &str,
    limits: &Limits,
    whole: explain::Unreadable,
    found: &mut Vec<Diagnostic>,
) -> Parsed {
    let all: Vec<(usize, &str)> = sections(text).collect();
    let mut reading =
        Reading { file, left: *limits, alone: all.len() == 1, told: Vec::new(), stops: 0, again: 0, found };
    let mut pairs = Vec::new();
    let mut complete = true;
    for (start, section) in all {
        match reading.section(section, start) {
            None => complete = false,
            Some(None) => {}
            Some(Some(Node { kind: Kind::Map(inner), .. })) => pairs.extend(inner),
            Some(tree) => return Parsed { tree, whole: true },
        }
        if reading.has_enough() {
            complete = false;
            break;
        }
    }
    if reading.told.is_empty() {
        found.push(explain::explain(file, text, &whole));
    }
    let tree =
        (!pairs.is_empty()).then(|| Node { kind: Kind::Map(pairs), span: Span::new(file, 0, text.len()) });
    Parsed { tree, whole: complete }
}

/// What the reading of sections has come to.
struct Reading<'a> {
    file: FileId,
    /// The limits, with the nodes that are left.
    left: Limits,
    /// Whether there is one section only, which then may be a list.
    alone: bool,
    /// The keys of the messages told.
    told: Vec<&'static str>,
    /// How many of them have no known remedy.
    stops: usize,
    /// Bytes read again.
    again: usize,
    found: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    /// The tree of a section, read on beyond each mistake whose remedy is known; nothing when the section is lost.
    fn section(&mut self, section: &str, start: usize) -> Option<Option<Node>> {
        let mut mended = Mended::new(section, start);
        // Where the last mistake stands; a repair that left another one at or before its line has not helped.
        let mut last = None;
        loop {
            let mut here = Vec::new();
            let grown = grow::grow(self.file, mended.text(), &self.left, &mut here);
            let (finding, readable) = match grown {
                Ok(Grown { tree, nodes }) => {
                    let misplaced =
                        tree.as_ref().filter(|node| !self.alone && !matches!(node.kind, Kind::Map(_)));
                    let Some(node) = misplaced else {
                        self.left.nodes = self.left.nodes.saturating_sub(nodes);
                        return Some(self.take(tree, here, &mended));
                    };
                    (explain::not_a_key(mended.text(), node.span), true)
                }
                Err(grow::Stop::Limit(finding)) => (*finding, false),
                Err(grow::Stop::Unreadable(error)) => {
                    (explain::explain(self.file, mended.text(), &error), false)
                }
            };
            let line = explain::line_number(mended.text(), &finding);
            let another = finding.message.key == explain::BLANK;
            if last.is_some_and(|last| line < last || line == last && !another) {
                return None;
            }
            last = Some(line);
            let repaired = self.tell(finding, &mut mended);
            self.stops += usize::from(!repaired);
            self.again += section.len();
            if !repaired || self.has_enough() {
                if readable {
                    self.take(None, here, &mended);
                }
                return None;
            }
        }
    }

    fn has_enough(&self) -> bool {
        self.stops >= STOPS_MAX || self.told.len() >= MENDED_MAX || self.again > AGAIN_MAX
    }

    /// Tells of a mistake and makes its repair; whether one is known.
    fn tell(&mut self, mut finding: Diagnostic, mended: &mut Mended<'_>) -> bool {
        let key = finding.message.key;
        let fix = finding.fix.clone();
        mended.place_finding(&mut finding);
        // Directives are all of one kind, and none of them is ever needed.
        if key != explain::DIRECTIVE || !self.told.contains(&key) {
            self.told.push(key);
            self.found.push(finding);
        }
        match fix {
            _ if key == explain::TAB => mended.repair(mend::tabs_to_spaces(mended.text())),
            Some(fix) => mended.repair([(fix.span.start as usize..fix.span.end as usize, fix.replacement)]),
            None => false,
        }
    }

    /// Puts a section that was read in its place in the file.
    fn take(&mut self, mut tree: Option<Node>, here: Vec<Diagnostic>, mended: &Mended<'_>) -> Option<Node> {
        if let Some(tree) = &mut tree {
            mended.place_node(tree);
        }
        // Anchors of other sections are out of sight here; their absence is no mistake of the author.
        for mut finding in here.into_iter().filter(|finding| finding.code != Code::AliasUnknown) {
            mended.place_finding(&mut finding);
            self.found.push(finding);
        }
        tree
    }
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
