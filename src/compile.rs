//! Raw to model: resolves names, types expressions, builds graphs, and reports every mistake.
//!
//! Two rounds: first everything that has a name is declared, so that order in the files means nothing; then what stands
//! under the names is compiled. What is broken is declared with an unknown type, so that its uses are not reported besides.
//!
//! INVARIANT: a model comes out only when no finding is an error; a model that comes out holds valid ids alone.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::Message;
use crate::model::{HostFunctions, Model, Origin};
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
mod four_eyes;
mod function;
mod graph;
mod header;
mod history;
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
mod substitute;
mod table;
mod template;
mod types;
mod workflow;
mod world;

pub use calendar::calendars;
pub use header::revision;
pub use overlay::{apply as other_values, overlay};

pub use crate::model::{Limits, Options};
pub use history::History;

use world::{Out, World};

/// Compiles a policy; `shipped` holds the calendars that come with the program. Gives the model when nothing is wrong
/// with the policy; mistakes, warnings and notes go into `found`, old graphs that cannot be carried on into `unfit`.
pub fn compile(
    mut raw: RawPolicy,
    shipped: &RawPolicy,
    sources: &Sources,
    options: &Options,
    history: &mut History,
    found: &mut Vec<Diagnostic>,
) -> Option<Model> {
    overlay::apply(&mut raw, &options.parameters, found);
    history::complete(&mut raw, history);
    let Some(head) = &raw.policy else {
        header::missing(sources, found);
        return None;
    };
    let mut out = Out::default();
    let zone = header::zone(head, &mut out);
    let unreadable = calendar::unreadable(found);
    let limits = script::Limits { operations: options.limits.script_operations, ..script::Limits::default() };
    let sandbox = Arc::new(Sandbox::new(limits, zone));
    let (lines, mut unfit) = (history::lines(&raw, history), Vec::new());
    let mut world = World::new(&raw, sources, sandbox.clone(), zone);
    world.conventions = header::conventions(&head.durations, world.conventions, &mut out);
    declare(&mut world, shipped, &unreadable, &lines, &mut out);
    if !world.fits(&mut out) {
        found.append(&mut out.found);
        return None;
    }
    history::declare_events(&mut world, &lines, &mut unfit);
    let header = header::compile(&world, head, (&history.revision, options), &mut out);
    let accounts = substitute::accounts(&world, &mut out);
    let substitutes = substitute::compile(&world, &accounts, &mut out);
    let four_eyes = four_eyes::compile(&world, &mut out);
    let permissions = permission::compile(&world, &mut out);
    let mut measures = measure::compile(&world, &mut out);
    let workflows = workflow::compile(&world, &mut measures, &mut out);
    let scorecards = scorecard::compile(&world, &measures, &mut out);
    let tables = table::compile(&world, &mut out);
    let duties = duty::compile(&world, &mut out);
    expression::bare_durations(&world, &mut out);
    function::check_host(&world, options, &mut out);
    let workflows = history::graphs(&world, workflows, &lines, &mut measures, &mut unfit, &mut out);
    let broken = found.iter().chain(&out.found).any(|finding| finding.severity == Severity::Error);
    found.append(&mut out.found);
    if broken {
        return None;
    }
    let then = history::then(&raw, history, |raw| {
        declared(World::new(raw, sources, sandbox.clone(), zone), shipped, &unreadable)
    });
    history::values_then(&mut world.parameters, history, &then);
    let mut permissions = permissions?;
    let (authority, past_permissions) =
        history::authority(&world, history, &then, &mut permissions, &mut out);
    drop(then);
    if !unfit.is_empty() {
        history.unfit = history::tell(&lines, unfit, found);
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
        substitutes,
        accounts,
        events,
        workflows: workflows?,
        permissions,
        measures: measures.all?,
        scorecards: scorecards?,
        tables: tables?,
        duties: duties?,
        reads: out.reads,
        delegations: out.delegations,
        library,
        host: HostFunctions(options.functions.clone()),
        citations: out.citations,
        options: out.options,
        origin: Origin {
            options: options.clone(),
            adopted: history.adopted.clone(),
            authority,
            past_permissions,
            duties_since: history::duties_since(&raw, history),
            ..Origin::default()
        },
        replaced: raw.replaced.clone(),
    };
    link::link(&mut model, four_eyes);
    Some(model)
}

/// What a policy declares, whatever is wrong with it.
fn declared(mut world: World<'_>, shipped: &RawPolicy, unreadable: &[FileId]) -> history::Then {
    declare(&mut world, shipped, unreadable, &history::Lines::default(), &mut Out::default());
    history::Then { parameters: world.parameters, roles: world.roles, events: world.events }
}

/// The first round: everything that has a name.
fn declare(
    world: &mut World<'_>,
    shipped: &RawPolicy,
    unreadable: &[FileId],
    lines: &history::Lines<'_>,
    out: &mut Out,
) {
    world.translate(out);
    clause::declare(world, out);
    calendar::declare(world, shipped, unreadable, out);
    subject::declare_names(world, out);
    workflow::declare(world, out);
    history::declare_flows(world, lines);
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
