//! Source texts of a policy and spans into them.

use std::sync::Arc;

/// Which source file, by index into [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A range of bytes in one source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value with the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// One source file: its path as shown in messages, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path relative to the policy folder, with `/`.
    pub path: Arc<str>,
    /// The whole text, UTF-8, without a byte-order mark.
    pub text: Arc<str>,
    /// Byte offset of each line's start.
    lines: Vec<u32>,
}

/// All source files of a policy, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl Span {
    /// A span of bytes.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }
}

/// The path of a file that another names, relative to it: `a/b.yaml` names `c.ics`, which is `a/c.ics`. Nothing for a name
/// that leaves the folder.
pub(crate) fn beside(path: &str, name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').filter(|part| *part != ".").collect();
    let inside = |part: &&str| !part.is_empty() && *part != ".." && !part.contains(['\\', ':']);
    if !parts.iter().all(inside) || parts.is_empty() {
        return None;
    }
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    Some(format!("{folder}{}", parts.join("/")))
}

impl SourceFile {
    /// The line and column (both from 1, columns in characters) of a byte offset.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(0, |text| text.chars().count());
        (line as u32, column as u32 + 1)
    }

    /// The byte offset at which a line (from 1) begins.
    pub fn line_start(&self, line: u32) -> usize {
        let idx = line.saturating_sub(1) as usize;
        self.lines.get(idx).map_or(self.text.len(), |start| *start as usize)
    }

    /// The text of a line (from 1) without its line end.
    pub fn line(&self, line: u32) -> &str {
        let idx = line.saturating_sub(1) as usize;
        let start = self.lines.get(idx).copied().unwrap_or(0) as usize;
        let end = self.lines.get(idx + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}

impl Sources {
    /// Adds a file and returns its id.
    pub fn add(&mut self, path: &str, text: &str) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let mut lines = vec![0];
        for (offset, byte) in text.bytes().enumerate() {
            if byte == b'\n' {
                lines.push(u32::try_from(offset + 1).unwrap_or(u32::MAX));
            }
        }
        self.files.push(SourceFile { path: path.into(), text: text.into(), lines });
        id
    }

    /// The id that the next file will have.
    pub(crate) fn next(&self) -> FileId {
        FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// Shows every file from one on as one of a folder, which ends in `/`.
    pub(crate) fn put_below(&mut self, folder: &str, first: FileId) {
        for file in self.files.iter_mut().skip(first.0 as usize) {
            file.path = format!("{folder}{}", file.path).into();
        }
    }

    /// A file by id.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The file of the same path and text, if it is here.
    pub(crate) fn find(&self, file: &SourceFile) -> Option<FileId> {
        let same = |known: &SourceFile| known.path == file.path && known.text == file.text;
        self.iter().find(|(_, known)| same(known)).map(|(id, _)| id)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(idx, file)| (FileId(idx as u32), file))
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}
