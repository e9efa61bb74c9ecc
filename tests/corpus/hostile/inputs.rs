//! Inputs that a careless or hostile author might send; the tests of the reader and those of whole policies share them.

/// Bytes that a careless or hostile author might send, and the code that must come of them.
pub fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let deep_indent: String = (0..2000).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
    let mut laughs = "parameters:\n  l0: &l0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let again = vec![format!("*l{}", n - 1); 9].join(", ");
        laughs.push_str(&format!("  l{n}: &l{n} [{again}]\n"));
    }
    let items = "x, ".repeat(5000);
    let quadratic = format!("a: &a [{items}]\nb: [{}]\n", "*a, ".repeat(5000));
    let long = "长".repeat(100_000);
    let texts = format!("a: &a {long}\nb: [{}]\n", "*a, ".repeat(10_000));
    let nested: String = (0..60).map(|n| format!("&n{n} [")).collect();
    let nested = format!("a: {nested}{}{}\n", "x, ".repeat(50_000), "]".repeat(60));
    let bombs: String = (0..200)
        .map(|n| {
            let all = vec![format!("*a{n}"); 90].join(", ");
            format!("s{n}: &a{n} [{}]\nt{n}: [{all}]\nbroken{n}\n", "x, ".repeat(90))
        })
        .collect();
    let unknown: String = (0..90_000).map(|n| format!("k{n}: 1\n")).collect();
    let repeated = "k: 1\n".repeat(90_000);
    let signs = format!("a: [{}]\n", "甲，乙, ".repeat(50_000));
    let tabs: String = (0..40_000).map(|n| format!("\tk{n}: [甲，乙]\n")).collect();
    let blanks: String = (0..40_000).map(|n| format!("  k{n}: [X] days\n")).collect();
    let joined: String = (0..40_000).map(|n| format!("  k{n}:1\n")).collect();
    vec![
        ("tabs", format!("parameters:\n{tabs}").into_bytes(), "looks-wrong"),
        ("blanks without quotes", format!("parameters:\n{blanks}").into_bytes(), "looks-wrong"),
        ("keys without spaces", format!("parameters:\n{joined}  a: 1\n").into_bytes(), "looks-wrong"),
        ("brackets", "[".repeat(100_000).into_bytes(), "too-deep"),
        ("braces", "{".repeat(100_000).into_bytes(), "too-deep"),
        ("dashes", "- ".repeat(100_000).into_bytes(), "too-deep"),
        ("keys in keys", "? ".repeat(100_000).into_bytes(), "too-deep"),
        ("deep keys", deep_indent.into_bytes(), "too-deep"),
        ("deep flow", format!("a: {}1{}", "{a: ".repeat(3000), "}".repeat(3000)).into_bytes(), "too-deep"),
        ("billion laughs", laughs.into_bytes(), "too-many-nodes"),
        ("quadratic aliases", quadratic.into_bytes(), "too-many-nodes"),
        ("aliases of a long text", texts.into_bytes(), "too-many-nodes"),
        ("nested anchors", nested.into_bytes(), "too-many-nodes"),
        ("small bombs", bombs.into_bytes(), "unreadable-yaml"),
        ("many nodes", format!("a: [{}]", "x,".repeat(300_000)).into_bytes(), "too-many-nodes"),
        ("an alias of itself", b"a: &a [*a]\n".to_vec(), "alias-unknown"),
        ("50 MB", vec![b'x'; 50 * 1024 * 1024], "too-large"),
        ("a long scalar", format!("a: \"{}\"\n", "x".repeat(3 * 1024 * 1024)).into_bytes(), "unknown-key"),
        ("a long key", format!("{}: 1\n", "长".repeat(100_000)).into_bytes(), "unreadable-yaml"),
        (
            "noise",
            (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
            "not-utf8",
        ),
        ("zeros", vec![0; 1000], "not-utf8"),
        ("one zero", b"a: \0".to_vec(), "unreadable-yaml"),
        ("marks", "\u{feff}\u{feff}a: 1\n".repeat(1000).into_bytes(), "looks-wrong"),
        ("unknown keys", unknown.into_bytes(), "unknown-key"),
        ("repeated keys", repeated.into_bytes(), "duplicate-key"),
        ("full-width signs", signs.into_bytes(), "looks-wrong"),
        ("broken lines", "甲\n".repeat(100_000).into_bytes(), "wrong-shape"),
        ("broken sections", "a: [\n".repeat(100_000).into_bytes(), "too-deep"),
        ("directives", "%TAG ! x\n".repeat(10_000).into_bytes(), "unreadable-yaml"),
        ("tags", format!("a: [{}]", "!a ,".repeat(10_000)).into_bytes(), "looks-wrong"),
        ("documents", "---\n".repeat(100_000).into_bytes(), "several-documents"),
    ]
}

