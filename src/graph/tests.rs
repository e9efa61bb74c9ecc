//! Everything that a model has of states and transitions stands in its diagrams, and what is written can be read back.

use std::collections::BTreeSet;
use std::path::Path;

use layout::gv::DotParser;
use layout::gv::parser::ast::{Graph, Stmt};

use super::drawing::{Drawing, Edge, End, Node};
use super::{dot, mermaid};
use crate::compile::Options;
use crate::explain::Words;
use crate::lang::Lang;
use crate::model::{EventOrigin, Goal, Policy, StateId, Transition, Workflow};

const NESTED: &str = include_str!("../../tests/corpus/good/workflows/states_inside_states.yaml");

fn policies() -> Vec<Policy> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/sales-service");
    let nested = Policy::from_texts(&[("nested.yaml", NESTED)], &Options::default());
    vec![Policy::load(shipped).unwrap(), nested.unwrap()]
}

/// Calls a check with every workflow and its drawing, in both languages.
fn each(check: impl Fn(&Words<'_>, &Workflow, &Drawing)) {
    let mut count = 0;
    for policy in policies() {
        for lang in [Lang::Zh, Lang::En] {
            let words = Words::new(&policy.model, lang);
            for workflow in &policy.model.workflows {
                check(&words, workflow, &Drawing::new(&words, workflow));
                count += 1;
            }
        }
    }
    assert!(count >= 16, "{count} drawings");
}

fn nodes(node: &Node) -> Vec<&Node> {
    [node].into_iter().chain(node.inside.iter().flat_map(nodes)).collect()
}

/// The owner of each transition (0: the workflow), what leads to it, and whether that is an event.
fn transitions<'m>(words: &Words<'m>, workflow: &'m Workflow) -> Vec<(usize, String, &'m Transition)> {
    let event = |id| {
        let def = words.model.event(id);
        match (&def.origin, &def.label) {
            (EventOrigin::Declared, Some(label)) => label.get(words.lang).to_owned(),
            (EventOrigin::Declared, None) => def.name.to_string(),
            _ => words.event(Some(workflow.kind), &def.name),
        }
    };
    let mut all = Vec::new();
    for (id, list) in &workflow.on_event {
        all.extend(list.iter().map(|one| (0, event(*id), one)));
    }
    for (idx, state) in workflow.states.iter().enumerate() {
        for (id, list) in &state.on_event {
            all.extend(list.iter().map(|one| (idx + 1, event(*id), one)));
        }
        all.extend(state.completed.iter().map(|one| (idx + 1, words.plain("graph-completed"), one)));
    }
    all
}

fn says(text: &str, what: &str, transition: &Transition) -> bool {
    let guard = transition.guard.as_ref().map(|guard| format!("[{}]", guard.written.text));
    text.starts_with(what) && guard.is_none_or(|guard| text.contains(&guard))
}

fn number(end: End) -> usize {
    match end {
        End::Node(number) | End::Box(number) | End::History(number, _) => number,
    }
}

#[test]
fn every_state_is_drawn_once_where_it_stands() {
    each(|words, workflow, drawing| {
        let drawn = nodes(&drawing.root);
        assert_eq!(drawn.len(), workflow.states.len() + 1, "{}", drawing.name);
        let ids: BTreeSet<&str> = drawn.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), drawn.len(), "an id stands twice: {ids:?}");
        for (idx, state) in workflow.states.iter().enumerate() {
            let node = drawing.node(idx + 1);
            let label = state.label.as_ref().map_or(state.name.as_ref(), |label| label.get(words.lang));
            assert!(node.number == idx + 1 && node.label.starts_with(label), "{}: {label}", drawing.name);
            let inside: Vec<StateId> =
                node.inside.iter().map(|node| StateId(u16::try_from(node.number - 1).unwrap())).collect();
            assert_eq!(inside, state.children);
        }
    });
}

#[test]
fn every_transition_is_an_edge_or_a_line_and_nothing_else_is() {
    each(|words, workflow, drawing| {
        let mut edges: Vec<&Edge> = drawing.edges.iter().collect();
        let mut lines: Vec<(usize, &str)> = nodes(&drawing.root)
            .into_iter()
            .flat_map(|node| node.lines.iter().map(|line| (node.number, line.as_str())))
            .collect();
        for (owner, what, transition) in transitions(words, workflow) {
            let missing = format!("{}: {what} of {owner} is not drawn", drawing.name);
            match transition.goal {
                Goal::State(way) => {
                    let this = |edge: &&Edge| {
                        let ends = (number(edge.from), number(edge.to));
                        ends == (owner, way.target.idx() + 1)
                            && says(&edge.lines.join(" "), &what, transition)
                    };
                    edges.remove(edges.iter().position(this).expect(&missing));
                }
                Goal::Stay | Goal::Refuse(_) => {
                    let this =
                        |(number, line): &(usize, &str)| *number == owner && says(line, &what, transition);
                    lines.remove(lines.iter().position(this).expect(&missing));
                }
            }
        }
        let limits = workflow.states.iter().map(|state| &state.allowed);
        let used_up = limits.flatten().count();
        let breaches = workflow.clocks.iter().filter(|clock| clock.breached.to.is_some()).count();
        assert_eq!(edges.len(), used_up + breaches, "{}", drawing.name);
        assert!(edges.iter().all(|edge| edge.dashed));
        let least = workflow.states.iter().filter(|state| state.lasts_at_least.is_some()).count();
        assert_eq!(lines.len(), workflow.clocks.len() + used_up + least, "{}: {lines:?}", drawing.name);
    });
}

