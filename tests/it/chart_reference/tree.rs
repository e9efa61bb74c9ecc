//! A statechart as a tree of nodes, and the YAML that says the same.

use std::fmt::Write as _;

/// A state by the names from the outermost state down to its own; the empty path is the workflow.
pub type Path = Vec<String>;

#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub shape: Shape,
    pub inside: Vec<Node>,
    /// By event, in the order tried.
    pub on_event: Vec<(String, Vec<Arrow>)>,
    pub completed: Vec<Arrow>,
    pub enter: Vec<Act>,
    pub leave: Vec<Act>,
    pub undo: Vec<Act>,
    /// How often it may be entered, and where whoever would enter it once more goes.
    pub limit: Option<(usize, Path)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Nothing inside; a final state where it says so.
    Atomic { done: bool },
    /// One of those inside: the first, unless another is named.
    Compound { initial: Option<String> },
    /// All of those inside.
    Parallel,
}

#[derive(Clone, Debug)]
pub struct Arrow {
    pub when: When,
    pub goal: Goal,
    pub acts: Vec<Act>,
}

#[derive(Clone, Debug)]
pub enum When {
    Always,
    /// As `Always`, written with `otherwise` where that can be.
    Otherwise,
    FieldAbove(i64),
    DatumAbove(i64),
    /// Asks for what the event need not carry.
    HintAbove(i64),
    In(String),
    NotIn(String),
}

#[derive(Clone, Debug)]
pub enum Goal {
    Stay,
    Refuse,
    To { target: Path, history: Option<Depth>, reenter: bool, compensate: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Shallow,
    Deep,
}

#[derive(Clone, Debug)]
pub enum Act {
    Call(String),
    CallIfFieldAbove(String, i64),
    Raise(String, i64),
    Set(i64),
    Add(i64),
}

impl Node {
    pub fn new(name: &str) -> Node {
        Node {
            name: name.to_owned(),
            shape: Shape::Atomic { done: false },
            inside: Vec::new(),
            on_event: Vec::new(),
            completed: Vec::new(),
            enter: Vec::new(),
            leave: Vec::new(),
            undo: Vec::new(),
            limit: None,
        }
    }

    pub fn at(&self, path: &[String]) -> &Node {
        match path {
            [] => self,
            [first, rest @ ..] => self.inside.iter().find(|node| node.name == *first).unwrap().at(rest),
        }
    }

    pub fn at_mut(&mut self, path: &[String]) -> &mut Node {
        match path {
            [] => self,
            [first, rest @ ..] => {
                self.inside.iter_mut().find(|node| node.name == *first).unwrap().at_mut(rest)
            }
        }
    }

    /// Every state inside in document order, each before what it encloses.
    pub fn paths(&self) -> Vec<Path> {
        let mut all = Vec::new();
        for child in &self.inside {
            all.push(vec![child.name.clone()]);
            for path in child.paths() {
                all.push([vec![child.name.clone()], path].concat());
            }
        }
        all
    }

