//! What the tests of findings share.

use crate::compile::Options;
use crate::diag::Code;
use crate::model::Policy;

/// The head of every test policy.
const HEAD: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";

/// The findings of one code in a policy: line and the source text of the main mark.
pub(super) fn found(code: Code, yaml: &str) -> Vec<(u32, String)> {
    let (_, report) = Policy::report_texts(&[("t.yaml", format!("{HEAD}{yaml}"))], &Options::default());
    let of_code = report.diagnostics.iter().filter(|finding| finding.code == code);
    let places = of_code.filter_map(|finding| {
        let mark = finding.marks.first()?;
        let (line, _) = report.sources.get(mark.span.file)?.position(mark.span.start);
        Some((line - 1, report.sources.text(mark.span).to_owned()))
    });
    let places: Vec<_> = places.collect();
    let others: Vec<_> = report
        .diagnostics
        .iter()
        .filter(|finding| finding.code != code && finding.severity == crate::diag::Severity::Error)
        .collect();
    assert!(others.is_empty(), "{report}");
    places
}

/// Checks rows of policy and expected findings (line in the policy, marked text).
pub(super) fn check(code: Code, rows: &[(&str, &[(u32, &str)])]) {
    for (yaml, expected) in rows {
        let found = found(code, yaml);
        let found: Vec<(u32, &str)> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(found, *expected, "{yaml}");
    }
}
