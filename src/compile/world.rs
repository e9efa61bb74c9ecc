//! Everything that has a name, while a policy is compiled, and what comes out on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;

use super::too_many;
use crate::calendar::{Calendar, Conventions};
use crate::diag::{Code, Diagnostic};
use crate::lang::{Label, Message};
use crate::model::{
    CalendarId, Citation, Clause, ClauseId, EventDef, EventId, Kind, KindId, Parameter, ParameterId, Read,
    ReadId, Role, RoleId, ScorecardId, TableId, Typed,
};
use crate::script::{Library, Sandbox};
use crate::source::{Sources, Span};
use crate::syntax::raw::{RawPolicy, Text};
use crate::value::{ChoiceType, Type};

/// What is declared.
pub(super) struct World<'a> {
    pub raw: &'a RawPolicy,
    pub sources: &'a Sources,
    pub sandbox: Arc<Sandbox>,
    pub zone: Tz,
    /// Original text → English.
    pub english: BTreeMap<&'a str, &'a Text>,
    pub clauses: Vec<Clause>,
    pub calendars: Vec<Calendar>,
    pub calendar_names: BTreeMap<Arc<str>, CalendarId>,
    /// The policy's default calendar.
    pub calendar: CalendarId,
    /// The policy's `durations:`.
    pub conventions: Conventions,
    pub parameters: Vec<Parameter>,
    /// For parameters chosen by row: the kind of subject whose field chooses.
    pub row_kinds: BTreeMap<ParameterId, KindId>,
    /// Sets by name: their members.
    pub sets: BTreeMap<Arc<str>, Vec<ParameterId>>,
    pub kinds: Vec<Kind>,
    pub roles: Vec<Role>,
    pub events: Vec<EventDef>,
    pub flows: Vec<Flow>,
    pub cards: Vec<Card>,
    pub tables: Vec<TableHead>,
    pub library: Library,
    /// Functions whose types could not be read.
    pub broken_functions: Vec<Arc<str>>,
}

/// A workflow by name.
pub(super) struct Flow {
    pub name: Arc<str>,
    pub kind: Option<KindId>,
    pub states: Arc<ChoiceType>,
}

impl Flow {
    /// The type of a case's state as a value: a word, or several where states nest.
    pub fn state_type(&self) -> Type {
        let state = Type::Choice(self.states.clone());
        if self.states.several { Type::List(Box::new(state)) } else { state }
    }
}

/// A scorecard by name.
pub(super) struct Card {
    pub name: Arc<str>,
    pub kind: Option<KindId>,
    pub bands: Arc<ChoiceType>,
    pub results: Arc<ChoiceType>,
    pub streaks: Vec<Arc<str>>,
}

/// A table by name.
pub(super) struct TableHead {
    pub name: Arc<str>,
    /// The kind of subject its inputs are read from, if they are.
    pub kind: Option<KindId>,
    /// What each output column holds in a row.
    pub columns: Vec<Typed>,
    /// What the table gives when it is asked: collected, aggregated.
    pub outputs: Vec<Typed>,
    /// Whether every input knows where its value comes from.
    pub askable: bool,
    /// Whether it could not be read as a whole; that was told.
    pub broken: bool,
}

/// What comes out besides the parts of the model.
#[derive(Default)]
pub(super) struct Out {
    pub found: Vec<Diagnostic>,
    pub reads: Vec<Read>,
    /// The read of whom a person lets stand in.
    pub delegations: Option<ReadId>,
    /// Parameters that are bare numbers and used as durations, with their uses.
    pub bare: BTreeMap<ParameterId, Vec<Span>>,
    pub citations: Vec<Citation>,
    /// By the name of a list of options: option → label.
    pub options: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Label>>,
}

impl Out {
    pub fn error(&mut self, code: Code, span: Span, message: Message) {
        self.found.push(Diagnostic::error(code, span, message));
    }

    /// The id of a read; the same read has the same id.
    pub fn intern(&mut self, read: Read) -> ReadId {
        let idx = self.reads.iter().position(|known| *known == read).unwrap_or_else(|| {
            self.reads.push(read);
            self.reads.len() - 1
        });
        ReadId(id(idx))
    }
}

/// An index as the number behind an id. [`World::fits`] makes sure that all do.
pub(super) fn id(idx: usize) -> u16 {
    u16::try_from(idx).unwrap_or(u16::MAX)
}

/// The type of something that could not be read; what uses it is not judged.
pub(super) fn unknown_type() -> Type {
    Type::Choice(Arc::new(ChoiceType { name: "".into(), options: Vec::new(), several: false }))
}

/// Whether a type is that of something that could not be read.
pub(super) fn is_unknown(ty: &Type) -> bool {
    match ty {
        Type::Choice(choice) => choice.name.is_empty() && choice.options.is_empty(),
        Type::List(of) => is_unknown(of),
        _ => false,
    }
}

