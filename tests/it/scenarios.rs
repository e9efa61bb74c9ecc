//! Every scenario of every policy that ships, and the differences told where one fails.

use std::path::PathBuf;

use rulebook::{Policy, Scenario};

fn folder(policy: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies").join(policy)
}

/// Runs every scenario of a policy; each failure is printed.
fn run(name: &str, at_least: usize) {
    let policy = Policy::load(folder(name)).unwrap_or_else(|report| panic!("{report}"));
    let scenarios = Scenario::read_folder(folder(name)).unwrap_or_else(|report| panic!("{report}"));
    assert!(scenarios.len() >= at_least, "{} scenarios", scenarios.len());
    let mut failed = 0;
    for scenario in &scenarios {
        match scenario.run(&policy) {
            Ok(verdict) if verdict.passed => {}
            Ok(verdict) => {
                failed += 1;
                println!("{verdict}\n");
            }
            Err(report) => {
                failed += 1;
                println!("{}\n{report}\n", scenario.name);
            }
        }
    }
    assert_eq!(failed, 0, "of {} scenarios", scenarios.len());
}

#[test]
fn sales_service() {
    run("sales-service", 130);
}
