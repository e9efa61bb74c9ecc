//! What an author writes, section by section: shapes only, nothing resolved. This file *is* the surface of a policy.
//!
//! The reader fills these; `compile` gives them meaning. Scalars stay text with their place: durations, quantities,
//! ranges, types and scripts are read by `compile`. Every list accepts a single item as well (`by: hr`, `by: [hr, manager]`).

use crate::source::{Span, Spanned};
use crate::syntax::compose::Replaced;

/// A scalar as written.
pub type Text = Spanned<String>;

/// A named entry of a section.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// Its key.
    pub name: Text,
    /// What stands under it.
    pub value: T,
}

/// A whole policy folder, all files merged in order of path.
#[derive(Clone, Debug, Default)]
pub struct RawPolicy {
    /// `policy:`; exactly one in a folder.
    pub policy: Option<RawHeader>,
    /// `clauses:`
    pub clauses: Vec<Named<RawClause>>,
    /// `parameters:`
    pub parameters: Vec<Named<RawParameter>>,
    /// `parameter_sets:`
    pub parameter_sets: Vec<Named<RawParameterSet>>,
    /// `subjects:`
    pub subjects: Vec<Named<RawSubject>>,
    /// `roles:`
    pub roles: Vec<Named<RawRole>>,
    /// `substitutes:`
    pub substitutes: Vec<RawSubstitute>,
    /// `accounts:`
    pub accounts: Vec<Named<RawAccount>>,
    /// `calendars:`
    pub calendars: Vec<Named<RawCalendar>>,
    /// `functions:`
    pub functions: Vec<Named<RawFunction>>,
    /// `workflows:`
    pub workflows: Vec<Named<RawWorkflow>>,
    /// `permissions:`
    pub permissions: Vec<Named<RawPermission>>,
    /// `measures:`
    pub measures: Vec<Named<RawMeasure>>,
    /// `scorecards:`
    pub scorecards: Vec<Named<RawScorecard>>,
    /// `tables:`
    pub tables: Vec<Named<RawTable>>,
    /// `duties:`
    pub duties: Vec<Named<RawDuty>>,
    /// `translations: {en: {原文: translation}}`: by language, original text → translation.
    pub translations: Vec<Named<Vec<Named<Text>>>>,
    /// What the policy says otherwise than those it extends.
    pub replaced: Vec<Replaced>,
    /// The folders of all that it extends, as files are shown; each before what extends it.
    pub bases: Vec<String>,
}

/// `policy:`
#[derive(Clone, Debug)]
pub struct RawHeader {
    /// Where it stands.
    pub span: Span,
    /// `id: sales-service`
    pub id: Option<Text>,
    /// `extend: ../sales-service`: the folders of the policies it is laid over.
    pub extend: Vec<Text>,
    /// `removes: {what: workflows.w.states.s, because: text}` or a list of them: what it takes out of them.
    pub removes: Vec<RawChange>,
    /// `replaces:`, likewise: what it says otherwise although it binds.
    pub replaces: Vec<RawChange>,
    /// `title: 销售服务管理制度`
    pub title: Option<Text>,
    /// `version: "2026.1"`
    pub version: Option<Text>,
    /// `effective: 2026-01-01`
    pub effective: Option<Text>,
    /// `timezone: Asia/Shanghai`
    pub timezone: Option<Text>,
    /// `calendar: cn-office`: the default calendar.
    pub calendar: Option<Text>,
    /// `horizon: 31 calendar days`: how far in the future an event may be dated (default 1 calendar day).
    pub horizon: Option<Text>,
    /// `durations:`
    pub durations: RawDurations,
    /// `guard_packs: [cn-labour]`
    pub guard_packs: Vec<Text>,
    /// `adopted: {discussed: {on: date, ref: text}, consulted: {…}, published: {on: date, proof: text}}`: stage, then key → text.
    pub adopted: Vec<Named<Vec<Named<Text>>>>,
}

/// One entry of `removes:` or `replaces:`.
#[derive(Clone, Debug)]
pub struct RawChange {
    /// Where it stands.
    pub span: Span,
    /// `what: workflows.onboarding.states.resit`: paths of keys.
    pub what: Vec<Text>,
    /// `because:`
    pub because: Option<Text>,
}

