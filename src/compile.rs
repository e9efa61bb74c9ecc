//! Raw to model: resolves names, types expressions, builds graphs, and reports every mistake.
//!
//! Two rounds: first everything that has a name is declared, so that order in the files means nothing; then what stands
//! under the names is compiled. What is broken is declared with an unknown type, so that its uses are not reported besides.
//!
//! INVARIANT: a model comes out only when no finding is an error; a model that comes out holds valid ids alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::Message;
use crate::model::{HostFunction, HostFunctions, Model};
use crate::script::{self, Sandbox};
use crate::source::{FileId, Sources};
use crate::syntax::raw::RawPolicy;

mod calendar;
mod chart;
mod clause;
mod clock;
mod duty;
mod effect;
mod event;
mod expression;
mod function;
mod graph;
mod header;
mod link;
mod meaning;
mod measure;
mod names;
mod overlay;
mod parameter;
mod parameter_set;
mod permission;
mod read;
mod role;
mod scope;
mod scorecard;
mod subject;
mod table;
mod template;
mod types;
mod workflow;
mod world;

pub use calendar::calendars;
pub use overlay::overlay;

use world::{Out, World};

/// What an embedder gives at load. Every field has a sensible default.
#[derive(Clone, Default)]
pub struct Options {
    /// The functions that a policy declares with `host: yes`, by name.
    pub functions: BTreeMap<Arc<str>, HostFunction>,
    /// How much a file and a script may hold.
    pub limits: Limits,
    /// Other values for parameters, as text: `pass_mark` → `70 points`, `kpi_weights.sales` → `50%`.
    /// Such a value holds on every date.
    pub parameters: BTreeMap<Arc<str>, String>,
    /// Texts of a policy file (name, text) whose entries replace those of the same name: other roles, calendars, tables.
    pub overlays: Vec<(String, String)>,
    /// Paths at which the base's word stands although the policy, which extends it, says otherwise: `parameters.pass_mark`.
    /// They are those of [`Policy::replaced`](crate::Policy::replaced); others mean nothing.
    pub base_values: BTreeSet<String>,
}

/// How much a policy may hold; what goes beyond is a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Nodes of one file, aliases expanded.
    pub nodes: usize,
    /// How deep lists and maps may stand in one another.
    pub depth: usize,
    /// Files of one policy.
    pub files: usize,
    /// Bytes of all files together.
    pub total_bytes: usize,
    /// Operations of one run of a script.
    pub script_operations: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        let syntax = crate::syntax::Limits::default();
        Limits {
            file_bytes: syntax.file_bytes,
            nodes: syntax.nodes,
            depth: syntax.depth,
            files: 2_000,
            total_bytes: 64 * 1024 * 1024,
            script_operations: script::Limits::default().operations,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("functions", &self.functions.keys().collect::<Vec<_>>())
            .field("limits", &self.limits)
            .field("parameters", &self.parameters)
            .field("overlays", &self.overlays)
            .field("base_values", &self.base_values)
            .finish()
    }
}

/// Compiles a policy; `shipped` holds the calendars that come with the program. Gives the model when nothing is wrong
/// with the policy; mistakes, warnings and notes go into `found`.
pub fn compile(
    mut raw: RawPolicy,
    shipped: &RawPolicy,
    sources: &Sources,
    options: &Options,
    found: &mut Vec<Diagnostic>,
) -> Option<Model> {
    overlay::apply(&mut raw, options, found);
    let Some(head) = &raw.policy else {
        header::missing(sources, found);
        return None;
    };
    let mut out = Out::default();
    let limits = script::Limits { operations: options.limits.script_operations, ..script::Limits::default() };
    let zone = header::zone(head, &mut out);
    let unreadable = calendar::unreadable(found);
    let mut world = World::new(&raw, sources, Arc::new(Sandbox::new(limits, zone)), zone);
    declare(&mut world, shipped, &unreadable, &mut out);
    if !world.fits(&mut out) {
        found.append(&mut out.found);
        return None;
    }
    let header = header::compile(&world, head, options, &mut out);
    let permissions = permission::compile(&world, &mut out);
    let mut measures = measure::compile(&world, &mut out);
    let workflows = workflow::compile(&world, &mut measures, &mut out);
    let scorecards = scorecard::compile(&world, &measures, &mut out);
    let tables = table::compile(&world, &mut out);
    let duties = duty::compile(&world, &mut out);
    function::check_host(&world, options, &mut out);
    let broken = found.iter().chain(&out.found).any(|finding| finding.severity == Severity::Error);
    found.append(&mut out.found);
    if broken {
        return None;
    }
    let World { clauses, calendars, parameters, kinds, roles, events, library, .. } = world;
    let mut model = Model {
        header: header?,
        sources: sources.clone(),
        clauses,
        parameters,
        calendars,
        kinds,
        roles,
        events,
        workflows: workflows?,
        permissions: permissions?,
        measures: measures.all?,
        scorecards: scorecards?,
        tables: tables?,
        duties: duties?,
        reads: out.reads,
        library,
        host: HostFunctions(options.functions.clone()),
        citations: out.citations,
        options: out.options,
        replaced: raw.replaced.clone(),
    };
    link::link(&mut model);
    Some(model)
}

/// The first round: everything that has a name.
fn declare(world: &mut World<'_>, shipped: &RawPolicy, unreadable: &[FileId], out: &mut Out) {
    world.translate(out);
    clause::declare(world, out);
    calendar::declare(world, shipped, unreadable, out);
    subject::declare_names(world, out);
    workflow::declare(world, out);
    scorecard::declare(world, out);
    subject::declare_fields(world, out);
    parameter::declare(world, out);
    parameter_set::declare(world, out);
    role::declare(world, out);
    event::declare(world, out);
    table::declare(world, out);
    function::declare(world, out);
}

/// The finding for a policy that holds more of something than can be numbered.
fn too_many(code: Code, span: crate::source::Span, what: &str) -> Diagnostic {
    Diagnostic::error(code, span, Message::new("too-many-entries", [what]))
}
