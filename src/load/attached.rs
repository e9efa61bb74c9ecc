//! Calendar files (`.ics`) that calendars name: found among the texts given, or below the policy's folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::{File, syntax_limits};
use crate::compile::Options;
use crate::diag::{Code, Diagnostic};
use crate::lang::{Message, either};
use crate::source::{Sources, beside};
use crate::syntax::admit;
use crate::syntax::raw::RawPolicy;

/// Whether a path names a calendar file.
pub(super) fn is_ics(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ext)| ext.eq_ignore_ascii_case("ics"))
}

/// Adds every calendar file that is named to the sources, each once. One that is not there, or leads out of the folder, is a
/// finding where it is named.
pub(super) fn read(
    raw: &RawPolicy,
    files: &[File],
    folder: Option<&Path>,
    options: &Options,
    sources: &mut Sources,
    found: &mut Vec<Diagnostic>,
) {
    let limits = &options.limits;
    let mut left = limits.total_bytes.saturating_sub(files.iter().map(|file| file.bytes.len()).sum());
    let mut seen = BTreeSet::new();
    for text in raw.calendars.iter().flat_map(|calendar| &calendar.value.holidays_from) {
        let from = sources.get(text.span.file).map_or("", |file| &*file.path);
        let Some(path) = beside(from, &text.value).filter(|path| is_ics(path)) else {
            let message = Message::new("ics-path", [&text.value]);
            found.push(Diagnostic::error(Code::UnreadableFile, text.span, message));
            continue;
        };
        let known = sources.iter().any(|(_, file)| *file.path == *path);
        if !seen.insert(path.clone()) || known {
            continue;
        }
        let given = files.iter().find(|file| file.path == path).map(|file| file.bytes.clone());
        let most = limits.file_bytes.min(left).saturating_add(1);
        match given.map_or_else(|| from_disk(folder, &path, most), Ok) {
            Ok(bytes) if bytes.len() > left || seen.len() > limits.files => {
                let args = [limits.files.to_string(), (limits.total_bytes / (1024 * 1024)).to_string()];
                found.push(Diagnostic::error(
                    Code::TooLarge,
                    text.span,
                    Message::new("too-many-files", args),
                ));
                return;
            }
            Ok(bytes) => {
                left -= bytes.len();
                admit(sources, &path, &bytes, &syntax_limits(options), found);
            }
            Err(reason) => {
                let message = Message::new("unreadable-file", [path, reason]);
                found.push(Diagnostic::error(Code::UnreadableFile, text.span, message));
            }
        }
    }
}

/// The bytes of a file below the folder, no more than so many.
fn from_disk(folder: Option<&Path>, path: &str, most: usize) -> Result<Vec<u8>, String> {
    let folder = folder.ok_or_else(|| either("没有随文本一起给出", "not given among the texts"))?;
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = fs::File::open(folder.join(path)).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| error.to_string())
}
