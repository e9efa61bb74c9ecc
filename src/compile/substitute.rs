//! `substitutes:` and `accounts:`: who stands in for whom, and which logins are no single person.

use super::read;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Account, RoleId, Substitute};
use crate::syntax::raw::{RawSubstitute, Text};

/// The logins that several people use.
pub(super) fn accounts(world: &World<'_>, out: &mut Out) -> Vec<Account> {
    let mut all = Vec::new();
    for entry in &world.raw.accounts {
        bare(&entry.name, out);
        let Some(shared) = &entry.value.shared else { continue };
        if read::yes_no(shared, out) == Some(false) {
            out.error(Code::BadWord, shared.span, Message::new("account-not-shared", [&entry.name.value]));
        }
        all.push(Account {
            name: entry.name.value.as_str().into(),
            label: world.label(&entry.value.label),
            span: entry.name.span,
        });
    }
    all
}

/// Who stands in for whom.
pub(super) fn compile(world: &World<'_>, accounts: &[Account], out: &mut Out) -> Vec<Substitute> {
    let all: Vec<Substitute> =
        world.raw.substitutes.iter().filter_map(|raw| one(world, raw, accounts, out)).collect();
    for (idx, first) in all.iter().enumerate() {
        for second in all.iter().skip(idx + 1) {
            if first.absent == second.by && first.by == second.absent && first.meets(second) {
                let message = Message::new("substitutes-mutual", [&first.absent, &first.by]);
                let finding = Diagnostic::error(Code::BadSubstitute, second.span, message);
                out.found.push(finding.also(first.span, Message::plain("first-here")));
            }
        }
    }
    all
}

fn one(world: &World<'_>, raw: &RawSubstitute, accounts: &[Account], out: &mut Out) -> Option<Substitute> {
    let roles: Vec<RoleId> = raw
        .roles
        .iter()
        .filter_map(|text| {
            let role = world.find_role(&text.value);
            if role.is_none() {
                world.unknown_role(text, out);
            }
            role
        })
        .collect();
    let from = raw.from.as_ref().and_then(|text| read::date(text, out));
    let to = raw.to.as_ref().and_then(|text| read::date(text, out));
    if let (Some(from), Some(to), Some(text)) = (from, to, &raw.to)
        && to < from
    {
        let message = Message::new("to-before-from", [to.to_string(), from.to_string()]);
        out.error(Code::VersionsOverlap, text.span, message);
    }
    let (absent, by) = (raw.absent.as_ref()?, raw.by.as_ref()?);
    for person in [absent, by] {
        bare(person, out);
        if accounts.iter().any(|account| *account.name == *person.value) {
            out.error(Code::BadSubstitute, person.span, Message::new("substitute-shared", [&person.value]));
        }
    }
    if absent.value == by.value {
        out.error(Code::BadSubstitute, by.span, Message::new("substitute-himself", [&by.value]));
    }
    Some(Substitute {
        absent: absent.value.as_str().into(),
        by: by.value.as_str().into(),
        from,
        to,
        roles,
        because: world.label(&raw.because),
        absent_span: absent.span,
        span: by.span,
    })
}

/// A person is written without a role or kind before the name.
fn bare(person: &Text, out: &mut Out) {
    if let Some((_, name)) = person.value.rsplit_once('/') {
        let message = Message::new("person-not-bare", [person.value.as_str(), name]);
        out.found.push(Diagnostic::error(Code::BadName, person.span, message).fix(person.span, name));
    }
}
