//! A role that nobody holds on the day the policy takes effect.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Model, RoleKind};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let day = model.header.effective;
    for role in &model.roles {
        let RoleKind::HeldBy(holders) = &role.kind else { continue };
        let held = holders
            .iter()
            .any(|holder| holder.from.is_none_or(|from| from <= day) && holder.to.is_none_or(|to| day <= to));
        if !held {
            let message = Message::new("role-vacant", [role.name.to_string(), day.to_string()]);
            found.push(Diagnostic::warning(Code::RoleVacant, role.span, message));
        }
    }
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
}