/// A text of Mermaid as a reader sees it: line breaks first, so that no entity makes one.
fn seen(text: &str) -> String {
    let line = |text: &str| {
        let mut parts = text.split('#');
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (code, after) = part.split_once(';').unwrap();
            out.push(char::from_u32(code.parse().unwrap()).unwrap());
            out.push_str(after);
        }
        out
    };
    text.split("<br/>").map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_mermaid_reads_is_what_was_meant() {
    // Two of these in a row would begin a formula.
    let apart = |text: String| text.replace("$$", "$ $");
    each(|_, _, drawing| {
        let text = mermaid::titled(drawing);
        let mut edges = Vec::new();
        let mut labels = Vec::new();
        let mut depth = 0_i32;
        for line in text.lines().skip(4).map(str::trim) {
            depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
            assert!(depth >= 0);
            if let Some((from, rest)) = line.split_once(" --> ") {
                let (to, label) = rest.split_once(" : ").unwrap_or((rest, ""));
                // Nothing that would end the label stands in it; a `;` only at the end of an entity.
                assert!(!label.contains([':', '"', '{']), "{line}");
                assert_eq!(label.matches('#').count(), label.matches(';').count(), "{line}");
                if from != "[*]" && to != "[*]" {
                    edges.push((from.to_owned(), to.to_owned(), seen(label)));
                }
            } else if let Some(rest) = line.strip_prefix("state \"") {
                let (label, id) = rest.split_once("\" as ").unwrap();
                let id = id.trim_end_matches(" {");
                assert!(id.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_'), "{line}");
                labels.push((id.to_owned(), seen(label)));
            }
        }
        assert_eq!(depth, 0);
        assert_eq!(edges.len(), drawing.edges.len());
        for (edge, (_, _, label)) in drawing.edges.iter().zip(&edges) {
            assert_eq!(apart(edge.lines.join("\n")), *label);
        }
        for node in nodes(&drawing.root).into_iter().skip(1) {
            let (_, label) = labels.iter().find(|(id, _)| *id == node.id).unwrap();
            let whole = if node.inside.is_empty() { node.text().join("\n") } else { node.label.clone() };
            assert_eq!(*label, apart(whole));
            if node.boxed {
                let boxed = labels.iter().find(|(id, _)| *id == format!("i{}", node.number)).unwrap();
                assert_eq!(boxed.1, node.text().join("\n"));
            }
        }
        let known: BTreeSet<&str> = labels.iter().map(|(id, _)| id.as_str()).collect();
        for (from, to, _) in &edges {
            assert!(known.contains(from.as_str()) && known.contains(to.as_str()), "{from} --> {to}");
        }
    });
}

#[derive(Default)]
struct Read {
    /// Id, label, and the clusters around from the outside in.
    nodes: Vec<(String, String, Vec<String>)>,
    edges: Vec<(String, String, String)>,
}

fn read(graph: &Graph, around: &[String], into: &mut Read) {
    let label = |list: &layout::gv::parser::ast::AttributeList| {
        list.iter().find(|(key, _)| key == "label").map(|(_, label)| label.clone()).unwrap_or_default()
    };
    for stmt in &graph.list.list {
        match stmt {
            Stmt::Node(node) => into.nodes.push((node.id.name.clone(), label(&node.list), around.to_vec())),
            Stmt::Edge(edge) => {
                into.edges.push((edge.from.name.clone(), edge.to[0].0.name.clone(), label(&edge.list)));
            }
            Stmt::SubGraph(inner) => read(inner, &[around, std::slice::from_ref(&inner.name)].concat(), into),
            Stmt::Attribute(_) => {}
        }
    }
}

#[test]
fn what_a_reader_of_dot_reads_is_what_was_meant() {
    each(|_, _, drawing| {
        let text = dot::write(drawing);
        let graph = DotParser::new(&text).process().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut found = Read::default();
        read(&graph, &[], &mut found);
        let marker =
            |id: &str| id.len() > 1 && id.starts_with(['b', 'e']) && id[1..].parse::<usize>().is_ok();
        found.edges.retain(|(from, to, _)| !marker(from) && !marker(to));
        assert_eq!(found.edges.len(), drawing.edges.len());
        for (edge, (_, _, label)) in drawing.edges.iter().zip(&found.edges) {
            assert_eq!(edge.lines.join("\n"), *label);
        }
        let known: BTreeSet<&str> = found.nodes.iter().map(|(id, ..)| id.as_str()).collect();
        assert_eq!(known.len(), found.nodes.len(), "a node is written twice");
        for (from, to, _) in &found.edges {
            assert!(known.contains(from.as_str()) && known.contains(to.as_str()), "{from} -> {to}");
        }
        for node in nodes(&drawing.root).into_iter().skip(1) {
            let anchor = format!("i{}", node.number);
            let id = if node.inside.is_empty() { &node.id } else { &anchor };
            let (_, label, around) = found.nodes.iter().find(|(known, ..)| known == id).unwrap();
            if node.inside.is_empty() || node.boxed {
                assert_eq!(*label, node.text().join("\n"));
            }
            for inner in nodes(node).into_iter().skip(1).filter(|inner| inner.inside.is_empty()) {
                let (_, _, inside) = found.nodes.iter().find(|(id, ..)| *id == inner.id).unwrap();
                assert!(inside.len() > around.len() || inside == around, "{} in {}", inner.id, node.id);
                assert!(inside.contains(&format!("cluster_{}", node.id)), "{} in {}", inner.id, node.id);
            }
        }
    });
}

#[test]
fn names_that_cannot_stand_in_a_diagram_get_made_ids() {
    for (name, plain) in [
        ("certified", true),
        ("not_qualified", true),
        ("box2go", true),
        ("end", false),
        ("State", false),
        ("s12", false),
        ("d", false),
        ("已取消", false),
        ("_x", false),
        ("a.b", false),
    ] {
        assert_eq!(super::drawing::is_plain(name), plain, "{name}");
    }
}