/// Policies that read well and are too much of something. The flag says whether one is merely odd and loads.
pub fn policies() -> Vec<(&'static str, String, bool)> {
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let chain = many(3_000, &|n| format!("  c{n}: {{extends: c{}}}\n", n + 1));
    let states = many(3_000, &|n| format!("      s{n}: {{on_event: {{go: s{}}}}}\n", n + 1));
    let members = many(20_000, &|n| format!(", m{n}: 1"));
    let slips = many(3_000, &|n| format!("  p{n}: {{value: 1, clause: x{n}, calendar: y{n}}}\n"));
    let rows = many(3_000, &|n| format!("      - {{n: {n}, o: p}}\n"));
    let places = "{o.x}".repeat(20_000);
    let list = format!("{}date", "list of ".repeat(5_000));
    let script = |script: &str| {
        format!("subjects: {{o: {{}}}}\nmeasures: {{m: {{subject: o, on: opened, value: \"{script}\"}}}}\n")
    };
    let policies = [
        ("calendars that extend one another", format!("calendars:\n{chain}")),
        (
            "many states",
            format!(
                "subjects: {{o: {{}}}}\nworkflows:\n  w:\n    subject: o\n    events: {{go: {{}}}}\n    states:\n{states}"
            ),
        ),
        ("many members", format!("parameter_sets: {{s: {{versions: [{{from: 2026-01-01{members}}}]}}}}\n")),
        ("many slips", format!("parameters:\n{slips}")),
        (
            "many rows",
            format!(
                "tables:\n  t:\n    inputs: {{n: integer}}\n    outputs: {{o: [p, q]}}\n    rows:\n{rows}"
            ),
        ),
        (
            "many places in a text",
            format!(
                "subjects: {{o: {{}}}}\nworkflows: {{w: {{subject: o, events: {{go: {{}}}}, on_event: {{go: [{{refuse: \"{places}\"}}]}}}}}}\n"
            ),
        ),
        ("a deep type", format!("subjects: {{o: {{fields: {{a: {list}}}}}}}\n")),
        (
            "a long path",
            format!(
                "subjects: {{o: {{fields: {{a: text}}}}}}\nmeasures: {{m: {{subject: o, on: opened, value: o.a{}}}}}\n",
                ".a".repeat(5_000)
            ),
        ),
        ("a deep script", script(&format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)))),
        ("a long script", script(&("1 + ".repeat(100_000) + "1"))),
        ("a script of signs", script(&("-".repeat(100_000) + "1"))),
    ];
    let head = "policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai}\n";
    // Twenty thousand members of a set are odd and no mistake.
    policies.into_iter().map(|(name, text)| (name, format!("{head}{text}"), name == "many members")).collect()
}

/// The first findings of a report and its last line; how many lie between them, the last line counts.
pub fn beginning(report: &str) -> String {
    let parts: Vec<&str> = report.trim_end().split("\n\n").collect();
    match parts.as_slice() {
        [shown @ .., last] if shown.len() > 5 => format!("{}\n\n[...]\n\n{last}", shown[..5].join("\n\n")),
        _ => report.to_owned(),
    }
}

/// Where the snapshots of what is said about one kind of input lie.
pub fn snapshots(kind: &str) -> insta::Settings {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/hostile").join(kind);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
