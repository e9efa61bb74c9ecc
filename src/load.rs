//! From a folder of YAML to a policy: read, compile, analyse. The only place where policy files are opened.

use std::path::Path;

use crate::analysis;
use crate::calendar::SHIPPED;
use crate::compile::{self, History, Options};
use crate::diag::{Code, Diagnostic, Report, Severity};
use crate::lang::Message;
use crate::model::Policy;
use crate::source::{FileId, Sources, Span};
use crate::syntax::raw::RawPolicy;
use crate::syntax::{self, FileTree, Limits, compose};

mod attached;
mod calendars;
mod consequences;
mod extend;
mod files;
mod history;
mod migration;
mod set;

pub use calendars::calendars;
pub use history::{Foreign, Unfit};
pub use migration::Migration;
pub use set::PolicySet;
#[cfg(feature = "cli")]
pub(crate) use set::{across, below};

/// One file while policies are put together.
struct Part {
    path: String,
    file: FileId,
    read: FileTree,
}

impl Part {
    /// Whether it stands below a folder; everything but what lies outside stands below the policy's own.
    fn is_under(&self, folder: &str) -> bool {
        match folder {
            "" => !self.path.starts_with("../"),
            folder => self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        }
    }
}

/// One file of a policy: its path as shown, and its bytes.
struct File {
    path: String,
    bytes: Vec<u8>,
}

impl Policy {
    /// Loads the policy of a folder (or of a single file).
    ///
    /// All `*.yaml` and `*.yml` below the folder are read in order of path, except folders named `scenarios`, hidden ones,
    /// and folders that hold a `policy:` section of their own.
    ///
    /// A policy whose header says `extend: ../sales-service` (a folder relative to its own, or a list of them) is laid over that
    /// one: a branch's overlay. It takes over all that it does not say. Values of parameters, calendars, the holders of roles and
    /// words it sets anew; elements and dated versions it adds; what binds otherwise it replaces or removes only where it lists
    /// that with a reason. [`Policy::replaced`] tells what differs.
    ///
    /// # Errors
    /// A report with every mistake, those of reading files included; its `Display` shows each with its place.
    pub fn load(path: impl AsRef<Path>) -> Result<Policy, Report> {
        Policy::load_with(path, &Options::default())
    }

    /// As [`Policy::load`], with what the app gives: host functions, limits, other values for parameters.
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn load_with(path: impl AsRef<Path>, options: &Options) -> Result<Policy, Report> {
        only_policy(Policy::report_with(path, options))
    }

    /// Loads a policy from texts (path as shown, YAML) instead of files. A text whose path ends in `.ics` is a calendar file
    /// that a calendar may name under `holidays_from`. Of a policy that extends another, the texts whose path begins with the
    /// folder it names are those of its base:
    ///
    /// ```
    /// use rulebook::{Options, Policy};
    ///
    /// let base = "policy: {id: head-office, effective: 2026-01-01, timezone: Asia/Shanghai}
    /// parameters: {pass_mark: {value: 80 points, range: 60 to 100}}";
    /// let branch = "policy: {id: branch, extend: base}
    /// parameters: {pass_mark: {value: 85 points}}";
    /// let texts = [("branch.yaml", branch), ("base/policy.yaml", base)];
    /// let policy = Policy::from_texts(&texts, &Options::default()).map_err(|report| report.to_string())?;
    /// assert_eq!(policy.replaced()[0].path, "parameters.pass_mark");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn from_texts<N: AsRef<str>, T: AsRef<str>>(
        texts: &[(N, T)],
        options: &Options,
    ) -> Result<Policy, Report> {
        only_policy(Policy::report_texts(texts, options))
    }

    /// As [`Policy::load`], with warnings and notes as well as errors. There is a policy when no finding is an error.
    pub fn report(path: impl AsRef<Path>) -> (Option<Policy>, Report) {
        Policy::report_with(path, &Options::default())
    }

    /// As [`Policy::report`], with options.
    pub fn report_with(path: impl AsRef<Path>, options: &Options) -> (Option<Policy>, Report) {
        let mut found = Vec::new();
        let mut sources = Sources::default();
        let path = path.as_ref();
        let files = files::read(path, options, &mut sources, &mut found);
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        assemble(files, folder, sources, found, options)
    }

    /// As [`Policy::from_texts`], with warnings and notes as well as errors.
    pub fn report_texts<N: AsRef<str>, T: AsRef<str>>(
        texts: &[(N, T)],
        options: &Options,
    ) -> (Option<Policy>, Report) {
        assemble(files_of(texts), None, Sources::default(), Vec::new(), options)
    }
}

fn only_policy((policy, report): (Option<Policy>, Report)) -> Result<Policy, Report> {
    policy.ok_or(report)
}

fn files_of<N: AsRef<str>, T: AsRef<str>>(texts: &[(N, T)]) -> Vec<File> {
    let file = |(path, text): &(N, T)| File { path: path.as_ref().to_owned(), bytes: text.as_ref().into() };
    texts.iter().map(file).collect()
}

