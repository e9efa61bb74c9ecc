//! What a step says: outcome, moves, effects, changes of clocks, samples.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ScoreResult, Trace};
use crate::lang::{Message, either};
use crate::record::Record;
use crate::value::{Duration, Value};

/// What came of one event, or of time passing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The record that was kept; `None` for a refusal at the door, a repeat, or time passing.
    pub record: Option<Arc<Record>>,
    /// How the rules answered.
    pub outcome: Outcome,
    /// Which cases moved, in order.
    pub moved: Vec<Arc<Moved>>,
    /// What is owed now.
    pub effects: Vec<Arc<Effect>>,
    /// What clocks did.
    pub clocks: Vec<Arc<ClockChange>>,
    /// Samples that came or changed (the same id replaces).
    pub samples: Vec<Sample>,
    /// Results of scorecards that came or changed.
    pub scored: Vec<Arc<ScoreResult>>,
    /// Earlier records whose outcome this one changed.
    pub rejudged: Vec<Rejudged>,
    /// Ids of effects that lost their cause.
    pub withdrawn: Vec<Arc<str>>,
    /// Ids of samples that are no more.
    pub vanished: Vec<Arc<str>>,
    /// Decisions whose ground is gone.
    pub ground_lost: Vec<GroundLost>,
    /// Everything that happened, in order.
    pub trace: Trace,
}

/// How the rules answered an event.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Outcome {
    /// At least one case changed its configuration or opened.
    Moved,
    /// Taken, and nothing moved.
    #[default]
    Stayed,
    /// The same event again: nothing was done.
    Repeated,
    /// The rules say no.
    Refused(Refusal),
}

/// Why the rules say no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The policy does not know the event for this kind of subject (at the door).
    UnknownEvent {
        /// The event's name.
        event: Arc<str>,
        /// Names of events that are near.
        near: Vec<Arc<str>>,
    },
    /// The policy does not know the kind of subject (at the door).
    UnknownSubject {
        /// The subject's name.
        subject: Arc<str>,
    },
    /// A field is missing or of another type (at the door).
    WrongShape {
        /// The item of data.
        field: Arc<str>,
        /// What was declared.
        expected: Arc<str>,
        /// What came.
        found: Arc<str>,
    },
    /// Dated beyond the horizon (at the door).
    Horizon {
        /// The instant it is dated.
        at: DateTime<Utc>,
        /// The latest instant that is taken.
        latest: DateTime<Utc>,
    },
    /// The same id came before with other content (at the door).
    Conflict {
        /// The id.
        id: Arc<str>,
    },
    /// No live case takes it: none was opened, or all are done.
    NotOpen {
        /// The state in which the case was done, if there was one.
        state: Option<Arc<str>>,
    },
    /// The state does not mention the event.
    NotInThisState {
        /// The workflow.
        workflow: Arc<str>,
        /// The state it is in.
        state: Arc<str>,
        /// The events that this state takes.
        takes: Vec<Arc<str>>,
    },
    /// The lower bound of the state is not reached.
    TooEarly {
        /// The state.
        state: Arc<str>,
        /// What must have passed.
        needed: Arc<str>,
        /// What has passed.
        so_far: Arc<str>,
        /// What the policy says to it.
        message: Option<Said>,
    },
    /// No transition's guard holds.
    Guard {
        /// The conditions that were tried.
        tried: Vec<Arc<str>>,
        /// What the policy says to it.
        message: Option<Said>,
    },
    /// A guard needs a value that nobody knows.
    Undecided {
        /// The value that nobody knows.
        path: Arc<str>,
    },
    /// A permission says no; logged against a person.
    NotPermitted {
        /// The permission.
        permission: Arc<str>,
        /// Its condition as written.
        condition: Arc<str>,
        /// Whom it is logged against.
        against: Option<Arc<str>>,
        /// What the policy says to it.
        message: Option<Said>,
    },
    /// The actor does not hold a role that may send it.
    WrongRole {
        /// Who tried.
        actor: Option<Arc<str>>,
        /// On whose behalf, if that was said: then no substitution in force covers it.
        on_behalf_of: Option<Arc<str>>,
        /// The roles that may.
        needed: Vec<Arc<str>>,
        /// The field that only they may change, if it is about one.
        field: Option<Arc<str>>,
    },
    /// It must rest on somebody else: a person behind it is behind another act too, or nobody knows the person.
    FourEyes {
        /// The person, or the login that several people use; `None`: nobody is named.
        person: Option<Arc<str>>,
        /// The other act, or what names the person: `submitted`, `order.owner`.
        against: Arc<str>,
        /// Whether the person is known; a login that several people use is nobody in particular.
        known: bool,
    },
    /// The decision was refused when it was taken; decide again.
    Decided,
}

