//! `rulebook due`: what is due until when, who is asked to decide, which samples wait for a review.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Done, Exit, Shell, Stop, data, explain::unknown, load, table};
use crate::engine::{self, Cause, DueItem, Effect, EffectKind, State, awaited};
use crate::explain::{self, Words};
use crate::store::{Delivery, Store};

mod reviews;

/// How many rows are shown at most; the rest are counted.
const ROWS_MAX: usize = 200;

#[derive(clap::Args, Debug)]
pub(super) struct Due {
    /// 制度所在的文件夹 · the policy's folder
    policy: PathBuf,
    /// 只看这个对象,逐日列出怎么数的 · only this subject, with the days counted
    subject: Option<String>,
    /// 记录所在的 SQLite 文件 · the store to read
    #[arg(long, conflicts_with = "events")]
    store: Option<PathBuf>,
    /// 先办完这些事件(JSON 行);默认是随附的一年数据 · the events to run first
    #[arg(long)]
    events: Option<PathBuf>,
    /// 只列到这一天(或时刻)为止到期的 · only what is due until a day or instant
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// 按这一天(或时刻)判定是否逾期;默认是已经办到的时刻 · judged as of a day or instant; else as far as was judged
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// 每一项都写出期限是怎么数出来的 · each item with how its due instant was counted
    #[arg(long)]
    explain: bool,
}

/// Something that is due.
struct Row {
    due: Option<DateTime<Utc>>,
    subject: Arc<str>,
    what: String,
    /// Who has to act.
    who: String,
    clause: Option<Arc<str>>,
    late: bool,
    /// Counted beyond the calendar's coverage.
    provisional: bool,
    /// The clock stands still.
    paused: bool,
    /// All of it in a sentence or two.
    line: String,
    /// How the due instant was counted, where that was asked for and can be told.
    counted: Option<String>,
}

/// Where subjects stand at an instant, and what was asked of people until then.
struct Standing {
    runtime: data::AnyRuntime,
    /// Until when everything is judged; `None`: there are no records.
    until: Option<DateTime<Utc>>,
    /// Whether that was asked for, and is not simply as far as the records go.
    chosen: bool,
    /// The questions in the outbox that were not withdrawn, by subject.
    asked: BTreeMap<Arc<str>, Vec<Effect>>,
    /// Those that the host has taken over.
    taken_over: BTreeSet<Arc<str>>,
}

impl Due {
    pub fn run(self, shell: &mut Shell) -> Done {
        let policy = load(shell, &self.policy)?;
        let instant =
            |text: &Option<String>| text.as_ref().map(|text| data::instant(&policy, text)).transpose();
        let (until, as_of) = (instant(&self.until)?, instant(&self.as_of)?);
        let runtime = data::standing(shell, policy.clone(), self.store.as_ref(), self.events.as_ref())?;
        let words = Words::new(&policy.model, shell.lang);
        let mut standing = Standing::new(runtime, as_of)?;
        let in_time = |row: &Row| until.is_none_or(|until| row.due.is_some_and(|due| due <= until));
        if let Some(subject) = &self.subject {
            let Some(state) = standing.state(subject)? else {
                return Err(unknown(&mut standing.runtime, &policy, subject, shell.lang));
            };
            let mut rows = standing.rows(&words, &state, true)?;
            rows.retain(in_time);
            let reviews = reviews::known(&mut standing.runtime, &words, as_of, Some(state.subject.as_ref()))?;
            standing.tell(shell, &words)?;
            shell.out.text(explain::about(&policy, &state, shell.lang))?;
            if rows.is_empty() {
                shell.out.line(words.plain("shell-nothing-due"))?;
            }
            for row in &rows {
                shell.out.line(format!("  {}", row.line))?;
                if let Some(counted) = &row.counted {
                    shell.out.line(format!("    {counted}"))?;
                }
            }
            reviews::show(shell, &words, &reviews)?;
            return Ok(Exit::Well);
        }
        let mut rows = Vec::new();
        let mut after: Arc<str> = "".into();
        loop {
            let names = standing.runtime.subjects(None, &after, 500)?;
            let Some(last) = names.last().cloned() else { break };
            for name in &names {
                if let Some(state) = standing.state(name)? {
                    rows.extend(standing.rows(&words, &state, self.explain)?);
                }
            }
            after = last;
        }
        rows.retain(in_time);
        rows.sort_by_key(Row::place);
        let reviews = reviews::known(&mut standing.runtime, &words, as_of, None)?;
        standing.tell(shell, &words)?;
        if self.store.is_some() {
            standing.tell_behind(shell, &words)?;
        }
        if self.explain {
            tell_all(shell, &words, &rows)?;
        } else {
            show(shell, &words, &rows)?;
        }
        reviews::show(shell, &words, &reviews)?;
        Ok(Exit::Well)
    }
}

