//! Findings of the compiler that only follow from what could not be read: they are not told, or told to be held back.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::Message;

/// What a name that nothing declares leads to.
const OF_NAMES: &[Code] = &[
    Code::NoPolicy,
    Code::UnknownName,
    Code::UnknownField,
    Code::UnknownParameter,
    Code::UnknownState,
    Code::UnknownEvent,
    Code::UnknownRole,
    Code::UnknownClause,
    Code::UnknownCalendar,
    Code::UnknownSubject,
    Code::UndeclaredEvent,
    Code::PermissionCoversNothing,
];

/// Drops what the compiler says about a text that the reader has found wrong already, such as a blank without quotes.
pub(super) fn drop_echoes(of_reader: &[Diagnostic], of_compiler: &mut Vec<Diagnostic>) {
    let errors = of_reader.iter().filter(|finding| finding.severity == Severity::Error);
    let mut told: Vec<_> = errors.filter_map(|finding| finding.marks.first()).map(|mark| mark.span).collect();
    told.sort_unstable();
    of_compiler.retain(|finding| {
        let Some(span) = finding.marks.first().map(|mark| mark.span) else { return true };
        let before = told.partition_point(|told| (told.file, told.start) <= (span.file, span.start));
        let near = before.checked_sub(1).and_then(|idx| told.get(idx));
        near.is_none_or(|told| told.file != span.file || told.end < span.end)
    });
}

/// Takes out what may only come from a file that could not be read in full, and says so beside its cause.
pub(super) fn hold_back(cause: &mut Diagnostic, of_compiler: &mut Vec<Diagnostic>) {
    let before = of_compiler.len();
    of_compiler.retain(|finding| !OF_NAMES.contains(&finding.code));
    let held = before - of_compiler.len();
    if held > 0 {
        cause.help.push(Message::new("held-back", [held]));
    }
}
