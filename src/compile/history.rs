//! Graphs and values of earlier revisions, read in the context of the newest: a case keeps the graph that it was opened with, and
//! what was known before a revision was adopted is judged by the values that counted then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::chart;
use super::event;
use super::measure::Measures;
use super::parameter::unit_of;
use super::permission;
use super::workflow;
use super::world::{Flow, Out, World, id};
use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::Message;
use crate::model::{
    Authority, EventDef, Line, Parameter, ParameterValues, Permission, PermissionId, Role, RoleRef, Sender,
    Workflow, WorkflowId,
};
use crate::syntax::raw::{Named, RawPermission, RawPolicy, RawWorkflow};
use crate::value::ChoiceType;

/// What a store knows of the revisions of a policy.
#[derive(Default)]
pub struct History {
    /// The revision that is compiled.
    pub revision: Arc<str>,
    /// Every adopted revision in order, each with the instant from which it counts; the last is the one that is compiled.
    pub adopted: Vec<(Arc<str>, DateTime<Utc>)>,
    /// The sections of the others, as far as their texts are known.
    pub raws: BTreeMap<Arc<str>, RawPolicy>,
    /// Whether what an old graph needs and the newest revision no longer has is taken from the old one.
    pub completes: bool,
    /// What came out: workflows with old graphs that cannot be carried on, each with the revisions that have it.
    pub unfit: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

/// The graph that an earlier revision has for a workflow.
struct OldGraph<'a> {
    entry: &'a Named<RawWorkflow>,
    /// The whole revision that it was first seen in.
    raw: &'a RawPolicy,
    revisions: Vec<Arc<str>>,
    id: WorkflowId,
    head: WorkflowId,
}

/// The graphs of every workflow through the revisions.
#[derive(Default)]
pub(super) struct Lines<'a> {
    old: Vec<OldGraph<'a>>,
    /// For each graph that is the newest of its workflow: the revisions that have it, and from when which graph opens cases.
    heads: BTreeMap<WorkflowId, Line>,
}

/// A mistake of an old graph, by its index.
pub(super) type Unfit = Vec<(usize, Vec<Diagnostic>)>;

/// Adds what only earlier revisions have, the latest first, where their graphs shall be carried on with it.
pub(super) fn complete(raw: &mut RawPolicy, history: &History) {
    if !history.completes {
        return;
    }
    for (revision, _) in history.adopted.iter().rev() {
        let Some(old) = history.raws.get(revision) else { continue };
        add(&mut raw.clauses, &old.clauses);
        add(&mut raw.parameters, &old.parameters);
        add(&mut raw.parameter_sets, &old.parameter_sets);
        add(&mut raw.subjects, &old.subjects);
        add(&mut raw.roles, &old.roles);
        add(&mut raw.calendars, &old.calendars);
        add(&mut raw.functions, &old.functions);
        add(&mut raw.tables, &old.tables);
        for kind in &mut raw.subjects {
            if let Some(then) = old.subjects.iter().find(|then| then.name.value == kind.name.value) {
                add(&mut kind.value.fields, &then.value.fields);
            }
        }
    }
}

fn add<T: Clone>(known: &mut Vec<Named<T>>, more: &[Named<T>]) {
    for entry in more {
        if !known.iter().any(|known| known.name.value == entry.name.value) {
            known.push(entry.clone());
        }
    }
}

