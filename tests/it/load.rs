//! Loading: which files belong to a policy, what the app can give, and what is told when the disk says no.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rulebook::{Code, Options, Policy, Value};

const HEAD: &str = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The paths of the files that were read, the shipped ones aside.
fn read(root: &Path) -> Vec<String> {
    let (_, report) = Policy::report(root);
    let paths = report.sources.iter().map(|(_, file)| file.path.to_string());
    paths.filter(|path| !path.starts_with('<')).collect()
}

fn codes(root: &Path, options: &Options) -> Vec<Code> {
    let (_, report) = Policy::report_with(root, options);
    report.diagnostics.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_policy_is_its_yaml_below_the_folder_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "z.yml", HEAD);
    write(root, "b/a.yaml", "parameters: {a: {value: 1}}\n");
    write(root, "a.yaml", "parameters: {b: {value: 1}}\n");
    write(root, "scenarios/s.yaml", "scenario: x\n");
    write(root, "b/scenarios/s.yaml", "scenario: x\n");
    write(root, ".hidden/h.yaml", "nonsense\n");
    write(root, "other/p.yaml", "# its own\npolicy: {id: o}\n");
    write(root, "other/deep/q.yaml", "nonsense\n");
    write(root, "notes.txt", "nonsense\n");
    assert_eq!(read(root), ["a.yaml", "b/a.yaml", "z.yml"]);
    assert!(Policy::load(root).is_ok());
    assert_eq!(read(&root.join("z.yml")), ["z.yml"]);
}

#[test]
fn what_cannot_be_read_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let missing = Policy::load(root.join("nowhere")).unwrap_err();
    assert_eq!(missing.diagnostics[0].code, Code::UnreadableFile);
    assert!(missing.to_string().contains("nowhere"));
    assert_eq!(codes(root, &Options::default()), [Code::NoPolicy]);
    write(root, "a.yaml", HEAD);
    write(root, "b.yaml", &format!("# {}\n", "长".repeat(500)));
    let mut options = Options::default();
    options.limits.file_bytes = 1_000;
    assert_eq!(codes(root, &options), [Code::TooLarge]);
    options.limits.file_bytes = 10_000;
    options.limits.files = 1;
    assert_eq!(codes(root, &options), [Code::TooLarge]);
}

/// One event of a calendar file.
fn ics(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

#[test]
fn calendar_files_stand_beside_the_file_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("policy");
    let calendars = "calendars: {desk: {hours: {mon-fri: ['09:00-18:00']}, holidays_from: cn.ics, coverage: 2026-01-01 to 2026-12-31}}\n";
    write(&root, "a.yaml", HEAD);
    write(&root, "calendars/desk.yaml", calendars);
    write(&root, "cn.ics", "not this one");
    write(&root, "calendars/cn.ics", &ics("DTSTART;VALUE=DATE:20260501\nSUMMARY:劳动节"));
    write(&root, "calendars/unnamed.ics", "nobody reads this");
    assert_eq!(read(&root), ["a.yaml", "calendars/desk.yaml", "calendars/cn.ics"]);
    let policy = Policy::load(&root).unwrap_or_else(|report| panic!("{report}"));
    let may_day = "2026-05-01".parse().unwrap();
    assert_eq!(policy.calendar("desk").unwrap().is_working_day(may_day), Ok(false));
    assert_eq!(policy.calendar("cn-office").unwrap().is_working_day(may_day), Ok(false));
    assert!(policy.calendar("none").is_none());
    // What the file says is part of the revision, and a single file finds its neighbour as well.
    write(&root, "one.yaml", &format!("{HEAD}{}", calendars.replace("cn.ics", "calendars/cn.ics")));
    assert_eq!(read(&root.join("one.yaml")), ["one.yaml", "calendars/cn.ics"]);

    let outside = calendars.replace("cn.ics", "../../cn.ics");
    write(folder.path(), "cn.ics", &ics("DTSTART;VALUE=DATE:20260501\nSUMMARY:x"));
    for (yaml, bytes, expected) in [
        (calendars, None, Code::UnreadableFile),
        (outside.as_str(), None, Code::UnreadableFile),
        (calendars, Some(vec![b'x'; 2_000]), Code::TooLarge),
        (calendars, Some(b"BEGIN:VCALENDAR\nSUMMARY:\xb4\xba\xbd\xda\n".to_vec()), Code::NotUtf8),
        (calendars, Some(b"\xef\xbb\xbfBEGIN:VCALENDAR\r\n".to_vec()), Code::BadIcs),
    ] {
        fs::remove_file(root.join("one.yaml")).ok();
        fs::remove_file(root.join("calendars/cn.ics")).ok();
        write(&root, "calendars/desk.yaml", yaml);
        if let Some(bytes) = bytes {
            fs::write(root.join("calendars/cn.ics"), bytes).unwrap();
        }
        let mut options = Options::default();
        options.limits.file_bytes = 1_000;
        assert_eq!(codes(&root, &options), [expected]);
    }
}

