//! Calendars alone, for apps that need no policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{attached, files_of, shipped, syntax_limits};
use crate::calendar::Calendar;
use crate::compile::{self, Options};
use crate::diag::{Code, Diagnostic, Report, nearest};
use crate::lang::Message;
use crate::source::{FileId, Sources, Span};
use crate::syntax;
use crate::syntax::raw::RawPolicy;

/// Reads the calendars of YAML texts (path as shown, text) with a `calendars:` section; `.ics` texts that they name may stand
/// among them. Those that ship with the crate, such as `cn-office`, are there too and may be extended.
///
/// A calendar states its `timezone`, or extends one that does.
///
/// ```
/// let desk = "calendars:\n  desk: {extends: cn-office, hours: {sat: [\"09:00-12:00\"]}}";
/// let calendars = rulebook::time::calendars(&[("desk.yaml", desk)]).map_err(|report| report.to_string())?;
/// assert_eq!(calendars.keys().map(|name| &**name).collect::<Vec<_>>(), ["cn-office", "desk"]);
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// A report with every mistake; its `Display` shows each with its place.
pub fn calendars<N: AsRef<str>, T: AsRef<str>>(
    texts: &[(N, T)],
) -> Result<BTreeMap<Arc<str>, Calendar>, Report> {
    let (calendars, report) = build(texts);
    if report.has_errors() { Err(report) } else { Ok(calendars) }
}

fn build<N: AsRef<str>, T: AsRef<str>>(texts: &[(N, T)]) -> (BTreeMap<Arc<str>, Calendar>, Report) {
    let options = Options::default();
    let (mut sources, mut found, mut raw) = (Sources::default(), Vec::new(), RawPolicy::default());
    let files = files_of(texts);
    for file in files.iter().filter(|file| !attached::is_ics(&file.path)) {
        let limits = syntax_limits(&options);
        syntax::read_file(&mut sources, &file.path, &file.bytes, &limits, &mut raw, &mut found);
    }
    attached::read(&raw, &files, None, &options, &mut sources, &mut found);
    let shipped = shipped(&mut sources, &mut found);
    let built = compile::calendars(&raw, &shipped, &sources, &mut found);
    (built, Report::new(sources, found))
}

impl Calendar {
    /// Reads one calendar from YAML text with a `calendars:` section.
    ///
    /// # Errors
    /// As for [`calendars`](crate::time::calendars), and a name that no calendar has.
    pub fn from_yaml(text: &str, name: &str) -> Result<Calendar, Report> {
        let (calendars, mut report) = build(&[("calendars.yaml", text)]);
        if let (Some(calendar), false) = (calendars.get(name), report.has_errors()) {
            return Ok(calendar.clone());
        }
        if !report.has_errors() {
            let span = Span::new(FileId::default(), 0, 0);
            let finding =
                Diagnostic::error(Code::UnknownCalendar, span, Message::new("unknown-calendar", [name]));
            report.diagnostics.push(match nearest(name, calendars.keys().map(AsRef::as_ref)) {
                Some(near) => finding.help(Message::new("did-you-mean", [near])),
                None => finding,
            });
        }
        Err(report)
    }

    /// The calendar of mainland China that ships with the crate: `cn-office`, with the days off and make-up days of its
    /// coverage as the State Council announced them.
    ///
    /// # Errors
    /// As for [`Calendar::from_yaml`]; the text that ships has no mistakes.
    pub fn cn_office() -> Result<Calendar, Report> {
        Calendar::from_yaml("", "cn-office")
    }
}
