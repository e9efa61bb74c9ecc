//! Tests over `tests/corpus/bad/scenario`: mistakes of testers, one snapshot of what is said about each file.

use std::path::Path;

use super::Scenario;
use crate::diag::Report;
use crate::diag::corpus::each_is_explained;
use crate::lang::Lang;
use crate::model::Policy;

/// What is said about a file: when it is read, else when it meets the policy.
fn report(policy: &Policy, name: &str, text: &str) -> Option<Report> {
    match Scenario::from_text(name, text) {
        Err(report) => Some(report),
        Ok(scenarios) => scenarios.iter().find_map(|scenario| scenario.run(policy).err()),
    }
}

#[test]
fn each_bad_scenario_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policy = Policy::load(root.join("policies/sales-service")).unwrap();
    each_is_explained("scenario", 12, |name, bytes| {
        report(&policy, name, std::str::from_utf8(bytes).unwrap())
    });
}

/// What is told of a scenario that fails, in both languages.
#[test]
fn a_failure_shows_both_sides_and_the_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policy = Policy::load(root.join("policies/sales-service")).unwrap();
    let text = "scenario: 期望写反了\n\
        given:\n  staff/li: {hired: 2026-03-23, manager: zhou, position: sales, attended: all}\n\
        happens:\n  - {at: 2026-04-01 15:00, to: staff/li, exam_taken: {score: 72 points}, by: hr/zhao}\n\
        expect:\n  - {staff/li: {onboarding: certified, learned_skill: no}}\n  - {refused: {event: exam_taken}}\n  \
        - {clock: {staff/li: {take: met, due: 2026-04-07 18:00}}}\n  - {no_effect: {notify: trainer, subject: staff/li}}\n  \
        - {effect: {notify: hr, message: 补课}}\n  - {cites: [\"2.2.2\"]}\n";
    let scenarios = Scenario::from_text("wrong.yaml", text).unwrap();
    let verdict = scenarios[0].run(&policy).unwrap();
    assert!(!verdict.passed);
    insta::assert_snapshot!("failure-zh", verdict.render(Lang::Zh));
    insta::assert_snapshot!("failure-en", verdict.render(Lang::En));
}
