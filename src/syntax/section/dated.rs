//! `parameters:`, `parameter_sets:` and `calendars:`: what is dated.

use super::header::durations;
use crate::diag::Diagnostic;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape;

impl FromNode for RawParameter {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawParameter> {
        let mut fields = Fields::open(at, node, &shape::PARAMETER, found)?;
        let versions: Vec<OfParameter> = fields.all("versions");
        Some(RawParameter {
            span: fields.span,
            clause: fields.opt("clause"),
            label: fields.opt("label"),
            value: fields.opt("value"),
            versions: versions.into_iter().map(|version| version.0).collect(),
            range: fields.opt("range"),
            calendar: fields.opt("calendar"),
            durations: durations(&mut fields),
            as_of: fields.opt("as_of"),
            in_flight: fields.opt("in_flight"),
        })
    }
}

impl FromNode for RawParameterSet {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawParameterSet> {
        let mut fields = Fields::open(at, node, &shape::PARAMETER_SET, found)?;
        let versions: Vec<OfSet> = fields.all("versions");
        Some(RawParameterSet {
            span: fields.span,
            clause: fields.opt("clause"),
            label: fields.opt("label"),
            total: fields.opt("total"),
            as_of: fields.opt("as_of"),
            in_flight: fields.opt("in_flight"),
            calendar: fields.opt("calendar"),
            durations: durations(&mut fields),
            versions: versions.into_iter().map(|version| version.0).collect(),
            by: fields.opt("by"),
            rows: fields.all("rows"),
        })
    }
}

/// A version of one parameter: it has a value and no members.
struct OfParameter(RawVersion);

impl FromNode for OfParameter {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<OfParameter> {
        let mut fields = Fields::open(at, node, &shape::PARAMETER_VERSION, found)?;
        Some(OfParameter(RawVersion {
            span: fields.span,
            from: fields.opt("from"),
            to: fields.opt("to"),
            value: fields.opt("value"),
            members: Vec::new(),
        }))
    }
}

/// A version of a set: every key besides its dates is a member.
struct OfSet(RawVersion);

impl FromNode for OfSet {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<OfSet> {
        let mut fields = Fields::open(at, node, &shape::SET_VERSION, found)?;
        Some(OfSet(RawVersion {
            span: fields.span,
            from: fields.opt("from"),
            to: fields.opt("to"),
            value: None,
            members: fields.rest(),
        }))
    }
}

impl FromNode for RawCalendar {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawCalendar> {
        let mut fields = Fields::open(at, node, &shape::CALENDAR, found)?;
        Some(RawCalendar {
            span: fields.span,
            label: fields.opt("label"),
            extends: fields.opt("extends"),
            timezone: fields.opt("timezone"),
            hours: fields.all("hours"),
            holidays_from: fields.all("holidays_from"),
            holidays: fields.all("holidays"),
            make_up_days: make_up_days(fields.all("make_up_days")),
            days: fields.all("days"),
            coverage: fields.opt("coverage"),
            beyond_coverage: fields.opt("beyond_coverage"),
        })
    }
}

/// What stands in the list of one name: a date, or dates with their windows.
struct MakeUps(Vec<RawMakeUp>);

impl FromNode for MakeUps {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<MakeUps> {
        if !matches!(node.kind, Kind::Map(_)) {
            return Text::read(at, node, found).map(|days| MakeUps(vec![RawMakeUp { days, windows: None }]));
        }
        let dated = Vec::<Named<Vec<Text>>>::read(at, node, found)?;
        let of = |day: Named<Vec<Text>>| RawMakeUp { days: day.name, windows: Some(day.value) };
        Some(MakeUps(dated.into_iter().map(of).collect()))
    }
}

fn make_up_days(names: Vec<Named<Vec<MakeUps>>>) -> Vec<Named<Vec<RawMakeUp>>> {
    let flat = |of: Vec<MakeUps>| of.into_iter().flat_map(|make_ups| make_ups.0).collect();
    names.into_iter().map(|named| Named { name: named.name, value: flat(named.value) }).collect()
}

impl FromNode for RawHours {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawHours> {
        let mut fields = Fields::open(at, node, &shape::HOURS, found)?;
        Some(RawHours {
            span: fields.span,
            from: fields.opt("from"),
            to: fields.opt("to"),
            days: fields.rest(),
        })
    }
}
