//! How values, names and instants are worded.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::lang::{Label, Lang, Message};
use crate::model::{EventDef, EventOrigin, KindId, Model, Parameter, ParameterValues, RoleKind, Streak};
use crate::scalar;
use crate::source::Span;
use crate::value::{Duration, Type, Unit, Value};

mod cases;

/// The wording of one policy in one language.
pub struct Words<'a> {
    /// The policy.
    pub model: &'a Model,
    /// The language.
    pub lang: Lang,
}

/// What a path is read in: the event and the kind of subject, as far as they are known.
#[derive(Clone, Copy, Default)]
pub struct Setting<'a> {
    /// The event being judged.
    pub event: Option<&'a EventDef>,
    /// The kind of the subject.
    pub kind: Option<KindId>,
    /// The instant being judged.
    pub at: Option<DateTime<Utc>>,
}

impl<'a> Words<'a> {
    /// The wording of a policy in a language.
    pub fn new(model: &'a Model, lang: Lang) -> Words<'a> {
        Words { model, lang }
    }

    /// A message of the catalogue; an id that is quoted already gets no second pair of marks.
    pub fn say<A: ToString>(&self, key: &'static str, args: impl IntoIterator<Item = A>) -> String {
        Message::new(key, args).render(self.lang).replace("「「", "「").replace("」」", "」")
    }

    /// A message without arguments.
    pub fn plain(&self, key: &'static str) -> String {
        Message::plain(key).render(self.lang)
    }

    /// What stands between two sentences: nothing in Chinese.
    pub fn space(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "",
            Lang::En => " ",
        }
    }

    /// A label, or the id in quotation marks where the policy has no label.
    pub fn name(&self, label: Option<&Label>, id: &str) -> String {
        match label {
            Some(label) if !label.own.is_empty() => label.get(self.lang).to_owned(),
            _ => self.quote(id),
        }
    }

    /// A text in the quotation marks of the language.
    pub fn quote(&self, text: &str) -> String {
        match self.lang {
            Lang::Zh => format!("「{text}」"),
            Lang::En => format!("“{text}”"),
        }
    }

    /// Words in a row.
    pub fn list<T: AsRef<str>>(&self, words: impl IntoIterator<Item = T>) -> String {
        let between = self.plain("explain-comma");
        let words: Vec<String> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        words.join(&between)
    }

