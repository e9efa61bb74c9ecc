//! Messages of one part of the catalogue: `(key, Chinese, English)`.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[];
