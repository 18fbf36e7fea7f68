//! What floats: palette, help, pickers, a line to type, a question, the tasks screen.

pub mod entries;

use super::act::{self, Step};
use super::{
    Effects, accounts, compose, errand, find, list, look, palette, parts, saved, search, sign_in, snooze, sweep, sync,
    tag, triage, undo,
};
use crate::app::action::Id;
use crate::app::compose::order::How;
use crate::app::cursor::{current_account, current_folder, folder, ids, targets};
use crate::app::help;
use crate::app::key::{Code, Key};
use crate::app::lines::{task_lines, task_rows};
use crate::app::model::{Deed, FolderPurpose, InputPurpose, Model, Overlay, Picker};
use crate::app::msg::{Effect, Query};
use crate::app::pick::hits;
use crate::app::search::Selected;
use crate::app::tasks::{self, Entry};
use crate::app::update::toast;
use crate::app::work::Shown;
use crate::mail::list::Source;
use crate::mail::{AccountId, FolderId};
use crate::protocol::{Action, Command, OpId, OpState};
use crate::safe_text::SafeText;

/// How many entries a page of a picker is.
const PAGE: isize = 10;
/// The longest line that can be typed, in characters.
const LONGEST: usize = 500;

/// Opens the palette or the keys; the tasks screen stays below them.
pub(crate) fn open(model: &mut Model, mut overlay: Overlay) {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        model.work.under = model.overlay.take();
    }
    refilter(model, &mut overlay);
    model.overlay = Some(overlay);
}

/// Opens the tasks screen; its key closes it too.
pub(crate) fn show_tasks(model: &mut Model, fx: &mut Effects) {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        model.overlay = None;
    } else {
        sync::load_ops(model, fx);
        let _answered_by_all = model.load(fx, Query::Index);
        accounts::stock(model, fx);
        compose::shelf(model, fx);
        model.overlay = Some(Overlay::Tasks { cursor: 0, top: 0 });
    }
}

/// Asks for a folder to move or copy to, or to go to.
pub(crate) fn pick_folder(model: &mut Model, purpose: FolderPurpose) {
    let mut overlay = Overlay::Folders { purpose, picker: Picker::default() };
    refilter(model, &mut overlay);
    model.overlay = Some(overlay);
}

/// Asks for the name of a new folder.
pub(crate) fn ask_new_folder(model: &mut Model) {
    let Some(account) = current_account(model) else { return };
    let purpose = InputPurpose::CreateFolder(account);
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
}

/// Asks for another name for this folder.
pub(crate) fn ask_folder_name(model: &mut Model) {
    let Some(row) = current_folder(model) else { return };
    let (purpose, text) = (InputPurpose::RenameFolder(row.id), row.path.to_string());
    let cursor = text.chars().count();
    model.overlay = Some(Overlay::Input { purpose, text, cursor });
}

/// Asks before messages are removed for ever.
pub(crate) fn ask_delete(model: &mut Model) {
    let messages = ids(targets(model));
    let question = match messages.len() {
        1 => "Delete this message for ever? Nothing brings it back.".to_owned(),
        count => format!("Delete {count} messages for ever? Nothing brings them back."),
    };
    model.overlay =
        Some(Overlay::Confirm { question: SafeText::new(&question), deed: Deed::Act(Action::DeleteForever, messages) });
}

/// Asks before a mail that may have been sent is sent again, or opened to be. False where that is known.
pub(crate) fn ask_of_mail(model: &mut Model, id: Id, op: OpId) -> bool {
    if compose::send::unknown(model, op).is_none() {
        return false;
    }
    let question = if id == Id::Retry {
        "It may have been sent. Send it again? Who has it gets it twice."
    } else {
        "It may have been sent, and that is not taken back. Write on it as a new mail?"
    };
    model.work.under = model.overlay.take();
    model.overlay = Some(Overlay::Confirm { question: SafeText::from_static(question), deed: Deed::Mail(id, op) });
    true
}