macro_rules! find {
    ($($fn:ident $list:ident $id:ident;)*) => {
        impl World<'_> {$(
            pub fn $fn(&self, name: &str) -> Option<$id> {
                self.$list.iter().position(|entry| *entry.name == *name).map(|idx| $id(id(idx)))
            }
        )*}
    };
}

find! {
    find_kind kinds KindId;
    find_role roles RoleId;
    find_parameter parameters ParameterId;
    find_card cards ScorecardId;
    find_table tables TableId;
}

impl<'a> World<'a> {
    pub fn new(raw: &'a RawPolicy, sources: &'a Sources, sandbox: Arc<Sandbox>, zone: Tz) -> World<'a> {
        World {
            raw,
            sources,
            sandbox,
            zone,
            english: BTreeMap::new(),
            clauses: Vec::new(),
            calendars: Vec::new(),
            calendar_names: BTreeMap::new(),
            calendar: CalendarId(0),
            conventions: Conventions::default(),
            parameters: Vec::new(),
            row_kinds: BTreeMap::new(),
            sets: BTreeMap::new(),
            kinds: Vec::new(),
            roles: Vec::new(),
            events: Vec::new(),
            flows: Vec::new(),
            cards: Vec::new(),
            tables: Vec::new(),
            library: Library::default(),
            broken_functions: Vec::new(),
        }
    }

    /// Takes the translations in; only English is shown.
    pub fn translate(&mut self, out: &mut Out) {
        for language in &self.raw.translations {
            if language.name.value != "en" {
                let message = Message::new("translation-language", [&language.name.value]);
                out.error(Code::BadWord, language.name.span, message);
                continue;
            }
            for entry in &language.value {
                self.english.insert(&entry.name.value, &entry.value);
            }
        }
    }

    /// Whether everything declared can be numbered.
    pub fn fits(&self, out: &mut Out) -> bool {
        const MOST: usize = 60_000;
        let lists = [
            ("clauses", self.clauses.len()),
            ("parameters", self.parameters.len()),
            ("subjects", self.kinds.len()),
            ("roles", self.roles.len()),
            ("events", self.events.len()),
            ("workflows", self.flows.len()),
            ("tables", self.tables.len()),
            ("measures", self.raw.measures.len()),
            ("duties", self.raw.duties.len()),
            ("permissions", self.raw.permissions.len()),
        ];
        let full = lists.iter().filter(|(_, count)| *count > MOST);
        let before = out.found.len();
        for (name, _) in full {
            let span = self.raw.policy.as_ref().map_or(Span::default(), |head| head.span);
            out.found.push(too_many(Code::TooLarge, span, name));
        }
        out.found.len() == before
    }

    /// A text with its translation.
    pub fn words(&self, text: &str) -> Label {
        let en = self.english.get(text).map(|en| Arc::from(en.value.as_str()));
        Label { own: text.into(), en }
    }

    /// A label with its translation.
    pub fn label(&self, text: &Option<Text>) -> Option<Label> {
        text.as_ref().map(|text| self.words(&text.value))
    }

    pub fn kind(&self, id: KindId) -> Option<&Kind> {
        self.kinds.get(id.idx())
    }

    pub fn kind_name(&self, id: KindId) -> &str {
        self.kind(id).map_or("", |kind| &kind.name)
    }

    pub fn event(&self, id: EventId) -> Option<&EventDef> {
        self.events.get(id.idx())
    }

    pub fn parameter(&self, id: ParameterId) -> Option<&Parameter> {
        self.parameters.get(id.idx())
    }

    /// The kind whose subjects are persons.
    pub fn person_kind(&self) -> Option<KindId> {
        self.kinds.iter().position(|kind| kind.person).map(|idx| KindId(id(idx)))
    }

    /// The clause that an element cites; an unknown one is reported.
    pub fn cite(&self, text: &Text, element: &str, out: &mut Out) -> Option<ClauseId> {
        let idx = self.clauses.iter().position(|clause| *clause.id == *text.value);
        let Some(idx) = idx else {
            let known = self.clauses.iter().map(|clause| clause.id.as_ref());
            let finding = self.unknown(Code::UnknownClause, "unknown-clause", text, known);
            out.found.push(finding);
            return None;
        };
        let clause = ClauseId(id(idx));
        out.citations.push(Citation { clause, element: element.into(), span: text.span });
        Some(clause)
    }

    pub fn cite_one(&self, text: &Option<Text>, element: &str, out: &mut Out) -> Option<ClauseId> {
        text.as_ref().and_then(|text| self.cite(text, element, out))
    }

    pub fn cite_all(&self, texts: &[Text], element: &str, out: &mut Out) -> Vec<ClauseId> {
        texts.iter().filter_map(|text| self.cite(text, element, out)).collect()
    }
}
