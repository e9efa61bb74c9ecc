//! The corpus: policies with one mistake each and what is said about it, and policies without any.
//!
//! `tests/corpus/bad/<topic>/<what_is_wrong>.yaml` begins with the code of its mistake; its report stands beside it.
//! Some topics are read by tests of their own: `yaml` by those of the reader, `scenario` by those of scenarios.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rulebook::{Code, Lang, Options, Policy, Report};

/// Codes that other tests cover: reading YAML, files, scenarios, policies side by side.
const ELSEWHERE: &[&str] = &[
    "unreadable-file",
    "not-utf8",
    "too-large",
    "too-deep",
    "too-many-nodes",
    "alias-unknown",
    "duplicate-key",
    "several-documents",
    "scenario-invalid",
    "old-graph",
    "migration-invalid",
    "kind-claimed-twice",
    "role-held-otherwise",
];

/// The files of one half of the corpus: topic, name, path.
fn files(half: &str) -> Vec<(String, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(half);
    let mut all = Vec::new();
    for topic in fs::read_dir(root).unwrap() {
        let topic = topic.unwrap().path();
        let topic_name = topic.file_name().unwrap().to_string_lossy().into_owned();
        if ["yaml", "scenario"].contains(&topic_name.as_str()) {
            continue;
        }
        for file in fs::read_dir(topic).unwrap() {
            let file = file.unwrap().path();
            if file.is_dir() || file.extension().is_some_and(|ext| ext == "yaml") {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                all.push((topic_name.clone(), name, file));
            }
        }
    }
    all.sort();
    all
}

/// The text that begins with the code: a file, or the `policy.yaml` of a folder.
fn text_of(path: &Path) -> String {
    let file = if path.is_dir() { path.join("policy.yaml") } else { path.to_owned() };
    fs::read_to_string(file).unwrap()
}

/// The codes of a bad policy, on its first line.
fn codes_of(text: &str) -> BTreeSet<String> {
    let line = text.lines().next().unwrap().trim_start_matches("# ");
    line.split(' ').map(str::to_owned).collect()
}

/// Every file below a folder with its path there.
fn texts_below(root: &Path, folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts_below(root, &path, into);
        } else {
            let shown = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            into.push((shown, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The report of a policy, with the calendar files that lie in its folder; of a folder, with all that lies in it.
fn report(topic: &str, path: &Path, name: &str, text: &str) -> (Option<Policy>, Report) {
    if path.is_dir() {
        let mut texts = Vec::new();
        texts_below(path, path, &mut texts);
        texts.sort();
        return Policy::report_texts(&texts, &Options::default());
    }
    let mut texts = vec![(format!("{topic}/{name}.yaml"), text.to_owned())];
    for file in fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|ext| ext == "ics") {
            let name = file.file_name().unwrap().to_string_lossy();
            texts.push((format!("{topic}/{name}"), fs::read_to_string(&file).unwrap()));
        }
    }
    Policy::report_texts(&texts, &Options::default())
}

#[test]
fn each_bad_policy_is_told_its_one_mistake() {
    let files = files("bad");
    assert!(files.len() >= 60, "the corpus is there");
    let mut failed = Vec::new();
    for (topic, name, path) in files {
        let text = text_of(&path);
        let expected = codes_of(&text);
        let (_, report) = report(&topic, &path, &name, &text);
        let codes: BTreeSet<String> =
            report.diagnostics.iter().map(|finding| finding.code.as_str().to_owned()).collect();
        let shown = format!(
            "{}\n{}",
            report.render_text(Lang::Zh, false),
            report.render_text(Lang::En, false).lines().next().unwrap_or("")
        );
        if codes != expected {
            failed.push(format!("{topic}/{name}: {codes:?}\n{shown}"));
            continue;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), shown));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn each_good_policy_loads_clean() {
    let files = files("good");
    assert!(files.len() >= 12, "the corpus is there");
    let mut failed = Vec::new();
    for (topic, name, path) in files {
        let (policy, report) = report(&topic, &path, &name, &text_of(&path));
        if policy.is_none() || !report.diagnostics.is_empty() {
            failed.push(format!("{topic}/{name}\n{report}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_code_has_a_bad_file() {
    let seen: BTreeSet<String> =
        files("bad").iter().flat_map(|(_, _, path)| codes_of(&text_of(path))).collect();
    let elsewhere: BTreeSet<String> = ELSEWHERE.iter().map(|code| (*code).to_owned()).collect();
    let expected: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(seen.union(&elsewhere).cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(seen.intersection(&elsewhere).next(), None, "a code of the corpus needs no exception");
}

#[test]
fn no_finding_shows_a_bare_key() {
    for (topic, name, path) in files("bad") {
        let (_, report) = report(&topic, &path, &name, &text_of(&path));
        for finding in &report.diagnostics {
            let marks = finding.marks.iter().filter_map(|mark| mark.message.as_ref());
            for message in marks.chain(&finding.help).chain([&finding.message]) {
                for lang in [Lang::Zh, Lang::En] {
                    assert_ne!(message.render(lang), message.key, "{topic}/{name}");
                }
            }
        }
    }
}

#[test]
fn the_shipped_policies_load() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let (policy, report) = Policy::report(root.join("sales-service"));
    assert!(policy.is_some(), "{report}");
    let (policy, report) = Policy::report(root.join("sales-service-template"));
    assert!(policy.is_none());
    let others: Vec<&str> = report
        .diagnostics
        .iter()
        .map(|finding| finding.code.as_str())
        .filter(|code| *code != "blank-parameter")
        .collect();
    assert_eq!((others, report.diagnostics.len()), (Vec::new(), 7), "{report}");
}
