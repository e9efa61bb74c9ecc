//! Messages of one part of the catalogue: `(key, Chinese, English)`.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[
    // Scalars.
    (
        "scalar-not-yes-no",
        "`{0}` 不是「是」或「否」;请写 yes 或 no",
        "`{0}` is neither yes nor no; write `yes` or `no`",
    ),
    (
        "scalar-full-width",
        "`{0}` 里有全角的数字或符号;请改用半角",
        "`{0}` has full-width digits or signs; write them half-width",
    ),
    (
        "scalar-not-a-number",
        "`{0}` 不是数;请写阿拉伯数字,例如 80 或 1.5,不加千位分隔符",
        "`{0}` is not a number; write digits such as `80` or `1.5`, without thousands separators",
    ),
    (
        "scalar-number-too-long",
        "`{0}` 超过 28 位,无法精确保存",
        "`{0}` has more than 28 digits and cannot be held exactly",
    ),
    (
        "scalar-no-number",
        "`{0}` 没有以阿拉伯数字开头;应写数和单位,例如 80 分",
        "`{0}` does not begin with a number in digits; expected a number and a unit, such as `80 points`",
    ),
    (
        "scalar-unknown-unit",
        "`{0}` 的单位 `{1}` 不认识;可用的单位: {2}",
        "`{0}` has the unknown unit `{1}`; known units: {2}",
    ),
    (
        "scalar-not-a-duration",
        "`{0}` 不是时长;应写数、时钟和单位,例如 3 个工作日、30 分钟(工作时间)、24 小时(连续)、7 个自然日",
        "`{0}` is not a duration; expected a number, a clock and a unit, such as `3 working days`, `30 business minutes`, `24 wall hours`, `7 calendar days`",
    ),
    (
        "scalar-duration-amount",
        "`{0}` 的数 `{1}` 不能用;时长须是 0 到 1000000 的整数,小数请换成更小的单位",
        "`{0}` has the amount `{1}`; a duration counts a whole number from 0 to 1000000, use a smaller unit instead of a fraction",
    ),
    (
        "scalar-bare-hours",
        "`{0}` 没有说明是连续计算,还是只算工作时间",
        "`{0}` does not say whether it runs on without pause or only in business hours",
    ),
    (
        "scalar-bare-days",
        "`{0}` 没有说明是工作日,还是自然日",
        "`{0}` does not say whether it counts working days or calendar days",
    ),
    ("scalar-clock-unit", "`{0}`: 这种时钟不按这个单位计算", "`{0}`: that clock does not count that unit"),
    (
        "scalar-not-a-range",
        "`{0}` 不是范围;应写例如 60 分以上、不满 60 分、60 到 100",
        "`{0}` is not a range; expected for example `60 and above`, `below 60`, `60 to 100`",
    ),
    ("scalar-range-signs", "`{0}` 用了符号;范围请用文字写", "`{0}` uses signs; write a range in words"),
    (
        "scalar-range-empty",
        "范围 `{0}` 里没有任何数:下限高于上限",
        "no number lies in the range `{0}`: its lower end is above its upper end",
    ),
    ("scalar-range-units", "范围 `{0}` 两端的单位不同", "the ends of the range `{0}` have different units"),
    (
        "scalar-range-parameter",
        "范围的一端 `{0}` 没有可用的数值;应是数,或取数值的参数",
        "the end `{0}` of a range has no number here; expected a number or a parameter that holds one",
    ),
    (
        "scalar-not-a-date",
        "`{0}` 不是日期;应写成 2026-02-16",
        "`{0}` is not a date; expected the form `2026-02-16`",
    ),
    ("scalar-no-such-date", "`{0}` 这一天不存在", "`{0}` is a day that does not exist"),
    (
        "scalar-not-an-instant",
        "`{0}` 不是时刻;应写成 2026-04-01 15:00,或带时差 2026-04-01T15:00:00+08:00,精确到秒",
        "`{0}` is not an instant; expected `2026-04-01 15:00`, or with its offset `2026-04-01T15:00:00+08:00`, in whole seconds",
    ),
    (
        "scalar-local-time-twice",
        "`{0}` 在时区 {1} 出现两次(时钟回拨);请写明时差",
        "`{0}` occurs twice in {1}, where the clocks go back; write the offset",
    ),
    (
        "scalar-local-time-skipped",
        "`{0}` 在时区 {1} 不存在(时钟拨快)",
        "`{0}` does not exist in {1}, where the clocks go forward",
    ),
    ("scalar-dates-reversed", "`{0}` 的结束早于开始", "`{0}` ends before it begins"),
    (
        "scalar-not-a-day-of-period",
        "`{0}` 不是周期里的一天;应写例如 第5个工作日、期后第10个工作日、最后一个工作日",
        "`{0}` is not a day of a period; expected for example `5th working day`, `10th working day after`, `last working day`",
    ),
    (
        "scalar-unknown-zone",
        "没有时区 `{0}`;应写 IANA 名称,例如 Asia/Shanghai",
        "there is no time zone `{0}`; expected an IANA name such as `Asia/Shanghai`",
    ),
    (
        "scalar-not-a-window",
        "`{0}` 不是工作时段;应写成 09:00-12:00,通宵写成 22:00-06:00",
        "`{0}` is not a window of open hours; expected `09:00-12:00`, or overnight `22:00-06:00`",
    ),
    (
        "scalar-window-empty",
        "时段 `{0}` 起止相同;整天请写 00:00-24:00",
        "the window `{0}` begins and ends at one time; write `00:00-24:00` for the whole day",
    ),
    (
        "scalar-not-weekdays",
        "`{0}` 不是星期;应写 mon、mon-fri、周一 或 周一至周五",
        "`{0}` names no weekdays; expected `mon`, `mon-fri`, `周一` or `周一至周五`",
    ),
];
