//! Authentication-Results fields, honest and hostile.

use super::*;

fn methods(field: &Field) -> Vec<(&str, &str)> {
    field.statements.iter().map(|s| (s.method.as_str(), s.result.as_str())).collect()
}

/// The grammar's forms: version numbers, comments at any place, quoted strings, blanks around `=` (RFC 8601, 2.2).
#[test]
fn reads_what_the_grammar_allows() {
    let field = parse(
        " (a (nested) one) MX.acme.example (x) 1 ;\r\n\tDKIM/1 = pass (good; (really)) reason=\"a; dmarc=fail\"\r\n \
         header.d=\"acme.example\" header.b=ab+/=; spf=fail smtp.mailfrom=SRS0=x=y@b.example; none",
    )
    .unwrap();
    assert_eq!(field.id.as_deref(), Some("mx.acme.example"));
    assert_eq!(methods(&field), [("dkim", "pass"), ("spf", "fail")]);
    assert_eq!(field.statements[0].property("header.d"), Some("acme.example"));
    assert_eq!(field.statements[0].property("header.b"), Some("ab+/="));
    assert!(field.statements[0].comments.contains("good; really"));
    assert_eq!(field.statements[1].property("smtp.mailfrom"), Some("SRS0=x=y@b.example"));
}

/// `none` says that nothing was checked, which is no result.
#[test]
fn none_holds_no_statement() {
    for text in ["mx.acme.example; none", "mx.acme.example 1; none", "mx.acme.example"] {
        let field = parse(text).unwrap();
        assert_eq!((field.id.as_deref(), field.statements.len()), (Some("mx.acme.example"), 0), "{text}");
    }
}

/// Outlook leaves the id out: the first word is a statement, not an id with an equals sign.
#[test]
fn reads_a_field_without_an_id() {
    let field = parse("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dmarc=pass action=none\r\n header.from=a.example;compauth=pass reason=100").unwrap();
    assert_eq!(field.id, None);
    assert_eq!(methods(&field), [("spf", "pass"), ("dmarc", "pass"), ("compauth", "pass")]);
}

/// What a sender chose stands in quotes or comments; it must not become a statement of its own.
#[test]
fn quotes_and_comments_hide_statements() {
    let field =
        parse("mx.example; spf=fail (; dmarc=pass header.from=b.example;) smtp.mailfrom=\"x; dkim=pass header.d=b.example\"@e.example")
            .unwrap();
    assert_eq!(methods(&field), [("spf", "fail")]);
}

/// A field with an open end could hide its second half: it counts for nothing.
#[test]
fn malformed_fields_count_for_nothing() {
    for text in [
        "",
        " ; ",
        "mx.example; dkim=pass (open",
        "mx.example; dkim=pass reason=\"open",
        "mx.example; dkim=pass reason=\"a\\",
        "mx.example from=b; dkim=pass",
        "mx.example word; dkim=pass",
        "mx.example; dkim=pass\0 header.d=a.example",
        "(only a comment)",
        "=pass",
    ] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

/// Hostile sizes: deep comments, endless fields and endless lists end in a refusal, without recursion.
#[test]
fn limits_are_kept() {
    let deep = format!("mx.example; dkim=pass {}x{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(parse(&deep), None);
    assert!(parse(&format!("mx.example; dkim=pass {}x{}", "(".repeat(32), ")".repeat(32))).is_some());
    assert_eq!(parse(&format!("mx.example; dkim=pass {}", "a".repeat(100_000))), None);
    assert_eq!(parse(&format!("m;{}", "a=b;".repeat(10_000))), None);
    assert_eq!(parse(&format!("m;a=b{}", " c=d".repeat(10_000))), None);
    assert!(parse(&format!("m; dkim=pass ({})", "x".repeat(50_000))).unwrap().statements[0].comments.len() < 1_100);
}

/// No bytes make the parser panic or hang.
#[test]
fn odd_bytes_are_survived() {
    for unit in [";", "=", "\"", "(", ")", "\\", "\r\n", "é=", "m;a=\"\\", "m;)", "m;a=b c", "\u{202e}"] {
        for times in [1, 2, 3, 5_000] {
            assert!(parse(&unit.repeat(times)).is_none_or(|field| field.statements.len() <= MAX_STATEMENTS));
        }
    }
    assert!(parse("m; a=b ) c.d=e").is_some());
}
