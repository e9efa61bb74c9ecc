//! A `four_eyes` that nobody can satisfy on some date: the two acts' roles are held by one person alone.
//!
//! While somebody is away his substitute acts for him, so that both are behind the act.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::diag::{Code, Diagnostic};
use crate::lang::{Message, either};
use crate::model::{EventDef, Model, RoleId, RoleKind, RoleRef};

/// So many dates are looked at for each pair of events.
const DATES_MAX: usize = 1_000;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let dates = dates(model);
    for event in &model.events {
        let Some(four_eyes) = &event.four_eyes else { continue };
        for of in &four_eyes.of {
            let other = model.event(*of);
            let alone = dates.iter().take(DATES_MAX).find_map(|day| {
                let (first, second) = (acts(model, other, *day)?, acts(model, event, *day)?);
                let apart = |one: &BTreeSet<&str>| second.iter().any(|two| one.is_disjoint(two));
                let nobody = first.is_empty() || second.is_empty();
                (!nobody && !first.iter().any(apart)).then_some((*day, second))
            });
            let Some((day, persons)) = alone else { continue };
            let persons: BTreeSet<&str> = persons.into_iter().flatten().collect();
            let persons: Vec<&str> = persons.into_iter().collect();
            let args = [
                day.to_string(),
                either(&persons.join("、"), &persons.join(", ")),
                other.name.to_string(),
                event.name.to_string(),
            ];
            let finding = Diagnostic::warning(
                Code::FourEyesAlone,
                four_eyes.span,
                Message::new("four-eyes-alone", args),
            );
            found.push(finding.help(Message::plain("four-eyes-alone-help")));
        }
    }
}

/// The dates on which it changes who holds what, from the first day of the policy on.
fn dates(model: &Model) -> Vec<NaiveDate> {
    let mut dates = BTreeSet::from([model.header.effective]);
    let mut add = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
        dates.extend(from);
        dates.extend(to.and_then(|to| to.succ_opt()));
    };
    for role in &model.roles {
        if let RoleKind::HeldBy(holders) = &role.kind {
            holders.iter().for_each(|holder| add(holder.from, holder.to));
        }
    }
    model.substitutes.iter().for_each(|substitute| add(substitute.from, substitute.to));
    dates.into_iter().filter(|day| *day >= model.header.effective).collect()
}

/// Who would be behind an event on a day, one set for each way to send it; nothing where that cannot be told beforehand.
fn acts<'m>(model: &'m Model, event: &EventDef, day: NaiveDate) -> Option<Vec<BTreeSet<&'m str>>> {
    if event.by.is_empty() {
        return None;
    }
    let mut all = Vec::new();
    for sender in &event.by {
        let RoleRef::Role(id) = sender else { return None };
        let RoleKind::HeldBy(holders) = &model.role(*id).kind else { return None };
        for holder in holders.iter().filter(|holder| holder.on(day)) {
            if !model.accounts.iter().any(|account| account.name == holder.person) {
                all.extend(ways(model, &holder.person, *id, day));
            }
        }
    }
    Some(all)
}

fn ways<'m>(model: &'m Model, person: &'m str, role: RoleId, day: NaiveDate) -> Vec<BTreeSet<&'m str>> {
    let standing_in = model.substitutes.iter().filter(|substitute| {
        substitute.absent.as_ref() == person && substitute.on(day) && substitute.covers(role)
    });
    let ways: Vec<BTreeSet<&str>> =
        standing_in.map(|substitute| BTreeSet::from([person, substitute.by.as_ref()])).collect();
    if ways.is_empty() { vec![BTreeSet::from([person])] } else { ways }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn two_persons_are_there_on_every_date() {
        let head = "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {a: {by: r}, b: {by: s, four_eyes: a}}\n    on_event: {a: record_only, b: record_only}\n";
        let policy = |rest: &str| format!("{head}{rest}");
        let r = "accounts: {desk: {shared: yes}}\nroles:\n  r: {held_by: [li]}\n";
        check(
            Code::FourEyesAlone,
            &[
                (&policy(&format!("{r}  s: {{held_by: [li]}}\n")), &[(5, "a")]),
                (&policy(&format!("{r}  s: {{held_by: [li, wu]}}\n")), &[]),
                (&policy(&format!("{r}  s: {{held_by: [li, desk]}}\n")), &[(5, "a")]),
                (&policy(&format!("{r}  s: {{held_by: {{li: , wu: {{to: 2026-05-31}}}}}}\n")), &[(5, "a")]),
                // Wu is away, and li stands in for him.
                (
                    &policy(&format!(
                        "{r}  s: {{held_by: [wu]}}\nsubstitutes: [{{for: wu, by: li, from: 2026-03-02, to: 2026-03-06}}]\n"
                    )),
                    &[(5, "a")],
                ),
                (
                    &policy(&format!(
                        "{r}  s: {{held_by: [wu]}}\nsubstitutes: [{{for: wu, by: he, from: 2026-03-02, to: 2026-03-06}}]\n"
                    )),
                    &[],
                ),
            ],
        );
    }
}
