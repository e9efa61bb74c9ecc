//! `measures:`, `scorecards:` and `duties:`: what is counted by period.

use super::header::durations;
use crate::diag::Diagnostic;
use crate::syntax::node::Node;
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::section::workflow::Late;
use crate::syntax::shape;

impl FromNode for RawMeasure {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawMeasure> {
        let mut fields = Fields::open(at, node, &shape::MEASURE, found)?;
        Some(RawMeasure {
            span: fields.span,
            clause: fields.opt("clause"),
            label: fields.opt("label"),
            subject: fields.opt("subject"),
            on: fields.all("on"),
            guard: fields.opt("if"),
            value: fields.opt("value"),
            credited_to: fields.all("credited_to"),
            dated_by: fields.opt("dated_by"),
        })
    }
}

impl FromNode for RawScorecard {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawScorecard> {
        let mut fields = Fields::open(at, node, &shape::SCORECARD, found)?;
        Some(RawScorecard {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.all("clause"),
            subject: fields.opt("subject"),
            applies_to: fields.opt("applies_to"),
            period: fields.opt("period"),
            weights: fields.opt("weights"),
            indicators: fields.all("indicators"),
            round: fields.opt("round"),
            bands: fields.all("bands"),
            meets_standard: fields.all("meets_standard"),
            finality: fields.opt("finality"),
            exempted_by: fields.all("exempted_by"),
            streaks: fields.all("streaks"),
        })
    }
}

impl FromNode for RawIndicator {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawIndicator> {
        let mut fields = Fields::open(at, node, &shape::INDICATOR, found)?;
        let map: Option<Mapping> = fields.opt("map");
        Some(RawIndicator {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.opt("clause"),
            of: fields.opt("of"),
            target: fields.opt("target"),
            cap: fields.opt("cap"),
            floor: fields.opt("floor"),
            linear: map.map_or_else(Vec::new, |map| map.linear),
            min_samples: fields.opt("min_samples"),
            missing: fields.opt("missing"),
        })
    }
}

/// `map:` of an indicator.
struct Mapping {
    linear: Vec<Named<Text>>,
}

impl FromNode for Mapping {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Mapping> {
        let mut fields = Fields::open(at, node, &shape::MAPPING, found)?;
        Some(Mapping { linear: fields.all("linear") })
    }
}

impl FromNode for RawTarget {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawTarget> {
        let mut fields = Fields::open(at, node, &shape::TARGET, found)?;
        Some(RawTarget {
            span: fields.span,
            set_by: fields.all("set_by"),
            acknowledged_by: fields.all("acknowledged_by"),
            before: fields.opt("before"),
        })
    }
}

impl FromNode for RawRound {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawRound> {
        let mut fields = Fields::open(at, node, &shape::ROUND, found)?;
        Some(RawRound {
            span: fields.span,
            places: fields.opt("places"),
            mode: fields.opt("mode"),
            at: fields.opt("at"),
        })
    }
}

impl FromNode for RawFinality {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawFinality> {
        let mut fields = Fields::open(at, node, &shape::FINALITY, found)?;
        Some(RawFinality {
            span: fields.span,
            published_by: fields.opt("published_by"),
            appeal: fields.opt("appeal"),
            decided: fields.opt("decided"),
            appealed_by: fields.all("appealed_by"),
            decided_by: fields.all("decided_by"),
        })
    }
}

impl FromNode for RawStreak {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawStreak> {
        let mut fields = Fields::open(at, node, &shape::STREAK, found)?;
        Some(RawStreak {
            span: fields.span,
            label: fields.opt("label"),
            of: fields.all("of"),
            count_when: fields.opt("count_when"),
            month_of_leave: fields.opt("month_of_leave"),
            no_score: fields.opt("no_score"),
            largest_gap: fields.opt("largest_gap"),
            restarts_after: fields.all("restarts_after"),
        })
    }
}

impl FromNode for RawDuty {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawDuty> {
        let mut fields = Fields::open(at, node, &shape::DUTY, found)?;
        let late: Option<Late> = fields.opt("late");
        let done_late: Option<Late> = fields.opt("done_late");
        Some(RawDuty {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.opt("clause"),
            subject: fields.opt("subject"),
            only_if: fields.opt("only_if"),
            from: fields.opt("from"),
            until: fields.opt("until"),
            owed_by: fields.all("owed_by"),
            every: fields.opt("every"),
            counted_from: fields.opt("counted_from"),
            calendar: fields.opt("calendar"),
            durations: durations(&mut fields),
            after: fields.all("after"),
            within: fields.opt("within"),
            due: fields.opt("due"),
            grace: fields.opt("grace"),
            done_by: fields.all("done_by"),
            done_if: fields.opt("done_if"),
            matched_by: fields.opt("matched_by"),
            late: late.map(|late| late.0),
            done_late: done_late.map(|late| late.0),
        })
    }
}