/// The question is answered with yes.
pub(crate) fn yes(model: &mut Model, fx: &mut Effects) {
    let Some(Overlay::Confirm { deed, .. }) = model.overlay.take() else { return };
    match deed {
        Deed::Act(action, messages) => triage::on_messages(model, fx, action, &messages),
        Deed::EditAccounts(change) => fx.push(Effect::EditAccounts(change)),
        Deed::Quit => act::quit(model, fx),
        Deed::Mail(id, op) => {
            model.overlay = model.work.under.take();
            match compose::send::unknown(model, op) {
                Some(_) if id == Id::Retry => triage::command(fx, Command::Retry(op)),
                Some(letter) => compose::send::call_back(model, fx, op, letter),
                // Meanwhile it is known.
                None => {}
            }
        }
        Deed::RemoveAccount { name, discard } => fx.push(Effect::RemoveAccount { name, discard }),
        Deed::Images { message, urls, always } => errand::load_images(model, fx, (message, urls), always),
    }
}

fn picker(overlay: &mut Overlay) -> Option<&mut Picker> {
    match overlay {
        Overlay::Help(picker)
        | Overlay::Palette(picker)
        | Overlay::Links(picker)
        | Overlay::Themes(picker)
        | Overlay::Choose { picker, .. }
        | Overlay::SendLater(picker)
        | Overlay::Rules { picker, .. }
        | Overlay::Snooze { picker, .. }
        | Overlay::Folders { picker, .. } => Some(picker),
        Overlay::Sweep(sweep) => Some(&mut sweep.picker),
        Overlay::Rebind(_)
        | Overlay::Input { .. }
        | Overlay::SignIn(_)
        | Overlay::Confirm { .. }
        | Overlay::Tasks { .. }
        | Overlay::FolderDrawer => None,
    }
}

/// All of so many lines are hits.
fn set_hits(overlay: &mut Overlay, count: usize) {
    if let Some(picker) = picker(overlay) {
        (picker.hits, picker.cursor) = ((0..count).collect(), 0);
        // The box keeps its size while what it offers changes.
        picker.of = picker.of.max(count);
    }
}

/// Finds the hits of what is typed anew, and puts the cursor on the first.
pub(crate) fn refilter(model: &Model, overlay: &mut Overlay) {
    let (entries, recent): (Vec<(usize, String)>, Vec<usize>) = match overlay {
        Overlay::Palette(picker) => return palette::refilter(model, picker),
        Overlay::Help(picker) => return refilter_help(model, picker),
        Overlay::Folders { purpose, .. } => entries::folder_entries(model, purpose),
        Overlay::Links(_) => (entries::link_entries(model), Vec::new()),
        Overlay::Themes(_) => (entries::theme_entries(model), Vec::new()),
        Overlay::Rules { rules, .. } => {
            (rules.iter().map(|(rule, _)| rule.to_string()).enumerate().collect(), Vec::new())
        }
        Overlay::Snooze { picker, back, .. } => {
            let count = snooze::count(model, picker, *back);
            return set_hits(overlay, count);
        }
        Overlay::SendLater(picker) => {
            let count = snooze::count(model, picker, false);
            return set_hits(overlay, count);
        }
        Overlay::Choose { answers, .. } => (answers.iter().map(ToString::to_string).enumerate().collect(), Vec::new()),
        Overlay::Rebind(_)
        | Overlay::Input { .. }
        | Overlay::SignIn(_)
        | Overlay::Confirm { .. }
        | Overlay::Tasks { .. }
        | Overlay::Sweep(_)
        | Overlay::FolderDrawer => return,
    };
    let links = matches!(overlay, Overlay::Links(_));
    let Some(picker) = picker(overlay) else { return };
    picker.of = entries.len();
    let mut found = hits(&picker.text, entries);
    if links {
        entries::numbered_first(model, &picker.text, &mut found);
    }
    if picker.text.trim().is_empty() {
        // The latest first, then the others as the folder pane has them.
        found.sort_by_key(|index| recent.iter().position(|other| other == index).unwrap_or(usize::MAX));
    }
    picker.hits = found;
    picker.cursor = 0;
}

fn refilter_help(model: &Model, picker: &mut Picker) {
    let rows = help::rows(model);
    let (hits, best) = help::find(&rows, &picker.text);
    picker.of = if picker.text.trim().is_empty() { hits.len() } else { rows.len() };
    (picker.hits, picker.cursor) = (hits, best);
}

/// Finds the hits of the open picker anew; the cursor stays where it is.
pub(crate) fn again(model: &mut Model) {
    let Some(mut overlay) = model.overlay.take() else { return };
    let before = picker(&mut overlay).map_or(0, |picker| picker.cursor);
    refilter(model, &mut overlay);
    if let Some(picker) = picker(&mut overlay) {
        picker.cursor = before.min(picker.hits.len().saturating_sub(1));
    }
    model.overlay = Some(overlay);
}

