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
    run(folder("sales-service"), 370);
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
fn clocks_duties_and_parameters_count_days_in_their_own_way() {
    run(own("conventions"), 4);
}

#[test]
fn four_eyes_and_every_way_round_them() {
    run(own("four-eyes"), 25);
}

/// Other values for parameters, by file; each has to make at least one scenario of that name fail, or nothing watches over
/// the parameter.
const CHANGED: &[(&str, &str, &str)] = &[
    ("adoption", "revision_receipts", "11 working days"),
    ("chat", "chat_reply", "4 business minutes"),
    ("complaints", "complaint_escalates", "3 wall hours"),
    ("complaints", "complaint_interim", "3 working days"),
    ("complaints", "complaint_visit", "3 working days"),
    ("conduct", "data_incident_report", "25 wall hours"),
    ("conduct", "incident_appeal", "4 working days"),
    ("conduct", "incident_appeal_decided", "30 working days"),
    ("conduct", "incident_finding", "6 working days"),
    ("conduct", "incident_hearing", "4 working days"),
    ("conduct", "incident_proposal", "30 working days"),
    ("conduct", "incident_sanction", "30 working days"),
    ("contracts", "contract_answer", "3 working days"),
    ("contracts", "contract_archive", "2 working days"),
    ("contracts", "contract_review", "3 working days"),
    ("deliveries", "delivery_check", "4 working days"),
    ("deliveries", "delivery_day", "7 business hours"),
    ("deliveries", "discrepancy_settle", "4 working days"),
    ("deliveries", "install_within", "4 working days"),
    ("enquiries", "enquiry_answer", "2 working days"),
    ("hotline", "hotline_restore", "29 business minutes"),
    ("kpi", "kpi_weights.sales", "50%"),
    ("marketing", "asset_again", "7 months"),
    ("marketing", "asset_review", "4 working days"),
    ("marketing", "fair_answer", "4 working days"),
    ("marketing", "fair_report", "4 working days"),
    ("onboarding", "hr_decides", "2 working days"),
    ("onboarding", "onboarding_length", "8 working days"),
    ("onboarding", "pass_mark", "81 points"),
    ("onboarding", "resit_within", "2 working days"),
    ("onboarding", "resits_allowed", "2 times"),
    ("onboarding", "training_finish", "16 working days"),
    ("orders", "order_allocate", "2 working days"),
    ("orders", "order_audit", "2 working days"),
    ("orders", "order_confirm", "5 business hours"),
    ("orders", "order_delay_told", "5 business hours"),
    ("orders", "order_enter", "3 business hours"),
    ("orders", "order_progress", "6 working days"),
    ("orders", "order_rejection_told", "2 working days"),
    ("orders", "order_remedy", "3 working days"),
    ("performance", "coaching_least", "15 calendar days"),
    ("performance", "coaching_opens", "4 working days"),
    ("performance", "coaching_plan", "29 calendar days"),
    ("performance", "review_after", "4 periods"),
    ("performance", "review_within", "9 working days"),
    ("recruiting", "candidate_answer", "11 working days"),
    ("recruiting", "interview_pass", "71 points"),
    ("recruiting", "simulation_pass", "71 points"),
    ("repairs", "repair_confirm", "3 working days"),
    ("repairs", "repair_escalates", "3 business hours"),
    ("research", "research_analysis", "11 working days"),
    ("returns", "consumer_repairs", "1"),
    ("returns", "return_audit", "2 working days"),
    ("returns", "return_done", "6 working days"),
    ("returns", "return_inspect", "3 working days"),
    ("supervision", "sample_share", "61"),
    ("visits", "problem_answer", "4 working days"),
    ("visits", "survey_highest", "6 points"),
    ("visits", "visit_attempts", "2"),
    ("visits", "visit_within", "8 calendar days"),
];

#[test]
fn a_limit_is_what_the_command_lists_and_not_the_next_timer() {
    let policy = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
roles: {lead: {held_by: [zhou]}}
subjects: {chat: {fields: {}}}
workflows:
  w:
    subject: chat
    events: {ask: {}, decided: {by: lead, data: {choice: [keep, drop]}}}
    clocks: {answer: {starts: ask, stops: decided, within: 5 working days, warn: {at: 50%, notify: lead}}}
    states:
      open: {on_event: {ask: asked}}
      asked:
        effects: [{ask: lead, decide: [keep, drop], within: 3 working days}]
        on_event: {decided: over}
      over: {done: yes}
";
    let policy = Policy::from_texts(&[("t.yaml", policy)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let text = "scenario: 期限是最早要办的,不是下一次提醒
given: {chat/1: {at: 2026-03-02 09:00}}
happens:
  - {at: 2026-03-02 10:00, to: chat/1, ask: {}, by: lead/zhou}
  - {at: 2026-03-06 10:00, to: chat/1, decided: {choice: keep}, by: lead/zhou}
expect:
  - {at: 2026-03-02 09:30, due: {chat/1: none}}
  - {at: 2026-03-02 11:00, due: {chat/1: 2026-03-05 18:00}}
  - {at: 2026-03-02 11:00, next_due: {chat/1: 2026-03-05 09:30}}
  - {at: 2026-03-06 09:00, due: {chat/1: 2026-03-05 18:00}}
  - {due: {chat/1: none}}
  - {next_due: {chat/1: none}}
";
    let scenarios = Scenario::from_text("t.yaml", text).unwrap_or_else(|report| panic!("{report}"));
    let verdict = scenarios[0].run(&policy).unwrap_or_else(|report| panic!("{report}"));
    assert!(verdict.passed, "{verdict}");
}

#[test]
fn every_parameter_is_watched_over() {
    let scenarios = Scenario::read_folder(folder("sales-service")).unwrap();
    let mut unseen = Vec::new();
    for (file, name, value) in CHANGED {
        let mut options = Options::default();
        options.parameters.insert((*name).into(), (*value).to_owned());
        if *name == "kpi_weights.sales" {
            options.parameters.insert("kpi_weights.response".into(), "20%".to_owned());
        }
        let policy =
            Policy::load_with(folder("sales-service"), &options).unwrap_or_else(|report| panic!("{report}"));
        let fails = |scenario: &Scenario| !scenario.run(&policy).is_ok_and(|verdict| verdict.passed);
        let of_file = |scenario: &&Scenario| scenario.place().path.ends_with(&format!("/{file}.yaml"));
        if !scenarios.iter().filter(of_file).any(fails) {
            unseen.push(*name);
        }
    }
    assert_eq!(unseen, Vec::<&str>::new());
}
