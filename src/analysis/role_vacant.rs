//! A role that nobody holds: on the day the policy takes effect, or later while an event waits for it.
//!
//! A substitute does not fill a vacancy: he holds what the person holds for whom he stands in.

use chrono::NaiveDate;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Holder, Model, Role, RoleId, RoleKind, RoleRef};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let day = model.header.effective;
    for (idx, role) in model.roles.iter().enumerate() {
        let RoleKind::HeldBy(holders) = &role.kind else { continue };
        if !is_held(role, day) {
            let message = Message::new("role-vacant", [role.name.to_string(), day.to_string()]);
            found.push(Diagnostic::warning(Code::RoleVacant, role.span, message));
            continue;
        }
        let Some((from, to)) = first_gap(holders, day) else { continue };
        let Some(event) = waiting(model, idx, from) else { continue };
        let message = match to {
            Some(to) => Message::new("role-gap", [role.name.to_string(), from.to_string(), to.to_string()]),
            None => Message::new("role-gap-open", [role.name.to_string(), from.to_string()]),
        };
        let finding = Diagnostic::warning(Code::RoleVacant, role.span, message);
        found.push(finding.help(Message::new("role-gap-help", [event])));
    }
}

fn is_held(role: &Role, day: NaiveDate) -> bool {
    match &role.kind {
        RoleKind::HeldBy(holders) => holders.iter().any(|holder| holder.on(day)),
        _ => true,
    }
}

/// The first days from `day` on that no holder covers; without a last day, nobody follows.
fn first_gap(holders: &[Holder], day: NaiveDate) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let mut day = day;
    loop {
        let here = || holders.iter().filter(|holder| holder.on(day));
        if here().any(|holder| holder.to.is_none()) {
            return None;
        }
        match here().filter_map(|holder| holder.to).max() {
            Some(last) => day = last.succ_opt()?,
            None => {
                let next = holders.iter().filter_map(|holder| holder.from).filter(|from| *from > day).min();
                return Some((day, next.and_then(|next| next.pred_opt())));
            }
        }
    }
}

/// An event that nobody may send on a day because the role is vacant.
fn waiting(model: &Model, role: usize, day: NaiveDate) -> Option<&str> {
    let needs = |by: &[RoleRef]| {
        let vacant = |sender: &RoleRef| match sender {
            RoleRef::Role(id) => !is_held(model.role(*id), day),
            _ => false,
        };
        by.iter().any(|sender| matches!(sender, RoleRef::Role(RoleId(id)) if usize::from(*id) == role))
            && by.iter().all(vacant)
    };
    model.events.iter().find(|event| needs(&event.by)).map(|event| event.name.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn somebody_holds_each_role_from_the_first_day() {
        check(
            Code::RoleVacant,
            &[(
                "roles:\n  a: {held_by: {li: {from: 2026-01-01}}}\n  b: {held_by: {li: {to: 2025-12-31}}}\n  c: {held_by: [li]}\n  d: {anyone: yes}\n  e: {held_by: {li: {from: 2026-01-02}}}\n",
                &[(3, "b"), (6, "e")],
            )],
        );
    }

    #[test]
    fn no_day_is_left_on_which_an_event_waits_for_nobody() {
        let workflow = "workflows: {w: {subject: o, events: {e: {by: a}, f: {by: [b, c]}}, on_event: {e: record_only, f: record_only}}}\n";
        let policy = |roles: &str| format!("subjects: {{o: {{}}}}\n{workflow}roles:\n{roles}");
        let none = "  b: {held_by: [li]}\n  c: {held_by: [li]}\n";
        check(
            Code::RoleVacant,
            &[
                (
                    &policy(&format!(
                        "  a: {{held_by: {{li: {{to: 2026-03-31}}, wu: {{from: 2026-04-01}}}}}}\n{none}"
                    )),
                    &[],
                ),
                (
                    &policy(&format!(
                        "  a: {{held_by: {{li: {{to: 2026-03-31}}, wu: {{from: 2026-04-02}}}}}}\n{none}"
                    )),
                    &[(4, "a")],
                ),
                (&policy(&format!("  a: {{held_by: {{li: {{to: 2026-03-31}}}}}}\n{none}")), &[(4, "a")]),
                // Whoever holds the other role may send it, until that is vacant as well.
                (
                    &policy(
                        "  a: {held_by: [li]}\n  b: {held_by: {li: {to: 2026-03-31}}}\n  c: {held_by: [li]}\n",
                    ),
                    &[],
                ),
                (
                    &policy(
                        "  a: {held_by: [li]}\n  b: {held_by: {li: {to: 2026-03-31}}}\n  c: {held_by: {li: {to: 2026-03-31}}}\n",
                    ),
                    &[(5, "b"), (6, "c")],
                ),
                // No event needs it.
                ("subjects: {o: {}}\nroles: {a: {held_by: {li: {to: 2026-03-31}}}}\n", &[]),
            ],
        );
    }
}