/// How much of a file the reader takes.
fn syntax_limits(options: &Options) -> Limits {
    Limits { file_bytes: options.limits.file_bytes, nodes: options.limits.nodes, depth: options.limits.depth }
}

/// The sections of every file that stand below `calendars:` and come with the program.
fn shipped(sources: &mut Sources, found: &mut Vec<Diagnostic>) -> RawPolicy {
    let mut shipped = RawPolicy::default();
    for (name, text) in SHIPPED {
        let path = format!("<shipped>/{name}.yaml");
        syntax::read_file(sources, &path, text.as_bytes(), &Limits::default(), &mut shipped, found);
    }
    shipped
}

fn assemble(
    files: Vec<File>,
    folder: Option<&Path>,
    mut sources: Sources,
    mut found: Vec<Diagnostic>,
    options: &Options,
) -> (Option<Policy>, Report) {
    let limits = syntax_limits(options);
    // Where a file that could not be read in full has its findings.
    let mut lost = (!found.is_empty()).then_some(0);
    let parts = parse(&files, options, &mut sources);
    let mut early = None;
    let mut raw = if extend::extends(&parts) {
        let shipped: &RawPolicy = early.insert(shipped(&mut sources, &mut found));
        let given = extend::Given { files: &files, folder, shipped, options };
        let before = found.len();
        let Some((raw, whole)) = extend::tower(parts, &given, &mut sources, &mut found) else {
            return (None, Report::new(sources, found));
        };
        lost = lost.or((!whole).then_some(before));
        raw
    } else {
        plain(parts, &sources, &mut found, &mut lost)
    };
    let overlays = sources.iter().count();
    for (name, text) in &options.overlays {
        let mut overlay = RawPolicy::default();
        syntax::read_file(&mut sources, name, text.as_bytes(), &limits, &mut overlay, &mut found);
        compile::overlay(&mut raw, overlay);
    }
    attached::read(&raw, &files, folder, options, &mut sources, &mut found);
    let texts = history::texts(&sources, overlays..overlays + options.overlays.len(), options);
    let shipped = early.unwrap_or_else(|| shipped(&mut sources, &mut found));
    if files.is_empty() && found.is_empty() {
        let span = Span::new(sources.add("policy.yaml", ""), 0, 0);
        let finding = Diagnostic::error(Code::NoPolicy, span, Message::plain("no-policy"));
        found.push(finding.help(Message::plain("no-policy-help")));
    }
    let of_reader = found.len();
    let replaced = raw.replaced.clone();
    let revision = compile::revision(&sources, &options.parameters);
    let mut history = History { revision, ..History::default() };
    let mut model = compile::compile(raw, &shipped, &sources, options, &mut history, &mut found);
    let mut of_compiler = found.split_off(of_reader);
    consequences::drop_echoes(&found, &mut of_compiler);
    extend::point_at_removals(&replaced, &sources, &mut of_compiler);
    let of_file = lost.and_then(|idx| found.get_mut(idx..)).into_iter().flatten();
    if let Some(cause) = of_file.into_iter().find(|finding| finding.severity == Severity::Error) {
        consequences::hold_back(cause, &mut of_compiler);
    }
    found.append(&mut of_compiler);
    if let Some(model) = &mut model {
        model.origin.texts = texts;
        analysis::run(model, &mut found);
    }
    let report = Report::new(sources, found);
    let policy = model.filter(|_| !report.has_errors()).map(Policy::new);
    (policy, report)
}

/// Every YAML file as a tree.
fn parse(files: &[File], options: &Options, sources: &mut Sources) -> Vec<Part> {
    let limits = syntax_limits(options);
    let files = files.iter().filter(|file| !attached::is_ics(&file.path));
    files
        .map(|file| {
            let id = sources.next();
            let read = syntax::parse_file(sources, &file.path, &file.bytes, &limits);
            Part { path: file.path.clone(), file: id, read }
        })
        .collect()
}

/// A policy that extends none: its files one after another.
fn plain(
    mut parts: Vec<Part>,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
    lost: &mut Option<usize>,
) -> RawPolicy {
    let mut raw = RawPolicy::default();
    let mut trees: Vec<_> = parts.iter_mut().filter_map(|part| part.read.tree.as_mut()).collect();
    compose::gather(&mut trees, found);
    for Part { read: FileTree { tree, mut whole, found: mut of_tree }, .. } in parts {
        let before = found.len();
        match tree {
            Some(tree) => whole &= syntax::read_parsed(&tree, of_tree, sources, &mut raw, found),
            None => found.append(&mut of_tree),
        }
        if !whole {
            *lost = lost.or(Some(before));
        }
    }
    raw
}

/// The path of a file as messages show it: relative, with `/`.
fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// Whether a path names a YAML file.
fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml")
}
