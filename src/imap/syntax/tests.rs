//! The small parser for what imap-proto cannot read.

use rstest::rstest;

use super::{Value, literal_size, parse};

fn atom(text: &str) -> Value {
    Value::Atom(text.to_owned())
}

/// RL56: the shapes that real servers send are read, odd spaces included.
#[test]
fn reads_words() {
    let values = parse(b"1 FETCH (UID 1 FLAGS (\\Seen \"a b\") BODY[HEADER.FIELDS (TO)]<0> {3}\r\na)b )\r\n").unwrap();
    let list = Value::List(vec![
        atom("UID"),
        atom("1"),
        atom("FLAGS"),
        Value::List(vec![atom("\\Seen"), Value::Text(b"a b".to_vec())]),
        atom("BODY[HEADER.FIELDS (TO)]<0>"),
        Value::Text(b"a)b".to_vec()),
    ]);
    assert_eq!(values, vec![atom("1"), atom("FETCH"), list]);
    assert_eq!(parse(b"\"a\\\"b\\\\c\""), Some(vec![Value::Text(b"a\"b\\c".to_vec())]));
}

/// PS27: nesting is bounded; unbalanced and unfinished data is refused.
#[rstest]
#[case(b"(((".to_vec())]
#[case(b"a)".to_vec())]
#[case(b"\"open".to_vec())]
#[case(b"{9}\r\nabc".to_vec())]
#[case(b"(".repeat(1_000_000))]
#[case([b"(".repeat(400), b")".repeat(400)].concat())]
fn refuses_broken_data(#[case] line: Vec<u8>) {
    assert_eq!(parse(&line), None);
}

/// PS25: the head of a literal is known in all its forms, a huge one does not overflow, a negative one is none.
#[rstest]
#[case("a {12}\r\n", Some(12))]
#[case("a ~{12+}\r\n", Some(12))]
#[case("a {0}\n", Some(0))]
#[case("a {99999999999999999999999}\r\n", Some(u64::MAX))]
#[case("a {-1}\r\n", None)]
#[case("a {}\r\n", None)]
#[case("a 12}\r\n", None)]
#[case("a {12} \r\n", None)]
fn knows_literal_heads(#[case] line: &str, #[case] size: Option<u64>) {
    assert_eq!(literal_size(line.as_bytes()), size);
}
