//! Events as they arrive and records as they are kept: the only truth there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::scalar;
use crate::value::{Unit, Value};

/// Data of an event: name → value.
pub type Data = BTreeMap<Arc<str>, Value>;

/// An event on its way in: what happened to which subject, who says so, when.
///
/// Only the name is needed with [`Policy::step`](crate::Policy::step), which knows the subject;
/// `at` defaults to `now`, `id` to a hash of the content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The sender's id; a repeat with the same content changes nothing, other content is a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Arc<str>>,
    /// The subject: `chat/88`.
    #[serde(default, skip_serializing_if = "str_is_empty")]
    pub subject: Arc<str>,
    /// The case, where only one shall get it: `coaching/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Arc<str>>,
    /// The event's name.
    #[serde(rename = "event")]
    pub name: Arc<str>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant_option")]
    pub at: Option<DateTime<Utc>>,
    /// When we learned it; only for imported history.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant_option")]
    pub known: Option<DateTime<Utc>>,
    /// The sender's order among events of one instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// Who: `hr/zhao` (a role and a person) or `staff/li` (a person by subject).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// On whose behalf, where `by` acts as a substitute: `zhao`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Arc<str>>,
    /// Its data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "plain_map")]
    pub data: Data,
    /// The id of a record that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Arc<str>>,
    /// The corrected record is as if it had never been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
    /// Why a correction is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// A record: an event that passed the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this format: 1.
    pub format: u8,
    /// Unique within the subject.
    pub id: Arc<str>,
    /// The subject.
    pub subject: Arc<str>,
    /// The case it is meant for, if for one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Arc<str>>,
    /// When it happened, whole seconds.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    /// When we learned it; never before the last record of the subject unless imported.
    #[serde(with = "instant")]
    pub known: DateTime<Utc>,
    /// The sender's order among records of one instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// On whose behalf, where `by` acted as a substitute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Arc<str>>,
    /// The event's name.
    pub event: Arc<str>,
    /// Its data, of the declared types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "plain_map")]
    pub data: Data,
    /// What was read of other subjects when it came in: path → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "plain_map")]
    pub reads: Data,
    /// For a decision: whether it was accepted at the door. It stands either way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// For an accepted decision: what it did, `onboarding/1:not_qualified#0` (case, state, n-th transition).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Arc<str>>,
    /// The record that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Arc<str>>,
    /// The corrected record is as if it had never been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
    /// Why a correction is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// The subject whose case sent it, where no person or system did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<Arc<str>>,
}

impl Event {
    /// An event by name.
    pub fn new(name: impl Into<Arc<str>>) -> Event {
        Event { name: name.into(), ..Event::default() }
    }

    /// The subject it is for.
    #[must_use]
    pub fn to(mut self, subject: impl Into<Arc<str>>) -> Event {
        self.subject = subject.into();
        self
    }

    /// Who sends it.
    #[must_use]
    pub fn by(mut self, actor: impl Into<Arc<str>>) -> Event {
        self.by = Some(actor.into());
        self
    }

    /// On whose behalf it is sent: the sender acts as a substitute of that person.
    #[must_use]
    pub fn on_behalf_of(mut self, person: impl Into<Arc<str>>) -> Event {
        self.on_behalf_of = Some(person.into());
        self
    }

    /// When it happened.
    #[must_use]
    pub fn at(mut self, at: DateTime<Utc>) -> Event {
        self.at = Some(at);
        self
    }

    /// The sender's id.
    #[must_use]
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Event {
        self.id = Some(id.into());
        self
    }

    /// One item of data.
    #[must_use]
    pub fn with(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Event {
        self.data.insert(name.into(), value.into());
        self
    }
}

impl Record {
    /// The place of the record in a fold: `(at, order, id)`. Without an order of its own, the opening of a subject comes
    /// first at its instant.
    pub fn place(&self) -> (DateTime<Utc>, i64, &str) {
        let unstated = if self.event.as_ref() == "opened" { i64::MIN } else { 0 };
        (self.at, self.order.unwrap_or(unstated), &self.id)
    }

    /// Whether two records say the same, `known` and everything captured at the door aside.
    pub fn same_content(&self, other: &Record) -> bool {
        (&self.subject, &self.case, self.at, self.order, &self.by, &self.event, &self.data)
            == (&other.subject, &other.case, other.at, other.order, &other.by, &other.event, &other.data)
            && (&self.corrects, self.void, &self.reason) == (&other.corrects, other.void, &other.reason)
            && self.on_behalf_of == other.on_behalf_of
    }
}

fn str_is_empty(text: &str) -> bool {
    text.is_empty()
}

/// A value as plain JSON: numbers exact, everything else that is not a boolean or a list as text.
pub fn to_plain_json(value: &Value) -> String {
    match value {
        Value::Absent => "null".to_owned(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Number(number, Unit::None) => number.to_string(),
        Value::List(values) => {
            let items: Vec<String> = values.iter().map(to_plain_json).collect();
            format!("[{}]", items.join(","))
        }
        other => serde_json::Value::String(other.to_string()).to_string(),
    }
}

/// A value from plain JSON; numbers exact, text stays text until a declared type reads it.
///
/// # Errors
/// A map, or a number that an exact decimal cannot hold.
pub fn from_plain_json(raw: &RawValue) -> Result<Value, String> {
    let text = raw.get().trim();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(text).map(Value::text).map_err(|err| err.to_string()),
        Some(b't') => Ok(Value::Boolean(true)),
        Some(b'f') => Ok(Value::Boolean(false)),
        Some(b'n') => Ok(Value::Absent),
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).map_err(|err| err.to_string())?;
            let values: Result<Vec<Value>, String> = items.iter().map(|item| from_plain_json(item)).collect();
            values.map(|values| Value::List(values.into()))
        }
        Some(b'{') => Err("a map cannot be a value".to_owned()),
        _ => {
            scalar::decimal(text).map(Value::number).map_err(|_| format!("`{text}` is not an exact decimal"))
        }
    }
}

/// Data as a plain JSON map.
mod plain_map {
    use super::*;
    use serde::de::Error as _;
    use serde::ser::{Error as _, SerializeMap};

    pub fn serialize<S: Serializer>(data: &Data, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(data.len()))?;
        for (name, value) in data {
            let raw = RawValue::from_string(to_plain_json(value)).map_err(S::Error::custom)?;
            map.serialize_entry(name, &raw)?;
        }
        map.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Data, D::Error> {
        let raw: BTreeMap<Arc<str>, Box<RawValue>> = BTreeMap::deserialize(input)?;
        raw.into_iter()
            .map(|(name, raw)| match from_plain_json(&raw) {
                Ok(value) => Ok((name, value)),
                Err(why) => Err(D::Error::custom(format!("`{name}`: {why}"))),
            })
            .collect()
    }
}

/// Instants as RFC 3339 in UTC, whole seconds; any offset is read.
mod instant {
    use super::*;
    use chrono::SecondsFormat;
    use serde::de::Error as _;

    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(input)?;
        let at = DateTime::parse_from_rfc3339(&text)
            .map_err(|err| D::Error::custom(format!("`{text}`: {err}")))?;
        DateTime::from_timestamp(at.timestamp(), 0)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is out of range")))
    }
}

/// As [`instant`], where there may be none.
mod instant_option {
    use super::*;

    pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, out: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::instant::serialize(at, out),
            None => out.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        super::instant::deserialize(input).map(Some)
    }
}
