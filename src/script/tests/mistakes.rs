//! Mistakes with code and place; failures at run time; hostile scripts.

use super::*;

fn found(text: &ScriptText<'_>, expect: Option<&Type>) -> Vec<Diagnostic> {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    match compile(&sandbox, &library, text, &world, expect) {
        Ok(compiled) => panic!("{}: compiled to {compiled:?}", text.text),
        Err(found) => found,
    }
}

/// Code, first byte and what stands there, help and fix.
fn brief(text: &str, expect: Option<&Type>) -> Vec<(Code, String, Option<String>)> {
    let script = ScriptText::bare(text);
    let found = found(&script, expect);
    let one = |finding: &Diagnostic| {
        let span = finding.marks[0].span;
        for lang in [crate::lang::Lang::Zh, crate::lang::Lang::En] {
            let shown = finding.message.render(lang);
            assert!(!shown.contains("{0}") && shown != finding.message.key, "{shown}");
        }
        let at = text[span.start as usize..span.end as usize].to_owned();
        (finding.code, at, finding.fix.as_ref().map(|fix| fix.replacement.clone()))
    };
    found.iter().map(one).collect()
}

#[test]
fn what_cannot_be_read() {
    let rows: &[(&str, Code, &str, Option<&str>)] = &[
        ("event.score = 80", Code::ScriptSyntax, "=", Some("==")),
        ("coached and months > 1", Code::ScriptSyntax, "and", Some("&&")),
        ("coached or months > 1", Code::ScriptSyntax, "or", Some("||")),
        ("not coached", Code::ScriptSyntax, "not", Some("!")),
        ("coached 且 months > 1", Code::ScriptSyntax, "且", Some("&&")),
        ("coached 或者 months > 1", Code::ScriptSyntax, "或者", Some("||")),
        ("months 不低于 1", Code::ScriptSyntax, "不低于", Some(">=")),
        ("months ＞ 1", Code::ScriptSyntax, "＞", Some(">")),
        ("months ≥ 1", Code::ScriptSyntax, "≥", Some(">=")),
        ("（months > 1)", Code::ScriptSyntax, "（", Some("(")),
        ("event.note == “迟到”", Code::ScriptSyntax, "“", Some("\"")),
        ("months > 1 & coached", Code::ScriptSyntax, "&", Some("&&")),
        ("coached | coached", Code::ScriptSyntax, "|", Some("||")),
        ("months <> 1", Code::ScriptSyntax, "<>", Some("!=")),
        ("months => 1", Code::ScriptSyntax, "=>", Some(">=")),
        ("(months > 1", Code::ScriptSyntax, "", None),
        ("months > 1)", Code::ScriptSyntax, ")", None),
        ("min(1, 2", Code::ScriptSyntax, "", None),
        ("months >", Code::ScriptSyntax, "", None),
        ("&& coached", Code::ScriptSyntax, "&&", None),
        ("months > 1 coached", Code::ScriptSyntax, "coached", None),
        ("0 < months < 10", Code::ScriptSyntax, "0 < months < 10", None),
        ("event.score >= 80 分", Code::ScriptSyntax, "分", None),
        ("event.score >= 80分", Code::ScriptSyntax, "80分", None),
        ("event.note == \"迟到", Code::ScriptSyntax, "\"迟到", None),
        ("", Code::ScriptSyntax, "", None),
        ("$ > 1", Code::ScriptSyntax, "$", None),
        ("months # 1", Code::ScriptSyntax, "#", None),
        ("if coached { 1 }", Code::ScriptSyntax, "if coached { 1 }", None),
        ("if coached 1 else 2", Code::ScriptSyntax, "1", None),
        ("switch band { S => 1, A => 2 }", Code::ScriptSyntax, "switch band { S => 1, A => 2 }", None),
        ("switch months { 1 => 2 }", Code::ScriptSyntax, "switch months { 1 => 2 }", None),
        ("let x = 1;", Code::ScriptSyntax, "let x = 1;", None),
        ("1.5e3", Code::ScriptSyntax, "1.5e3", None),
        ("12345678901234567890123456789012", Code::ScriptSyntax, "12345678901234567890123456789012", None),
    ];
    for (text, code, at, fix) in rows {
        let found = brief(text, None);
        assert_eq!(found, [(*code, at.to_string(), fix.map(str::to_owned))], "{text}");
    }
}

