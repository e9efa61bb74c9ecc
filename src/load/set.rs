//! Several policies side by side: each with subjects of its own, over the same persons.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::extend::resolve;
use crate::compile::Options;
use crate::diag::{Code, Diagnostic, Report, Severity};
use crate::lang::Message;
use crate::model::{Holder, Kind, Policy, Role, RoleKind};
use crate::source::{FileId, Sources, Span};

/// Several policies that hold side by side: the sales service regulation, the one about leave.
///
/// Each has an id, clauses, parameters and subjects of its own; a clause or parameter is that of its policy, so the same id in two
/// of them means nothing. Kinds of subject that are persons (`person: yes`) are shared; every other kind belongs to one policy,
/// so that an event has one policy that judges it: [`PolicySet::of_kind`]. Each policy runs on a [`Runtime`](crate::Runtime) of
/// its own.
#[derive(Clone, Debug)]
pub struct PolicySet {
    policies: Vec<Policy>,
}

impl PolicySet {
    /// Loads the policies of several folders.
    ///
    /// # Errors
    /// A report with every mistake of each, and of all together; paths begin with the folder as given.
    pub fn load<P: AsRef<Path>>(folders: &[P]) -> Result<PolicySet, Report> {
        let (set, report) = PolicySet::report(folders, &Options::default());
        set.ok_or(report)
    }

    /// As [`PolicySet::load`], with options for each policy, and with warnings and notes as well as errors.
    pub fn report<P: AsRef<Path>>(folders: &[P], options: &Options) -> (Option<PolicySet>, Report) {
        let mut all = Report::default();
        let mut loaded = Vec::new();
        for folder in folders {
            let name = folder.as_ref().to_string_lossy().replace('\\', "/");
            let (policy, report) = Policy::report_with(folder, options);
            all.absorb(below(&name, report));
            loaded.extend(policy.map(|policy| (name, policy)));
        }
        all.absorb(across(&loaded));
        let whole = loaded.len() == folders.len() && !all.has_errors();
        let policies = loaded.into_iter().map(|(_, policy)| policy).collect();
        (whole.then_some(PolicySet { policies }), all)
    }

    /// The policies, in the order given.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The policy of an id.
    pub fn get(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| *policy.model.header.id == *id)
    }

    /// The policies that speak of a kind of subject: one, or for persons perhaps several.
    pub fn of_kind(&self, kind: &str) -> Vec<&Policy> {
        self.policies.iter().filter(|policy| policy.model.find_kind(kind).is_some()).collect()
    }
}

/// What is wrong with policies beside one another, each with its folder.
pub(crate) fn across(loaded: &[(String, Policy)]) -> Report {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let mut firsts: Vec<(u32, &Policy)> = Vec::new();
    for (folder, policy) in loaded {
        let start = sources.next().0;
        for (_, file) in policy.model.sources.iter() {
            sources.add(&path_below(folder, &file.path), &file.text);
        }
        for (first_start, first) in &firsts {
            let pair = Pair { first, first_start: *first_start, policy, start };
            pair.compare(&sources, &mut found);
        }
        firsts.push((start, policy));
    }
    Report::new(sources, found)
}

/// Two policies with the ids that their files have together.
struct Pair<'a> {
    first: &'a Policy,
    first_start: u32,
    policy: &'a Policy,
    start: u32,
}

