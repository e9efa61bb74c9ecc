//! What the tests over `tests/corpus/bad` share that read a topic by themselves: one mistake in each file, and beside it
//! one snapshot of what is said about it.

use std::path::Path;

use super::Report;
use crate::lang::Lang;

/// Reports on each file of a topic (`said` gets its name and bytes) and compares what is said with the snapshots.
pub fn each_is_explained(topic: &str, at_least: usize, said: impl Fn(&str, &[u8]) -> Option<Report>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/bad").join(topic);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    assert!(names.len() >= at_least, "the corpus is there");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in &names {
            let report = said(name, &std::fs::read(folder.join(name)).unwrap());
            let report = report.unwrap_or_else(|| panic!("{name}: no report"));
            assert!(!report.diagnostics.is_empty(), "{name}: nothing found");
            assert!(!report.to_string().contains("{0}"), "{name}: a place without its argument");
            insta::assert_snapshot!(name.trim_end_matches(".yaml"), report.render_text(Lang::Zh, false));
        }
    });
}
