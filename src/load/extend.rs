//! The policies that a policy extends: found on disk or among texts, each judged by itself, then laid over one another.
//!
//! `extend:` names folders relative to the policy's own. Among texts, those whose path begins with that folder are the base's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{File, Part, attached, consequences, files, parse};
use crate::analysis;
use crate::compile::{self, History, Options};
use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::{Message, either};
use crate::source::{Sources, Span};
use crate::syntax::compose::{self, Composed, Header, Layer, Replaced, ReplacedKind};
use crate::syntax::node::Kind;
use crate::syntax::raw::{RawPolicy, Text};
use crate::syntax::{read, read_parsed};

/// How many policies may extend one another.
const CHAIN_MAX: usize = 16;

/// What stands on disk and what was given with the call.
pub(super) struct Given<'a> {
    pub files: &'a [File],
    pub folder: Option<&'a Path>,
    pub shipped: &'a RawPolicy,
    pub options: &'a Options,
}

/// A policy and those it extends, while they are put together.
struct Tower<'a> {
    given: &'a Given<'a>,
    sources: &'a mut Sources,
    found: &'a mut Vec<Diagnostic>,
    /// What was read and belongs to no layer yet.
    pool: Vec<Part>,
    layers: Vec<Floor>,
    /// The folders on the way from the policy to what is read just now.
    open: Vec<Place>,
    sound: bool,
    /// How many files were read, and how many bytes.
    read: usize,
    bytes: usize,
}

/// One layer with what was found wrong with its files.
struct Floor {
    place: Place,
    header: Option<Header>,
    layer: Layer,
    of_tree: Vec<Diagnostic>,
    whole: bool,
    /// Where its folder is named.
    named: Option<Text>,
}

/// A folder as files show it, and what it is on disk.
#[derive(Clone, PartialEq)]
struct Place {
    shown: String,
    real: PathBuf,
}

/// Whether any of the files extends another policy.
pub(super) fn extends(parts: &[Part]) -> bool {
    headers(parts, "").any(|(_, header)| !header.extend.is_empty())
}

/// A policy laid over its bases, and whether all of its own files could be read in full. Nothing where a base is missing or has
/// mistakes of its own; those are told.
pub(super) fn tower(
    parts: Vec<Part>,
    given: &Given<'_>,
    sources: &mut Sources,
    found: &mut Vec<Diagnostic>,
) -> Option<(RawPolicy, bool)> {
    let mut tower = Tower {
        read: given.files.len(),
        bytes: given.files.iter().map(|file| file.bytes.len()).sum(),
        given,
        sources,
        found,
        pool: parts,
        layers: Vec::new(),
        open: Vec::new(),
        sound: true,
    };
    let place = Place { shown: String::new(), real: tower.real("") };
    let top = tower.build(place, None);
    for idx in 0..top {
        tower.sound = tower.sound && tower.judge(idx);
    }
    if !tower.sound {
        let own = tower.layers.get_mut(top).map(|floor| std::mem::take(&mut floor.of_tree));
        tower.found.extend(own.into_iter().flatten());
        return None;
    }
    Some(tower.read(top, &given.options.base_values))
}

/// A finding about a name that the policy takes out points there as well.
pub(super) fn point_at_removals(replaced: &[Replaced], sources: &Sources, findings: &mut [Diagnostic]) {
    let removed = replaced.iter().filter(|one| one.kind == ReplacedKind::Removed);
    for one in removed {
        let Some(now) = &one.now else { continue };
        let name = one.path.rsplit('.').next().unwrap_or("");
        for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Error) {
            let at = finding.marks.first().map(|mark| sources.text(mark.span).trim_matches(['"', '\'']));
            if at.is_some_and(|text| text == name || text.rsplit('.').next() == Some(name)) {
                let mark =
                    crate::diag::Mark { span: now.span, message: Some(Message::plain("removed-here")) };
                finding.marks.push(mark);
            }
        }
    }
}