impl Pair<'_> {
    fn compare(&self, sources: &Sources, found: &mut Vec<Diagnostic>) {
        let (first, second) = (&self.first.model, &self.policy.model);
        if self.kin(sources) {
            let message = Message::new("set-kin", [&first.header.id, &second.header.id]);
            let places = (second.header.id_span, first.header.id_span);
            found.push(self.finding(Severity::Error, Code::KindClaimedTwice, message, places));
            return;
        }
        if first.header.id == second.header.id {
            let message = Message::new("set-policy-twice", [&second.header.id]);
            let places = (second.header.id_span, first.header.id_span);
            found.push(self.finding(Severity::Error, Code::PolicyTwice, message, places));
        }
        for kind in &second.kinds {
            if let Some(known) = first.kinds.iter().find(|known| known.name == kind.name) {
                found.extend(self.kinds(known, kind));
            }
        }
        for role in &second.roles {
            let Some(known) = first.roles.iter().find(|known| known.name == role.name) else { continue };
            if who(&known.kind) != who(&role.kind) {
                let message = Message::new("set-role-otherwise", [&role.name]);
                let places = (held_at(self.policy, role), held_at(self.first, known));
                found.push(self.finding(Severity::Warning, Code::RoleHeldOtherwise, message, places));
            }
        }
    }

    /// Whether one is laid over the other, or both over the same: then they have a file in common.
    fn kin(&self, sources: &Sources) -> bool {
        let files = |start: u32, policy: &Policy| {
            let count = policy.model.sources.iter().count();
            let all = sources.iter().skip(start as usize).take(count).map(|(_, file)| file.path.clone());
            all.filter(|path| !path.starts_with('<')).collect::<BTreeSet<_>>()
        };
        let extends = !(self.first.bases().is_empty() && self.policy.bases().is_empty());
        extends && !files(self.first_start, self.first).is_disjoint(&files(self.start, self.policy))
    }

    fn kinds(&self, known: &Kind, kind: &Kind) -> Option<Diagnostic> {
        let places = (kind.span, known.span);
        if !(kind.person && known.person) {
            let message = Message::new("set-kind-twice", [&kind.name]);
            return Some(self.finding(Severity::Error, Code::KindClaimedTwice, message, places));
        }
        let types: BTreeMap<&str, String> =
            known.fields.iter().map(|field| (&*field.name, field.ty.to_string())).collect();
        let other = kind
            .fields
            .iter()
            .find(|field| types.get(&*field.name).is_some_and(|known| *known != field.ty.to_string()))?;
        let message = Message::new("set-field-otherwise", [&kind.name, &other.name]);
        Some(self.finding(Severity::Warning, Code::KindClaimedTwice, message, places))
    }

    fn finding(&self, severity: Severity, code: Code, message: Message, places: (Span, Span)) -> Diagnostic {
        let moved = |span: Span, start: u32| Span { file: FileId(span.file.0.saturating_add(start)), ..span };
        let finding =
            Diagnostic { severity, ..Diagnostic::error(code, moved(places.0, self.start), message) };
        finding.also(moved(places.1, self.first_start), Message::plain("set-first-here"))
    }
}

/// Where it stands who holds a role.
fn held_at(policy: &Policy, role: &Role) -> Span {
    let path = format!("roles.{}.held_by", role.name);
    let set = policy.replaced().iter().find(|one| one.path == path).and_then(|one| one.now.as_ref());
    set.map_or(role.span, |text| text.span)
}

/// Who a role belongs to, to be compared.
fn who(kind: &RoleKind) -> Vec<String> {
    match kind {
        RoleKind::HeldBy(holders) => {
            let mut all: Vec<String> = holders
                .iter()
                .map(|Holder { person, from, to, .. }| format!("{person} {from:?} {to:?}"))
                .collect();
            all.sort();
            all
        }
        // Where it is read from a field or a kind, each policy has its own.
        _ => Vec::new(),
    }
}

/// A policy's report with the paths of its files below its folder.
pub(crate) fn below(folder: &str, mut report: Report) -> Report {
    let mut sources = Sources::default();
    for (_, file) in report.sources.iter() {
        sources.add(&path_below(folder, &file.path), &file.text);
    }
    report.sources = sources;
    report
}

fn path_below(folder: &str, path: &str) -> String {
    if path.starts_with('<') {
        return path.to_owned();
    }
    match folder.strip_prefix('/') {
        Some(absolute) => resolve(absolute, path).map(|path| format!("/{path}")),
        None => resolve(folder, path),
    }
    .unwrap_or_else(|| path.to_owned())
}
