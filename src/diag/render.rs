//! A report as text with snippets, as JSON and as SARIF.

use std::fmt;

use crate::diag::{Code, Diagnostic, LISTED_MAX, Report, Severity};
use crate::lang::{Lang, Message};

mod json;
mod sarif;
mod text;

/// The most signs of a message; one that quotes more is cut in its middle, so that its beginning and its end tell what is wrong.
const SIGNS_MAX: usize = 1_000;

impl Report {
    /// The report for people: each finding with file, line, column, snippet and help, then a line that counts them.
    ///
    /// Blanks still to be filled stand together in one block, one line each. Of very many findings the last and mildest are
    /// only counted. `color` adds terminal colours.
    pub fn render_text(&self, lang: Lang, color: bool) -> String {
        let renderer = text::renderer(color);
        let mut out = String::new();
        let is_blank = |finding: &&Diagnostic| finding.code == Code::BlankParameter;
        let (blanks, findings): (Vec<_>, Vec<_>) = self.diagnostics.iter().partition(is_blank);
        let (findings, more_findings) = shown(findings);
        for finding in findings {
            out.push_str(&text::finding(self, finding, lang, &renderer));
            out.push_str("\n\n");
        }
        let (blanks, more_blanks) = shown(blanks);
        if !blanks.is_empty() {
            let all = blanks.len() + more_blanks + self.left_out.blanks;
            out.push_str(&text::blanks(self, &blanks, all, lang, &renderer));
            out.push_str("\n\n");
        }
        let more = more_findings + more_blanks + self.not_listed();
        if more > 0 {
            out.push_str(&Message::new("more-findings", [more]).render(lang));
            out.push_str("\n\n");
        }
        out.push_str(&self.summary(lang));
        out.push('\n');
        out
    }

    /// One line that counts the findings by severity.
    fn summary(&self, lang: Lang) -> String {
        let counts =
            [Severity::Error, Severity::Warning, Severity::Note].map(|severity| self.count(severity));
        let message = match counts {
            [0, 0, 0] => Message::plain("report-clean"),
            [errors, 0, 0] => Message::new("report-errors", [errors]),
            [0, warnings, notes] => Message::new("report-no-errors", [warnings, notes]),
            _ => Message::new("report-counts", counts),
        };
        message.render(lang)
    }

    /// The report for programs: an object with `findings`, the counts of all, and how many of very many are `not_listed`.
    pub fn to_json(&self, lang: Lang) -> serde_json::Value {
        json::report(self, lang)
    }

    /// The report for code hosts and editors, as SARIF 2.1.0.
    pub fn to_sarif(&self, lang: Lang) -> serde_json::Value {
        sarif::report(self, lang)
    }
}

/// A message as it is shown.
fn said(message: &Message, lang: Lang) -> String {
    let text = message.render(lang);
    let signs = text.chars().count();
    if signs <= SIGNS_MAX {
        return text;
    }
    let kept = SIGNS_MAX / 2;
    let (head, tail) = (text.chars().take(kept), text.chars().skip(signs - kept));
    head.chain(" [...] ".chars()).chain(tail).collect()
}

/// The findings that are shown and the number of those that are not.
fn shown(mut findings: Vec<&Diagnostic>) -> (Vec<&Diagnostic>, usize) {
    let more = findings.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.truncate(LISTED_MAX);
    }
    (findings, more)
}

/// In Chinese, without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_text(Lang::Zh, false))
    }
}

