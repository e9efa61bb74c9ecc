//! The command as a person runs it: every verb, every exit code, both languages.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A few days of one new employee and one chat; the second line is no event.
const EVENTS: &str = r#"{"id":"1","at":"2026-03-23T09:00:00+08:00","subject":"staff/li","event":"opened","by":"hr/zhao","data":{"hired":"2026-03-23","position":"sales","manager":"zhou"}}
not an event
{"id":"2","at":"2026-03-23T10:00:00+08:00","subject":"chat/1","event":"opened","data":{"customer":"c1","assigned_to":"li"}}
{"id":"3","at":"2026-03-23T10:00:00+08:00","order":1,"subject":"chat/1","event":"customer_message","by":"customer/c1","data":{}}
{"id":"4","at":"2026-03-23T10:09:00+08:00","subject":"chat/1","event":"staff_reply","by":"staff/li","data":{}}
{"id":"5","at":"2026-03-25T15:00:00+08:00","subject":"staff/li","event":"exam_taken","by":"hr/zhao","data":{"score":"90 points"}}
{"id":"6","at":"2026-03-25T16:00:00+08:00","subject":"staff/li","event":"exam_taken","by":"staff/li","data":{"score":"90 points"}}
"#;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn rulebook(args: &[&str]) -> Ran {
    rulebook_with(args, "")
}

fn rulebook_with(args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rulebook"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// A folder of its own with the events without the bad line.
fn events(folder: &Path) -> PathBuf {
    let path = folder.join("events.jsonl");
    let good: String =
        EVENTS.lines().filter(|line| line.starts_with('{')).map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, good).unwrap();
    path
}

const POLICY: &str = "policies/sales-service";

#[test]
fn what_is_due_beyond_the_calendar_is_marked_provisional() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
calendars: {desk: {extends: cn-office, beyond_coverage: provisional}}
subjects: {chat: {}}
roles: {any: {anyone: yes}}
workflows:
  w:
    subject: chat
    events: {ask: {by: any}, answer: {by: any}}
    clocks: {reply: {starts: ask, stops: answer, within: 3 working days, calendar: desk}}
    on_event: {ask: record_only, answer: record_only}
";
    let events = r#"{"id":"1","at":"2026-12-31T10:00:00+08:00","subject":"chat/1","event":"opened","by":"any/x","data":{}}
{"id":"2","at":"2026-12-31T10:00:01+08:00","subject":"chat/1","event":"ask","by":"any/x","data":{}}
"#;
    std::fs::write(folder.path().join("t.yaml"), policy).unwrap();
    let path = folder.path().join("events.jsonl");
    std::fs::write(&path, events).unwrap();
    let args = ["due", folder.path().to_str().unwrap(), "--events", path.to_str().unwrap()];
    let told = rulebook(&args);
    assert!(told.out.contains("18:00(暂定)"), "{}{}", told.out, told.err);
    let told = rulebook(&[&args[..], &["--lang", "en"]].concat());
    assert!(told.out.contains("18:00 (provisional)"), "{}{}", told.out, told.err);
    let told = rulebook(&[&args[..2], &["chat/1", "--lang", "en"], &args[2..]].concat());
    assert!(
        told.out.contains("Provisional: the calendar does not cover 2027-01-01 and later"),
        "{}",
        told.out
    );
}

