//! mbsync's config, as mbsync(1) describes it: sections that an empty line ends.

use super::{Parsed, Raw, by_command};
use crate::config::Security;

pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut section: Option<Section> = None;
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            finish(section.take(), &mut parsed);
            continue;
        }
        let words = words(line);
        let Some((key, values)) = words.split_first() else { continue };
        let key = key.to_ascii_lowercase();
        if matches!(key.as_str(), "imapaccount" | "imapstore" | "maildirstore" | "channel" | "group") {
            finish(section.take(), &mut parsed);
            let name = values.first().cloned().unwrap_or_default();
            section = key.starts_with("imap").then(|| Section { name, line: at + 1, keys: Vec::new() });
        } else if let Some(section) = &mut section {
            section.keys.push((key, values.to_vec()));
        }
    }
    finish(section, &mut parsed);
    parsed
}

struct Section {
    name: String,
    line: usize,
    keys: Vec<(String, Vec<String>)>,
}

impl Section {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self.keys.iter().rev().find(|(other, _)| other == key)?;
        found.1.first().map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The words of a line: quoted ones keep their spaces, a backslash takes a sign as it is, `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign.is_whitespace() {
            continue;
        }
        if sign == '#' {
            break;
        }
        let (mut word, mut quoted) = (String::new(), false);
        let mut next = Some(sign);
        while let Some(sign) = next {
            match sign {
                '"' => quoted = !quoted,
                '\\' => word.extend(signs.next()),
                sign => word.push(sign),
            }
            next = signs.next_if(|sign| quoted || !sign.is_whitespace());
        }
        words.push(word);
    }
    words
}

/// Bundles that every system trusts anyhow: our `ca_file` is for one root more.
fn is_bundle(path: &str) -> bool {
    ["ca-certificates.crt", "ca-bundle.crt", "ca-bundle.pem", "cert.pem", "tls-ca-bundle.pem"]
        .iter()
        .any(|name| path.ends_with(name))
}

fn finish(section: Option<Section>, parsed: &mut Parsed) {
    let Some(section) = section else { return };
    // A store names an account, or is one.
    if section.get("account").is_some() || (section.get("host").is_none() && section.get("tunnel").is_none()) {
        return;
    }
    let mut raw = Raw { line: section.line, ..Raw::default() };
    section.name.clone_into(&mut raw.account.name);
    let imap = &mut raw.account.imap;
    imap.command = section.get("tunnel").map(str::to_owned);
    imap.user = section.get("user").map(str::to_owned);
    imap.port = section.get("port").and_then(|port| port.parse().ok());
    let host = section.get("host");
    let (old_tls, host) = match host.and_then(|host| host.strip_prefix("imaps:")) {
        Some(rest) => (true, Some(rest)),
        None => (false, host.map(|host| host.strip_prefix("imap:").unwrap_or(host))),
    };
    imap.host = host.map(str::to_owned);
    let tls = section.get("tlstype").or_else(|| section.get("ssltype")).map(str::to_ascii_lowercase);
    imap.security = Some(match tls.as_deref() {
        Some("imaps") => Security::Tls,
        Some("starttls") => Security::StartTls,
        Some("none") => Security::None,
        _ if old_tls || section.get("useimaps") == Some("yes") || imap.port == Some(993) => Security::Tls,
        _ if imap.command.is_some() => Security::None,
        _ => Security::StartTls,
    });
    imap.ca_file = section.get("certificatefile").filter(|path| !is_bundle(path)).map(str::to_owned);
    let mechanisms = section.keys.iter().filter(|(key, _)| key == "authmechs" || key == "authmech");
    let mechanisms: Vec<&String> = mechanisms.flat_map(|(_, values)| values).collect();
    let token = mechanisms.iter().any(|name| matches!(name.to_ascii_uppercase().as_str(), "XOAUTH2" | "OAUTHBEARER"));
    let command = section.get("passcmd").map(|command| command.strip_prefix('+').unwrap_or(command));
    if let Some(command) = command {
        imap.secret = by_command(command, token);
    } else if section.get("usekeychain") == Some("yes") {
        let quoted = |text: Option<&str>| shell_words::quote(text.unwrap_or_default()).into_owned();
        let (host, user) = (quoted(imap.host.as_deref()), quoted(imap.user.as_deref()));
        imap.secret = by_command(&format!("security find-internet-password -r imap -s {host} -a {user} -w"), false);
    }
    raw.password = section.get("pass").map(|password| password.to_owned().into());
    if section.get("usercmd").is_some() {
        raw.note("a command says the name to sign in with (UserCmd): it is not run, write the name yourself");
    }
    if section.get("clientcertificate").is_some() {
        raw.note("a client certificate is used there: name it here too (client_cert, client_key)");
    }
    parsed.accounts.push(raw);
}
