//! A compiled policy: validated, immutable, everything resolved to ids. It knows nothing of the engine.
//!
//! INVARIANT: an id held by a part of a model indexes into that same model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::{Calendar, Conventions};
use crate::lang::Label;
use crate::script::Library;
use crate::source::{Sources, Span};
use crate::syntax::compose::Replaced;
use crate::value::{Duration, Type, Value};

mod duty;
mod expression;
mod given;
mod parameter;
mod people;
mod scorecard;
mod table;
mod workflow;

pub use duty::{Arises, Duty, DutyDue, Every, Owner};
pub use expression::{
    Amount, Counting, Expression, Input, Part, Place, Property, Read, ScorePart, Source, Template, Written,
};
pub use given::{Authority, Limits, Options, Origin, Sender};
pub use parameter::{AsOf, InFlight, Parameter, ParameterValues, Version};
pub use people::{
    Account, DELEGATIONS, DataField, EventDef, EventOrigin, Field, FourEyes, Holder, Kind, Permission, Role,
    RoleKind, RoleRef, ScoreEvent, Substitute,
};
pub use scorecard::{
    Aggregate, Band, DatedBy, Finality, Indicator, Measure, MeasureTrigger, Missing, Rounding, RoundingMode,
    Scorecard, ScorecardEvents, Streak, StreakOf, Target, TargetBefore,
};
pub use table::{Bound, Cell, CollectOf, Column, Hit, Row, Table};
pub use workflow::{
    CaseNames, Clock, EffectTemplate, EffectWhat, Goal, History, Inside, Line, LowerBound, Opens, Point,
    Raise, RaisedTo, Recipient, Reclassified, SampleRule, State, StateGraph, Threshold, Transition, Visits,
    WaitsFor, Way, Workflow,
};

macro_rules! ids {
    ($($name:ident = $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u16);

        impl $name {
            /// The index behind the id.
            pub fn idx(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    ClauseId = "A clause of the policy.";
    ParameterId = "A parameter.";
    CalendarId = "A calendar.";
    KindId = "A kind of subject.";
    RoleId = "A role.";
    EventId = "An event of a kind of subject.";
    WorkflowId = "A workflow.";
    StateId = "A state, within its workflow, in document order.";
    ClockId = "A clock, within its workflow.";
    PermissionId = "A permission.";
    MeasureId = "A measure.";
    ScorecardId = "A scorecard.";
    TableId = "A decision table.";
    DutyId = "A duty.";
    ReadId = "A read of another subject.";
}

/// A policy: what `Policy::load` gives; cheap to clone, `Send + Sync`, never changed.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) model: Arc<Model>,
}

/// Everything a policy says.
#[derive(Debug)]
pub struct Model {
    /// `policy:`
    pub header: Header,
    /// The texts, for messages that point into them.
    pub sources: Sources,
    /// Every clause, in document order.
    pub clauses: Vec<Clause>,
    /// Every parameter; members of sets stand under `set.member`.
    pub parameters: Vec<Parameter>,
    /// Every calendar.
    pub calendars: Vec<Calendar>,
    /// Every kind of subject.
    pub kinds: Vec<Kind>,
    /// Every role.
    pub roles: Vec<Role>,
    /// Who stands in for whom, in document order.
    pub substitutes: Vec<Substitute>,
    /// The logins that several people use.
    pub accounts: Vec<Account>,
    /// Every event of every kind.
    pub events: Vec<EventDef>,
    /// Every workflow; after those of the newest revision the graphs that earlier ones had.
    pub workflows: Vec<Workflow>,
    /// Every permission.
    pub permissions: Vec<Permission>,
    /// Every measure; clock samples stand under `workflow.clock`.
    pub measures: Vec<Measure>,
    /// Every scorecard.
    pub scorecards: Vec<Scorecard>,
    /// Every decision table.
    pub tables: Vec<Table>,
    /// Every duty.
    pub duties: Vec<Duty>,
    /// What expressions read of other subjects.
    pub reads: Vec<Read>,
    /// The read that tells whom the person lets stand in on whose behalf an event is sent, if persons may delegate.
    pub delegations: Option<ReadId>,
    /// The named functions.
    pub library: Library,
    /// What the embedding app answers.
    pub host: HostFunctions,
    /// Which element cites which clause, in document order of the sections.
    pub citations: Vec<Citation>,
    /// What options are called, by the name of their list.
    pub options: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Label>>,
    /// Where it comes from.
    pub origin: Origin,
    /// What the policy says otherwise than those it extends.
    pub replaced: Vec<Replaced>,
}

/// An element of the policy that cites a clause: the link from the regulation to what carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The clause.
    pub clause: ClauseId,
    /// The element as a path: `workflows.onboarding.states.training`, `parameters.pass_mark`.
    pub element: Arc<str>,
    /// Where the citation stands.
    pub span: Span,
}

/// `policy:`
#[derive(Clone, Debug)]
pub struct Header {
    /// The policy's id.
    pub id: Arc<str>,
    /// Its title.
    pub title: Label,
    /// The author's version.
    pub version: Arc<str>,
    /// Hash of all sources, hex: which text exactly.
    pub revision: Arc<str>,
    /// Where the id stands.
    pub id_span: Span,
    /// First day in force.
    pub effective: NaiveDate,
    /// Where that day stands.
    pub effective_span: Span,
    /// The policy's time zone.
    pub zone: chrono_tz::Tz,
    /// The default calendar.
    pub calendar: CalendarId,
    /// How far after `now` an event may be dated.
    pub horizon: Duration,
    /// How durations end.
    pub conventions: Conventions,
    /// `adopted:` stage → key → text.
    pub adopted: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>>,
    /// The folders of all that it extends, relative to its own; each before what extends it.
    pub bases: Vec<Arc<str>>,
    /// Where the base's word was let stand: see [`Options::base_values`](crate::Options::base_values).
    pub base_values: BTreeSet<String>,
}

/// One clause.
#[derive(Clone, Debug)]
pub struct Clause {
    /// `2.1.2`
    pub id: Arc<str>,
    /// Its title.
    pub title: Label,
    /// Its content in own words.
    pub text: Option<Label>,
    /// How it binds.
    pub force: Option<Force>,
    /// Whom it binds.
    pub who: Option<Arc<str>>,
    /// Whether it was added to the regulation's text.
    pub supplement: bool,
    /// Why it is not executable, if it is marked so.
    pub not_executable: Option<Label>,
    /// Where and why the policy departs from the text.
    pub deviates: Option<(Label, Vec<Arc<str>>)>,
    /// Where it stands.
    pub span: Span,
}

/// How a clause binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// An obligation.
    Must,
    /// A permission.
    May,
    /// A prohibition.
    MustNot,
}