#[test]
fn what_has_no_meaning_or_type() {
    use Code::*;
    let rows: &[(&str, &[(Code, &str, Option<&str>)])] = &[
        ("event.scor >= 80", &[(UnknownName, "event.scor", Some("event.score"))]),
        ("event.score >= $pass_mrk", &[(UnknownParameter, "$pass_mrk", Some("$pass_mark"))]),
        ("成级 > 1", &[(UnknownName, "成级", Some("成绩"))]),
        (
            "blorp > 1 && event.scor > 2",
            &[(UnknownName, "blorp", None), (UnknownName, "event.scor", Some("event.score"))],
        ),
        ("rond_down(1.5, 0)", &[(UnknownName, "rond_down", Some("round_down"))]),
        ("staff.position == sale", &[(BadWord, "sale", Some("sales"))]),
        ("staff.position == 'sale'", &[(BadWord, "'sale'", Some("sales"))]),
        ("band in [S, E]", &[(BadWord, "E", None)]),
        ("switch band { X => 1, _ => 2 }", &[(BadWord, "X", None)]),
        ("bonus_factor(Z, 1)", &[(BadWord, "Z", None)]),
        ("event.score > months", &[(UnitMismatch, "event.score > months", None)]),
        ("event.score > sales", &[(UnitMismatch, "event.score > sales", None)]),
        ("event.score + sales", &[(UnitMismatch, "event.score + sales", None)]),
        ("event.score * sales", &[(UnitMismatch, "event.score * sales", None)]),
        ("$kpi_weights.sales > 50", &[(UnitMismatch, "$kpi_weights.sales > 50", None)]),
        ("event.score > \"80\"", &[(TypeMismatch, "event.score > \"80\"", None)]),
        ("event.score > staff.hired", &[(TypeMismatch, "event.score > staff.hired", None)]),
        ("event.at > staff.hired", &[(TypeMismatch, "event.at > staff.hired", None)]),
        ("staff.hired > \"2026-3-2\"", &[(BadDate, "\"2026-3-2\"", None)]),
        ("coached == yes", &[(UnknownName, "yes", Some("true"))]),
        ("$chat_reply > 5", &[(TypeMismatch, "$chat_reply > 5", None)]),
        ("band > S", &[(TypeMismatch, "band > S", None)]),
        ("band == staff.position", &[(TypeMismatch, "band == staff.position", None)]),
        ("months && coached", &[(TypeMismatch, "months", None)]),
        ("if coached { 1 } else { \"x\" }", &[(TypeMismatch, "if coached { 1 } else { \"x\" }", None)]),
        ("-coached", &[(TypeMismatch, "coached", None)]),
        ("len(months)", &[(TypeMismatch, "months", None)]),
        ("months.score", &[(UnknownName, "months.score", None)]),
        ("min(1)", &[(ScriptArguments, "min(1)", None)]),
        ("passes(1, 2)", &[(ScriptArguments, "passes(1, 2)", None)]),
        ("passes(sales)", &[(UnitMismatch, "sales", None)]),
        ("let x = 1; let x = 2; x", &[(DuplicateName, "x", None)]),
        ("months = 3; months", &[(ScriptForbidden, "months", None)]),
        ("#{a: 1}", &[(TypeMismatch, "#{a: 1}", None)]),
        ("staff.days.fliter(|x| x > 1)", &[(UnknownName, "fliter", Some("filter"))]),
        ("let f = |x| f(x); f(1)", &[(UnknownName, "f", None), (ScriptForbidden, "f", None)]),
    ];
    for (text, expected) in rows {
        let expected: Vec<_> =
            expected.iter().map(|(code, at, fix)| (*code, at.to_string(), fix.map(str::to_owned))).collect();
        assert_eq!(brief(text, None), expected, "{text}");
    }
    let boolean = Some(&Type::Boolean);
    assert_eq!(brief("months", boolean)[0].0, TypeMismatch);
    assert_eq!(brief("60", Some(&Type::Boolean))[0].0, TypeMismatch);
    assert_eq!(brief("1.5", Some(&Type::Integer(Unit::Points)))[0].0, TypeMismatch);
    assert_eq!(brief("sales", Some(&Type::Decimal(Unit::Points)))[0].0, UnitMismatch);
}

