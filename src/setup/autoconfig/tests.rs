//! Files of providers: the ordinary, the odd and the hostile.

use rstest::rstest;

use super::*;

fn server(kind: &str, tag: &str, host: &str, port: &str, security: &str, rest: &str) -> String {
    format!(
        "<{tag} type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port><socketType>{security}</socketType>{rest}</{tag}>"
    )
}

fn incoming(host: &str, port: &str, security: &str, rest: &str) -> String {
    server("imap", "incomingServer", host, port, security, rest)
}

fn file(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"x\"><domain>example.org</domain>\
         <displayName>Example Mail</displayName>{inside}</emailProvider>\
         <oAuth2><issuer>accounts.google.com</issuer></oAuth2></clientConfig>"
    )
}

fn parsed(text: &str) -> Result<Vec<Offer>, String> {
    read(text.as_bytes(), "example.org", Source::Autoconfig)
}

/// The order is the file's, POP3 is passed over, mail is sent with TLS from the first byte where that is offered.
#[test]
fn a_file_is_read() {
    let way = "<authentication>OAuth2</authentication><authentication>password-cleartext</authentication>\
               <authentication>plain</authentication><authentication>GSSAPI</authentication>";
    let text = file(&[
        server("pop3", "incomingServer", "pop.example.org", "995", "SSL", ""),
        incoming("imap.example.org", "993", "SSL", &format!("<username>%EMAILLOCALPART%</username>{way}")),
        incoming("imap.%EMAILDOMAIN%", "143", "STARTTLS", "<username>%EMAILADDRESS%</username>"),
        server("smtp", "outgoingServer", "smtp.example.org", "587", "STARTTLS", ""),
        server("smtp", "outgoingServer", "smtp.example.org", "465", "SSL", ""),
        "<enable><instruction lang=\"de\">Einschalten</instruction><instruction lang=\"en\">Switch it on</instruction></enable>"
            .to_owned(),
    ]
    .concat());
    let offers = parsed(&text).unwrap();
    let [first, second] = offers.as_slice() else { panic!("{offers:?}") };
    assert_eq!(first.receive, Server::named("imap.example.org", 993, Security::Tls).unwrap());
    assert_eq!(second.receive, Server::named("imap.example.org", 143, Security::StartTls).unwrap());
    assert_eq!(first.send, Server::named("smtp.example.org", 465, Security::Tls));
    assert_eq!((first.user, second.user), (UserForm::LocalPart, UserForm::Address));
    assert_eq!(first.ways, [Way::OAuth { provider: "google".to_owned() }, Way::Password]);
    assert_eq!(second.ways, [Way::Password]);
    assert_eq!(first.provider.as_ref().unwrap().as_str(), "Example Mail");
    assert_eq!(first.note.as_ref().unwrap().as_str(), "Switch it on");
    assert!(!first.confirm);
}

/// A server that would send a password in clear, to this computer or to nowhere is not offered, whoever says so.
#[rstest]
#[case("imap.example.org", "143", "plain")]
#[case("imap.example.org", "143", "")]
#[case("imap.example.org", "0", "SSL")]
#[case("imap.example.org", "99999", "SSL")]
#[case("imap.example.org", "-1", "SSL")]
#[case("127.0.0.1", "993", "SSL")]
#[case("localhost", "993", "SSL")]
#[case("imap&#10;.example.org", "993", "SSL")]
#[case("imap.example.org/x", "993", "SSL")]
#[case("&#x1b;[2Jimap.example.org", "993", "SSL")]
#[case("", "993", "SSL")]
fn a_bad_server_is_left_out(#[case] host: &str, #[case] port: &str, #[case] security: &str) {
    assert!(parsed(&file(&incoming(host, port, security, ""))).is_err());
}

/// What a web server answers for a page that it does not have, and what is made to hurt a parser.
#[rstest]
#[case::nothing("")]
#[case::a_page("<!DOCTYPE html><html><body>Welcome</body></html>")]
#[case::half("<clientConfig version=\"1.1\"><emailProvider id=\"x\">")]
#[case::another("<x><clientConfig/></x>")]
#[case::empty("<clientConfig/>")]
#[case::pop_alone("<clientConfig><emailProvider><incomingServer type=\"pop3\"/></emailProvider></clientConfig>")]
#[case::bomb(
    "<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><clientConfig><emailProvider>&b;</emailProvider></clientConfig>"
)]
#[case::outside("<!DOCTYPE b SYSTEM \"file:///etc/passwd\"><clientConfig><emailProvider/></clientConfig>")]
fn what_is_no_configuration_is_told(#[case] text: &str) {
    assert!(parsed(text).is_err());
}

/// A file of the deepest and one of the widest kind cost no stack and little time.
#[test]
fn depth_and_width_are_bounded() {
    for (count, told) in [(80_000, "it is no XML that can be read"), (4_000, "it is no configuration")] {
        let deep = format!("<clientConfig>{}{}</clientConfig>", "<a>".repeat(count), "</a>".repeat(count));
        assert_eq!(parsed(&deep), Err(told.to_owned()), "{count}");
    }
    let wide = file(&"<a/>".repeat(60_000));
    assert!(parsed(&wide).is_err());
    let many = file(&incoming("imap.example.org", "993", "SSL", "").repeat(300));
    assert!(parsed(&many).unwrap().len() <= SERVERS);
}

/// A provider's name and sentence are cut and made safe.
#[test]
fn words_are_text() {
    let name = format!("<enable><instruction>&#x202e;{}</instruction></enable>", "long ".repeat(100));
    let offers = parsed(&file(&(incoming("imap.example.org", "993", "SSL", "") + &name))).unwrap();
    let note = offers[0].note.clone().unwrap();
    assert!(note.as_str().chars().count() <= SENTENCE && !note.as_str().contains('\u{202e}'), "{note}");
}

/// Bytes that are no UTF-8 do not stop a file whose servers can be read.
#[test]
fn other_encodings_are_read_as_far_as_they_go() {
    let text = file(&incoming("imap.example.org", "993", "SSL", ""));
    let mut bytes = text.replace("Example Mail", "M_ller").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'_').unwrap();
    bytes[at] = 0xfc;
    assert_eq!(read(&bytes, "example.org", Source::Ispdb).unwrap().len(), 1);
}
