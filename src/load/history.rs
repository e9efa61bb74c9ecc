//! A policy together with the revisions that a store has adopted: their texts are read again, their graphs stand beside its own.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{File, attached, extend, parse, plain, shipped, syntax_limits};
use crate::compile::{self, History, Options};
use crate::diag::{Diagnostic, Report, Severity};
use crate::model::Policy;
use crate::record::Adopted;
use crate::source::Sources;
use crate::syntax::raw::RawPolicy;
use crate::syntax::{self, admit};

/// Where overlays stand among the texts.
const OVERLAY: &str = "<overlay>/";
/// Where other values of parameters stand among the texts.
const PARAMETER: &str = "<parameters>/";

/// Old graphs that cannot be carried on.
#[derive(Debug)]
pub struct Unfit {
    /// What they need.
    pub report: Report,
    /// Their workflows, each with the revisions that have the graph.
    pub graphs: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.report.fmt(f)
    }
}

impl std::error::Error for Unfit {}

/// A store whose records were judged by another policy.
#[derive(Debug, thiserror::Error)]
#[error("the store belongs to the policy `{policy}`")]
pub struct Foreign {
    /// The policy it belongs to, by its id.
    pub policy: Arc<str>,
    /// The policy it was opened with, by its id.
    pub opened_with: Arc<str>,
}

/// The texts of a policy as a store keeps them.
pub(super) fn texts(
    sources: &Sources,
    overlays: Range<usize>,
    options: &Options,
) -> Vec<(Arc<str>, Arc<str>)> {
    let own = sources.iter().enumerate().filter(|(_, (_, file))| !file.path.starts_with('<'));
    let files = own.map(|(idx, (_, file))| match overlays.contains(&idx) {
        true => (format!("{OVERLAY}{}", file.path).into(), file.text.clone()),
        false => (file.path.clone(), file.text.clone()),
    });
    let values = options.parameters.iter();
    let values = values.map(|(name, value)| (format!("{PARAMETER}{name}").into(), value.as_str().into()));
    files.chain(values).collect()
}

/// Reads the texts of one revision; those of another than the newest stand in a folder of its name.
fn read(
    texts: &[(Arc<str>, Arc<str>)],
    folder: &str,
    shipped: &RawPolicy,
    options: &Options,
    sources: &mut Sources,
    found: &mut Vec<Diagnostic>,
) -> RawPolicy {
    let limits = syntax_limits(options);
    let first = sources.next();
    let (mut files, mut overlays, mut values) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (path, text) in texts {
        if let Some(name) = path.strip_prefix(PARAMETER) {
            values.insert(name.into(), text.to_string());
        } else if let Some(name) = path.strip_prefix(OVERLAY) {
            overlays.push((name, text));
        } else {
            files.push(File { path: path.to_string(), bytes: text.as_bytes().into() });
        }
    }
    let parts = parse(&files, options, sources);
    let mut raw = if extend::extends(&parts) {
        let given = extend::Given { files: &files, folder: None, shipped, options };
        extend::tower(parts, &given, sources, found).map(|(raw, _)| raw).unwrap_or_default()
    } else {
        plain(parts, sources, found, &mut None)
    };
    for (name, text) in overlays {
        let mut overlay = RawPolicy::default();
        syntax::read_file(sources, name, text.as_bytes(), &limits, &mut overlay, found);
        compile::overlay(&mut raw, overlay);
    }
    for file in files.iter().filter(|file| attached::is_ics(&file.path)) {
        admit(sources, &file.path, &file.bytes, &limits, found);
    }
    if !folder.is_empty() {
        compile::other_values(&mut raw, &values, found);
        sources.put_below(folder, first);
    }
    raw
}

impl Policy {
    /// The policy of an adopted revision, as it was.
    pub(crate) fn as_adopted(adopted: &Adopted, options: &Options) -> Option<Policy> {
        let (mut files, mut overlays, mut parameters) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (path, text) in &adopted.sources {
            if let Some(name) = path.strip_prefix(PARAMETER) {
                parameters.insert(name.into(), text.to_string());
            } else if let Some(name) = path.strip_prefix(OVERLAY) {
                overlays.push((name.to_owned(), text.to_string()));
            } else {
                files.push((path, text));
            }
        }
        let options = Options { parameters, overlays, ..options.clone() };
        Policy::from_texts(&files, &options).ok()
    }

    /// Whether a log was begun by another policy: its last revision says of which it is.
    pub(crate) fn whose(&self, log: &[Adopted]) -> Option<Foreign> {
        let header = &self.model.header;
        let last = log.last().filter(|last| last.revision != header.revision && !last.sources.is_empty())?;
        let (mut sources, mut found) = (Sources::default(), Vec::new());
        let shipped = shipped(&mut sources, &mut found);
        let raw = read(&last.sources, "", &shipped, &self.model.origin.options, &mut sources, &mut found);
        let policy: Arc<str> = raw.policy?.id?.value.as_str().into();
        (policy != header.id).then(|| Foreign { policy, opened_with: header.id.clone() })
    }

    /// The policy with the graphs and values of every revision in a log; it is itself the last of them, or comes after them.
    ///
    /// # Errors
    /// An old graph that cannot be carried on, because something that it needs is gone. With `completes`, what is gone is
    /// taken from the revision that had it.
    pub(crate) fn among(&self, log: &[Adopted], completes: bool) -> Result<Policy, Unfit> {
        let origin = &self.model.origin;
        let revision = self.model.header.revision.clone();
        let mut adopted: Vec<(Arc<str>, DateTime<Utc>)> =
            log.iter().map(|one| (one.revision.clone(), one.known)).collect();
        if adopted.last().is_none_or(|(last, _)| *last != revision) {
            // Nothing is judged by it before it is adopted.
            adopted.push((revision.clone(), DateTime::<Utc>::MAX_UTC));
        }
        let others = log.iter().filter(|one| one.revision != revision && !one.sources.is_empty());
        let others: BTreeMap<&Arc<str>, &Adopted> = others.map(|one| (&one.revision, one)).collect();
        if others.is_empty() {
            return Ok(self.clone());
        }
        let (mut sources, mut found) = (Sources::default(), Vec::new());
        let shipped = shipped(&mut sources, &mut found);
        let raw = read(&origin.texts, "", &shipped, &origin.options, &mut sources, &mut found);
        let mut history = History { revision, adopted, completes, ..History::default() };
        for (revision, one) in others {
            let folder = format!("{}/", revision.get(..8).unwrap_or(revision));
            let mut of_old = Vec::new();
            let raw = read(&one.sources, &folder, &shipped, &origin.options, &mut sources, &mut of_old);
            // A text that can no longer be read would let graphs vanish.
            found.extend(of_old.into_iter().filter(|finding| finding.severity == Severity::Error));
            history.raws.insert(revision.clone(), raw);
        }
        let judged_by = fingerprint(&history.adopted);
        let options = &origin.options;
        match compile::compile(raw, &shipped, &sources, options, &mut history, &mut found) {
            Some(mut model) => {
                model.origin.texts = origin.texts.clone();
                model.origin.judged_by = Some(judged_by);
                Ok(Policy::new(model))
            }
            None => Err(Unfit { report: Report::new(sources, found), graphs: history.unfit }),
        }
    }
}

/// A hash over the adopted revisions and their instants: with others, states come out otherwise.
fn fingerprint(adopted: &[(Arc<str>, DateTime<Utc>)]) -> Arc<str> {
    let mut hash = Sha256::new();
    for (revision, known) in adopted {
        hash.update(revision.as_bytes());
        hash.update(known.timestamp().to_le_bytes());
    }
    let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    digits.into()
}
