//! Named functions: typed once, in order of their calls; a circle of calls is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ast::{Expr, Kind};
use super::check::Checker;
use super::node::Function;
use super::parse::parse;
use super::sandbox::Sandbox;
use super::text::ScriptText;
use super::{Scope, builtins, near, scan};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::value::Type;

/// A named function as declared.
#[derive(Clone, Debug)]
pub struct FunctionDef<'a> {
    /// Its name.
    pub name: Arc<str>,
    /// Its parameters, in order.
    pub params: Vec<(Arc<str>, Type)>,
    /// Its result.
    pub returns: Type,
    /// Its body; none for a function that the host gives.
    pub body: Option<ScriptText<'a>>,
}

/// The named functions of a policy, ready to be called.
#[derive(Clone, Debug, Default)]
pub struct Library {
    functions: BTreeMap<Arc<str>, Arc<Function>>,
}

impl Library {
    /// Types all functions. The scope is asked for `$parameters` only: a function sees these and its own parameters.
    /// A function with mistakes keeps its signature, so that calls of it are still checked.
    pub fn compile(
        sandbox: &Sandbox,
        defs: Vec<FunctionDef<'_>>,
        scope: &dyn Scope,
    ) -> (Library, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let mut trees = BTreeMap::new();
        for def in &defs {
            let Some(text) = &def.body else { continue };
            if taken(&def.name) {
                let message = Message::new("script-function-name", [&def.name]);
                found.push(Diagnostic::error(Code::BadName, text.span, message));
            }
            match parse(text, sandbox.limits()) {
                Ok(tree) => drop(trees.insert(def.name.clone(), tree)),
                Err(finding) => found.push(*finding),
            }
        }
        let by_name: BTreeMap<Arc<str>, &FunctionDef<'_>> =
            defs.iter().map(|def| (def.name.clone(), def)).collect();
        let mut library = Library::default();
        for (name, def) in &by_name {
            // Of the host, or unreadable: the signature is all there is.
            if !trees.contains_key(name) {
                library.add(def, None);
            }
        }
        let mut order = Order {
            trees: &trees,
            by_name: &by_name,
            done: Vec::new(),
            levels: BTreeMap::new(),
            limit: sandbox.limits().call_levels,
            path: Vec::new(),
            circles: BTreeSet::new(),
            found: &mut found,
        };
        for name in trees.keys() {
            order.visit(name);
        }
        let done = order.done;
        for name in trees.keys().filter(|name| !done.contains(name)) {
            if let Some(def) = by_name.get(name) {
                library.add(def, None);
            }
        }
        for name in done {
            let (Some(def), Some(tree)) = (by_name.get(&name), trees.get(&name)) else { continue };
            library.define(def, tree, scope, &mut found);
        }
        (library, found)
    }

    /// A function by name.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
    }

    /// What a function gives.
    pub fn returns(&self, name: &str) -> Option<&Type> {
        self.functions.get(name).map(|function| &function.returns)
    }

    /// The names of all functions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(|name| &**name)
    }

    fn define(&mut self, def: &FunctionDef<'_>, tree: &Expr, scope: &dyn Scope, found: &mut Vec<Diagnostic>) {
        let Some(text) = &def.body else { return };
        let inner = Inside { scope, params: &def.params };
        let checked = Checker::new(text, &inner, self, &def.params).finish(tree, Some(&def.returns), false);
        match checked {
            Ok((body, _)) => self.add(def, Some(body)),
            Err(mistakes) => {
                found.extend(mistakes);
                self.add(def, None);
            }
        }
    }

    fn add(&mut self, def: &FunctionDef<'_>, body: Option<super::node::Body>) {
        let (name, params, returns) = (def.name.clone(), def.params.clone(), def.returns.clone());
        self.functions.insert(name.clone(), Arc::new(Function { name, params, returns, body }));
    }
}

