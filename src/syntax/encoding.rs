//! Bytes to text: size, byte-order mark, encoding.

use std::borrow::Cow;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::{FileId, Sources, Span};
use crate::syntax::tree::{Limits, too_large};

/// How much of a file that is not read is kept to show where it went wrong.
const SHOWN_BYTES: usize = 64 * 1024;

/// Adds a file to the sources, without its byte-order mark. The flag says whether its text is fit to be parsed; if not, the
/// reason is in `found`.
pub fn admit(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    limits: &Limits,
    found: &mut Vec<Diagnostic>,
) -> (FileId, bool) {
    let shown = bytes.get(..SHOWN_BYTES).unwrap_or(bytes);
    if bytes.len() > limits.file_bytes {
        let file = sources.add(path, &String::from_utf8_lossy(shown));
        found.push(too_large(file, bytes.len(), limits));
        return (file, false);
    }
    if let Some(text) = utf16(shown) {
        let file = sources.add(path, &text);
        let finding = Diagnostic::error(Code::NotUtf8, Span::new(file, 0, 0), Message::new("not-utf8", [1]));
        found.push(finding.help(Message::plain("not-utf8-utf16")));
        return (file, false);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (sources.add(path, text), true),
        Err(error) => {
            let good = error.valid_up_to();
            let line = bytes.iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
            let text = readable_part(bytes, good);
            let file = sources.add(path, &text);
            let wrong = text.get(good..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let span = Span::new(file, good, good + wrong);
            let help = if looks_gbk(bytes.get(good..).unwrap_or_default()) {
                "not-utf8-gbk"
            } else {
                "not-utf8-help"
            };
            let finding = Diagnostic::error(Code::NotUtf8, span, Message::new("not-utf8", [line]));
            found.push(finding.help(Message::plain(help)));
            (file, false)
        }
    }
}

/// The text up to the wrong byte and a little beyond it.
fn readable_part(bytes: &[u8], good: usize) -> Cow<'_, str> {
    let end = bytes.len().min(good.saturating_add(1024));
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes))
}

/// The text of a file in UTF-16, told by its byte-order mark or by every other byte of its beginning being zero.
fn utf16(bytes: &[u8]) -> Option<String> {
    let zeros = |odd: usize| {
        let some = bytes.iter().take(64).skip(odd).step_by(2);
        let (all, zero) = some.fold((0, 0), |(all, zero), byte| (all + 1, zero + usize::from(*byte == 0)));
        all >= 4 && zero * 4 >= all * 3
    };
    let little = match bytes {
        [0xff, 0xfe, ..] => true,
        [0xfe, 0xff, ..] => false,
        _ if zeros(1) => true,
        _ if zeros(0) => false,
        _ => return None,
    };
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [first, second] if little => u16::from_le_bytes([*first, *second]),
        [first, second] => u16::from_be_bytes([*first, *second]),
        _ => 0,
    });
    let text: String = char::decode_utf16(units).map(|sign| sign.unwrap_or('\u{fffd}')).collect();
    Some(text.trim_start_matches('\u{feff}').to_owned())
}

/// Whether bytes beyond ASCII come in pairs as GBK writes them.
fn looks_gbk(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter().take(512).peekable();
    let mut pairs = 0;
    while let Some(byte) = rest.next() {
        if *byte < 0x80 {
            continue;
        }
        match rest.next() {
            Some(second)
                if (0x81..=0xfe).contains(byte) && (0x40..=0xfe).contains(second) && *second != 0x7f =>
            {
                pairs += 1
            }
            None => break,
            Some(_) => return false,
        }
    }
    pairs > 0
}
