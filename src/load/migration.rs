//! A migration plan, read as a policy is read: every mistake with its place.

use std::path::Path;

use crate::compile::Limits;
use crate::diag::{Code, Diagnostic, Report};
use crate::lang::Message;
use crate::source::{Sources, Span};
use crate::syntax::node::Node;
use crate::syntax::raw::{Named, Text};
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::{self, shape};

/// How running cases of a workflow go over to its newest graph: which state becomes which, and what each clock does.
///
/// ```yaml
/// migrate:
///   workflow: onboarding
///   states: {training: learning, resit: resit}
///   clocks: {finish: keep, take: recompute}
///   because: 两个阶段合并
/// ```
///
/// [`Runtime::plan`](crate::Runtime::plan) holds it against the store, [`Runtime::migrate`](crate::Runtime::migrate) carries it out.
#[derive(Clone, Debug)]
pub struct Migration {
    pub(crate) sources: Sources,
    pub(crate) written: Written,
}

/// A plan as written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub workflow: Text,
    /// Revisions, by at least eight digits; empty: every earlier one with live cases.
    pub from: Vec<Text>,
    pub states: Vec<Named<Text>>,
    pub clocks: Vec<Named<Text>>,
    pub because: Text,
}

impl FromNode for Written {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Written> {
        let mut fields = Fields::open(at, node, &shape::MIGRATION, found)?;
        let (workflow, because) = (fields.opt("workflow"), fields.opt("because"));
        Some(Written {
            from: fields.all("from"),
            states: fields.all("states"),
            clocks: fields.all("clocks"),
            workflow: workflow?,
            because: because?,
        })
    }
}

impl Migration {
    /// Reads the plan of a file.
    ///
    /// # Errors
    /// Every mistake of the file; one that cannot be read is one of them.
    pub fn load(path: impl AsRef<Path>) -> Result<Migration, Report> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Migration::read(&name, &bytes),
            Err(error) => {
                let mut sources = Sources::default();
                let span = Span::new(sources.add(&name, ""), 0, 0);
                let message = Message::new("unreadable-file", [name, error.to_string()]);
                Err(Report::new(sources, vec![Diagnostic::error(Code::UnreadableFile, span, message)]))
            }
        }
    }

    /// Reads a plan from a text; `name` is shown as the path in messages.
    ///
    /// # Errors
    /// Every mistake of the text.
    pub fn from_text(name: &str, text: &str) -> Result<Migration, Report> {
        Migration::read(name, text.as_bytes())
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Migration, Report> {
        let (mut sources, mut found) = (Sources::default(), Vec::new());
        let Limits { file_bytes, nodes, depth, .. } = Limits::default();
        let limits = syntax::Limits { file_bytes, nodes, depth };
        let tree = syntax::read_tree(&mut sources, name, bytes, &limits, &mut found).tree;
        let empty = Node::scalar("", syntax::node::Style::Empty, Span::default());
        let node = tree.unwrap_or(empty);
        let at = At { name: shape::MIGRATION_FILE.name, span: node.span };
        let written = match found.is_empty() {
            true => Fields::open(at, &node, &shape::MIGRATION_FILE, &mut found)
                .and_then(|mut fields| fields.opt::<Written>("migrate")),
            false => None,
        };
        let report = Report::new(sources, found);
        match written.filter(|_| !report.has_errors()) {
            Some(written) => Ok(Migration { sources: report.sources, written }),
            None => Err(report),
        }
    }
}