#[test]
fn what_is_forbidden() {
    let words = [
        "eval(\"1\")",
        "print(1)",
        "debug(1)",
        "export 1",
        "import \"x\"",
        "fn f() {1}",
        "private",
        "this",
        "try {1}",
        "catch",
        "throw 1",
        "while true {}",
        "loop {}",
        "for i in 1 {}",
        "do {1}",
        "f.call(1)",
        "call(1)",
        "f.curry(1)",
        "Fn(\"x\")",
        "sleep(1)",
        "timestamp()",
        "rand()",
        "exit()",
        "null",
        "sqrt(2)",
        "x::y()",
    ];
    for text in words {
        let found = brief(text, None);
        assert_eq!(found[0].0, Code::ScriptForbidden, "{text}: {found:?}");
    }
    assert_eq!(brief("coached && timestamp() > 1", None)[0].1, "timestamp");
}

#[test]
fn places_are_those_of_the_file() {
    let rows: &[(&str, &str, Code, (u32, u32))] = &[
        ("if: \"event.scor >= 80\"\n", "\"event.scor >= 80\"", Code::UnknownName, (1, 6)),
        ("if: coached && event.scor >= 80\n", "coached && event.scor >= 80", Code::UnknownName, (1, 16)),
        (
            "f:\n  条件: |\n    coached &&\n      band == E\n",
            "|\n    coached &&\n      band == E\n",
            Code::BadWord,
            (4, 15),
        ),
        (
            "f:\n  条件: >-\n    coached &&\n    成绩 > 1 &&\n    blorp\n",
            ">-\n    coached &&\n    成绩 > 1 &&\n    blorp",
            Code::UnknownName,
            (5, 5),
        ),
        ("f: |-\n  成绩 >= 60 且 coached\n", "|-\n  成绩 >= 60 且 coached", Code::ScriptSyntax, (2, 12)),
        ("f: '成绩 == ''60'''\n", "'成绩 == ''60'''", Code::TypeMismatch, (1, 5)),
        (
            "f: \"coached && event.note == \\\"迟\\\" && x\"\n",
            "\"coached && event.note == \\\"迟\\\" && x\"",
            Code::UnknownName,
            (1, 39),
        ),
    ];
    for (yaml, scalar, code, place) in rows {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", yaml);
        let start = yaml.find(scalar).unwrap();
        let text = ScriptText::new(&sources, Span::new(file, start, start + scalar.len()));
        let found = found(&text, None);
        let at = sources.get(file).unwrap().position(found[0].marks[0].span.start);
        assert_eq!((found[0].code, at), (*code, *place), "{yaml}");
    }
}

/// What an error is, without its words.
fn kind(error: &ScriptError) -> (&'static str, String) {
    match error {
        ScriptError::Absent { path } => ("absent", path.to_string()),
        ScriptError::Limit { line, column, .. } => ("limit", format!("{line}:{column}")),
        ScriptError::Failed { line, column, .. } => ("failed", format!("{line}:{column}")),
        ScriptError::Host(_) => ("host", String::new()),
    }
}

#[test]
fn failures_have_a_place_in_both_ways() {
    let rows: &[(&str, &str, &str)] = &[
        ("event.missing >= 60", "absent", "event.missing"),
        ("event.missing + 1 > 2 || true", "absent", "event.missing"),
        ("tenure('nobody') > 1", "absent", "tenure"),
        ("known(event.missing + 1)", "absent", "event.missing"),
        ("broken() + 1", "host", ""),
        ("1 +\n  months / (months - 7)", "failed", "2:3"),
        ("79228162514264337593543950335 * months", "failed", "1:1"),
        ("true && $chat_reply < $finish", "failed", "1:9"),
        ("round_up(1.5, months * 10)", "failed", "1:1"),
        ("1 + lying()", "failed", "1:5"),
    ];
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    for (text, what, at) in rows {
        let compiled = compile(&sandbox, &library, &ScriptText::bare(text), &world, None)
            .unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let mut host = Run::new(&world, &compiled);
        for result in [compiled.eval(&mut host), compiled.eval_in_rhai(&mut host)] {
            let error = result.expect_err(text);
            assert_eq!(kind(&error), (*what, at.to_string()), "{text}: {error:?}");
        }
    }
    let bare = compile(&sandbox, &library, &ScriptText::bare("event.missing"), &world, None).unwrap();
    let error = bare.test(&mut Run::new(&world, &bare)).unwrap_err();
    assert_eq!(kind(&error), ("absent", "event.missing".into()));
}