#[test]
fn exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad");
    std::fs::create_dir(&bad).unwrap();
    std::fs::write(bad.join("policy.yaml"), "policy: {id: x, 标题: y}\n").unwrap();
    let bad = bad.to_str().unwrap();
    let failing = folder.path().join("failing");
    std::fs::create_dir_all(failing.join("scenarios")).unwrap();
    copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(POLICY).as_path(), &failing);
    let scenario = "scenario: 不可能\ngiven: {staff/li: {hired: 2026-03-23, manager: zhou, position: sales}}\nhappens: []\nexpect:\n  - {at: 2026-03-24 09:00, staff/li: {onboarding: certified}}\n";
    std::fs::write(failing.join("scenarios/one.yaml"), scenario).unwrap();
    let failing = failing.to_str().unwrap();
    let rows: &[(&[&str], i32)] = &[
        (&["check", POLICY], 0),
        (&["check", bad], 3),
        (&["check", "no/such/folder"], 2),
        (&["check", POLICY, "--format", "xml"], 2),
        (&["test", failing], 1),
        (&["test", bad], 3),
        (&["test", POLICY, "没有这样的场景"], 2),
        (&["run", POLICY, "no/such/file.jsonl"], 2),
        (&["run", bad, "-"], 3),
        (&["explain", "li"], 2),
        (&["explain", "staff/nobody", "--events", "/dev/null"], 2),
        (&["due", POLICY, "--events", "/dev/null", "--until", "morgen"], 2),
        (&["schema"], 0),
        (&["--version"], 0),
        (&["--help"], 0),
        (&[], 2),
        (&["no-such-verb"], 2),
    ];
    for (args, code) in rows {
        let ran = rulebook(args);
        assert_eq!(ran.code, *code, "{args:?}\n{}\n{}", ran.out, ran.err);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[test]
fn check_counts_clauses() {
    // The policy grows; what stays is that it is clean and what is counted.
    let shape = |lang: &str| -> String {
        let out = rulebook(&["check", POLICY, "--lang", lang]).out;
        let counted = out.lines().find(|line| line.contains("2026.1")).unwrap();
        counted.chars().map(|sign| if sign.is_ascii_digit() { '#' } else { sign }).collect()
    };
    let squeezed = |lang: &str| shape(lang).replace("##", "#").replace("##", "#");
    assert_eq!(
        squeezed("zh"),
        "销售服务管理制度 #.#: 条款 # 条,已实现 # 条,未实现 # 条,无须实现 # 条;流程 # 个;场景 # 个。"
    );
    assert_eq!(
        squeezed("en"),
        "Sales service regulation #.#: # clauses, # implemented, # not yet, # need none; # workflows; # scenarios."
    );
    assert!(rulebook(&["check", POLICY]).out.starts_with("没有"), "no errors");
    let json: serde_json::Value =
        serde_json::from_str(&rulebook(&["check", POLICY, "--format", "json"]).out).unwrap();
    assert_eq!(json["policy"]["id"], "sales-service");
    let listed = |key: &str| json["policy"][key].as_array().unwrap().len();
    let sorted = ["implemented", "not_implemented", "not_executable", "binding_nobody"].map(listed);
    assert_eq!(json["policy"]["clauses"], sorted.iter().sum::<usize>());
    let sarif: serde_json::Value =
        serde_json::from_str(&rulebook(&["check", POLICY, "--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn the_system_language_decides_unless_asked() {
    let run = |lang: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rulebook"));
        command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("LC_ALL").env("LANG", lang);
        String::from_utf8(command.env_remove("LC_MESSAGES").output().unwrap().stdout).unwrap()
    };
    assert!(run("en_GB.UTF-8", &["check", POLICY]).contains("clauses"));
    assert!(run("de_DE.UTF-8", &["check", POLICY]).contains("条款"));
    assert!(run("en_GB.UTF-8", &["check", POLICY, "--lang", "zh"]).contains("条款"));
}

#[test]
fn test_runs_chosen_scenarios() {
    let ran = rulebook(&["test", POLICY, "补考在最后一秒"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!("test-zh", ran.out);
    let json: serde_json::Value =
        serde_json::from_str(&rulebook(&["test", POLICY, "补考在最后一秒", "--format", "json"]).out).unwrap();
    assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &0.into()));
    let junit = rulebook(&["test", POLICY, "补考在最后一秒", "--format", "junit"]).out;
    assert!(junit.contains("<testsuite name=\"rulebook\" tests=\"1\" failures=\"0\">"), "{junit}");
}

#[test]
fn run_tells_what_came_of_the_events() {
    let ran = rulebook_with(&["run", POLICY, "-"], EVENTS);
    assert_eq!(ran.code, 1, "a line that is no event is a failure");
    assert!(ran.err.contains("- 第 2 行不是事件"), "{}", ran.err);
    insta::assert_snapshot!("run-zh", ran.out);
    insta::assert_snapshot!("run-en", rulebook_with(&["run", POLICY, "-", "--lang", "en"], EVENTS).out);
}

#[test]
fn the_same_events_twice_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (events, store) = (events(folder.path()), folder.path().join("store.db"));
    let args = ["run", POLICY, events.to_str().unwrap(), "--store", store.to_str().unwrap()];
    let first = rulebook(&args);
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    assert!(!first.out.contains("没有任何变化"), "{}", first.out);
    let second = rulebook(&args);
    assert_eq!(second.code, 0);
    assert!(second.out.contains("没有任何变化"), "{}", second.out);
    let again = [&args[..], &["--format", "json"]].concat();
    let json: serde_json::Value = serde_json::from_str(&rulebook(&again).out).unwrap();
    assert_eq!(json["changed"], false);
    assert_eq!(json["people"]["shown"][0]["subject"], "staff/li");
    let told = rulebook(&["explain", "staff/li", "--store", store.to_str().unwrap()]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("培训中"), "{}", told.out);
}

#[test]
fn explain_tells_the_story() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let events = events.to_str().unwrap();
    insta::assert_snapshot!("explain-zh", rulebook(&["explain", "staff/li", "--events", events]).out);
    insta::assert_snapshot!(
        "explain-en",
        rulebook(&["explain", "staff/li", "--events", events, "--lang", "en"]).out
    );
    insta::assert_snapshot!("explain-case", rulebook(&["explain", "chat/1/chat/1", "--events", events]).out);
    let early = rulebook(&["explain", "staff/li", "--events", events, "--as-known", "2026-03-24"]).out;
    assert!(early.contains("建档") && !early.contains("参加考试"), "{early}");
    let unknown = rulebook(&["explain", "staff/lii", "--events", events]);
    assert!(unknown.err.contains("staff/li"), "{}", unknown.err);
}

#[test]
fn due_is_sorted_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let events = events.to_str().unwrap();
    insta::assert_snapshot!("due-zh", rulebook(&["due", POLICY, "--events", events]).out);
    insta::assert_snapshot!("due-subject", rulebook(&["due", POLICY, "staff/li", "--events", events]).out);
    let none = rulebook(&["due", POLICY, "--events", events, "--until", "2026-03-01"]).out;
    assert!(none.starts_with("判定时刻 ") && none.ends_with("\n没有到期事项。\n"), "{none}");
}

