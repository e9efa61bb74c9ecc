//! The last step: what belongs to an event or a kind is entered there, reads of other subjects above all.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::measure;
use super::parameter::unit_of;
use crate::model::{
    Aggregate, Clock, DatedBy, DutyId, EffectTemplate, EffectWhat, EventId, EventOrigin, Expression,
    FourEyes, Goal, MeasureId, Model, Opens, PermissionId, RaisedTo, ReadId, Recipient, RoleKind, RoleRef,
    ScoreEvent, Scorecard, Source, TableId, Template, Transition, Workflow,
};
use crate::value::{Type, Unit};

/// What an event, or a place that an event can bring about, reads and sets off.
#[derive(Default)]
struct Touched {
    reads: BTreeSet<ReadId>,
    raises: BTreeSet<EventId>,
    opens: BTreeSet<crate::model::WorkflowId>,
}

/// Enters permissions, measures, duties, `four_eyes` and reads where they belong.
pub(super) fn link(model: &mut Model, four_eyes: Vec<(EventId, Arc<FourEyes>)>) {
    for (event, said) in four_eyes {
        for of in &said.of {
            let Some(of) = model.events.get_mut(of.idx()) else { continue };
            of.compared = true;
            let kind = of.kind;
            if let Some(kind) = model.kinds.get_mut(kind.idx()) {
                kind.compares = true;
            }
        }
        if let Some(event) = model.events.get_mut(event.idx()) {
            event.four_eyes = Some(said);
        }
    }
    for idx in 0..model.permissions.len() {
        let covers =
            model.permissions.get(idx).map(|permission| permission.covers.clone()).unwrap_or_default();
        for event in covers {
            if let Some(event) = model.events.get_mut(event.idx()) {
                event.permissions.push(PermissionId(super::world::id(idx)));
            }
        }
    }
    for idx in 0..model.measures.len() {
        let events =
            model.measures.get(idx).map(|measure| measure::events(measure).to_vec()).unwrap_or_default();
        for event in events {
            if let Some(event) = model.events.get_mut(event.idx()) {
                event.measures.push(MeasureId(super::world::id(idx)));
            }
        }
    }
    for idx in 0..model.duties.len() {
        let kind = model.duties.get(idx).map(|duty| duty.kind);
        if let Some(kind) = kind.and_then(|kind| model.kinds.get_mut(kind.idx())) {
            kind.duties.push(DutyId(super::world::id(idx)));
        }
    }
    let targets: Vec<(EventId, Unit)> =
        model.scorecards.iter().filter_map(|card| target_unit(model, card)).collect();
    for (event, unit) in targets {
        let slots = model.events.get_mut(event.idx()).map(|event| event.data.as_mut_slice());
        for slot in slots.unwrap_or_default().iter_mut().filter(|slot| slot.name.as_ref() == "value") {
            slot.ty = Type::Decimal(unit);
        }
    }
    let reads: Vec<Vec<ReadId>> =
        (0..model.events.len()).map(|idx| reads_of(model, EventId(super::world::id(idx)))).collect();
    for (event, reads) in model.events.iter_mut().zip(reads) {
        event.reads = reads;
    }
}

/// The unit in which targets of a scorecard are set, if they all have the same: that of what is summed or averaged.
fn target_unit(model: &Model, card: &Scorecard) -> Option<(EventId, Unit)> {
    let with_target = card.indicators.iter().filter(|indicator| indicator.target.is_some());
    let mut units = with_target.map(|indicator| match indicator.aggregate {
        Aggregate::Sum | Aggregate::Mean => {
            let values = &model.measure(indicator.measure).value;
            values.first().and_then(|(_, value)| unit_of(value.code.ty())).unwrap_or_default()
        }
        Aggregate::Count | Aggregate::ShareMet => Unit::None,
    });
    let first = units.next()?;
    units.all(|unit| unit == first).then_some((card.events.target_set, first))
}

/// Everything that judging an event may read: its own rules, and those of what it raises, opens and enters.
fn reads_of(model: &Model, first: EventId) -> Vec<ReadId> {
    let mut touched = Touched::default();
    let (mut done, mut todo) = (BTreeSet::new(), vec![first]);
    while let Some(event) = todo.pop() {
        if !done.insert(event) {
            continue;
        }
        judge(model, event, &mut touched);
        // What opens may open more on entering.
        let mut entered_count = 0;
        while entered_count < touched.opens.len() {
            entered_count = touched.opens.len();
            for workflow in touched.opens.clone() {
                begun(model, model.workflow(workflow), &mut touched);
            }
        }
        todo.extend(touched.raises.iter().copied().filter(|raised| !done.contains(raised)));
    }
    touched.reads.into_iter().collect()
}