impl Tower<'_> {
    /// Builds the bases of a folder, then its own layer; gives its index.
    fn build(&mut self, place: Place, named: Option<Text>) -> usize {
        let header = self.header(&place.shown);
        let mut bases = Vec::new();
        self.open.push(place.clone());
        for text in header.iter().flat_map(|header| &header.extend) {
            match self.base(&place, text) {
                Some(idx) if bases.contains(&idx) => {
                    self.fail(Code::DuplicateName, text.span, Message::new("extend-twice", [&text.value]));
                }
                Some(idx) => {
                    let id = self.layers.get(idx).and_then(|floor| floor.header.as_ref()?.id.as_ref());
                    let own = header.as_ref().and_then(|header| header.id.as_ref());
                    if let (Some(base), Some(own)) = (id, own)
                        && base.value == own.value
                    {
                        let finding = Diagnostic::error(
                            Code::PolicyTwice,
                            own.span,
                            Message::new("overlay-same-id", [&own.value]),
                        );
                        self.found.push(finding.also(base.span, Message::plain("base-here")));
                    }
                    bases.push(idx);
                }
                None => self.sound = false,
            }
        }
        self.open.pop();
        let (own, rest) =
            std::mem::take(&mut self.pool).into_iter().partition(|part| part.is_under(&place.shown));
        self.pool = rest;
        self.layer(place, header, own, bases, named)
    }

    fn layer(
        &mut self,
        place: Place,
        header: Option<Header>,
        parts: Vec<Part>,
        bases: Vec<usize>,
        named: Option<Text>,
    ) -> usize {
        let files = parts.iter().map(|part| part.file).collect();
        let whole = parts.iter().all(|part| part.read.whole);
        let (mut of_tree, mut trees) = (Vec::new(), Vec::new());
        for part in parts {
            of_tree.extend(part.read.found);
            match part.read.tree {
                Some(tree) if !matches!(tree.kind, Kind::Map(_)) => {
                    read(&tree, &mut RawPolicy::default(), &mut of_tree);
                }
                tree => trees.extend(tree),
            }
        }
        let mut joined = Vec::new();
        compose::gather(&mut trees.iter_mut().collect::<Vec<_>>(), &mut joined);
        let tree = compose::single(trees, &mut joined);
        of_tree.append(&mut joined);
        let layer = Layer { tree, files, bases };
        self.layers.push(Floor { place, header, layer, of_tree, whole, named });
        self.layers.len() - 1
    }

    /// The layer that an `extend:` names; nothing where that was told to be impossible.
    fn base(&mut self, from: &Place, text: &Text) -> Option<usize> {
        let Some(shown) = resolve(&from.shown, &text.value) else {
            self.fail(Code::UnknownBase, text.span, Message::new("extend-absolute", [&text.value]));
            return None;
        };
        let place = Place { real: self.real(&shown), shown };
        if let Some(at) = self.open.iter().position(|open| open.real == place.real) {
            let ring = self.open.iter().skip(at).chain([&place]).map(|place| named(&place.shown));
            let ring = ring.collect::<Vec<_>>().join(" → ");
            self.fail(Code::CircularExtends, text.span, Message::new("extend-circle", [ring]));
            return None;
        }
        if let Some(known) = self.layers.iter().position(|floor| floor.place.real == place.real) {
            return Some(known);
        }
        if self.open.len() > CHAIN_MAX || self.layers.len() > CHAIN_MAX {
            self.fail(Code::TooLarge, text.span, Message::new("extend-too-deep", [CHAIN_MAX]));
            return None;
        }
        if let Err((code, message)) = self.fetch(&place, &text.value) {
            self.fail(code, text.span, message);
            return None;
        }
        if self.header(&place.shown).is_none() && self.readable(&place.shown) {
            let why = catalogued("extend-no-header");
            self.fail(
                Code::UnknownBase,
                text.span,
                Message::new("extend-missing", [text.value.clone(), why]),
            );
            return None;
        }
        Some(self.build(place, Some(text.clone())))
    }

    /// Reads the files of a base, unless they are there as texts.
    fn fetch(&mut self, place: &Place, name: &str) -> Result<(), (Code, Message)> {
        let missing =
            |why: String| (Code::UnknownBase, Message::new("extend-missing", [name.to_owned(), why]));
        let Some(folder) = self.given.folder else {
            let there = self.pool.iter().any(|part| part.is_under(&place.shown));
            return if there { Ok(()) } else { Err(missing(catalogued("extend-no-text"))) };
        };
        let path = folder.join(&place.shown);
        let meta = fs::metadata(&path).map_err(|error| missing(error.to_string()))?;
        if !meta.is_dir() {
            return Err(missing(either("不是文件夹", "it is no folder")));
        }
        // All policies of a chain together have the room of one.
        let limits = self.given.options.limits;
        let mut options = Options { limits, ..Options::default() };
        options.limits.files = limits.files.saturating_sub(self.read);
        options.limits.total_bytes = limits.total_bytes.saturating_sub(self.bytes);
        let mut found = Vec::new();
        let mut files = files::read(&path, &options, self.sources, &mut found);
        if found.iter().any(|finding| finding.code == Code::TooLarge) {
            let args = [limits.files.to_string(), (limits.total_bytes / (1024 * 1024)).to_string()];
            return Err((Code::TooLarge, Message::new("too-many-files", args)));
        }
        self.sound &= found.is_empty();
        self.found.append(&mut found);
        self.read += files.len();
        self.bytes += files.iter().map(|file| file.bytes.len()).sum::<usize>();
        files.iter_mut().for_each(|file| file.path = format!("{}/{}", place.shown, file.path));
        self.pool.extend(parse(&files, self.given.options, self.sources));
        Ok(())
    }

    /// The header of the policy in a folder: of several the outermost, and of those the one that no other extends.
    fn header(&self, folder: &str) -> Option<Header> {
        let depth = |part: &Part| part.path.matches('/').count();
        let mut all: Vec<(&Part, Header)> = headers(&self.pool, folder).collect();
        let outermost = all.iter().map(|(part, _)| depth(part)).min();
        all.retain(|(part, _)| Some(depth(part)) == outermost);
        let extended = |part: &Part| {
            let targets = all.iter().filter(|(other, _)| other.path != part.path);
            let mut targets = targets.flat_map(|(_, header)| &header.extend);
            targets.any(|text| resolve(folder, &text.value).is_some_and(|target| part.is_under(&target)))
        };
        let top = all.iter().find(|(part, _)| !extended(part)).or(all.first());
        top.map(|(_, header)| header.clone())
    }

    fn readable(&self, folder: &str) -> bool {
        self.pool.iter().filter(|part| part.is_under(folder)).all(|part| part.read.whole)
    }

    fn real(&self, shown: &str) -> PathBuf {
        let path = self.given.folder.map(|folder| folder.join(shown));
        path.and_then(|path| fs::canonicalize(path).ok()).unwrap_or_else(|| PathBuf::from(shown))
    }

    fn fail(&mut self, code: Code, span: Span, message: Message) {
        self.sound = false;
        self.found.push(Diagnostic::error(code, span, message));
    }

    /// A layer over all that it extends, as the raw policy, and whether its own files could be read in full.
    fn read(&mut self, idx: usize, kept: &BTreeSet<String>) -> (RawPolicy, bool) {
        let below = self.chain(idx);
        let of_tree = self.layers.get_mut(idx).map(|floor| std::mem::take(&mut floor.of_tree));
        let layers: Vec<&Layer> = self.layers.iter().map(|floor| &floor.layer).collect();
        let Composed { tree, replaced, since_ever } = compose::compose(&layers, &below, kept, self.found);
        let mut raw = RawPolicy::default();
        let mut whole = self.layers.get(idx).is_none_or(|floor| floor.whole);
        if let Some(tree) = tree {
            whole &= read_parsed(&tree, of_tree.unwrap_or_default(), self.sources, &mut raw, self.found);
        }
        for (name, value) in since_ever {
            let known = raw.parameters.iter_mut().find(|entry| entry.name.value == name);
            known.into_iter().for_each(|entry| entry.value.value = Some(value.clone()));
        }
        raw.replaced = replaced;
        let bases = below.iter().filter(|base| **base != idx).filter_map(|base| self.layers.get(*base));
        raw.bases = bases.map(|floor| floor.place.shown.clone()).collect();
        (raw, whole)
    }

    /// A layer and all that it extends, each before what extends it.
    fn chain(&self, idx: usize) -> Vec<usize> {
        let mut all = BTreeSet::from([idx]);
        let mut open = vec![idx];
        while let Some(next) = open.pop() {
            let bases = self.layers.get(next).into_iter().flat_map(|floor| &floor.layer.bases);
            open.extend(bases.filter(|base| all.insert(**base)));
        }
        all.into_iter().collect()
    }

    /// Whether a base has no mistakes of its own. Blanks are none: an overlay may fill them.
    fn judge(&mut self, idx: usize) -> bool {
        let mut found = std::mem::take(self.found);
        let (raw, whole) = self.read(idx, &BTreeSet::new());
        let given = self.given;
        attached::read(&raw, given.files, given.folder, given.options, self.sources, self.found);
        let declared = |name: &str| raw.functions.iter().any(|entry| entry.name.value == name);
        let functions = given.options.functions.iter().filter(|(name, _)| declared(name));
        let options = Options {
            functions: functions.map(|(name, function)| (name.clone(), function.clone())).collect(),
            limits: given.options.limits,
            ..Options::default()
        };
        let of_reader = self.found.len();
        let mut history = History::default();
        let model = compile::compile(raw, given.shipped, self.sources, &options, &mut history, self.found);
        let mut own = std::mem::take(self.found);
        let mut of_compiler = own.split_off(of_reader);
        consequences::drop_echoes(&own, &mut of_compiler);
        let cause = own.iter_mut().find(|finding| finding.severity == Severity::Error);
        if let (Some(cause), false) = (cause, whole) {
            consequences::hold_back(cause, &mut of_compiler);
        }
        own.append(&mut of_compiler);
        if let Some(model) = &model {
            analysis::run(model, &mut own);
        }
        own.retain(|finding| finding.severity == Severity::Error && finding.code != Code::BlankParameter);
        let sound = own.is_empty();
        if let (false, Some(text)) = (sound, self.layers.get(idx).and_then(|floor| floor.named.clone())) {
            let message = Message::new("base-invalid", [text.value, own.len().to_string()]);
            own.push(Diagnostic::error(Code::BaseInvalid, text.span, message));
        }
        found.append(&mut own);
        *self.found = found;
        sound
    }
}

/// The headers of the files below a folder.
fn headers<'p>(parts: &'p [Part], folder: &'p str) -> impl Iterator<Item = (&'p Part, Header)> {
    let below = parts.iter().filter(move |part| part.is_under(folder));
    below.filter_map(|part| Some((part, Header::of(part.read.tree.as_ref()?)?)))
}

/// A folder that another names, as files show it: `a` and `../b` give `b`. Nothing for one that is not relative.
pub(super) fn resolve(folder: &str, name: &str) -> Option<String> {
    let name = name.trim_end_matches('/');
    if name.is_empty() || name.starts_with('/') || name.contains(['\\', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A folder for messages.
fn named(shown: &str) -> String {
    if shown.is_empty() { ".".to_owned() } else { shown.to_owned() }
}

/// A message of the catalogue as a part of another.
fn catalogued(key: &'static str) -> String {
    let message = Message::plain(key);
    either(&message.render(crate::lang::Lang::Zh), &message.render(crate::lang::Lang::En))
}
