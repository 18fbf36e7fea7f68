//! Addresses as they are typed, and whether a mail can be sent to them.

#[cfg(test)]
mod tests;

use crate::letter::{Letter, Mailbox};

/// The longest line of addresses that is read, in bytes: a pasted list of some ten thousand.
const LONGEST: usize = 1 << 20;
/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3, without the brackets).
const LONGEST_ADDRESS: usize = 254;

/// What a line of addresses says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// Those that can be read, in their order.
    pub mailboxes: Vec<Mailbox>,
    /// What cannot be read, as it was typed.
    pub unread: Vec<String>,
}

/// Reads what was typed or pasted into a field: addresses with or without names (RFC 5322, section 3.4), set apart by
/// commas, semicolons or line ends; of a group its members; bare addresses set apart by spaces as well.
pub fn parse(text: &str) -> Typed {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut typed = Typed::default();
    let mut items = items(text.get(..end).unwrap_or_default()).into_iter().peekable();
    while let Some((item, comma)) = items.next() {
        match items.next_if(|(next, _)| comma && is_cut(&item, next)) {
            Some((next, _)) => read(&format!("{}, {}", item.trim(), next.trim()), &mut typed),
            None => read(&item, &mut typed),
        }
    }
    typed
}

/// Whether a comma cut a name without quotes in two, as Outlook writes it: `Lovelace, Ada <ada@example.org>`.
fn is_cut(item: &str, next: &str) -> bool {
    let name = !item.contains(|c: char| "@\"<>()[]:".contains(c));
    let named = |(name, address): (&str, &str)| {
        let name = name.trim();
        !name.is_empty() && !name.starts_with('"') && problem(address.trim()).is_none()
    };
    name && split_angle(next).is_some_and(named)
}

/// Cuts a line at its commas, but not within quotes, brackets and comments; a group's name is dropped. With each: whether a
/// comma stands behind it.
fn items(text: &str) -> Vec<(String, bool)> {
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut quoted, mut angle, mut comment, mut escaped) = (false, false, 0_usize, false);
    for c in text.chars() {
        if std::mem::take(&mut escaped) {
            item.push(c);
            continue;
        }
        let free = !quoted && comment == 0;
        match c {
            '\\' if !free => escaped = true,
            // A quote within a word ("12\" ruler") begins nothing.
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted => comment += 1,
            ')' if !quoted => comment = comment.saturating_sub(1),
            '<' if free => angle = true,
            '>' if free => angle = false,
            // An unclosed quote or bracket ends with its line, so that it cannot swallow those below it.
            '\n' | '\r' => {
                items.push((std::mem::take(&mut item), false));
                (quoted, angle, comment) = (false, false, 0);
                continue;
            }
            ',' | ';' if free && !angle => {
                items.push((std::mem::take(&mut item), c == ','));
                continue;
            }
            ':' if free && !angle && !item.contains(['@', '[']) => {
                item.clear();
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    items.push((item, false));
    // What has nothing or a line end behind its comma is no beginning of a name.
    let ends: Vec<bool> = items.iter().skip(1).map(|(next, _)| next.trim().is_empty()).collect();
    for ((_, comma), end) in items.iter_mut().zip(ends) {
        *comma &= !end;
    }
    items.retain(|(item, _)| !item.trim().is_empty());
    items
}

/// Reads one item.
fn read(item: &str, typed: &mut Typed) {
    let item = item.trim();
    if let Some((name, rest)) = split_angle(item) {
        let address = rest.trim().to_owned();
        if problem(&address).is_none() {
            typed.mailboxes.push(Mailbox { name: phrase(name), address });
        } else {
            typed.unread.push(item.to_owned());
        }
        return;
    }
    let (bare, comment) = without_comment(item);
    let bare = bare.trim();
    if problem(bare).is_none() {
        typed.mailboxes.push(Mailbox { name: phrase(comment), address: bare.to_owned() });
        return;
    }
    let words: Vec<&str> = bare.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|word| problem(word).is_none()) {
        let plain = |word: &&str| Mailbox { name: String::new(), address: (*word).to_owned() };
        typed.mailboxes.extend(words.iter().map(plain));
        return;
    }
    // "Ada Lovelace ada@example.org", as address books are copied.
    match words.split_last() {
        Some((last, names)) if !names.is_empty() && !bare.contains('"') && problem(last).is_none() => {
            if names.iter().any(|name| name.contains('@')) {
                typed.unread.push(item.to_owned());
                return;
            }
            typed.mailboxes.push(Mailbox { name: names.join(" "), address: (*last).to_owned() });
        }
        _ => typed.unread.push(item.to_owned()),
    }
}

/// The name before the last `<`, and what is within.
fn split_angle(item: &str) -> Option<(&str, &str)> {
    let (item, _) = without_comment(item);
    let (name, rest) = item.trim().rsplit_once('<')?;
    Some((name, rest.strip_suffix('>').unwrap_or(rest)))
}

/// Takes a comment off the end: `ada@example.org (Ada)`.
fn without_comment(item: &str) -> (&str, &str) {
    let comment = item.trim_end().strip_suffix(')').and_then(|item| item.rsplit_once('('));
    comment.filter(|(before, _)| before.matches('"').count() % 2 == 0).unwrap_or((item, ""))
}

/// A display name without its quotes, on one line.
fn phrase(text: &str) -> String {
    let mut name = String::new();
    let mut escaped = false;
    for c in text.trim().chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {}
            _ => {
                escaped = false;
                name.push(c);
            }
        }
    }
    one_line(&name)
}