fn judge(model: &Model, id: EventId, touched: &mut Touched) {
    let event = model.event(id);
    event.by.iter().for_each(|sender| sent_by(model, *sender, touched));
    if event.origin == EventOrigin::Changed {
        let fields = &model.kind(event.kind).fields;
        fields.iter().flat_map(|field| &field.changed_by).for_each(|role| sent_by(model, *role, touched));
    }
    let not = event.four_eyes.iter().flat_map(|four_eyes| &four_eyes.not);
    not.for_each(|person| expression(model, person, touched));
    for permission in event.permissions.iter().map(|id| model.permission(*id)) {
        of_event(model, &permission.only_if, id, touched);
        of_event(model, &permission.log_against, id, touched);
        template(model, permission.message.as_ref(), touched);
    }
    for measure in event.measures.iter().map(|id| model.measure(*id)) {
        of_event(model, &measure.guard, id, touched);
        of_event(model, &measure.value, id, touched);
        for (_, credited) in measure.credited_to.iter().filter(|(event, _)| *event == id) {
            credited.iter().for_each(|expression| self::expression(model, expression, touched));
        }
        if let DatedBy::Expression(all) = &measure.dated_by {
            of_event(model, all, id, touched);
        }
    }
    let kind = model.kind(event.kind);
    for duty in kind.duties.iter().map(|id| model.duty(*id)).filter(|duty| duty.done_by.contains(&id)) {
        effects(model, &duty.done_late, touched);
    }
    for workflow_id in &kind.workflows {
        let workflow = model.workflow(*workflow_id);
        if let Opens::On(on, guard) = &workflow.opens
            && *on == id
        {
            guard.iter().for_each(|guard| expression(model, guard, touched));
            touched.opens.insert(*workflow_id);
        }
        // Any event may change the field that an opening date stands on; it is then computed anew.
        if let Opens::At(at) = &workflow.opens {
            expression(model, at, touched);
            touched.opens.insert(*workflow_id);
        }
        if event.origin == EventOrigin::Opened {
            touched.opens.insert(*workflow_id);
        }
        if workflow.events.binary_search(&id).is_ok() {
            deliver(model, workflow, id, touched);
        }
    }
    if let EventOrigin::Score(card, what) = event.origin {
        let events = &model.scorecard(card).events;
        match what {
            ScoreEvent::PeriodClosed | ScoreEvent::PeriodRevised => {
                touched.raises.extend([events.published, events.finalised]);
            }
            ScoreEvent::AppealDecided | ScoreEvent::Exempted => {
                touched.raises.extend([events.published, events.finalised]);
            }
            _ => {}
        }
    }
}

/// Who may send an event may stand in another subject.
fn sent_by(model: &Model, sender: RoleRef, touched: &mut Touched) {
    if let RoleRef::Role(role) = sender
        && let RoleKind::Through { read, .. } = model.role(role).kind
    {
        touched.reads.insert(read);
    }
}

/// An event reaches the cases of a workflow.
fn deliver(model: &Model, workflow: &Workflow, id: EventId, touched: &mut Touched) {
    let mut moves = false;
    let own = workflow.states.iter().flat_map(|state| &state.on_event);
    for (_, all) in own.chain(&workflow.on_event).filter(|(event, _)| *event == id) {
        for one in all {
            moves |= matches!(one.goal, Goal::State(_));
            transition(model, one, touched);
        }
    }
    for bound in workflow.states.iter().filter_map(|state| state.lasts_at_least.as_ref()) {
        template(model, bound.message.as_ref(), touched);
    }
    if moves {
        entered(model, workflow, touched);
    }
    for clock in &workflow.clocks {
        let mentions = [&clock.stops, &clock.cancelled_by].into_iter().any(|list| list.contains(&id));
        if mentions || (moves && clock.state.is_some()) {
            sample(model, clock, touched);
        }
    }
}

fn transition(model: &Model, transition: &Transition, touched: &mut Touched) {
    transition.guard.iter().for_each(|guard| expression(model, guard, touched));
    if let Goal::Refuse(reason) = &transition.goal {
        template(model, Some(reason), touched);
    }
    effects(model, &transition.effects, touched);
}

/// A case begins in the first state, or where its used-up visits lead; where states nest, in any of those inside.
fn begun(model: &Model, workflow: &Workflow, touched: &mut Touched) {
    if workflow.nested {
        return entered(model, workflow, touched);
    }
    let Some(first) = workflow.states.first() else { return };
    effects(model, &first.effects, touched);
    if let Some(visits) = &first.allowed {
        effects(model, &workflow.state(visits.when_used_up).effects, touched);
    }
}

/// Any state of a workflow may be entered.
fn entered(model: &Model, workflow: &Workflow, touched: &mut Touched) {
    for state in &workflow.states {
        for all in [&state.effects, &state.on_leave, &state.compensation] {
            effects(model, all, touched);
        }
        state.completed.iter().for_each(|one| transition(model, one, touched));
        state.waits_for.iter().for_each(|waits| expression(model, &waits.each, touched));
    }
}

fn sample(model: &Model, clock: &Clock, touched: &mut Touched) {
    let credited = clock.sample.iter().flat_map(|sample| &sample.credited_to);
    credited.for_each(|expression| self::expression(model, expression, touched));
}