/// Which graphs there are: those of `raw` first, then each that an earlier revision has and that differs.
pub(super) fn lines<'a>(raw: &'a RawPolicy, history: &'a History) -> Lines<'a> {
    type Editions = Vec<(DateTime<Utc>, Option<WorkflowId>)>;
    struct Graph<'a> {
        entry: &'a Named<RawWorkflow>,
        raw: &'a RawPolicy,
        revisions: Vec<Arc<str>>,
    }
    let mut graphs: Vec<Graph<'_>> =
        raw.workflows.iter().map(|entry| Graph { entry, raw, revisions: Vec::new() }).collect();
    let newest = graphs.len();
    let mut editions: BTreeMap<&str, Editions> = BTreeMap::new();
    let mut before: Vec<DateTime<Utc>> = Vec::new();
    for (revision, known) in &history.adopted {
        let then = if *revision == history.revision { Some(raw) } else { history.raws.get(revision) };
        let Some(then) = then else { continue };
        for entry in &then.workflows {
            let same = |graph: &Graph<'_>| {
                (&graph.entry.name.value, graph.entry.value.meaning)
                    == (&entry.name.value, entry.value.meaning)
            };
            let idx = graphs.iter().position(same).unwrap_or_else(|| {
                graphs.push(Graph { entry, raw: then, revisions: Vec::new() });
                graphs.len() - 1
            });
            if let Some(graph) = graphs.get_mut(idx).filter(|graph| !graph.revisions.contains(revision)) {
                graph.revisions.push(revision.clone());
            }
            // A workflow that comes later was not there in any revision before.
            let absent = || before.first().map(|from| (*from, None)).into_iter().collect();
            let line = editions.entry(&entry.name.value).or_insert_with(absent);
            line.push((*known, Some(WorkflowId(id(idx)))));
        }
        for (name, line) in &mut editions {
            if !then.workflows.iter().any(|entry| entry.name.value == *name) {
                line.push((*known, None));
            }
            line.dedup_by(|later, earlier| later.1 == earlier.1);
        }
        before.push(*known);
    }
    let head_of = |name: &str| {
        let own = |graph: &Graph<'_>| graph.entry.name.value == name;
        let of_newest = graphs.iter().take(newest).position(own);
        of_newest.or_else(|| graphs.iter().rposition(own)).map_or(WorkflowId(0), |idx| WorkflowId(id(idx)))
    };
    let mut heads = BTreeMap::new();
    for (name, line) in editions {
        let head = head_of(name);
        let revisions = graphs.get(head.idx()).map(|graph| graph.revisions.clone()).unwrap_or_default();
        let editions = if matches!(line.as_slice(), [(_, Some(_))]) { Vec::new() } else { line };
        heads.insert(head, Line { head: None, revisions, editions });
    }
    let old = graphs.iter().enumerate().skip(newest).map(|(idx, graph)| OldGraph {
        entry: graph.entry,
        raw: graph.raw,
        revisions: graph.revisions.clone(),
        id: WorkflowId(id(idx)),
        head: head_of(&graph.entry.name.value),
    });
    Lines { old: old.collect(), heads }
}

/// Names the old graphs, and lets the states of all graphs of a workflow be spoken of.
pub(super) fn declare_flows(world: &mut World<'_>, lines: &Lines<'_>) {
    for old in &lines.old {
        let name: Arc<str> = old.entry.name.value.as_str().into();
        let kind = old.entry.value.subject.as_ref().and_then(|text| world.find_kind(&text.value));
        let places = chart::places(&old.entry.value.states);
        let options: Vec<Arc<str>> = workflow::state_names(&places).into_iter().map(Arc::from).collect();
        let several = places.iter().any(|place| place.parent.is_some());
        let states = Arc::new(ChoiceType { name: name.clone(), options: options.clone(), several });
        world.flows.push(Flow { name: name.clone(), kind, states });
        if let Some(kind) =
            kind.filter(|_| old.head == old.id).and_then(|kind| world.kinds.get_mut(kind.idx()))
        {
            kind.workflows.push(old.id);
        }
        if let Some(first) = world.flows.iter_mut().find(|flow| flow.name == name) {
            let mut all = first.states.options.clone();
            all.extend(options.into_iter().filter(|option| !first.states.options.contains(option)));
            let several = several || first.states.several;
            first.states = Arc::new(ChoiceType { name, options: all, several });
        }
    }
}

/// Events that only the revisions of old graphs know.
pub(super) fn declare_events(world: &mut World<'_>, lines: &Lines<'_>, unfit: &mut Unfit) {
    for (idx, old) in lines.old.iter().enumerate() {
        let mut own = Out::default();
        for workflow in &old.raw.workflows {
            let kind = workflow.value.subject.as_ref().and_then(|text| world.find_kind(&text.value));
            if let Some(kind) = kind {
                event::declare_earlier(world, kind, workflow, &mut own);
            }
        }
        note(unfit, idx, own.found);
    }
}

