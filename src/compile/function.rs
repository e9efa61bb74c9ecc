//! `functions:`: scripts by name, and functions that the embedding app gives.

use super::Options;
use super::meaning::Frame;
use super::names;
use super::read;
use super::scope::View;
use super::world::{Out, World, is_unknown};
use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::script::{FunctionDef, Library, ScriptText};
use crate::source::Span;

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    let mut defs = Vec::new();
    for entry in &raw.functions {
        let name = entry.name.value.as_str();
        names::check(&entry.name, out);
        world.cite_one(&entry.value.clause, &format!("functions.{name}"), out);
        let params: Vec<_> = entry
            .value
            .params
            .iter()
            .map(|param| {
                names::check(&param.name, out);
                let full = format!("{name}.{}", param.name.value);
                let ty = world.read_type(&param.value, &full, out).ty;
                (param.name.value.as_str().into(), ty)
            })
            .collect::<Vec<(std::sync::Arc<str>, _)>>();
        let Some(returns) = &entry.value.returns else {
            world.broken_functions.push(name.into());
            continue;
        };
        let returns = world.read_type(returns, name, out).ty;
        if is_unknown(&returns) || params.iter().any(|(_, ty)| is_unknown(ty)) {
            world.broken_functions.push(name.into());
            continue;
        }
        let host = read::yes(&entry.value.host, out);
        let body = entry.value.body.as_ref().filter(|_| !host);
        let body = body.map(|body| ScriptText::new(world.sources, body.span));
        defs.push(FunctionDef { name: name.into(), params, returns, body });
    }
    let (library, found) = {
        let frame = Frame::default();
        let view = View::new(world, &frame);
        let (library, found) = Library::compile(&world.sandbox, defs, &view);
        (library, if view.broken.get() { Vec::new() } else { found })
    };
    out.found.extend(found);
    world.library = library;
}

/// A function that the app gives and the policy does not ask for is probably misspelt.
pub(super) fn check_host(world: &World<'_>, options: &Options, out: &mut Out) {
    let asked: Vec<&str> = world
        .raw
        .functions
        .iter()
        .filter(|entry| entry.value.host.is_some())
        .map(|entry| entry.name.value.as_str())
        .collect();
    for given in options.functions.keys() {
        if asked.contains(&given.as_ref()) {
            continue;
        }
        let span = world.raw.policy.as_ref().map_or(Span::default(), |head| head.span);
        let finding = Diagnostic::warning(Code::UnknownName, span, Message::new("host-not-asked", [given]));
        out.found.push(match nearest(given, asked.iter().copied()) {
            Some(near) => finding.help(Message::new("did-you-mean", [near])),
            None => finding,
        });
    }
}
