//! The examples run, and the year that comes with the sources is what its generator writes.

use std::path::PathBuf;
use std::process::Command;

/// The text of an example's standard output; it stands beside this test's own binary.
fn run(example: &str, args: &[&str]) -> Vec<u8> {
    let me = std::env::current_exe().unwrap();
    let target = me.parent().unwrap().parent().unwrap();
    let path: PathBuf = target.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&path)
        .args(args)
        .output()
        .unwrap_or_else(|err| panic!("{}: {err}; `cargo test` builds the examples", path.display()));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example} failed: {complaint}");
    output.stdout
}

fn text(example: &str) -> String {
    String::from_utf8(run(example, &[])).unwrap()
}

#[test]
fn the_year_is_what_its_generator_writes() {
    let written = run("generate_year", &[]);
    let kept = std::fs::read("examples/data/year-2026.jsonl").unwrap();
    let differs =
        written.split(|byte| *byte == b'\n').zip(kept.split(|byte| *byte == b'\n')).position(|(a, b)| a != b);
    assert_eq!(differs.map(|line| line + 1), None, "the first line that differs");
    assert_eq!(written.len(), kept.len());
    assert!(kept.len() < 6_000_000);
}

#[test]
fn another_seed_gives_another_year() {
    assert_ne!(
        run("generate_year", &["--chats", "10", "--seed", "1"]),
        run("generate_year", &["--chats", "10"])
    );
}

#[test]
fn quickstart_tells_a_refusal_with_its_reason() {
    let said = text("quickstart");
    for expected in ["refused (too_early)", "2.1.2", "state: [\"training\"]", "due: onboarding/1 finish"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
}

#[test]
fn embed_sqlite_loses_nothing_at_a_restart() {
    let said = text("embed_sqlite");
    for expected in ["10:00 Moved", "records: 2", "the same hour again: 0 effects owed"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
    let left: Vec<&str> = said.lines().filter(|line| line.starts_with("left in the outbox")).collect();
    assert_eq!(left, ["left in the outbox: 2", "left in the outbox: 0"], "{said}");
}

#[test]
fn custom_function_decides_and_is_not_asked_again() {
    let said = text("custom_function");
    for expected in ["order/1 judged again: [\"accepted\"]", "order/2 judged again: [\"held\"]"] {
        assert!(said.contains(expected), "`{expected}` is missing in:\n{said}");
    }
}