    pub fn children(&self, path: &Path) -> Vec<Path> {
        self.at(path).inside.iter().map(|child| [path.clone(), vec![child.name.clone()]].concat()).collect()
    }
}

/// The policy of one workflow `w` of one kind of subject `o`.
pub fn policy_text(root: &Node, events: &[&str]) -> String {
    let mut text = String::from(concat!(
        "policy: {id: chart, title: 状态图, version: \"1\", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}\n",
        "roles: {clerk: {anyone: yes}}\n",
        "subjects: {o: {fields: {n: {type: integer, optional: yes}}}}\n",
        "workflows:\n  w:\n    subject: o\n    events:\n",
    ));
    for event in events {
        let data = "{k: integer, hint: {type: integer, optional: yes}}";
        writeln!(text, "      {event}: {{by: clerk, data: {data}}}").unwrap();
    }
    write_on_event(root, 4, &mut text);
    write_states(root, 4, &mut text);
    text
}

fn write_states(node: &Node, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    writeln!(text, "{pad}states:").unwrap();
    for child in &node.inside {
        writeln!(text, "{pad}  {}:", child.name).unwrap();
        let pad = " ".repeat(indent + 4);
        // A state about which nothing is said is an empty map.
        let before = text.len();
        match &child.shape {
            Shape::Atomic { done: true } => writeln!(text, "{pad}done: yes").unwrap(),
            Shape::Parallel => writeln!(text, "{pad}parallel: yes").unwrap(),
            Shape::Compound { initial: Some(initial) } => writeln!(text, "{pad}initial: {initial}").unwrap(),
            Shape::Atomic { done: false } | Shape::Compound { initial: None } => {}
        }
        for (key, acts) in
            [("effects", &child.enter), ("on_leave", &child.leave), ("compensation", &child.undo)]
        {
            if !acts.is_empty() {
                writeln!(text, "{pad}{key}: {}", acts_text(acts)).unwrap();
            }
        }
        if let Some((allowed, elsewhere)) = &child.limit {
            writeln!(text, "{pad}allowed: {allowed}").unwrap();
            writeln!(text, "{pad}when_used_up: {}", elsewhere.last().unwrap()).unwrap();
        }
        write_on_event(child, indent + 4, text);
        if !child.completed.is_empty() {
            writeln!(text, "{pad}completed:").unwrap();
            write_arrows(&child.completed, indent + 6, text);
        }
        if !child.inside.is_empty() {
            write_states(child, indent + 4, text);
        }
        if text.len() == before {
            text.pop();
            text.push_str(" {}\n");
        }
    }
}

fn write_on_event(node: &Node, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    if !node.on_event.is_empty() {
        writeln!(text, "{pad}on_event:").unwrap();
    }
    for (event, arrows) in &node.on_event {
        writeln!(text, "{pad}  {event}:").unwrap();
        write_arrows(arrows, indent + 4, text);
    }
}

fn write_arrows(arrows: &[Arrow], indent: usize, text: &mut String) {
    for arrow in arrows {
        writeln!(text, "{}- {}", " ".repeat(indent), arrow_text(arrow)).unwrap();
    }
}

fn arrow_text(arrow: &Arrow) -> String {
    let mut parts = Vec::new();
    let guard = match &arrow.when {
        When::Always | When::Otherwise => None,
        When::FieldAbove(n) => Some(format!("o.n > {n}")),
        When::DatumAbove(n) => Some(format!("event.k > {n}")),
        When::HintAbove(n) => Some(format!("event.hint > {n}")),
        When::In(state) => Some(format!("o.w == {state}")),
        When::NotIn(state) => Some(format!("o.w != {state}")),
    };
    if let Some(guard) = guard {
        parts.push(format!("if: {guard}"));
    }
    let to = if matches!(arrow.when, When::Otherwise) { "otherwise" } else { "to" };
    match &arrow.goal {
        Goal::Stay => parts.push(format!("{to}: record_only")),
        Goal::Refuse => parts.push("refuse: 不行".to_owned()),
        Goal::To { target, history, reenter, compensate } => {
            parts.push(format!("{to}: {}", target.last().unwrap()));
            match history {
                Some(Depth::Shallow) => parts.push("history: shallow".to_owned()),
                Some(Depth::Deep) => parts.push("history: deep".to_owned()),
                None => {}
            }
            if *reenter {
                parts.push("reenter: yes".to_owned());
            }
            if *compensate {
                parts.push("compensate: yes".to_owned());
            }
        }
    }
    if !arrow.acts.is_empty() {
        parts.push(format!("effects: {}", acts_text(&arrow.acts)));
    }
    format!("{{{}}}", parts.join(", "))
}

fn acts_text(acts: &[Act]) -> String {
    let one = |act: &Act| match act {
        Act::Call(name) => format!("{{call: {name}}}"),
        Act::CallIfFieldAbove(name, n) => format!("{{call: {name}, if: o.n > {n}}}"),
        Act::Raise(event, k) => format!("{{raise: {event}, with: {{k: {k}}}}}"),
        Act::Set(n) => format!("{{assign: {{n: {n}}}}}"),
        Act::Add(n) => format!("{{assign: {{n: o.n + {n}}}}}"),
    };
    format!("[{}]", acts.iter().map(one).collect::<Vec<_>>().join(", "))
}
