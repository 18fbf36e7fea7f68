//! The file in which a provider describes its servers (Mozilla's `clientConfig` 1.1), read with distrust.

use roxmltree::{Document, Node, ParsingOptions};

use super::plan::{Offer, Server, Source, UserForm, Way};
use crate::config::Security;
use crate::safe_text::SafeText;

/// Nodes of a file; the longest of the database has some hundred.
const NODES: u32 = 10_000;

/// Servers of a kind that are looked at.
const SERVERS: usize = 16;

/// Characters of a sentence of the provider's that are shown.
const SENTENCE: usize = 160;

/// The IMAP servers of a file for a domain, in its order, each with the first way to send.
///
/// # Errors
/// Why nothing in it can be used, in words for a line of the screen.
pub fn read(bytes: &[u8], domain: &str, source: Source) -> Result<Vec<Offer>, String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    if !text.contains("<clientConfig") {
        // Many web servers answer every question with a page.
        return Err("it is no configuration".to_owned());
    }
    // No document type: no entities of its own, and so no bombs made of them.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|_| "it is no XML that can be read".to_owned())?;
    let root = document.root_element();
    let provider = child(root, "emailProvider").filter(|_| root.has_tag_name("clientConfig"));
    let provider = provider.ok_or_else(|| "it is no configuration".to_owned())?;
    let name = said(provider, "displayName").filter(|name| !name.is_empty());
    let note = child(provider, "enable").or_else(|| child(root, "enable")).and_then(instruction);
    let send = servers(provider, "outgoingServer", "smtp", domain);
    let send = [Security::Tls, Security::StartTls]
        .into_iter()
        .find_map(|how| send.iter().find_map(|(_, server)| server.clone().filter(|server| server.security == how)));
    let found = servers(provider, "incomingServer", "imap", domain);
    let offers: Vec<Offer> = found
        .iter()
        .filter_map(|(node, server)| {
            Some(Offer {
                provider: name.clone(),
                user: user(*node),
                ways: ways(*node, root),
                note: note.clone(),
                ..Offer::plain(source, server.clone()?, send.clone())
            })
        })
        .collect();
    match (offers.is_empty(), found.is_empty()) {
        (false, _) => Ok(offers),
        (true, false) => Err("it names no safe IMAP server".to_owned()),
        (true, true) => Err("it names no IMAP server".to_owned()),
    }
}

/// The servers of a kind, each with its place where that makes sense.
fn servers<'a, 'd>(provider: Node<'a, 'd>, tag: &str, kind: &str, domain: &str) -> Vec<(Node<'a, 'd>, Option<Server>)> {
    let of_kind = |node: &Node<'_, '_>| node.has_tag_name(tag) && node.attribute("type") == Some(kind);
    let place = |node: Node<'a, 'd>| {
        let host = text(node, "hostname")?.replace("%EMAILDOMAIN%", domain);
        let port = text(node, "port")?.parse().ok()?;
        let security = match text(node, "socketType")?.as_str() {
            "SSL" => Security::Tls,
            "STARTTLS" => Security::StartTls,
            _ => return None,
        };
        Server::named(&host, port, security)
    };
    provider.children().filter(of_kind).take(SERVERS).map(|node| (node, place(node))).collect()
}

fn user(node: Node<'_, '_>) -> UserForm {
    match text(node, "username").as_deref() {
        Some("%EMAILADDRESS%" | "%EMAILLOCALPART%@%EMAILDOMAIN%") | None => UserForm::Address,
        Some("%EMAILLOCALPART%") => UserForm::LocalPart,
        Some(_) => UserForm::Own,
    }
}

/// The ways that we know, in the file's order. OAuth counts where its issuer is one that the program knows.
fn ways(node: Node<'_, '_>, root: Node<'_, '_>) -> Vec<Way> {
    let issuer = child(root, "oAuth2").and_then(|oauth| text(oauth, "issuer"));
    let mut ways = Vec::new();
    for authentication in node.children().filter(|node| node.has_tag_name("authentication")).take(SERVERS) {
        let way = match (authentication.text().unwrap_or_default().trim(), issuer.as_deref()) {
            ("OAuth2", Some("accounts.google.com")) => Way::OAuth { provider: "google".to_owned() },
            ("OAuth2", Some("login.microsoftonline.com")) => Way::OAuth { provider: "microsoft".to_owned() },
            ("password-cleartext" | "password-encrypted" | "plain" | "secure", _) => Way::Password,
            _ => continue,
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    if ways.is_empty() {
        ways.push(Way::Password);
    }
    ways
}

/// What has to be switched on, in English where it is said in several languages.
fn instruction(enable: Node<'_, '_>) -> Option<SafeText> {
    let all = || enable.children().filter(|node| node.has_tag_name("instruction"));
    let english = |node: &Node<'_, '_>| node.attribute("lang").is_none_or(|lang| lang.starts_with("en"));
    let node = all().find(english).or_else(|| all().next())?;
    let words: String = node.text()?.trim().chars().take(SENTENCE).collect();
    Some(SafeText::squeezed(&words)).filter(|words| !words.is_empty())
}

fn child<'a, 'd>(node: Node<'a, 'd>, tag: &str) -> Option<Node<'a, 'd>> {
    node.children().find(|node| node.has_tag_name(tag))
}

fn text(node: Node<'_, '_>, tag: &str) -> Option<String> {
    Some(child(node, tag)?.text()?.trim().to_owned()).filter(|text| text.len() <= 512)
}

/// A text for the screen.
fn said(node: Node<'_, '_>, tag: &str) -> Option<SafeText> {
    let text: String = text(node, tag)?.chars().take(SENTENCE / 2).collect();
    Some(SafeText::squeezed(&text))
}

#[cfg(test)]
mod tests;