#[test]
fn due_tells_how_far_a_store_is_behind() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let store = folder.path().join("store.db");
    let store = store.to_str().unwrap();
    rulebook(&["run", POLICY, events.to_str().unwrap(), "--store", store]);
    let behind = |more: &[&str]| -> Option<String> {
        let told = rulebook(&[&["due", POLICY, "--store", store, "--lang", "en"], more].concat());
        told.out.lines().find(|line| line.contains("not judged yet")).map(str::to_owned)
    };
    assert_eq!(behind(&[]), None, "as far as it was judged nothing waits");
    let told = behind(&["--as-of", "2026-04-20"]).unwrap();
    assert!(told.contains("of the store had something due") && told.contains("the oldest since"), "{told}");
}

#[test]
fn schema_is_json() {
    let json: serde_json::Value = serde_json::from_str(&rulebook(&["schema"]).out).unwrap();
    assert!(json["properties"]["workflows"].is_object());
}

#[test]
fn a_closed_pipe_is_nobodys_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rulebook"))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn lines_that_are_no_events_do_no_harm() {
    let long = format!("{{\"event\":\"{}\"}}\n", "x".repeat(3 << 20));
    let input = format!("\u{feff}\n\n[]\n{long}{{\"event\": 1}}\n{{}}\n\u{0}\n");
    let ran = rulebook_with(&["run", POLICY, "-"], &input);
    assert_eq!(ran.code, 1, "{}", ran.err);
    for number in ["3", "4", "5", "6", "7"] {
        assert!(ran.err.contains(&format!("第 {number} 行不是事件")), "{number}: {}", ran.err);
    }
}

#[test]
fn check_tells_the_mistakes_of_scenarios_too() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(POLICY).as_path(), folder.path());
    let scenarios = folder.path().join("scenarios");
    let _ = std::fs::remove_dir_all(&scenarios);
    std::fs::create_dir(&scenarios).unwrap();
    let sound = "scenario: 入职\ngiven: {staff/li: {hired: 2026-03-23, manager: zhou, position: sales}}\nhappens: []\nexpect:\n  - {at: 2026-03-24 09:00, staff/li: {onboarding: training}}\n";
    let rows = [
        (sound.to_owned(), 0, ""),
        // What reading alone tells, and what only the policy can tell.
        (sound.replace("expect:", "expects:"), 3, "expects"),
        (sound.replace("manager:", "manger:"), 3, "manger"),
        (sound.replace("onboarding: training", "onboarding: certifed"), 3, "certifed"),
    ];
    let path = folder.path().to_str().unwrap();
    for (text, code, told) in rows {
        std::fs::write(scenarios.join("one.yaml"), &text).unwrap();
        for format in ["text", "json", "sarif"] {
            let ran = rulebook(&["check", path, "--format", format]);
            assert_eq!(ran.code, code, "{format}\n{text}\n{}", ran.out);
            assert!(ran.out.contains(told), "{format}: `{told}` is not in\n{}", ran.out);
            assert!(code == 0 || ran.out.contains("scenarios/one.yaml"), "{format}: no place\n{}", ran.out);
        }
    }
}

