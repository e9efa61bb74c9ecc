//! `rulebook` turns a company's written regulation into software that runs, explains itself and can be tested.
//!
//! A policy is a folder of YAML: clauses, parameters, workflows, scorecards, decision tables, duties, permissions. It is
//! compiled once, with every mistake told at once, and is immutable from then on. A subject (`staff/li`, `chat/88`) is its
//! records; its state is a fold of them.
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use rulebook::{Event, Lang, Outcome, Policy, points};
//!
//! let policy = Policy::load("policies/sales-service").expect("the policy that ships has no mistakes");
//! let hired = Utc.with_ymd_and_hms(2026, 3, 23, 1, 0, 0).unwrap();
//! let mut li = policy.unopened("staff/li")?;
//! let opened = Event::new("opened").by("hr/zhao").with("hired", "2026-03-23").with("position", "sales");
//! policy.step(&mut li, &opened, hired)?;
//!
//! // The exam comes too early: a refusal is an ordinary outcome, with its reason.
//! let exam = Event::new("exam_taken").by("hr/zhao").with("score", points(84));
//! let step = policy.step(&mut li, &exam, hired)?;
//! let Outcome::Refused(why) = &step.outcome else { panic!("the training has not even begun") };
//! assert_eq!(why.reason(), "too_early");
//! println!("{}", step.trace.explain(&policy, Lang::En));
//! # Ok::<(), rulebook::Error>(())
//! ```
//!
//! # Goals and non-goals
//!
//! One place for what a regulation says; exact numbers, explicit time, law above policy, a person behind every decision.
//! Not a general rules language, not a workflow server: the host owns threads, timers and the database.
//!
//! # People
//!
//! Behind an actor (`hr/zhao`, `staff/zhao`, `zhao`) stands a person. A role names its holders by date (`held_by`), a field of the
//! subject (`of: staff.manager`), a path through other subjects (`of: staff.manager.manager`, captured with the record like
//! whatever a guard reads), every person of a kind, or anyone. Rules about persons, and what they mean:
//!
//! | written | meaning |
//! |---|---|
//! | `by: hr` of an event | who sends it holds one of these roles on the day it is dated |
//! | `substitutes: [{for: zhao, by: qian, from, to, roles}]` | qian holds zhao's roles, on these days, where the event says `on_behalf_of: zhao`; never `self`, never handed on; told along with zhao |
//! | `may_delegate: [hr]` of a kind of person | the same by an event of zhao's own: `delegated {to, roles?, from, until, reason}`; read at the door, and judged anew when it is corrected |
//! | `accounts: {desk-1: {shared: yes}}` | nobody knows who acts: refused on both sides of four eyes, and by permissions that ask of the actor |
//! | `four_eyes: [submitted]` | no person behind this act (sender, on whose behalf, correctors) is behind the latest `submitted` of the case |
//! | `not: [order.owner, event.payee]` | nor is whoever these name |
//! | `permissions: {p: {covers, only_if: "actor.onboarding == certified"}}` | the one who acts is qualified himself, for whomever he acts |
//! | `changed_by: director` of a field | only these roles change the field by `changed` |
//!
//! All of it is judged in the fold: a late record, a correction or a withdrawal is as if it had been known. A decision stands all
//! the same, and `ground_lost` tells what it has lost. Four eyes look back: an act dated before the other is judged before it and
//! finds nobody, so let states put the two in order. `withdraw` needs what the decision itself needed, or whoever took it. State
//! keeps, for each case, the persons behind the latest act of each event that some `four_eyes` names, and no more.
//!
//! ```
//! # use chrono::{TimeZone, Utc};
//! # use rulebook::{Event, Policy, yuan};
//! let policy = Policy::load("tests/policies/four-eyes").expect("it has no mistakes");
//! let mut claim = policy.unopened("claim/1")?;
//! let at = |minute| Utc.with_ymd_and_hms(2026, 3, 2, 2, minute, 0).unwrap();
//! policy.step(&mut claim, &Event::new("opened").by("clerk/li").with("owner", "zhou"), at(0))?;
//! policy.step(&mut claim, &Event::new("submitted").by("clerk/wang").with("amount", yuan(100)), at(1))?;
//!
//! // Ma stands in for wang, and wang has submitted it.
//! let checked = Event::new("checked").by("checker/ma").on_behalf_of("wang");
//! let step = policy.step(&mut claim, &checked, at(2))?;
//! assert_eq!(step.outcome.refusal().map(|why| why.reason()), Some("four_eyes"));
//! # Ok::<(), rulebook::Error>(())
//! ```
//!
//! # States inside states
//!
//! States nest, run side by side (`parallel`), and come back to where a case was (`history`), by the algorithm of W3C SCXML 1.0
//! (1 September 2015): sections 3.3 to 3.10 and 3.13, appendix D; document order decides ties. Not taken over: transitions
//! without an event, several targets, `invoke`. Otherwise than there: a transition from a state to itself, or into an atomic state
//! that is active, leaves nothing unless it says `reenter`; a refusal in one region refuses the event for the whole case; a
//! completion is only taken while it holds. `compensate` runs the `compensation` of states left before, the latest first.
//!
//! An effect may send an event to another subject or bring one into being ([`EffectKind::Send`]): a [`Runtime`] delivers it in
//! the same transaction, as a record that names its source, and takes it back where its cause is gone. Pure steps only tell it.
//!
//! # Code map
//!
//! Modules stand on floors; a module uses only floors below its own (a test holds that). From the ground up:
//!
//! | floor | modules | what they must never know |
//! |---|---|---|
//! | 0 | `error`, `quantity`, `value`, `source`, `lang`, `zone`, `scalar`, `period` | anything of policies |
//! | 1 | `diag`, `calendar` | YAML, rhai |
//! | 2 | `syntax` (YAML into raw sections; `compose` lays an overlay over its base, on trees), `script` (expressions; rhai is hidden inside) | what sections mean |
//! | 3 | `model` (validated, immutable; petgraph hidden inside), `record` | the engine |
//! | 4 | `compile` (raw to model, every mistake collected; graphs of earlier revisions) | files |
//! | 5 | `engine` (door, step, fold, clocks, migrations, scorecards, duties; pure) | stores, the wall clock |
//! | 6 | `analysis` (one finding a file), `explain` (traces to prose), `audit` (hash chain) | stores |
//! | 7 | `load` (the only policy-file I/O; migration plans), `store` (trait, memory, SQLite), `graph` (workflows as diagrams) | the wall clock |
//! | 8 | `runtime` (the only shell: step, append, hand effects over) | the wall clock: `now` is an argument |
//! | 9 | `scenario` (given, happens, expect, on a runtime in memory), `cli` | – |
//!
//! Invariants: floors 0–6 do no I/O, read no clock, use no chance; diagnostics are values; a model cannot be built invalid;
//! a trace alone suffices to explain a step; the same records give the same bytes in whatever order they were delivered.
//!
//! # A policy changes while cases run
//!
//! A revision is a hash of a policy's texts. A store keeps the log of adopted revisions ([`Adopted`]); the first event adopts a
//! new one, opening alone writes nothing. `compile` reads the workflows of earlier revisions in the context of the newest, so that
//! one model holds every graph that a case may have: [`Case::workflow`] is the graph a case is pinned to, [`Case::family`] the
//! workflow as it is today. Which graph opens a case, which values parameters have and who might do what is decided by when a
//! thing became *known*; hence any order of delivery folds to the same bytes. Everything else is as the newest revision says.
//! [`Runtime::live`] tells which graphs are followed; [`Runtime::plan`] and [`Runtime::migrate`] take cases over by a
//! [`Migration`], as records that are folded in their place. What a runtime gives is to be told by [`Runtime::policy`].

