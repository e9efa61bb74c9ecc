//! A report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

use serde_json::{Value, json};

use super::{said, shown};
use crate::diag::{Code, Diagnostic, Mark, Report, Severity};
use crate::lang::Lang;
use crate::source::Span;

/// The whole report, with every code as a rule.
pub fn report(report: &Report, lang: Lang) -> Value {
    let rules: Vec<Value> = Code::ALL
        .iter()
        .map(|code| {
            let (zh, en) = code.about();
            let about = match lang {
                Lang::Zh => zh,
                Lang::En => en,
            };
            json!({"id": code.as_str(), "shortDescription": {"text": about}})
        })
        .collect();
    let (findings, not_listed) = shown(report.diagnostics.iter().collect());
    let results: Vec<Value> = findings.into_iter().map(|finding| one(report, finding, lang)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {"notListed": not_listed + report.not_listed()},
        }],
    })
}

fn one(report: &Report, finding: &Diagnostic, lang: Lang) -> Value {
    let mut text = said(&finding.message, lang);
    for help in &finding.help {
        text.push('\n');
        text.push_str(&said(help, lang));
    }
    let location = |mark: &Mark| {
        let mut value = location(report, mark.span);
        if let (Some(object), Some(message)) = (value.as_object_mut(), &mark.message) {
            object.insert("message".to_owned(), json!({"text": said(message, lang)}));
        }
        value
    };
    let mut value = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": {"text": text},
        "locations": finding.marks.iter().take(1).map(location).collect::<Vec<_>>(),
    });
    let Some(object) = value.as_object_mut() else { return value };
    if finding.marks.len() > 1 {
        let related: Vec<Value> = finding.marks.iter().skip(1).map(location).collect();
        object.insert("relatedLocations".to_owned(), related.into());
    }
    if let Some(fix) = &finding.fix {
        object.insert(
            "fixes".to_owned(),
            json!([{
                "artifactChanges": [{
                    "artifactLocation": {"uri": uri(report, fix.span)},
                    "replacements": [{
                        "deletedRegion": region(report, fix.span),
                        "insertedContent": {"text": fix.replacement},
                    }],
                }],
            }]),
        );
    }
    value
}

fn location(report: &Report, span: Span) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(report, span)},
        "region": region(report, span),
    }})
}

fn region(report: &Report, span: Span) -> Value {
    let Some(file) = report.sources.get(span.file) else { return json!({"startLine": 1}) };
    let (line, column) = file.position(span.start);
    let (end_line, end_column) = file.position(span.end);
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

/// The path as a relative URI: everything beyond the unreserved signs of RFC 3986 is percent-encoded.
fn uri(report: &Report, span: Span) -> String {
    let path = report.sources.get(span.file).map_or("", |file| &*file.path);
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
