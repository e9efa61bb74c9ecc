//! Tests over `tests/corpus/bad/yaml`: one mistake of reading in each file, one snapshot of what is said about it.

use std::path::Path;

use crate::diag::corpus::each_is_explained;
use crate::diag::{Code, Diagnostic, Report};
use crate::lang::Lang;
use crate::source::{FileId, Span};
use crate::syntax::node::{Kind, Node, Style};
use crate::syntax::raw::RawPolicy;
use crate::syntax::{Limits, parse, read_file};

#[path = "../../tests/corpus/hostile/inputs.rs"]
#[allow(dead_code, reason = "whole policies are for the tests of the crate from outside")]
mod hostile;

fn report(name: &str, bytes: &[u8]) -> Report {
    let (mut report, mut policy) = (Report::default(), RawPolicy::default());
    read_file(&mut report.sources, name, bytes, &Limits::default(), &mut policy, &mut report.diagnostics);
    report.settle();
    report
}

#[test]
fn each_bad_file_is_explained() {
    each_is_explained("yaml", 50, |name, bytes| Some(report(name, bytes)));
}

#[test]
fn hostile_files_end_soon_with_a_finding() {
    let settings = hostile::snapshots("yaml");
    let mut wrong = Vec::new();
    for (name, bytes, code) in hostile::files() {
        let report = report(name, &bytes);
        let codes: Vec<&str> =
            report.diagnostics.iter().map(|finding| finding.code.as_str()).take(5).collect();
        if !report.diagnostics.iter().any(|finding| finding.code.as_str() == code) {
            wrong.push(format!("{name}: {codes:?}"));
        }
        assert!(report.diagnostics.len() <= 501, "{name}: {} findings", report.diagnostics.len());
        let text = report.render_text(Lang::Zh, false);
        assert!(text.len() < 200_000, "{name}: {} bytes are no short report", text.len());
        let shown = hostile::beginning(&text);
        settings.bind(|| insta::assert_snapshot!(name.replace(' ', "_"), shown));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn one_mistake_gives_one_finding() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/bad/yaml");
    let rows: &[(&str, Code)] = &[
        ("full_width_colon_key", Code::LooksWrong),
        ("ideographic_space_indent", Code::LooksWrong),
        ("tab_indent", Code::LooksWrong),
        ("tag_as_negation", Code::LooksWrong),
        ("block_sign_at_start", Code::LooksWrong),
        ("unclosed_quote", Code::UnreadableYaml),
        ("two_documents", Code::SeveralDocuments),
        ("alias_without_anchor", Code::AliasUnknown),
        ("misspelt_key", Code::UnknownKey),
        ("key_twice", Code::DuplicateKey),
        ("key_missing", Code::MissingKey),
        ("text_instead_of_map", Code::WrongShape),
        ("gbk", Code::NotUtf8),
    ];
    for (name, code) in rows {
        let report = report(name, &std::fs::read(folder.join(format!("{name}.yaml"))).unwrap());
        let codes: Vec<Code> = report.diagnostics.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [*code], "{name}\n{report}");
    }
}

/// The same text as `serde_yaml` reads it; scalars that it turned into numbers and the like are compared by their kind.
fn same(ours: &Node, theirs: &serde_yaml::Value) -> Result<(), String> {
    use serde_yaml::Value;
    let differ = || Err(format!("{ours:?}\n{theirs:?}"));
    match (&ours.kind, theirs) {
        (Kind::Scalar { style: Style::Empty, .. }, Value::Null) => Ok(()),
        (Kind::Scalar { text, style }, Value::String(other)) if *style != Style::Empty && text == other => {
            Ok(())
        }
        (Kind::Scalar { text, style: Style::Plain }, Value::Bool(other)) if text == &other.to_string() => {
            Ok(())
        }
        (Kind::Scalar { style: Style::Plain, text }, Value::Number(_)) => {
            let digits = text.replace(['_', '+', '-', '.', 'e', 'E', 'x', 'o'], "");
            if digits.chars().all(|sign| sign.is_ascii_alphanumeric()) { Ok(()) } else { differ() }
        }
        (Kind::List(ours), Value::Sequence(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).try_for_each(|(ours, theirs)| same(ours, theirs))
        }
        (Kind::Map(ours), Value::Mapping(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).try_for_each(|((key, value), (other_key, other_value))| {
                same(key, other_key)?;
                same(value, other_value)
            })
        }
        _ => differ(),
    }
}

fn tree(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let tree = parse(FileId(0), text, &Limits::default(), &mut found).tree;
    (tree, found)
}

/// Every YAML file of the repository that is meant to be good.
fn good_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("bad") && !path.ends_with("hostile") {
            good_files(&path, into);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            into.push(path);
        }
    }
}

#[test]
fn good_yaml_reads_as_serde_yaml_reads_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["policies", "tests/corpus", "data", "examples"] {
        good_files(&root.join(folder), &mut files);
    }
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (ours, found) = tree(&text);
        assert_eq!(found, Vec::new(), "{}", file.display());
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let ours = ours.unwrap_or(Node::scalar("", Style::Empty, Default::default()));
        if let Err(difference) = same(&ours, &theirs) {
            panic!("{}: {difference}", file.display());
        }
    }
}

