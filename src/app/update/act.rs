//! Runs an action: refuses it with a reason, or hands it to the pane that it is about.

use super::{
    Effects, argument, arrange, compose, conversation, count, dividers, errand, find, folders, list, look, marks,
    overlay, palette, parts, reader, rebind, saved, search, settle, sign_in, snooze, sweep, sync, tag, toast, triage,
    undo, unread, wizard,
};
use crate::app::action::argument::Call;
use crate::app::action::available::available;
use crate::app::action::{Context, Id};
use crate::app::compose::{Tool, Write};
use crate::app::cursor::{account_name, context, current, current_account, ids, role_folder, targets};
use crate::app::model::{AfterTriage, Deed, FolderPurpose, Layout, Model, Overlay, Pane, Picker};
use crate::app::msg::Effect;
use crate::app::reading::Errand;
use crate::app::work::{LinkUse, WindowPurpose};
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::protocol::Action;
use crate::render::View;
use crate::safe_text::SafeText;

/// A step of the cursor, whatever it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// By lines, down if positive.
    Lines(isize),
    /// By halves of a page, down if positive.
    HalfPages(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

/// Runs what a key is bound to: each action in turn, until one cannot be run or asks something. A count is the first one's.
pub(crate) fn all(model: &mut Model, fx: &mut Effects, calls: &[Call]) {
    for call in calls {
        let before = context(model);
        let done = this(model, fx, call);
        model.count = None;
        let asks = context(model) != before && !context(model).takes_global();
        if !done || asks {
            return;
        }
    }
}

/// Runs an action with what it is told; true when it could be run.
pub(crate) fn this(model: &mut Model, fx: &mut Effects, call: &Call) -> bool {
    match &call.argument {
        Some(text) => {
            count::keep_for(model, call.id);
            argument::run(model, fx, call.id, text)
        }
        None => attempt(model, fx, call.id),
    }
}

/// Runs the action, or says why it cannot be run now.
pub(crate) fn run(model: &mut Model, fx: &mut Effects, id: Id) {
    attempt(model, fx, id);
    model.count = None;
}

/// Runs the action as often as the count says, or says why it cannot be run now. True when it was run.
fn attempt(model: &mut Model, fx: &mut Effects, id: Id) -> bool {
    let times = count::times(model, id);
    count::keep_for(model, id);
    if let Err(reason) = available(model, id).and_then(|()| count::enough(model)) {
        toast::warn(model, fx, reason);
        return false;
    }
    for _ in 0..times {
        let before = (model.list.cursor, model.list.child);
        once(model, fx, id);
        // On the last line a second mark would take the first one back.
        if id == Id::Mark && before == (model.list.cursor, model.list.child) {
            break;
        }
        // The rest of the way is not known yet.
        if matches!(model.work.window, Some((WindowPurpose::Unread { .. }, _))) {
            break;
        }
    }
    true
}

fn once(model: &mut Model, fx: &mut Effects, id: Id) {
    match id {
        Id::Down => step(model, fx, Step::Lines(1)),
        Id::Up => step(model, fx, Step::Lines(-1)),
        Id::HalfDown => step(model, fx, Step::HalfPages(1)),
        Id::HalfUp => step(model, fx, Step::HalfPages(-1)),
        Id::PageDown => step(model, fx, Step::HalfPages(2)),
        Id::PageUp => step(model, fx, Step::HalfPages(-2)),
        Id::Top => step(model, fx, Step::First),
        Id::Bottom => step(model, fx, Step::Last),
        Id::Left if context(model) == Context::Wizard => wizard::turn(model, -1),
        Id::Left if compose::is_here(model) => compose::keys::sideways(model, fx, -1),
        Id::Left => {
            if !arrange::left(model) {
                folders::left(model);
            }
        }
        Id::Right => right(model, fx),
        Id::NextPane if context(model) == Context::Wizard => wizard::step(model, 1),
        Id::PreviousPane if context(model) == Context::Wizard => wizard::step(model, -1),
        Id::NextPane if compose::is_here(model) => compose::fields::next(model, fx, 1, true),
        Id::PreviousPane if compose::is_here(model) => compose::fields::next(model, fx, -1, true),
        Id::NextPane => folders::next_pane(model, fx, 1),
        Id::PreviousPane => folders::next_pane(model, fx, 2),
        Id::Open => open(model, fx),
        Id::ReadOn => reader::read_on(model, fx),
        Id::Back => _ = settle::back(model, fx),
        Id::Close => {
            if !settle::back(model, fx) {
                leave(model, fx);
            }
        }
        Id::Archive => triage::on_targets(model, fx, Action::Archive),
        Id::ArchiveNext => triage::archive_and_go(model, fx, AfterTriage::Next),
        Id::ArchivePrevious => triage::archive_and_go(model, fx, AfterTriage::Previous),
        Id::Trash => triage::on_targets(model, fx, Action::Trash),
        Id::Junk => triage::junk(model, fx),
        Id::Star => triage::star(model, fx),
        Id::Unread => triage::unread(model, fx),
        Id::ReadAll => marks::read_all(model, fx),
        Id::Move => overlay::pick_folder(model, FolderPurpose::Move(ids(targets(model)))),
        Id::Copy => overlay::pick_folder(model, FolderPurpose::Copy(ids(targets(model)))),
        Id::Mute => triage::mute(model, fx),
        Id::Sweep => sweep::open(model, fx),
        Id::Rules => sweep::open_rules(model, fx),
        Id::Tag => tag::ask(model, fx),
        Id::Snooze => snooze::ask(model),
        Id::ReplyLater => snooze::toggle(model, fx, Mark::ReplyLater),
        Id::Pin => snooze::toggle(model, fx, Mark::Pinned),
        Id::DeleteForever => overlay::ask_delete(model),
        Id::Write(what) => compose::write(model, fx, what),
        Id::Tool(tool) => self::tool(model, fx, tool),
        Id::Edit(edit) => compose::keys::edit(model, fx, edit),
        Id::SendNow | Id::WasSent => sync::on_mail(model, fx, id),
        Id::Undo => undo::back(model, fx),
        Id::Redo => undo::again(model, fx),
        Id::Repeat => triage::repeat(model, fx),
        Id::Mark => marks::mark(model),
        Id::Range => marks::range(model),
        Id::MarkAll => marks::mark_all(model, fx),
        Id::NextMessage => reader::neighbour(model, fx, 1),
        Id::PreviousMessage => reader::neighbour(model, fx, -1),
        Id::Links => parts::links(model),
        Id::CopyLink => parts::copy_link(model, fx),
        Id::CopyText => parts::copy_text(model, fx),
        Id::Quotes => reader::quotes(model, fx),
        Id::Conversation => conversation::toggle(model, fx),
        Id::Find => find::ask(model),
        Id::FindNext => next_match(model, fx, 1),
        Id::FindPrevious => next_match(model, fx, -1),
        Id::Search => search::open(model, fx, false),
        Id::Filter => search::open(model, fx, true),
        Id::SearchHere => search::toggle_here(model, fx),
        Id::Complete if tag::is_typing(model) => tag::complete(model),
        Id::Complete => search::complete(model, fx, 1),
        Id::CompleteBack => search::complete(model, fx, -1),
        Id::GroupResults if model.search.of(model.list.source).is_some() || search::is_typing(model) => {
            search::toggle_conversations(model, fx);
        }
        Id::GroupResults => arrange::toggle(model, fx),
        Id::Sort(order) => arrange::sort(model, fx, order),
        Id::SaveSearch => saved::ask_name(model),
        Id::ForgetSearch => saved::forget(model, fx),
        Id::Saved(number) => saved::open(model, fx, number),
        Id::Select => reader::select(model),
        Id::Headers => reader::view(model, fx, View::Headers),
        Id::Source => reader::view(model, fx, View::Source),
        Id::Alternative => reader::alternative(model, fx),
        Id::Save => errand::with_attachment(model, fx, LinkUse::Save),
        Id::SaveMessage => errand::take(model, fx, None, Errand::Save),
        Id::OpenWith => errand::with_attachment(model, fx, LinkUse::OpenWith),
        Id::Pipe => errand::with_attachment(model, fx, LinkUse::Pipe),
        Id::LoadWhole => errand::load_whole(model, fx),
        Id::Images => errand::images(model, fx, false),
        Id::ImagesAlways => errand::images(model, fx, true),
        Id::Unseal => errand::unseal(model, fx),
        Id::AnswerInvitation => errand::ask_answer(model),
        Id::CopyAddress => fx.extend(current(model).map(|row| Effect::Copy(row.address.clone()))),
        Id::CopySubject => fx.extend(current(model).map(|row| Effect::Copy(row.subject.clone()))),
        Id::CopyMessageId => {
            fx.extend(reader::document(model).map(|document| Effect::Copy(document.head.message_id.clone())));
        }
        Id::CopyError => sync::copy_error(model, fx),
        Id::GoInbox => go(model, fx, Role::Inbox),
        Id::GoSent => go(model, fx, Role::Sent),
        Id::GoDrafts => go(model, fx, Role::Drafts),
        Id::GoArchive => go(model, fx, Role::Archive),
        Id::GoTrash => go(model, fx, Role::Trash),
        Id::GoJunk => go(model, fx, Role::Junk),
        Id::GoAllInboxes => list::open_source(model, fx, Source::AllInboxes),
        Id::GoStarred => list::open_source(model, fx, Source::Starred),
        Id::GoSnoozed => list::open_source(model, fx, Source::Marked(Mark::Snoozed)),
        Id::GoReplyLater => list::open_source(model, fx, Source::Marked(Mark::ReplyLater)),
        Id::GoPinned => list::open_source(model, fx, Source::Marked(Mark::Pinned)),
        Id::GoFolder => overlay::pick_folder(model, FolderPurpose::Go),
        Id::NextUnread => unread::next(model, fx, WindowPurpose::Unread { older: true, open: false }),
        Id::PreviousUnread => unread::next(model, fx, WindowPurpose::Unread { older: false, open: false }),
        Id::Account(number) => account(model, fx, number),
        Id::Fold if context(model) == Context::List => arrange::toggle_fold(model, fx),
        Id::GoAccount | Id::GoSaved | Id::DisableAccount | Id::EnableAccount | Id::RemoveAccount => {
            argument::ask(model, id);
        }
        Id::Fold if context(model) == Context::Folders => folders::fold(model),
        Id::Fold => {}
        Id::CreateFolder => overlay::ask_new_folder(model),
        Id::RenameFolder => overlay::ask_folder_name(model),
        Id::DeleteFolder => folders::delete(model, fx),
        Id::Retry | Id::Discard => sync::refused(model, fx, id),
        Id::Yes => overlay::yes(model, fx),
        Id::Palette => overlay::open(model, Overlay::Palette(Picker::default())),
        Id::EditArgument => palette::tab(model),
        Id::Rebind => rebind::open(model),
        Id::Unbind => rebind::unbind(model, fx),
        Id::Help => overlay::open(model, Overlay::Help(Picker::default())),
        Id::Tasks => overlay::show_tasks(model, fx),
        Id::SyncNow => sync::now(model, fx),
        Id::SignIn => sign_in::open(model, fx),
        Id::RebuildIndex => sync::rebuild_index(model, fx),
        Id::Theme => look::ask_theme(model),
        Id::Reload => fx.push(Effect::ReadConfig { asked: true }),
        Id::Layout => layout(model, fx),
        Id::DividerBack => dividers::step(model, fx, -1),
        Id::DividerOn => dividers::step(model, fx, 1),
        Id::Linear => dividers::linear(model, fx),
        Id::DividersReset => dividers::reset_all(model, fx),
        Id::AddAccount => wizard::open(model, fx),
        Id::EditField => wizard::edit_field(model),
        Id::OtherWay => wizard::other_way(model),
        Id::Guide => wizard::guide(model, fx),
        Id::Demo => wizard::demo(fx),
        Id::Suspend => fx.push(Effect::Suspend),
        Id::Redraw => fx.push(Effect::Redraw),
        Id::Quit => quit(model, fx),
    }
}

/// To the next place in the message, or to the next result.
fn next_match(model: &mut Model, fx: &mut Effects, by: isize) {
    match model.focus {
        Pane::Reader => find::step(model, fx, by),
        Pane::List | Pane::Folders => list::step(model, fx, Step::Lines(by)),
    }
}

fn step(model: &mut Model, fx: &mut Effects, step: Step) {
    match context(model) {
        Context::List => list::step(model, fx, step),
        Context::Reader => reader::step(model, fx, step),
        Context::Folders => folders::step(model, step),
        Context::Search if step == Step::Lines(-1) => search::older(model, fx),
        Context::Search => search::newer(model, fx),
        Context::Wizard => wizard::step(model, if step == Step::Lines(-1) { -1 } else { 1 }),
        Context::Compose => compose::keys::step(model, fx, step),
        Context::Tasks | Context::Picker | Context::Input | Context::Confirm => overlay::step(model, step),
    }
}

fn open(model: &mut Model, fx: &mut Effects) {
    match context(model) {
        Context::List if compose::is_draft(model) => compose::write(model, fx, Write::Draft),
        Context::List => reader::open(model, fx),
        Context::Reader if model.reader.conversation.is_some() => conversation::fold(model, fx),
        Context::Reader => reader::step(model, fx, Step::Lines(1)),
        Context::Folders => folders::open(model, fx),
        Context::Tasks | Context::Picker | Context::Input | Context::Search | Context::Confirm => {
            overlay::accept(model, fx);
        }
        Context::Wizard => wizard::accept(model, fx),
        Context::Compose => compose::fields::enter(model, fx),
    }
}

fn right(model: &mut Model, fx: &mut Effects) {
    match context(model) {
        Context::List => arrange::right(model, fx),
        Context::Folders => folders::right(model, fx),
        Context::Wizard => wizard::turn(model, 1),
        Context::Compose => compose::keys::sideways(model, fx, 1),
        Context::Reader | Context::Tasks | Context::Picker | Context::Input | Context::Search | Context::Confirm => {}
    }
}

fn go(model: &mut Model, fx: &mut Effects, role: Role) {
    let folder = current_account(model).and_then(|account| role_folder(model, account, role)).map(|row| row.id);
    if let Some(folder) = folder {
        list::open_source(model, fx, Source::Folder(folder));
    }
}

fn account(model: &mut Model, fx: &mut Effects, number: u8) {
    let account = model.accounts.get(usize::from(number).wrapping_sub(1)).map(|account| account.id);
    let inbox = account.and_then(|id| role_folder(model, id, Role::Inbox)).map(|row| row.id);
    if let Some(inbox) = inbox {
        list::open_source(model, fx, Source::Folder(inbox));
    } else if let Some(id) = account {
        let words = format!("{} has no inbox here yet", account_name(model, id));
        toast::info(model, fx, &words);
    }
}

fn layout(model: &mut Model, fx: &mut Effects) {
    let next = match model.options.layout {
        Layout::Auto => Layout::ThreePanes,
        Layout::ThreePanes => Layout::Stacked,
        Layout::Stacked => Layout::ListOnly,
        Layout::ListOnly => Layout::ReaderOnly,
        Layout::ReaderOnly => Layout::Auto,
    };
    show_layout(model, fx, next);
}

/// Shows this layout.
pub(crate) fn show_layout(model: &mut Model, fx: &mut Effects, layout: Layout) {
    let words = match layout {
        Layout::Auto => "Layout: by width",
        Layout::ThreePanes => "Layout: three panes",
        Layout::Stacked => "Layout: list over reader",
        Layout::ListOnly => "Layout: list only",
        Layout::ReaderOnly => "Layout: reader only",
    };
    model.options.layout = layout;
    toast::info(model, fx, words);
}

/// Something is done with the shown letter.
fn tool(model: &mut Model, fx: &mut Effects, tool: Tool) {
    match tool {
        Tool::Send => compose::send::send(model, fx),
        Tool::Later => compose::later(model, fx),
        Tool::Editor => compose::send::edit(model, fx),
        Tool::Attach => compose::fields::ask_path(model),
        Tool::Seal => compose::send::turn_seal(model, fx),
        Tool::Markdown => compose::send::turn_markdown(model, fx),
        Tool::Template => argument::ask(model, Id::Tool(Tool::Template)),
        Tool::Cc | Tool::Bcc => compose::fields::show(model, tool),
        Tool::Quotes => {
            if let Some(open) = compose::open_mut(model) {
                open.lines.body.toggle_folds();
            }
        }
        Tool::Discard => compose::discard(model, fx),
        Tool::Next => compose::next(model),
    }
}

/// Ends the program; asks before that where a mail would wait for the next start, or a letter stay behind without what is to
/// be attached to it.
fn leave(model: &mut Model, fx: &mut Effects) {
    let outbox = &model.letters.shelf.outbox;
    let leaving = outbox.iter().filter(|mail| compose::send::is_leaving(model, mail)).count();
    let stuck = outbox.iter().filter(|mail| compose::send::is_stuck(mail)).count();
    // What is signed or encrypted now is nowhere but in a letter.
    let made = model.letters.sending.values().filter(|sending| sending.open.is_some()).count();
    let words = match leaving {
        _ if made == 1 => "1 mail is being made, and may stay a draft that is not sent. Quit now?".to_owned(),
        _ if made > 1 => format!("{made} mails are being made, and may stay drafts that are not sent. Quit now?"),
        _ if compose::is_attaching(model) => {
            "A draft waits for an attachment that is still being fetched or copied: it stays without it. Quit now?"
                .to_owned()
        }
        0 => return quit(model, fx),
        1 if stuck == 1 => {
            "1 mail cannot be sent yet: it is kept, and goes at the next start, or by posthaste sync. Quit now?"
                .to_owned()
        }
        many if stuck == many => {
            format!(
                "{many} mails cannot be sent yet: they are kept, and go at the next start, or by posthaste sync. Quit now?"
            )
        }
        1 => "1 mail is on its way: it is sent at the next start, or by posthaste sync. Quit now?".to_owned(),
        many => {
            format!("{many} mails are on their way: they are sent at the next start, or by posthaste sync. Quit now?")
        }
    };
    model.overlay = Some(Overlay::Confirm { question: SafeText::new(&words), deed: Deed::Quit });
}

/// Ends the program; letters that are open are kept. Whoever has the engine ends it, once it has heard of all of them.
pub(crate) fn quit(model: &mut Model, fx: &mut Effects) {
    if model.quitting {
        return;
    }
    compose::leave(model, fx);
    model.quitting = true;
    fx.push(Effect::Quit);
}
