//! The wizard's head, and its steps but for the one with the servers.

use super::Face;
use super::parts::{ALWAYS, LABEL, Part, Row};
use crate::app::action::Id;
use crate::app::msg::Press;
use crate::app::update::wizard::{guide_of, takes_over};
use crate::app::wizard::settings::{Keep, Method};
use crate::app::wizard::{Field, Outcome, Stand, Step};
use crate::protocol::SignInStep;
use crate::ui::columns;
use crate::ui::theme::Role;

/// Columns of what a check does.
const CHECK: u16 = 30;

/// Title, a sentence on what was done so far, and the steps.
pub(super) fn head(face: &Face<'_>) -> Vec<Row> {
    let wizard = face.wizard;
    let title = if wizard.first { "Welcome. Let us add your first account." } else { "Let us add an account." };
    let domain = wizard.plan.as_ref().map_or("", |plan| plan.address.domain.as_str());
    let about = match (wizard.step, &wizard.taken) {
        (Step::Address, _) => "Your address is enough: only its domain is looked up.".to_owned(),
        (Step::Servers, Some(taken)) => format!("As {} has it; nothing was looked up.", taken.program),
        (Step::Servers, None) if face.wizard.plan.is_some() => {
            format!("So far only the domain {domain} was looked up.")
        }
        (Step::Servers | Step::SignIn, _) => "Nothing is saved before it works.".to_owned(),
        (Step::Done, _) if sends(face) => "It works, and it is saved.".to_owned(),
        (Step::Done, _) => "It is saved: mail comes in, but none can be sent yet.".to_owned(),
    };
    vec![
        Row::of(vec![Part::bold(title, Role::Unread)]).keep(3),
        Row::of(vec![Part::new(about, Role::Muted)]).keep(1),
        Row::blank(),
        steps(face),
        Row::blank(),
    ]
}

/// Whether the account has a way out.
fn sends(face: &Face<'_>) -> bool {
    face.wizard.sending().is_ok_and(|sending| sending.is_some())
}

fn steps(face: &Face<'_>) -> Row {
    let now = face.wizard.step;
    if face.linear || face.width < 58 {
        let number = Step::ALL.iter().position(|step| *step == now).unwrap_or(0) + 1;
        let text = format!("Step {number} of {}: {}", Step::ALL.len(), now.words());
        return Row::of(vec![Part::bold(text, Role::Accent)]).keep(4);
    }
    let [full, hollow] = face.marks;
    let mut parts = Vec::new();
    for step in Step::ALL {
        if step != Step::Address {
            parts.push(Part::new(format!("  {}  ", face.line.repeat(2)), Role::Rule));
        }
        let (mark, role, word) = match step.cmp(&now) {
            std::cmp::Ordering::Less => (full, Role::Ok, Part::new(step.words(), Role::Muted)),
            std::cmp::Ordering::Equal => (full, Role::Accent, Part::bold(step.words(), Role::Fg)),
            std::cmp::Ordering::Greater => (hollow, Role::Faint, Part::new(step.words(), Role::Faint)),
        };
        parts.extend([Part::new(format!("{mark} "), role), word]);
    }
    Row::of(parts).keep(4)
}

/// The first step.
pub(super) fn address(face: &Face<'_>, rows: &mut Vec<Row>) {
    let room = face.width.saturating_sub(LABEL);
    rows.push(Row::of(vec![face.label("Address"), face.line(Field::Address, "ada@example.org", room)]));
    rows.push(Row::of(vec![face.label("Name"), face.line(Field::Display, "yours, if it is to stand beside it", room)]));
    if !face.wizard.offered.is_empty() {
        rows.push(Row::blank());
        let at_one = matches!(face.wizard.focus, Field::Found(_));
        let text = if at_one || (takes_over(face.wizard) && face.wizard.offered.len() == 1) {
            "Found on this computer, enter takes it over:"
        } else {
            "Found on this computer, tab leads there:"
        };
        rows.push(Row::of(vec![Part::new(text, Role::Muted)]).keep(2));
    }
    for (place, offered) in face.wizard.offered.iter().enumerate() {
        let settings = &offered.settings;
        let who = if settings.email.is_empty() { &settings.name } else { &settings.email };
        let who = crate::safe_text::SafeText::new(who);
        let text = format!("{who}  of {}", offered.program);
        rows.push(Row::of(vec![
            Part::new(format!("{} ", face.prompt), Role::Faint),
            Part { field: Some(Field::Found(place)), ..Part::new(text, Role::Fg) },
        ]));
    }
    face.trouble(rows);
    rows.push(Row::blank());
    rows.push(Row::of(vec![
        Part::button("Find servers", Field::Onward),
        Part::button("Try the demo mailbox", Field::Demo),
    ]));
    if !face.wizard.path.is_empty() {
        rows.push(Row::blank());
        let text = format!("Saved in {} once it works.", face.wizard.path);
        rows.push(Row::of(vec![Part::new(text, Role::Faint)]).keep(1));
    }
}