/// The graphs of the newest revision with the old ones behind them.
pub(super) fn graphs(
    world: &World<'_>,
    newest: Option<Vec<Workflow>>,
    lines: &Lines<'_>,
    measures: &mut Measures,
    unfit: &mut Unfit,
    out: &mut Out,
) -> Option<Vec<Workflow>> {
    let mut all = newest?;
    for (idx, old) in lines.old.iter().enumerate() {
        // What old graphs cite carries nothing out any more, and their labels name no option of today.
        let mut own = Out { reads: std::mem::take(&mut out.reads), ..Out::default() };
        let kind = old.entry.value.subject.as_ref().and_then(|text| world.subject(text, &mut own));
        let compiled = kind.and_then(|_| workflow::one(world, old.id, old.entry, measures, &mut own));
        out.reads = own.reads;
        note(unfit, idx, own.found);
        all.extend(compiled.map(|workflow| Workflow {
            line: Line {
                head: (old.head != old.id).then_some(old.head),
                revisions: old.revisions.clone(),
                editions: Vec::new(),
            },
            ..workflow
        }));
    }
    let nested: Vec<Arc<str>> =
        all.iter().filter(|graph| graph.nested).map(|graph| graph.name.clone()).collect();
    for graph in all.iter_mut().filter(|graph| nested.contains(&graph.name)) {
        graph.several = true;
    }
    for (head, line) in &lines.heads {
        if let Some(workflow) = all.get_mut(head.idx()).filter(|_| unfit.is_empty()) {
            workflow.line.revisions = line.revisions.clone();
            workflow.line.editions = line.editions.clone();
        }
    }
    Some(all)
}

fn note(unfit: &mut Unfit, idx: usize, found: Vec<Diagnostic>) {
    let errors: Vec<Diagnostic> =
        found.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    match unfit.iter_mut().find(|(known, _)| *known == idx) {
        _ if errors.is_empty() => {}
        Some((_, known)) => known.extend(errors),
        None => unfit.push((idx, errors)),
    }
}

/// Says of each old graph that it cannot be carried on, and what it needs.
pub(super) fn tell(
    lines: &Lines<'_>,
    unfit: Unfit,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let mut graphs = Vec::new();
    for (old, needs) in unfit.into_iter().filter_map(|(idx, needs)| Some((lines.old.get(idx)?, needs))) {
        let name = &old.entry.name;
        let revisions: Vec<&str> = old.revisions.iter().map(|one| one.get(..8).unwrap_or(one)).collect();
        let message = Message::new("old-graph-unfit", [name.value.clone(), revisions.join(", ")]);
        let finding = Diagnostic::error(Code::OldGraph, name.span, message);
        found.push(finding.help(Message::plain("old-graph-unfit-help")));
        found.extend(needs);
        graphs.push((name.value.as_str().into(), old.revisions.clone()));
    }
    graphs
}

/// A policy as an earlier revision declares it, with the kinds, calendars and clauses of the newest.
pub(super) struct Then {
    pub parameters: Vec<Parameter>,
    pub roles: Vec<Role>,
    pub events: Vec<EventDef>,
}

/// What each earlier revision declares; `read` reads the declarations of a policy.
pub(super) fn then<'a>(
    newest: &RawPolicy,
    history: &'a History,
    read: impl Fn(&RawPolicy) -> Then,
) -> BTreeMap<&'a str, Then> {
    let mut all = BTreeMap::new();
    for (revision, raw) in &history.raws {
        let mut subjects = newest.subjects.clone();
        for kind in &mut subjects {
            if let Some(old) = raw.subjects.iter().find(|old| old.name.value == kind.name.value) {
                kind.value.opened_by = old.value.opened_by.clone();
                kind.value.changed_by = old.value.changed_by.clone();
            }
        }
        let with = RawPolicy {
            parameters: raw.parameters.clone(),
            parameter_sets: raw.parameter_sets.clone(),
            roles: raw.roles.clone(),
            workflows: raw.workflows.clone(),
            scorecards: raw.scorecards.clone(),
            subjects,
            ..newest.clone()
        };
        all.insert(revision.as_ref(), read(&with));
    }
    all
}

/// Each adopted revision but the last, with the instant until which it counted.
fn until(history: &History) -> impl Iterator<Item = (&Arc<str>, DateTime<Utc>)> {
    let untils = history.adopted.iter().skip(1).map(|(_, known)| *known);
    history.adopted.iter().map(|(revision, _)| revision).zip(untils)
}