/// Text for a header field: no control character (RFC 5322, section 2.2), single spaces where there were some.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() || is_separator(c) { ' ' } else { c }).collect();
    let line = spaced.split(' ').filter(|word| !word.is_empty()).fold(String::new(), |mut line, word| {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        line
    });
    line.trim().to_owned()
}

/// Characters that some programs take for line ends.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Why no mail can be sent to an address; `None`: one can. `local@domain`, Unicode allowed on both sides (RFC 5321, section
/// 4.1.2; RFC 6531, section 3.3).
pub fn problem(address: &str) -> Option<&'static str> {
    let Some((local, domain)) = address.rsplit_once('@') else { return Some("there is no @") };
    if local.is_empty() || domain.is_empty() {
        return Some("something is missing beside the @");
    }
    if address.len() > LONGEST_ADDRESS || local.len() > 64 {
        return Some("it is too long");
    }
    if !is_local(local) {
        return Some("a character before the @ cannot stand there");
    }
    domain_in_ascii(domain).is_none().then_some("what stands behind the @ is no domain")
}

/// Dot-atom or quoted string.
fn is_local(local: &str) -> bool {
    if let Some(inside) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let mut escaped = false;
        for c in inside.chars() {
            let fine = escaped || !matches!(c, '"');
            escaped = !escaped && c == '\\';
            // White space could be folded on the way, angle brackets confuse too many programs.
            if !fine || c.is_control() || c.is_whitespace() || matches!(c, '<' | '>') {
                return false;
            }
        }
        return !escaped;
    }
    let atom = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || !c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c)
    };
    local.split('.').all(|part| !part.is_empty() && part.chars().all(atom)) && !local.contains("=?")
}

/// Characters that cannot be seen, or turn others around.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The domain as it goes over the wire: lower case, A-labels (RFC 5890), or an address literal (RFC 5321, section 4.1.3).
pub fn domain_in_ascii(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let v6 = literal.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:")).and_then(|_| literal.get(5..));
        let fine = match v6 {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
            None => literal.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        return fine.then(|| domain.to_owned());
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (ascii.len() <= 253 && ascii.split('.').all(label)).then_some(ascii)
}

/// An address as it stands in the mail and on the wire: its domain in A-labels. `None`: it is none.
pub fn on_the_wire(address: &str) -> Option<String> {
    if problem(address).is_some() {
        return None;
    }
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}@{}", domain_in_ascii(domain)?))
}

/// An address with a domain that people can read, where it is written in A-labels.
pub fn for_people(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--")) else {
        return address.to_owned();
    };
    let (readable, read) = idna::domain_to_unicode(domain);
    // What does not come back as it was would be another domain.
    let back = read.is_ok() && domain_in_ascii(&readable).is_some_and(|back| back.eq_ignore_ascii_case(domain));
    if back { format!("{local}@{readable}") } else { address.to_owned() }
}

/// For comparing: lower case, A-labels. Servers may tell case apart before the @ (RFC 5321, section 2.4); people's do not.
pub fn folded(address: &str) -> String {
    let address = address.trim();
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = domain_in_ascii(domain).unwrap_or_else(|| domain.to_lowercase());
            format!("{}@{domain}", local.to_lowercase())
        }
        None => address.to_lowercase(),
    }
}

/// As [`folded`], without a `+tag` (RFC 5233): ada+shop@example.org is ada@example.org.
pub fn without_tag(address: &str) -> String {
    let folded = folded(address);
    let plain = folded.rsplit_once('@').and_then(|(local, domain)| {
        let (local, _) = local.split_once('+').filter(|(local, _)| !local.is_empty())?;
        Some(format!("{local}@{domain}"))
    });
    plain.unwrap_or(folded)
}

/// A letter that goes to each address once: what stands in To is taken out of Cc and Bcc, what stands in Cc out of Bcc.
pub fn once(mut letter: Letter) -> Letter {
    let mut seen = std::collections::HashSet::new();
    for people in [&mut letter.to, &mut letter.cc, &mut letter.bcc] {
        people.retain(|person| seen.insert(folded(&person.address)));
    }
    letter
}

/// A mailbox as it is shown in a field, in a way that [`parse`] reads back.
pub fn shown(mailbox: &Mailbox) -> String {
    let name = one_line(&mailbox.name);
    if name.is_empty() {
        return mailbox.address.clone();
    }
    let special = name.contains(|c: char| "()<>[]:;@\\,\"".contains(c));
    if special {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"{escaped}\" <{}>", mailbox.address);
    }
    format!("{name} <{}>", mailbox.address)
}