/// The folder under the cursor of the folder picker.
pub(crate) fn picked_folder(model: &Model) -> Option<FolderId> {
    let Some(Overlay::Folders { picker, .. }) = &model.overlay else { return None };
    picker.hits.get(picker.cursor).and_then(|index| model.folders.rows.get(*index)).map(|row| row.id)
}

/// The folders changed under a folder picker: its hits are found anew, its cursor stays on its folder.
pub(crate) fn folders_changed(model: &mut Model, picked: Option<FolderId>) {
    let Some(mut overlay) = model.overlay.take() else { return };
    if matches!(overlay, Overlay::Folders { .. }) {
        refilter(model, &mut overlay);
        let place = picked.and_then(|id| model.folders.rows.iter().position(|row| row.id == id));
        if let (Some(picker), Some(place)) = (picker(&mut overlay), place) {
            picker.cursor = picker.hits.iter().position(|hit| *hit == place).unwrap_or(0);
        }
    }
    model.overlay = Some(overlay);
}

/// Moves the cursor of a picker or of the tasks screen.
pub(crate) fn step(model: &mut Model, step: Step) {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        step_tasks(model, step);
        return;
    }
    let (cursor, count) = match &mut model.overlay {
        Some(overlay) => match picker(overlay) {
            Some(picker) => (&mut picker.cursor, picker.hits.len()),
            None => return,
        },
        None => return,
    };
    let to = match step {
        Step::Lines(lines) => cursor.saturating_add_signed(lines),
        Step::HalfPages(halves) => cursor.saturating_add_signed(halves.saturating_mul(PAGE / 2)),
        Step::First => 0,
        Step::Last => usize::MAX,
    };
    *cursor = to.min(count.saturating_sub(1));
    sweep::moved(model);
}

/// The cursor walks over the queue; beyond its last operation the screen scrolls on to what happened, and back first.
fn step_tasks(model: &mut Model, step: Step) {
    let last_top = task_lines(model).saturating_sub(usize::from(task_rows(model)));
    let last = tasks::count(model).saturating_sub(1);
    let Some(Overlay::Tasks { cursor, top }) = &mut model.overlay else { return };
    let by = match step {
        Step::First => {
            (*cursor, *top) = (0, 0);
            return;
        }
        Step::Last => {
            (*cursor, *top) = (last, last_top);
            return;
        }
        Step::Lines(lines) => lines,
        Step::HalfPages(halves) => halves.saturating_mul(PAGE / 2),
    };
    let size = by.unsigned_abs();
    if by < 0 {
        let back = size.min(*top);
        *top -= back;
        *cursor = cursor.saturating_sub(size - back);
    } else {
        let walked = size.min(last.saturating_sub(*cursor));
        *cursor += walked;
        *top = top.saturating_add(size - walked).min(last_top);
    }
}

/// Puts the cursor of a picker on this hit.
pub(crate) fn select(model: &mut Model, place: usize) {
    if let Some(picker) = model.overlay.as_mut().and_then(picker) {
        picker.cursor = place.min(picker.hits.len().saturating_sub(1));
    }
    sweep::moved(model);
}

