//! Ways out of a mailing: List-Unsubscribe (RFC 2369, section 3.2) and its one click (RFC 8058). Nothing here asks anybody.

use mail_parser::MessageParser;
use url::Url;

use super::trust::cover::is_covered;
use super::trust::server::Expected;
use crate::render::facts::MailServer;

/// Header fields that are looked at.
const MAX_FIELDS: usize = 1_000;
/// Ways that are kept of a field.
const MAX_WAYS: usize = 10;
/// A longer address is none.
const MAX_URL: usize = 4 * 1024;
/// What the second field says where a click is enough.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// How one gets off a mailing, as the mail says; the texts are an attacker's until they are made safe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unsubscribe {
    /// Where a POST is enough: the mail says so, and a good signature covers what it says.
    pub one_click: Option<Target>,
    /// A page to be opened in a browser.
    pub link: Option<Target>,
    /// A mail to be sent.
    pub mail: Option<Mailto>,
    /// The mail offers one click, but nobody vouches for that.
    pub unproved: bool,
}

/// A link, and where it really leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The link.
    pub url: String,
    /// Its host, as it is looked up (IDNA).
    pub host: String,
}

/// A mail that unsubscribes (RFC 6068).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailto {
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// Reads them from a message, or its beginning; `server` is the reader's own, whose word on signatures counts.
pub fn unsubscribe(bytes: &[u8], server: &MailServer) -> Unsubscribe {
    let Some(message) = MessageParser::new().parse_headers(bytes) else { return Unsubscribe::default() };
    let fields: Vec<(String, String)> = message
        .headers()
        .iter()
        .take(MAX_FIELDS)
        .map(|header| {
            let raw = bytes.get(header.offset_start as usize..header.offset_end as usize).unwrap_or_default();
            (header.name().to_owned(), String::from_utf8_lossy(raw).into_owned())
        })
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = Expected::new(&server.authserv_ids, &server.host, &server.address);
    read(&fields, &expected, is_plain(bytes))
}

/// Whether all of the header is here, no longer than what is looked at, with each of the two fields at most once: a second
/// one, further down or hidden from a parser, could be the one that the signature covers.
fn is_plain(bytes: &[u8]) -> bool {
    let (mut ways, mut posts, mut fields) = (0, 0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            return fields <= MAX_FIELDS && ways <= 1 && posts <= 1;
        }
        // Some programs take a lone CR for the end of a line.
        for part in line.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|part| !part.is_empty()) {
            let name = part.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
            fields += usize::from(!part.starts_with(b" ") && !part.starts_with(b"\t"));
            ways += usize::from(name.eq_ignore_ascii_case(b"List-Unsubscribe"));
            posts += usize::from(name.eq_ignore_ascii_case(b"List-Unsubscribe-Post"));
        }
    }
    false
}

fn read(fields: &[(&str, &str)], expected: &Expected, plain: bool) -> Unsubscribe {
    let named = |wanted: &str| -> Vec<&str> {
        fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value).collect()
    };
    let (ways, posts) = (named("List-Unsubscribe"), named("List-Unsubscribe-Post"));
    let all: Vec<String> = ways.iter().flat_map(|value| bracketed(value)).take(MAX_WAYS).collect();
    let link = all
        .iter()
        .find_map(|way| target(way, &["https"]))
        .or_else(|| all.iter().find_map(|way| target(way, &["http"])));
    let mail = all.iter().find_map(|way| mailto(way));
    let offered = posts.iter().any(|value| value.trim().eq_ignore_ascii_case(ONE_CLICK));
    let click = all.iter().find_map(|way| target(way, &["https"])).filter(|_| offered);
    // A second field could be one that the signature does not cover.
    let proved = plain
        && ways.len() == 1
        && posts.len() == 1
        && is_covered(fields, expected, &["list-unsubscribe", "list-unsubscribe-post"]);
    Unsubscribe { unproved: click.is_some() && !proved, one_click: click.filter(|_| proved), link, mail }
}

/// What stands in angle brackets, without white space; comments between them do not count.
fn bracketed(value: &str) -> Vec<String> {
    let inside = |part: &str| part.split_once('>').map(|(inside, _)| inside.to_owned());
    let tidy = |way: String| way.chars().filter(|c| !c.is_whitespace()).collect();
    value.split('<').skip(1).filter_map(inside).map(tidy).filter(|way: &String| way.len() <= MAX_URL).collect()
}

fn target(way: &str, schemes: &[&str]) -> Option<Target> {
    let url = Url::parse(way).ok().filter(|url| schemes.contains(&url.scheme()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    Some(Target { host: url.host_str()?.to_owned(), url: url.to_string() })
}

fn mailto(way: &str) -> Option<Mailto> {
    let rest = way.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| way.get(7..))?;
    let (to, query) = rest.split_once('?').unwrap_or((rest, ""));
    let to = decoded(to);
    // One address, and nothing that could be more header.
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '\\' | ':');
    if to.matches('@').count() != 1 || to.len() > 320 || !to.chars().all(plain) {
        return None;
    }
    let field = |wanted: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| decoded(value)).unwrap_or_default()
    };
    let line = |text: String| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect::<String>();
    let body = field("body").chars().filter(|c| !c.is_control() || *c == '\n').take(5_000).collect();
    Some(Mailto { to, subject: line(field("subject")), body })
}

