//! What a notice says where the policy gives it no message: what it is about, whose it is, and when it was due.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::context::show;
use super::run::Run;
use super::state::DutyOpen;
use super::step::Said;
use crate::lang::{Label, Lang, Message, either};
use crate::model::{Clock, Duty};
use crate::value::Value;

/// What a notice is about.
#[derive(Clone, Copy)]
pub(super) enum Occasion<'s> {
    /// A clock will be due.
    Warned(&'s Clock, DateTime<Utc>),
    /// A clock was due.
    Breached(&'s Clock, DateTime<Utc>),
    /// A clock was due some time ago.
    Escalated(&'s Clock, DateTime<Utc>),
    /// A duty is late.
    DutyLate(&'s Duty, &'s DutyOpen),
    /// A duty was discharged late.
    DutyDoneLate(&'s Duty, &'s DutyOpen),
}

impl Run<'_> {
    /// The text of a notice that has none of its own; nothing where there is nothing to say it of.
    pub(super) fn unsaid(&self, case: Option<usize>, occasion: Option<Occasion<'_>>) -> Option<Said> {
        let clock = |clock: &Clock| called(clock.label.as_ref(), &clock.name);
        let duty = |duty: &Duty, open: &DutyOpen| {
            either(
                &format!("{} {}", name_in(duty.label.as_ref(), &duty.name, Lang::Zh), open.name),
                &format!("{} {}", name_in(duty.label.as_ref(), &duty.name, Lang::En), open.name),
            )
        };
        let (key, what, due) = match occasion {
            Some(Occasion::Warned(of, due)) => ("notice-warned", clock(of), Some(due)),
            Some(Occasion::Breached(of, due)) => ("notice-breached", clock(of), Some(due)),
            Some(Occasion::Escalated(of, due)) => ("notice-escalated", clock(of), Some(due)),
            Some(Occasion::DutyLate(of, open)) => ("notice-duty-late", duty(of, open), Some(open.due)),
            Some(Occasion::DutyDoneLate(of, open)) => {
                ("notice-duty-done-late", duty(of, open), Some(open.due))
            }
            None => {
                let workflow = self.model.workflow(self.state.cases.get(case?)?.workflow);
                ("notice-case", called(workflow.label.as_ref(), &workflow.name), None)
            }
        };
        let due = due.map(|due| show(&Value::Instant(due), self.model, Lang::Zh));
        let message = Message::new(key, [self.state.subject.to_string(), what].into_iter().chain(due));
        Some(Said { own: message.render(Lang::Zh).into(), en: Some(message.render(Lang::En).into()) })
    }
}

fn called(label: Option<&Label>, name: &Arc<str>) -> String {
    either(name_in(label, name, Lang::Zh), name_in(label, name, Lang::En))
}

fn name_in<'n>(label: Option<&'n Label>, name: &'n Arc<str>, lang: Lang) -> &'n str {
    label.map_or(name, |label| label.get(lang))
}
