//! Which files belong to a policy, and their bytes.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{File, is_yaml, shown};
use crate::compile::Options;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::{Sources, Span};

/// Folders that hold no part of a policy.
const NOT_READ: &[&str] = &["scenarios"];

/// How deep folders may stand in one another.
const DEPTH_MAX: usize = 16;

/// A search through folders.
struct Search<'a> {
    root: &'a Path,
    options: &'a Options,
    found: Vec<(String, String)>,
    paths: Vec<PathBuf>,
    too_many: bool,
}

/// The files of a policy, in order of their paths. What cannot be read is a finding at an empty source of its name.
pub(super) fn read(
    path: &Path,
    options: &Options,
    sources: &mut Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<File> {
    let mut search = Search { root: path, options, found: Vec::new(), paths: Vec::new(), too_many: false };
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => search.folder(path, 0),
        Ok(_) => {
            search.root = path.parent().unwrap_or(path);
            search.paths.push(path.to_owned());
        }
        Err(error) => {
            let name = path.display().to_string();
            let span = Span::new(sources.add(&name, ""), 0, 0);
            let message = Message::new("no-such-folder", [name, error.to_string()]);
            found.push(Diagnostic::error(Code::UnreadableFile, span, message));
            return Vec::new();
        }
    }
    let mut files = search.contents();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for (name, error) in &search.found {
        let span = Span::new(sources.add(name, ""), 0, 0);
        let message = Message::new("unreadable-file", [name, error]);
        found.push(Diagnostic::error(Code::UnreadableFile, span, message));
    }
    if search.too_many {
        let span = Span::new(sources.add(&path.display().to_string(), ""), 0, 0);
        let limits = &options.limits;
        let args = [limits.files.to_string(), (limits.total_bytes / (1024 * 1024)).to_string()];
        found.push(Diagnostic::error(Code::TooLarge, span, Message::new("too-many-files", args)));
    }
    files
}

impl Search<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.failed(folder, &error),
        };
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Ok(entry) => match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    Ok(_) if is_yaml(&entry.path()) => files.push(entry.path()),
                    Ok(_) => {}
                    Err(error) => self.failed(&entry.path(), &error),
                },
                Err(error) => self.failed(folder, &error),
            }
        }
        if depth > 0 && files.iter().any(|file| holds_policy(file)) {
            return;
        }
        self.paths.append(&mut files);
        if self.paths.len() > self.options.limits.files || depth >= DEPTH_MAX {
            self.too_many = true;
            return;
        }
        folders.sort();
        for inner in folders {
            let name = inner.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !name.starts_with('.') && !NOT_READ.contains(&name.as_str()) {
                self.folder(&inner, depth + 1);
            }
        }
    }

    /// The bytes of the files, up to the limits; one byte more than the limit tells that a file is too large.
    fn contents(&mut self) -> Vec<File> {
        let limits = &self.options.limits;
        let mut files = Vec::new();
        let mut left = limits.total_bytes;
        let mut failed = Vec::new();
        self.paths.sort();
        for path in &self.paths {
            if files.len() >= limits.files || left == 0 {
                self.too_many = true;
                break;
            }
            let most = u64::try_from(limits.file_bytes.saturating_add(1)).unwrap_or(u64::MAX);
            let mut bytes = Vec::new();
            match fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
                Ok(_) => {
                    left = left.saturating_sub(bytes.len());
                    files.push(File { path: shown(self.root, path), bytes });
                }
                Err(error) => failed.push((shown(self.root, path), error.to_string())),
            }
        }
        self.found.extend(failed);
        files
    }

    fn failed(&mut self, path: &Path, error: &std::io::Error) {
        self.found.push((shown(self.root, path), error.to_string()));
    }
}

/// Whether a file begins a policy of its own: a line that starts with `policy:`.
fn holds_policy(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(4 * 1024 * 1024).read_to_end(&mut bytes));
    read.is_ok() && bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"policy:"))
}