#[test]
fn failures_in_rhai_alone_have_a_place() {
    let rows: &[(&str, &str, &str)] = &[
        ("staff.days\n  .map(|x| x / 0)\n  .len()", "failed", "2:12"),
        ("staff.days.filter(|x| x > \"a\"[0]).len()", "failed", "1:23"),
        ("#{a: 1}.b == 1", "failed", "1:1"),
        ("staff.days.sort() == 1 || [1][5] == 2", "failed", "1:1"),
        ("staff.days.filter(|x| x > 1 && event.missing > 1).len()", "absent", "event.missing"),
    ];
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    for (text, what, at) in rows {
        let compiled = compile(&sandbox, &library, &ScriptText::bare(text), &world, None)
            .unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let error = compiled.eval(&mut Run::new(&world, &compiled)).expect_err(text);
        assert_eq!(kind(&error), (*what, at.to_string()), "{text}: {error:?}");
    }
}

#[test]
fn hostile_scripts_end_with_a_limit() {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    let doubling = format!("let s = \"ab\"; {} s.len()", "s = s + s; ".repeat(40));
    let growing = format!("let s = [1]; {} s.len()", "s += s; ".repeat(40));
    let product = "let a = staff.days.map(|x| staff.days.map(|y| staff.days.map(|z| staff.days.map(|u| staff.days.map(|v| staff.days.map(|w| staff.days.map(|q| staff.days.map(|r| staff.days.map(|t| 1))))))))); a.len()";
    let rows = [
        doubling.as_str(),
        growing.as_str(),
        product,
        "let s = \"x\"; s.pad(2000000000, 'y'); s.len()",
        "let s = [1]; s.pad(2000000000, 0); s.len()",
    ];
    for text in rows {
        let compiled =
            compile(&sandbox, &library, &ScriptText::bare(text), &world, Some(&Type::Integer(Unit::None)))
                .unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let error = compiled.eval(&mut Run::new(&world, &compiled)).expect_err(text);
        assert_eq!(kind(&error).0, "limit", "{text}: {error:?}");
    }
}

#[test]
fn large_and_deep_scripts_are_refused() {
    let deep = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    let rows = [
        deep(2_000),
        deep(500),
        "-".repeat(3_000) + "1",
        "!".repeat(3_000) + "true",
        "[".repeat(2_000),
        "{".repeat(2_000),
        "if coached {".repeat(300),
        "1 + ".repeat(1_000) + "1",
        "|x| ".repeat(900) + "1",
        "a.b(".repeat(900),
        format!("{} 1", "if coached { 1 } else ".repeat(100)),
        "x".repeat(5_000),
        format!("\"{}\"", "a".repeat(5_000)),
        "switch months { _ => ".repeat(190),
    ];
    for text in rows {
        let script = ScriptText::bare(&text);
        let found = found(&script, None);
        assert_eq!(found[0].code, Code::ScriptTooLarge, "{}: {:?}", &text[..20], found);
    }
    assert_eq!(brief(&"a".repeat(3_000), None)[0].0, Code::UnknownName);
}

