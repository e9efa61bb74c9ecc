//! Policies laid over one another: what an overlay may say, what it takes over, and where findings point.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rulebook::{Code, Lang, Options, Outcome, Policy, PolicySet, ReplacedKind, Report, Reverted, Scenario};

const BASE: &str = "policy: {id: base, effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
clauses: {\"1\": {title: one}}
parameters:
  mark: {clause: \"1\", value: 80 points, range: 0 to 100}
  limit: {clause: \"1\", value: 3 working days}
parameter_sets:
  weights:
    clause: \"1\"
    total: 100%
    versions: [{from: 2026-01-01, a: 60%, b: 40%}]
subjects: {thing: {fields: {size: points, note: text?}}}
roles: {desk: {held_by: {an: {}}}}
workflows:
  w:
    subject: thing
    clause: \"1\"
    events: {tried: {by: desk, data: {score: points}}, ended: {by: desk}}
    states:
      open:
        clocks: {finish: {within: $limit, breached: {notify: desk}}}
        on_event:
          tried:
            - {if: \"event.score >= $mark\", to: good}
            - {otherwise: record_only}
          ended: bad
      good: {done: yes}
      bad: {done: yes}
";

/// The head of an overlay, with further keys of it.
fn head(more: &str) -> String {
    format!("policy: {{id: over, extend: base, effective: 2026-01-01, timezone: Asia/Shanghai{more}}}\n")
}

fn over(more: &str, rest: &str) -> (Option<Policy>, Report) {
    over_of(BASE, &format!("{}{rest}", head(more)))
}

fn over_of(base: &str, overlay: &str) -> (Option<Policy>, Report) {
    Policy::report_texts(&[("policy.yaml", overlay), ("base/policy.yaml", base)], &Options::default())
}

fn codes(report: &Report) -> Vec<Code> {
    report.diagnostics.iter().map(|finding| finding.code).collect()
}

/// The places that a finding points to: file and line.
fn places(report: &Report, idx: usize) -> Vec<String> {
    let place = |span: rulebook::Span| {
        let file = report.sources.get(span.file).unwrap();
        format!("{}:{}", file.path, file.position(span.start).0)
    };
    report.diagnostics[idx].marks.iter().map(|mark| place(mark.span)).collect()
}

/// `path: base → here` for everything that is said otherwise.
fn replaced(policy: &Policy) -> Vec<String> {
    let text = |text: &Option<rulebook::Spanned<String>>| {
        text.as_ref().map(|text| text.value.clone()).unwrap_or_default()
    };
    policy
        .replaced()
        .iter()
        .map(|one| format!("{}: {} → {}", one.path, text(&one.base), text(&one.now)))
        .collect()
}

/// How a case of `thing` stands after an attempt with a score.
fn after(policy: &Policy, score: &str) -> String {
    let at = rulebook::time::instant("2026-04-01 10:00", rulebook::time::time_zone("Asia/Shanghai").unwrap())
        .unwrap();
    let mut thing = policy.unopened("thing/1").unwrap();
    let opened = rulebook::Event::new("opened").by("an").with("size", "1 points");
    policy.step(&mut thing, &opened, at).unwrap();
    let tried = rulebook::Event::new("tried").by("an").with("score", score);
    let step = policy.step(&mut thing, &tried, at).unwrap();
    match step.outcome {
        Outcome::Moved => "moved".to_owned(),
        Outcome::Stayed | Outcome::Repeated => "stayed".to_owned(),
        Outcome::Refused(why) => why.reason().to_owned(),
    }
}

#[test]
fn an_overlay_sets_values_and_takes_over_the_rest() {
    let (policy, report) = over("", "parameters: {mark: {value: 85 points}}\n");
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(replaced(&policy), ["parameters.mark: 80 points → 85 points"]);
    let one = &policy.replaced()[0];
    assert_eq!((one.kind, one.clause.as_deref()), (ReplacedKind::Value, Some("1")));
    assert_eq!(policy.bases().iter().map(|base| &**base).collect::<Vec<_>>(), ["base"]);
    assert_eq!((after(&policy, "84 points"), after(&policy, "85 points")), ("stayed".into(), "moved".into()));
}

#[test]
fn the_range_of_the_base_binds_the_overlay() {
    let (policy, report) = over("", "parameters: {mark: {value: 101 points}}\n");
    assert!(policy.is_none());
    assert_eq!(codes(&report), [Code::OutOfRange]);
    assert_eq!(places(&report, 0), ["policy.yaml:2", "base/policy.yaml:4"]);
}

#[test]
fn a_further_version_stands_beside_the_value_of_the_base() {
    let (policy, report) =
        over("", "parameters: {mark: {versions: [{from: 2026-05-01, value: 85 points}]}}\n");
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(after(&policy, "84 points"), "moved", "in April the base's value holds");
    let rest = "parameters: {mark: {versions: [{from: 2026-03-01, value: 85 points}]}}
parameter_sets: {weights: {versions: [{from: 2026-07-01, a: 50%, b: 50%}, {from: 2026-01-01, a: 70%, b: 30%}]}}
";
    let (policy, report) = over("", rest);
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(after(&policy, "84 points"), "stayed");
    assert_eq!(policy.replaced().len(), 2);
}

#[test]
fn what_binds_is_kept_unless_it_is_listed() {
    let rest = "workflows: {w: {events: {ended: {by: [desk, self]}}, states: {good: {done: no}}}}\n";
    let (policy, report) = over("", rest);
    assert!(policy.is_none());
    assert_eq!(codes(&report), [Code::BaseChanged, Code::BaseChanged]);
    assert_eq!(places(&report, 0), ["policy.yaml:2", "base/policy.yaml:17"]);
    let listed = ", replaces: {what: workflows.w.states.open.on_event.ended, because: why}";
    let rest = "workflows: {w: {states: {open: {on_event: {ended: good}}}}}\n";
    let (policy, report) = over(listed, rest);
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(replaced(&policy), ["workflows.w.states.open.on_event.ended: bad → good"]);
    assert_eq!(policy.replaced()[0].because.as_deref(), Some("why"));
}

#[test]
fn a_list_that_replaces_nothing_is_told() {
    let (_, report) = over(", replaces: {what: parameters.nothing, because: why}", "");
    assert_eq!(codes(&report), [Code::UnknownElement]);
    let (_, report) = over(", removes: {what: workflows.w.states.none, because: why}", "");
    assert_eq!(codes(&report), [Code::UnknownElement]);
    let (_, report) = over(", removes: {what: workflows.w.states.bad}", "");
    assert!(codes(&report).contains(&Code::MissingKey), "{report}");
    let alone = "policy: {id: a, effective: 2026-01-01, timezone: UTC, removes: {what: x, because: y}}\n";
    let (_, report) = Policy::report_texts(&[("policy.yaml", alone)], &Options::default());
    assert_eq!(codes(&report), [Code::UnknownElement]);
}

#[test]
fn what_is_removed_is_listed_and_what_names_it_points_there() {
    let (_, report) = over(", removes: {what: workflows.w.states.bad, because: why}", "");
    assert_eq!(codes(&report), [Code::UnknownState]);
    assert_eq!(places(&report, 0), ["base/policy.yaml:25", "policy.yaml:1"]);
    let both = ", removes: {what: [workflows.w.states.bad, workflows.w.states.open.on_event.ended, workflows.w.events.ended], because: why}";
    let (policy, report) = over(both, "");
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert!(policy.replaced().iter().all(|one| one.kind == ReplacedKind::Removed), "{:?}", policy.replaced());
    assert_eq!(policy.replaced().len(), 3);
    let (_, report) = over(
        ", removes: {what: workflows.w.states.bad, because: why}",
        "workflows: {w: {states: {bad: {done: yes}}}}\n",
    );
    assert_eq!(codes(&report), [Code::BaseChanged]);
}

#[test]
fn transitions_and_rows_say_where_they_stand() {
    let put = |insert: &str| {
        let rest = format!(
            "workflows: {{w: {{states: {{open: {{on_event: {{tried: [{{if: \"event.score >= 50\", to: bad{insert}}}]}}}}}}}}}}\n"
        );
        over("", &rest)
    };
    assert_eq!(codes(&put("").1), [Code::MissingKey]);
    assert_eq!(codes(&put(", insert: third").1), [Code::BadWord]);
    assert_eq!(codes(&put(", insert: before 3").1), [Code::BadWord]);
    let history = |insert: &str, score: &str| {
        let (policy, report) = put(insert);
        let policy = policy.unwrap_or_else(|| panic!("{report}"));
        assert_eq!(policy.replaced()[0].kind, ReplacedKind::Inserted);
        after(&policy, score)
    };
    // `last` stands before the one without condition.
    for insert in [", insert: last", ", insert: before 2", ", insert: after 1", ", insert: first"] {
        assert_eq!(history(insert, "60 points"), "moved", "{insert}");
        assert_eq!(history(insert, "40 points"), "stayed", "{insert}");
    }
    let alone = BASE.replace("- {otherwise: record_only}", "- {otherwise: record_only, insert: last}");
    let (_, report) = Policy::report_texts(&[("policy.yaml", alone.as_str())], &Options::default());
    assert_eq!(codes(&report), [Code::UnknownElement]);
}

#[test]
fn a_state_is_added_inside_a_state_of_the_base() {
    let nested = BASE.replace("      bad: {done: yes}\n", "      bad: {done: yes}\n      outer:\n        on_event: {ended: bad}\n        states: {first: {on_event: {tried: good}}}\n");
    let nested = nested.replace("          ended: bad\n", "          ended: outer\n");
    let overlay = format!(
        "{}workflows: {{w: {{events: {{more: {{by: desk}}}}, states: {{outer: {{states: {{new: {{on_event: {{tried: bad}}}}, first: {{on_event: {{more: new}}}}}}}}}}}}}}\n",
        head("")
    );
    let (policy, report) = over_of(&nested, &overlay);
    assert!(policy.is_some(), "{report}");
    assert!(report.diagnostics.is_empty(), "{report}");
}

#[test]
fn calendars_and_holders_are_the_overlays_to_set() {
    let base = format!(
        "{BASE}calendars: {{desk: {{hours: {{mon-fri: [\"09:00-18:00\"]}}, days: {{2026-02-16: [\"09:00-12:00\"]}}, coverage: 2026-01-01 to 2026-12-31}}}}\n"
    );
    let overlay = format!(
        "{}calendars: {{desk: {{hours: {{mon-fri: [\"10:00-19:00\"]}}, days: {{2026-02-16: closed, 2026-05-04: closed}}}}}}\nroles: {{desk: {{held_by: {{bo: {{}}}}}}}}\n",
        head(", horizon: 2 calendar days")
    );
    let (policy, report) = over_of(&base, &overlay);
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(
        replaced(&policy),
        [
            "calendars.desk.hours: mon-fri: [09:00-18:00] → mon-fri: [10:00-19:00]",
            "calendars.desk.days.2026-02-16: [09:00-12:00] → closed",
            "roles.desk.held_by: an → bo",
        ]
    );
    assert_eq!(after(&policy, "90 points"), "wrong_role", "an holds it no longer");
    let shadow =
        "calendars: {cn-office: {hours: {mon-sun: [\"00:00-24:00\"]}, coverage: 2026-01-01 to 2026-12-31}}\n";
    let (policy, report) = over("", shadow);
    assert!(policy.is_none() && !codes(&report).is_empty(), "a calendar that ships cannot be shadowed");
    let (policy, report) = over("", "roles: {desk: {of: thing.note}}\n");
    assert!(policy.is_none());
    assert_eq!(codes(&report), [Code::BaseChanged]);
}

#[test]
fn the_mistakes_of_a_base_are_told_once_and_at_its_files() {
    let broken = BASE.replace("to: good", "to: goood");
    let (policy, report) = over_of(&broken, &head(""));
    assert!(policy.is_none());
    let mut told = codes(&report);
    told.sort();
    assert_eq!(told, [Code::UnknownState, Code::BaseInvalid]);
    let state = report.diagnostics.iter().position(|finding| finding.code == Code::UnknownState).unwrap();
    assert_eq!(places(&report, state), ["base/policy.yaml:23"]);
    let blank = BASE.replace("80 points", "\"[X] points\"");
    let (policy, report) =
        over_of(&blank, &format!("{}parameters: {{mark: {{value: 70 points}}}}\n", head("")));
    assert!(policy.is_some(), "an overlay fills a blank: {report}");
    let (_, report) = over_of(&blank, &head(""));
    assert_eq!(codes(&report), [Code::BlankParameter], "{report}");
}

#[test]
fn a_base_that_is_not_there_and_a_circle_are_told() {
    let missing = head("").replace("extend: base", "extend: bose");
    let (_, report) = over_of(BASE, &missing);
    assert!(codes(&report).contains(&Code::UnknownBase), "{report}");
    for path in ["/etc/base", "C:\\\\base"] {
        let (_, report) = over_of(BASE, &head("").replace("extend: base", &format!("extend: \"{path}\"")));
        assert!(codes(&report).contains(&Code::UnknownBase), "{path}: {report}");
    }
    let headless = [("policy.yaml", head("")), ("base/a.yaml", "parameters: {a: {value: 1}}\n".to_owned())];
    let (_, report) = Policy::report_texts(&headless, &Options::default());
    assert_eq!(codes(&report), [Code::UnknownBase], "{report}");
    let circle = [
        ("policy.yaml", head("")),
        ("base/policy.yaml", head(", title: a").replace("extend: base", "extend: ../other")),
        ("other/policy.yaml", head(", title: b").replace("extend: base", "extend: ../base")),
    ];
    let (_, report) = Policy::report_texts(&circle, &Options::default());
    assert!(codes(&report).contains(&Code::CircularExtends), "{report}");
    let same = head("").replace("id: over", "id: base");
    assert_eq!(codes(&over_of(BASE, &same).1), [Code::PolicyTwice]);
    let twice = head("").replace("extend: base", "extend: [base, ./base]");
    assert_eq!(codes(&over_of(BASE, &twice).1), [Code::DuplicateName]);
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A base with two branches, a branch of a branch, and one that joins both.
fn family(root: &Path) {
    let branch =
        |id: &str, extend: &str, rest: &str| format!("policy: {{id: {id}, extend: {extend}}}\n{rest}");
    write(root, "base/policy.yaml", BASE);
    write(root, "left/policy.yaml", &branch("left", "../base", "parameters: {mark: {value: 85 points}}\n"));
    write(
        root,
        "right/policy.yaml",
        &branch("right", "../base", "parameters: {limit: {value: 2 working days}}\n"),
    );
    write(root, "small/policy.yaml", &branch("small", "../left", "parameters: {mark: {value: 90 points}}\n"));
    write(root, "both/policy.yaml", &branch("both", "[../left, ../right]", ""));
    write(root, "clash/policy.yaml", &branch("clash", "[../left, ../small2]", ""));
    write(
        root,
        "small2/policy.yaml",
        &branch("small2", "../base", "parameters: {mark: {value: 70 points}}\n"),
    );
    write(root, "round/policy.yaml", &branch("round", "../back", ""));
    write(root, "back/policy.yaml", &branch("back", "../round", ""));
}

#[test]
fn chains_and_diamonds_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    family(root);
    let load = |name: &str| Policy::load(root.join(name)).unwrap_or_else(|report| panic!("{name}: {report}"));
    let small = load("small");
    assert_eq!(replaced(&small), ["parameters.mark: 85 points → 90 points"]);
    let bases: Vec<&str> = small.bases().iter().map(|base| &**base).collect();
    assert_eq!(bases, ["../base", "../left"]);
    assert_eq!((after(&small, "89 points"), after(&small, "90 points")), ("stayed".into(), "moved".into()));
    let both = load("both");
    assert_eq!(after(&both, "84 points"), "stayed");
    let bases: Vec<&str> = both.bases().iter().map(|base| &**base).collect();
    assert_eq!(bases, ["../base", "../left", "../right"]);
    let clash = Policy::load(root.join("clash")).unwrap_err();
    assert_eq!(codes(&clash), [Code::BaseChanged], "{clash}");
    assert_eq!(places(&clash, 0), ["../small2/policy.yaml:2", "../left/policy.yaml:2"]);
    let round = Policy::load(root.join("round")).unwrap_err();
    assert!(codes(&round).contains(&Code::CircularExtends), "{round}");
    write(
        root,
        "base/inside/policy.yaml",
        "policy: {id: inside, extend: ..}\nparameters: {mark: {value: 60 points}}\n",
    );
    assert_eq!(after(&load("base/inside"), "60 points"), "moved");
    let mut options = Options::default();
    options.limits.files = 2;
    assert!(Policy::load_with(root.join("left"), &options).is_ok());
    let (_, report) = Policy::report_with(root.join("small"), &options);
    assert_eq!(codes(&report), [Code::TooLarge], "three files in all: {report}");
    write(root, "lost/policy.yaml", "policy: {id: lost, extend: ../nowhere}\n");
    assert_eq!(codes(&Policy::load(root.join("lost")).unwrap_err()), [Code::UnknownBase]);
}

#[test]
fn the_revision_is_of_overlay_and_base_together() {
    let folder = tempfile::tempdir().unwrap();
    let revision = |base: &str, overlay: &str| {
        write(folder.path(), "policy.yaml", overlay);
        write(folder.path(), "base/policy.yaml", base);
        let args = ["check", folder.path().to_str().unwrap(), "--format", "json"];
        let ran = Command::new(env!("CARGO_BIN_EXE_rulebook")).args(args).output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        told["policy"]["revision"].as_str().unwrap().to_owned()
    };
    let one = revision(BASE, &head(""));
    assert_eq!(one, revision(BASE, &head("")));
    assert_ne!(one, revision(&BASE.replace("title: one", "title: two"), &head("")));
    assert_ne!(one, revision(BASE, &head(", title: t")));
}

#[test]
fn the_bases_word_can_be_let_stand() {
    let overlay =
        format!("{}parameters: {{mark: {{value: 85 points}}, limit: {{value: 1 working days}}}}\n", head(""));
    let options = Options { base_values: ["parameters.mark".to_owned()].into(), ..Options::default() };
    let texts = [("policy.yaml", overlay.as_str()), ("base/policy.yaml", BASE)];
    let policy = Policy::from_texts(&texts, &options).unwrap();
    assert_eq!(after(&policy, "80 points"), "moved");
    assert_eq!(replaced(&policy), ["parameters.limit: 3 working days → 1 working days"]);
}

#[test]
fn a_file_adds_to_a_workflow_of_another() {
    let head = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";
    let rest = BASE.split_once('\n').unwrap().1;
    let more = "workflows:
  w:
    events: {noted: {clause: \"1\", by: desk}}
    states: {open: {on_event: {noted: record_only}, clocks: {note: {clause: \"1\", within: 2 calendar days, breached: {notify: desk}}}}}
";
    // The file that adds may come first in order of path.
    let texts = [("a.yaml", more.to_owned()), ("policy.yaml", format!("{head}{rest}"))];
    let (policy, report) = Policy::report_texts(&texts, &Options::default());
    assert!(policy.is_some() && report.diagnostics.is_empty(), "{report}");
    let clash = more
        .replace("noted: {clause: \"1\", by: desk}", "ended: {by: desk}")
        .replace("noted: record_only, ", "")
        .replace("on_event: {noted: record_only}, ", "");
    let texts = [("a.yaml", clash), ("policy.yaml", format!("{head}{rest}"))];
    let (_, report) = Policy::report_texts(&texts, &Options::default());
    assert_eq!(codes(&report), [Code::DuplicateName], "{report}");
    assert_eq!(places(&report, 0), ["a.yaml:3", "policy.yaml:17"]);
}

#[test]
fn a_parameter_in_two_files_tells_whether_both_say_the_same() {
    let head =
        "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\nparameters: {a: {value: 1}}\n";
    let told = |second: &str| {
        let (_, report) = Policy::report_texts(&[("a.yaml", head), ("b.yaml", second)], &Options::default());
        assert_eq!(codes(&report).first(), Some(&Code::DuplicateName));
        report.render_text(Lang::En, false)
    };
    assert!(told("parameters: {a: {value: 1}}\n").contains("both say the same"));
    assert!(told("parameters: {a: {value: 2}}\n").contains("they do not say the same"));
}

/// A small policy of its own about a kind of subject.
fn alone(id: &str, rest: &str) -> String {
    format!(
        "policy: {{id: {id}, effective: 2026-01-01, timezone: Asia/Shanghai}}
clauses: {{\"1\": {{title: one}}}}
subjects: {{staff: {{person: yes, fields: {{hired: date}}}}, {id}_thing: {{}}}}
{rest}
"
    )
}

#[test]
fn policies_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "sales/p.yaml", &alone("sales", "roles: {hr: {held_by: {an: {}}}}"));
    write(root, "leave/p.yaml", &alone("leave", "roles: {hr: {held_by: {an: {}}}}"));
    write(root, "other/p.yaml", &alone("other", "roles: {hr: {held_by: {bo: {}}}}"));
    write(root, "again/p.yaml", &alone("sales", ""));
    let paths = |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<Vec<_>>();
    let set = PolicySet::load(&paths(&["sales", "leave"])).unwrap();
    assert_eq!(set.policies().len(), 2);
    assert!(set.get("leave").is_some() && set.get("none").is_none());
    assert_eq!((set.of_kind("staff").len(), set.of_kind("leave_thing").len()), (2, 1));
    let of = |names: &[&str]| PolicySet::report(&paths(names), &Options::default());
    let across = |report: &Report| {
        let theirs = [Code::PolicyTwice, Code::KindClaimedTwice, Code::RoleHeldOtherwise];
        codes(report).into_iter().filter(|code| theirs.contains(code)).collect::<Vec<_>>()
    };
    let (set, report) = of(&["sales", "other"]);
    assert!(set.is_some());
    assert_eq!(across(&report), [Code::RoleHeldOtherwise]);
    let idx = report.diagnostics.iter().position(|finding| finding.code == Code::RoleHeldOtherwise).unwrap();
    let shown = |name: &str| format!("{}/{name}/p.yaml:4", root.display());
    assert_eq!(places(&report, idx), [shown("other"), shown("sales")]);
    write(
        root,
        "third/p.yaml",
        &alone("third", "").replace("hired: date", "hired: text").replace("third_thing", "sales_thing"),
    );
    let (set, report) = of(&["sales", "third"]);
    assert!(set.is_none());
    assert_eq!(
        across(&report),
        [Code::KindClaimedTwice, Code::KindClaimedTwice],
        "a field, a kind: {report}"
    );
    let (set, report) = of(&["sales", "again"]);
    assert!(set.is_none());
    assert_eq!(across(&report), [Code::PolicyTwice, Code::KindClaimedTwice]);
}

/// The command with its exit code and what it says.
fn rulebook(args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulebook"));
    let ran = command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    (
        ran.status.code().unwrap(),
        String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap(),
    )
}

const BRANCH: &str = "policies/branch-chengdu";

#[test]
fn the_shipped_branch_holds_its_scenarios_and_those_of_its_base_but_for_what_it_replaced() {
    let policy = Policy::load(BRANCH).unwrap_or_else(|report| panic!("{report}"));
    let own = Scenario::read_folder(BRANCH).unwrap();
    assert!(own.len() >= 6);
    for scenario in &own {
        let verdict = scenario.run(&policy).unwrap_or_else(|report| panic!("{report}"));
        assert!(verdict.passed, "{}: {:?}", scenario.name, verdict.failures);
    }
    let base = Scenario::read_folder("policies/sales-service").unwrap();
    let mut reverted = Reverted::new(&policy);
    let mut otherwise = 0;
    for scenario in base.iter().filter(|scenario| scenario.place().path.contains("chat")) {
        if !scenario.run(&policy).is_ok_and(|verdict| verdict.passed) {
            let causes =
                reverted.causes(scenario).unwrap_or_else(|| panic!("{} has no cause", scenario.name));
            let known = ["parameters.chat_reply", "calendars.chat-desk.hours", "roles.chat_lead.held_by"];
            assert!(causes.iter().all(|cause| known.contains(&cause.as_str())), "{causes:?}");
            otherwise += 1;
        }
    }
    assert!(otherwise > 0 && otherwise < base.len());
}

#[test]
fn check_lists_what_an_overlay_replaced_with_both_places() {
    let (code, told) = rulebook(&["check", BRANCH, "--lang", "en"]);
    assert_eq!(code, 0, "{told}");
    let line = "  parameters.pass_mark (2.1.2): 80 points → 85 points\n    ../sales-service/onboarding.yaml:4 → policy.yaml:";
    assert!(told.contains(line), "{told}");
    assert!(told.contains("    because: "), "{told}");
    let (code, told) = rulebook(&["check", BRANCH, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &json["policy"]["extends"]), (0, &serde_json::json!(["../sales-service"])));
    let paths: Vec<&str> = json["policy"]["replaced"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert!(paths.contains(&"calendars.chat-desk.hours"), "{paths:?}");
}

#[test]
fn check_and_test_take_several_folders() {
    let (code, told) = rulebook(&["check", BRANCH, "policies/sales-service", "--lang", "en"]);
    assert_eq!(code, 3, "a policy and its overlay claim the same kinds");
    assert!(told.contains("--> policies/sales-service/policy.yaml:2:7"), "{told}");
    assert!(told.contains("::: policies/branch-chengdu/policy.yaml:3:7"), "{told}");
    assert!(told.ends_with("\n1 error(s)\n"), "said once: {told}");
    for format in ["json", "sarif"] {
        let (code, told) = rulebook(&["check", BRANCH, "policies/sales-service", "--format", format]);
        assert_eq!(code, 3);
        assert!(told.contains("kind-claimed-twice"), "{told}");
    }
    let (code, told) = rulebook(&["test", BRANCH, "policies/sales-service", "大额订单", "--lang", "en"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.starts_with("policies/branch-chengdu/scenarios/branch.yaml\n"), "{told}");
    assert_eq!(rulebook(&["test", BRANCH, "one", "two"]).0, 2);
    assert_eq!(rulebook(&["test", "policies/sales-service", "--base"]).0, 2);
}

#[test]
fn scenarios_of_the_base_are_excused_by_what_was_replaced_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "base/policy.yaml", BASE);
    let scenario = |name: &str, score: &str, state: &str| {
        format!(
            "- scenario: {name}
  given: {{thing/1: {{size: 1 points, at: 2026-04-01 09:00}}}}
  happens: [{{at: 2026-04-01 10:00, to: thing/1, tried: {{score: {score}}}, by: desk/an}}]
  expect: [{{thing/1: {{w: {state}}}}}]
"
        )
    };
    let good = [
        scenario("by the mark", "82 points", "good"),
        scenario("by the list", "95 points", "good"),
        scenario("by neither", "10 points", "open"),
    ];
    write(root, "base/scenarios/s.yaml", &good.concat());
    let overlay = "policy: {id: over, extend: ../base}
parameters: {mark: {value: 85 points}}
workflows: {w: {states: {open: {on_event: {tried: [{if: \"event.score >= 90\", to: bad, insert: first}]}}}}}
";
    write(root, "over/policy.yaml", overlay);
    let path = root.join("over").to_string_lossy().into_owned();
    let (code, told) = rulebook(&["test", &path, "--base", "--lang", "en"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("~ by the mark\n    because of what is replaced: parameters.mark\n"), "{told}");
    let list = "~ by the list\n    because of what is replaced: workflows.w.states.open.on_event.tried\n";
    assert!(told.contains(list) && told.contains("✓ by neither"), "{told}");
    write(root, "base/scenarios/t.yaml", &scenario("wrong", "10 points", "good"));
    for (format, sign) in [("text", "✗ wrong"), ("json", "\"failed\": 1"), ("junit", "failures=\"1\"")] {
        let (code, told) = rulebook(&["test", &path, "--base", "--format", format, "--lang", "en"]);
        assert_eq!(code, 1);
        assert!(told.contains(sign), "{told}");
    }
}

#[test]
fn rows_of_a_table_stand_where_the_overlay_says() {
    let base = format!(
        "{BASE}tables:
  verdict:
    clause: \"1\"
    hit: first
    inputs: {{size: points}}
    outputs: {{word: [small, large]}}
    rows:
      - {{size: below 10, word: small}}
      - {{word: large}}
"
    );
    let overlay = |insert: &str| {
        format!("{}tables: {{verdict: {{rows: [{{size: 7 to 8{insert}, word: large}}]}}}}\n", head(""))
    };
    let (policy, report) = over_of(&base, &overlay(", insert: first"));
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(policy.replaced()[0].kind, ReplacedKind::Inserted);
    assert!(!codes(&report).contains(&Code::RowNeverHit), "{report}");
    let (_, report) = over_of(&base, &overlay(", insert: last"));
    assert!(codes(&report).contains(&Code::RowNeverHit), "after the row that takes all: {report}");
    let (_, report) = over_of(&base, &overlay(""));
    assert_eq!(codes(&report), [Code::MissingKey]);
    let (_, report) = over_of(&base.replace("{word: large}", "{word: large, insert: first}"), &head(""));
    assert!(codes(&report).contains(&Code::BaseInvalid), "a base adds to nothing: {report}");
}

#[test]
fn words_are_said_anew_and_translations_added() {
    let base =
        BASE.replace("  mark: {clause", "  mark: {label: 线, clause") + "translations: {en: {线: mark}}\n";
    let rest = "parameters: {mark: {label: 及格线}}\ntranslations: {en: {线: line, 及格线: pass mark}}\n";
    let (policy, report) = over_of(&base, &format!("{}{rest}", head("")));
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    let kinds: Vec<ReplacedKind> = policy.replaced().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ReplacedKind::Words, ReplacedKind::Words]);
}

#[test]
fn the_header_is_taken_over_but_for_what_is_its_own() {
    let first = BASE.lines().next().unwrap();
    let header = first.replace(
        "calendar: cn-office}",
        "calendar: cn-office, title: head, version: \"7\", durations: {days_end: midnight, start_day: counted}}",
    );
    let base = BASE.replace(first, &header);
    let overlay = "policy: {id: over, extend: base, durations: {days_end: close_of_business}}\n";
    let (policy, report) = over_of(&base, overlay);
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(replaced(&policy), ["policy.durations.days_end: midnight → close_of_business"]);
    let conventions = format!("{:?}", policy.conventions());
    assert!(
        conventions.contains("start_day: Counted") && conventions.contains("CloseOfBusiness"),
        "{conventions}"
    );
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "base/policy.yaml", &base);
    write(folder.path(), "over.yaml", overlay);
    let path = folder.path().join("over.yaml");
    let (code, told) = rulebook(&["check", path.to_str().unwrap(), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &json["policy"]["version"]),
        (0, &serde_json::json!("")),
        "a single file may extend as well"
    );
}

#[test]
fn nothing_in_any_file_of_an_overlay_is_passed_over() {
    let told = |second: &str| {
        let texts =
            [("a.yaml", head("")), ("b.yaml", second.to_owned()), ("base/policy.yaml", BASE.to_owned())];
        codes(&Policy::report_texts(&texts, &Options::default()).1)
    };
    assert_eq!(told("- a list\n"), [Code::WrongShape]);
    assert_eq!(told("some words\n").len(), 1);
    assert_eq!(told("parametres: {a: {value: 1}}\n"), [Code::UnknownKey]);
    assert_eq!(told("parameters: [a]\n"), [Code::WrongShape]);
    assert_eq!(told("parameters: {mark: {valu: 1}}\n"), [Code::UnknownKey]);
    assert_eq!(told("parameters: {mark: {value: 81 points, value: 82 points}}\n"), [Code::DuplicateKey]);
    assert_eq!(told("parameters: {mark: {value: }}\n"), [Code::BlankParameter]);
    assert_eq!(
        told("parameters: {mark: {value: 81 points}, mark: {value: 82 points}}\n"),
        [Code::DuplicateKey]
    );
    assert_eq!(
        told("parameters: {mark: {value: 81 points, versions: [{from: 2026-07-01, value: 82 points}]}}\n"),
        [Code::WrongShape]
    );
    let twice = "parameters: {mark: {versions: [{from: 2026-07-01, value: 81 points}, {from: 2026-07-01, value: 82 points}]}}\n";
    assert_eq!(told(twice), [Code::VersionsOverlap]);
    assert_eq!(told("policy: {id: second, effective: 2026-01-01, timezone: UTC}\n"), [Code::DuplicateName]);
    assert_eq!(told("workflows: {w: {states: {open: {on_event: {tried: bad}}}}}\n"), [Code::MissingKey]);
}

#[test]
fn a_base_reads_the_calendar_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let ics = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:off\nDTSTART;VALUE=DATE:20260401\nDTEND;VALUE=DATE:20260402\nEND:VEVENT\nEND:VCALENDAR\n";
    let desk = "calendars: {desk: {hours: {mon-fri: [\"09:00-18:00\"]}, holidays_from: off.ics, coverage: 2026-01-01 to 2026-12-31}}\n";
    write(root, "base/policy.yaml", &format!("{BASE}{desk}"));
    write(root, "base/off.ics", ics);
    write(root, "over/policy.yaml", "policy: {id: over, extend: ../base, calendar: desk}\n");
    let policy = Policy::load(root.join("over")).unwrap_or_else(|report| panic!("{report}"));
    let desk = policy.calendar("desk").unwrap();
    let noon = rulebook::time::instant("2026-04-01 12:00", desk.zone()).unwrap();
    assert!(!desk.is_open(noon).unwrap(), "1 April is off");
    fs::remove_file(root.join("base/off.ics")).unwrap();
    let report = Policy::load(root.join("over")).unwrap_err();
    let mut told = codes(&report);
    told.sort();
    assert_eq!(told, [Code::UnreadableFile, Code::BaseInvalid], "{report}");
}

/// Every policy of a half of the corpus that is one file: its name, its text, the calendar files beside it.
fn policies(half: &str) -> Vec<(String, String, Vec<(String, String)>)> {
    let mut all = Vec::new();
    for topic in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(half)).unwrap()
    {
        let topic = topic.unwrap().path();
        // Those of the reader and of scenarios are no whole policies.
        if ["yaml", "scenario"].iter().any(|other| topic.ends_with(other)) {
            continue;
        }
        let files: Vec<_> = fs::read_dir(topic).unwrap().map(|file| file.unwrap().path()).collect();
        let of = |ending: &str| -> Vec<(String, String)> {
            let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
            let of_ending = files.iter().filter(|path| path.extension().is_some_and(|found| found == ending));
            of_ending.map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
        };
        let calendars: Vec<(String, String)> =
            of("ics").into_iter().map(|(name, text)| (format!("base/{name}"), text)).collect();
        all.extend(of("yaml").into_iter().map(|(name, text)| (name, text, calendars.clone())));
    }
    all
}

/// The text without its `policy:` section.
fn without_header(text: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with("policy:") {
            inside = true;
        } else if !line.starts_with([' ', '#', '}']) && !line.is_empty() {
            inside = false;
        }
        !inside
    });
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_overlay_that_says_nothing_else_leaves_every_good_policy_as_it_is() {
    let policies = policies("good");
    assert!(policies.len() > 10);
    let mut repeated = 0;
    for (name, text, calendars) in policies {
        let plain = "policy: {id: laid-over, extend: base}\n";
        let again = format!("{plain}{}", without_header(&text));
        for overlay in [plain, again.as_str()] {
            let mut texts =
                vec![("over.yaml".to_owned(), overlay.to_owned()), ("base/p.yaml".to_owned(), text.clone())];
            texts.extend(calendars.clone());
            // What the overlay repeats names calendar files beside itself.
            let beside = calendars.iter().map(|(path, text)| (path.replace("base/", ""), text.clone()));
            texts.extend(beside);
            let (policy, report) = Policy::report_texts(&texts, &Options::default());
            let policy = policy.unwrap_or_else(|| panic!("{name}: {report}"));
            assert!(report.diagnostics.is_empty(), "{name}: {report}");
            assert_eq!(replaced(&policy), Vec::<String>::new(), "{name}");
            repeated += usize::from(overlay.len() > plain.len());
        }
    }
    assert!(repeated > 10);
}

#[test]
fn every_bad_policy_is_told_of_as_a_base_as_it_is_told_of_alone() {
    let policies = policies("bad");
    assert!(policies.len() > 100);
    let mut wrong = Vec::new();
    for (name, text, calendars) in policies {
        let told = |with: &[(&str, &str)], folder: &str| {
            let mut texts: Vec<(String, String)> =
                with.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
            let beside = calendars.iter().map(|(path, text)| (path.replace("base/", folder), text.clone()));
            texts.extend(beside);
            let (policy, report) = Policy::report_texts(&texts, &Options::default());
            let codes: BTreeSet<Code> = codes(&report).into_iter().collect();
            (policy.is_some(), report.has_errors(), codes)
        };
        let (_, broken, mut alone) = told(&[("p.yaml", &text)], "");
        let (loads, _, over) = told(
            &[("over.yaml", "policy: {id: laid-over, extend: base}\n"), ("base/p.yaml", &text)],
            "base/",
        );
        let blank = alone == BTreeSet::from([Code::BlankParameter]);
        if broken && !blank {
            alone.insert(Code::BaseInvalid);
        }
        if alone.remove(&Code::NoPolicy) {
            alone = BTreeSet::from([Code::UnknownBase]);
        }
        if loads == broken || over != alone {
            wrong.push(format!("{name}: {alone:?} alone, {over:?} as a base"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_bad_policy_is_told_of_as_an_overlay_as_it_is_told_of_alone() {
    let base = "policy: {id: nothing, effective: 2026-01-01, timezone: Asia/Shanghai}\n";
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (name, text, calendars) in policies("bad") {
        let Some(overlay) = text
            .contains("\npolicy: {")
            .then(|| text.replacen("\npolicy: {", "\npolicy: {extend: base, ", 1))
        else {
            continue;
        };
        let told = |with: &[(&str, &str)]| {
            let mut texts: Vec<(String, String)> =
                with.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
            texts.extend(calendars.iter().map(|(path, text)| (path.replace("base/", ""), text.clone())));
            let (policy, report) = Policy::report_texts(&texts, &Options::default());
            (policy.is_some(), codes(&report).into_iter().collect::<BTreeSet<Code>>())
        };
        let alone = told(&[("p.yaml", &text)]);
        let over = told(&[("p.yaml", &overlay), ("base/p.yaml", base)]);
        compared += 1;
        if over != alone {
            wrong.push(format!("{name}: {alone:?} alone, {over:?} as an overlay"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(compared > 100, "{compared}");
}

#[test]
fn a_transition_that_comes_before_one_of_the_whole_workflow_is_listed() {
    let whole = BASE
        .replace("    states:\n", "    on_event: {ended: bad}\n    states:\n")
        .replace("          ended: bad\n", "");
    let said = "workflows: {w: {states: {open: {on_event: {ended: good}}}}}\n";
    let (_, report) = over_of(&whole, &format!("{}{said}", head("")));
    assert_eq!(codes(&report), [Code::BaseChanged], "{report}");
    assert_eq!(places(&report, 0), ["policy.yaml:2", "base/policy.yaml:18"]);
    let listed = ", replaces: [{what: workflows.w.states.open.on_event.ended, because: ours}]";
    let overlay = format!("{}{said}", head(listed));
    let (policy, report) = over_of(&whole, &overlay);
    let policy = policy.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(replaced(&policy), ["workflows.w.states.open.on_event.ended: bad → good"]);
    assert_eq!(policy.replaced()[0].kind, ReplacedKind::Element);
    let options = Options { base_values: [policy.replaced()[0].path.clone()].into(), ..Options::default() };
    let texts = [("policy.yaml", overlay.as_str()), ("base/policy.yaml", &whole)];
    assert!(Policy::from_texts(&texts, &options).unwrap().replaced().is_empty(), "it can be taken back");
}

#[test]
fn a_transition_inside_a_new_state_can_be_taken_back() {
    let base = BASE.replace("    states:\n", "    on_event: {ended: bad}\n    states:\n");
    let path = "workflows.w.states.more.on_event.ended";
    let overlay = format!(
        "{}workflows: {{w: {{events: {{go: {{by: desk}}}}, states: {{open: {{on_event: {{go: more}}}}, more: {{on_event: {{go: good, ended: good}}}}}}}}}}\n",
        head(&format!(", replaces: [{{what: {path}, because: ours}}]"))
    );
    let texts = [("policy.yaml", overlay.as_str()), ("base/policy.yaml", &base)];
    let listed = |policy: &Policy| policy.replaced().iter().any(|one| one.path == path);
    let policy = Policy::from_texts(&texts, &Options::default()).unwrap();
    assert!(listed(&policy));
    let options = Options { base_values: [path.to_owned()].into(), ..Options::default() };
    let back = Policy::from_texts(&texts, &options).unwrap();
    assert!(!listed(&back));
    let drawn = |policy: &Policy| policy.graph(Some("w"), rulebook::GraphFormat::Mermaid, Lang::En).unwrap();
    assert_ne!(drawn(&policy), drawn(&back), "the base's rule holds there again");
}