/// A text of the policy, filled in, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// In the policy's language.
    pub own: Arc<str>,
    /// In English, if there is a translation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<Arc<str>>,
}

/// A case that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// When.
    pub at: DateTime<Utc>,
    /// The case: `onboarding/1`.
    pub case: Arc<str>,
    /// The states left.
    pub from: Arc<[Arc<str>]>,
    /// The states entered.
    pub to: Arc<[Arc<str>]>,
    /// Whether the case is done.
    pub done: bool,
    /// The clauses of the transition.
    pub clauses: Vec<Arc<str>>,
}

/// What made something happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// A record.
    Record(Arc<str>),
    /// A clock: `onboarding/1/finish/1@100%`.
    Clock(Arc<str>),
    /// A case that opened by date.
    Opening(Arc<str>),
    /// A result that became final: `monthly_kpi/2026-01`.
    Score(Arc<str>),
    /// A duty: `half_year_report/2026-H1`.
    Duty(Arc<str>),
}

/// Something the host shall do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Stable: hash of subject, case, cause, index and of what it says.
    pub id: Arc<str>,
    /// The subject.
    pub subject: Arc<str>,
    /// The case, if one.
    pub case: Option<Arc<str>>,
    /// When it came to be owed.
    pub at: DateTime<Utc>,
    /// What made it so.
    pub cause: Cause,
    /// The clause behind it.
    pub clause: Option<Arc<str>>,
    /// What to do.
    pub kind: EffectKind,
}

/// What the host shall do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EffectKind {
    /// Tell somebody.
    Notify {
        /// The recipient as the policy names it.
        role: Arc<str>,
        /// The persons behind it on that day.
        to: Vec<Arc<str>>,
        /// The message.
        message: Option<Said>,
    },
    /// Ask somebody to decide.
    Ask {
        /// The recipient as the policy names it.
        role: Arc<str>,
        /// The persons behind it on that day.
        to: Vec<Arc<str>>,
        /// The options.
        decide: Vec<Arc<str>>,
        /// Until when.
        due: Option<DateTime<Utc>>,
        /// The message.
        message: Option<Said>,
    },
    /// Send an event to another subject; a [`Runtime`](crate::Runtime) does that by itself.
    Send {
        /// The subject; `None`: nobody was named.
        to: Option<Arc<str>>,
        /// The event; `opened`: the subject comes into being.
        event: Arc<str>,
        /// Who acted, if somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Arc<str>>,
        /// On whose behalf.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<Arc<str>>,
        /// Its data.
        data: BTreeMap<Arc<str>, Value>,
    },
    /// Do something the host knows by name.
    Call {
        /// The name.
        name: Arc<str>,
        /// The arguments.
        args: BTreeMap<Arc<str>, Value>,
    },
}

/// What a clock did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockChange {
    /// When.
    pub at: DateTime<Utc>,
    /// The case: `chat/1`.
    pub case: Arc<str>,
    /// The clock's name.
    pub clock: Arc<str>,
    /// Its round.
    pub round: u32,
    /// When the round started.
    pub started: DateTime<Utc>,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// From when its time counts.
    pub counted_from: DateTime<Utc>,
    /// How long it was given.
    pub given: Duration,
    /// When it stood still; the last has no end while it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// What it did.
    pub event: ClockEvent,
    /// The clause behind it.
    pub clause: Option<Arc<str>>,
}

/// What a clock did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEvent {
    /// A round started.
    Started,
    /// A warning point passed.
    Warned,
    /// It stands still.
    Paused,
    /// It goes on.
    Resumed,
    /// It is due at another instant than before.
    Rescheduled,
    /// It was breached, and an escalation point passed.
    Escalated,
    /// The due instant passed.
    Breached,
    /// Stopped in time.
    Met,
    /// Stopped after the breach.
    MetLate,
    /// Ended without verdict.
    Cancelled,
}

/// A sample of a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Stable: source and measure, and record or round.
    pub id: Arc<str>,
    /// The measure.
    pub measure: Arc<str>,
    /// Who gets the credit; `None`: unattributed.
    pub person: Option<Arc<str>>,
    /// The instant that chooses the period.
    pub at: DateTime<Utc>,
    /// The value.
    pub value: Decimal,
    /// The subject it came from.
    pub source: Arc<str>,
}

/// An earlier record whose outcome changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejudged {
    /// The record.
    pub record: Arc<str>,
    /// What came of it before.
    pub then: Verdict,
    /// What comes of it now.
    pub now: Verdict,
}

