//! A report as JSON: for programs, editors and tests.

use serde_json::{Value, json};

use super::{said, shown};
use crate::diag::{Diagnostic, Report, Severity};
use crate::lang::Lang;
use crate::source::Span;

/// The whole report.
pub fn report(report: &Report, lang: Lang) -> Value {
    let (findings, not_listed) = shown(report.diagnostics.iter().collect());
    let findings: Vec<Value> = findings.into_iter().map(|finding| one(report, finding, lang)).collect();
    json!({
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "findings": findings,
        "not_listed": not_listed + report.not_listed(),
    })
}

/// The lower-case English word of a severity, the same in every language.
pub fn severity(severity: Severity) -> &'static str {
    severity.word(Lang::En)
}

fn one(report: &Report, finding: &Diagnostic, lang: Lang) -> Value {
    let mut value = json!({
        "code": finding.code.as_str(),
        "severity": severity(finding.severity),
        "message": said(&finding.message, lang),
        "help": finding.help.iter().map(|help| said(help, lang)).collect::<Vec<_>>(),
    });
    let Some(object) = value.as_object_mut() else { return value };
    if let Some(Value::Object(place)) = finding.marks.first().map(|mark| place(report, mark.span)) {
        object.extend(place);
    }
    let also: Vec<Value> = finding
        .marks
        .iter()
        .skip(1)
        .map(|mark| {
            let mut value = place(report, mark.span);
            if let (Some(object), Some(message)) = (value.as_object_mut(), &mark.message) {
                object.insert("message".to_owned(), said(message, lang).into());
            }
            value
        })
        .collect();
    object.insert("also".to_owned(), also.into());
    if let Some(fix) = &finding.fix {
        let mut value = place(report, fix.span);
        if let Some(object) = value.as_object_mut() {
            object.insert("replacement".to_owned(), fix.replacement.clone().into());
        }
        object.insert("fix".to_owned(), value);
    }
    value
}

/// File, line and column (both from 1, in characters) and the place one past the end.
fn place(report: &Report, span: Span) -> Value {
    let Some(file) = report.sources.get(span.file) else { return json!({}) };
    let (line, column) = file.position(span.start);
    let (end_line, end_column) = file.position(span.end);
    json!({
        "file": &*file.path,
        "line": line,
        "column": column,
        "end": {"line": end_line, "column": end_column},
    })
}
