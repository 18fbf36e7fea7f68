//! RFC 6068, and what links are abused for.

use rstest::rstest;

use super::{Mailto, Refused, parse};
use crate::letter::Mailbox;

fn mailbox(address: &str) -> Mailbox {
    Mailbox { name: String::new(), address: address.into() }
}

#[test]
fn a_link_fills_in_a_letter() {
    let all = "MAILTO:a@x.example,b%2Bc@x.example?To=d@x.example&cc=%22e%2Cf%22@x.example&subject=Caf%C3%A9%20+1&body=a%0D%0Ab\
               &In-Reply-To=%3Cid@x%3E&X-Evil=1&amp;attach=/etc/passwd#here";
    let expected = Mailto {
        to: vec![mailbox("a@x.example"), mailbox("b+c@x.example"), mailbox("d@x.example")],
        cc: vec![mailbox("\"e,f\"@x.example")],
        bcc: Vec::new(),
        subject: "Café +1".into(),
        body: "a\nb".into(),
        in_reply_to: Some("id@x".into()),
        ignored: vec!["x-evil".into(), "attach".into()],
    };
    assert_eq!(parse(all), Ok(expected));
    assert_eq!(parse("mailto:"), Ok(Mailto::default()));
}

#[rstest]
#[case("mailto:a@x?subject=x%0D%0ABcc:%20b@y", Refused::Injection)]
#[case("mailto:a@x%0ABcc:b@y", Refused::Injection)]
#[case("mailto:a@x?cc=b@y%0D%0A", Refused::Injection)]
#[case("mailto:nobody", Refused::Address("there is no @"))]
#[case("https://x.example", Refused::Other)]
fn hostile_links_are_refused(#[case] link: &str, #[case] why: Refused) {
    assert_eq!(parse(link), Err(why));
}
