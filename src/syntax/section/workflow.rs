//! `workflows:` and `permissions:`, with states, transitions, clocks and effects.

use super::header::durations;
use crate::diag::Diagnostic;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::*;
use crate::syntax::reader::{At, Fields, FromNode};
use crate::syntax::shape;

impl FromNode for RawWorkflow {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawWorkflow> {
        let mut fields = Fields::open(at, node, &shape::WORKFLOW, found)?;
        Some(RawWorkflow {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.all("clause"),
            subject: fields.opt("subject"),
            opens: fields.opt("opens"),
            events: fields.all("events"),
            states: fields.all("states"),
            clocks: fields.all("clocks"),
            on_event: fields.all("on_event"),
            meaning: node.meaning(),
        })
    }
}

impl FromNode for RawOpens {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawOpens> {
        let mut fields = Fields::open(at, node, &shape::OPENS, found)?;
        Some(RawOpens {
            span: fields.span,
            for_every: fields.opt("for_every"),
            at: fields.opt("at"),
            on: fields.opt("on"),
            guard: fields.opt("if"),
        })
    }
}

impl FromNode for RawEvent {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawEvent> {
        let mut fields = Fields::open(at, node, &shape::EVENT, found)?;
        Some(RawEvent {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.opt("clause"),
            by: fields.all("by"),
            four_eyes: fields.all("four_eyes"),
            not: fields.all("not"),
            data: fields.all("data"),
            decision: fields.opt("decision"),
        })
    }
}

impl FromNode for RawState {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawState> {
        let mut fields = Fields::open(at, node, &shape::STATE, found)?;
        Some(RawState {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.all("clause"),
            done: fields.opt("done"),
            lasts_at_least: fields.opt("lasts_at_least"),
            waits_for: fields.opt("waits_for"),
            allowed: fields.opt("allowed"),
            when_used_up: fields.opt("when_used_up"),
            clocks: fields.all("clocks"),
            on_event: fields.all("on_event"),
            effects: fields.all("effects"),
            on_leave: fields.all("on_leave"),
            compensation: fields.all("compensation"),
            states: fields.all("states"),
            initial: fields.opt("initial"),
            parallel: fields.opt("parallel"),
            completed: fields.all("completed"),
        })
    }
}

impl FromNode for RawWaitsFor {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawWaitsFor> {
        let mut fields = Fields::open(at, node, &shape::WAITS_FOR, found)?;
        Some(RawWaitsFor {
            span: fields.span,
            each: fields.opt("each"),
            answered_by: fields.opt("answered_by"),
        })
    }
}

impl FromNode for RawLowerBound {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawLowerBound> {
        let mut fields = Fields::open(at, node, &shape::LOWER_BOUND, found)?;
        Some(RawLowerBound {
            span: fields.span,
            amount: fields.opt("amount"),
            counted_by: fields.opt("counted_by"),
            message: fields.opt("message"),
        })
    }
}

impl FromNode for RawTransition {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawTransition> {
        if let Kind::Scalar { .. } = &node.kind {
            return Some(RawTransition {
                span: node.span,
                guard: None,
                to: Some(Text::read(at, node, found)?),
                otherwise: None,
                refuse: None,
                effects: Vec::new(),
                clause: None,
                entry: RawEntry::default(),
                insert: None,
            });
        }
        let mut fields = Fields::open(at, node, &shape::TRANSITION, found)?;
        Some(RawTransition {
            span: fields.span,
            guard: fields.opt("if"),
            to: fields.opt("to"),
            otherwise: fields.opt("otherwise"),
            refuse: fields.opt("refuse"),
            effects: fields.all("effects"),
            clause: fields.opt("clause"),
            entry: entry(&mut fields),
            insert: fields.opt("insert"),
        })
    }
}

/// How a state is entered.
fn entry(fields: &mut Fields<'_, '_>) -> RawEntry {
    RawEntry {
        history: fields.opt("history"),
        reenter: fields.opt("reenter"),
        compensate: fields.opt("compensate"),
    }
}