/// A file of events, an unknown one on its fourth line after a blank one and one that is no event.
fn with_an_unknown_event(folder: &Path) -> PathBuf {
    let path = folder.join("unknown.jsonl");
    let mut lines: Vec<&str> = EVENTS.lines().collect();
    lines.insert(1, "");
    let unknown = r#"{"id":"9","at":"2026-03-23T09:30:00+08:00","subject":"staff/li","event":"exam_take","by":"hr/zhao","data":{}}"#;
    lines.insert(3, unknown);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

#[test]
fn run_tells_the_line_of_a_refused_event_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = with_an_unknown_event(folder.path());
    let path = path.to_str().unwrap();
    let zh = rulebook(&["run", POLICY, path]).out;
    assert!(
        zh.contains("第 4 行 staff/li exam_take: 制度里没有「exam_take」这个事件。是不是「exam_taken」?"),
        "{zh}"
    );
    assert!(zh.contains("另有 1 行不是事件,没有读入。"), "{zh}");
    let en = rulebook(&["run", POLICY, path, "--lang", "en"]).out;
    assert!(en.contains("line 4, staff/li exam_take: The policy has no event “exam_take”"), "{en}");
    assert!(en.contains("Did you mean “exam_taken”?"), "{en}");
    assert!(en.contains("1 line is no event and was left out."), "{en}");
    assert!(en.contains("line 8, staff/li exam_taken"), "{en}");
    assert!(en.contains(&format!("rulebook explain staff/li --events {path}")), "{en}");
    let json = rulebook(&["run", POLICY, path, "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["refusals"][0]["line"], 4);
    assert_eq!(json["refusals"][0]["reason"], "unknown_event");
}

/// Li fails twice and waits for a decision, late from 8 April 18:00 on.
const FAILED: &str = r#"{"id":"1","at":"2026-03-23T09:00:00+08:00","subject":"staff/li","event":"opened","by":"hr/zhao","data":{"hired":"2026-03-23","position":"sales","manager":"zhou"}}
{"id":"2","at":"2026-03-23T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-23","topic":"culture"}}
{"id":"3","at":"2026-03-24T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-24","topic":"product"}}
{"id":"4","at":"2026-03-25T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-25","topic":"skill"}}
{"id":"5","at":"2026-03-26T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-26","topic":"service"}}
{"id":"6","at":"2026-03-27T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-27","topic":"service"}}
{"id":"7","at":"2026-03-30T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-30","topic":"service"}}
{"id":"8","at":"2026-03-31T17:00:00+08:00","subject":"staff/li","event":"attended","by":"trainer/sun","data":{"day":"2026-03-31","topic":"service"}}
{"id":"9","at":"2026-04-01T15:00:00+08:00","subject":"staff/li","event":"exam_taken","by":"hr/zhao","data":{"score":"72 points"}}
{"id":"10","at":"2026-04-02T15:00:00+08:00","subject":"staff/li","event":"exam_taken","by":"hr/zhao","data":{"score":"60 points"}}
"#;

const DECIDED: &str = r#"{"id":"11","at":"2026-04-09T10:00:00+08:00","subject":"staff/li","event":"hr_decided","by":"hr/zhao","data":{"choice":"transfer","reason":"愿意去仓库"}}
"#;