impl Severity {
    /// The word for it.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Warning, Lang::Zh) => "警告",
            (Severity::Note, Lang::Zh) => "提示",
            (Severity::Error, Lang::En) => "error",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Note, Lang::En) => "note",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span};

    fn report() -> Report {
        let mut sources = Sources::default();
        let text =
            "parameters:\n  及格线: {clause: \"2.1.2\", 值: 80 points}\n  及格线: {value: 70 points}\n";
        let file = sources.add("参数/a.yaml", text);
        let place = |part: &str, nth: usize| {
            let (start, _) = text.match_indices(part).nth(nth).unwrap();
            Span::new(file, start, start + part.len())
        };
        let mut report = Report { sources, ..Report::default() };
        report.diagnostics.push(
            Diagnostic::error(
                Code::UnknownKey,
                place("值", 0),
                Message::new("unknown-key", ["值", "parameter"]),
            )
            .help(Message::new("did-you-mean", ["value"]))
            .fix(place("值", 0), "value"),
        );
        report.diagnostics.push(
            Diagnostic::warning(
                Code::DuplicateKey,
                place("及格线", 1),
                Message::new("duplicate-key", ["及格线"]),
            )
            .also(place("及格线", 0), Message::plain("first-here")),
        );
        report.diagnostics.push(Diagnostic::blank(place("70 points", 0), "补考次数", Some("2.1.2")));
        report.diagnostics.push(Diagnostic::blank(place("80 points", 0), "pass_mark", None));
        report
    }

    #[test]
    fn text_in_both_languages() {
        let report = report();
        insta::assert_snapshot!("text-zh", report.render_text(Lang::Zh, false));
        insta::assert_snapshot!("text-en", report.render_text(Lang::En, false));
        assert_eq!(report.to_string(), report.render_text(Lang::Zh, false));
        assert!(report.render_text(Lang::Zh, true).contains("\u{1b}["), "colours are escape codes");
        assert!(!report.render_text(Lang::Zh, false).contains('\u{1b}'), "plain text has none");
    }

    #[test]
    fn json_and_sarif() {
        let report = report();
        let pretty = |value| serde_json::to_string_pretty(&value).unwrap();
        insta::assert_snapshot!("json", pretty(report.to_json(Lang::En)));
        let mut sarif = report.to_sarif(Lang::Zh);
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len();
        assert_eq!(rules, Code::ALL.len());
        let index = sarif["runs"][0]["results"][0]["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "unknown-key");
        sarif["runs"][0]["tool"] = serde_json::Value::Null;
        insta::assert_snapshot!("sarif", pretty(sarif));
    }

    #[test]
    fn a_report_counts_what_it_shows() {
        let mut report = report();
        assert!(report.to_string().ends_with("\n共 3 处错误、1 处警告、0 处提示\n"));
        report.diagnostics.retain(|finding| finding.severity == Severity::Warning);
        assert!(report.render_text(Lang::En, false).ends_with("no errors; 1 warning(s), 0 note(s)\n"));
        report.diagnostics.clear();
        assert_eq!(report.to_string(), "没有发现问题\n");
    }

    #[test]
    fn of_very_many_findings_the_mildest_are_only_counted() {
        let mut report = report();
        let error = report.diagnostics[0].clone();
        let warning = report.diagnostics[1].clone();
        report.diagnostics = vec![warning; LISTED_MAX];
        report.diagnostics.push(error);
        let text = report.render_text(Lang::En, false);
        assert!(text.starts_with("error[unknown-key]"), "the error stands first");
        assert!(text.ends_with("\n\n1 more are not listed\n\n1 error(s), 500 warning(s), 0 note(s)\n"));
        assert_eq!(text.matches("warning[").count(), LISTED_MAX - 1);
        let json = report.to_json(Lang::En);
        assert_eq!(json["findings"].as_array().unwrap().len(), LISTED_MAX);
        assert_eq!((&json["warnings"], &json["not_listed"]), (&LISTED_MAX.into(), &1.into()));
        let run = report.to_sarif(Lang::En)["runs"][0].take();
        assert_eq!(run["results"].as_array().unwrap().len(), LISTED_MAX);
        assert_eq!(run["properties"]["notListed"], 1);
        report.diagnostics.remove(0);
        assert!(!report.to_string().contains("没有列出"), "all are shown");
    }

    #[test]
    fn a_message_that_quotes_very_much_is_cut_in_its_middle() {
        let mut report = report();
        let all = |report: &Report| {
            let programs = [report.to_json(Lang::Zh).to_string(), report.to_sarif(Lang::Zh).to_string()];
            programs.into_iter().chain([report.to_string()])
        };
        report.diagnostics[0].message = Message::new("duplicate-key", ["长".repeat(SIGNS_MAX / 2)]);
        assert!(all(&report).all(|text| !text.contains("[...]")));
        report.diagnostics[0].message = Message::new("duplicate-key", ["长".repeat(1_000_000)]);
        for text in all(&report) {
            assert!(
                text.len() < 20_000 && text.contains("`长长") && text.contains("长长` 写了两次"),
                "{text}"
            );
        }
    }

    #[test]
    fn spans_that_lie_outside_the_text_do_no_harm() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "甲: 1\n");
        let long = sources.add("b.yaml", &"长".repeat(5000));
        for (file, start, end) in
            [(file, 1, 2), (file, 7, 7), (file, 6, 90), (file, 90, 99), (long, 3000, 3003)]
        {
            let finding =
                Diagnostic::error(Code::BadName, Span::new(file, start, end), Message::plain("first-here"))
                    .fix(Span::new(file, start, end), "乙");
            let report = Report::new(sources.clone(), vec![finding]);
            let text = report.render_text(Lang::Zh, false);
            assert!(text.contains("bad-name") && text.len() < 2000, "{text}");
            report.to_json(Lang::Zh);
            report.to_sarif(Lang::Zh);
        }
    }
}
