//! The wizard's second step: who was asked, what was found, and the account as it would be saved.

use super::Face;
use super::parts::{ALWAYS, LABEL, Part, Row};
use super::steps::{note, turns};
use crate::app::wizard::settings::Method;
use crate::app::wizard::{Field, Lookup, Protection, State};
use crate::safe_text::SafeText;
use crate::ui::theme::Role;

/// Columns of what is asked.
const ASKS: u16 = 30;

/// Digits of a certificate's SHA-256 in a line.
const HEX: usize = 32;

/// Its rows.
pub(super) fn rows(face: &Face<'_>, rows: &mut Vec<Row>) {
    let wizard = face.wizard;
    let address = SafeText::new(wizard.texts.address.trimmed());
    rows.push(Row::of(vec![face.label("Address"), Part::bold(address.as_str(), Role::Fg).at(LABEL)]).keep(2));
    rows.push(Row::blank());
    if let Some(plan) = &wizard.plan {
        rows.extend(plan.lookups.iter().map(|lookup| line(face, lookup)));
    }
    if closed(face, rows) {
        return;
    }
    rows.push(Row::blank());
    card(face, rows);
    let nobody = wizard.plan.as_ref().is_some_and(|plan| plan.ended.is_some() && plan.offers.is_empty());
    if nobody && wizard.taken.is_none() && wizard.trouble.is_none() {
        rows.push(Row::blank());
        rows.extend(face.wrapped("!", nothing(face), Role::Warn, ALWAYS));
    }
    // What the provider wants was seen to before its bridge could show a certificate.
    if wizard.unknown_certificate().is_none() {
        note(face, rows);
    }
    face.trouble(rows);
    rows.push(Row::blank());
    rows.push(Row::of(vec![
        Part::button("Connect", Field::Onward),
        Part::button("Edit by hand", Field::ByHand),
        Part::button("Other way to sign in", Field::OtherWay),
    ]));
}