impl Policy {
    /// Wraps a compiled model.
    pub(crate) fn new(model: Model) -> Policy {
        Policy { model: Arc::new(model) }
    }

    /// A calendar of the policy, or one that ships, by name.
    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.model.calendars.iter().find(|calendar| **calendar.name() == *name)
    }

    /// Which text exactly: the hash of its sources, hex.
    pub fn revision(&self) -> &str {
        &self.model.header.revision
    }

    /// What the policy says otherwise than those it extends (`extend:`), in order of the sections; empty for one that
    /// extends none. The places are in [`Policy::sources`].
    pub fn replaced(&self) -> &[Replaced] {
        &self.model.replaced
    }

    /// The texts of the policy, those of its bases among them.
    pub fn sources(&self) -> &Sources {
        &self.model.sources
    }

    /// The folders of the policies that it extends, relative to its own, each before what extends it.
    pub fn bases(&self) -> &[Arc<str>] {
        &self.model.header.bases
    }

    /// How the policy reads durations in days and months: its `durations:`.
    pub fn conventions(&self) -> Conventions {
        self.model.header.conventions
    }
}

/// Looks a named part up by name; the lists are short and the lookups happen at the edge.
macro_rules! find {
    ($($fn:ident, $list:ident, $id:ident, $of:ty;)*) => {
        impl Model {$(
            #[doc = concat!("The entry of `", stringify!($list), "` with a name, if there is one.")]
            pub fn $fn(&self, name: &str) -> Option<$id> {
                let idx = self.$list.iter().position(|entry: &$of| entry.name.as_ref() == name)?;
                u16::try_from(idx).ok().map($id)
            }
        )*}
    };
}

find! {
    find_parameter, parameters, ParameterId, Parameter;
    find_kind, kinds, KindId, Kind;
    find_role, roles, RoleId, Role;
    find_workflow, workflows, WorkflowId, Workflow;
    find_measure, measures, MeasureId, Measure;
    find_scorecard, scorecards, ScorecardId, Scorecard;
    find_table, tables, TableId, Table;
    find_duty, duties, DutyId, Duty;
    find_permission, permissions, PermissionId, Permission;
}

macro_rules! get {
    ($($fn:ident, $list:ident, $id:ident, $of:ty;)*) => {
        impl Model {$(
            #[doc = concat!("The entry of `", stringify!($list), "` behind an id.")]
            #[expect(clippy::indexing_slicing, reason = "an id of this model indexes into this model")]
            pub fn $fn(&self, id: $id) -> &$of {
                &self.$list[id.idx()]
            }
        )*}
    };
}

get! {
    clause, clauses, ClauseId, Clause;
    parameter, parameters, ParameterId, Parameter;
    calendar, calendars, CalendarId, Calendar;
    kind, kinds, KindId, Kind;
    role, roles, RoleId, Role;
    event, events, EventId, EventDef;
    workflow, workflows, WorkflowId, Workflow;
    permission, permissions, PermissionId, Permission;
    measure, measures, MeasureId, Measure;
    scorecard, scorecards, ScorecardId, Scorecard;
    table, tables, TableId, Table;
    duty, duties, DutyId, Duty;
    read, reads, ReadId, Read;
}

