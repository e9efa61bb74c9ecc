//! Somebody is said to be away who holds none of the roles in which another stands in for him.

use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::model::{Holder, Model, Role, RoleKind, Substitute};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for substitute in &model.substitutes {
        let named: Vec<&Role> = match substitute.roles.as_slice() {
            [] => model.roles.iter().collect(),
            roles => roles.iter().map(|role| model.role(*role)).collect(),
        };
        if named.iter().any(|role| may_hold(role, substitute)) {
            continue;
        }
        let roles: Vec<&str> = substitute.roles.iter().map(|role| model.role(*role).name.as_ref()).collect();
        let message = match roles.as_slice() {
            [] => Message::new("person-without-role", [substitute.absent.as_ref()]),
            roles => {
                Message::new("person-without-the-role", [&substitute.absent, roles.join("`, `").as_str()])
            }
        };
        let finding = Diagnostic::warning(Code::UnknownPerson, substitute.absent_span, message);
        let known = model.roles.iter().flat_map(holders).map(|holder| holder.person.as_ref());
        found.push(match nearest(&substitute.absent, known) {
            Some(near) if *near != *substitute.absent => finding.help(Message::new("did-you-mean", [near])),
            _ => finding.help(Message::plain("person-without-role-help")),
        });
    }
}

fn holders(role: &Role) -> &[Holder] {
    match &role.kind {
        RoleKind::HeldBy(holders) => holders,
        _ => &[],
    }
}

/// Whether the absent person may hold a role while the substitution is in force: a field may name anybody.
fn may_hold(role: &Role, substitute: &Substitute) -> bool {
    match &role.kind {
        RoleKind::Of { .. } | RoleKind::Through { .. } => true,
        RoleKind::HeldBy(holders) => holders.iter().any(|holder| {
            let begins = holder.from.max(substitute.from);
            let ends = [holder.to, substitute.to].into_iter().flatten().min();
            holder.person == substitute.absent && begins.zip(ends).is_none_or(|(begins, ends)| begins <= ends)
        }),
        RoleKind::Every(_) | RoleKind::Anyone => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn whoever_is_away_holds_something() {
        let roles = "roles: {a: {held_by: {li: {to: 2026-02-28}}}, b: {held_by: [wu]}}\n";
        let policy = |list: &str| format!("{roles}substitutes:\n{list}");
        let field = "subjects: {o: {fields: {owner: person}}}\nroles: {c: {of: o.owner}}\n";
        check(
            Code::UnknownPerson,
            &[
                (&policy("  - {for: li, by: wu, from: 2026-02-28}\n"), &[]),
                (&policy("  - {for: li, by: wu, from: 2026-03-01}\n"), &[(3, "li")]),
                (&policy("  - {for: li, by: wu, roles: b}\n"), &[(3, "li")]),
                (&policy("  - {for: zhao, by: wu}\n"), &[(3, "zhao")]),
                (&format!("{field}substitutes: [{{for: zhao, by: wu}}]\n"), &[]),
            ],
        );
    }
}