/// The third step.
pub(super) fn sign_in(face: &Face<'_>, rows: &mut Vec<Row>) {
    let wizard = face.wizard;
    let room = face.width.saturating_sub(LABEL);
    match wizard.receive().ok().filter(|_| *wizard.method() != Method::Tunnel) {
        Some(server) => rows.push(value(face, "Server", server.words().as_str())),
        None => rows.push(value(face, "Command", wizard.texts.tunnel.trimmed())),
    }
    if !wizard.texts.user.trimmed().is_empty() && *wizard.method() != Method::Tunnel {
        rows.push(value(face, "User", wizard.texts.user.trimmed()));
    }
    if *wizard.method() == Method::Token {
        rows.push(Row::of(vec![face.label("Command"), face.line(Field::Command, "prints an access token", room)]));
    }
    if wizard.method().takes_password() {
        if wizard.keep() == Keep::Command {
            rows.push(Row::of(vec![face.label("Command"), face.line(Field::Command, "pass show mail/work", room)]));
        } else {
            rows.push(Row::of(vec![face.label("Password"), password(face, room)]));
        }
        rows.push(Row::of(vec![
            face.label("Keep"),
            Part::choice(wizard.keep().words(), Field::Keep).at(LABEL),
            Part::new("  ", Role::Faint),
            Part::new(turns(face, Field::Keep, wizard.keeps().len()), Role::Faint),
        ]));
        if wizard.keep() == Keep::File {
            let text = "the password stands in the file for whoever can read it";
            rows.extend(face.wrapped("!", text, Role::Warn, 5));
        }
    }
    oauth(face, rows, room);
    if wizard.checks.is_none() {
        note(face, rows);
    }
    checks(face, rows);
    face.trouble(rows);
    rows.push(Row::blank());
    if wizard.saving {
        rows.push(Row::of(vec![Part::new(format!("{} saving", face.spinner), Role::Info)]));
    } else if wizard.is_checking() {
        rows.push(Row::of(vec![Part::new(
            format!("{} trying the account; esc calls it off", face.spinner),
            Role::Info,
        )]));
    } else {
        let again = if wizard.checks.is_some() { "Try again" } else { "Sign in" };
        let device = matches!(wizard.method(), Method::OAuth(_)).then(|| Part::button("By a code", Field::Device));
        let first = if device.is_some() { "Open the browser" } else { again };
        let other = Part::button("Other way to sign in", Field::OtherWay);
        rows.push(Row::of([Part::button(first, Field::Onward)].into_iter().chain(device).chain([other]).collect()));
    }
}