/// Percent-encoding undone; `+` stays what it is (RFC 6068, section 5).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                bytes.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Mailto, Target, Unsubscribe, unsubscribe};
    use crate::render::facts::MailServer;

    fn server() -> MailServer {
        MailServer {
            host: "imap.home.example".into(),
            address: "dana@home.example".into(),
            authserv_ids: vec!["mx.home.example".into()],
        }
    }

    fn of(fields: &str) -> Unsubscribe {
        let mail = format!(
            "Authentication-Results: mx.home.example; dkim=pass header.d=shop.example\r\n\
             Received: from m.shop.example ([203.0.113.5]) by mx.home.example with ESMTPS; Tue\r\n\
             DKIM-Signature: v=1; d=shop.example; s=k; h=From:List-Unsubscribe:List-Unsubscribe-Post; b=x\r\n\
             From: a@shop.example\r\n{fields}\r\nbody\r\n"
        );
        unsubscribe(mail.as_bytes(), &server())
    }

    fn target(url: &str, host: &str) -> Target {
        Target { url: url.into(), host: host.into() }
    }

    /// One click is offered for https alone, with both fields, each once, and signed; else the link is.
    #[test]
    fn one_click_is_proved() {
        let post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
        let way = "List-Unsubscribe: <mailto:off@shop.example?subject=un%20sub&body=a%0Db>,\r\n <https://Shop.example/u\r\n ?id=1>\r\n";
        let both = of(&format!("{way}{post}"));
        let link = Some(target("https://shop.example/u?id=1", "shop.example"));
        assert_eq!((&both.one_click, &both.link, both.unproved), (&link, &link, false));
        let mail = Mailto { to: "off@shop.example".into(), subject: "un sub".into(), body: "ab".into() };
        assert_eq!(both.mail, Some(mail));
        assert_eq!((of(way).one_click, of(way).link, of(way).unproved), (None, link.clone(), false));
        let twice = of(&format!("{way}{way}{post}"));
        assert_eq!((twice.one_click, twice.unproved), (None, true));
        let plain = of(&format!("List-Unsubscribe: <http://shop.example/u>\r\n{post}"));
        assert_eq!((plain.one_click, plain.link), (None, Some(target("http://shop.example/u", "shop.example"))));
        let mut other = server();
        other.authserv_ids = vec!["mx.other.example".into()];
        let mail = format!("From: a@shop.example\r\n{way}{post}\r\n");
        assert!(unsubscribe(mail.as_bytes(), &other).unproved);
    }

    /// What stands beyond the fields that are looked at, or beyond the bytes that are here, could be what is signed.
    #[test]
    fn one_click_needs_the_whole_header() {
        let both = "List-Unsubscribe: <https://evil.example/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
        assert!(of(both).one_click.is_some());
        let junk = "X-Junk: 1\r\n".repeat(super::MAX_FIELDS);
        let signed = both.replace("evil", "shop");
        for fields in [format!("{both}{junk}"), format!("{both}{junk}{signed}"), format!("{both} no field\r\n{signed}")]
        {
            assert_eq!((of(&fields).one_click, of(&fields).unproved), (None, true));
        }
        for hidden in
            ["X: y\rList-Unsubscribe: <https://shop.example/>\r\n", "list-unsubscribe : <https://shop.example/>\r\n"]
        {
            assert_eq!(of(&format!("{both}{hidden}")).one_click, None, "{hidden}");
        }
        let mail = format!(
            "Authentication-Results: mx.home.example; dkim=pass header.d=shop.example\r\n\
             Received: from m.shop.example ([203.0.113.5]) by mx.home.example with ESMTPS; Tue\r\n\
             DKIM-Signature: v=1; d=shop.example; s=k; h=From:List-Unsubscribe:List-Unsubscribe-Post; b=x\r\n{both}"
        );
        assert!(unsubscribe(mail.as_bytes(), &server()).unproved);
        assert!(unsubscribe(format!("{mail}\r\n").as_bytes(), &server()).one_click.is_some());
    }

    /// Nothing but one plain address is written to, and no link that hides its host is shown.
    #[test]
    fn hostile_ways_are_none() {
        for way in [
            "mailto:a@x,b@y",
            "mailto:a@x%0d%0aBcc:b@y",
            "mailto:a",
            "javascript:alert(1)",
            "https://shop.example@evil.example/",
            "ftp://x.example/",
            "file:///etc/passwd",
            "",
            "mailto:%3Ca@x%3E",
        ] {
            let found = of(&format!("List-Unsubscribe: <{way}>\r\n"));
            assert_eq!((found.link, found.mail, found.one_click), (None, None, None), "{way}");
        }
        assert_eq!(of("List-Unsubscribe: https://bare.example/\r\n"), Unsubscribe::default());
    }
}
