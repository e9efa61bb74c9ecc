//! `policy:` and `clauses:`.

use crate::diag::Diagnostic;
use crate::syntax::node::Node;
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape;

impl FromNode for RawHeader {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawHeader> {
        let mut fields = Fields::open(at, node, &shape::HEADER, found)?;
        let durations: Option<RawDurations> = fields.opt("durations");
        Some(RawHeader {
            span: fields.span,
            id: fields.opt("id"),
            extend: fields.all("extend"),
            removes: fields.all("removes"),
            replaces: fields.all("replaces"),
            title: fields.opt("title"),
            version: fields.opt("version"),
            effective: fields.opt("effective"),
            timezone: fields.opt("timezone"),
            calendar: fields.opt("calendar"),
            horizon: fields.opt("horizon"),
            durations: durations.unwrap_or_default(),
            guard_packs: fields.all("guard_packs"),
            adopted: fields.all("adopted"),
        })
    }
}

impl FromNode for RawChange {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawChange> {
        let mut fields = Fields::open(at, node, &shape::CHANGE, found)?;
        Some(RawChange { span: fields.span, what: fields.all("what"), because: fields.opt("because") })
    }
}

impl FromNode for RawDurations {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawDurations> {
        let mut fields = Fields::open(at, node, &shape::DURATIONS, found)?;
        Some(durations(&mut fields))
    }
}

/// The keys of `durations:` in a map that takes them.
pub(super) fn durations(fields: &mut Fields<'_, '_>) -> RawDurations {
    RawDurations {
        start_day: fields.opt("start_day"),
        month_end: fields.opt("month_end"),
        days_roll: fields.opt("days_roll"),
        days_end: fields.opt("days_end"),
    }
}

impl FromNode for RawClause {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawClause> {
        let mut fields = Fields::open(at, node, &shape::CLAUSE, found)?;
        let deviates: Option<Deviates> = fields.opt("deviates");
        let (deviates_here, deviates_because) =
            deviates.map_or((None, Vec::new()), |both| (both.here, both.because));
        Some(RawClause {
            span: fields.span,
            title: fields.opt("title"),
            text: fields.opt("text"),
            force: fields.opt("force"),
            who: fields.opt("who"),
            origin: fields.opt("origin"),
            executable: fields.opt("executable"),
            reason: fields.opt("reason"),
            deviates_here,
            deviates_because,
        })
    }
}

/// `deviates:` of a clause.
struct Deviates {
    here: Option<Text>,
    because: Vec<Text>,
}

impl FromNode for Deviates {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Deviates> {
        let mut fields = Fields::open(at, node, &shape::DEVIATES, found)?;
        Some(Deviates { here: fields.opt("here"), because: fields.all("because") })
    }
}
