//! The lines: what happened, in the order it was learned.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use chrono::NaiveDateTime;

/// A line in the making, by its place in the ledger.
pub type Place = usize;

/// Data of an event as JSON, in the order given.
#[derive(Clone, Default)]
pub struct Data(String);

struct Line {
    at: NaiveDateTime,
    known: Option<NaiveDateTime>,
    arrival: NaiveDateTime,
    subject: String,
    event: &'static str,
    by: Option<String>,
    data: Data,
    corrects: Option<(Place, &'static str)>,
    id_of: Option<Place>,
}

/// Every line.
#[derive(Default)]
pub struct Ledger {
    lines: Vec<Line>,
    repeats: Vec<(Place, NaiveDateTime)>,
}

impl Data {
    /// No data.
    pub fn new() -> Data {
        Data::default()
    }

    /// A text, a choice, a date, an amount with its unit.
    #[must_use]
    pub fn text(self, name: &str, value: impl std::fmt::Display) -> Data {
        let value = value.to_string().replace('\\', "\\\\").replace('"', "\\\"");
        self.raw(name, &format!("\"{value}\""))
    }

    /// A number.
    #[must_use]
    pub fn number(self, name: &str, value: i64) -> Data {
        self.raw(name, &value.to_string())
    }

    fn raw(mut self, name: &str, value: &str) -> Data {
        let comma = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, "{comma}\"{name}\":{value}");
        self
    }
}

impl Ledger {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Something happened, and was learned at once.
    pub fn happened(
        &mut self,
        at: NaiveDateTime,
        subject: &str,
        event: &'static str,
        by: Option<&str>,
        data: Data,
    ) -> Place {
        self.lines.push(Line {
            at,
            known: None,
            arrival: at,
            subject: subject.to_owned(),
            event,
            by: by.map(str::to_owned),
            data,
            corrects: None,
            id_of: None,
        });
        self.lines.len() - 1
    }

    /// A line is learned later than it happened.
    pub fn learned(&mut self, place: Place, known: NaiveDateTime) {
        if let Some(line) = self.lines.get_mut(place) {
            line.known = Some(known);
            line.arrival = known;
        }
    }

    /// A line corrects an earlier one.
    pub fn corrects(&mut self, place: Place, corrected: Place, reason: &'static str) {
        if let Some(line) = self.lines.get_mut(place) {
            line.corrects = Some((corrected, reason));
        }
    }

    /// A line bears the id of another one, with other content: a conflict.
    pub fn takes_id_of(&mut self, place: Place, other: Place) {
        if let Some(line) = self.lines.get_mut(place) {
            line.id_of = Some(other);
        }
    }

    /// A line comes a second time, just as it was.
    pub fn repeated(&mut self, place: Place, arrival: NaiveDateTime) {
        self.repeats.push((place, arrival));
    }

    /// The first line of a subject's event from an instant on.
    pub fn find(&self, subject: &str, event: &str) -> Option<Place> {
        self.lines.iter().position(|line| line.subject == subject && line.event == event)
    }

    /// The lines of an event between two instants.
    pub fn of_event(&self, event: &str, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Place> {
        let wanted = |line: &&Line| line.event == event && from <= line.at && line.at < to;
        self.lines.iter().enumerate().filter(|(_, line)| wanted(line)).map(|(place, _)| place).collect()
    }

    /// The lines of a subject from an instant on, in order.
    pub fn rest_of(&self, subject: &str, from: NaiveDateTime) -> Vec<Place> {
        let mut rest: Vec<(NaiveDateTime, Place)> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.subject == subject && line.at >= from)
            .map(|(place, line)| (line.at, place))
            .collect();
        rest.sort();
        rest.into_iter().map(|(_, place)| place).collect()
    }

    /// When a line happened, to whom.
    pub fn place(&self, place: Place) -> Option<(NaiveDateTime, &str)> {
        self.lines.get(place).map(|line| (line.at, line.subject.as_str()))
    }

    /// Writes everything, sorted by arrival. Within a subject the ids count up in that order.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let mut order: Vec<(NaiveDateTime, bool, Place)> = self
            .lines
            .iter()
            .enumerate()
            .map(|(place, line)| (line.arrival, false, place))
            .chain(self.repeats.iter().map(|(place, arrival)| (*arrival, true, *place)))
            .collect();
        order.sort();
        let ids = self.ids(&order);
        for (_, _, place) in order {
            let Some(line) = self.lines.get(place) else { continue };
            out.write_all(line.json(&ids, place).as_bytes())?;
        }
        out.flush()
    }

    fn ids(&self, order: &[(NaiveDateTime, bool, Place)]) -> Vec<u32> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut ids = vec![0; self.lines.len()];
        for (_, repeat, place) in order {
            let (Some(line), false) = (self.lines.get(*place), *repeat) else { continue };
            if line.id_of.is_some() {
                continue;
            }
            let count = counts.entry(&line.subject).or_default();
            *count += 1;
            if let Some(id) = ids.get_mut(*place) {
                *id = *count;
            }
        }
        ids
    }
}

impl Line {
    fn json(&self, ids: &[u32], place: Place) -> String {
        let id = |place: Place| ids.get(place).copied().unwrap_or_default();
        let mut text =
            format!("{{\"id\":\"{}\",\"at\":\"{}\"", id(self.id_of.unwrap_or(place)), instant(self.at));
        if let Some(known) = self.known {
            let _ = write!(text, ",\"known\":\"{}\"", instant(known));
        }
        let _ = write!(text, ",\"subject\":\"{}\",\"event\":\"{}\"", self.subject, self.event);
        if let Some(by) = &self.by {
            let _ = write!(text, ",\"by\":\"{by}\"");
        }
        if !self.data.0.is_empty() {
            let _ = write!(text, ",\"data\":{{{}}}", self.data.0);
        }
        if let Some((corrected, reason)) = self.corrects {
            let _ = write!(text, ",\"corrects\":\"{}\",\"reason\":\"{reason}\"", id(corrected));
        }
        text.push_str("}\n");
        text
    }
}

fn instant(at: NaiveDateTime) -> String {
    format!("{}+08:00", at.format("%Y-%m-%dT%H:%M:%S"))
}