/// Whether a name already means something in every script.
fn taken(name: &str) -> bool {
    let reserved = ["true", "false", "if", "else", "switch", "let", "const", "in", "return"];
    builtins::find(name).is_some()
        || scan::KEYWORDS.contains(&name)
        || scan::FUNCTIONS.contains(&name)
        || reserved.contains(&name)
}

/// Puts functions after those that they call.
struct Order<'a, 'b> {
    trees: &'a BTreeMap<Arc<str>, Expr>,
    by_name: &'a BTreeMap<Arc<str>, &'a FunctionDef<'b>>,
    done: Vec<Arc<str>>,
    /// Levels of calls of each function that is done.
    levels: BTreeMap<Arc<str>, usize>,
    /// The most levels allowed.
    limit: usize,
    path: Vec<Arc<str>>,
    /// Circles already told, whichever function they were entered by.
    circles: BTreeSet<BTreeSet<Arc<str>>>,
    found: &'a mut Vec<Diagnostic>,
}

impl Order<'_, '_> {
    /// How many levels of calls a function needs, itself included; nothing where it is in a circle or needs too many.
    fn visit(&mut self, name: &Arc<str>) -> Option<usize> {
        if let Some(levels) = self.levels.get(name) {
            return Some(*levels);
        }
        // What is declared without a readable body calls nothing.
        let Some(tree) = self.trees.get(name) else { return Some(0) };
        self.path.push(name.clone());
        let mut calls = Vec::new();
        collect(tree, &mut calls);
        let (mut levels, mut clear) = (1, self.path.len() <= self.limit);
        for (called, start, end) in calls {
            if let Some(at) = self.path.iter().position(|before| *before == called) {
                self.circle(name, at, (start, end));
                clear = false;
            } else if clear {
                match self.visit(&called) {
                    Some(inner) => levels = levels.max(inner + 1),
                    None => clear = false,
                }
            }
        }
        if self.path.len() > self.limit || levels > self.limit {
            self.too_many(name);
            clear = false;
        }
        self.path.pop();
        if !clear {
            return None;
        }
        self.levels.insert(name.clone(), levels);
        self.done.push(name.clone());
        Some(levels)
    }

    fn too_many(&mut self, name: &str) {
        let Some(text) = self.by_name.get(name).and_then(|def| def.body.as_ref()) else { return };
        let message = Message::new("script-limit-calls", [self.limit]);
        let finding = Diagnostic::error(Code::ScriptTooLarge, text.span, message);
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    fn circle(&mut self, name: &str, at: usize, (start, end): (u32, u32)) {
        if !self.circles.insert(self.path.iter().skip(at).cloned().collect()) {
            return;
        }
        let mut names: Vec<String> = self.path.iter().skip(at).map(|name| name.to_string()).collect();
        names.extend(self.path.get(at).map(|name| name.to_string()));
        let Some(text) = self.by_name.get(name).and_then(|def| def.body.as_ref()) else { return };
        let message = Message::new("script-recursive", [names.join(" → ")]);
        self.found.push(Diagnostic::error(Code::RecursiveFunction, text.span_of(start, end), message));
    }
}

fn collect(expr: &Expr, calls: &mut Vec<(Arc<str>, u32, u32)>) {
    if let Kind::Call(name, _) = &expr.kind {
        calls.push((name.text.clone(), name.start, name.end));
    }
    for child in expr.children() {
        collect(child, calls);
    }
}

/// What a function sees besides its parameters.
struct Inside<'a> {
    scope: &'a dyn Scope,
    params: &'a [(Arc<str>, Type)],
}

impl Scope for Inside<'_> {
    fn resolve(&self, path: &str) -> Result<Type, Vec<String>> {
        if path.starts_with('$') {
            return self.scope.resolve(path);
        }
        Err(near(path, self.params.iter().map(|(name, _)| &**name)))
    }

    fn names(&self) -> Vec<String> {
        let outer = self.scope.names().into_iter().filter(|name| name.starts_with('$'));
        self.params.iter().map(|(name, _)| name.to_string()).chain(outer).collect()
    }
}
