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

/// Other values for parameters; each has to make at least one scenario fail, or nothing watches over the parameter.
const CHANGED: &[(&str, &str)] = &[
    ("asset_again", "7 months"),
    ("asset_review", "4 working days"),
    ("candidate_answer", "11 working days"),
    ("chat_reply", "4 business minutes"),
    ("coaching_least", "15 calendar days"),
    ("coaching_opens", "4 working days"),
    ("coaching_plan", "29 calendar days"),
    ("complaint_escalates", "3 wall hours"),
    ("complaint_interim", "3 working days"),
    ("complaint_visit", "3 working days"),
    ("consumer_repairs", "1"),
    ("contract_answer", "3 working days"),
    ("contract_archive", "2 working days"),
    ("contract_review", "3 working days"),
    ("data_incident_report", "25 wall hours"),
    ("delivery_check", "4 working days"),
    ("delivery_day", "7 business hours"),
    ("discrepancy_settle", "4 working days"),
    ("enquiry_answer", "2 working days"),
    ("fair_answer", "4 working days"),
    ("fair_report", "4 working days"),
    ("hotline_restore", "29 business minutes"),
    ("hr_decides", "2 working days"),
    ("incident_appeal", "4 working days"),
    ("incident_appeal_decided", "30 working days"),
    ("incident_finding", "6 working days"),
    ("incident_hearing", "4 working days"),
    ("incident_proposal", "30 working days"),
    ("incident_sanction", "30 working days"),
    ("install_within", "4 working days"),
    ("interview_pass", "71 points"),
    ("kpi_weights.sales", "50%"),
    ("onboarding_length", "8 working days"),
    ("order_allocate", "2 working days"),
    ("order_audit", "2 working days"),
    ("order_confirm", "5 business hours"),
    ("order_delay_told", "5 business hours"),
    ("order_enter", "3 business hours"),
    ("order_progress", "6 working days"),
    ("order_rejection_told", "2 working days"),
    ("order_remedy", "3 working days"),
    ("pass_mark", "81 points"),
    ("problem_answer", "4 working days"),
    ("repair_confirm", "3 working days"),
    ("repair_escalates", "3 business hours"),
    ("research_analysis", "11 working days"),
    ("resit_within", "2 working days"),
    ("resits_allowed", "2 times"),
    ("return_audit", "2 working days"),
    ("return_done", "6 working days"),
    ("return_inspect", "3 working days"),
    ("review_after", "4 periods"),
    ("review_within", "9 working days"),
    ("revision_receipts", "11 working days"),
    ("sample_share", "61"),
    ("simulation_pass", "71 points"),
    ("survey_highest", "6 points"),
    ("training_finish", "16 working days"),
    ("visit_attempts", "2"),
    ("visit_within", "8 calendar days"),
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
