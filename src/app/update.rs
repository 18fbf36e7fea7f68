//! `update`: hands each message to the pane that it is about, then settles what follows from the change.

use std::cell::OnceCell;

use crate::app::model::Model;
use crate::app::msg::{Effect, Msg, Timer};

pub(crate) mod accounts;
pub(crate) mod act;
pub(crate) mod argument;
pub(crate) mod arrange;
pub(crate) mod compose;
mod conversation;
pub(crate) mod count;
pub(crate) mod dividers;
pub(crate) mod errand;
pub(crate) mod find;
pub(crate) mod folders;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod marks;
pub(crate) mod mouse;
pub(crate) mod news;
pub(crate) mod overlay;
pub(crate) mod palette;
pub(crate) mod parts;
pub(crate) mod post;
pub(crate) mod press;
pub(crate) mod reader;
pub(crate) mod rebind;
pub(crate) mod results;
pub(crate) mod saved;
pub(crate) mod search;
pub(crate) mod settle;
pub(crate) mod sign_in;
pub(crate) mod snooze;
pub(crate) mod sweep;
pub(crate) mod sync;
pub mod tag;
pub(crate) mod toast;
pub(crate) mod triage;
pub(crate) mod undo;
pub(crate) mod unread;
pub mod wizard;

/// What `update` asks for, in order.
pub(crate) type Effects = Vec<Effect>;

/// Changes the model as the message says and returns what the runtime is to do. Pure: no clock, no I/O.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Effects::new();
    let fx = &mut effects;
    model.work.scope = OnceCell::new();
    if matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(..) | Msg::Press(_)) {
        news::at_hand(model);
        compose::noticed(model, &msg);
        model.work.presses += 1;
    }
    match msg {
        Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(..) | Msg::Press(_) if compose::awaited::takes(model, fx, &msg) => {}
        Msg::Key(key) => {
            if model.options.face.is_linear() {
                model.toast = None;
            }
            keys::pressed(model, fx, key);
        }
        Msg::Paste(text) if wizard::shown(model).is_some() => wizard::paste(model, &text),
        Msg::Paste(text) if compose::is_here(model) => compose::keys::paste(model, fx, &text),
        Msg::Paste(text) => overlay::paste(model, fx, &text),
        Msg::Mouse(what, column, row) => mouse::used(model, fx, what, (column, row)),
        Msg::Press(press) => press::on(model, fx, press),
        Msg::Viewport(columns, rows) => {
            model.size = (columns, rows);
            folders::reveal(model);
        }
        // What came while the window was hidden is already here, for sync does not stop when nobody looks; but what is beside
        // the program may be another now.
        Msg::Focus(on) => {
            news::focus(model, fx, on);
            if on {
                fx.push(Effect::ReadConfig { asked: false });
            }
        }
        // A picture is drawn with the next frame.
        Msg::PictureReady => {}
        Msg::Now(clock) => {
            model.clock = clock;
            news::clock_moved(model);
            sync::clock_moved(model);
        }
        Msg::Sync(event) => sync::event(model, fx, event),
        Msg::Folders { ticket, rows, starred, full, marked } => {
            folders::loaded(model, fx, ticket, (rows, starred, full, marked));
        }
        Msg::Window { ticket, window } => list::window(model, fx, ticket, window),
        Msg::Counted { ticket, tally } => results::counted(model, fx, ticket, tally),
        Msg::Seen { ticket, seen } => results::seen(model, ticket, seen),
        Msg::Everything { ticket, rows } => marks::everything(model, fx, ticket, rows),
        Msg::Laid { ticket, message, laid, whole } => {
            reader::laid(model, fx, ticket, reader::Answer { message, laid, whole });
        }
        Msg::Glimpse { ticket, laid } => reader::glimpsed(model, fx, ticket, laid),
        Msg::Found { ticket, places } => find::found(model, fx, ticket, places),
        Msg::Conversation { ticket, rows } => conversation::loaded(model, fx, ticket, rows),
        Msg::Rules { ticket, rules } => sweep::rules(model, fx, ticket, rules),
        Msg::Swept { ticket, swept } => sweep::counted(model, fx, ticket, swept),
        Msg::WaysOut { message, ways } => sweep::ways_out(model, fx, message, ways),
        Msg::Accounts(views) => accounts::changed(model, fx, views),
        Msg::Stock(stock) => model.shelved.stock = stock,
        Msg::News { ticket, news } => news::loaded(model, fx, ticket, news),
        Msg::Index(words) => model.tasks.index = Some(words),
        Msg::Ops { ticket, rows, last_undone } => sync::ops(model, fx, ticket, (rows, last_undone)),
        Msg::Timer(timer) => due(model, fx, timer),
        Msg::LoadFailed { ticket, reason } => sync::load_failed(model, fx, ticket, reason),
        Msg::Changed { message, failed } => errand::changed(model, fx, message, failed),
        Msg::Ready(lend) => errand::ready(model, fx, lend),
        Msg::Unlocked { lend, done, said } => errand::unlocked(model, fx, lend, (done, said)),
        Msg::Configured(fresh) => look::configured(model, fx, *fresh),
        Msg::Rebound(keymap, wrong) => look::rebound(model, fx, keymap, wrong),
        Msg::ConfigRefused(trouble) => look::refused(model, trouble),
        Msg::ConfigSame => toast::info(model, fx, "The config is as it was"),
        Msg::ChangedElsewhere => sync::changed_elsewhere(model, fx),
        Msg::ReadOnly(why) => sync::read_only(model, fx, why),
        Msg::AddAccount => wizard::open(model, fx),
        Msg::Leave => act::quit(model, fx),
        Msg::Wizard(news) => wizard::answers::heard(model, fx, news),
        Msg::Letters(news) => compose::told::heard(model, fx, news),
        Msg::Written { op, outcome } => post::written(model, fx, op, outcome),
        Msg::EffectFailed(reason) => toast::warn(model, fx, reason),
        Msg::EffectDone(text) => toast::done(model, fx, text),
    }
    wizard::arrive(model, fx);
    settle::settle(model, fx);
    model.work.scope = OnceCell::new();
    effects
}

/// Brings up to date, before a frame is drawn, what would be too much to make anew with each of many keys.
pub fn refresh(model: &mut Model) {
    compose::refresh(model);
}

fn due(model: &mut Model, fx: &mut Effects, timer: Timer) {
    model.work.timers.remove(&timer);
    match timer {
        Timer::Prefix => {
            if let Some(prefix) = &mut model.prefix {
                prefix.shown = true;
            }
        }
        Timer::Toast => toast::tick(model, fx),
        Timer::MarkSeen(message) => reader::looked_at(model, fx, message),
        Timer::Rest(message) => reader::rested(model, fx, message),
        Timer::AskServers(search) => results::ask_servers(model, fx, search),
        Timer::Recount => results::count(model, fx),
        Timer::SavedCounts => saved::next(model, fx),
        Timer::News => news::due(model, fx),
        Timer::Progress => model.work.frame.due = true,
        Timer::Spinner => model.spinner = model.spinner.wrapping_add(1),
        // The groups follow from the clock, which has come just before.
        Timer::KeepLetter => compose::keep(model, fx),
        Timer::Awaited => compose::awaited::due(model),
        Timer::Midnight => {}
    }
}