impl Standing {
    fn new(mut runtime: data::AnyRuntime, as_of: Option<DateTime<Utc>>) -> Result<Standing, Stop> {
        let until = match as_of {
            Some(as_of) => Some(as_of),
            None => data::judged_until(&mut runtime)?,
        };
        let mut asked: BTreeMap<Arc<str>, Vec<Effect>> = BTreeMap::new();
        let mut taken_over = BTreeSet::new();
        for delivery in [Delivery::Pending, Delivery::Done] {
            for effect in runtime.store().outbox(delivery, usize::MAX)? {
                if !matches!(effect.kind, EffectKind::Ask { .. }) {
                    continue;
                }
                if delivery == Delivery::Done {
                    taken_over.insert(effect.id.clone());
                }
                asked.entry(effect.subject.clone()).or_default().push(effect);
            }
        }
        Ok(Standing { runtime, until, chosen: as_of.is_some(), asked, taken_over })
    }

    /// Says as of when it is judged.
    fn tell(&self, shell: &mut Shell, words: &Words<'_>) -> std::io::Result<()> {
        match self.until {
            Some(until) => shell.out.line(words.say("shell-due-as-of", [words.instant_with_day(until)])),
            None => Ok(()),
        }
    }

    /// Says how many subjects wait for somebody to let time pass, and since when.
    fn tell_behind(&mut self, shell: &mut Shell, words: &Words<'_>) -> Result<(), Stop> {
        let over = self.until.and_then(|until| until.checked_sub_signed(TimeDelta::seconds(1)));
        let Some(over) = over else { return Ok(()) };
        let Some((oldest, _)) = self.runtime.due(over, 1)?.into_iter().next() else { return Ok(()) };
        let count = self.runtime.store().due_count(None, over)?;
        let said = [count.to_string(), words.instant_with_day(oldest)];
        Ok(shell.out.line(words.say("shell-due-behind", said))?)
    }

    /// A subject as it stands then; time passes for it as far as it has to, and nothing is written.
    fn state(&mut self, subject: &str) -> Result<Option<State>, Stop> {
        let state = self.runtime.subject(subject)?;
        let behind =
            state.as_ref().is_some_and(|state| state.next_due.is_some_and(|due| Some(due) < self.until));
        if self.chosen || behind {
            return Ok(self.runtime.as_known(subject, None, self.until)?);
        }
        Ok(state)
    }

    /// What is due of a subject: what runs towards a due instant, and the decisions that are asked for. A decision that a
    /// clock waits for as well is one row.
    fn rows(&mut self, words: &Words<'_>, state: &State, explain: bool) -> Result<Vec<Row>, Stop> {
        let mut asks = self.asks(words, state)?;
        let mut rows = Vec::new();
        for item in engine::due(words.model, state) {
            let (joined, others): (Vec<Effect>, Vec<Effect>) =
                asks.into_iter().partition(|ask| awaited::asks_for(words.model, state, ask, &item));
            asks = others;
            rows.push(clock(words, state, &item, joined.first(), explain));
        }
        rows.extend(asks.iter().filter_map(|ask| question(words, state, ask, self.until, explain)));
        rows.sort_by_key(Row::place);
        Ok(rows)
    }

    /// The questions about a subject that still wait for their answer.
    fn asks(&mut self, words: &Words<'_>, state: &State) -> Result<Vec<Effect>, Stop> {
        let mut asked: Vec<Effect> = if self.chosen {
            let steps = self.runtime.story(&state.subject, None, self.until)?;
            let effects = steps.into_iter().flat_map(|step| step.effects);
            effects
                .filter(|effect| matches!(effect.kind, EffectKind::Ask { .. }))
                .map(|effect| Effect::clone(&effect))
                .collect()
        } else {
            self.asked.get(&state.subject).cloned().unwrap_or_default()
        };
        asked.retain(|ask| awaited::is_open(words.model, state, ask, self.taken_over.contains(&ask.id)));
        Ok(asked)
    }
}

impl Row {
    /// Where it stands among others: the earliest first.
    fn place(&self) -> (DateTime<Utc>, Arc<str>, String) {
        (self.due.unwrap_or(DateTime::<Utc>::MAX_UTC), self.subject.clone(), self.what.clone())
    }
}

/// What runs towards a due instant, with the decision that was asked for, if one was.
fn clock(words: &Words<'_>, state: &State, item: &DueItem, ask: Option<&Effect>, explain: bool) -> Row {
    let mut what = explain::name_of_due(words, item);
    if let Some(Effect { case, kind: EffectKind::Ask { decide, .. }, .. }) = ask {
        let options = words.options_asked(case.as_deref(), decide);
        what = words.say("shell-due-ask", [what, options]);
    }
    Row {
        due: Some(item.due),
        subject: state.subject.clone(),
        who: explain::who(words, &item.owed_by),
        clause: item.clause.clone(),
        late: item.late,
        provisional: explain::is_provisional(words, item),
        paused: item.paused,
        line: explain::line_of_due(words, item, &what),
        what,
        counted: explain.then(|| explain::counted(words, state, item)).flatten(),
    }
}