/// Enter.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects) {
    match model.overlay.take() {
        Some(Overlay::Palette(picker)) => palette::accept(model, fx, picker),
        Some(Overlay::Help(picker)) => {
            let row = picker.hits.get(picker.cursor).and_then(|place| help::rows(model).into_iter().nth(*place));
            model.overlay = model.work.under.take();
            if let Some(row) = row {
                act::all(model, fx, &row.calls);
            }
        }
        Some(Overlay::Folders { purpose, picker }) => {
            let target =
                picker.hits.get(picker.cursor).and_then(|index| model.folders.rows.get(*index)).map(|row| row.id);
            match target {
                Some(target) => folder_chosen(model, fx, purpose, target),
                None => model.overlay = Some(Overlay::Folders { purpose, picker }),
            }
        }
        Some(Overlay::Links(picker)) => {
            if let Some(index) = picker.hits.get(picker.cursor) {
                parts::chosen(model, fx, *index);
            }
        }
        Some(Overlay::Themes(picker)) => {
            model.overlay = model.work.under.take();
            look::picked(model, fx, picker.hits.get(picker.cursor).copied());
        }
        Some(Overlay::Rules { rules, picker }) => sweep::toggle_rule(model, fx, rules, picker),
        Some(Overlay::Sweep(sweep)) => sweep::accept(model, fx, sweep),
        Some(Overlay::Snooze { messages, back, picker }) => snooze::accept(model, fx, messages, back, picker),
        Some(Overlay::SendLater(picker)) => compose::send::at_time(model, fx, picker),
        Some(Overlay::Choose { picker, .. }) => {
            if let Some(place) = picker.hits.get(picker.cursor) {
                errand::answer(model, fx, *place);
            }
        }
        Some(Overlay::Input { purpose, text, cursor }) => {
            if let Err(reason) = typed_line(model, fx, &purpose, &text) {
                toast::warn(model, fx, reason);
                model.overlay = Some(Overlay::Input { purpose, text, cursor });
            }
        }
        Some(Overlay::SignIn(panel)) => sign_in::accept(model, fx, panel),
        Some(Overlay::Tasks { cursor, top }) => {
            model.overlay = Some(Overlay::Tasks { cursor, top });
            let id = match tasks::selected(model) {
                Some(Entry::Mail(mail)) => {
                    let (op, letter) = (mail.op, mail.letter);
                    if ask_of_mail(model, Id::Open, op) {
                        return;
                    }
                    return compose::send::call_back(model, fx, op, letter);
                }
                Some(Entry::Letter(unsent)) => {
                    let how = How::Kept(unsent.letter);
                    return compose::begin(model, fx, how, String::new());
                }
                Some(Entry::Op(row)) if row.state == OpState::Failed => Id::Retry,
                Some(Entry::Op(row)) if undo::can_go_back(model, row) => Id::Undo,
                Some(Entry::Op(row)) if undo::can_go_again(model, row) => Id::Redo,
                Some(_) | None if sign_in::waiting(model).is_some() => Id::SignIn,
                Some(_) | None => Id::SyncNow,
            };
            act::run(model, fx, id);
        }
        other @ (Some(Overlay::Rebind(_) | Overlay::Confirm { .. } | Overlay::FolderDrawer) | None) => {
            model.overlay = other;
        }
    }
}

fn folder_chosen(model: &mut Model, fx: &mut Effects, purpose: FolderPurpose, target: FolderId) {
    let (action, messages) = match purpose {
        FolderPurpose::Go => return list::open_source(model, fx, Source::Folder(target)),
        FolderPurpose::Move(messages) => (Action::Move(target), messages),
        FolderPurpose::Copy(messages) => (Action::Copy(target), messages),
    };
    triage::on_messages(model, fx, action, &messages);
}

fn typed_line(model: &mut Model, fx: &mut Effects, purpose: &InputPurpose, text: &str) -> Result<(), SafeText> {
    let action = match purpose {
        InputPurpose::CreateFolder(account) => {
            Action::CreateFolder { account: *account, path: folder_path(model, *account, text)? }
        }
        InputPurpose::RenameFolder(id) => {
            let Some(row) = folder(model, *id) else { return Err(SafeText::new("The folder is gone")) };
            if row.path.as_str() == text.trim() {
                return Ok(());
            }
            Action::RenameFolder { folder: *id, path: folder_path(model, row.account, text)? }
        }
        InputPurpose::Tag(tagged) => {
            let change = tag::change(model, &tagged.messages, text)?;
            triage::on_messages(model, fx, Action::Flag(change), &tagged.messages);
            return Ok(());
        }
        InputPurpose::Find => {
            find::accepted(model, fx);
            return Ok(());
        }
        InputPurpose::Search => return search::accept(model, fx, text),
        InputPurpose::SaveSearch(query) => return saved::save(model, fx, text, query),
        InputPurpose::Program { .. } => return errand::program(model, fx, purpose, text),
    };
    triage::start(model, fx, action, Vec::new(), Shown::Toast);
    Ok(())
}

fn folder_path(model: &Model, account: AccountId, text: &str) -> Result<String, SafeText> {
    let path = text.trim();
    if path.is_empty() || path.split('/').any(|part| part.trim().is_empty()) {
        return Err(SafeText::new("A folder needs a name; / stands between the names of folders"));
    }
    if model.folders.rows.iter().any(|row| row.account == account && row.path.as_str() == path) {
        return Err(SafeText::new(&format!("There is a folder {path} already")));
    }
    Ok(path.to_owned())
}

