//! The parts of a URL that the patterns look at, as slices of it.

/// Hosts longer than this are not in the DNS (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;

/// A web URL taken apart.
#[derive(Debug)]
pub(super) struct Url<'a> {
    /// The host in lower case, without user and port.
    pub host: String,
    /// The path as written, `/` when there is none.
    pub path: &'a str,
    /// What is between `?` and `#`.
    pub query: Option<&'a str>,
    /// The fragment with its `#`, or nothing.
    pub fragment: &'a str,
    /// Everything before `?`.
    pub before_query: &'a str,
    /// Path and query, without the fragment.
    pub tail: &'a str,
}

impl<'a> Url<'a> {
    /// Takes an http or https URL apart; anything else is none.
    pub(super) fn parse(target: &'a str) -> Option<Self> {
        let (scheme, rest) = target.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end)?;
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let host = match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => place,
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() || host.len() > MAX_HOST {
            return None;
        }
        let (tail, fragment) = tail.split_at_checked(tail.find('#').unwrap_or(tail.len()))?;
        let whole = target.get(..target.len().checked_sub(fragment.len())?)?;
        let before_query = whole.split_once('?').map_or(whole, |(before, _)| before);
        let (path, query) = tail.split_once('?').map_or((tail, None), |(path, query)| (path, Some(query)));
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { host, path, query, fragment, before_query, tail })
    }

    /// The parameters of the query, undecoded: name and value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.query.unwrap_or_default().split('&').map(|piece| {
            let value = piece.split_once('=').map_or("", |(_, value)| value);
            (name_of(piece), value)
        })
    }

    /// The value of a parameter, undecoded; names are compared without case.
    pub(super) fn value(&self, key: &str) -> Option<&'a str> {
        self.pairs().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }
}

/// The name of a parameter written as `name=value`; a `&` that was escaped twice leaves an `amp;` before it.
pub(super) fn name_of(piece: &str) -> &str {
    let name = piece.split_once('=').map_or(piece, |(name, _)| name);
    name.strip_prefix("amp;").unwrap_or(name)
}
