//! `parameters:`, `parameter_sets:` and `calendars:`: what is dated.

use crate::diag::Diagnostic;
use crate::syntax::node::Node;
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
            make_up_days: fields.all("make_up_days"),
            days: fields.all("days"),
            coverage: fields.opt("coverage"),
            beyond_coverage: fields.opt("beyond_coverage"),
        })
    }
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
