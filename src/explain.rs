//! Explanations: a trace turned into prose, Chinese and English, for people who never see the YAML.
//!
//! A trace alone suffices: nothing here judges anything again. Each line says what happened, on which day, under which
//! clause, with which values and which version of a parameter, who is answerable, and what comes next.

use crate::engine::{DueItem, Refusal, ScoreResult, State, Step, Trace};
use crate::lang::Lang;
use crate::model::Policy;

mod coverage;
mod due;
mod refusal;
mod score;
mod standing;
mod story;
mod words;

pub use coverage::Coverage;
pub(crate) use due::name as name_of_due;
pub use story::Move;
pub(crate) use words::Words;

impl Trace {
    /// Everything that happened, in order, one line each, with reasons indented below.
    pub fn explain(&self, policy: &Policy, lang: Lang) -> String {
        story::in_order(policy, self, lang)
    }
}

/// The whole story of a subject: newest first, grouped by day in the policy's zone, each entry with its clauses.
///
/// `steps` come as [`Policy::fold_telling`] tells them: oldest first.
pub fn story(policy: &Policy, steps: &[Step], lang: Lang) -> String {
    story::newest_first(policy, steps, None, lang)
}

/// As [`story`], of one case only: `coaching/2`.
pub fn story_of_case(policy: &Policy, steps: &[Step], case: &str, lang: Lang) -> String {
    story::newest_first(policy, steps, Some(case), lang)
}

/// Every move of every case of a subject, oldest first, with what led to it and under which clauses.
pub fn moves(policy: &Policy, steps: &[Step], lang: Lang) -> Vec<Move> {
    story::moves(policy, steps, lang)
}

/// Where a subject stands: its fields, its cases with their states, and everything due with its reckoning.
pub fn standing(policy: &Policy, state: &State, lang: Lang) -> String {
    standing::explain(&Words::new(&policy.model, lang), state)
}

/// Why the rules said no: the reason with its values, the clause, who has to act and what to do next.
pub fn refusal(policy: &Policy, refusal: &Refusal, lang: Lang) -> String {
    refusal::explain(&Words::new(&policy.model, lang), refusal, None)
}

/// A result with every number: indicators, weights, contributions, rounding, band, and how far the next better band is.
pub fn score(policy: &Policy, result: &ScoreResult, lang: Lang) -> String {
    score::explain(&Words::new(&policy.model, lang), result)
}

/// Something that is due: until when, by which time limit and calendar, under which clause, late or not.
pub fn due(policy: &Policy, item: &DueItem, lang: Lang) -> String {
    due::explain(&Words::new(&policy.model, lang), item)
}
