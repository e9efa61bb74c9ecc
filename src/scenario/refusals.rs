//! Whether every rule about persons is watched over: for each a scenario in which it refuses.

use std::collections::BTreeSet;
use std::path::Path;

use super::Scenario;
use crate::engine::Refusal;
use crate::model::{Model, Policy};

/// Every rule about persons, as `kind.event rule`.
fn rules(model: &Model) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    for event in &model.events {
        let name = format!("{}.{}", model.kind(event.kind).name, event.name);
        if !event.by.is_empty() {
            rules.insert(format!("{name} by"));
        }
        if let Some(four_eyes) = &event.four_eyes {
            rules.extend(four_eyes.of.iter().map(|of| format!("{name} against {}", model.event(*of).name)));
            rules.extend(four_eyes.not.iter().map(|not| format!("{name} against {}", not.written.text)));
        }
        rules
            .extend(event.permissions.iter().map(|id| format!("{name} only {}", model.permission(*id).name)));
    }
    for kind in &model.kinds {
        let own = kind.fields.iter().filter(|field| !field.changed_by.is_empty());
        rules.extend(own.map(|field| format!("{}.changed {} by", kind.name, field.name)));
    }
    rules
}

/// The rules that refused something in a scenario.
fn refusing(policy: &Policy, scenario: &Scenario) -> BTreeSet<String> {
    let verdict = scenario.run(policy).unwrap_or_else(|report| panic!("{report}"));
    let mut rules = BTreeSet::new();
    for (subject, step) in &verdict.steps {
        let (Some(record), Some(refusal)) = (&step.record, step.outcome.refusal()) else { continue };
        let name = format!("{}.{}", subject.split('/').next().unwrap(), record.event);
        rules.extend(match refusal {
            Refusal::WrongRole { field: None, .. } => Some(format!("{name} by")),
            Refusal::WrongRole { field: Some(field), .. } => Some(format!("{name} {field} by")),
            Refusal::FourEyes { against, known: true, .. } => Some(format!("{name} against {against}")),
            Refusal::NotPermitted { permission, .. } => Some(format!("{name} only {permission}")),
            _ => None,
        });
    }
    rules
}

#[test]
fn every_rule_about_persons_refuses_in_a_scenario() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = std::fs::read_dir(root.join("tests/policies")).unwrap();
    // A family of revisions is a folder of policies.
    let is_policy = |folder: &std::path::PathBuf| folder.join("policy.yaml").is_file();
    let inside = |folder: std::path::PathBuf| -> Vec<std::path::PathBuf> {
        if is_policy(&folder) {
            return vec![folder];
        }
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(is_policy).collect()
    };
    let mut folders: Vec<_> = own.flat_map(|entry| inside(entry.unwrap().path())).collect();
    folders.sort();
    folders.push(root.join("policies/sales-service"));
    assert!(folders.len() >= 4);
    let (mut unwatched, mut rules_in_all) = (Vec::new(), 0);
    for folder in folders {
        let policy = Policy::load(&folder).unwrap_or_else(|report| panic!("{report}"));
        let scenarios = Scenario::read_folder(&folder).unwrap_or_else(|report| panic!("{report}"));
        let refused: BTreeSet<String> =
            scenarios.iter().flat_map(|scenario| refusing(&policy, scenario)).collect();
        let of_policy = rules(&policy.model);
        rules_in_all += of_policy.len();
        unwatched
            .extend(of_policy.difference(&refused).map(|rule| format!("{}: {rule}", policy.model.header.id)));
    }
    assert_eq!(unwatched, Vec::<String>::new());
    assert!(rules_in_all >= 70, "{rules_in_all}");
}