/// How deadlines in days and months are counted: `durations:` of the header, and the same keys of a clock, duty or parameter.
#[derive(Clone, Debug, Default)]
pub struct RawDurations {
    /// `start_day: not_counted | counted`
    pub start_day: Option<Text>,
    /// `month_end: last_day | next_day`
    pub month_end: Option<Text>,
    /// `days_roll: next_working_day | none`
    pub days_roll: Option<Text>,
    /// `days_end: close_of_business | midnight`
    pub days_end: Option<Text>,
}

impl RawDurations {
    /// The first word that is stated.
    pub fn first(&self) -> Option<&Text> {
        let words = [&self.start_day, &self.month_end, &self.days_roll, &self.days_end];
        words.into_iter().flatten().next()
    }
}

/// One clause of the regulation, in the policy's own words.
#[derive(Clone, Debug)]
pub struct RawClause {
    /// Where it stands.
    pub span: Span,
    /// `title:`
    pub title: Option<Text>,
    /// `text:` one or more sentences in own words.
    pub text: Option<Text>,
    /// `force: must | may | must_not`; absent for a purpose clause.
    pub force: Option<Text>,
    /// `who:` who is bound.
    pub who: Option<Text>,
    /// `origin: supplement`; absent means the regulation's own text.
    pub origin: Option<Text>,
    /// `executable: no` with `reason:`
    pub executable: Option<Text>,
    /// Why it is not executable.
    pub reason: Option<Text>,
    /// `deviates: {here: text, because: [..]}`
    pub deviates_here: Option<Text>,
    /// See `deviates_here`.
    pub deviates_because: Vec<Text>,
}

/// `parameters: {pass_mark: {clause, value, range, …}}`
#[derive(Clone, Debug)]
pub struct RawParameter {
    /// Where it stands.
    pub span: Span,
    /// `clause:`
    pub clause: Option<Text>,
    /// `label:`
    pub label: Option<Text>,
    /// `value: 80 points`; blank or `[X]` is a diagnostic.
    pub value: Option<Text>,
    /// `versions: [{from: 2026-01-01, value: 3 periods}]` instead of `value`.
    pub versions: Vec<RawVersion>,
    /// `range: 0 to 100`
    pub range: Option<Text>,
    /// `calendar: chat-desk` for durations.
    pub calendar: Option<Text>,
    /// `days_roll:` and the like: otherwise than the policy has it.
    pub durations: RawDurations,
    /// `as_of: period_start | event | decision`
    pub as_of: Option<Text>,
    /// `in_flight: keep | recompute`
    pub in_flight: Option<Text>,
}

/// One dated version of a parameter or of a set.
#[derive(Clone, Debug)]
pub struct RawVersion {
    /// Where it stands.
    pub span: Span,
    /// `from: 2026-01-01`
    pub from: Option<Text>,
    /// `to: 2026-07-31` (inclusive), optional; default until the next version.
    pub to: Option<Text>,
    /// `value:` of a single parameter.
    pub value: Option<Text>,
    /// The members of a set.
    pub members: Vec<Named<Text>>,
}

/// `parameter_sets:`: what must change together (`versions`), or rows chosen by a value (`by`, `rows`).
/// A member is referred to as `$kpi_weights.sales`; a row member as `$complaint_limits.respond` (the row by the value of `by`).
#[derive(Clone, Debug)]
pub struct RawParameterSet {
    /// Where it stands.
    pub span: Span,
    /// `clause:`
    pub clause: Option<Text>,
    /// `label:`
    pub label: Option<Text>,
    /// `total: 100%`
    pub total: Option<Text>,
    /// `as_of:`
    pub as_of: Option<Text>,
    /// `in_flight:`
    pub in_flight: Option<Text>,
    /// `calendar:`
    pub calendar: Option<Text>,
    /// `days_roll:` and the like: otherwise than the policy has it.
    pub durations: RawDurations,
    /// `versions:`
    pub versions: Vec<RawVersion>,
    /// `by: complaint.class`
    pub by: Option<Text>,
    /// `rows: {general: {respond: …}}`
    pub rows: Vec<Named<Vec<Named<Text>>>>,
}

