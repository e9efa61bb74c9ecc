//! What an embedder gives at load, and where a model comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{EventId, HostFunction, KindId, PermissionId, RoleKind};
use crate::script;

/// What an embedder gives at load. Every field has a sensible default.
#[derive(Clone, Default)]
pub struct Options {
    /// The functions that a policy declares with `host: yes`, by name.
    pub functions: BTreeMap<Arc<str>, HostFunction>,
    /// How much a file and a script may hold.
    pub limits: Limits,
    /// Other values for parameters, as text: `pass_mark` → `70 points`, `kpi_weights.sales` → `50%`.
    /// Such a value holds on every date.
    pub parameters: BTreeMap<Arc<str>, String>,
    /// Texts of a policy file (name, text) whose entries replace those of the same name: other roles, calendars, tables.
    pub overlays: Vec<(String, String)>,
    /// Paths at which the base's word stands although the policy, which extends it, says otherwise: `parameters.pass_mark`.
    /// They are those of [`Policy::replaced`](crate::Policy::replaced); others mean nothing.
    pub base_values: BTreeSet<String>,
}

/// How much a policy may hold; what goes beyond is a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Nodes of one file, aliases expanded.
    pub nodes: usize,
    /// How deep lists and maps may stand in one another.
    pub depth: usize,
    /// Files of one policy.
    pub files: usize,
    /// Bytes of all files together.
    pub total_bytes: usize,
    /// Operations of one run of a script.
    pub script_operations: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        let syntax = crate::syntax::Limits::default();
        Limits {
            file_bytes: syntax.file_bytes,
            nodes: syntax.nodes,
            depth: syntax.depth,
            files: 2_000,
            total_bytes: 64 * 1024 * 1024,
            script_operations: script::Limits::default().operations,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("functions", &self.functions.keys().collect::<Vec<_>>())
            .field("limits", &self.limits)
            .field("parameters", &self.parameters)
            .field("overlays", &self.overlays)
            .finish()
    }
}

/// Where a model comes from: what was given at load, its texts, and the revisions of which it holds graphs.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// What was given at load.
    pub options: Options,
    /// Its texts by name as a store keeps them: files, overlays under `<overlay>/`, other values of parameters under
    /// `<parameters>/`; without those that come with the program.
    pub texts: Vec<(Arc<str>, Arc<str>)>,
    /// The revisions that were adopted, in order, each with the instant from which it counts; the last is in force. Empty
    /// without a store.
    pub adopted: Vec<(Arc<str>, DateTime<Utc>)>,
    /// Who might do what by earlier revisions, in order of adoption.
    pub authority: Vec<Authority>,
    /// Duties that came with a later revision, by name: nobody owed them before it was adopted.
    pub duties_since: BTreeMap<Arc<str>, DateTime<Utc>>,
    /// Permissions that only earlier revisions have.
    pub past_permissions: BTreeSet<PermissionId>,
    /// What its states are saved under, where that is more than the revision.
    pub judged_by: Option<Arc<str>>,
}

/// Who might do what by an earlier revision: what became known while it counted is judged so.
#[derive(Clone, Debug)]
pub struct Authority {
    /// It counted until then.
    pub until: DateTime<Utc>,
    /// Who held each role, by its name.
    pub roles: BTreeMap<Arc<str>, RoleKind>,
    /// Who might send each event that it declares.
    pub senders: BTreeMap<EventId, Vec<Sender>>,
    /// Its permissions.
    pub permissions: BTreeSet<PermissionId>,
}

/// Who might send an event by an earlier revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The subject itself.
    Itself,
    /// A role by its name.
    Role(Arc<str>),
    /// Every person of a kind.
    Every(KindId),
}
