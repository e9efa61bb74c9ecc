//! `measures:`: samples taken from events.

use std::collections::BTreeMap;

use super::meaning::Frame;
use super::parameter::unit_of;
use super::world::{Out, World, id};
use crate::diag::Code;
use crate::lang::Message;
use crate::model::{DatedBy, EventId, Expression, Measure, MeasureId, MeasureTrigger};
use crate::syntax::raw::{Named, RawMeasure};
use crate::value::{Type, Unit};

/// Measures while they are gathered: those of the policy, then those of clocks.
pub(super) struct Measures {
    /// All of them; nothing where one is broken.
    pub all: Option<Vec<Measure>>,
    /// By name: the id, and the unit of a sample.
    pub names: BTreeMap<String, (MeasureId, Option<Unit>)>,
    count: usize,
}

impl Measures {
    /// Adds a measure and gives it its id. One that is known is the same: the clock of an earlier graph feeds it too.
    pub fn add(&mut self, measure: Measure, unit: Option<Unit>) -> MeasureId {
        if let Some((known, _)) = self.names.get(measure.name.as_ref()) {
            return *known;
        }
        let measure_id = MeasureId(id(self.count));
        self.count += 1;
        self.names.insert(measure.name.to_string(), (measure_id, unit));
        if let Some(all) = &mut self.all {
            all.push(measure);
        }
        measure_id
    }

    /// Keeps the name of a broken measure, so that its uses are not reported besides.
    fn broken(&mut self, name: &str) {
        self.names.insert(name.to_owned(), (MeasureId(id(self.count)), None));
        self.count += 1;
        self.all = None;
    }
}

pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Measures {
    let mut measures = Measures { all: Some(Vec::new()), names: BTreeMap::new(), count: 0 };
    let raw = world.raw;
    for entry in &raw.measures {
        match one(world, entry, out) {
            Some((measure, unit)) => drop(measures.add(measure, unit)),
            None => measures.broken(&entry.name.value),
        }
    }
    measures
}

fn one(world: &World<'_>, entry: &Named<RawMeasure>, out: &mut Out) -> Option<(Measure, Option<Unit>)> {
    super::names::check(&entry.name, out);
    let raw = &entry.value;
    let clause = world.cite_one(&raw.clause, &format!("measures.{}", entry.name.value), out);
    let kind = world.subject(raw.subject.as_ref()?, out)?;
    let events = world.events_of(kind, &raw.on, Code::UnknownEvent, out);
    let whole = events.len() == raw.on.len();
    let (mut guard, mut value, mut credited_to, mut dated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut unit, mut good) = (None, whole);
    for event in &events {
        let frame = Frame::judging(kind, *event);
        match world.guard(&raw.guard, &frame, out) {
            Some(Some(condition)) => guard.push((*event, condition)),
            Some(None) => {}
            None => good = false,
        }
        match sample_value(world, raw, &frame, out) {
            Some(expression) => {
                unit = unit_of(expression.code.ty());
                value.push((*event, expression));
            }
            None => good = false,
        }
        let credited: Vec<Option<Expression>> = raw
            .credited_to
            .iter()
            .map(|text| world.expression(text, &frame, Some(&Type::Person), out))
            .collect();
        match credited.into_iter().collect::<Option<Vec<_>>>() {
            Some(credited) => credited_to.push((*event, credited)),
            None => good = false,
        }
        if let Some(text) = raw.dated_by.as_ref().filter(|text| text.value != "event") {
            match world.moment(text, &frame, out) {
                Some(moment) => dated.push((*event, moment)),
                None => good = false,
            }
        }
    }
    let dated_by = if dated.is_empty() { DatedBy::Event } else { DatedBy::Expression(dated) };
    let measure = Measure {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        clause,
        kind,
        trigger: MeasureTrigger::Events(events),
        guard,
        value,
        credited_to,
        dated_by,
        span: entry.name.span,
    };
    good.then_some((measure, unit))
}

/// The value of a sample; without one each sample counts 1.
fn sample_value(world: &World<'_>, raw: &RawMeasure, frame: &Frame<'_>, out: &mut Out) -> Option<Expression> {
    let Some(text) = &raw.value else { return world.constant("1", out) };
    let expression = world.expression(text, frame, None, out)?;
    let ty = expression.code.ty();
    if unit_of(ty).is_none() {
        let message = Message::new("sample-no-number", [text.value.clone(), super::read::type_words(ty)]);
        out.error(Code::TypeMismatch, text.span, message);
        return None;
    }
    Some(expression)
}

/// The events of a measure.
pub(super) fn events(measure: &Measure) -> &[EventId] {
    match &measure.trigger {
        MeasureTrigger::Events(events) => events,
        MeasureTrigger::Clock(..) => &[],
    }
}