/// `subjects: {staff: {person: yes, fields: {hired: date, position: [sales, service]}}}`
#[derive(Clone, Debug)]
pub struct RawSubject {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `person: yes`: `staff/li` is the person `li`.
    pub person: Option<Text>,
    /// `fields:`
    pub fields: Vec<Named<RawField>>,
    /// `opened_by: hr`: roles that may send `opened`; absent: anyone.
    pub opened_by: Vec<Text>,
    /// `changed_by: hr`: roles that may send `changed`; absent: anyone.
    pub changed_by: Vec<Text>,
    /// `may_delegate: [hr]`: roles that such a person may hand to another for a time by the event `delegated`.
    pub may_delegate: Vec<Text>,
}

/// `fields: {rank: {type: integer, changed_by: hr}}`
#[derive(Clone, Debug)]
pub struct RawField {
    /// The type, with what may stand beside it.
    pub of: RawType,
    /// `changed_by:` roles that may change this field; absent: those of the subject.
    pub changed_by: Vec<Text>,
}

/// A type: `date`, `points`, `person`, `order`, `list of person`, `[a, b]`; a trailing `?` or `optional: yes` makes it optional.
#[derive(Clone, Debug)]
pub enum RawType {
    /// A word: `date`, `text?`.
    Word(Text),
    /// A list of options: `[sales, service]`.
    Options {
        /// Where the list stands.
        span: Span,
        /// The words.
        options: Vec<Text>,
    },
    /// `{type: …, optional: yes, label: …, labels: {option: …}}`
    Full {
        /// Where it stands.
        span: Span,
        /// The type proper.
        of: Box<RawType>,
        /// `optional:`
        optional: Option<Text>,
        /// `label:`
        label: Option<Text>,
        /// `labels:` of a list of options.
        labels: Vec<Named<Text>>,
    },
}

/// `roles:`; exactly one of `held_by`, `of`, `every`, `anyone`.
#[derive(Clone, Debug)]
pub struct RawRole {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Option<Text>,
    /// `held_by: {zhao: {from: 2024-03-01, to: …}}`
    pub held_by: Vec<RawHolder>,
    /// `of: staff.manager`: whoever that field of the event's subject names; `of: staff.manager.manager` goes on from there.
    pub of: Option<Text>,
    /// `every: staff`: every person that is a subject of that kind.
    pub every: Option<Text>,
    /// `anyone: yes`: outsiders too, as for customers.
    pub anyone: Option<Text>,
}

/// One holder of a role.
#[derive(Clone, Debug)]
pub struct RawHolder {
    /// The person's bare name.
    pub person: Text,
    /// `from:`
    pub from: Option<Text>,
    /// `to:` inclusive
    pub to: Option<Text>,
}

/// `substitutes: [{for: zhao, by: qian, from: 2026-03-02, to: 2026-03-13, roles: [hr], because: 年假}]`
#[derive(Clone, Debug)]
pub struct RawSubstitute {
    /// Where it stands.
    pub span: Span,
    /// `for:` the person who is away.
    pub absent: Option<Text>,
    /// `by:` the person who stands in.
    pub by: Option<Text>,
    /// `from:`
    pub from: Option<Text>,
    /// `to:` inclusive
    pub to: Option<Text>,
    /// `roles:`; absent: all that the person holds.
    pub roles: Vec<Text>,
    /// `because:`
    pub because: Option<Text>,
}

/// `accounts: {desk-1: {shared: yes}}`
#[derive(Clone, Debug)]
pub struct RawAccount {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `shared: yes`: several people use it.
    pub shared: Option<Text>,
}

/// `calendars:`
#[derive(Clone, Debug)]
pub struct RawCalendar {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `extends: cn-office`
    pub extends: Option<Text>,
    /// `timezone:`; default the policy's.
    pub timezone: Option<Text>,
    /// `hours: {mon-fri: ["09:00-12:00", "13:00-18:00"], sat: []}`, or a list of dated versions of it.
    pub hours: Vec<RawHours>,
    /// `holidays_from: cn.ics`
    pub holidays_from: Vec<Text>,
    /// `holidays: {春节: [2026-02-15 to 2026-02-23]}`: name → dates and ranges.
    pub holidays: Vec<Named<Vec<Text>>>,
    /// `make_up_days: {春节: [2026-02-14, {2026-02-28: ["09:00-12:00"]}]}`: worked although a weekend.
    pub make_up_days: Vec<Named<Vec<RawMakeUp>>>,
    /// `days: {2026-02-16: ["08:00-16:00"], 2026-02-17: closed}`: exceptions; they win over everything above.
    pub days: Vec<Named<Vec<Text>>>,
    /// `coverage: 2024-01-01 to 2026-12-31`
    pub coverage: Option<Text>,
    /// `beyond_coverage: provisional`; default `error`.
    pub beyond_coverage: Option<Text>,
}

