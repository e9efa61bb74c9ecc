//! Tells what happened to a duty: since when, until when, by which version of a parameter, why it was waived.

use super::Teller;
use crate::engine::{DutyNews, Entry};
use crate::model::{Amount, AsOf, Duty, DutyDue};
use crate::value::Value;

impl Teller<'_> {
    /// Tells an entry about a duty; any other is none of its business.
    pub(super) fn duty(&mut self, entry: &Entry) {
        let Entry::Duty { at, duty, of, day, due, late_after, what, clause } = entry else { return };
        let known = self.words.model.find_duty(duty).map(|id| self.words.model.duty(id));
        let name = self.words.name(known.and_then(|duty| duty.label.as_ref()), duty);
        let args = [name, of.to_string(), self.words.instant(*due)];
        let mut line = match what {
            DutyNews::Opened => self.words.say("explain-duty-opened", args),
            DutyNews::Done => self.words.say("explain-duty-done", args),
            DutyNews::DoneInGrace => self.words.say("explain-duty-done-in-grace", args),
            DutyNews::DoneLate => self.words.say("explain-duty-done-late", args),
            DutyNews::Late => self.words.say("explain-duty-late", args),
            DutyNews::Waived { because, reads } => {
                let reason = self.reads(reads, because);
                let [name, of, due] = args;
                self.words.say("explain-duty-waived", [name, of, due, reason])
            }
        };
        if *late_after > *due && !matches!(what, DutyNews::Done | DutyNews::Waived { .. }) {
            let until = self.words.instant(*late_after);
            line.push_str(&self.words.say("explain-duty-grace", [until]));
        }
        if let (DutyNews::Opened, Some(known)) = (what, known) {
            let period = |duty: &Duty| duty.triggers().is_empty();
            for amount in amounts(known) {
                if let Some(told) = self.version(amount, *day, self.words.day_of(*at), period(known)) {
                    line.push_str(&told);
                }
            }
        }
        let clauses = clause.iter().map(|id| self.words.model.clause(*id).id.clone()).collect();
        self.put(*at, line, clauses);
    }

    /// Which version of a parameter governs, where there are several: `(按期初 2026-06-01,$report_within 用 … 起的 5 个工作日)`.
    fn version(
        &self,
        amount: &Amount,
        first_day: chrono::NaiveDate,
        today: chrono::NaiveDate,
        recurs: bool,
    ) -> Option<String> {
        let Amount::Parameter(id) = amount else { return None };
        let parameter = self.words.model.parameter(*id);
        if parameter.always().is_some() {
            return None;
        }
        let (day, key) = match parameter.as_of {
            AsOf::PeriodStart if recurs => (first_day, "explain-duty-by-period"),
            _ => (today, "explain-duty-by-day"),
        };
        let version = parameter.version_on(day)?;
        let name = self.words.name(parameter.label.as_ref(), &parameter.name);
        let Value::Duration(length) = version.value else { return None };
        let since = version.from.map_or_else(|| "—".to_owned(), |from| from.to_string());
        Some(self.words.say(key, [name, self.words.duration(length), since, day.to_string()]))
    }
}

/// The amounts that a duty counts with: its limit and its grace.
fn amounts(duty: &Duty) -> impl Iterator<Item = &Amount> {
    let limit = match &duty.due {
        DutyDue::After(amount, _) => Some(amount),
        _ => None,
    };
    limit.into_iter().chain(duty.grace.as_ref().map(|(amount, _)| amount))
}
