//! Mermaid `stateDiagram-v2`.

use std::fmt::Write as _;

use super::drawing::{Drawing, Edge, End, Node, Shape};
use crate::model::History;

/// A diagram on its own, its title in front.
pub(super) fn titled(drawing: &Drawing) -> String {
    let title = serde_json::Value::from(drawing.title.as_str());
    format!("---\ntitle: {title}\n---\n{}", write(drawing))
}

/// Diagrams as Markdown, each under a heading.
pub(super) fn page(title: &str, drawings: impl Iterator<Item = Drawing>) -> String {
    let mut text = format!("# {}\n", in_markdown(title));
    for drawing in drawings {
        let heading = in_markdown(&drawing.title);
        let _ = write!(text, "\n## {heading}\n\n```mermaid\n{}```\n", write(&drawing));
    }
    text
}

/// What Markdown would take for a sign of its own.
fn in_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if "\\`*_#<>[]|".contains(sign) {
            out.push('\\');
        }
        out.push(if sign.is_control() { ' ' } else { sign });
    }
    out
}

fn write(drawing: &Drawing) -> String {
    let mut out = Out { text: String::from("stateDiagram-v2\n"), level: 1, aside: Vec::new() };
    let root = &drawing.root;
    if drawing.wraps() {
        out.line(format!("state \"{}\" as {} {{", quoted(&[&root.label]), root.id));
        out.level += 1;
        out.inside(drawing, root);
        out.level -= 1;
        out.line("}");
        for node in root.inside.iter().filter(|node| node.shape == Shape::Done) {
            out.node(drawing, node);
        }
    } else {
        out.inside(drawing, root);
    }
    for node in root.inside.iter().filter(|node| node.shape == Shape::Done) {
        out.line(format!("{} --> [*]", node.id));
    }
    for edge in &drawing.edges {
        out.edge(drawing, edge);
    }
    if !out.aside.is_empty() {
        let aside = out.aside.join(",");
        out.line("classDef aside stroke-dasharray:4 4");
        out.line(format!("class {aside} aside"));
    }
    out.text
}

struct Out {
    text: String,
    level: usize,
    /// Nodes that are no states: boxes and histories.
    aside: Vec<String>,
}

impl Out {
    fn line(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.text, "{:1$}{2}", "", self.level * 4, line.as_ref());
    }

    fn node(&mut self, drawing: &Drawing, node: &Node) {
        if node.inside.is_empty() {
            return self.line(format!("state \"{}\" as {}", quoted(&node.text()), node.id));
        }
        self.line(format!("state \"{}\" as {} {{", quoted(&[&node.label]), node.id));
        self.level += 1;
        self.inside(drawing, node);
        self.level -= 1;
        self.line("}");
    }

    /// What stands inside a state, or in the workflow.
    fn inside(&mut self, drawing: &Drawing, node: &Node) {
        let mut separate = false;
        if let Shape::Compound(initial) = node.shape {
            let first = &drawing.node(initial).id;
            let begins = if node.number == 0 { label(&[&drawing.begins]) } else { String::new() };
            self.line(format!("[*] --> {first}{begins}"));
        }
        let wrapped = node.number == 0 && drawing.wraps();
        // What ends the workflow stands outside it.
        for inner in node.inside.iter().filter(|inner| !(wrapped && inner.shape == Shape::Done)) {
            if separate && node.shape == Shape::Parallel {
                self.line("--");
            }
            separate = true;
            self.node(drawing, inner);
            if node.number > 0 && inner.shape == Shape::Done {
                self.line(format!("{} --> [*]", inner.id));
            }
        }
        let aside = [
            (node.boxed, End::Box(node.number), quoted(&node.text())),
            (node.shallow, End::History(node.number, History::Shallow), "H".to_owned()),
            (node.deep, End::History(node.number, History::Deep), "H*".to_owned()),
        ];
        let mut separate = node.shape == Shape::Parallel;
        for (_, end, text) in aside.into_iter().filter(|(there, ..)| *there) {
            if std::mem::take(&mut separate) {
                self.line("--");
            }
            let id = id(drawing, end);
            self.line(format!("state \"{text}\" as {id}"));
            self.aside.push(id);
        }
    }

    fn edge(&mut self, drawing: &Drawing, edge: &Edge) {
        let [from, to] = [edge.from, edge.to].map(|end| id(drawing, end));
        let lines: Vec<&str> = edge.lines.iter().map(String::as_str).collect();
        self.line(format!("{from} --> {to}{}", label(&lines)));
    }
}

fn id(drawing: &Drawing, end: End) -> String {
    match end {
        End::Node(number) => drawing.node(number).id.clone(),
        End::Box(number) => format!("i{number}"),
        End::History(number, History::Shallow) => format!("h{number}"),
        End::History(number, History::Deep) => format!("d{number}"),
    }
}

/// The label of an edge, or nothing.
fn label(lines: &[&str]) -> String {
    let text = quoted(lines);
    if text.trim().is_empty() { String::new() } else { format!(" : {text}") }
}

/// Lines as one text, with what Mermaid or HTML would take for a sign of its own as an entity.
fn quoted(lines: &[&str]) -> String {
    let mut out = String::new();
    for (idx, line) in lines.iter().enumerate() {
        if idx > 0 {
            out.push_str("<br/>");
        }
        let mut formula = false;
        for sign in line.trim().chars() {
            // Two of them in a row begin a formula, even as entities.
            if std::mem::replace(&mut formula, sign == '$') && sign == '$' {
                out.push(' ');
            }
            match sign {
                '"' | '#' | ':' | ';' | '<' | '>' | '&' | '{' | '}' | '%' | '\\' | '`' | '*' => {
                    let _ = write!(out, "#{};", u32::from(sign));
                }
                sign if sign.is_control() => out.push(' '),
                sign => out.push(sign),
            }
        }
    }
    out
}