/// What came of a record, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The reason word of the refusal, if it was refused.
    pub refused: Option<Arc<str>>,
    /// `case: state` after it, for each case that moved.
    pub moved: Vec<Arc<str>>,
}

/// A decision that stands although its ground is gone; a person has to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundLost {
    /// The decision's record.
    pub decision: Arc<str>,
    /// What it rested on.
    pub then: Arc<str>,
    /// What holds now.
    pub now: Arc<str>,
}

impl Outcome {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Outcome::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl Refusal {
    /// The reason in one word, as scenarios name it.
    pub fn reason(&self) -> &'static str {
        match self {
            Refusal::UnknownEvent { .. } => "unknown_event",
            Refusal::UnknownSubject { .. } => "unknown_subject",
            Refusal::WrongShape { .. } => "wrong_shape",
            Refusal::Horizon { .. } => "horizon",
            Refusal::Conflict { .. } => "conflict",
            Refusal::NotOpen { .. } => "not_open",
            Refusal::NotInThisState { .. } => "not_in_this_state",
            Refusal::TooEarly { .. } => "too_early",
            Refusal::Guard { .. } => "guard",
            Refusal::Undecided { .. } => "undecided",
            Refusal::NotPermitted { .. } => "not_permitted",
            Refusal::WrongRole { .. } => "wrong_role",
            Refusal::FourEyes { .. } => "four_eyes",
            Refusal::Decided => "decided",
        }
    }

    /// Whether it is final and not a record: the event never passed the door.
    pub fn at_the_door(&self) -> bool {
        matches!(
            self,
            Refusal::UnknownEvent { .. }
                | Refusal::UnknownSubject { .. }
                | Refusal::WrongShape { .. }
                | Refusal::Horizon { .. }
                | Refusal::Conflict { .. }
        )
    }

    /// The reason as a message.
    pub fn message(&self) -> Message {
        let join = |words: &[Arc<str>]| either(&words.join("、"), &words.join(", "));
        match self {
            Refusal::UnknownEvent { event, near } if near.is_empty() => {
                Message::new("refused-unknown-event", [event])
            }
            Refusal::UnknownEvent { event, near } => {
                Message::new("refused-unknown-event-near", [event.to_string(), join(near)])
            }
            Refusal::UnknownSubject { subject } => Message::new("refused-unknown-subject", [subject]),
            Refusal::WrongShape { field, expected, found } => {
                Message::new("refused-wrong-shape", [field, expected, found])
            }
            Refusal::Horizon { at, latest } => Message::new("refused-horizon", [at, latest]),
            Refusal::Conflict { id } => Message::new("refused-conflict", [id]),
            Refusal::NotOpen { state: None } => Message::plain("refused-not-open"),
            Refusal::NotOpen { state: Some(state) } => Message::new("refused-done", [state]),
            Refusal::NotInThisState { workflow, state, takes } => Message::new(
                "refused-not-in-this-state",
                [workflow.to_string(), state.to_string(), join(takes)],
            ),
            Refusal::TooEarly { state, needed, so_far, .. } => {
                Message::new("refused-too-early", [state, needed, so_far])
            }
            Refusal::Guard { tried, .. } => Message::new("refused-guard", [join(tried)]),
            Refusal::Undecided { path } => Message::new("refused-undecided", [path]),
            Refusal::NotPermitted { permission, condition, .. } => {
                Message::new("refused-not-permitted", [permission, condition])
            }
            Refusal::WrongRole { actor, on_behalf_of, needed, field } => {
                let actor = actor.as_deref().unwrap_or("—").to_owned();
                match (on_behalf_of, field) {
                    (Some(absent), _) => {
                        Message::new("refused-no-substitute", [actor, absent.to_string(), join(needed)])
                    }
                    (None, Some(field)) => {
                        Message::new("refused-wrong-role-field", [actor, field.to_string(), join(needed)])
                    }
                    (None, None) => Message::new("refused-wrong-role", [actor, join(needed)]),
                }
            }
            Refusal::FourEyes { person: Some(person), against, known: true } => {
                let named = against.contains('.');
                let key = if named { "refused-four-eyes-named" } else { "refused-four-eyes" };
                Message::new(key, [person, against])
            }
            Refusal::FourEyes { person: Some(person), against, known: false } => {
                Message::new("refused-four-eyes-shared", [person, against])
            }
            Refusal::FourEyes { person: None, against, .. } => {
                Message::new("refused-four-eyes-nobody", [against])
            }
            Refusal::Decided => Message::plain("refused-decided"),
        }
    }

    /// What the policy's author has it say, if anything.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Refusal::TooEarly { message, .. }
            | Refusal::Guard { message, .. }
            | Refusal::NotPermitted { message, .. } => message.as_ref(),
            _ => None,
        }
    }
}
