//! Reads the sections of a file into the raw policy; several files come together in one.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;
use crate::syntax::compose::twice_help;
use crate::syntax::node::Node;
use crate::syntax::raw::{Named, RawHeader, RawParameter, RawParameterSet, RawPolicy, RawSubstitute};
use crate::syntax::reader::{At, Fields};
use crate::syntax::shape;

mod dated;
mod header;
mod scorecard;
mod subject;
mod table;
mod workflow;

/// Reads one file's tree into the policy. A name that another file has already defined is a finding; the first stays.
pub fn read(node: &Node, into: &mut RawPolicy, found: &mut Vec<Diagnostic>) {
    let at = At { name: shape::FILE.name, span: node.span };
    let mut twice = Vec::new();
    let Some(mut file) = Fields::open(at, node, &shape::FILE, found) else { return };
    if let Some(header) = file.opt::<RawHeader>("policy") {
        match &into.policy {
            None => into.policy = Some(header),
            Some(first) => twice.push(two_policies(header.span, first.span)),
        }
    }
    merge("clauses", &mut into.clauses, file.all("clauses"), &mut twice);
    merge_values("parameters", &mut into.parameters, file.all("parameters"), of_parameter, &mut twice);
    let sets = file.all("parameter_sets");
    merge_values("parameter_sets", &mut into.parameter_sets, sets, of_set, &mut twice);
    merge("subjects", &mut into.subjects, file.all("subjects"), &mut twice);
    merge("roles", &mut into.roles, file.all("roles"), &mut twice);
    into.substitutes.extend(file.all::<Vec<RawSubstitute>>("substitutes"));
    merge("accounts", &mut into.accounts, file.all("accounts"), &mut twice);
    merge("calendars", &mut into.calendars, file.all("calendars"), &mut twice);
    merge("functions", &mut into.functions, file.all("functions"), &mut twice);
    merge("workflows", &mut into.workflows, file.all("workflows"), &mut twice);
    merge("permissions", &mut into.permissions, file.all("permissions"), &mut twice);
    merge("measures", &mut into.measures, file.all("measures"), &mut twice);
    merge("scorecards", &mut into.scorecards, file.all("scorecards"), &mut twice);
    merge("tables", &mut into.tables, file.all("tables"), &mut twice);
    merge("duties", &mut into.duties, file.all("duties"), &mut twice);
    for language in file.all::<Vec<Named<_>>>("translations") {
        match into.translations.iter_mut().find(|known| known.name.value == language.name.value) {
            Some(known) => merge("translations", &mut known.value, language.value, &mut twice),
            None => into.translations.push(language),
        }
    }
    found.append(&mut twice);
}

/// Adds the entries of one section; names are unique in a policy.
fn merge<T>(section: &str, known: &mut Vec<Named<T>>, more: Vec<Named<T>>, twice: &mut Vec<Diagnostic>) {
    let names: BTreeMap<String, Span> =
        known.iter().map(|entry| (entry.name.value.clone(), entry.name.span)).collect();
    for entry in more {
        match names.get(&entry.name.value) {
            None => known.push(entry),
            Some(first) => {
                let message = Message::new("duplicate-name", [section, &entry.name.value]);
                twice.push(
                    Diagnostic::error(Code::DuplicateName, entry.name.span, message)
                        .also(*first, Message::plain("first-here")),
                );
            }
        }
    }
}

/// As [`merge`]; of two of one name it is told besides whether they say the same.
fn merge_values<T>(
    section: &str,
    known: &mut Vec<Named<T>>,
    more: Vec<Named<T>>,
    says: impl Fn(&T) -> Vec<&str>,
    twice: &mut Vec<Diagnostic>,
) {
    let before = twice.len();
    let firsts: BTreeMap<&str, &T> =
        known.iter().map(|entry| (entry.name.value.as_str(), &entry.value)).collect();
    let first = |entry: &Named<T>| firsts.get(entry.name.value.as_str()).copied();
    let same: Vec<bool> =
        more.iter().filter_map(|entry| Some(says(first(entry)?) == says(&entry.value))).collect();
    merge(section, known, more, twice);
    for (finding, same) in twice.iter_mut().skip(before).zip(same) {
        finding.help.push(twice_help(same));
    }
}

/// The texts of a parameter's values.
fn of_parameter(parameter: &RawParameter) -> Vec<&str> {
    let versions = parameter.versions.iter().flat_map(|version| [&version.from, &version.to, &version.value]);
    [&parameter.value].into_iter().chain(versions).flatten().map(|text| text.value.as_str()).collect()
}