    /// An instant in the policy's zone: `2026-04-07 18:00`, with seconds only where there are any.
    pub fn instant(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.model.header.zone);
        let seconds = if at.timestamp() % 60 == 0 { "" } else { ":%S" };
        local.format(&format!("%Y-%m-%d %H:%M{seconds}")).to_string()
    }

    /// The time of day in the policy's zone.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.model.header.zone);
        let seconds = if at.timestamp() % 60 == 0 { "" } else { ":%S" };
        local.format(&format!("%H:%M{seconds}")).to_string()
    }

    /// The day in the policy's zone.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.model.header.zone).date_naive()
    }

    /// A day with its weekday.
    pub fn day(&self, day: NaiveDate) -> String {
        const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
        let idx = day.weekday().num_days_from_monday() as usize;
        match self.lang {
            Lang::Zh => format!("{day} {}", ZH.get(idx).copied().unwrap_or("")),
            Lang::En => day.format("%Y-%m-%d %a").to_string(),
        }
    }

    /// An instant with its weekday.
    pub fn instant_with_day(&self, at: DateTime<Utc>) -> String {
        format!("{} {}", self.day(self.day_of(at)), self.time(at))
    }

    /// A value with its unit.
    pub fn value(&self, value: &Value) -> String {
        match value {
            Value::Absent => self.plain("explain-absent"),
            Value::Boolean(true) => self.plain("explain-yes"),
            Value::Boolean(false) => self.plain("explain-no"),
            Value::Number(number, unit) => self.amount(*number, *unit),
            Value::Text(text) => match self.lang {
                Lang::Zh => format!("“{text}”"),
                Lang::En => format!("\"{text}\""),
            },
            Value::Choice(word) => word.to_string(),
            Value::Person(name) | Value::Subject(name) => name.to_string(),
            Value::Date(day) => day.to_string(),
            Value::Instant(at) => self.instant(*at),
            Value::Duration(duration) => self.duration(*duration),
            Value::List(values) => self.list(values.iter().map(|value| self.value(value))),
        }
    }

    /// A value of a type: an option by its label.
    pub fn value_of(&self, ty: &Type, value: &Value) -> String {
        match (ty, value) {
            (Type::Choice(choice), Value::Choice(word)) => self.option(&choice.name, word),
            (Type::List(of), Value::List(values)) => {
                self.list(values.iter().map(|value| self.value_of(of, value)))
            }
            _ => self.value(value),
        }
    }

    /// An option of a list by its label, or as it is.
    fn option(&self, list: &str, word: &str) -> String {
        let label = self.model.options.get(list).and_then(|labels| labels.get(word));
        label.map_or_else(|| word.to_owned(), |label| label.get(self.lang).to_owned())
    }

    /// The options of a decision that is asked of somebody: by the labels of an event of the workflow that takes them all.
    pub fn options_asked(&self, case: Option<&str>, decide: &[Arc<str>]) -> String {
        let workflow = case.and_then(|case| self.model.find_workflow(case.split('/').next()?));
        let events = workflow.map(|id| self.model.workflow(id).events.as_slice()).unwrap_or_default();
        let lists =
            events.iter().flat_map(|id| &self.model.event(*id).data).filter_map(|slot| match &slot.ty {
                Type::Choice(choice) => Some(choice),
                _ => None,
            });
        let list = lists.into_iter().find(|choice| decide.iter().all(|word| choice.options.contains(word)));
        self.list(decide.iter().map(|word| match list {
            Some(choice) => self.option(&choice.name, word),
            None => word.to_string(),
        }))
    }

    /// What an item of data should have been: its type, or its options with their labels.
    pub fn expected(&self, ty: Option<&Type>, told: &str) -> String {
        const KEYS: &[(&str, &str)] = &[
            ("boolean", "explain-type-boolean"),
            ("integer", "explain-type-integer"),
            ("decimal", "explain-type-decimal"),
            ("text", "explain-type-text"),
            ("date", "explain-type-date"),
            ("instant", "explain-type-instant"),
            ("duration", "explain-type-duration"),
            ("person", "explain-type-person"),
        ];
        if let Some(Type::Choice(choice)) = ty {
            return self.list(choice.options.iter().map(|word| {
                let label = self.option(&choice.name, word);
                if label == **word { label } else { self.in_brackets(word, &label) }
            }));
        }
        if let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == told) {
            return self.plain(key);
        }
        match (Unit::parse(told), self.lang) {
            (Some(unit), Lang::Zh) => self.say("explain-type-number-of", [unit.zh()]),
            // The door joins the names of what it knows.
            _ => self.list(told.split('、')),
        }
    }

    /// A streak by its label: `连续不达标`.
    pub fn streak(&self, streak: &Streak) -> String {
        match &streak.label {
            Some(label) => label.get(self.lang).to_owned(),
            None => self.say("explain-part-streak", [self.quote(&streak.name)]),
        }
    }

    /// A refusal's reason for people.
    pub fn reason(&self, reason: &str) -> String {
        const KEYS: &[(&str, &str)] = &[
            ("unknown_event", "shell-reason-unknown-event"),
            ("unknown_subject", "shell-reason-unknown-subject"),
            ("wrong_shape", "shell-reason-wrong-shape"),
            ("horizon", "shell-reason-horizon"),
            ("conflict", "shell-reason-conflict"),
            ("not_open", "shell-reason-not-open"),
            ("not_in_this_state", "shell-reason-not-in-this-state"),
            ("too_early", "shell-reason-too-early"),
            ("guard", "shell-reason-guard"),
            ("undecided", "shell-reason-undecided"),
            ("not_permitted", "shell-reason-not-permitted"),
            ("wrong_role", "shell-reason-wrong-role"),
            ("four_eyes", "shell-reason-four-eyes"),
            ("decided", "shell-reason-decided"),
        ];
        let key = KEYS.iter().find(|(word, _)| *word == reason).map(|(_, key)| *key);
        key.map_or_else(|| reason.to_owned(), |key| self.plain(key))
    }

    /// A number with its unit.
    pub fn amount(&self, number: Decimal, unit: Unit) -> String {
        match (unit, self.lang) {
            (Unit::None, _) => grouped(number),
            (Unit::Percent, _) => percent(number),
            (unit, Lang::Zh) => format!("{} {}", grouped(number), unit.zh()),
            (unit, Lang::En) => {
                let unit = unit.to_string();
                let unit = if number == Decimal::ONE { unit.trim_end_matches('s') } else { &unit };
                format!("{} {unit}", grouped(number))
            }
        }
    }

    /// A duration with its clock.
    pub fn duration(&self, duration: Duration) -> String {
        scalar::duration_words(duration, self.lang)
    }

    /// A quantity that stands as text, worded if it can be read.
    pub fn quantity(&self, text: &str) -> String {
        if let Ok(duration) = scalar::duration(text) {
            return self.duration(duration);
        }
        match scalar::quantity(text) {
            Ok(value @ (Value::Number(..) | Value::Duration(_))) => self.value(&value),
            _ => text.to_owned(),
        }
    }

    /// The clauses behind something: `〔2.1.2〕`, or nothing.
    pub fn clauses<T: AsRef<str>>(&self, ids: impl IntoIterator<Item = T>) -> String {
        let mut seen: Vec<String> = Vec::new();
        for id in ids {
            if !seen.iter().any(|known| known == id.as_ref()) {
                seen.push(id.as_ref().to_owned());
            }
        }
        match (seen.is_empty(), self.lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("〔{}〕", seen.join("、")),
            (false, Lang::En) => format!(" [{}]", seen.join(", ")),
        }
    }

    /// Where something stands in the policy: `onboarding.yaml:83`.
    pub fn place(&self, span: Span) -> Option<String> {
        let file = self.model.sources.get(span.file)?;
        (span.end > span.start).then(|| format!("{}:{}", file.path, file.position(span.start).0))
    }

    /// A role by its label; `self` and fields included.
    pub fn role(&self, name: &str) -> String {
        if name == "self" {
            return self.plain("explain-self");
        }
        if let Some(role) = self.model.find_role(name) {
            return self.name(self.model.role(role).label.as_ref(), name);
        }
        if let Some(kind) = self.model.find_kind(name) {
            return self.name(self.model.kind(kind).label.as_ref(), name);
        }
        if name == "anyone" {
            return self.plain("explain-anyone");
        }
        match name.split_once('.') {
            Some((kind, field)) => self.field(self.model.find_kind(kind), field),
            None => self.quote(name),
        }
    }

    /// A role with persons: `人力资源(zhao)`.
    pub fn recipient(&self, role: &str, persons: &[Arc<str>]) -> String {
        if let ("self", [subject]) = (role, persons)
            && subject.contains('/')
        {
            // A subject that is no person is called by its name.
            return subject.to_string();
        }
        let role = self.role(role);
        if persons.is_empty() { role } else { self.in_brackets(&role, &self.list(persons)) }
    }

    /// A role with the persons who hold it on a day: `人力资源(zhao)`.
    pub fn role_with_holders(&self, name: &str, at: Option<DateTime<Utc>>) -> String {
        let role = self.role(name);
        let Some(RoleKind::HeldBy(holders)) = self.model.find_role(name).map(|id| &self.model.role(id).kind)
        else {
            return role;
        };
        let day = at.map(|at| self.day_of(at));
        let holds = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
            day.is_none_or(|day| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to))
        };
        let names: Vec<&Arc<str>> = holders
            .iter()
            .filter(|holder| holds(holder.from, holder.to))
            .map(|holder| &holder.person)
            .collect();
        if names.is_empty() { role } else { self.in_brackets(&role, &self.list(names)) }
    }

    /// `角色(人)`
    pub fn in_brackets(&self, before: &str, inside: &str) -> String {
        match self.lang {
            Lang::Zh => format!("{before}({inside})"),
            Lang::En => format!("{before} ({inside})"),
        }
    }

    /// A field of a kind by its label.
    pub fn field(&self, kind: Option<KindId>, field: &str) -> String {
        let label = kind.and_then(|kind| {
            self.model.kind(kind).fields.iter().find(|known| known.name.as_ref() == field)?.label.as_ref()
        });
        self.name(label, field)
    }

    /// The value of a field of a kind.
    pub fn field_value(&self, kind: Option<KindId>, field: &str, value: &Value) -> String {
        let def = kind
            .and_then(|kind| self.model.kind(kind).fields.iter().find(|known| known.name.as_ref() == field));
        def.map_or_else(|| self.value(value), |def| self.value_of(&def.ty, value))
    }

    /// An event by its label; events of a scorecard too.
    pub fn event(&self, kind: Option<KindId>, name: &str) -> String {
        let def = self.event_def(kind, name);
        let of_card = def.is_some_and(|def| matches!(def.origin, EventOrigin::Score(..)));
        if let Some(def) = def
            && let Some(label) = &def.label
            && !of_card
        {
            return label.get(self.lang).to_owned();
        }
        let (card, short) = match name.rsplit_once('.') {
            Some((card, short)) => (self.model.find_scorecard(card), short),
            None => (None, name),
        };
        const BUILT_IN: &[(&str, &str)] = &[
            ("opened", "explain-event-opened"),
            ("changed", "explain-event-changed"),
            ("delegated", "explain-event-delegated"),
            ("target_set", "explain-event-target-set"),
            ("target_acknowledged", "explain-event-target-acknowledged"),
            ("exempted", "explain-event-exempted"),
            ("period_closed", "explain-event-period-closed"),
            ("period_revised", "explain-event-period-revised"),
            ("appealed", "explain-event-appealed"),
            ("appeal_decided", "explain-event-appeal-decided"),
            ("published", "explain-event-published"),
            ("final", "explain-event-final"),
            ("reread", "explain-event-reread"),
            ("withdraw", "explain-event-withdraw"),
        ];
        let key = BUILT_IN.iter().find(|(known, _)| *known == short).map(|(_, key)| *key);
        match (key, card) {
            (Some(key), Some(card)) => {
                let card = self.model.scorecard(card);
                format!("{} {}", self.name(card.label.as_ref(), &card.name), self.plain(key))
                    .trim()
                    .to_owned()
            }
            (Some(key), None) => self.plain(key),
            (None, _) => self.quote(name),
        }
    }

    /// The definition of an event.
    pub fn event_def(&self, kind: Option<KindId>, name: &str) -> Option<&'a EventDef> {
        let id = self.model.kind(kind?).events.get(name)?;
        Some(self.model.event(*id))
    }

    /// A path as a person would call it: `event.score` → 考试分, `$pass_mark` → 及格线.
    pub fn path(&self, path: &str, setting: Setting<'_>) -> String {
        if let Some(name) = path.strip_prefix('$') {
            return match self.parameter(name) {
                Some(parameter) => self.name(parameter.label.as_ref(), path),
                None => self.quote(path),
            };
        }
        let Some((head, tail)) = path.split_once('.') else { return self.quote(path) };
        match (head, tail) {
            ("event", "at") => return self.plain("explain-event-at"),
            ("event", "by") => return self.plain("explain-event-by"),
            _ => {}
        }
        if head == "event"
            && let Some(def) = setting.event
            && let Some(slot) = def.data.iter().find(|slot| slot.name.as_ref() == tail)
        {
            return self.name(slot.label.as_ref(), tail);
        }
        if let Some(card) = self.model.find_scorecard(head) {
            let card = self.model.scorecard(card);
            let part = match tail {
                "score" => self.plain("explain-part-score"),
                "band" => self.plain("explain-part-band"),
                "result" => self.plain("explain-part-result"),
                "period_start" => self.plain("explain-part-period"),
                other => match card.streaks.iter().find(|streak| streak.name.as_ref() == other) {
                    Some(streak) => self.streak(streak),
                    None => self.quote(other),
                },
            };
            return format!("{} {part}", self.name(card.label.as_ref(), head));
        }
        if let Some(table) = self.model.find_table(head) {
            let table = self.model.table(table);
            let column = self.name(table.labels.get(tail), tail);
            return self.say("explain-clock-of", [self.name(table.label.as_ref(), head), column]);
        }
        let last = tail.rsplit('.').next().unwrap_or(tail);
        if let Some(workflow) = self.model.find_workflow(last) {
            let name = self.name(self.model.workflow(workflow).label.as_ref(), last);
            return if head == "actor" { self.say("explain-of-actor", [name]) } else { name };
        }
        let kind = self.model.find_kind(head).or(setting.kind);
        let field = self.field(kind, last);
        if field == self.quote(last) { self.quote(path) } else { field }
    }

    /// What was read, each with its value; parameters with the version that stood.
    pub fn reads<'r>(
        &self,
        reads: impl Iterator<Item = (&'r str, &'r Value)>,
        setting: Setting<'_>,
    ) -> String {
        let mut shown: Vec<String> = Vec::new();
        for (path, value) in reads {
            let name = self.path(path, setting);
            let worded = self.value_at(path, value, setting);
            let line = match path.strip_prefix('$').and_then(|name| self.version(name, value, setting.at)) {
                Some(version) => self.in_brackets(&format!("{name} {worded}"), &version),
                None => format!("{name} {worded}"),
            };
            if !shown.contains(&line) {
                shown.push(line);
            }
        }
        self.list(shown)
    }

    /// A value that a path leads to: a state, an outcome or an option by its label.
    fn value_at(&self, path: &str, value: &Value, setting: Setting<'_>) -> String {
        let (head, tail) = path.split_once('.').unwrap_or(("", path));
        let last = tail.rsplit('.').next().unwrap_or(tail);
        if let Value::Choice(state) = value
            && self.model.find_workflow(last).is_some()
        {
            return self.state(last, state);
        }
        if let Value::Choice(word) = value
            && tail == "result"
            && self.model.find_scorecard(head).is_some()
        {
            return self.outcome(word);
        }
        match self.type_at(head, last, setting) {
            Some(ty) => self.value_of(ty, value),
            None => self.value(value),
        }
    }

    /// What came out of a period, by its word.
    fn outcome(&self, word: &str) -> String {
        match word {
            "scored" => self.plain("explain-result-scored"),
            "undetermined" => self.plain("explain-result-undetermined"),
            "exempt" => self.plain("explain-result-exempt"),
            other => other.to_owned(),
        }
    }

    /// The declared type behind `event.slot`, `table.column` or a path that ends in a field.
    fn type_at<'t>(&self, head: &str, last: &str, setting: Setting<'t>) -> Option<&'t Type>
    where
        'a: 't,
    {
        if head == "event" {
            return setting.event?.data.iter().find(|slot| slot.name.as_ref() == last).map(|slot| &slot.ty);
        }
        if let Some(table) = self.model.find_table(head) {
            return self.model.table(table).type_of(last);
        }
        let kind = self.model.find_kind(head).or(setting.kind)?;
        self.model.kind(kind).fields.iter().find(|field| field.name.as_ref() == last).map(|field| &field.ty)
    }

    /// A parameter by name.
    pub fn parameter(&self, name: &str) -> Option<&'a Parameter> {
        self.model.find_parameter(name).map(|id| self.model.parameter(id))
    }

    /// Which version of a parameter gave a value: `$pass_mark,2026-01-01 起`.
    ///
    /// The date that governs may be another than the event's; the version with the value that was read is the one.
    fn version(&self, name: &str, value: &Value, at: Option<DateTime<Utc>>) -> Option<String> {
        let parameter = self.parameter(name)?;
        let ParameterValues::Dated(versions) = &parameter.values else {
            return Some(format!("${name}"));
        };
        let on_day = at.and_then(|at| parameter.version_on(self.day_of(at)));
        let version = on_day
            .filter(|version| version.value == *value)
            .or_else(|| versions.iter().rev().find(|version| version.value == *value));
        Some(match version.and_then(|version| version.from) {
            Some(from) => self.say("explain-version-from", [format!("${name}"), from.to_string()]),
            None => self
                .say("explain-version-policy", [format!("${name}"), self.model.header.version.to_string()]),
        })
    }
}