/// One date, or range of dates, that is worked to make up for a holiday.
#[derive(Clone, Debug)]
pub struct RawMakeUp {
    /// The date or range.
    pub days: Text,
    /// Windows of its own; `None`: those that are usual.
    pub windows: Option<Vec<Text>>,
}

/// One version of a calendar's `hours:`.
#[derive(Clone, Debug)]
pub struct RawHours {
    /// Where it stands.
    pub span: Span,
    /// `from:`; nothing: from the beginning.
    pub from: Option<Text>,
    /// `to:` inclusive; nothing: until the next.
    pub to: Option<Text>,
    /// Weekdays → windows.
    pub days: Vec<Named<Vec<Text>>>,
}

/// `functions: {bonus_factor: {params: {band: monthly_kpi.band, months: integer}, returns: decimal, body: | …}}`
#[derive(Clone, Debug)]
pub struct RawFunction {
    /// Where it stands.
    pub span: Span,
    /// `clause:`
    pub clause: Option<Text>,
    /// `params:`
    pub params: Vec<Named<RawType>>,
    /// `returns:`
    pub returns: Option<RawType>,
    /// `body:`; absent for a host function (`host: yes`).
    pub body: Option<Text>,
    /// `host: yes`: given by the embedding app at load.
    pub host: Option<Text>,
}

/// `workflows:`
#[derive(Clone, Debug)]
pub struct RawWorkflow {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Vec<Text>,
    /// `subject: staff`
    pub subject: Option<Text>,
    /// `opens:`; absent: with the subject.
    pub opens: Option<RawOpens>,
    /// `events:`
    pub events: Vec<Named<RawEvent>>,
    /// `states:`; the first is the initial one; absent: a single state `open`.
    pub states: Vec<Named<RawState>>,
    /// `clocks:` that ignore states.
    pub clocks: Vec<Named<RawClock>>,
    /// `on_event:` in every state that is not done, after the state's own transitions.
    pub on_event: Vec<Named<Vec<RawTransition>>>,
    /// A hash of what is written, places, comments and quotation marks aside: two of the same hash are the same graph.
    pub meaning: [u8; 32],
}

/// `opens: {for_every: staff, at: staff.hired}` or `opens: {on: complained, if: …}`
#[derive(Clone, Debug)]
pub struct RawOpens {
    /// Where it stands.
    pub span: Span,
    /// `for_every: staff`
    pub for_every: Option<Text>,
    /// `at: staff.hired`: a date (its first second) or an instant.
    pub at: Option<Text>,
    /// `on: event`: each such event opens a further case.
    pub on: Option<Text>,
    /// `if:`
    pub guard: Option<Text>,
}

/// `events: {exam_taken: {by: hr, data: {score: points}}}`
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Option<Text>,
    /// `by:` roles; `self` is the subject itself; absent: anyone.
    pub by: Vec<Text>,
    /// `four_eyes: [submitted]`: events of the case that other persons must be behind.
    pub four_eyes: Vec<Text>,
    /// `not: [order.owner]`: whoever these name must not be behind it.
    pub not: Vec<Text>,
    /// `data:`
    pub data: Vec<Named<RawType>>,
    /// `decision: yes`: settles something; judged once.
    pub decision: Option<Text>,
}