impl Model {
    /// The workflow as the newest revision that has it knows it; itself, unless it is the graph of an earlier one.
    pub fn head(&self, graph: WorkflowId) -> WorkflowId {
        self.workflow(graph).line.head.unwrap_or(graph)
    }

    /// The graph with which something that became known at an instant opens a case of a workflow; `None`: the revision that
    /// counted then had no such workflow.
    pub fn edition(&self, head: WorkflowId, known: DateTime<Utc>) -> Option<WorkflowId> {
        let editions = &self.workflow(head).line.editions;
        match editions.iter().rev().find(|(from, _)| *from <= known).or(editions.first()) {
            Some((_, graph)) => *graph,
            None => Some(head),
        }
    }

    /// Every graph of the workflows of a kind, those of earlier revisions included.
    pub fn graphs_of(&self, kind: KindId) -> impl Iterator<Item = (WorkflowId, &Workflow)> {
        (0..).map(WorkflowId).zip(&self.workflows).filter(move |(_, workflow)| workflow.kind == kind)
    }

    /// The graph of a workflow that a revision had, by at least eight digits of its hash.
    pub fn graph_of(&self, head: WorkflowId, revision: &str) -> Option<WorkflowId> {
        let has =
            |workflow: &Workflow| workflow.line.revisions.iter().any(|known| known.starts_with(revision));
        let graphs = (0..).map(WorkflowId).zip(&self.workflows);
        let mut of_line = graphs.filter(|(id, _)| self.head(*id) == head);
        of_line.find(|(_, workflow)| has(workflow)).map(|(id, _)| id)
    }

    /// Who might do what by the revision that counted for what became known at an instant; `None`: as this one says.
    pub fn authority(&self, known: DateTime<Utc>) -> Option<&Authority> {
        self.origin.authority.iter().find(|then| known < then.until)
    }

    /// Whether a permission binds what became known at an instant.
    pub fn binds(&self, permission: PermissionId, known: DateTime<Utc>) -> bool {
        match self.authority(known) {
            Some(then) => then.permissions.contains(&permission),
            None => !self.origin.past_permissions.contains(&permission),
        }
    }

    /// Whether a revision that counted for what became known at an instant has a duty.
    pub fn has_duty(&self, duty: &Duty, known: DateTime<Utc>) -> bool {
        self.origin.duties_since.get(&duty.name).is_none_or(|since| *since <= known)
    }

    /// What states are saved under: another model would read them wrongly.
    pub fn judged_by(&self) -> &Arc<str> {
        self.origin.judged_by.as_ref().unwrap_or(&self.header.revision)
    }

    /// The kind and bare name of a subject's full name `staff/li`.
    pub fn split_subject<'a>(&self, subject: &'a str) -> Option<(KindId, &'a str)> {
        let (kind, name) = subject.split_once('/')?;
        if name.is_empty() {
            return None;
        }
        Some((self.find_kind(kind)?, name))
    }

    /// The kind of subject that is a person, if the policy has exactly one such kind or `kind` is one.
    pub fn person_kind(&self) -> Option<KindId> {
        let idx = self.kinds.iter().position(|kind| kind.person)?;
        u16::try_from(idx).ok().map(KindId)
    }

    /// Every event that an effect sends, wherever the effect stands.
    pub fn raises(&self) -> impl Iterator<Item = &Raise> {
        let of_duties = self.duties.iter().flat_map(|duty| duty.late.iter().chain(&duty.done_late));
        let of_workflows = self.workflows.iter().flat_map(Workflow::all_effects);
        let of_refusals = self.permissions.iter().flat_map(|permission| &permission.refused);
        let of_refusals = of_refusals.flat_map(|(_, effects)| effects);
        of_workflows.chain(of_duties).chain(of_refusals).filter_map(|effect| match &effect.what {
            EffectWhat::Raise(raise) => Some(raise.as_ref()),
            _ => None,
        })
    }
}

/// A typed name: a column, a parameter of a function.
pub type Typed = (Arc<str>, Type);

/// A function that the embedding app gives: values in, a value or a reason out.
pub type HostFunction = Arc<dyn Fn(&[Value]) -> std::result::Result<Value, String> + Send + Sync>;

/// The host functions of a policy by name.
#[derive(Clone, Default)]
pub struct HostFunctions(pub BTreeMap<Arc<str>, HostFunction>);

impl HostFunctions {
    /// Calls one by name.
    ///
    /// # Errors
    /// The app gave no such function, or it failed: a line that says why.
    pub fn call(&self, name: &str, args: &[Value]) -> std::result::Result<Value, String> {
        match self.0.get(name) {
            Some(function) => function(args),
            None => Err(format!("the app gives no function `{name}`")),
        }
    }
}

impl std::fmt::Debug for HostFunctions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