/// A number with its thousands grouped and without trailing zeros.
pub fn grouped(number: Decimal) -> String {
    let text = number.normalize().to_string();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, decimals) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    let mut out = String::from(sign);
    for (idx, digit) in whole.chars().enumerate() {
        if idx > 0 && (whole.len() - idx).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// A fraction as a percentage.
pub fn percent(fraction: Decimal) -> String {
    match fraction.checked_mul(Decimal::ONE_HUNDRED) {
        Some(number) => format!("{}%", grouped(number)),
        None => fraction.to_string(),
    }
}

/// A number for reading: exact up to six decimals, beyond that cut with `…`, so that nothing rounded passes for exact.
pub fn readable(number: Decimal) -> String {
    let short = number.trunc_with_scale(6);
    if short == number { grouped(number) } else { format!("{}…", grouped(short)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_trimmed_and_grouped() {
        let rows = [
            ("0", "0"),
            ("-0.50", "-0.5"),
            ("999", "999"),
            ("1000", "1,000"),
            ("52480.00", "52,480"),
            ("-1234567.8900", "-1,234,567.89"),
            ("59.988", "59.988"),
        ];
        for (number, expected) in rows {
            assert_eq!(grouped(number.parse().unwrap()), expected);
        }
    }

    #[test]
    fn shares_and_long_numbers() {
        assert_eq!(percent("0.8875".parse().unwrap()), "88.75%");
        assert_eq!(percent("0.60".parse().unwrap()), "60%");
        assert_eq!(readable(Decimal::ONE / Decimal::from(3)), "0.333333…");
        assert_eq!(readable("31.488".parse().unwrap()), "31.488");
    }
}
