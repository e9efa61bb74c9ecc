//! A scenario as a tester writes it: shapes only, nothing resolved. Every text keeps its place.

use crate::source::Span;
use crate::syntax::node::Node;
use crate::syntax::raw::{Named, RawCalendar, Text};

/// One scenario.
#[derive(Clone, Debug)]
pub struct Written {
    /// `scenario:`
    pub name: Text,
    /// `clause:`
    pub clauses: Vec<Text>,
    /// `set:`
    pub set: Option<Set>,
    /// `given:` a subject with its fields, or a role with a person: `hr/zhao`.
    pub given: Vec<Named<Vec<Named<Node>>>>,
    /// `happens:`
    pub happens: Vec<Happening>,
    /// `expect:`
    pub expect: Vec<Expectation>,
}

/// `set:`
#[derive(Clone, Debug)]
pub struct Set {
    /// `parameters:` a value, or the members of a set.
    pub parameters: Vec<Named<Node>>,
    /// `roles:` role → persons.
    pub roles: Vec<Named<Vec<Text>>>,
    /// `calendars:`
    pub calendars: Vec<Named<RawCalendar>>,
}

/// One line of `happens:`
#[derive(Clone, Debug)]
pub struct Happening {
    /// Where it stands.
    pub span: Span,
    /// `at:`
    pub at: Option<Text>,
    /// `to:`
    pub to: Option<Text>,
    /// `by:`
    pub by: Option<Text>,
    /// `on_behalf_of:`
    pub on_behalf_of: Option<Text>,
    /// `known:`
    pub known: Option<Text>,
    /// `id:`
    pub id: Option<Text>,
    /// `order:`
    pub order: Option<Text>,
    /// `case:`
    pub case: Option<Text>,
    /// `corrects:`
    pub corrects: Option<Text>,
    /// `void:`
    pub void: Option<Text>,
    /// `reason:`
    pub reason: Option<Text>,
    /// `advance:`
    pub advance: Option<Text>,
    /// The event and its data.
    pub event: Option<Named<Vec<Named<Node>>>>,
}

/// One line of `expect:`; each thing that stands in it is checked at the same instant.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// `at:`
    pub at: Option<Text>,
    /// What is expected.
    pub wants: Vec<Want>,
}

/// One thing expected.
#[derive(Clone, Debug)]
pub enum Want {
    /// `staff/li: {onboarding: certified}`: states of workflows and values of fields.
    Subject(Named<Vec<Named<Vec<Text>>>>),
    /// `refused: none`
    NotRefused(Span),
    /// `refused: {event, reason}`
    Refused(Refused),
    /// `cites: [...]`
    Cites(Vec<Text>),
    /// `clock: {chat/88: {reply: met, due: …}}`
    Clock(Named<Vec<Named<Text>>>),
    /// `effect: {…}`
    Effect(Owed),
    /// `no_effect: {…}`
    NoEffect(Owed),
    /// `score: {staff/li: {…}}`
    Score(Named<Scored>),
    /// `streak: {staff/li: {failing: 2}}`
    Streak(Named<Vec<Named<Text>>>),
    /// `due: {staff/li: …}`
    Due(Named<Text>),
    /// `next_due: {staff/li: …}`
    NextDue(Named<Text>),
    /// `explains: {staff/li: [...]}`
    Explains(Named<Vec<Text>>),
    /// `table: {consequence: {band: D, …, action: coach}}`
    Table(Named<Vec<Named<Text>>>),
    /// `reviews: 1`
    Reviews(Text),
    /// `rejudged: [...]`
    Rejudged(Vec<Text>),
    /// `ground_lost: [...]`
    GroundLost(Vec<Text>),
}

/// `refused: {…}`
#[derive(Clone, Debug)]
pub struct Refused {
    /// `event:`
    pub event: Option<Text>,
    /// `reason:`
    pub reason: Option<Text>,
    /// `subject:`
    pub subject: Option<Text>,
    /// `message:`
    pub message: Option<Text>,
}

/// `effect: {…}`
#[derive(Clone, Debug)]
pub struct Owed {
    /// `notify:`, `ask:` or `call:`
    pub what: Option<(OwedKind, Text)>,
    /// `subject:`
    pub subject: Option<Text>,
    /// `to:`
    pub to: Option<Text>,
    /// `message:`
    pub message: Option<Text>,
}

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwedKind {
    /// A notice.
    Notify,
    /// A question.
    Ask,
    /// A call.
    Call,
}

/// `score: {staff/li: {…}}`
#[derive(Clone, Debug)]
pub struct Scored {
    /// `period:`
    pub period: Option<Text>,
    /// `card:`
    pub card: Option<Text>,
    /// `score:`
    pub score: Option<Text>,
    /// `band:`
    pub band: Option<Text>,
    /// `result:`
    pub result: Option<Text>,
    /// `status:`
    pub status: Option<Text>,
}

impl OwedKind {
    /// The key it stands under.
    pub fn word(self) -> &'static str {
        match self {
            OwedKind::Notify => "notify",
            OwedKind::Ask => "ask",
            OwedKind::Call => "call",
        }
    }
}
