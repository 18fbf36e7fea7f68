//! What a server says that it can do (RFC 5321, section 4.1.1.1).

use super::reply::Reply;

/// What a server says that it can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    keywords: Vec<(String, String)>,
}

impl Offer {
    /// From the answer to EHLO; its first line is the server's name.
    pub(super) fn of(reply: &Reply) -> Self {
        let keyword = |line: &String| {
            let line = line.trim().to_ascii_uppercase();
            // "AUTH=LOGIN PLAIN" is how the first servers said it, and some still say it beside the right way.
            let (name, rest) = line.split_once([' ', '=']).unwrap_or((&line, ""));
            (name.to_owned(), rest.to_owned())
        };
        Self { keywords: reply.lines.iter().skip(1).map(keyword).collect() }
    }

    /// Whether it offers this.
    pub(super) fn has(&self, name: &str) -> bool {
        self.keywords.iter().any(|(keyword, _)| keyword == name)
    }

    /// The largest mail in bytes, unless there is no limit or none is told (RFC 1870).
    pub(super) fn size(&self) -> Option<u64> {
        let (_, size) = self.keywords.iter().find(|(keyword, _)| keyword == "SIZE")?;
        size.trim().parse().ok().filter(|size| *size > 0)
    }

    /// The mechanisms of AUTH, in upper case (RFC 4954).
    pub(super) fn mechanisms(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let of_auth = self.keywords.iter().filter(|(keyword, _)| keyword == "AUTH");
        for name in of_auth.flat_map(|(_, rest)| rest.split_whitespace()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