mod analysis;
mod audit;
mod calendar;
mod compile;
mod diag;
mod engine;
mod error;
mod explain;
mod graph;
mod lang;
mod load;
#[allow(dead_code, reason = "a model holds all that the policy says, also what nothing reads yet")]
mod model;
mod period;
mod quantity;
mod record;
mod runtime;
mod scalar;
mod scenario;
mod script;
mod source;
mod store;
mod syntax;
mod value;
mod zone;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use chrono;
pub use rust_decimal;

pub use audit::{AuditHead, Finding, Hash, root};
pub use compile::{Limits, Options};
pub use diag::{Code, Diagnostic, Fix, Mark, Report, Severity};
pub use engine::{
    Act, Case, Cause, ClockChange, ClockChoice, ClockEvent, Delegation, DueItem, DutyNews, DutyOpen,
    DutyState, Effect, EffectKind, Enabled, Entry, GroundLost, IndicatorResult, Moved, Outcome, ReadRequest,
    Reads, Refusal, Rejudged, Round, RoundStatus, Said, Sample, ScoreOutcome, ScoreResult, ScoreState,
    ScoreStatus, State, Step, Subject, TargetState, Trace, Verdict,
};
pub use error::{Error, ErrorKind, Result};
pub use graph::GraphFormat;
pub use lang::{Label, Lang, Message, catalogue};
pub use load::{Migration, PolicySet};
pub use model::{
    ClauseId, ClockId, DutyId, EventId, HostFunction, KindId, PermissionId, Policy, ReadId, ScorecardId,
    StateId, TableId, WorkflowId, Written,
};
pub use quantity::{ClockKind, Duration, TimeUnit, Unit};
pub use record::{Adopted, Data, Event, Record};
pub use runtime::{
    Advanced, Batch, Failed, Failure, Live, Moving, Passed, Plan, Refused, RunOptions, Runtime, Summary,
};
pub use scenario::{
    Facts, Failure as ScenarioFailure, FailureKind, Place, Reverted, Scenario, Verdict as ScenarioVerdict,
};
pub use script::builtin_functions;
pub use source::{FileId, SourceFile, Sources, Span, Spanned};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{
    Change, Delivery, Head, Kept, MemoryStore, Outgoing, Reading, Rejected, Review, Saved, Score, Store,
    Totals,
};
pub use syntax::compose::{Replaced, ReplacedKind};
pub use syntax::shape::schema::{json_schema, migration_schema};
pub use value::{ChoiceType, Type, Value, points, yuan};

