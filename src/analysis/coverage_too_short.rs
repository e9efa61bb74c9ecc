//! A calendar in use that does not answer for the day the policy takes effect.

use std::collections::BTreeSet;

use crate::calendar::Beyond;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{CalendarId, Model};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut used: BTreeSet<CalendarId> = BTreeSet::from([model.header.calendar]);
    used.extend(model.parameters.iter().filter_map(|parameter| parameter.calendar));
    used.extend(
        model.workflows.iter().flat_map(|workflow| &workflow.clocks).map(|clock| clock.counting.calendar),
    );
    for calendar in used.into_iter().map(|id| model.calendar(id)) {
        let (first, last) = calendar.coverage();
        let effective = model.header.effective;
        if effective < first || last < effective {
            let args =
                [calendar.name().to_string(), first.to_string(), last.to_string(), effective.to_string()];
            let message = Message::new("coverage-too-short", args);
            // A provisional calendar answers all the same; that it does so from the first day on is worth a word.
            let (code, span) = (Code::CoverageTooShort, model.header.effective_span);
            found.push(match calendar.def().beyond {
                Beyond::Refused => Diagnostic::error(code, span, message),
                Beyond::Provisional => Diagnostic::warning(code, span, message),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_calendar_in_use_covers_the_first_day() {
        let calendar =
            "calendars: {desk: {hours: {mon-fri: [\"09:00-18:00\"]}, coverage: 2025-01-01 to 2025-12-31}}\n";
        let used =
            format!("{calendar}parameters: {{reply: {{value: 5 business minutes, calendar: desk}}}}\n");
        check(Code::CoverageTooShort, &[(calendar, &[]), (&used, &[(0, "2026-01-01")])]);
    }
}