impl FromNode for RawClock {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawClock> {
        let mut fields = Fields::open(at, node, &shape::CLOCK, found)?;
        let warn: Vec<Warn> = fields.all("warn");
        let breached: Option<Breached> = fields.opt("breached");
        let escalate: Vec<Escalate> = fields.all("escalate");
        Some(RawClock {
            span: fields.span,
            label: fields.opt("label"),
            clause: fields.opt("clause"),
            within: fields.opt("within"),
            calendar: fields.opt("calendar"),
            durations: durations(&mut fields),
            starts: fields.all("starts"),
            stops: fields.all("stops"),
            not_stopped_by: fields.all("not_stopped_by"),
            cancelled_by: fields.all("cancelled_by"),
            pauses: fields.all("pauses"),
            resumes: fields.all("resumes"),
            paused_in: fields.all("paused_in"),
            on_reenter: fields.opt("on_reenter"),
            reclassified: fields.opt("reclassified"),
            escalate: escalate.into_iter().map(|step| step.0).collect(),
            notify_in: fields.opt("notify_in"),
            warn: warn.into_iter().map(|warn| warn.0).collect(),
            breached: breached.map(|breached| breached.0),
            sample: fields.opt("sample"),
        })
    }
}

/// A point before a clock is due.
pub(super) struct Warn(pub(super) RawThreshold);

impl FromNode for Warn {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Warn> {
        let mut fields = Fields::open(at, node, &shape::WARN, found)?;
        Some(Warn(RawThreshold {
            span: fields.span,
            at: fields.opt("at"),
            before: fields.opt("before"),
            after: None,
            to: None,
            entry: RawEntry::default(),
            notify: fields.all("notify"),
            message: fields.opt("message"),
            effects: fields.all("effects"),
        }))
    }
}

/// A point after a clock was missed.
pub(super) struct Escalate(pub(super) RawThreshold);

impl FromNode for Escalate {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Escalate> {
        let mut fields = Fields::open(at, node, &shape::ESCALATE, found)?;
        Some(Escalate(RawThreshold {
            span: fields.span,
            at: None,
            before: None,
            after: fields.opt("after"),
            to: None,
            entry: RawEntry::default(),
            notify: fields.all("notify"),
            message: fields.opt("message"),
            effects: fields.all("effects"),
        }))
    }
}

/// What happens when a clock is missed.
pub(super) struct Breached(pub(super) RawThreshold);

impl FromNode for Breached {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Breached> {
        let mut fields = Fields::open(at, node, &shape::BREACHED, found)?;
        Some(Breached(RawThreshold {
            span: fields.span,
            at: None,
            before: None,
            after: None,
            to: fields.opt("to"),
            entry: entry(&mut fields),
            notify: fields.all("notify"),
            message: fields.opt("message"),
            effects: fields.all("effects"),
        }))
    }
}

/// What happens when a duty is late.
pub(super) struct Late(pub(super) RawThreshold);

impl FromNode for Late {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Late> {
        let mut fields = Fields::open(at, node, &shape::LATE, found)?;
        Some(Late(RawThreshold {
            span: fields.span,
            at: None,
            before: None,
            after: None,
            to: None,
            entry: RawEntry::default(),
            notify: fields.all("notify"),
            message: fields.opt("message"),
            effects: fields.all("effects"),
        }))
    }
}

impl FromNode for RawSample {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawSample> {
        let mut fields = Fields::open(at, node, &shape::SAMPLE, found)?;
        Some(RawSample {
            span: fields.span,
            credited_to: fields.all("credited_to"),
            dated_by: fields.opt("dated_by"),
        })
    }
}

impl FromNode for RawEffect {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawEffect> {
        let mut fields = Fields::open(at, node, &shape::EFFECT, found)?;
        Some(RawEffect {
            span: fields.span,
            notify: fields.all("notify"),
            ask: fields.all("ask"),
            decide: fields.all("decide"),
            within: fields.opt("within"),
            message: fields.opt("message"),
            assign: fields.all("assign"),
            open_case: fields.opt("open_case"),
            raise: fields.opt("raise"),
            to: fields.opt("to"),
            open: fields.opt("open"),
            named: fields.opt("named"),
            for_each: fields.opt("for_each"),
            call: fields.opt("call"),
            with: fields.all("with"),
            guard: fields.opt("if"),
        })
    }
}

impl FromNode for RawPermission {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<RawPermission> {
        let mut fields = Fields::open(at, node, &shape::PERMISSION, found)?;
        Some(RawPermission {
            span: fields.span,
            clause: fields.opt("clause"),
            label: fields.opt("label"),
            covers: fields.all("covers"),
            only_if: fields.opt("only_if"),
            log_against: fields.opt("log_against"),
            message: fields.opt("message"),
            refused: fields.all("refused"),
            meaning: node.meaning(),
        })
    }
}
