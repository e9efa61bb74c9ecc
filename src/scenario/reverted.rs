//! Scenarios of a base run against an overlay: which of the values it replaced makes one fail.

use std::collections::{BTreeMap, BTreeSet};

use super::Scenario;
use super::overlay::recompiled;
use crate::compile::Options;
use crate::model::Policy;

/// A policy that extends another, with what it replaced taken back one by one.
pub struct Reverted<'a> {
    policy: &'a Policy,
    /// By the paths taken back: the policy, if it is one.
    compiled: BTreeMap<BTreeSet<String>, Option<Policy>>,
}

impl<'a> Reverted<'a> {
    /// Of a policy.
    pub fn new(policy: &'a Policy) -> Reverted<'a> {
        Reverted { policy, compiled: BTreeMap::new() }
    }

    /// The paths at which the policy replaced something and that make the scenario fail: each of them alone if it alone, taken
    /// back, lets it pass; else the fewest that do so together. Nothing if it fails for another reason.
    pub fn causes(&mut self, scenario: &Scenario) -> Option<BTreeSet<String>> {
        let all: BTreeSet<String> = self.policy.replaced().iter().map(|one| one.path.clone()).collect();
        let alone: BTreeSet<String> = all
            .iter()
            .filter(|path| self.passes(scenario, BTreeSet::from([(*path).clone()])))
            .cloned()
            .collect();
        if !alone.is_empty() {
            return Some(alone);
        }
        if all.is_empty() || !self.passes(scenario, all.clone()) {
            return None;
        }
        let mut needed = all.clone();
        for path in &all {
            let mut fewer = needed.clone();
            fewer.remove(path);
            if self.passes(scenario, fewer.clone()) {
                needed = fewer;
            }
        }
        Some(needed)
    }

    fn passes(&mut self, scenario: &Scenario, paths: BTreeSet<String>) -> bool {
        let policy = self.compiled.entry(paths).or_insert_with_key(|paths| {
            let options = Options {
                functions: self.policy.model.host.0.clone(),
                base_values: paths.clone(),
                ..Options::default()
            };
            recompiled(self.policy, &options).ok()
        });
        policy.as_ref().is_some_and(|policy| scenario.run(policy).is_ok_and(|verdict| verdict.passed))
    }
}