#[test]
fn the_deepest_scripts_run_in_both_ways() {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    let depth = sandbox.limits().depth;
    let rows = [
        "1 + ".repeat(depth - 1) + "1",
        format!("{}1", "-".repeat(depth - 1)),
        format!("{}months{}", "abs(".repeat(depth - 1), ")".repeat(depth - 1)),
        format!("{}1{}", "(".repeat(depth * 2), ")".repeat(depth * 2)),
        format!("{}2", "if months == 0 { 1 } else ".repeat(depth / 2 - 2) + "{ 0 } + "),
        "coached && ".repeat(300) + "coached",
        format!("{}1{}", "switch months { 1 => 0, _ => ".repeat(depth - 2), "}".repeat(depth - 2)),
    ];
    for text in rows {
        let compiled = compile(&sandbox, &library, &ScriptText::bare(&text), &world, None)
            .unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let mut host = Run::new(&world, &compiled);
        let native = compiled.eval(&mut host);
        assert!(native.is_ok(), "{text}: {native:?}");
        assert_eq!(compiled.eval_in_rhai(&mut host), native, "{text}");
    }
}

fn functions(rows: &[(&'static str, &'static str)]) -> (Library, Vec<Diagnostic>) {
    let defs = rows.iter().map(|(name, body)| FunctionDef {
        name: Arc::from(*name),
        params: vec![(Arc::from("x"), Type::Integer(Unit::None))],
        returns: Type::Integer(Unit::None),
        body: Some(ScriptText::bare(body)),
    });
    Library::compile(&sandbox(), defs.collect(), &world())
}

#[test]
fn functions_are_checked() {
    use Code::*;
    let rows: &[(&[(&str, &str)], &[Code])] = &[
        (&[("f", "f(x)")], &[RecursiveFunction]),
        (&[("f", "g(x)"), ("g", "h(x) + 1"), ("h", "f(x)")], &[RecursiveFunction]),
        (&[("f", "[1].map(|y| f(y)).len()")], &[RecursiveFunction]),
        (&[("f", "months + x")], &[UnknownName]),
        (&[("f", "event.score")], &[UnknownName]),
        (&[("f", "x + ")], &[ScriptSyntax]),
        (&[("f", "x == 1")], &[TypeMismatch]),
        (&[("f", "if x > 0 { 1 } else { $pass_mark }")], &[UnitMismatch]),
        (&[("min", "x")], &[BadName]),
        (&[("f", "g(1, 2)"), ("g", "x")], &[ScriptArguments]),
        (&[("f", "g(x)"), ("g", "x +")], &[ScriptSyntax]),
    ];
    for (defs, codes) in rows {
        let found: Vec<Code> = functions(defs).1.iter().map(|finding| finding.code).collect();
        assert_eq!(found, *codes, "{defs:?}");
    }
}

#[test]
fn long_chains_of_calls_are_refused() {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let chain = |n: usize| -> Vec<(&'static str, &'static str)> {
        let link = |idx: usize| {
            let body = if idx + 1 < n { format!("f{:05}(x)", idx + 1) } else { "x".into() };
            (leak(format!("f{idx:05}")), leak(body))
        };
        (0..n).map(link).collect()
    };
    assert_eq!(functions(&chain(8)).1, []);
    let found = functions(&chain(9)).1;
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::ScriptTooLarge]);
    assert!(functions(&chain(5_000)).1.iter().all(|finding| finding.code == Code::ScriptTooLarge));
}

#[test]
fn calls_that_multiply_end_with_a_limit() {
    let names: Vec<&'static str> = vec!["f0", "f1", "f2", "f3", "f4", "f5", "f6"];
    let body = "f0(x) + f0(x) + f0(x) + f0(x) + f0(x) + f0(x) + f0(x) + f0(x)";
    let mut defs: Vec<(&'static str, &'static str)> = vec![("f0", "x + 1")];
    for pair in names.windows(2) {
        let text: &'static str = Box::leak(body.replace("f0", pair[0]).into_boxed_str());
        defs.push((pair[1], text));
    }
    let (library, found) = functions(&defs);
    assert_eq!(found, []);
    let (sandbox, world) = (sandbox(), world());
    let compiled = compile(&sandbox, &library, &ScriptText::bare("f6(months)"), &world, None).unwrap();
    let mut host = Run::new(&world, &compiled);
    for result in [compiled.eval(&mut host), compiled.eval_in_rhai(&mut host)] {
        assert_eq!(kind(&result.unwrap_err()).0, "limit");
    }
}