#[test]
fn the_surface_as_documented_is_read_without_findings() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/good/yaml/surface.yaml");
    let report = report("surface.yaml", &std::fs::read(file).unwrap());
    assert_eq!(report.diagnostics, Vec::new(), "{report}");
}

#[test]
fn a_scalar_keeps_its_text_as_written() {
    let rows: &[(&str, &str, Style)] = &[
        ("5.10", "5.10", Style::Plain),
        ("007", "007", Style::Plain),
        ("no", "no", Style::Plain),
        ("1_000", "1_000", Style::Plain),
        ("2026-01-01", "2026-01-01", Style::Plain),
        ("\"60\"", "60", Style::Quoted),
        ("'a''b'", "a'b", Style::Quoted),
        ("\"\\u6548\"", "效", Style::Quoted),
        ("''", "", Style::Quoted),
        ("", "", Style::Empty),
        ("~", "", Style::Empty),
        ("null", "", Style::Empty),
        ("\"null\"", "null", Style::Quoted),
        ("|\n  let x = 1;\n  x > 2\n", "let x = 1;\nx > 2\n", Style::Block),
        (">-\n  a\n  b\n", "a b", Style::Block),
        ("a\n  b # c", "a b", Style::Plain),
        ("请注意：明天", "请注意：明天", Style::Plain),
    ];
    for (written, text, style) in rows {
        let (tree, found) = tree(&format!("甲: {written}\n"));
        assert_eq!(found, Vec::new(), "{written}");
        let Some(Node { kind: Kind::Map(pairs), .. }) = tree else { panic!("{written}") };
        assert_eq!(pairs[0].1.kind, Kind::Scalar { text: (*text).to_owned(), style: *style }, "{written}");
    }
}

#[test]
fn spans_cover_what_was_written() {
    let text = "甲: 80 points # 注\n乙:\n  丙: [a, \"b\"]\n  丁: |\n    x > 2\n\n戊: {k: v}\n";
    let (tree, _) = tree(text);
    let Some(Node { kind: Kind::Map(pairs), .. }) = tree else { panic!() };
    let shown: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(key, value)| {
            let part = |span: Span| &text[span.start as usize..span.end as usize];
            (part(key.span), part(value.span))
        })
        .collect();
    let block = "丙: [a, \"b\"]\n  丁: |\n    x > 2\n\n";
    assert_eq!(shown, [("甲", "80 points"), ("乙", block), ("戊", "{k: v}")]);
}

#[test]
fn a_byte_order_mark_is_skipped_and_places_stay_right() {
    let report = report("a.yaml", "\u{feff}clause: {}\n".as_bytes());
    let span = report.diagnostics[0].marks[0].span;
    assert_eq!(report.sources.get(span.file).unwrap().position(span.start), (1, 1));
    assert_eq!(report.sources.text(span), "clause");
}

/// Pieces that YAML-like text is made of, the troublesome ones among them.
const PIECES: &[&str] = &[
    "a",
    "甲",
    ":",
    ": ",
    "：",
    "-",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    " ",
    "　",
    "\u{a0}",
    "[",
    "]",
    "{",
    "}",
    ",",
    "，",
    "\"",
    "'",
    "“",
    "”",
    "|",
    ">",
    "|\n",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "?",
    "? ",
    "#",
    " #",
    "%",
    "@",
    "`",
    "~",
    "null",
    "---\n",
    "...\n",
    "<<",
    "\\",
    "\u{feff}",
    "\0",
    "\r\n",
    "1",
    "60",
    "policy:",
    "workflows:\n  a:",
    "states:",
    "value: ",
    "[X]",
    "【X】",
    "on_event: {",
    "rows: [",
    "clause: ",
    "parameters:\n  ",
    "\u{85}",
    "\u{2028}",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_give_findings_and_no_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let report = report("a.yaml", &bytes);
        report.render_text(Lang::Zh, false);
        report.to_sarif(Lang::En);
    }

    #[test]
    fn any_text_like_yaml_gives_findings_and_no_panic(
        picks in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)
    ) {
        let text = picks.concat();
        let report = report("a.yaml", text.as_bytes());
        report.render_text(Lang::Zh, true);
        report.to_json(Lang::En);
        for finding in &report.diagnostics {
            for mark in &finding.marks {
                let file = report.sources.get(mark.span.file).unwrap();
                let (start, end) = (mark.span.start as usize, mark.span.end as usize);
                assert!(start <= end && end <= file.text.len(), "{finding:?}");
                assert!(file.text.is_char_boundary(start) && file.text.is_char_boundary(end), "{finding:?}");
            }
            if let Some(fix) = &finding.fix {
                assert!(file_holds(&report, fix.span), "{finding:?}");
            }
        }
    }
}

fn file_holds(report: &Report, span: Span) -> bool {
    let text = &report.sources.get(span.file).unwrap().text;
    text.get(span.start as usize..span.end as usize).is_some()
}
