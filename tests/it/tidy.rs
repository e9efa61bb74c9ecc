//! Rules of the repository: floors, sizes, words that do not belong, the catalogue and the codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules by floor; a module uses only floors below its own, and its own children.
const FLOORS: &[(i32, &[&str])] = &[
    (-3, &["error"]),
    (-2, &["quantity"]),
    (-1, &["value", "source", "lang", "zone"]),
    (0, &["diag", "scalar", "period"]),
    (1, &["calendar"]),
    (2, &["syntax", "script"]),
    (3, &["model", "record"]),
    (4, &["compile"]),
    (5, &["engine"]),
    (6, &["analysis", "guard", "explain", "sim", "audit"]),
    (7, &["load", "store", "graph"]),
    (8, &["runtime"]),
    (9, &["scenario"]),
    (10, &["cli", "main"]),
];

/// Lines of a file before its tests.
const LINES_MAX: usize = 600;

/// Files that may be longer, with the reason.
const LONGER: &[&str] = &[
    // The whole surface of the YAML on one page, mostly doc comments.
    "src/syntax/raw.rs",
];

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text before the tests at its end, without comments.
    fn code(&self) -> String {
        let body = self.text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = body.lines().map(|line| match line.trim_start().starts_with("//") {
            true => "",
            false => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The module of the crate's root that the file belongs to.
    fn module(&self) -> &str {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').next().unwrap()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") {
                into.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join("src"), &mut paths);
    paths.sort();
    assert!(paths.len() > 10);
    paths
        .into_iter()
        .map(|path| Source {
            path: path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

fn floor(module: &str) -> Option<i32> {
    FLOORS.iter().find(|(_, modules)| modules.contains(&module)).map(|(floor, _)| *floor)
}

/// The first names after `crate::`, braces opened.
fn uses(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|sign| sign == '$' || sign == '_' || sign.is_alphanumeric()) {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect()
        };
        match rest.strip_prefix('{') {
            None => {
                names.insert(word(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut part = String::new();
                for sign in group.chars() {
                    match sign {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            names.insert(word(part.trim()));
                            part.clear();
                            continue;
                        }
                        _ => {}
                    }
                    part.push(sign);
                }
                names.insert(word(part.trim()));
            }
        }
    }
    names.remove("");
    names
}

#[test]
fn a_module_uses_only_floors_below_its_own() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "src/lib.rs") {
        let module = source.module();
        let Some(own) = floor(module) else {
            wrong.push(format!("{}: `{module}` stands on no floor", source.path));
            continue;
        };
        for name in uses(&source.code()) {
            let below = match floor(&name) {
                Some(floor) => floor < own,
                // A name that the root re-exports hides its floor.
                None => false,
            };
            if name != module && !below {
                wrong.push(format!("{}: floor {own} uses `crate::{name}`", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn grouped_and_plain_paths_are_seen() {
    let code = "use crate::a;\nuse crate::{b, c::{d, e}, f::g};\nlet x = crate::h::i();\n$crate::j!()";
    assert_eq!(uses(code).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "f", "h"]);
}

#[test]
fn files_are_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| !LONGER.contains(&source.path.as_str()))
        .filter(|source| !source.path.ends_with("/tests.rs") && !source.path.contains("/tests/"))
        .filter_map(|source| {
            let lines = source.text.split("#[cfg(test)]\nmod tests").next().unwrap().lines().count();
            (lines > LINES_MAX).then(|| format!("{}: {lines} lines", source.path))
        })
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn nothing_is_left_undone_or_skipped() {
    let words = ["todo!", "unimplemented!", "#[ignore", "#[should_panic", "dbg!("];
    let mut found = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(*word)) {
                found.push(format!("{}:{}: {word}", source.path, number + 1));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// The string literals of a Rust text outside comments, in order; escapes stay as they are.
fn literals(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut signs = line.chars();
        while let Some(sign) = signs.next() {
            if sign != '"' {
                continue;
            }
            let mut literal = String::new();
            while let Some(sign) = signs.next() {
                match sign {
                    '"' => break,
                    '\\' => {
                        literal.push(sign);
                        literal.extend(signs.next());
                    }
                    _ => literal.push(sign),
                }
            }
            all.push(literal);
        }
    }
    all
}

/// Every entry of the catalogue: key → Chinese, English.
fn catalogue() -> Vec<[String; 3]> {
    let mut entries = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("src/lang/texts/")) {
        let literals = literals(&source.text);
        assert_eq!(literals.len() % 3, 0, "{}: key, Chinese, English", source.path);
        entries
            .extend(literals.chunks(3).map(|entry| [entry[0].clone(), entry[1].clone(), entry[2].clone()]));
    }
    entries
}

/// The places `{0}`, `{1}` of a text; `{0:row|rows}` is a place as well.
fn places(text: &str) -> BTreeSet<&str> {
    text.match_indices('{')
        .filter_map(|(at, _)| text[at + 1..].split_once('}').map(|(place, _)| place))
        .map(|place| place.split_once(':').map_or(place, |(place, _)| place))
        .filter(|place| !place.is_empty() && place.chars().all(|sign| sign.is_ascii_digit()))
        .collect()
}

fn is_kebab(text: &str) -> bool {
    let sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    !text.is_empty() && text.chars().all(sign) && !text.starts_with('-') && !text.ends_with('-')
}

#[test]
fn the_catalogue_says_the_same_in_both_languages() {
    let mut seen = BTreeSet::new();
    let entries = catalogue();
    assert!(entries.len() > 50);
    for [key, zh, en] in &entries {
        assert!(is_kebab(key), "{key}");
        assert!(seen.insert(key), "{key} stands twice");
        assert_eq!(places(zh), places(en), "{key}: {zh} / {en}");
        assert!(!(zh.is_empty() && en.is_empty()), "{key}");
        // What an author writes may be shown as written, in backticks.
        let prose: String = en.split('`').step_by(2).collect();
        assert!(!prose.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)), "{key}: {en}");
    }
}

#[test]
fn every_message_used_stands_in_the_catalogue_and_none_is_forgotten() {
    let entries = catalogue();
    let keys: BTreeSet<&str> = entries.iter().map(|[key, ..]| key.as_str()).collect();
    let mut unknown = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/lang/texts/")) {
        let code = source.code();
        for start in ["Message::new(", "Message::plain("] {
            for (at, _) in code.match_indices(start) {
                let rest = code[at + start.len()..].trim_start();
                let key = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                if let Some(key) = key.filter(|key| !keys.contains(key)) {
                    unknown.push(format!("{}: {key}", source.path));
                }
            }
        }
        used.extend(literals(&code));
    }
    assert_eq!(unknown, Vec::<String>::new());
    let forgotten: Vec<&&str> = keys.iter().filter(|key| !used.contains(**key)).collect();
    assert_eq!(forgotten, Vec::<&&str>::new(), "messages that nothing says");
}

#[test]
fn codes_are_kebab_case_and_unique() {
    let text = std::fs::read_to_string(root().join("src/diag/code.rs")).unwrap();
    let (_, list) = text.split_once("\ncodes! {").unwrap();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for line in list.lines().filter(|line| line.contains(" = \"")) {
        let (variant, _) = line.trim().split_once(" = ").unwrap();
        let [name, zh, en] = &literals(line)[..] else { panic!("{line}: code, Chinese, English") };
        assert!(is_kebab(name), "{name}");
        assert_eq!(variant.to_lowercase(), name.replace('-', ""), "{variant} is shown as {name}");
        assert!(!zh.is_ascii() && !en.is_empty(), "{name}");
        assert!(names.insert(name.clone(), variant.to_owned()).is_none(), "{name} stands twice");
    }
    assert!(names.len() > 50);
}

#[test]
fn the_code_is_formatted() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        std::process::Command::new(cargo).args(["fmt", "--check"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "run `cargo fmt`:\n{}", String::from_utf8_lossy(&output.stdout));
}
