//! A substitute who is away himself: whoever stands in for him does not stand in for the person whom he stands in for.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::Model;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for first in &model.substitutes {
        for second in model.substitutes.iter().filter(|second| second.absent == first.by) {
            if second.by == first.absent || !first.meets(second) {
                continue;
            }
            let message = Message::new("substitute-chain", [&second.by, &first.absent, &first.by]);
            let finding = Diagnostic::warning(Code::SubstituteChain, second.span, message);
            let finding = finding.also(first.span, Message::plain("substitute-chain-here"));
            found.push(finding.help(Message::new("substitute-chain-help", [&first.absent])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_substitute_does_not_hand_on() {
        let roles = "roles: {a: {held_by: [li, wu]}, b: {held_by: [li, wu]}}\n";
        let policy = |list: &str| format!("{roles}substitutes:\n{list}");
        check(
            Code::SubstituteChain,
            &[
                (&policy("  - {for: li, by: wu}\n  - {for: wu, by: he}\n"), &[(4, "he")]),
                (
                    &policy(
                        "  - {for: li, by: wu, to: 2026-03-01}\n  - {for: wu, by: he, from: 2026-03-02}\n",
                    ),
                    &[],
                ),
                (&policy("  - {for: li, by: wu, roles: a}\n  - {for: wu, by: he, roles: b}\n"), &[]),
                (
                    &policy("  - {for: li, by: wu, roles: a}\n  - {for: wu, by: he, roles: [a, b]}\n"),
                    &[(4, "he")],
                ),
            ],
        );
    }
}
