//! aerc's `accounts.conf`: an INI file, as aerc-accounts(5) and aerc-imap(5) describe it.

use super::sending::{Sending, Submission};
use super::{Parsed, Raw, by_command, mailbox, place, takes_tokens};
use crate::config::Security;
use crate::config::edit::NewSecret;

pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut section: Option<Section> = None;
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name.trim()) {
            finish(section.take(), &mut parsed);
            section = Some(Section { name: name.to_owned(), line: at + 1, keys: Vec::new() });
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let mut value = value.trim().to_owned();
        while let Some(begun) = value.strip_suffix('\\') {
            let next = lines.next().map(|(_, line)| line.trim()).unwrap_or_default();
            value = format!("{begun}{next}");
            if next.is_empty() {
                break;
            }
        }
        if let Some(section) = &mut section {
            section.keys.push((key.trim().to_ascii_lowercase(), plain(&value)));
        }
    }
    finish(section, &mut parsed);
    parsed
}

struct Section {
    name: String,
    line: usize,
    keys: Vec<(String, String)>,
}

impl Section {
    /// The last one counts.
    fn get(&self, key: &str) -> Option<&str> {
        let value = self.keys.iter().rev().find(|(other, _)| other == key).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// A value without its quotes and without the comment behind it: both signs begin one anywhere, as in the library that
/// aerc reads it with.
fn plain(value: &str) -> String {
    for quote in ["\"\"\"", "`"] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside.to_owned();
        }
    }
    let value = value.split(['#', ';']).next().unwrap_or_default().trim();
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
            && !inside.contains(quote)
        {
            return inside.to_owned();
        }
    }
    value.to_owned()
}

fn finish(section: Option<Section>, parsed: &mut Parsed) {
    let Some(section) = section.filter(|section| section.name != "DEFAULT") else { return };
    let mut raw = Raw { line: section.line, ..Raw::default() };
    section.name.clone_into(&mut raw.account.name);
    let source = section.get("source").unwrap_or_default();
    let Some(place) = place(source).filter(|place| place.scheme.starts_with("imap")) else {
        let scheme = source.split(':').next().filter(|scheme| !scheme.is_empty()).unwrap_or("without a source");
        return parsed.notes.push(format!("{} is {scheme}, not IMAP: left out", section.name));
    };
    let imap = &mut raw.account.imap;
    imap.security = Some(match place.scheme.as_str() {
        "imap" => Security::StartTls,
        "imap+insecure" => Security::None,
        _ => Security::Tls,
    });
    imap.host = Some(place.host);
    imap.port = place.port;
    imap.user = place.user;
    let token = place.scheme.contains("oauthbearer") || place.scheme.contains("xoauth2");
    let refreshes = place.query.as_deref().is_some_and(|query| query.contains("token_endpoint"));
    match (place.password, section.get("source-cred-cmd")) {
        (Some(_), _) | (None, Some(_)) if token && refreshes => {
            raw.oauth = true;
            raw.note("aerc has a refresh token there: sign in once with OAuth here");
        }
        (Some(_), _) if token => raw.note("an access token stands in the file; it does not live long, sign in anew"),
        (Some(password), _) => raw.password = Some(password),
        (None, Some(command)) => imap.secret = by_command(command, token),
        (None, None) => imap.secret = NewSecret::None,
    }
    raw.sending = section.get("outgoing").map(|outgoing| sending(outgoing, &section));
    if let Some(from) = section.get("from") {
        (raw.account.display_name, raw.account.email) = mailbox(from);
    }
    if section.get("folder-map").is_some() {
        raw.note("folders have other names there (folder-map): see to the folders' names");
    } else {
        let folder = |key: &str| {
            let value = section.get(key)?.split(',').next().unwrap_or_default().trim();
            Some(value.to_owned()).filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("inbox"))
        };
        let names = &mut raw.account.folders;
        names.archive = folder("archive");
        names.sent = folder("copy-to");
        names.drafts = folder("postpone");
    }
    if section.get("aliases").is_some() {
        raw.note("other addresses of yours (aliases) are not taken over");
    }
    parsed.accounts.push(raw);
}

/// `outgoing`: a URL as aerc-smtp(5) has it, else a command (aerc-sendmail(5)).
fn sending(outgoing: &str, section: &Section) -> Sending {
    let Some(place) = place(outgoing).filter(|place| place.scheme.starts_with("smtp")) else {
        return Sending::Command(outgoing.to_owned());
    };
    let mut words = place.scheme.split('+');
    let security = match (words.next(), place.scheme.contains("+insecure")) {
        (Some("smtps"), _) => Security::Tls,
        (_, true) => Security::None,
        (_, false) => Security::StartTls,
    };
    let token = takes_tokens(place.scheme.split('+'));
    let refreshes = place.query.as_deref().is_some_and(|query| query.contains("token_endpoint"));
    // With these a refresh token or one that does not live long stands there: the account signs in anew anyhow.
    let password = place.password.filter(|_| !token && !refreshes);
    let secret = section.get("outgoing-cred-cmd").filter(|_| password.is_none() && !refreshes);
    Sending::Server(Box::new(Submission {
        host: place.host,
        port: place.port,
        security,
        without_sign_in: words.any(|word| word == "none"),
        user: place.user,
        secret: secret.map(|command| by_command(command, token)).unwrap_or_default(),
        password,
        note: None,
    }))
}
