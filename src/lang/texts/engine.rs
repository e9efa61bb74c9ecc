//! Messages of the engine: refusals and reasons of scorecards.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[
    ("refused-unknown-event", "制度里没有「{0}」这个事件", "the policy has no event `{0}` for this subject"),
    (
        "refused-unknown-event-near",
        "制度里没有「{0}」这个事件;是不是: {1}",
        "the policy has no event `{0}` for this subject; did you mean: {1}",
    ),
    ("refused-unknown-subject", "制度里没有「{0}」这种对象", "the policy has no kind of subject for `{0}`"),
    (
        "refused-wrong-shape",
        "「{0}」的内容不对: 应为 {1},收到的是 {2}",
        "`{0}` is not as declared: expected {1}, found {2}",
    ),
    (
        "refused-horizon",
        "发生时刻 {0} 太远: 最晚只收到 {1}",
        "dated {0}, later than what is taken now ({1} at the latest)",
    ),
    (
        "refused-conflict",
        "编号 {0} 已经登记过,内容不同;原有记录不变",
        "id {0} was recorded before with other content; the first record stands",
    ),
    ("refused-not-open", "没有正在办理的事项可以接收它", "there is no open case that takes it"),
    ("refused-done", "事项已经办结,状态是「{0}」", "the case is done; it is in `{0}`"),
    (
        "refused-not-in-this-state",
        "「{0}」现在的状态是「{1}」,不接收这个事件;此时可以: {2}",
        "`{0}` is in `{1}`, which does not take this event; it takes: {2}",
    ),
    (
        "refused-too-early",
        "「{0}」还没有满: 需要 {1},现在是 {2}",
        "`{0}` has not lasted long enough: needs {1}, has {2}",
    ),
    ("refused-guard", "没有一个条件成立: {0}", "no condition holds: {0}"),
    (
        "refused-undecided",
        "无法判断: 「{0}」没有值,缺数据不算「否」",
        "cannot be decided: `{0}` has no value, and missing data is not a no",
    ),
    ("refused-not-permitted", "不符合「{0}」的资格条件: {1}", "the condition of `{0}` is not met: {1}"),
    ("refused-wrong-role", "{0} 无权发出这个事件;需要: {1}", "{0} may not send this event; needed: {1}"),
    ("refused-wrong-role-field", "{0} 无权修改「{1}」;需要: {2}", "{0} may not change `{1}`; needed: {2}"),
    (
        "refused-no-substitute",
        "{0} 当天不是 {1} 的代理人,或代理的范围不够;需要: {2}",
        "{0} does not stand in for {1} on that day, or not for this; needed: {2}",
    ),
    (
        "refused-four-eyes",
        "须由另一个人经手: {0} 已经是「{1}」的经手人",
        "it needs another person: {0} is behind `{1}` as well",
    ),
    ("refused-four-eyes-named", "须由另一个人经手: {0} 就是「{1}」", "it needs another person: {0} is `{1}`"),
    (
        "refused-four-eyes-shared",
        "须知道经手的是谁: {0} 是公用账号,与「{1}」无法比较",
        "it has to be known who acts: {0} is a shared account and cannot be held against `{1}`",
    ),
    (
        "refused-four-eyes-nobody",
        "须知道经手的是谁: 没有写明经手人,与「{0}」无法比较",
        "it has to be known who acts: nobody is named to be held against `{0}`",
    ),
    (
        "refused-decided",
        "这个决定在作出时已被拒绝;需要时请重新决定",
        "the decision was refused when it was taken; decide again",
    ),
    ("input-failed", "读取输入失败", "an input could not be read"),
    ("host-function-failed", "函数「{0}」失败: {1}", "function `{0}` failed: {1}"),
    ("score-no-such-indicator", "「{0}」没有这项指标", "`{0}` has no such indicator"),
    ("score-no-target-yet", "「{0}」该期目标还没有下达", "`{0}`: no target has been set for that period yet"),
    ("score-engine-only", "「{0}」的这个事件只由系统产生", "`{0}`: only the engine raises this event"),
    ("score-is-final", "「{0}」该期成绩已经生效", "`{0}`: the result of that period is final"),
    ("score-already-closed", "「{0}」该期已经结算", "`{0}`: that period is closed already"),
    (
        "score-no-appeal-open",
        "「{0}」该期没有可以申诉的成绩: 尚未公布,或申诉期已过",
        "`{0}`: nothing to appeal for that period: not published yet, or the time for appeals is over",
    ),
    ("score-no-appeal-pending", "「{0}」该期没有待决定的申诉", "`{0}`: no appeal is pending for that period"),
    ("notice-warned", "{0}「{1}」应在 {2} 以前完成", "{0}: {1} is due {2}"),
    ("notice-breached", "{0}「{1}」超时: 应在 {2} 以前完成", "{0}: {1} was due {2} and is overdue"),
    (
        "notice-escalated",
        "{0}「{1}」超时后仍未完成: 应在 {2} 以前完成",
        "{0}: {1} was due {2} and is still not done",
    ),
    ("notice-duty-late", "{0}「{1}」逾期: 应在 {2} 以前完成", "{0}: {1} was due {2} and is late"),
    (
        "notice-duty-done-late",
        "{0}「{1}」逾期完成: 应在 {2} 以前完成",
        "{0}: {1} was due {2} and was done late",
    ),
    ("notice-case", "{0}「{1}」有新的情况,请查看", "{0}: something new in {1}; please look"),
    (
        "score-overturned-needs-score",
        "「{0}」改判需要写明新的成绩",
        "`{0}`: overturning a result needs the new score",
    ),
    (
        "score-appeal-overdue",
        "「{0}」{1} 的申诉到期未决定,成绩不生效,请尽快决定",
        "`{0}`: the appeal about {1} was not decided in time; the result is not final; please decide",
    ),
];
