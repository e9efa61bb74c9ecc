//! Scenarios: what testers write in YAML (given, happens, expect), run in virtual time against a policy.
//!
//! A scenario runs on a real runtime with a store in memory, so that reads of other subjects, samples, the closing of
//! periods, finality and effects are the ones an embedder gets. Nothing in it reads a clock: time is what the scenario
//! says. After the last line every subject is folded anew from its records in another order of delivery, and its state
//! must be equal byte for byte.
//!
//! ```yaml
//! - scenario: 补考在最后一秒通过仍算合格
//!   clause: "2.1.2"
//!   set: {parameters: {pass_mark: 80 points}, roles: {trainer: [sun]}}
//!   given:
//!     staff/li: {hired: 2026-03-23, manager: zhou, position: sales, attended: all}
//!     hr/zhao: {}
//!   happens:
//!     - {at: 2026-04-01 15:00, to: staff/li, exam_taken: {score: 72 points}, by: hr/zhao}
//!     - {at: 2026-04-07 18:00:00, to: staff/li, exam_taken: {score: 84 points}, by: hr/zhao}
//!   expect:
//!     - {at: 2026-04-01 16:00, staff/li: {onboarding: resit}}
//!     - {staff/li: {onboarding: certified}}
//!     - {refused: none}
//! ```
//!
//! - `given` opens a subject at its `at:`; without one, on the date by which one of its workflows opens, else on the day of the
//!   earliest happening. The `opened` event is sent by somebody who holds a role that may. A role with a person gives that person
//!   the role. `attended: all` (any event that a `lasts_at_least:` counts) sends the event at 09:00 of each working day until
//!   the bound is reached, choices in turn; days after the scenario's end have not come yet. `samples:` closes a period with the
//!   aggregates given instead of those measured.
//! - `happens` is delivered in the order written, each at `known`, else at `at`, and never before the line above it, so that a
//!   line with an earlier `at` below a later one arrives late. `on_behalf_of: zhao` beside `by` says for whom the actor stands in. Time passes on the way: before each line, everything that is due
//!   happens.
//! - `expect` is checked at its `at:`, else when the last line has happened.
//!
//! //! The way: [`read`] takes the YAML apart ([`written`]), [`plan`] gives it its meaning under a policy, [`play`] lets
//! it happen, [`check`] compares, [`tell`] says what differs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;

use crate::diag::{Code, Diagnostic, Report};
use crate::engine::Step;
use crate::lang::Message;
use crate::model::Policy;
use crate::source::{Sources, Span};
use crate::syntax::{Limits, read_tree};

mod check;
#[cfg(test)]
mod corpus;
mod overlay;
mod plan;
mod play;
mod read;
#[cfg(test)]
mod refusals;
mod reverted;
mod shape;
mod tell;
mod written;

pub use reverted::Reverted;

/// The folder of a policy in which its scenarios stand.
const FOLDER: &str = "scenarios";

/// One scenario, read but not yet tied to a policy.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows, in one sentence.
    pub name: Arc<str>,
    /// The clauses it tests.
    pub clauses: Vec<Arc<str>>,
    /// Where it stands.
    pub span: Span,
    written: Arc<written::Written>,
    sources: Arc<Sources>,
}

/// What came of running a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// Whether everything was as expected.
    pub passed: bool,
    /// What was not.
    pub failures: Vec<Failure>,
    /// What the run went through, for coverage.
    pub facts: Facts,
    /// Every step, in order, with its subject.
    pub steps: Vec<(Arc<str>, Step)>,
}

/// What a run went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// States entered: `onboarding.resit`.
    pub states: BTreeSet<Arc<str>>,
    /// Moves made: `onboarding`, `training`, `resit`.
    pub transitions: BTreeSet<(Arc<str>, Arc<str>, Arc<str>)>,
    /// Clauses cited.
    pub clauses: BTreeSet<Arc<str>>,
    /// Why events were refused, in one word each.
    pub refusals: BTreeSet<Arc<str>>,
}

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// Where the expectation stands: file, line and column (from 1), and the line's text.
    pub place: Place,
    /// The virtual instant at which it was checked, in the policy's zone.
    pub at: Option<DateTime<chrono_tz::Tz>>,
    /// What it is about.
    pub about: Message,
    /// What was expected.
    pub expected: Message,
    /// What was found.
    pub found: Message,
}

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailureKind {
    /// An expectation does not hold.
    Expectation,
    /// What is given could not be set up.
    Given,
    /// An event never passed the door, and no expectation speaks of it.
    Refused,
    /// The world failed while the scenario ran.
    Error,
    /// The same records in another order gave another state.
    NotReproduced,
}

/// A place in a scenario file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The text of the line.
    pub text: Arc<str>,
}

