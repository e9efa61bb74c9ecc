//! Messages of one part of the catalogue: `(key, Chinese, English)`.

/// Keys are kebab-case; places are `{0}`, `{1}`, the same set in both languages.
pub(super) const TEXTS: super::Part = &[
    // Files.
    (
        "not-utf8",
        "文件不是 UTF-8 编码: 第 {0} 行有无法识别的字节",
        "the file is not UTF-8: line {0} holds bytes that cannot be read",
    ),
    (
        "not-utf8-gbk",
        "看起来是 GBK(简体中文 Windows 的旧编码)。请在编辑器里“另存为” UTF-8",
        "it looks like GBK; save it as UTF-8 in your editor",
    ),
    (
        "not-utf8-utf16",
        "看起来是 UTF-16(记事本的“Unicode”)。请在编辑器里“另存为” UTF-8",
        "it looks like UTF-16; save it as UTF-8 in your editor",
    ),
    ("not-utf8-help", "请在编辑器里“另存为” UTF-8", "save it as UTF-8 in your editor"),
    ("file-too-large", "文件有 {0},上限是 {1}", "the file has {0}; the limit is {1}"),
    (
        "file-too-large-help",
        "拆成几个文件: 同一段可以分写在多个文件里",
        "split it: sections of one kind may stand in several files",
    ),
    (
        "too-many-nodes",
        "内容太多: 连同引用展开后超过 {0} 项",
        "too much content: more than {0} nodes, aliases expanded",
    ),
    (
        "too-many-nodes-help",
        "拆成几个文件,并且不要层层引用锚点(&、*)",
        "split the file, and do not build aliases upon aliases",
    ),
    ("too-deep", "嵌套超过 {0} 层", "nested more than {0} levels deep"),
    ("too-deep-yaml", "嵌套太深", "nested too deeply"),
    (
        "too-deep-help",
        "制度文件通常不超过 12 层;多半是缩进或括号写错了",
        "a policy rarely needs 12 levels; indentation or brackets are probably wrong",
    ),
    (
        "several-documents",
        "这里用 `---` 开始了第二个文档,后面的内容没有读",
        "`---` begins a second document here; what follows was not read",
    ),
    (
        "several-documents-help",
        "一个文件只写一个文档: 删掉 `---`,或另建文件",
        "write one document per file: delete the `---` or make another file",
    ),
    (
        "alias-unknown",
        "`*{0}` 被当作对锚点的引用,但没有 `&{0}`",
        "`*{0}` was read as an alias, but there is no anchor `&{0}`",
    ),
    ("alias-unknown-help", "如果要的是文字,请加引号", "if it is meant as text, put it in quotes"),
    // What YAML could not read.
    ("yaml-nul", "文件里有空字符(NUL),不是文本文件", "the file holds a NUL character; it is not a text file"),
    ("yaml-unclosed-quote", "引号没有配对: {0}", "a quote that is never closed: {0}"),
    (
        "yaml-unclosed-quote-help",
        "补上另一个引号;文字里本身有引号时,外面用另一种引号",
        "add the closing quote; where the text itself holds quotes, use the other kind around it",
    ),
    ("yaml-unclosed-bracket", "`{0}` 没有配对的右括号", "`{0}` is never closed"),
    ("yaml-flow-separator", "括号里缺少逗号,或缺少 `{0}`", "a comma or `{0}` is missing inside the brackets"),
    (
        "yaml-wrong-bracket",
        "括号不配对: 以 `{0}` 开始,却以 `{1}` 结束",
        "brackets do not match: opened with `{0}`, closed with `{1}`",
    ),
    (
        "yaml-indentation",
        "缩进对不齐: 同一层的键要从同一列开始",
        "indentation does not line up: keys of one level begin in the same column",
    ),
    (
        "yaml-escape-help",
        "改用单引号: 单引号里的反斜杠就是反斜杠",
        "use single quotes: a backslash in them is just a backslash",
    ),
    ("yaml-escape", "双引号里的反斜杠写法不对", "an escape in double quotes that YAML does not know"),
    ("yaml-no-colon", "`{0}` 后面没有冒号,不是“键: 值”", "`{0}` has no colon: it is no `key: value`"),
    (
        "yaml-no-colon-help",
        "写成 `{0}: {1}`,冒号后面有一个空格",
        "write `{0}: {1}`, with a space after the colon",
    ),
    ("yaml-unreadable", "YAML 在这里读不下去({0})", "YAML cannot be read here ({0})"),
    (
        "yaml-unreadable-help",
        "检查这一行和上一行: 缩进、冒号后的空格、引号和括号是否配对",
        "check this line and the one before: indentation, the space after a colon, quotes and brackets",
    ),
    // What looks right and is not.
    ("looks-tab", "用制表符(Tab)缩进,YAML 只认空格", "indented with a tab; YAML takes spaces only"),
    ("looks-tab-help", "改成空格,每层两个", "use spaces, two for each level"),
    (
        "looks-wide-space",
        "`{0}` 前后有 YAML 不当作空格的字符({1})",
        "`{0}` stands beside a character that YAML does not take for a space ({1})",
    ),
    ("looks-wide-space-help", "缩进只用半角空格", "indent with plain spaces only"),
    (
        "looks-colon",
        "`{0}` 后面是全角冒号,YAML 把它读成文字的一部分",
        "`{0}` is followed by a full-width colon, which YAML takes for part of the text",
    ),
    ("looks-colon-help", "写成 `{0}: …`: 半角冒号,后面一个空格", "write `{0}: …`: a plain colon and a space"),
    (
        "looks-comma",
        "`{0}` 用了全角逗号或顿号,YAML 读成一项",
        "`{0}` has a full-width comma, so YAML reads one item",
    ),
    (
        "looks-comma-help",
        "要几项就用半角逗号: `{0}`;确实是一项就加引号",
        "for several items use plain commas: `{0}`; for one item use quotes",
    ),
    (
        "looks-full-width",
        "括号里用了全角的 `{0}`,YAML 不认",
        "a full-width `{0}` inside brackets, which YAML does not know",
    ),
    ("looks-full-width-help", "写成 `{0}`", "write `{0}`"),
    (
        "looks-quotes",
        "`{0}` 用了中文引号,YAML 把引号读成文字的一部分",
        "`{0}` has typographic quotes; YAML keeps them as part of the text",
    ),
    ("looks-quotes-help", "用半角引号: `\"{0}\"`", "use plain quotes: `\"{0}\"`"),
    (
        "looks-brackets",
        "`{0}` 用了全角方括号,不会被认作待填的空白",
        "`{0}` has full-width brackets and is not taken for a blank",
    ),
    (
        "looks-brackets-help",
        "待填的空白写成 `\"{0}\"`,或什么都不写",
        "write a blank as `\"{0}\"`, or leave it empty",
    ),
    (
        "looks-joined",
        "`{0}` 的冒号后面没有空格,YAML 读成一个没有值的键",
        "`{0}` has no space after the colon, so YAML reads one key without a value",
    ),
    ("looks-joined-help", "写成 `{0}: {1}`", "write `{0}: {1}`"),
    (
        "looks-tag",
        "`{0}` 以 `!` 开头,YAML 把它当作标签而不是“非”",
        "`{0}` begins with `!`, which YAML takes for a tag rather than for `not`",
    ),
    ("looks-tag-help", "整个条件加引号: `\"{0}\"`", "put the whole condition in quotes: `\"{0}\"`"),
    ("looks-quote-help", "加引号: `{0}`", "put it in quotes: `{0}`"),
    ("looks-block-help", "用 `|` 另起一行写", "write it as a block after `|`"),
    (
        "looks-block-sign",
        "`{0}` 以 `>` 或 `|` 开头,YAML 以为后面是大段文字",
        "`{0}` begins with `>` or `|`, which begin a block of text in YAML",
    ),
    (
        "looks-quoted-start",
        "`{0}` 以引号开头,YAML 以为引号里就是全部",
        "`{0}` begins with a quote, so YAML takes the quoted part for the whole",
    ),
    (
        "looks-bracket-start",
        "`{0}` 以括号开头,YAML 以为是列表或键值",
        "`{0}` begins with a bracket, which begins a list or a map in YAML",
    ),
    ("looks-reserved", "`{0}` 以 YAML 留用的符号开头", "`{0}` begins with a sign that YAML keeps for itself"),
    (
        "looks-two-colons",
        "`{0}` 里又有一个冒号加空格,YAML 分不清键和值",
        "`{0}` holds another colon and space, so YAML cannot tell key from value",
    ),
    // Shapes.
    ("unknown-key", "`{1}` 里没有 `{0}` 这个键", "`{1}` has no key `{0}`"),
    ("unknown-key-known", "可以写的键: {0}", "the keys it takes: {0}"),
    ("did-you-mean", "是不是 `{0}`?", "did you mean `{0}`?"),
    ("key-stands-elsewhere", "{0} 是写在 {1} 里的", "{0} belongs to {1}"),
    (
        "merge-key",
        "不支持 `<<` 合并;需要的键请写全",
        "merging with `<<` is not supported; write the keys out",
    ),
    (
        "duplicate-key",
        "`{0}` 写了两次;YAML 的读者会各取一个",
        "`{0}` stands twice; readers of YAML would differ in which one they take",
    ),
    ("first-here", "第一次写在这里", "first written here"),
    ("duplicate-name", "`{0}` 里有两个 `{1}`", "`{0}` has two entries named `{1}`"),
    (
        "two-policies",
        "有两个 `policy:` 段,一个制度只能有一个",
        "there are two `policy:` sections; a policy has one",
    ),
    ("missing-key", "`{0}` 缺少 `{1}`", "`{0}` lacks `{1}`"),
    ("missing-key-help", "`{0}`: {1}", "`{0}`: {1}"),
    ("missing-one-of", "`{0}` 要写下列之一: {1}", "`{0}` needs one of {1}"),
    (
        "several-of",
        "`{0}` 里同时写了 {1},只能写其中一个",
        "`{0}` has {1} together; only one of them may stand",
    ),
    ("empty-value", "`{0}` 后面没有内容,应为{1}", "nothing stands after `{0}`; expected {1}"),
    ("wrong-shape", "`{0}` 应为{1},这里是{2}", "`{0}` should be {1}; found {2}"),
    ("key-not-text", "键应为一段文字,这里是{0}", "a key should be a text; found {0}"),
    ("wrong-shape-braces", "以 `{` 开头的文字要加引号", "a text that begins with `{` needs quotes"),
    (
        "wrong-shape-indent",
        "下一层的键另起一行,并多缩进两个空格",
        "put the keys on lines of their own, indented by two more spaces",
    ),
    // Reports.
    ("blank-parameter", "参数 `{0}`(条款 {1})还是空白", "the parameter `{0}` (clause {1}) is still blank"),
    (
        "report-blanks",
        "还有 {0} 处空白要填: 位置、参数、条款",
        "{0} blank(s) still to be filled: place, parameter, clause",
    ),
    ("report-fix", "可以改成", "it could read"),
    ("report-clean", "没有发现问题", "nothing found"),
    ("report-errors", "共 {0} 处错误", "{0} error(s)"),
    ("report-no-errors", "没有错误;{0} 处警告、{1} 处提示", "no errors; {0} warning(s), {1} note(s)"),
    ("report-counts", "共 {0} 处错误、{1} 处警告、{2} 处提示", "{0} error(s), {1} warning(s), {2} note(s)"),
    ("more-findings", "还有 {0} 处没有列出", "{0} more are not listed"),
];
