//! What the user has done with the open message beyond reading it: attachments taken out, images loaded, seals opened,
//! invitations answered. Nothing of it happens unasked.

use super::reader::{document, lay};
use super::{Effects, compose, conversation, parts, post, sign_in, toast};
use crate::app::cursor::role_of;
use crate::app::lend::{Lend, Purpose, Unlock};
use crate::app::model::{Deed, InputPurpose, Model, Overlay, Pane, Picker};
use crate::app::msg::Effect;
use crate::app::notice::notices;
use crate::app::reading::Errand;
use crate::app::work::LinkUse;
use crate::mail::MessageId;
use crate::mail::folder::Role;
use crate::protocol::{Command, Priority, Typed};
use crate::render::facts::{Answer, Trust};
use crate::safe_text::SafeText;

/// Hosts that are named above the text; with more of them the user is asked, and told them all, before any is contacted.
const TOLD_HOSTS: usize = 2;
/// Notices that are shown each on a line of its own.
const TOLD_NOTICES: usize = 3;
/// Hosts that the question names; the others are counted.
const MAX_NAMED: usize = 12;

/// While the program that opens seals runs.
const ASKING: &str = "Asking gpg…";

/// The answers to an invitation, in the order of the question.
const ANSWERS: [(Answer, &str); 3] = [(Answer::Yes, "Yes"), (Answer::Maybe, "Maybe"), (Answer::No, "No")];

fn open_message(model: &Model) -> Option<MessageId> {
    model.reader.message.as_ref().map(|row| row.id)
}

/// Does this with the only attachment, or lists them if there are several; without one, with the message itself. A command is
/// given the message as well as what is attached to it, and not a picture within its text unless that is picked.
pub(crate) fn with_attachment(model: &mut Model, fx: &mut Effects, link_use: LinkUse) {
    let Some(document) = document(model) else { return };
    let count = document.parts.len();
    let files = document.parts.iter().any(|part| !part.inline);
    model.work.link_use = link_use;
    match (link_use, count) {
        (_, 0) => parts::with(model, fx, None),
        (LinkUse::Pipe, _) if !files => parts::with(model, fx, None),
        (LinkUse::Pipe, _) | (_, 2..) => parts::pick(model, link_use),
        (_, _) => parts::with(model, fx, Some(0)),
    }
}

/// Does this with a part, once all of the message is here.
pub(crate) fn take(model: &mut Model, fx: &mut Effects, part: Option<usize>, errand: Errand) {
    let (Some(message), Some(partial)) = (open_message(model), document(model).map(|document| document.partial)) else {
        return;
    };
    if !partial {
        fx.push(Effect::Take { message, part, errand });
        return;
    }
    // Only the beginning is here: the rest is fetched first.
    model.work.when_whole = Some((message, part, errand));
    load_whole(model, fx);
}

/// What waited for all of the message is done now.
pub(crate) fn whole(model: &mut Model, fx: &mut Effects) {
    let here = open_message(model);
    model.reader.fetching = None;
    if let Some((message, part, errand)) = model.work.when_whole.take_if(|(message, _, _)| Some(*message) == here) {
        fx.push(Effect::Take { message, part, errand });
    }
}

/// Asks for the rest of a large message.
pub(crate) fn load_whole(model: &mut Model, fx: &mut Effects) {
    let Some((message, size)) = model.reader.message.as_ref().map(|row| (row.id, row.size)) else { return };
    model.reader.fetching = Some((0, size));
    fx.push(Effect::Sync(Command::WantBody { message, priority: Priority::Open, whole: true }));
}

/// Gives up what is being fetched of a large message; `false` when nothing is.
pub(crate) fn cancel(model: &mut Model, fx: &mut Effects) -> bool {
    if model.reader.fetching.take().is_none() {
        return false;
    }
    model.work.when_whole = None;
    fx.extend(open_message(model).map(|message| Effect::Sync(Command::Unwant(message))));
    toast::info(model, fx, "Not fetched any further; what is here stays");
    true
}

/// Asks for a program for this part.
pub(crate) fn ask_program(model: &mut Model, part: Option<usize>, pipe: bool) {
    let Some(message) = open_message(model) else { return };
    let purpose = InputPurpose::Program { message, part, pipe };
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
}

/// The program was named.
pub(crate) fn program(model: &mut Model, fx: &mut Effects, purpose: &InputPurpose, text: &str) -> Result<(), SafeText> {
    let InputPurpose::Program { message, part, pipe } = *purpose else { return Ok(()) };
    if text.trim().is_empty() {
        return Err(SafeText::new("Type a command"));
    }
    if open_message(model) == Some(message) {
        let command = text.trim().to_owned();
        take(model, fx, part, if pipe { Errand::Pipe(command) } else { Errand::OpenWith(command) });
    }
    Ok(())
}

/// Shows the images of the open message. Where not all hosts are named above the text, they are told first.
pub(crate) fn images(model: &mut Model, fx: &mut Effects, always: bool) {
    let (Some(message), Some(document)) = (open_message(model), document(model)) else { return };
    let (urls, hosts) = (document.remote.images.clone(), &document.remote.hosts);
    let known = sender(model).is_some_and(|sender| model.image_senders.contains(&sender));
    if always && known && urls.is_empty() {
        return trust(model, fx, false);
    }
    // The notice that names them may have given way to others.
    if hosts.len() > TOLD_HOSTS || notices(model).len() > TOLD_NOTICES {
        let named: Vec<&str> = hosts.iter().take(MAX_NAMED).map(SafeText::as_str).collect();
        let more = match hosts.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more hosts"),
        };
        let text = format!("Load {} images? They will be asked for from {}{more}", urls.len(), named.join(", "));
        let deed = Deed::Images { message, urls, always };
        model.overlay = Some(Overlay::Confirm { question: SafeText::new(&text), deed });
        return;
    }
    load_images(model, fx, (message, urls), always);
}