#[test]
fn due_says_as_of_when_and_whose_decision_is_awaited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failed.jsonl");
    std::fs::write(&path, FAILED).unwrap();
    let path = path.to_str().unwrap();
    let due = |more: &[&str]| {
        let ran = rulebook(&[&["due", POLICY, "--events", path], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let asked = "入职培训·去向决定(决定: 重新培训、调岗、试用期审查)";
    let line = |told: &str| told.lines().find(|line| line.contains(asked)).map(str::to_owned);
    let told = due(&[]);
    assert!(told.starts_with("判定时刻 2026-04-02 周四 15:00"), "{told}");
    let waiting = line(&told).unwrap();
    assert!(waiting.contains("2026-04-08 周三 18:00") && !waiting.contains("逾期"), "{told}");
    assert!(waiting.contains("人力资源(zhao)"), "{told}");
    assert_eq!(told.matches("去向决定").count(), 1, "the clock and the question are one row: {told}");
    let later = due(&["--as-of", "2026-04-08"]);
    assert!(line(&later).unwrap().contains("逾期"), "{later}");
    assert_eq!(line(&due(&["--as-of", "2026-04-01 16:00"])), None, "nobody had been asked then");
    assert_eq!(line(&due(&["--until", "2026-04-07"])), None);
    let of_li = due(&["staff/li", "--lang", "en"]);
    assert!(
        of_li.contains(
            "Decision on the next step (decide: retrain, transfer, Probation review): due 2026-04-08"
        ),
        "{of_li}"
    );

    let decided = folder.path().join("decided.jsonl");
    std::fs::write(&decided, format!("{FAILED}{DECIDED}")).unwrap();
    let ran = rulebook(&["due", POLICY, "--events", decided.to_str().unwrap()]);
    assert_eq!(line(&ran.out), None, "who has decided owes nothing: {}", ran.out);
}

#[test]
fn due_lists_samples_that_wait_for_a_review() {
    let told = rulebook(&["due", POLICY]).out;
    assert!(told.contains("等人复核的样本"), "{told}");
    let row = told.lines().find(|line| line.contains("order/1730")).unwrap();
    for part in ["staff/wang", "月度绩效 2026-10", "审核通过的订单金额", "2026-10-26 10:18:19", "15900"]
    {
        assert!(row.contains(part), "{row}");
    }
    assert!(row.contains("审核通过(4),2026-11-12 09:30 得知"), "{row}");
    let before = rulebook(&["due", POLICY, "--as-of", "2026-11-11"]).out;
    assert!(!before.contains("等人复核的样本"), "nobody knew of it then: {before}");
    let after = rulebook(&["due", POLICY, "--as-of", "2026-11-12", "--lang", "en"]).out;
    assert!(after.contains("Amount of approved orders"), "{after}");
    assert!(!rulebook(&["due", POLICY, "staff/li"]).out.contains("1730"), "it is somebody else's");
}

#[test]
fn a_failing_scenario_speaks_one_language() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(POLICY).as_path(), folder.path());
    for inside in ["scenarios", "i18n"] {
        std::fs::create_dir(folder.path().join(inside)).unwrap();
    }
    let english = Path::new(env!("CARGO_MANIFEST_DIR")).join(POLICY).join("i18n/en.yaml");
    std::fs::copy(english, folder.path().join("i18n/en.yaml")).unwrap();
    let scenario = "scenario: 太早\ngiven: {staff/li: {hired: 2026-03-23, manager: zhou, position: sales}}\nhappens:\n  - {at: 2026-03-24 09:00, to: staff/li, exam_taken: {score: 90 points}, by: hr/zhao}\nexpect:\n  - {staff/li: {onboarding: certified}}\n  - {staff/li: {position: service}}\n  - {clock: {staff/li: {finish: met}}}\n  - {effect: {ask: hr, subject: staff/li}}\n  - {refused: none}\n";
    std::fs::write(folder.path().join("scenarios/early.yaml"), scenario).unwrap();
    let folder = folder.path().to_str().unwrap();
    let told = |lang: &str| {
        let out = rulebook(&["test", folder, "--lang", lang]).out;
        out.lines().filter(|line| !line.contains("  | ")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("failing-zh", told("zh"));
    let en = told("en");
    let own =
        en.lines().skip(2).any(|line| line.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)));
    assert!(!own, "{en}");
    insta::assert_snapshot!("failing-en", en);
}

