//! Inputs that are too much of something: each is told of, shortly, and in little memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use rulebook::{Lang, Options, Policy};

#[path = "../corpus/hostile/inputs.rs"]
mod inputs;

/// Kibibytes of memory that a check may have: 256 MiB of addresses, which is more than what is ever resident.
const KIB_MAX: u64 = 256 * 1024;

/// Kibibytes in which no program of this size can even start.
const KIB_TOO_FEW: u64 = 4 * 1024;

/// The exit code of the shell where it cannot set the limit.
const NO_LIMIT: i32 = 99;

#[test]
fn hostile_policies_are_told_of_shortly() {
    let settings = inputs::snapshots("policies");
    for (name, text, loads) in inputs::policies() {
        let (policy, report) = Policy::report_texts(&[("t.yaml", text)], &Options::default());
        assert_eq!(policy.is_some(), loads, "{name}");
        assert_eq!(report.diagnostics.is_empty(), loads, "{name}");
        let text = report.render_text(Lang::Zh, false);
        assert!(text.len() < 200_000, "{name}: {} bytes are no short report", text.len());
        settings.bind(|| insta::assert_snapshot!(name.replace(' ', "_"), inputs::beginning(&text)));
    }
}

/// What came of `rulebook check` in so little memory: the exit code, or nothing if a signal ended it, and what it said.
fn check_within(kib: u64, folder: &Path, format: &str) -> Option<(Option<i32>, String)> {
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {kib} || exit {NO_LIMIT}; exec \"$0\" check \"$1\" --format {format}"),
        ])
        .arg(env!("CARGO_BIN_EXE_rulebook"))
        .arg(folder)
        .output()
        .ok()?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.code(), said))
}

/// Memory that cannot be had ends a process with a signal, and so a breach shows as a missing exit code.
#[test]
#[allow(clippy::print_stderr, reason = "what was not tested is said")]
fn hostile_inputs_are_checked_in_little_memory() {
    if !cfg!(target_os = "linux") {
        return eprintln!("skipped: the limit of addresses is that of Linux");
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let file = root.join("policy.yaml");
    let mut inputs: Vec<(&str, Vec<u8>, i32)> =
        inputs::files().into_iter().map(|(name, bytes, _)| (name, bytes, 3)).collect();
    for (name, text, loads) in inputs::policies() {
        inputs.push((name, text.into_bytes(), if loads { 0 } else { 3 }));
    }
    assert!(inputs.len() >= 39);
    for (name, bytes, code) in inputs {
        fs::write(&file, bytes).unwrap();
        for format in ["text", "sarif"] {
            let Some((found, said)) = check_within(KIB_MAX, root, format) else {
                return eprintln!("skipped: there is no `sh` to set a limit with");
            };
            assert_eq!(found, Some(code), "{name}: {}", said.chars().take(2_000).collect::<String>());
            assert!(said.len() < 1_000_000, "{name}: {} bytes said", said.len());
        }
    }
    // The limit is real: with too little even a sound policy is not checked.
    fs::write(&file, "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n").unwrap();
    assert_eq!(check_within(KIB_MAX, root, "text").unwrap().0, Some(0));
    let (found, said) = check_within(KIB_TOO_FEW, root, "text").unwrap();
    assert!(![Some(0), Some(1), Some(2), Some(3), Some(NO_LIMIT)].contains(&found), "{found:?}: {said}");
}
