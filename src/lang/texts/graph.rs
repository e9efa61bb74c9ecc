//! Messages of diagrams.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[
    ("graph-otherwise", "否则", "otherwise"),
    ("graph-stays", "留在原状态", "stays"),
    ("graph-refuses", "拒绝", "refused"),
    ("graph-clock", "时限「{0}」: {1}", "limit {0}: {1}"),
    ("graph-clock-between", ",从 {0} 到 {1}", ", from {0} to {1}"),
    ("graph-breached", "超时「{0}」", "missed: {0}"),
    ("graph-at-least", "至少 {0}", "at least {0}"),
    ("graph-allowed", "最多进入 {0}", "entered at most {0}"),
    ("graph-used-up", "次数用完: {0}", "used up: {0}"),
    ("graph-completed", "里面都完成", "all inside done"),
    ("graph-reenters", "重新进入", "enters again"),
    ("graph-compensates", "补偿此前所做", "makes good what was done"),
    ("graph-from", "({0} 起)", " (from {0})"),
];