#[test]
fn due_explains_what_stood_still_and_what_was_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.jsonl");
    let events = r#"
{"id": "1", "at": "2026-03-02T09:00:00+08:00", "subject": "ticket/1", "event": "opened", "by": "desk/chen", "data": {"class": "general"}}
{"id": "2", "at": "2026-03-02T10:00:00+08:00", "subject": "ticket/1", "event": "asked", "by": "customer/7"}
{"id": "3", "at": "2026-03-02T11:00:00+08:00", "subject": "ticket/1", "event": "waits", "by": "desk/chen"}
{"id": "4", "at": "2026-03-03T08:30:00+08:00", "subject": "ticket/1", "event": "came_back", "by": "customer/7"}
{"id": "5", "at": "2026-03-02T09:00:00+08:00", "subject": "ticket/2", "event": "opened", "by": "desk/chen", "data": {"class": "urgent"}}
{"id": "6", "at": "2026-03-02T09:30:00+08:00", "subject": "ticket/2", "event": "to_customer", "by": "desk/chen"}
"#;
    std::fs::write(&path, events.trim_start()).unwrap();
    let ran = |more: &[&str]| {
        let args =
            [&["due", "tests/policies/service-desk", "--events", path.to_str().unwrap()], more].concat();
        let ran = rulebook(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    insta::assert_snapshot!("due-explained-zh", ran(&["--explain"]));
    insta::assert_snapshot!("due-explained-en", ran(&["--explain", "--lang", "en"]));
}

/// A plant and a member of staff around the Spring Festival of 2026.
const DUTIES: &str = r#"{"id": "1", "at": "2026-02-13T08:00:00+08:00", "subject": "plant/a", "event": "opened", "data": {"lead": "li"}}
{"id": "2", "at": "2026-02-26T09:00:00+08:00", "subject": "plant/a", "event": "accident", "data": {"number": "A1"}}
{"id": "3", "at": "2026-02-28T10:00:00+08:00", "subject": "staff/wang", "event": "opened", "data": {"joined": "2026-02-10", "post": "welder", "boss": "zhou"}}
{"id": "4", "at": "2026-02-28T10:30:00+08:00", "subject": "staff/wang", "event": "changed", "data": {"post": "driver"}}
"#;

#[test]
fn due_explains_how_duties_came_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("duties.jsonl");
    std::fs::write(&path, DUTIES).unwrap();
    let ran = |more: &[&str]| {
        let args = [&["due", "tests/policies/duties", "--events", path.to_str().unwrap()], more].concat();
        let ran = rulebook(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    insta::assert_snapshot!("due-duties-zh", ran(&["--explain"]));
    insta::assert_snapshot!("due-duties-en", ran(&["--explain", "--lang", "en"]));
    insta::assert_snapshot!("due-duties-table", ran(&[]));
    let of_plant = ran(&["plant/a"]);
    assert!(of_plant.contains("往前最近的工作日是 2/14(周六);2/14(周六) 春节调休上班"), "{of_plant}");
}

/// A review that nobody's clock waits for, asked for beside one that a clock waits for until another instant.
const ASKING: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}
calendars: {desk: {extends: cn-office, beyond_coverage: provisional}}
clauses: {\"1\": {title: 审查}}
parameters: {decide_within: {label: 审查时限, clause: \"1\", value: 3 working days, calendar: desk}}
subjects: {chat: {fields: {owner: person}}}
roles: {lead: {label: 组长, held_by: [zhou]}, owner: {label: 负责人, of: chat.owner}}
workflows:
  w:
    label: 跟进
    subject: chat
    clause: \"1\"
    events: {ask: {by: owner}, decided: {by: [lead, owner], data: {choice: [keep, drop]}}}
    states:
      open: {on_event: {ask: asked}}
      asked:
        label: 审查中
        effects: [{ask: lead, decide: [keep, drop], within: $decide_within}]
        clocks: {settle: {label: 了结, within: 5 working days, calendar: desk}}
        on_event: {decided: over}
      over: {done: yes}
";

#[test]
fn due_explains_a_decision_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let events = r#"{"id":"1","at":"2026-12-29T10:00:00+08:00","subject":"chat/1","event":"opened","data":{"owner":"li"}}
{"id":"2","at":"2026-12-30T10:00:00+08:00","subject":"chat/1","event":"ask","by":"owner/li"}
"#;
    std::fs::write(folder.path().join("t.yaml"), ASKING).unwrap();
    let path = folder.path().join("events.jsonl");
    std::fs::write(&path, events).unwrap();
    let args = ["due", folder.path().to_str().unwrap(), "--events", path.to_str().unwrap()];
    let told = rulebook(&args);
    let row = told.out.lines().find(|line| line.contains("跟进(决定: keep、drop)")).unwrap_or(&told.err);
    assert!(row.contains("2027-01-04 周一 18:00(暂定)") && row.contains("组长(zhou)"), "{row}");
    let row = told.out.lines().find(|line| line.contains("跟进·了结")).unwrap();
    assert!(row.contains("2027-01-06") && row.contains("组长(zhou)、负责人(li)"), "another instant: {row}");
    insta::assert_snapshot!("due-asked-zh", rulebook(&[&args[..], &["--explain"]].concat()).out);
    insta::assert_snapshot!(
        "due-asked-en",
        rulebook(&[&args[..], &["--explain", "--lang", "en"]].concat()).out
    );
}

#[test]
fn due_explains_until_when_a_result_waits() {
    let told = rulebook(&["due", POLICY, "staff/cao", "--as-of", "2026-05-11"]).out;
    let published =
        "公布: 5/11(周一) 18:00。期后第 5 个工作日,从 5/1(周五) 数起: 5/1(周五)–5/5(周二) 劳动节放假";
    assert!(told.contains(published), "{told}");
    assert!(told.contains("期限: 5/14(周四) 18:00。3 个工作日: 起算日 5/11(周一) 不计"), "{told}");
    assert!(told.contains("由本人(cao)办理"), "{told}");
    let told = rulebook(&["due", POLICY, "staff/cao", "--as-of", "2026-05-13", "--lang", "en"]).out;
    assert!(told.contains("Appealed 2026-05-12 Tue 10:00. Due Tue 5/19 18:00. 5 working days"), "{told}");
    assert!(told.contains("To be done by Director (qian)"), "{told}");
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let told = |args: &[&str]| {
        let ran = rulebook(args);
        assert_eq!(ran.code, 2, "{}", ran.out);
        ran.err
    };
    let kind = told(&["explain", "ticket/1"]);
    assert!(kind.contains("没有对象 `ticket`") && kind.contains("--policy"), "{kind}");
    let kind = told(&["due", POLICY, "ticket/1", "--lang", "en"]);
    assert!(kind.contains("has no subjects `ticket`") && kind.contains("first argument of due"), "{kind}");
    let part = told(&["explain", "staff/qin/nonsense"]);
    assert!(part.contains("onboarding/1") && part.contains("monthly_kpi/2026-03"), "{part}");
    let result = rulebook(&["explain", "staff/qin/monthly_kpi/2026-03"]).out;
    assert!(result.contains("月度绩效 2026-03: 93.14"), "{result}");
    let case = rulebook(&["explain", "staff/qin/onboarding"]).out;
    assert_eq!(case, rulebook(&["explain", "staff/qin/onboarding/1"]).out);
}

#[test]
fn wrong_usage_is_told_in_the_language_asked_for() {
    let rows: &[(&[&str], &str, &str)] = &[
        (
            &["check", POLICY, "--format", "xml"],
            "的值 `xml` 不对\n可以写: text、json、sarif",
            "`xml` is no value of",
        ),
        (&["chek"], "没有命令 `chek`\n是不是", "there is no command `chek`\ndid you mean"),
        (&["due"], "缺少 <POLICY>\n用法: rulebook due", "<POLICY> is missing\nusage: rulebook due"),
        (&["due", "x", "y", "z"], "没有参数 `z`", "there is no argument `z`"),
        (&["explain", "a/b", "--stor", "c"], "没有参数 `--stor`\n是不是 --store", "did you mean --store"),
        (
            &["explain", "a/b", "--store", "c", "--events", "d"],
            "不能和 `--events <EVENTS>` 一起用",
            "cannot stand together",
        ),
        (&["due", "x", "--as-of"], "`--as-of <DATE>` 后面缺少值", "`--as-of <DATE>` lacks its value"),
        (&["due", "x", "--until", "1", "--until", "2"], "`--until <DATE>` 只能写一次", "can stand only once"),
    ];
    for (args, zh, en) in rows {
        let ran = rulebook(args);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(zh), "{args:?}: {}", ran.err);
        for lang in [&["--lang", "en"][..], &["--lang=en"]] {
            let ran = rulebook(&[lang, args].concat());
            assert_eq!(ran.code, 2);
            assert!(ran.err.contains(en), "{args:?}: {}", ran.err);
        }
    }
}