/// Why there are no servers to show, and what to do.
fn nothing(face: &Face<'_>) -> &'static str {
    let lookups = face.wizard.plan.iter().flat_map(|plan| &plan.lookups);
    let (failed, all) = lookups.fold((0, 0), |(failed, all), lookup| {
        (failed + usize::from(matches!(lookup.state, State::Failed(_))), all + 1)
    });
    // The built-in list always answers.
    if failed + 2 >= all {
        "Nobody could be asked: this computer seems to be offline. Fill in the server by hand, or go back and try again."
    } else {
        "Nobody says where this mail is. Ask your provider for its IMAP server, and fill it in here."
    }
}

/// A provider without IMAP; true where there is nothing else to show.
fn closed(face: &Face<'_>, rows: &mut Vec<Row>) -> bool {
    let Some(closed) = face.wizard.closed().filter(|_| !face.wizard.touched) else { return false };
    rows.push(Row::blank());
    rows.extend(face.wrapped("!", closed.note.as_str(), Role::Warn, ALWAYS));
    note(face, rows);
    rows.push(Row::blank());
    rows.push(Row::of(vec![
        Part::button("Fill in a server by hand", Field::ByHand),
        Part::button("Try the demo mailbox", Field::Demo),
    ]));
    true
}

/// "✓ DNS SRV _imaps._tcp   same host"
fn line(face: &Face<'_>, lookup: &Lookup) -> Row {
    // Once all is known, who knew nothing makes room first.
    let over = !face.wizard.is_looking();
    let (sign, role, words, keep) = match lookup.state {
        State::Waiting => ("·", Role::Faint, Role::Faint, 2),
        State::Asking => (face.spinner, Role::Info, Role::Muted, 4),
        State::Found(_) => (face.ok, Role::Ok, Role::Ok, 5),
        State::Nothing => (face.ok, Role::Ok, Role::Faint, if over { 0 } else { 2 }),
        State::Failed(_) => ("!", Role::Warn, Role::Warn, 3),
        State::Unneeded => (if face.ascii { "-" } else { "–" }, Role::Faint, Role::Faint, 0),
    };
    let asks = if lookup.state == State::Unneeded { Role::Muted } else { Role::Fg };
    Row::of(vec![
        Part::bold(format!("{sign} "), role),
        Part::new(lookup.asks.as_str(), asks).at(3),
        Part::new("  ", Role::Faint),
        Part::new(lookup.state.words().as_str(), words).at(ASKS + 3),
    ])
    .keep(keep)
}

/// The account as it would be saved.
fn card(face: &Face<'_>, rows: &mut Vec<Row>) {
    let wizard = face.wizard;
    let room = face.width.saturating_sub(LABEL);
    let tunnel = *wizard.method() == Method::Tunnel;
    if tunnel {
        let placeholder = "ssh host doveadm exec imap";
        rows.push(Row::of(vec![face.label("Command"), face.line(Field::Tunnel, placeholder, room)]).card());
        send(face, rows, room);
    } else {
        receive(face, rows, room);
        rows.push(Row::of(vec![face.label("User"), face.line(Field::User, "as your provider told you", room)]).card());
    }
    let others: Vec<&str> =
        wizard.methods.iter().filter(|other| *other != wizard.method()).map(Method::words).collect();
    let others = if others.is_empty() { String::new() } else { format!("  (or {})", others.join(", or ")) };
    rows.push(
        Row::of(vec![
            face.label("Sign in"),
            Part::choice(wizard.method().words(), Field::Method).at(LABEL),
            Part::new(others, Role::Muted),
        ])
        .card(),
    );
    if wizard.method().takes_password() {
        rows.push(
            Row::of(vec![
                face.label("Keep"),
                Part::new("recent mail   ", Role::Muted).at(LABEL),
                Part::choice(wizard.keep().words(), Field::Keep),
            ])
            .card(),
        );
    }
    rows.push(Row::of(vec![face.label("Called"), face.line(Field::Account, "work", room)]).card().keep(5));
}

fn receive(face: &Face<'_>, rows: &mut Vec<Row>, room: u16) {
    let wizard = face.wizard;
    let placeholder = if wizard.is_looking() { "looking" } else { "imap.example.org:993" };
    rows.push(
        Row::of(vec![
            face.label("Receive"),
            face.line(Field::Receive, placeholder, room.saturating_sub(14)),
            Part::new("   ", Role::Faint),
            protection(wizard.security, Field::Security),
        ])
        .card(),
    );
    certificate(face, rows);
    if wizard.offers().len() > 1 && !wizard.touched {
        let text = format!("{} of {}", wizard.offer + 1, wizard.offers().len());
        rows.push(
            Row::of(vec![
                face.label("Found"),
                Part::choice(text, Field::Offer).at(LABEL),
                Part::new("  ", Role::Faint),
                Part::new(turns(face, Field::Offer, 2), Role::Faint),
            ])
            .card(),
        );
    }
    send(face, rows, room);
    let doubted = wizard.doubted().zip(wizard.plan.as_ref());
    if let Some(question) = doubted.and_then(|(offer, plan)| offer.question(&plan.address)) {
        rows.extend(face.wrapped("!", question.as_str(), Role::Warn, ALWAYS).into_iter().map(Row::card));
        let (text, role) = if wizard.is_confirmed() { ("yes, it is", Role::Ok) } else { ("not confirmed", Role::Warn) };
        let part = Part { field: Some(Field::Confirm), ..Part::new(text, role) };
        let turn = Part::new(turns(face, Field::Confirm, 2), Role::Faint);
        rows.push(Row::of(vec![face.label("Provider"), part.at(LABEL), Part::new("  ", Role::Faint), turn]).card());
    }
}

fn protection(security: Protection, field: Field) -> Part {
    let (words, role) = match security {
        Protection::Tls => ("TLS", Role::Ok),
        Protection::StartTls => ("STARTTLS", Role::Ok),
        Protection::None => ("clear text", Role::Warn),
    };
    Part { field: Some(field), ..Part::new(words, role) }
}

/// The way out.
fn send(face: &Face<'_>, rows: &mut Vec<Row>, room: u16) {
    let wizard = face.wizard;
    let placeholder = if wizard.is_looking() { "looking" } else { "nothing yet: mail could not be sent" };
    if wizard.send_is_server() {
        let line = face.line(Field::Send, placeholder, room.saturating_sub(14));
        let security = protection(wizard.send_security, Field::SendSecurity);
        rows.push(Row::of(vec![face.label("Send"), line, Part::new("   ", Role::Faint), security]).card());
    } else {
        rows.push(Row::of(vec![face.label("Send"), face.line(Field::Send, placeholder, room)]).card());
    }
}

/// A certificate that nobody vouches for, to be compared with what the bridge shows.
fn certificate(face: &Face<'_>, rows: &mut Vec<Row>) {
    let Some(shown) = face.wizard.unknown_certificate() else { return };
    let (name, digits) = shown.split_once(':').unwrap_or(("", shown));
    let digits: Vec<char> = digits.chars().collect();
    for (at, line) in digits.chunks(HEX).enumerate() {
        let line: String = line.iter().collect();
        let lead = if at == 0 { face.label("Shows") } else { Part::new("", Role::Faint) };
        let name = if at == 0 { name.to_uppercase() } else { String::new() };
        let parts = vec![lead, Part::new(name, Role::Muted).at(LABEL), Part::new(line, Role::Fg).at(LABEL + 8)];
        rows.push(Row::of(parts).card());
    }
    let (text, role) =
        if face.wizard.pinned { ("just this certificate", Role::Ok) } else { ("not this certificate", Role::Warn) };
    let part = Part { field: Some(Field::Pin), ..Part::new(text, role) };
    let turn = Part::new(turns(face, Field::Pin, 2), Role::Faint);
    rows.push(Row::of(vec![face.label("Trust"), part.at(LABEL), Part::new("  ", Role::Faint), turn]).card());
}