/// Who might do what by each earlier revision. Its permissions are compiled where the newest has none that says the same; one
/// that cannot be any more binds nobody.
pub(super) fn authority(
    world: &World<'_>,
    history: &History,
    then: &BTreeMap<&str, Then>,
    permissions: &mut Vec<Permission>,
    out: &mut Out,
) -> (Vec<Authority>, BTreeSet<PermissionId>) {
    let newest = world.raw;
    let mut known: Vec<(&Named<RawPermission>, PermissionId)> =
        newest.permissions.iter().zip((0..).map(PermissionId)).collect();
    let (mut all, mut past) = (Vec::new(), BTreeSet::new());
    for (revision, until) in until(history) {
        let raw = if *revision == history.revision { Some(newest) } else { history.raws.get(revision) };
        let Some(raw) = raw else { continue };
        let mut bind = BTreeSet::new();
        for entry in &raw.permissions {
            let same = |(one, _): &&(&Named<RawPermission>, PermissionId)| {
                (&one.name.value, one.value.meaning) == (&entry.name.value, entry.value.meaning)
            };
            if let Some((_, id)) = known.iter().find(same) {
                bind.insert(*id);
                continue;
            }
            let mut own = Out { reads: std::mem::take(&mut out.reads), ..Out::default() };
            let compiled = permission::one(world, entry, &mut own);
            out.reads = own.reads;
            if let Some(permission) = compiled {
                let id = PermissionId(id(permissions.len()));
                permissions.push(permission);
                known.push((entry, id));
                past.insert(id);
                bind.insert(id);
            }
        }
        let own = then.get(revision.as_ref());
        let roles = own.map_or(&world.roles, |then| &then.roles);
        let role = |role: &RoleRef| match role {
            RoleRef::Itself => Some(Sender::Itself),
            RoleRef::Every(kind) => Some(Sender::Every(*kind)),
            RoleRef::Role(id) => roles.get(id.idx()).map(|role| Sender::Role(role.name.clone())),
        };
        let senders = own.map_or(&world.events, |then| &then.events).iter().filter_map(|event| {
            let id = world.kind(event.kind)?.events.get(&event.name)?;
            Some((*id, event.by.iter().filter_map(role).collect()))
        });
        all.push(Authority {
            until,
            senders: senders.collect(),
            roles: roles.iter().map(|role| (role.name.clone(), role.kind.clone())).collect(),
            permissions: bind,
        });
    }
    (all, past)
}

/// From when duties are owed that some earlier revision did not have.
pub(super) fn duties_since(newest: &RawPolicy, history: &History) -> BTreeMap<Arc<str>, DateTime<Utc>> {
    let mut since = BTreeMap::new();
    for duty in &newest.duties {
        let lacks = |revision: &Arc<str>| {
            let raw = history.raws.get(revision);
            raw.is_some_and(|raw| !raw.duties.iter().any(|one| one.name.value == duty.name.value))
        };
        let last = until(history).filter(|(revision, _)| lacks(revision)).last();
        since.extend(last.map(|(_, until)| (Arc::from(duty.name.value.as_str()), until)));
    }
    since
}

/// Enters into each parameter what it was in earlier revisions, where that differs.
pub(super) fn values_then(parameters: &mut [Parameter], history: &History, then: &BTreeMap<&str, Then>) {
    for parameter in parameters {
        let mut earlier: Vec<(DateTime<Utc>, ParameterValues)> = Vec::new();
        for (revision, until) in until(history) {
            let all = then.get(revision.as_ref()).map(|then| &then.parameters);
            let known = all.and_then(|all| all.iter().find(|one| one.name == parameter.name));
            let of_type = known.filter(|known| {
                known.ty == parameter.ty
                    || unit_of(&known.ty).is_some_and(|unit| Some(unit) == unit_of(&parameter.ty))
            });
            let values = of_type.map_or(&parameter.values, |known| &known.values);
            match earlier.last_mut() {
                Some((last, same)) if same.same(values) => *last = until,
                _ => earlier.push((until, values.clone())),
            }
        }
        if earlier.last().is_some_and(|(_, last)| last.same(&parameter.values)) {
            earlier.pop();
        }
        parameter.earlier = earlier;
    }
}