fn effects(model: &Model, all: &[EffectTemplate], touched: &mut Touched) {
    for effect in all {
        effect.guard.iter().for_each(|guard| expression(model, guard, touched));
        match &effect.what {
            EffectWhat::Notify { to, message } | EffectWhat::Ask { to, message, .. } => {
                for recipient in to {
                    if let Recipient::Role(role) = recipient {
                        sent_by(model, RoleRef::Role(*role), touched);
                    }
                }
                template(model, message.as_ref(), touched);
            }
            EffectWhat::Assign(values) => {
                values.iter().for_each(|(_, value)| expression(model, value, touched));
            }
            EffectWhat::OpenCase(workflow) => drop(touched.opens.insert(*workflow)),
            EffectWhat::Raise(raise) => {
                let to = match &raise.to {
                    RaisedTo::Itself => {
                        touched.raises.insert(raise.event);
                        None
                    }
                    RaisedTo::Other(to) => Some(to),
                    RaisedTo::New(_, named) => named.as_ref(),
                };
                to.into_iter().chain(&raise.for_each).for_each(|one| expression(model, one, touched));
                raise.data.iter().for_each(|(_, value)| expression(model, value, touched));
            }
            EffectWhat::Call { args, .. } => {
                args.iter().for_each(|(_, value)| expression(model, value, touched));
            }
        }
    }
}

fn template(model: &Model, template: Option<&Template>, touched: &mut Touched) {
    let places = template.iter().flat_map(|template| &template.places);
    places.for_each(|place| expression(model, place, touched));
}

fn of_event(model: &Model, all: &[(EventId, Expression)], id: EventId, touched: &mut Touched) {
    let own = all.iter().filter(|(event, _)| *event == id);
    own.for_each(|(_, expression)| self::expression(model, expression, touched));
}

fn expression(model: &Model, expression: &Expression, touched: &mut Touched) {
    let mut tables = Vec::new();
    inputs(expression, &mut tables, touched);
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    while let Some(table) = tables.pop() {
        if seen.insert(table) {
            let columns = &model.table(table).inputs;
            columns.iter().filter_map(|column| column.from.as_ref()).for_each(|from| {
                inputs(from, &mut tables, touched);
            });
        }
    }
}

fn inputs(expression: &Expression, tables: &mut Vec<TableId>, touched: &mut Touched) {
    for input in &expression.inputs {
        match input.source {
            Source::Read(read) => drop(touched.reads.insert(read)),
            Source::Table(table, _) => tables.push(table),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::Options;
    use crate::model::Policy;

    /// The reads of each event of a policy that has any.
    fn reads(yaml: &str) -> Vec<(String, Vec<String>)> {
        let head = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";
        let people = "subjects:\n  staff: {person: yes, fields: {boss: person, fit: boolean, since: date}}\n  order: {fields: {owner: person, note: \"text?\"}}\n";
        let text = format!("{head}{people}{yaml}");
        let policy = Policy::from_texts(&[("t.yaml", text)], &Options::default()).unwrap();
        let model = &policy.model;
        let of_event = model.events.iter().map(|event| {
            let paths = event.reads.iter().map(|read| model.read(*read).path.to_string()).collect();
            (event.name.to_string(), paths)
        });
        of_event.filter(|(_, reads): &(String, Vec<String>)| !reads.is_empty()).collect()
    }

    #[test]
    fn an_event_knows_what_judging_it_may_read() {
        let rows: &[(&str, &[(&str, &[&str])])] = &[
            (
                "workflows: {w: {subject: order, events: {a: {}, b: {}}, on_event: {a: record_only, b: record_only}}}\npermissions: {p: {covers: order.a, only_if: actor.fit, message: \"{actor.boss}\"}}\n",
                &[("a", &["actor.fit", "actor.boss"])],
            ),
            (
                "workflows:\n  w:\n    subject: order\n    events: {a: {}, b: {}, c: {}}\n    states:\n      x: {on_event: {a: y, b: [{effects: [{raise: a}]}], c: record_only}}\n      y: {done: yes, effects: [{call: tell, with: {who: order.owner.boss}}]}\n",
                &[("a", &["order.owner.boss"]), ("b", &["order.owner.boss"])],
            ),
            (
                "workflows: {w: {subject: order, opens: {for_every: order, at: order.owner.since}, events: {a: {}}, on_event: {a: record_only}}}\n",
                &[
                    ("opened", &["order.owner.since"]),
                    ("changed", &["order.owner.since"]),
                    ("a", &["order.owner.since"]),
                ],
            ),
            (
                "workflows: {w: {subject: order, events: {a: {data: {to: person}}}, on_event: {a: record_only}}}\nmeasures: {m: {subject: order, on: a, if: event.to.fit, credited_to: event.to.boss}}\n",
                &[("a", &["event.to.fit", "event.to.boss"])],
            ),
        ];
        for (yaml, expected) in rows {
            let found = reads(yaml);
            let found: Vec<(&str, Vec<&str>)> = found
                .iter()
                .map(|(name, paths)| (name.as_str(), paths.iter().map(String::as_str).collect()))
                .collect();
            let expected: Vec<(&str, Vec<&str>)> =
                expected.iter().map(|(name, paths)| (*name, paths.to_vec())).collect();
            assert_eq!(found, expected, "{yaml}");
        }
    }
}
