//! `clauses:`

use super::read;
use super::world::{Out, World};
use crate::model::{Clause, Force};

const FORCES: &[(&str, Force)] = &[("must", Force::Must), ("may", Force::May), ("must_not", Force::MustNot)];

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for entry in &raw.clauses {
        let clause = &entry.value;
        let force = clause.force.as_ref().and_then(|text| read::word(text, FORCES, out));
        let supplement = clause
            .origin
            .as_ref()
            .and_then(|text| read::word(text, &[("supplement", true)], out))
            .unwrap_or(false);
        let executable = clause.executable.as_ref().and_then(|text| read::yes_no(text, out)).unwrap_or(true);
        let not_executable = (!executable).then(|| world.label(&clause.reason).unwrap_or_default());
        let because =
            clause.deviates_because.iter().map(|ground| ground.value.as_str().into()).collect::<Vec<_>>();
        world.clauses.push(Clause {
            id: entry.name.value.as_str().into(),
            title: world.label(&clause.title).unwrap_or_else(|| world.words(&entry.name.value)),
            text: world.label(&clause.text),
            force,
            who: clause.who.as_ref().map(|who| who.value.as_str().into()),
            supplement,
            not_executable,
            deviates: world.label(&clause.deviates_here).map(|here| (here, because)),
            span: entry.name.span,
        });
    }
}