/// A key that is no command: text, or a step in the line of text.
pub(crate) fn typed(model: &mut Model, fx: &mut Effects, key: Key) {
    if matches!(model.overlay, Some(Overlay::Sweep(_))) {
        return sweep::pressed(model, fx, key);
    }
    if matches!(model.overlay, Some(Overlay::SignIn(_))) {
        return sign_in::pressed(model, fx, key);
    }
    edit(model, fx, Some(key), |line| line.key(key));
}

/// Pasted text is text, whatever it holds (TM16): line breaks become spaces, control characters go.
pub(crate) fn paste(model: &mut Model, fx: &mut Effects, text: &str) {
    if matches!(model.overlay, Some(Overlay::SignIn(_))) {
        return sign_in::paste(model, text);
    }
    edit(model, fx, None, |line| {
        for c in text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control()) {
            line.insert(c);
        }
    });
}

fn edit(model: &mut Model, fx: &mut Effects, key: Option<Key>, change: impl FnOnce(&mut Line)) {
    if matches!(model.overlay, Some(Overlay::Sweep(_))) {
        return;
    }
    let Some(mut overlay) = model.overlay.take() else { return };
    if let Overlay::Input { purpose, text, cursor } = &mut overlay {
        let mut line = Line { chars: text.chars().collect(), cursor: *cursor };
        if matches!(purpose, InputPurpose::Search)
            && model.search.line.selected == Selected::All
            && key.is_none_or(Key::replaces)
        {
            line = Line { chars: Vec::new(), cursor: 0 };
        }
        change(&mut line);
        *cursor = line.cursor;
        *text = line.chars.into_iter().collect();
        match purpose {
            InputPurpose::Find => find::typed(model, fx, text),
            InputPurpose::Search => search::typed(model, fx, text, *cursor),
            InputPurpose::CreateFolder(_)
            | InputPurpose::RenameFolder(_)
            | InputPurpose::Tag(_)
            | InputPurpose::SaveSearch(_)
            | InputPurpose::Program { .. } => {}
        }
    } else if let Some(picker) = picker(&mut overlay) {
        let empty = picker.text.is_empty();
        let mut line = Line { chars: picker.text.chars().collect(), cursor: usize::MAX };
        change(&mut line);
        let text: String = line.chars.into_iter().collect();
        if text != picker.text {
            picker.text = text;
            refilter(model, &mut overlay);
        } else if empty && key.is_some_and(|key| key.code == Code::Backspace) {
            // Beyond the beginning of what an action is told are the actions.
            palette::back(model, picker);
        }
    }
    model.overlay = Some(overlay);
}

/// A line of text that is being typed; the cursor counts characters.
pub(crate) struct Line {
    /// The text.
    pub(crate) chars: Vec<char>,
    /// Where the next character goes.
    pub(crate) cursor: usize,
}

impl Line {
    /// A key was pressed.
    pub(crate) fn key(&mut self, key: Key) {
        self.cursor = self.cursor.min(self.chars.len());
        match (key.text(), key.code) {
            (Some(c), _) => self.insert(c),
            (None, Code::Backspace) if self.cursor > 0 => {
                self.cursor -= 1;
                self.chars.remove(self.cursor);
            }
            (None, Code::Char('h')) if key.ctrl => self.key(Key::plain(Code::Backspace)),
            (None, Code::Delete) if self.cursor < self.chars.len() => {
                self.chars.remove(self.cursor);
            }
            (None, Code::Left) => self.cursor = self.cursor.saturating_sub(1),
            (None, Code::Right) => self.cursor = (self.cursor + 1).min(self.chars.len()),
            (None, Code::Home) => self.cursor = 0,
            (None, Code::End) => self.cursor = self.chars.len(),
            (None, Code::Char('u')) if key.ctrl => {
                self.chars.drain(..self.cursor);
                self.cursor = 0;
            }
            (None, Code::Char('w')) if key.ctrl => self.delete_word(),
            _ => {}
        }
    }

    fn delete_word(&mut self) {
        let before = self.chars.iter().take(self.cursor).rev();
        let gap = before.clone().take_while(|c| c.is_whitespace()).count();
        let word = before.skip(gap).take_while(|c| !c.is_whitespace()).count();
        let from = self.cursor.saturating_sub(gap + word);
        self.chars.drain(from..self.cursor);
        self.cursor = from;
    }

    /// A character more.
    pub(crate) fn insert(&mut self, c: char) {
        self.cursor = self.cursor.min(self.chars.len());
        if self.chars.len() < LONGEST && !c.is_control() {
            self.chars.insert(self.cursor, c);
            self.cursor += 1;
        }
    }
}