/// `states:`
#[derive(Clone, Debug)]
pub struct RawState {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Vec<Text>,
    /// `done: yes`
    pub done: Option<Text>,
    /// `lasts_at_least: {amount: $onboarding_length, counted_by: distinct attended.day}`
    pub lasts_at_least: Option<RawLowerBound>,
    /// `waits_for: {each: order.parts, answered_by: part_done.part}`
    pub waits_for: Option<RawWaitsFor>,
    /// `allowed: $resits_allowed`: how often the state may be entered.
    pub allowed: Option<Text>,
    /// `when_used_up: not_qualified`
    pub when_used_up: Option<Text>,
    /// `clocks:` that start on entering and end on leaving.
    pub clocks: Vec<Named<RawClock>>,
    /// `on_event:`
    pub on_event: Vec<Named<Vec<RawTransition>>>,
    /// `effects:` on entering.
    pub effects: Vec<RawEffect>,
    /// `on_leave:` effects on leaving.
    pub on_leave: Vec<RawEffect>,
    /// `compensation:` effects that make good for it when the case is called off later.
    pub compensation: Vec<RawEffect>,
    /// `states:` inside it.
    pub states: Vec<Named<RawState>>,
    /// `initial: state`: the one inside that is entered first; absent: the first.
    pub initial: Option<Text>,
    /// `parallel: yes`: all those inside are active at once.
    pub parallel: Option<Text>,
    /// `completed:` transitions when everything inside is done.
    pub completed: Vec<RawTransition>,
}

/// `waits_for:`
#[derive(Clone, Debug)]
pub struct RawWaitsFor {
    /// Where it stands.
    pub span: Span,
    /// `each: order.parts`: a list.
    pub each: Option<Text>,
    /// `answered_by: part_done.part`: the data of an event that says whose answer it is.
    pub answered_by: Option<Text>,
}

/// `lasts_at_least:`
#[derive(Clone, Debug)]
pub struct RawLowerBound {
    /// Where it stands.
    pub span: Span,
    /// `amount:` a duration, a count, or `$parameter`.
    pub amount: Option<Text>,
    /// `counted_by: distinct attended.day`; absent: time since entering.
    pub counted_by: Option<Text>,
    /// `message:` for the refusal.
    pub message: Option<Text>,
}

/// One transition: `record_only`, a state's name, or
/// `{if, to, effects, clause, message}` / `{if, refuse: message}` / `{otherwise: state}`.
#[derive(Clone, Debug)]
pub struct RawTransition {
    /// Where it stands.
    pub span: Span,
    /// `if:`
    pub guard: Option<Text>,
    /// `to:`, or the bare name; absent or `record_only`: stays.
    pub to: Option<Text>,
    /// `otherwise: state | record_only`: without a guard, last in its list.
    pub otherwise: Option<Text>,
    /// `refuse: message`: the event is refused with this reason.
    pub refuse: Option<Text>,
    /// `effects:`
    pub effects: Vec<RawEffect>,
    /// `clause:`
    pub clause: Option<Text>,
    /// How the state is entered.
    pub entry: RawEntry,
    /// `insert: first`: in an overlay only, which takes it out.
    pub insert: Option<Text>,
}

/// How a transition or a breach enters its state.
#[derive(Clone, Debug, Default)]
pub struct RawEntry {
    /// `history: shallow | deep`: back to where the case was inside.
    pub history: Option<Text>,
    /// `reenter: yes`: what is active already is left and entered again.
    pub reenter: Option<Text>,
    /// `compensate: yes`: what states left before have done is made good.
    pub compensate: Option<Text>,
}

/// A clock: of a workflow (with `starts`) or of a state (starts on entering).
#[derive(Clone, Debug)]
pub struct RawClock {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Option<Text>,
    /// `within: $chat_reply` or `within: 3 working days`
    pub within: Option<Text>,
    /// `calendar:`; default the parameter's, then the policy's.
    pub calendar: Option<Text>,
    /// `days_roll:` and the like; default the parameter's, then the policy's.
    pub durations: RawDurations,
    /// `starts: customer_message`: each such event starts a round of its own.
    pub starts: Vec<Text>,
    /// `stops: staff_reply`: ends every open round.
    pub stops: Vec<Text>,
    /// `not_stopped_by: bot_reply`: said explicitly, checked to be declared and not in `stops`.
    pub not_stopped_by: Vec<Text>,
    /// `cancelled_by: customer_left`: open rounds end without verdict and without a sample.
    pub cancelled_by: Vec<Text>,
    /// `pauses: sent_to_customer`: open rounds stand still from here on.
    pub pauses: Vec<Text>,
    /// `resumes: customer_answered`: they go on.
    pub resumes: Vec<Text>,
    /// `paused_in: [waiting]`: they stand still in these states.
    pub paused_in: Vec<Text>,
    /// `on_reenter: restart | resume`: of a state's clock; default restart.
    pub on_reenter: Option<Text>,
    /// `reclassified: from_start | from_now | keep`: what another row of the limit does to a running round.
    pub reclassified: Option<Text>,
    /// `escalate: {after: 2 business hours, notify: role}` or a list of them.
    pub escalate: Vec<RawThreshold>,
    /// `notify_in: calendar`: warnings and escalations wait until it is open.
    pub notify_in: Option<Text>,
    /// `warn: {at: 80%, notify: role, message: …}` or a list of them.
    pub warn: Vec<RawThreshold>,
    /// `breached: {to: state, notify: role, message: …, effects: […]}`
    pub breached: Option<RawThreshold>,
    /// `sample: {credited_to: staff_reply.by, dated_by: due}`: makes the measure `workflow.clock`.
    pub sample: Option<RawSample>,
}

