//! The catalogue, one part per floor: `(key, Chinese, English)`.

mod compile;
mod engine;
mod explain;
mod graph;
mod scenario;
mod script;
mod shell;
mod syntax;
mod time;

type Part = &'static [(&'static str, &'static str, &'static str)];

/// All parts.
pub(super) const ALL: &[Part] = &[
    syntax::TEXTS,
    time::TEXTS,
    script::TEXTS,
    compile::TEXTS,
    engine::TEXTS,
    explain::TEXTS,
    graph::TEXTS,
    scenario::TEXTS,
    shell::TEXTS,
];