impl Scenario {
    /// Reads every `*.yaml` in the `scenarios` folder of a policy, in order of path.
    ///
    /// # Errors
    /// Every mistake in any of the files; a file that cannot be read is one of them.
    pub fn read_folder(policy: impl AsRef<Path>) -> Result<Vec<Scenario>, Report> {
        let root = policy.as_ref();
        let mut paths = Vec::new();
        let mut unreadable = Vec::new();
        walk(&root.join(FOLDER), &mut paths, &mut unreadable);
        paths.sort();
        let mut texts = Vec::new();
        for path in paths {
            let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            match std::fs::read(&path) {
                Ok(bytes) => texts.push((shown, bytes)),
                Err(error) => unreadable.push((shown, error.to_string())),
            }
        }
        read_texts(&texts, unreadable)
    }

    /// Reads the scenarios of one text: one, or a list of them. `name` is shown as the path in messages.
    ///
    /// # Errors
    /// Every mistake in the text.
    pub fn from_text(name: &str, text: &str) -> Result<Vec<Scenario>, Report> {
        read_texts(&[(name.to_owned(), text.as_bytes().to_vec())], Vec::new())
    }

    /// Where the scenario stands.
    pub fn place(&self) -> Place {
        tell::place(&self.sources, self.span)
    }

    /// Runs the scenario against a policy, which is compiled anew where the scenario changes parameters, roles or calendars.
    ///
    /// # Errors
    /// Every mistake of the scenario that only the policy can tell: unknown names, values of another type.
    pub fn run(&self, policy: &Policy) -> Result<Verdict, Report> {
        let (policy, plan) = self.fit(policy)?;
        play::play(&policy, self, plan).map_err(|error| {
            let message = Message::new("scenario-store-failed", [error]);
            self.report(vec![Diagnostic::error(Code::ScenarioInvalid, self.span, message)])
        })
    }

    /// Whether the scenario fits a policy, without running it.
    ///
    /// # Errors
    /// As [`Scenario::run`].
    pub fn check(&self, policy: &Policy) -> Result<(), Report> {
        self.fit(policy).map(drop)
    }

    /// The policy as the scenario changes it, and what is to be done with it.
    fn fit(&self, policy: &Policy) -> Result<(Policy, plan::Plan), Report> {
        let policy = match overlay::changed(policy, &self.written, &self.sources) {
            Ok(None) => policy.clone(),
            Ok(Some(changed)) => changed,
            Err(report) => return Err(*report),
        };
        let plan =
            plan::plan(&policy.model, &self.written).map_err(|diagnostics| self.report(diagnostics))?;
        Ok((policy, plan))
    }

    fn report(&self, diagnostics: Vec<Diagnostic>) -> Report {
        Report::new(self.sources.as_ref().clone(), diagnostics)
    }
}

/// Every `*.yaml` and `*.yml` below a folder; a folder that is not there holds none.
fn walk(folder: &Path, into: &mut Vec<PathBuf>, unreadable: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, into, unreadable);
                } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                    into.push(path);
                }
            }
            Err(error) => unreadable.push((folder.to_string_lossy().into_owned(), error.to_string())),
        }
    }
}

fn read_texts(
    texts: &[(String, Vec<u8>)],
    unreadable: Vec<(String, String)>,
) -> Result<Vec<Scenario>, Report> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    for (path, why) in unreadable {
        let file = sources.add(&path, "");
        let message = Message::new("scenario-file-unreadable", [&path, &why]);
        found.push(Diagnostic::error(Code::ScenarioInvalid, Span::new(file, 0, 0), message));
    }
    let mut all = Vec::new();
    for (path, bytes) in texts {
        if let Some(tree) = read_tree(&mut sources, path, bytes, &Limits::default(), &mut found).tree {
            all.extend(read::scenarios(&tree, &mut found));
        }
    }
    for (idx, one) in all.iter().enumerate() {
        let first = all
            .iter()
            .take(idx)
            .find(|known| known.name.value == one.name.value && known.name.span.file == one.name.span.file);
        if let Some(first) = first {
            let message = Message::new("duplicate-name", ["scenario", &one.name.value]);
            found.push(
                Diagnostic::error(Code::DuplicateName, one.name.span, message)
                    .also(first.name.span, Message::plain("first-here")),
            );
        }
    }
    let report = Report::new(sources, found);
    if report.has_errors() {
        return Err(report);
    }
    let sources = Arc::new(report.sources);
    let scenario = |written: written::Written| Scenario {
        name: written.name.value.as_str().into(),
        clauses: written.clauses.iter().map(|clause| clause.value.as_str().into()).collect(),
        span: written.name.span,
        written: Arc::new(written),
        sources: sources.clone(),
    };
    Ok(all.into_iter().map(scenario).collect())
}