/// What happens at a point of a clock.
#[derive(Clone, Debug)]
pub struct RawThreshold {
    /// Where it stands.
    pub span: Span,
    /// `at: 80%` (for `warn`).
    pub at: Option<Text>,
    /// `before: 1 business hours` (for `warn`).
    pub before: Option<Text>,
    /// `after: 1 working days` (for `escalate`).
    pub after: Option<Text>,
    /// `to: state` (for `breached`).
    pub to: Option<Text>,
    /// How the state is entered.
    pub entry: RawEntry,
    /// `notify: role | subject.field | self`
    pub notify: Vec<Text>,
    /// `message:` with places `{staff.manager}`.
    pub message: Option<Text>,
    /// `effects:`
    pub effects: Vec<RawEffect>,
}

/// `sample:` of a clock.
#[derive(Clone, Debug)]
pub struct RawSample {
    /// Where it stands.
    pub span: Span,
    /// `credited_to: [staff_reply.by, chat.assigned_to]`: the first that names somebody.
    pub credited_to: Vec<Text>,
    /// `dated_by: due | started | stopped`; default due.
    pub dated_by: Option<Text>,
}

/// One effect; exactly one of `notify`, `ask`, `assign`, `open_case`, `raise`, `call`.
#[derive(Clone, Debug)]
pub struct RawEffect {
    /// Where it stands.
    pub span: Span,
    /// `notify: role | subject.field | self`, with `message`.
    pub notify: Vec<Text>,
    /// `ask: role`, with `decide` and `within`.
    pub ask: Vec<Text>,
    /// `decide: [retrain, transfer]`
    pub decide: Vec<Text>,
    /// `within: 3 working days`
    pub within: Option<Text>,
    /// `message:` template.
    pub message: Option<Text>,
    /// `assign: {field: expression}`
    pub assign: Vec<Named<Text>>,
    /// `open_case: workflow` of the same subject.
    pub open_case: Option<Text>,
    /// `raise: event` to the same subject, or to the one that `to` names, with `with`.
    pub raise: Option<Text>,
    /// `to: expression` that names a subject or a person, for `raise`.
    pub to: Option<Text>,
    /// `open: kind`: a new subject comes into being; `with` are its fields.
    pub open: Option<Text>,
    /// `named: expression`, for `open`: its name; absent: one made of the subject's.
    pub named: Option<Text>,
    /// `for_each: expression` of a list, for `raise` and `open`: once for each `item`.
    pub for_each: Option<Text>,
    /// `call: name`: the host does it, with `with`.
    pub call: Option<Text>,
    /// `with: {name: expression}`
    pub with: Vec<Named<Text>>,
    /// `if:` the effect only when this holds.
    pub guard: Option<Text>,
}

/// `permissions:`
#[derive(Clone, Debug)]
pub struct RawPermission {
    /// Where it stands.
    pub span: Span,
    /// `clause:`
    pub clause: Option<Text>,
    /// `label:`
    pub label: Option<Text>,
    /// `covers: [chat.staff_reply, order.confirmed]`: subject kind, dot, event.
    pub covers: Vec<Text>,
    /// `only_if: "actor.onboarding == certified"`
    pub only_if: Option<Text>,
    /// `log_against: event.assigned_by`; default the actor.
    pub log_against: Option<Text>,
    /// `message:` for the refusal.
    pub message: Option<Text>,
    /// `refused:` effects of a refusal.
    pub refused: Vec<RawEffect>,
    /// As [`RawWorkflow::meaning`].
    pub meaning: [u8; 32],
}