/// The texts of a set's values.
fn of_set(set: &RawParameterSet) -> Vec<&str> {
    let versions = set.versions.iter().flat_map(|version| {
        let dates = [&version.from, &version.to].into_iter().flatten();
        dates.chain(version.members.iter().flat_map(|member| [&member.name, &member.value]))
    });
    let rows = set.rows.iter().flat_map(|row| {
        std::iter::once(&row.name).chain(row.value.iter().flat_map(|member| [&member.name, &member.value]))
    });
    versions.chain(rows).map(|text| text.value.as_str()).collect()
}

fn two_policies(second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateName, second, Message::plain("two-policies"))
        .also(first, Message::plain("first-here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::syntax::node::{Kind, Style};
    use crate::syntax::shape::{Expect, Shape};
    use crate::syntax::tree::Limits;

    /// A document with every key of a shape, each text a mark of its own (`v1`, `v2`, …). Of keys that exclude each
    /// other only the `chosen`-th stands; of alternatives the `chosen`-th is written where there are so many.
    fn sample(expect: &Expect, chosen: usize, depth: usize, count: &mut usize) -> Node {
        let pairs = |pairs| Node { kind: Kind::Map(pairs), span: Span::default() };
        let mut scalar = || {
            *count += 1;
            Node::scalar(format!("v{count}."), Style::Plain, Span::default())
        };
        match expect {
            Expect::Text | Expect::Blank | Expect::Yes | Expect::Word(_) => scalar(),
            Expect::Many(of) => {
                let items = vec![sample(of, chosen, depth, count)];
                Node { kind: Kind::List(items), span: Span::default() }
            }
            Expect::Any(several) => {
                let of = several.get(chosen).or(several.last()).unwrap();
                sample(of, chosen, depth, count)
            }
            Expect::Names(of) => {
                let key = scalar();
                pairs(vec![(key, sample(of, chosen, depth, count))])
            }
            Expect::Map(shape) => pairs(sample_keys(shape, chosen, depth, count)),
        }
    }

    fn sample_keys(shape: &Shape, chosen: usize, depth: usize, count: &mut usize) -> Vec<(Node, Node)> {
        let one = shape.one_of.get(chosen).or(shape.one_of.last());
        let mut pairs = Vec::new();
        for key in shape.keys {
            let excluded = shape.one_of.contains(&key.name) && one != Some(&key.name);
            // States stand in states without end: stop once that goes round.
            if excluded || (key.name == "states" && depth > 3) {
                continue;
            }
            let name = Node::scalar(key.name, Style::Plain, Span::default());
            pairs.push((name, sample(&key.expect, chosen, depth + 1, count)));
        }
        if let Some(rest) = shape.rest {
            *count += 1;
            let name = Node::scalar(format!("v{count}."), Style::Plain, Span::default());
            pairs.push((name, sample(rest, chosen, depth, count)));
        }
        pairs
    }

    #[test]
    fn every_key_of_every_shape_reaches_the_raw_policy() {
        for chosen in 0..6 {
            let mut count = 0;
            let tree = sample(&Expect::Map(&shape::FILE), chosen, 0, &mut count);
            let (mut policy, mut found) = (RawPolicy::default(), Vec::new());
            read(&tree, &mut policy, &mut found);
            assert_eq!(found, Vec::new(), "sample {chosen}");
            let read = format!("{policy:?}");
            let lost: Vec<String> =
                (1..=count).map(|n| format!("\"v{n}.\"")).filter(|mark| !read.contains(mark)).collect();
            assert!(count > 200);
            assert_eq!(lost, Vec::<String>::new(), "sample {chosen}");
        }
    }

    #[test]
    fn names_are_unique_across_files_and_both_places_are_told() {
        let (mut sources, mut policy, mut found) = (Sources::default(), RawPolicy::default(), Vec::new());
        let limits = Limits::default();
        let one = "parameters:\n  a: {value: 1}\ntranslations: {en: {甲: a}}\n";
        let two = "parameters:\n  b: {value: 2}\n  a: {value: 3}\ntranslations: {en: {乙: b}}\n";
        for (path, text) in [("one.yaml", one), ("two.yaml", two)] {
            crate::syntax::read_file(&mut sources, path, text.as_bytes(), &limits, &mut policy, &mut found);
        }
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, Code::DuplicateName);
        let places: Vec<_> = found[0]
            .marks
            .iter()
            .map(|mark| (mark.span.file.0, sources.get(mark.span.file).unwrap().position(mark.span.start)))
            .collect();
        assert_eq!(places, [(1, (3, 3)), (0, (2, 3))]);
        let names: Vec<&str> = policy.parameters.iter().map(|entry| entry.name.value.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(policy.translations.len(), 1);
        assert_eq!(policy.translations[0].value.len(), 2);
    }
}