#[test]
fn names_are_held_back_where_a_file_was_not_read_in_full() {
    let people = "roles: {hr: {held_by: [li]}}\nsubjects: {staff: {person: yes}, chat: {}}\npermissions: {serve: {covers: [chat.reply], only_if: \"actor.training == done\"}}\nworkflows: {w: {subject: chat, events: {reply: {by: hr}}, on_event: {reply: record_only}}}\n";
    let training = "workflows:\n  training:\n    subject: staff\n    events: {exam: {by: hr}}\n    states: {open: {on_event: {exam: done}}, done: {done: yes}}\n";
    let rows: &[(&str, &[Code], usize)] = &[
        (training, &[], 0),
        // One value of the workflow is wrong, and what is meant is known: nothing else follows.
        (&training.replace("    subject: staff", "    label:甲\n    subject: staff"), &[Code::LooksWrong], 0),
        (&training.replace("    subject: staff", "\tsubject: staff"), &[Code::LooksWrong], 0),
        (&training.replace("exam: done}}", "exam: done}"), &[Code::UnreadableYaml], 1),
        (&training.replace("workflows:", "workflow:"), &[Code::UnknownKey], 1),
        ("workflows: {}\n", &[Code::UnknownName], 0),
    ];
    for (training, expected, held) in rows {
        let texts = [("policy.yaml", HEAD), ("people.yaml", people), ("training.yaml", training)];
        let (_, report) = Policy::report_texts(&texts, &Options::default());
        let codes: Vec<Code> = report.diagnostics.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, *expected, "{report}");
        let said = report.diagnostics.iter().flat_map(|finding| &finding.help);
        let said = said.filter(|help| help.key == "held-back").count();
        assert_eq!(said, *held, "{report}");
    }
}

#[test]
fn parameters_and_entries_can_be_replaced_at_load() {
    let text = format!(
        "{HEAD}parameters: {{a: {{value: 1, range: 0 to 5}}}}\nroles: {{hr: {{held_by: {{li: {{to: 2025-01-01}}}}}}}}\nparameter_sets: {{w: {{total: 100%, versions: [{{from: 2026-01-01, x: 60%, y: 40%}}]}}}}\n"
    );
    let found = |options: &Options| -> Vec<Code> {
        let (_, report) = Policy::report_texts(&[("t.yaml", &text)], options);
        report.diagnostics.iter().map(|finding| finding.code).collect()
    };
    let mut options = Options::default();
    assert_eq!(found(&options), [Code::RoleVacant]);
    options.overlays.push(("o.yaml".to_owned(), "roles: {hr: {held_by: [li]}}\n".to_owned()));
    assert_eq!(found(&options), []);
    let rows: &[(&[(&str, &str)], &[Code])] = &[
        (&[("a", "5")], &[]),
        (&[("$a", "6")], &[Code::OutOfRange]),
        (&[("b", "6")], &[Code::UnknownParameter]),
        (&[("w.x", "50%")], &[Code::WeightsNotWhole]),
        (&[("w.x", "50%"), ("w.y", "50%")], &[]),
        (&[("w.z", "50%")], &[Code::UnknownParameter]),
    ];
    for (set, expected) in rows {
        options.parameters = set.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        assert_eq!(found(&options), *expected, "{set:?}");
    }
}

#[test]
fn host_functions_are_declared_in_the_policy_and_given_at_load() {
    let text = format!(
        "{HEAD}functions: {{on_list: {{params: {{who: text}}, returns: boolean, host: yes}}}}\nsubjects: {{o: {{fields: {{name: text}}}}}}\nworkflows: {{w: {{subject: o, events: {{go: {{}}}}, on_event: {{go: [{{if: on_list(o.name), to: record_only}}]}}}}}}\n"
    );
    let mut options = Options::default();
    let yes: rulebook::HostFunction = Arc::new(|_: &[Value]| Ok(Value::from(true)));
    options.functions.insert("on_list".into(), yes.clone());
    let (policy, report) = Policy::report_texts(&[("t.yaml", &text)], &options);
    assert!(policy.is_some() && report.diagnostics.is_empty(), "{report}");
    options.functions.insert("on_lits".into(), yes);
    let (policy, report) = Policy::report_texts(&[("t.yaml", &text)], &options);
    assert!(policy.is_some());
    assert_eq!(report.diagnostics[0].code, Code::UnknownName);
}