/// `measures: {approved_amount: {subject: order, on: approved, value: order.amount, credited_to: order.owner}}`
#[derive(Clone, Debug)]
pub struct RawMeasure {
    /// Where it stands.
    pub span: Span,
    /// `clause:`
    pub clause: Option<Text>,
    /// `label:`
    pub label: Option<Text>,
    /// `subject: order`
    pub subject: Option<Text>,
    /// `on: approved`: an accepted event of the subject.
    pub on: Vec<Text>,
    /// `if:`
    pub guard: Option<Text>,
    /// `value:` an expression over the subject and the event.
    pub value: Option<Text>,
    /// `credited_to:` expressions that name a person; the first that names somebody.
    pub credited_to: Vec<Text>,
    /// `dated_by: event` (default) or an expression that gives a date or an instant.
    pub dated_by: Option<Text>,
}

/// `scorecards:`
#[derive(Clone, Debug)]
pub struct RawScorecard {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Vec<Text>,
    /// `subject: staff`: a kind that is a person.
    pub subject: Option<Text>,
    /// `applies_to: "staff.position == sales"`
    pub applies_to: Option<Text>,
    /// `period: month | quarter | half_year | year`
    pub period: Option<Text>,
    /// `weights: $kpi_weights`
    pub weights: Option<Text>,
    /// `indicators:`
    pub indicators: Vec<Named<RawIndicator>>,
    /// `round: {places: 2, mode: half_up, at: total}`
    pub round: Option<RawRound>,
    /// `bands: {S: 95 and above, …}`, best first.
    pub bands: Vec<Named<Text>>,
    /// `meets_standard: [S, A, B, C]`
    pub meets_standard: Vec<Text>,
    /// `finality: {published_by: 5th working day, appeal: 3 working days, decided: 5 working days}`
    pub finality: Option<RawFinality>,
    /// `exempted_by: hr`: who may exempt a person for a period.
    pub exempted_by: Vec<Text>,
    /// `streaks:`
    pub streaks: Vec<Named<RawStreak>>,
}

/// One indicator of a scorecard.
#[derive(Clone, Debug)]
pub struct RawIndicator {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Option<Text>,
    /// `of: sum approved_amount | mean survey_score | count x | share_met chat.reply`
    pub of: Option<Text>,
    /// `target: {set_by: manager, acknowledged_by: self, before: period_start}`: the aggregate over the target, in points.
    pub target: Option<RawTarget>,
    /// `cap: 120 points`
    pub cap: Option<Text>,
    /// `floor: 0 points`
    pub floor: Option<Text>,
    /// `map: {linear: {70%: 0 points, 95%: 100 points}}`: from → to, ascending.
    pub linear: Vec<Named<Text>>,
    /// `min_samples: 3`
    pub min_samples: Option<Text>,
    /// `missing: redistribute | zero | block`
    pub missing: Option<Text>,
}

/// `target:`
#[derive(Clone, Debug)]
pub struct RawTarget {
    /// Where it stands.
    pub span: Span,
    /// `set_by:`
    pub set_by: Vec<Text>,
    /// `acknowledged_by:`
    pub acknowledged_by: Vec<Text>,
    /// `before: period_start | period_end`
    pub before: Option<Text>,
}

/// `round:`
#[derive(Clone, Debug)]
pub struct RawRound {
    /// Where it stands.
    pub span: Span,
    /// `places:`
    pub places: Option<Text>,
    /// `mode: half_up | half_even | down | up`
    pub mode: Option<Text>,
    /// `at: total | indicator`
    pub at: Option<Text>,
}

/// `finality:`
#[derive(Clone, Debug)]
pub struct RawFinality {
    /// Where it stands.
    pub span: Span,
    /// `published_by: 5th working day` of the next period.
    pub published_by: Option<Text>,
    /// `appeal: 3 working days`
    pub appeal: Option<Text>,
    /// `decided: 5 working days`
    pub decided: Option<Text>,
    /// `appealed_by: self`
    pub appealed_by: Vec<Text>,
    /// `decided_by: [director]`
    pub decided_by: Vec<Text>,
}

