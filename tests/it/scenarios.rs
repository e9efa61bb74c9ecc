//! Every scenario of every policy that ships, and the differences told where one fails.

use std::path::PathBuf;

use rulebook::{Options, Policy, Scenario};

fn folder(policy: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies").join(policy)
}

/// A policy of the tests' own, for what the shipped ones do not use.
fn own(policy: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/policies").join(policy)
}

/// Runs every scenario of a policy; each failure is shown.
fn run(folder: PathBuf, at_least: usize) {
    let policy = Policy::load(&folder).unwrap_or_else(|report| panic!("{report}"));
    let scenarios = Scenario::read_folder(&folder).unwrap_or_else(|report| panic!("{report}"));
    assert!(scenarios.len() >= at_least, "{} scenarios", scenarios.len());
    let mut failed = Vec::new();
    for scenario in &scenarios {
        match scenario.run(&policy) {
            Ok(verdict) if verdict.passed => {}
            Ok(verdict) => {
                failed.push(verdict.to_string());
            }
            Err(report) => {
                failed.push(format!("{}\n{report}", scenario.name));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {} scenarios:\n{}", failed.len(), scenarios.len(), failed.join("\n\n"));
}

#[test]
fn sales_service() {
    run(folder("sales-service"), 130);
}

#[test]
fn clocks_that_stand_still_warn_escalate_and_change_their_limit() {
    run(own("service-desk"), 15);
}

#[test]
fn duties() {
    run(own("duties"), 13);
}

#[test]
fn four_eyes_and_every_way_round_them() {
    run(own("four-eyes"), 25);
}

/// Other values for parameters; each has to make at least one scenario fail, or nothing watches over the parameter.
const CHANGED: &[(&str, &str)] = &[
    ("chat_reply", "4 business minutes"),
    ("coaching_least", "15 calendar days"),
    ("coaching_opens", "4 working days"),
    ("coaching_plan", "29 calendar days"),
    ("hotline_restore", "29 business minutes"),
    ("hr_decides", "2 working days"),
    ("kpi_weights.sales", "50%"),
    ("onboarding_length", "8 working days"),
    ("order_audit", "2 working days"),
    ("order_enter", "3 business hours"),
    ("pass_mark", "81 points"),
    ("resit_within", "2 working days"),
    ("resits_allowed", "2 times"),
    ("review_after", "4 periods"),
    ("review_within", "9 working days"),
    ("survey_highest", "6 points"),
    ("training_finish", "16 working days"),
    ("visit_attempts", "2"),
    ("visit_within", "8 calendar days"),
];

#[test]
fn every_parameter_is_watched_over() {
    let scenarios = Scenario::read_folder(folder("sales-service")).unwrap();
    let mut unseen = Vec::new();
    for (name, value) in CHANGED {
        let mut options = Options::default();
        options.parameters.insert((*name).into(), (*value).to_owned());
        if *name == "kpi_weights.sales" {
            options.parameters.insert("kpi_weights.response".into(), "20%".to_owned());
        }
        let policy =
            Policy::load_with(folder("sales-service"), &options).unwrap_or_else(|report| panic!("{report}"));
        let fails = |scenario: &Scenario| !scenario.run(&policy).is_ok_and(|verdict| verdict.passed);
        if !scenarios.iter().any(fails) {
            unseen.push(*name);
        }
    }
    assert_eq!(unseen, Vec::<&str>::new());
}
