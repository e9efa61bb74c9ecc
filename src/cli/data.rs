//! Where events come from and where records are kept.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;

use super::{Shell, Stop, default_events, exists, progress};
use crate::lang::Message;
use crate::model::Policy;
use crate::record::Event;
use crate::runtime::{RunOptions, Runtime, Summary};
use crate::scalar;
use crate::store::{MemoryStore, SqliteStore, Store};

/// The longest line that is read, bytes; a longer one is no event.
const LINE_MAX: u64 = 1 << 20;

/// How many malformed lines are told in words; all are counted.
const TOLD_MAX: usize = 20;

/// A runtime over whichever store was chosen.
pub(super) type AnyRuntime = Runtime<Box<dyn Store>>;

/// Lines that are no events.
#[derive(Default)]
pub(super) struct Malformed {
    pub count: u64,
    /// The first of them: line number and reason.
    pub told: Vec<(u64, String)>,
}

/// On which line each event stood, without a number for each: how many lines before it held no event.
#[derive(Default)]
pub(super) struct Places {
    events: u64,
    /// From which event on how many lines were left out before.
    skipped: Vec<(u64, u64)>,
}

impl Places {
    fn note(&mut self, line: u64) {
        self.events += 1;
        let skipped = line - self.events;
        if self.skipped.last().map_or(0, |(_, skipped)| *skipped) != skipped {
            self.skipped.push((self.events, skipped));
        }
    }

    /// The line of the n-th event, both from 1.
    pub fn line_of(&self, event: u64) -> u64 {
        let after = self.skipped.partition_point(|(from, _)| *from <= event);
        event + after.checked_sub(1).and_then(|idx| self.skipped.get(idx)).map_or(0, |(_, skipped)| *skipped)
    }
}

/// Events from JSON lines, one at a time, however many there are.
pub(super) struct Lines<'a> {
    reader: Box<dyn BufRead>,
    number: u64,
    buffer: Vec<u8>,
    bar: ProgressBar,
    malformed: &'a mut Malformed,
    places: &'a mut Places,
    failed: &'a mut Option<io::Error>,
}

impl Iterator for Lines<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            self.buffer.clear();
            let read = match (&mut self.reader).take(LINE_MAX).read_until(b'\n', &mut self.buffer) {
                Ok(0) => return None,
                Ok(read) => read as u64,
                Err(error) => {
                    *self.failed = Some(error);
                    return None;
                }
            };
            self.number += 1;
            self.bar.inc(read);
            if read == LINE_MAX && self.buffer.last() != Some(&b'\n') {
                if let Err(error) = self.skip_line() {
                    *self.failed = Some(error);
                    return None;
                }
                self.bad(format!("> {LINE_MAX} bytes"));
                continue;
            }
            let line = self.buffer.trim_ascii();
            let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice::<Event>(line) {
                Ok(event) => {
                    self.places.note(self.number);
                    return Some(event);
                }
                Err(error) => self.bad(error.to_string()),
            }
        }
    }
}

impl Lines<'_> {
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let (used, ended) = {
                let held = self.reader.fill_buf()?;
                match held.iter().position(|byte| *byte == b'\n') {
                    Some(end) => (end + 1, true),
                    None => (held.len(), held.is_empty()),
                }
            };
            self.reader.consume(used);
            if ended {
                return Ok(());
            }
        }
    }

    fn bad(&mut self, why: String) {
        self.malformed.count += 1;
        if self.malformed.told.len() < TOLD_MAX {
            self.malformed.told.push((self.number, why));
        }
    }
}

/// Runs every event of a file (`-`: standard input) through a runtime; malformed lines are told on standard error.
///
/// Tells what came of it, and on which line each event stood.
pub(super) fn run_events(
    shell: &mut Shell,
    runtime: &mut AnyRuntime,
    path: &Path,
) -> Result<(Summary, Places), Stop> {
    let mut malformed = Malformed::default();
    let mut places = Places::default();
    let mut failed = None;
    let (reader, size): (Box<dyn BufRead>, u64) = if path.as_os_str() == "-" {
        (Box::new(BufReader::new(io::stdin())), 0)
    } else {
        exists(path)?;
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let size = file.metadata().map_or(0, |facts| facts.len());
        (Box::new(BufReader::with_capacity(1 << 16, file)), size)
    };
    let label = Message::plain("shell-running").render(shell.lang);
    let bar = progress::bar(shell, size, &label);
    let lines = Lines {
        reader,
        number: 0,
        buffer: Vec::new(),
        bar: bar.clone(),
        malformed: &mut malformed,
        places: &mut places,
        failed: &mut failed,
    };
    let summary = runtime.run(lines, &RunOptions::default());
    bar.finish_and_clear();
    for (number, why) in &malformed.told {
        let number = number.to_string();
        let line = Message::new("shell-malformed", [path.display().to_string(), number, why.clone()]);
        shell.out.complain(&line.render(shell.lang))?;
    }
    let untold = malformed.count.saturating_sub(malformed.told.len() as u64);
    if untold > 0 {
        shell.out.complain(&Message::new("shell-malformed-more", [untold]).render(shell.lang))?;
    }
    if let Some(error) = failed {
        return Err(unreadable(path, &error));
    }
    let mut summary = summary?;
    summary.malformed = malformed.count;
    Ok((summary, places))
}

fn unreadable(path: &Path, error: &io::Error) -> Stop {
    Stop::Usage(Message::new("shell-unreadable", [path.display().to_string(), error.to_string()]))
}

/// A runtime over a store that is there, or over events that are run through memory first.
///
/// Without either, the events that come with the sources are taken.
pub(super) fn standing(
    shell: &mut Shell,
    policy: Policy,
    store: Option<&PathBuf>,
    events: Option<&PathBuf>,
) -> Result<AnyRuntime, Stop> {
    if let Some(store) = store {
        exists(store)?;
        return Ok(Runtime::new(policy, Box::new(SqliteStore::open(store)?) as Box<dyn Store>)?);
    }
    // The shipped year speaks of the shipped policy alone.
    if events.is_none() && policy.model.header.id.as_ref() != SHIPPED {
        return Err(Stop::Usage(Message::new("shell-whose-events", [&policy.model.header.id])));
    }
    let events = events.cloned().unwrap_or_else(default_events);
    let mut runtime = Runtime::new(policy, Box::new(MemoryStore::default()) as Box<dyn Store>)?;
    run_events(shell, &mut runtime, &events)?;
    Ok(runtime)
}

/// The policy that the shipped year belongs to.
const SHIPPED: &str = "sales-service";

/// Until when everything in a store was judged: the latest instant of any subject's records; `None` without any.
pub(super) fn judged_until(runtime: &mut AnyRuntime) -> Result<Option<DateTime<Utc>>, Stop> {
    let mut latest: Option<DateTime<Utc>> = None;
    let mut after: std::sync::Arc<str> = "".into();
    loop {
        let names = runtime.subjects(None, &after, 500)?;
        let Some(last) = names.last().cloned() else { return Ok(latest) };
        for name in &names {
            latest = latest.max(runtime.store().head(name)?.map(|head| head.frontier));
        }
        after = last;
    }
}

/// An instant as people type it: a day stands for its last second.
pub(super) fn instant(policy: &Policy, text: &str) -> Result<DateTime<Utc>, Stop> {
    let zone = policy.model.header.zone;
    if let Ok(at) = scalar::instant(text, zone) {
        return Ok(at);
    }
    let day = scalar::date(text).map_err(|_| Stop::Usage(Message::new("shell-bad-date", [text])))?;
    Ok(crate::zone::day_end(zone, day))
}