/// What OAuth 2 needs, and where the user has to go.
fn oauth(face: &Face<'_>, rows: &mut Vec<Row>, room: u16) {
    let wizard = face.wizard;
    let Method::OAuth(provider) = wizard.method() else { return };
    rows.push(Row::of(vec![face.label("Client"), face.line(Field::Client, "the id of your own client", room)]));
    let secret = hidden(face, Field::ClientSecret, "its secret, where it was given one", room);
    rows.push(Row::of(vec![face.label("Secret"), secret]));
    let keep =
        if wizard.keep() == Keep::Keyring { "in the system's keyring" } else { "in files that you alone can read" };
    rows.push(Row::of(vec![
        face.label("Keep"),
        Part::choice(keep, Field::Keep).at(LABEL),
        Part::new("  ", Role::Faint),
        Part::new(turns(face, Field::Keep, wizard.keeps().len()), Role::Faint),
    ]));
    match &wizard.sign_in {
        Some(SignInStep::Browser { url }) => {
            rows.push(Row::blank());
            let text = "Your browser asks you now. If none opened, this is the address:";
            rows.extend(face.wrapped("", text, Role::Fg, ALWAYS));
            rows.extend(face.wrapped("", url.as_str(), Role::Link, 5));
            if wizard.awaits_browser() {
                rows.push(Row::blank());
                let text = "If it is on another computer, its last page cannot be shown: paste its address here.";
                rows.extend(face.wrapped("", text, Role::Muted, 5));
                let line = hidden(face, Field::Redirect, "http://127.0.0.1…, then enter", room);
                rows.push(Row::of(vec![face.label("Ended at"), line]));
            }
        }
        Some(SignInStep::Device { url, code }) => {
            rows.push(Row::blank());
            let text = "In a browser anywhere, open the address and type the code:";
            rows.extend(face.wrapped("", text, Role::Fg, ALWAYS));
            rows.extend(face.wrapped("", url.as_str(), Role::Link, ALWAYS));
            rows.push(Row::of(vec![Part::bold(code.as_str(), Role::Unread)]));
        }
        None if wizard.texts.client.text.is_empty() => {
            rows.push(Row::blank());
            let text = format!(
                "{provider} lets in programs that are registered. Register one of your own in its developer console, \
                 as a desktop app: that gives an id, and mostly a secret."
            );
            rows.extend(face.wrapped("", &text, Role::Muted, 5));
        }
        Some(SignInStep::Done | SignInStep::Failed { .. }) | None => {}
    }
}