/// Traces, results and refusals in prose, in Chinese and English.
pub mod prose {
    pub use crate::explain::{
        Coverage, Move, asked, due, moves, refusal, score, standing, story, story_of_case,
    };
}

/// Business time on its own: calendars, durations, due dates with their reasons, periods. No policy is needed.
///
/// A [`Calendar`](time::Calendar) comes from YAML ([`calendars`](time::calendars), [`Calendar::from_yaml`](time::Calendar::from_yaml)),
/// from code ([`CalendarDef`](time::CalendarDef)), from a policy ([`Policy::calendar`]) or with the crate
/// ([`Calendar::cn_office`](time::Calendar::cn_office)). It is laid out once; every answer is then a search by halves, so a
/// thousand working days cost what one costs (only an explanation takes time for each day it tells). Dates beyond the
/// coverage are an error, or provisional where the calendar says [`Beyond::Provisional`](time::Beyond::Provisional). A [`Duration`] is an amount, a unit and a clock:
///
/// | written | clock | counts |
/// |---|---|---|
/// | `24 wall hours`, `24 小时(连续)` | wall | elapsed time |
/// | `5 business minutes`, `30 分钟(工作时间)` | business | open windows |
/// | `3 working days`, `3 个工作日` | working | days with windows, the start day not counted |
/// | `7 calendar days`, `1 month`, `1 个月` | calendar | civil days and months, the start day not counted |
///
/// ```
/// use rulebook::Lang;
/// use rulebook::time::{Calendar, Conventions, Duration, instant};
///
/// let office = Calendar::cn_office().map_err(|report| report.to_string())?;
/// let start = instant("2026-04-01 15:00", office.zone())?;
/// let limit: Duration = "3 个工作日".parse()?;
///
/// // Qingming lies between: 2, 3 and 7 April count.
/// let due = office.add(start, limit, &Conventions::default())?;
/// assert_eq!(due, instant("2026-04-07 18:00", office.zone())?);
///
/// let told = office.explain(start, limit, &Conventions::default())?;
/// assert!(told.render(Lang::Zh).contains("4/4(周六)–4/6(周一) 清明节放假"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A day of a period is told likewise ([`DayRule`](time::DayRule), [`Calendar::explain_day`](time::Calendar::explain_day)): the
/// n-th working day after it, the last one of it.
///
/// Built in code, in any IANA zone. A window's local time that the clocks skip is the first instant after the gap; one that
/// comes twice is the earlier. An overnight window belongs to the day it starts on.
///
/// ```
/// use rulebook::time::{Calendar, CalendarDef, ClockKind, Conventions, TimeUnit, date, instant, time_zone};
///
/// let zone = time_zone("Australia/Lord_Howe")?;
/// let night = CalendarDef::new("night", zone, (date("2025-01-01")?, date("2026-12-31")?))
///     .open("sat-mon", &["20:00-04:00"])?
///     .holiday("Christmas", "2025-12-25 to 2025-12-26")?;
/// let night = Calendar::new(night).map_err(|problem| problem.message().render(rulebook::Lang::En))?;
///
/// // In the night to 5 October the clocks skip half an hour.
/// let (from, to) = (instant("2025-10-04 12:00", zone)?, instant("2025-10-05 12:00", zone)?);
/// let open = night.between(from, to, TimeUnit::Minutes, ClockKind::Business, &Conventions::default())?;
/// assert_eq!(open.to_string(), "450 business minutes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub mod time {
    pub use crate::calendar::{
        Beyond, Calendar, CalendarDef, CalendarProblem, Closed, Conventions, DayCounted, DayExplanation,
        DayRule, DaysEnd, DueExplanation, MakeUp, MonthEnd, Pause, Roll, SkippedDays, StartDay, TimeError,
        Week, Window, WindowUsed,
    };
    pub use crate::load::calendars;
    pub use crate::period::{Period, PeriodKind, Recurrence, months_between};
    pub use crate::quantity::{ClockKind, Duration, TimeUnit};
    pub use crate::scalar::{
        DayOfPeriod, Scalar, ScalarProblem, date, date_range, day_of_period, duration, duration_words,
        instant, time_zone,
    };
    pub use chrono_tz::Tz;
}
