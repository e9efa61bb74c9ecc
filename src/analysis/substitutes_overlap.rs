//! Two who stand in for one person at a time for the same role: either may act, and neither knows of the other.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::Model;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for (idx, first) in model.substitutes.iter().enumerate() {
        for second in model.substitutes.iter().skip(idx + 1) {
            if first.absent != second.absent || !first.meets(second) {
                continue;
            }
            let message = Message::new("substitutes-overlap", [&first.absent, &first.by, &second.by]);
            let finding = Diagnostic::warning(Code::SubstitutesOverlap, second.span, message);
            found.push(
                finding
                    .also(first.span, Message::plain("first-here"))
                    .help(Message::plain("substitutes-overlap-help")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn one_stands_in_at_a_time() {
        let roles = "roles: {a: {held_by: [li]}, b: {held_by: [li]}}\n";
        let policy = |list: &str| format!("{roles}substitutes:\n{list}");
        check(
            Code::SubstitutesOverlap,
            &[
                (
                    &policy(
                        "  - {for: li, by: wu, to: 2026-03-02}\n  - {for: li, by: he, from: 2026-03-02}\n",
                    ),
                    &[(4, "he")],
                ),
                (
                    &policy(
                        "  - {for: li, by: wu, to: 2026-03-01}\n  - {for: li, by: he, from: 2026-03-02}\n",
                    ),
                    &[],
                ),
                (&policy("  - {for: li, by: wu, roles: a}\n  - {for: li, by: he, roles: b}\n"), &[]),
                (&policy("  - {for: li, by: wu, roles: a}\n  - {for: li, by: wu}\n"), &[(4, "wu")]),
            ],
        );
    }
}