/// How a choice is changed, while it has the focus.
pub(super) fn turns(face: &Face<'_>, field: Field, count: usize) -> &'static str {
    match (face.wizard.focus == field && count > 1, face.ascii) {
        (false, _) => "",
        (true, false) => "← → other",
        (true, true) => "left/right: other",
    }
}

/// A field that is shown and cannot be changed here.
fn value(face: &Face<'_>, name: &str, text: &str) -> Row {
    let text = crate::safe_text::SafeText::new(text);
    Row::of(vec![face.label(name), Part::new(text.as_str(), Role::Muted).at(LABEL)]).keep(3)
}

/// Dots, as many as there are letters.
fn password(face: &Face<'_>, room: u16) -> Part {
    let app = *face.wizard.method() == Method::AppPassword;
    let placeholder = if app { "the app password, typed or pasted" } else { "typed or pasted, never shown" };
    hidden(face, Field::Password, placeholder, room)
}

/// A line that is typed and not shown.
fn hidden(face: &Face<'_>, field: Field, placeholder: &str, room: u16) -> Part {
    let texts = &face.wizard.texts;
    let line = if field == Field::Password {
        &texts.password
    } else if field == Field::Redirect {
        &texts.redirect
    } else {
        &texts.client_secret
    };
    let count = line.count();
    if count == 0 {
        return Part { field: Some(field), cursor: Some(0), ..Part::new(placeholder, Role::Faint).at(LABEL) };
    }
    // On the linear screen dots would be read one by one.
    let text = match (face.linear, face.ascii) {
        (true, _) => format!("{count} letters"),
        (false, true) => "*".repeat(count.min(usize::from(room.saturating_sub(2)))),
        (false, false) => "•".repeat(count.min(usize::from(room.saturating_sub(2)))),
    };
    let cursor = Some(columns::width(&text));
    Part { field: Some(field), cursor, ..Part::new(text, Role::Fg).at(LABEL) }
}

/// What the provider needs, and where that is explained.
pub(super) fn note(face: &Face<'_>, rows: &mut Vec<Row>) {
    let note = face.wizard.filler().and_then(|offer| offer.note.as_ref());
    if let Some(note) = note {
        rows.push(Row::blank());
        rows.extend(face.wrapped("", note.as_str(), Role::Muted, 5));
    }
    if let Some(url) = guide_of(face.model) {
        let link = Part { press: Some(Press::Run(Id::Guide)), ..Part::new(url, Role::Link) };
        rows.push(Row::of(vec![link]).keep(5));
    }
    for note in face.wizard.taken.iter().flat_map(|taken| &taken.notes) {
        rows.extend(face.wrapped("!", note.as_str(), Role::Warn, 3));
    }
}

/// A line a step of the check.
fn checks(face: &Face<'_>, rows: &mut Vec<Row>) {
    let Some(checks) = &face.wizard.checks else { return };
    rows.push(Row::blank());
    for (step, stand) in &checks.steps {
        let (sign, role, words, keep) = match stand {
            Stand::Waiting => ("·", Role::Faint, "", 1),
            Stand::Doing => (face.spinner, Role::Info, "", 4),
            Stand::Over(Outcome::Good(words)) => (face.ok, Role::Ok, words.as_str(), 3),
            Stand::Over(Outcome::Fair { words, .. }) => ("!", Role::Warn, words.as_str(), 4),
            Stand::Over(Outcome::Bad { words, .. }) => ("!", Role::Error, words.as_str(), ALWAYS),
        };
        let bad = matches!(stand, Stand::Over(Outcome::Bad { .. }));
        let name = Part::new(step.words(), if *stand == Stand::Waiting { Role::Faint } else { Role::Fg });
        let sign = Part::bold(format!("{sign} "), role);
        // What went wrong has the whole width, and what to do follows.
        let said = Part::new(if bad { "" } else { words }, Role::Muted).at(CHECK);
        rows.push(Row::of(vec![sign, name.at(3), said]).keep(keep));
        if let Stand::Over(Outcome::Bad { words, next, .. }) = stand {
            rows.extend(face.wrapped(" ", words.as_str(), Role::Error, ALWAYS));
            rows.extend(face.wrapped(" ", next.as_str(), Role::Fg, ALWAYS));
            break;
        }
    }
}

/// The last step.
pub(super) fn done(face: &Face<'_>, rows: &mut Vec<Row>) {
    let wizard = face.wizard;
    let name = crate::safe_text::SafeText::new(wizard.texts.account.trimmed());
    rows.push(good(face, format!("{name} is saved in {}", wizard.path)));
    let count = wizard.checks.as_ref().map_or(0, |checks| checks.folders);
    let roles = wizard.found_roles();
    let known = if roles.is_empty() { String::new() } else { format!(", among them {roles}") };
    let folders = format!("{count} folder{}{known}", if count == 1 { "" } else { "s" });
    rows.push(good(face, folders));
    if let Some(sending) = wizard.sending().ok().flatten() {
        rows.extend(way_out(face, sending.place().as_str()));
    } else {
        let name = shell_words::quote(name.as_str());
        let text = format!("To send, name a server: posthaste account change {name} --smtp-host HOST");
        rows.extend(face.wrapped("!", &text, Role::Warn, ALWAYS));
    }
    rows.push(Row::blank());
    // Who only looks syncs nothing, and shows the accounts that it began with.
    let text = if face.model.options.read_only.is_some() {
        "Another posthaste is running and gets its mail now. Here it is shown from the next start on."
    } else {
        "Headers are coming now, the newest first: you can read at once. The rest follows in the background."
    };
    rows.extend(face.wrapped("", text, Role::Muted, 4));
    face.trouble(rows);
    rows.push(Row::blank());
    let onward = if face.model.options.read_only.is_some() { "Back to the mail" } else { "Read mail" };
    rows.push(Row::of(vec![Part::button(onward, Field::Onward), Part::button("Add another", Field::Another)]));
}

fn good(face: &Face<'_>, text: String) -> Row {
    Row::of(vec![Part::bold(format!("{} ", face.ok), Role::Ok), Part::new(text, Role::Fg).at(3)])
}

/// What was found of the way out, if it was tried.
fn way_out(face: &Face<'_>, place: &str) -> Vec<Row> {
    match face.wizard.checks.as_ref().and_then(|checks| checks.sending()) {
        Some(Outcome::Good(_)) => vec![good(face, format!("mail leaves by {place}"))],
        Some(Outcome::Fair { words, next } | Outcome::Bad { words, next, .. }) => {
            let by = if words.as_str().contains(place) { String::new() } else { format!(" by {place}") };
            let text = format!("mail does not leave yet{by}: {words}; {next}");
            face.wrapped("!", &text, Role::Warn, ALWAYS)
        }
        None => {
            let text = format!("mail leaves by {place}; \"posthaste doctor\" tries that");
            face.wrapped("-", &text, Role::Muted, 4)
        }
    }
}
