//! Messages of one part of the catalogue: `(key, Chinese, English)`.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[
    // The hash chain of records.
    (
        "audit-dropped",
        "「{0}」的记录少了: 导出链头时有 {1} 条,现在只有 {2} 条",
        "`{0}` has lost records: the head tells {1}, the store holds {2}",
    ),
    (
        "audit-altered",
        "「{0}」的第 {1} 条记录「{2}」被改动: 现在的内容与收到时的散列不符",
        "record {1} of `{0}`, `{2}`, was altered: its text no longer fits the hash kept on arrival",
    ),
    (
        "audit-replaced",
        "「{0}」的前 {1} 条记录与导出的链头不符: 链头是 {2},现有记录得出 {3}",
        "the first {1} records of `{0}` are not those of the exported head: it tells {2}, the records give {3}",
    ),
];
