//! Graphviz DOT: states with others inside are clusters, regions dashed ones.

use std::fmt::Write as _;

use super::drawing::{Drawing, Edge, End, Node, Shape};
use crate::model::History;

/// A diagram as one graph.
pub(super) fn write(drawing: &Drawing) -> String {
    let mut out = Out { text: String::new(), level: 0 };
    let root = &drawing.root;
    out.line(format!("digraph {} {{", text([&drawing.name])));
    out.level += 1;
    out.line(format!(
        "graph [label={}, labelloc=t, compound=true, newrank=true, fontname=\"sans-serif\"];",
        text([&drawing.title])
    ));
    out.line("node [shape=box, style=rounded, fontname=\"sans-serif\"];");
    out.line("edge [fontname=\"sans-serif\", fontsize=10];");
    out.begin(drawing, root);
    if drawing.wraps() {
        out.open(&root.id, &root.label, "rounded");
        out.nodes(root, |node| node.shape != Shape::Done);
        out.anchor(root);
        out.close();
        out.nodes(root, |node| node.shape == Shape::Done);
    } else {
        out.nodes(root, |_| true);
    }
    out.ends(root);
    for edge in &drawing.edges {
        out.edge(drawing, edge);
    }
    out.close();
    out.text
}

struct Out {
    text: String,
    level: usize,
}

impl Out {
    fn line(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.text, "{:1$}{2}", "", self.level * 4, line.as_ref());
    }

    fn open(&mut self, id: &str, label: &str, style: &str) {
        self.line(format!("subgraph cluster_{id} {{"));
        self.level += 1;
        self.line(format!("label={}; style=\"{style}\";", text([label])));
    }

    fn close(&mut self) {
        self.level -= 1;
        self.line("}");
    }

    fn nodes(&mut self, around: &Node, wanted: impl Fn(&Node) -> bool) {
        let region = around.shape == Shape::Parallel;
        for node in around.inside.iter().filter(|node| wanted(node)) {
            if !node.inside.is_empty() {
                self.compound(node, if region { "dashed,rounded" } else { "rounded" });
            } else if region {
                self.open(&node.id, "", "dashed,rounded");
                self.atomic(node);
                self.close();
            } else {
                self.atomic(node);
            }
        }
    }

    fn atomic(&mut self, node: &Node) {
        self.line(format!("{} [label={}];", node.id, text(node.text())));
    }

    fn compound(&mut self, node: &Node, style: &str) {
        self.open(&node.id, &node.label, style);
        if let Shape::Compound(_) = node.shape {
            self.line(format!("b{} [{START}];", node.number));
        }
        self.nodes(node, |_| true);
        self.anchor(node);
        for (there, depth, label) in [(node.shallow, 'h', "H"), (node.deep, 'd', "H*")] {
            if there {
                self.line(format!("{depth}{} [shape=circle, style=solid, label=\"{label}\"];", node.number));
            }
        }
        if let Some(first) = initial(node) {
            let to = inner_end(first);
            self.line(format!("b{} -> {to};", node.number));
        }
        self.ends(node);
        self.close();
    }

    /// What stands for a cluster at the end of an edge: its box, or a point that is not seen.
    fn anchor(&mut self, node: &Node) {
        let looks = match node.boxed {
            true => format!("shape=note, style=dashed, label={}", text(node.text())),
            false => "shape=point, style=invis, width=0, height=0".to_owned(),
        };
        self.line(format!("i{} [{looks}];", node.number));
    }

    fn begin(&mut self, drawing: &Drawing, root: &Node) {
        self.line(format!("b0 [{START}];"));
        let Some(first) = initial(root) else { return };
        let label = match drawing.begins.as_str() {
            "" => None,
            begins => Some(format!("label={}", text([begins]))),
        };
        let to = inner_end(first);
        match label {
            None => self.line(format!("b0 -> {to};")),
            Some(label) => self.line(format!("b0 -> {};", with(&to, &label))),
        }
    }

    fn ends(&mut self, around: &Node) {
        let mut drawn = false;
        for node in around.inside.iter().filter(|node| node.shape == Shape::Done) {
            if !std::mem::replace(&mut drawn, true) {
                self.line(format!("e{} [{END}];", around.number));
            }
            self.line(format!("{} -> e{};", node.id, around.number));
        }
    }

    fn edge(&mut self, drawing: &Drawing, edge: &Edge) {
        let mut looks = vec![format!("label={}", text(edge.lines.iter()))];
        if edge.dashed {
            looks.push("style=dashed".to_owned());
        }
        let mut ends = Vec::new();
        for (end, key) in [(edge.from, "ltail"), (edge.to, "lhead")] {
            ends.push(match end {
                End::Node(number) => {
                    let node = drawing.node(number);
                    match node.inside.is_empty() {
                        true => node.id.clone(),
                        false => {
                            looks.push(format!("{key}=cluster_{}", node.id));
                            format!("i{number}")
                        }
                    }
                }
                End::Box(number) => format!("i{number}"),
                End::History(number, History::Shallow) => format!("h{number}"),
                End::History(number, History::Deep) => format!("d{number}"),
            });
        }
        self.line(format!("{} [{}];", ends.join(" -> "), looks.join(", ")));
    }
}

const START: &str = "shape=circle, style=filled, fillcolor=black, label=\"\", width=0.2";
const END: &str = "shape=doublecircle, style=filled, fillcolor=black, label=\"\", width=0.15";

fn initial(node: &Node) -> Option<&Node> {
    let Shape::Compound(initial) = node.shape else { return None };
    node.inside.iter().find(|inner| inner.number == initial)
}

/// The end of an edge to a node, with its looks where it is a cluster.
fn inner_end(node: &Node) -> String {
    match node.inside.is_empty() {
        true => node.id.clone(),
        false => format!("i{} [lhead=cluster_{}]", node.number, node.id),
    }
}

/// A further look of an edge.
fn with(end: &str, look: &str) -> String {
    match end.strip_suffix(']') {
        Some(looks) => format!("{looks}, {look}]"),
        None => format!("{end} [{look}]"),
    }
}

/// Lines as a quoted text.
fn text<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let mut out = String::from("\"");
    for (idx, line) in lines.into_iter().enumerate() {
        if idx > 0 {
            out.push_str("\\n");
        }
        for sign in line.as_ref().trim().chars() {
            match sign {
                '"' | '\\' => out.extend(['\\', sign]),
                sign if sign.is_control() => out.push(' '),
                sign => out.push(sign),
            }
        }
    }
    out.push('"');
    out
}