/// A question as a row.
fn question(
    words: &Words<'_>,
    state: &State,
    ask: &Effect,
    now: Option<DateTime<Utc>>,
    explain: bool,
) -> Option<Row> {
    let EffectKind::Ask { role, to, decide, due, .. } = &ask.kind else { return None };
    let about = match (&ask.case, &ask.cause) {
        (Some(case), _) => words.case(case),
        (None, Cause::Duty(of)) => {
            let (duty, of) = of.split_once('/').unwrap_or((of, ""));
            let id = words.model.find_duty(duty);
            let open = state.duties.iter().filter(|state| Some(state.duty) == id).flat_map(|of| &of.open);
            // The cause is the period or the record that brought the duty about.
            let open = open.into_iter().find(|open| *open.name == *of || open.after.as_deref() == Some(of));
            let name = words.name(id.and_then(|id| words.model.duty(id).label.as_ref()), duty);
            match open {
                Some(open) => words.say("explain-due-period", [name.as_str(), &open.name]),
                None => name,
            }
        }
        (None, _) => ask.subject.to_string(),
    };
    let what = words.say("shell-due-ask", [about, words.options_asked(ask.case.as_deref(), decide)]);
    let who = words.recipient(role, to);
    let late = due.is_some() && *due < now;
    let counted = explain::counted_ask(words, state, ask);
    let mut line = match due {
        None => words.say("shell-due-no-limit", [&what]),
        Some(due) => {
            let key = if late { "explain-due-late" } else { "explain-due" };
            words.say(key, [what.clone(), words.instant_with_day(*due)])
        }
    };
    line.push_str(&words.say("explain-due-done-by", [&who]));
    let provisional = counted.as_ref().is_some_and(|(_, provisional)| *provisional);
    if provisional {
        line.push_str(&words.plain("explain-due-provisional"));
    }
    line.push_str(&words.clauses(ask.clause.iter()));
    Some(Row {
        due: *due,
        subject: ask.subject.clone(),
        what,
        who,
        clause: ask.clause.clone(),
        late,
        provisional,
        paused: false,
        line,
        counted: counted.filter(|_| explain).map(|(told, _)| told),
    })
}

fn until_when(words: &Words<'_>, row: &Row) -> String {
    let Some(due) = row.due else { return words.plain("shell-no-limit") };
    let due = words.instant_with_day(due);
    match (row.paused, row.provisional) {
        (true, _) => words.say("shell-paused", [due]),
        (_, true) => words.say("shell-provisional", [due]),
        _ => due,
    }
}

/// Each item with how its due instant was counted.
fn tell_all(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    if rows.is_empty() {
        return shell.out.line(words.plain("shell-nothing-due"));
    }
    for row in rows.iter().take(ROWS_MAX) {
        shell.out.line(format!("{}  {}", row.subject, row.line))?;
        if let Some(counted) = &row.counted {
            shell.out.line(format!("    {counted}"))?;
        }
    }
    count(shell, words, rows)
}

fn show(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    if rows.is_empty() {
        return shell.out.line(words.plain("shell-nothing-due"));
    }
    let header = [
        "shell-column-due",
        "shell-column-subject",
        "shell-column-what",
        "shell-column-who",
        "shell-column-clause",
        "shell-column-late",
    ];
    let header: Vec<String> = header.iter().map(|key| words.plain(key)).collect();
    let shown: Vec<Vec<String>> = rows
        .iter()
        .take(ROWS_MAX)
        .map(|row| {
            vec![
                until_when(words, row),
                row.subject.to_string(),
                row.what.clone(),
                if row.who.is_empty() { "—".to_owned() } else { row.who.clone() },
                row.clause.as_deref().unwrap_or("—").to_owned(),
                if row.late { words.plain("shell-late") } else { String::new() },
            ]
        })
        .collect();
    shell.out.text(table::table(&header, &shown))?;
    count(shell, words, rows)
}

/// How many rows there are, how many late, how many not shown.
fn count(shell: &mut Shell, words: &Words<'_>, rows: &[Row]) -> std::io::Result<()> {
    let late = rows.iter().filter(|row| row.late).count();
    shell.out.line(words.say("shell-due-count", [rows.len(), late]))?;
    more(shell, words, rows.len())
}

fn more(shell: &mut Shell, words: &Words<'_>, count: usize) -> std::io::Result<()> {
    match count.saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        more => shell.out.line(words.say("shell-more-rows", [more])),
    }
}