/// Loads these images of a message, from now on those of its sender too if wished.
pub(crate) fn load_images(
    model: &mut Model,
    fx: &mut Effects,
    (message, urls): (MessageId, Vec<SafeText>),
    always: bool,
) {
    if open_message(model) != Some(message) || urls.is_empty() {
        return;
    }
    if always && !sender(model).is_some_and(|sender| model.image_senders.contains(&sender)) {
        trust(model, fx, true);
    }
    let host = document(model).and_then(|document| document.remote.hosts.first().cloned()).unwrap_or_default();
    model.reader.busy = Some(SafeText::new(&format!("Loading {} images from {host}", urls.len())));
    fx.push(Effect::LoadImages { message, urls });
}

fn sender(model: &Model) -> Option<String> {
    let person = document(model)?.head.from.first()?;
    Some(person.address.as_str().to_lowercase()).filter(|address| address.contains('@'))
}

fn trust(model: &mut Model, fx: &mut Effects, on: bool) {
    let Some(sender) = sender(model) else { return };
    let words = if on {
        model.image_senders.insert(sender.clone());
        format!("Images of {sender} are shown from now on; I takes that back")
    } else {
        model.image_senders.remove(&sender);
        format!("Images of {sender} are blocked again")
    };
    fx.push(Effect::TrustImages { sender, on });
    toast::info(model, fx, &words);
}

/// The text is here: images are loaded unasked where the user said so, if the own server vouches for the sender, or says
/// nothing of anybody; never in Junk.
pub(crate) fn arrived(model: &mut Model, fx: &mut Effects) {
    let (Some(row), Some(document)) = (&model.reader.message, document(model)) else { return };
    let vouched = matches!(document.trust, Trust::Proved(_) | Trust::Unknown);
    let read = model.focus == Pane::Reader || model.work.opened;
    let trusted = sender(model).is_some_and(|sender| model.image_senders.contains(&sender));
    let fine = vouched && read && trusted && document.remote.loaded == 0 && role_of(model, row) != Some(Role::Junk);
    if fine && model.reader.busy.is_none() && model.reader.turn == 0 {
        let urls = document.remote.images.clone();
        load_images(model, fx, (row.id, urls), false);
    }
}

/// Images are here, or a seal was opened: the message is laid out anew.
pub(crate) fn changed(model: &mut Model, fx: &mut Effects, message: MessageId, failed: Option<SafeText>) {
    if let Some(words) = failed {
        toast::warn(model, fx, words);
    }
    if open_message(model) != Some(message) {
        return conversation::changed_text(model, fx, message);
    }
    // Its parts may be others now.
    close(model);
    model.reader.busy = None;
    model.reader.turn += 1;
    lay(model, fx);
}

/// Closes what floats above the text and is about its links and parts.
pub(crate) fn close(model: &mut Model) {
    let about = match &model.overlay {
        Some(Overlay::Links(_) | Overlay::Choose { .. } | Overlay::Confirm { deed: Deed::Images { .. }, .. }) => true,
        Some(Overlay::Input { purpose, .. }) => matches!(purpose, InputPurpose::Program { .. } | InputPurpose::Find),
        _ => false,
    };
    if about {
        model.overlay = None;
    }
}

/// Checks the signature, or opens what is encrypted.
pub(crate) fn unseal(model: &mut Model, fx: &mut Effects) {
    let Some(message) = open_message(model) else { return };
    model.reader.busy = Some(SafeText::from_static(ASKING));
    fx.push(Effect::Unseal { message, asked: false });
}

/// A command is ready to have the terminal. Nobody is asked for the passphrase of a message that was left meanwhile.
pub(crate) fn ready(model: &Model, fx: &mut Effects, lend: Lend) {
    match lend.purpose {
        Purpose::Unlock(Unlock::Message(message)) if open_message(model) != Some(message) => {}
        Purpose::Pipe | Purpose::Open | Purpose::Unlock(_) | Purpose::Secret(_) => fx.push(Effect::Run(lend)),
    }
}

/// A passphrase was typed, or was not: what waited for it goes on.
pub(crate) fn unlocked(model: &mut Model, fx: &mut Effects, lend: Lend, (done, said): (bool, Option<Typed>)) {
    match lend.purpose {
        Purpose::Pipe | Purpose::Open => {}
        Purpose::Secret(account) => sign_in::printed(model, fx, account, said),
        Purpose::Unlock(Unlock::Letter { letter, send }) => {
            compose::send::unlocked(model, fx, (letter, send), (!done).then_some(lend.command));
        }
        Purpose::Unlock(Unlock::Message(message)) if done => fx.push(Effect::Unseal { message, asked: true }),
        Purpose::Unlock(Unlock::Message(message)) => {
            changed(model, fx, message, Some(SafeText::from_static("Not opened: the passphrase was not given")));
        }
    }
}

/// Asks for the answer to an invitation.
pub(crate) fn ask_answer(model: &mut Model) {
    let answers: Vec<SafeText> = ANSWERS.iter().map(|(_, word)| SafeText::from_static(word)).collect();
    let of = answers.len();
    let picker = Picker { text: String::new(), cursor: 0, hits: (0..of).collect(), of, argument: None };
    model.overlay = Some(Overlay::Choose { question: SafeText::from_static("Will you come?"), answers, picker });
}

/// The answer was chosen.
pub(crate) fn answer(model: &mut Model, fx: &mut Effects, place: usize) {
    let answer = ANSWERS.get(place).map(|(answer, _)| *answer);
    if let Some((message, said)) = open_message(model).zip(answer) {
        post::start(model, fx, None, |op| Effect::Answer { op, message, said });
    }
}
