//! Workflows as diagrams: whole outputs as files, the command, and Graphviz itself where it is installed.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rulebook::{Error, GraphFormat, Lang, Options, Policy};

const SHIPPED: &str = "policies/sales-service";
const NESTED: &str = "tests/corpus/good/workflows/states_inside_states.yaml";

fn shipped() -> Policy {
    Policy::load(Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED)).unwrap()
}

fn nested() -> Policy {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(NESTED)).unwrap();
    Policy::from_texts(&[("nested.yaml", &text)], &Options::default()).unwrap()
}

/// Name, policy, format, language of every output that stands as a file.
fn outputs() -> Vec<(String, String, GraphFormat)> {
    let mut all = Vec::new();
    for (name, policy) in [("shipped", shipped()), ("nested", nested())] {
        for (ending, format) in [("mermaid", GraphFormat::Mermaid), ("dot", GraphFormat::Dot)] {
            for (language, lang) in [("zh", Lang::Zh), ("en", Lang::En)] {
                let drawn = policy.graph(None, format, lang).unwrap();
                all.push((format!("{name}-{ending}-{language}"), drawn, format));
            }
        }
    }
    all
}

#[test]
fn diagrams_in_both_formats_and_languages() {
    for (name, drawn, _) in outputs() {
        insta::assert_snapshot!(name, drawn);
    }
    assert!(outputs() == outputs(), "the same policy gives the same bytes");
}

#[test]
fn all_workflows_make_a_page_and_one_makes_a_diagram() {
    let policy = shipped();
    let page = policy.graph(None, GraphFormat::Mermaid, Lang::Zh).unwrap();
    let count = policy.workflows().count();
    assert!(count >= 7);
    assert_eq!(page.matches("\n```mermaid\n").count(), count);
    assert_eq!(page.matches("\n## ").count(), count);
    let dot = policy.graph(None, GraphFormat::Dot, Lang::Zh).unwrap();
    assert_eq!(dot.matches("digraph ").count(), count);
    for workflow in policy.workflows() {
        let alone = policy.graph(Some(workflow), GraphFormat::Mermaid, Lang::Zh).unwrap();
        assert!(alone.starts_with("---\ntitle: ") && !alone.contains("```"), "{alone}");
        assert!(page.contains(alone.split_once("\n---\n").unwrap().1), "{workflow}");
        assert!(
            dot.contains(&policy.graph(Some(workflow), GraphFormat::Dot, Lang::Zh).unwrap()),
            "{workflow}"
        );
    }
    let error: Error = policy.graph(Some("nothing"), GraphFormat::Dot, Lang::Zh).unwrap_err();
    assert_eq!(error.kind(), rulebook::ErrorKind::Unknown);
    assert!(error.to_string().contains("onboarding"), "{error}");
}

fn run(program: &str, args: &[&str], input: &str) -> std::io::Result<Output> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(input.as_bytes())?;
    child.wait_with_output()
}

#[test]
fn graphviz_draws_every_diagram() {
    for (name, drawn, _) in outputs().into_iter().filter(|(.., format)| *format == GraphFormat::Dot) {
        let output = match run("dot", &["-Tsvg"], &drawn) {
            Ok(output) => output,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // What is written is read by another reader of DOT in any case: src/graph/tests.rs.
                println!("skipped: Graphviz is not installed here, there is no `dot`");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {told}");
        assert!(!told.contains("syntax") && !told.contains("cluster"), "{name}: {told}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).matches("</svg>").count(),
            drawn.matches("digraph ").count(),
            "{name}"
        );
    }
}

#[test]
fn the_command_draws_and_its_exit_codes_are_those_of_every_verb() {
    let rulebook = |args: &[&str]| {
        let output = run(env!("CARGO_BIN_EXE_rulebook"), args, "").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let policy = shipped();
    let (code, out, err) = rulebook(&["graph", SHIPPED, "onboarding", "--lang", "zh"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, policy.graph(Some("onboarding"), GraphFormat::Mermaid, Lang::Zh).unwrap());
    let (code, out, _) = rulebook(&["graph", SHIPPED, "--format", "dot", "--lang", "en"]);
    assert_eq!((code, out), (0, policy.graph(None, GraphFormat::Dot, Lang::En).unwrap()));
    let (code, out, err) = rulebook(&["graph", SHIPPED, "onbording", "--lang", "en"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("`onbording`") && err.contains("onboarding"), "{err}");
    let (code, _, err) = rulebook(&["graph", "policies/nowhere", "--lang", "en"]);
    assert_eq!(code, 2, "{err}");
    let (code, out, err) = rulebook(&["graph", "policies/sales-service-template", "--lang", "en"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("blank-parameter"), "{err}");
}
