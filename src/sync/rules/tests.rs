//! The file of rules: what is kept, what is refused, what comes through.

use std::os::unix::fs::PermissionsExt as _;

use rstest::rstest;

use super::{Error, NAME, Rules, parse};
use crate::mail::UnixTime;
use crate::mail::rule::{Deed, Rule, Whom};

fn rule(from: &str, deed: Deed) -> Rule {
    Rule { whom: Whom::From(from.to_owned()), account: Some("work".into()), deed, since: UnixTime(1_795_824_000) }
}

/// What is added is read again, whatever it holds; what is taken away leaves comments and the others as they are.
#[test]
fn rules_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let rules = Rules::new(home.path());
    assert_eq!(rules.read().unwrap(), []);
    let odd = rule("\"o'hara\\\"\"@x.example", Deed::Move("Büro/\"a\"".into()));
    let list = Rule { whom: Whom::List("rust.example".into()), account: None, deed: Deed::Read, since: UnixTime(0) };
    let all = [rule("a@x", Deed::Archive), odd, list, rule("b@x", Deed::Trash)];
    for one in &all {
        rules.add(one).unwrap();
        assert!(matches!(rules.add(one), Err(Error::Words(_))), "once");
    }
    assert_eq!(rules.read().unwrap(), all);
    let path = home.path().join(NAME);
    let text = std::fs::read_to_string(&path).unwrap().replace("\n[[rule]]\nlist", "\n# mine\n[[rule]] # too\nlist");
    std::fs::write(&path, text).unwrap();
    rules.remove(&all[1]).unwrap();
    assert_eq!(rules.read().unwrap(), [all[0].clone(), all[2].clone(), all[3].clone()]);
    rules.remove(&all[3]).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("# mine\n[[rule]] # too\nlist = \"rust.example\"") && text.starts_with("# Rules"), "{text}");
    assert!(matches!(rules.remove(&all[3]), Err(Error::Words(_))));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A mistake is told with its line, and a file with one is neither applied nor written over.
#[rstest]
#[case("[[rule]]\nfrom = \"a@x\"\ndo = \"archive\"\n\n[[rule]]\nfrom = \"b@x\"\n", 5)]
#[case("[[rule]]\nfrom = \"a@x\"\ndo = archive\n", 3)]
#[case("# one\n[[rule]]\nfrom = \"a\"\ndo = \"archive\"\n", 2)]
#[case("[[rule]]\nfrom = \"a@x\"\nlist = \"b\"\ndo = \"archive\"\n", 1)]
#[case("[[rule]]\ndo = \"archive\"\n", 1)]
#[case("[[rule]]\nlist = \"x\"\ndo = \"move\"\n", 1)]
#[case("[[rule]]\nlist = \"x\"\ndo = \"burn\"\n", 1)]
#[case("[[rule]]\nlist = \"x\"\ndo = \"read\"\nsince = \"soon\"\n", 1)]
#[case("[[rule]]\nlist = \"x\"\ndo = \"read\"\nform = \"a@x\"\n", 4)]
fn mistakes_have_a_line(#[case] text: &str, #[case] expected: usize) {
    assert!(matches!(parse(text), Err(Error::Wrong { line, .. }) if line == expected), "{:?}", parse(text));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(NAME);
    std::fs::write(&path, text).unwrap();
    assert!(Rules::new(home.path()).add(&rule("c@x", Deed::Read)).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

/// A sender is known whatever the case of the letters, a list by its own id alone.
#[test]
fn whose_mail() {
    let from = Whom::From("news@shop.example".into());
    assert!(from.is(["other@x", "News@Shop.example"].into_iter(), ""));
    assert!(!from.is(["evil-news@shop.example", "news@shop.example.org"].into_iter(), "news@shop.example"));
    assert!(Whom::List("a.example".into()).is(["x@y"].into_iter(), "A.Example"));
    assert!(!Whom::List("a.example".into()).is(["a.example"].into_iter(), "b.a.example"));
}