/// `streaks:`
#[derive(Clone, Debug)]
pub struct RawStreak {
    /// Where it stands.
    pub span: Span,
    /// `label: 连续不达标`
    pub label: Option<Text>,
    /// `of: not meets_standard | meets_standard`, or a list of bands.
    pub of: Vec<Text>,
    /// `count_when: final | published`
    pub count_when: Option<Text>,
    /// `month_of_leave: skip | break`: an exempted period.
    pub month_of_leave: Option<Text>,
    /// `no_score: undecided | break`: an undetermined period.
    pub no_score: Option<Text>,
    /// `largest_gap: 2 months`
    pub largest_gap: Option<Text>,
    /// `restarts_after: [retained]`: events of the subject after which only later periods count.
    pub restarts_after: Vec<Text>,
}

/// `tables:`
#[derive(Clone, Debug)]
pub struct RawTable {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Vec<Text>,
    /// `hit: unique | first | any | collect [sum|min|max|count]`
    pub hit: Option<Text>,
    /// `inputs:`
    pub inputs: Vec<Named<RawInput>>,
    /// `outputs:`
    pub outputs: Vec<Named<RawType>>,
    /// `rows:` cells by column; a missing input cell matches anything; `clause` and `note` may stand in a row.
    pub rows: Vec<RawRow>,
    /// `otherwise: error` or a row of outputs.
    pub otherwise: Option<RawOtherwise>,
}

/// A column of inputs: a type, a path (type and value from there), or `{type, from}`.
#[derive(Clone, Debug)]
pub struct RawInput {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// The type or the path.
    pub of: Option<RawType>,
    /// `from: expression`
    pub from: Option<Text>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct RawRow {
    /// Where it stands.
    pub span: Span,
    /// Column → cell texts (one or several alternatives).
    pub cells: Vec<Named<Vec<Text>>>,
}

/// `otherwise:`
#[derive(Clone, Debug)]
pub enum RawOtherwise {
    /// `error`
    Error(Text),
    /// A row of outputs.
    Row(RawRow),
}

/// `duties:`
#[derive(Clone, Debug)]
pub struct RawDuty {
    /// Where it stands.
    pub span: Span,
    /// `label:`
    pub label: Option<Text>,
    /// `clause:`
    pub clause: Option<Text>,
    /// `subject: company`: each subject of the kind owes it.
    pub subject: Option<Text>,
    /// `only_if:` owed while it holds; an open one is waived when it no longer does.
    pub only_if: Option<Text>,
    /// `from: staff.hired`: owed from that day on.
    pub from: Option<Text>,
    /// `until: staff.left`: the last day on which it is owed.
    pub until: Option<Text>,
    /// `owed_by: role`, `self`, or a field that names a person.
    pub owed_by: Vec<Text>,
    /// `every: month | quarter | half_year | year | week | 10 working days | "RRULE:FREQ=MONTHLY;BYDAY=2TU"`
    pub every: Option<Text>,
    /// `counted_from: 2026-02-02`: the day from which working days or a recurrence rule count.
    pub counted_from: Option<Text>,
    /// `calendar: cn-office`: whose working days; else the policy's.
    pub calendar: Option<Text>,
    /// `days_roll:` and the like; default the parameter's, then the policy's.
    pub durations: RawDurations,
    /// `after: accident`: each such event brings one about.
    pub after: Vec<Text>,
    /// `within: 24 wall hours` of the event.
    pub within: Option<Text>,
    /// `due: 10th working day after` the period, `last working day` of it, or a duration or `$parameter` after its end.
    pub due: Option<Text>,
    /// `grace: 2 working days`: not late before that is over as well.
    pub grace: Option<Text>,
    /// `done_by: report_filed`
    pub done_by: Vec<Text>,
    /// `done_if: "event.kind == final"`: what must hold of that event.
    pub done_if: Option<Text>,
    /// `matched_by: number`: the data by which an event says which one it means.
    pub matched_by: Option<Text>,
    /// `late: {notify: role, message: …, effects: […]}`
    pub late: Option<RawThreshold>,
    /// `done_late: {notify: role, …}`: what happens when it is done after all.
    pub done_late: Option<RawThreshold>,
}
