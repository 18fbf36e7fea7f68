//! Clicks on what the screen shows for it: hints, tabs, signs, links.

use super::{Effects, act, arrange, compose, dividers, folders, keys, list, parts, search, settle, wizard};
use crate::app::geometry::panes;
use crate::app::key::parse_sequence;
use crate::app::model::{Model, Overlay, Pane};
use crate::app::msg::Press;
use crate::app::work::LinkUse;
use crate::mail::list::Source;

/// Something was clicked.
pub(crate) fn on(model: &mut Model, fx: &mut Effects, press: Press) {
    dividers::release(model, fx);
    if let Press::Keys(rest) = press {
        // The sequence that was begun ends with them.
        for key in parse_sequence(&rest).unwrap_or_default() {
            keys::pressed(model, fx, key);
        }
        return;
    }
    (model.prefix, model.count) = (None, None);
    match press {
        Press::Keys(_) | Press::Nothing => {}
        Press::Run(id) => act::run(model, fx, id),
        Press::Open(source) => open(model, fx, source),
        Press::FoldFolder(folder) => {
            model.focus = Pane::Folders;
            model.folders.cursor = Some(Source::Folder(folder));
            folders::fold(model);
        }
        Press::FoldRow(key) => {
            model.focus = Pane::List;
            if let Some(at) = model.list.rows.iter().position(|row| row.key() == key) {
                model.list.put_cursor((at, None));
                arrange::toggle_fold(model, fx);
            }
        }
        Press::Entry(place) => {
            model.work.link_use = LinkUse::Open;
            parts::chosen(model, fx, place);
        }
        Press::Field(field) => wizard::pressed(model, fx, field),
        Press::Line(field) => compose::fields::focus(model, field),
        Press::Person(place) => compose::fields::pressed(model, fx, place),
        Press::Offer(place) => search::take(model, fx, place),
        Press::Task(place) => {
            if let Some(Overlay::Tasks { cursor, .. }) = &mut model.overlay {
                *cursor = place;
            }
        }
    }
}

/// A list is opened over whatever is shown: what floats is closed first.
fn open(model: &mut Model, fx: &mut Effects, source: Source) {
    if model.overlay.is_some() {
        settle::back(model, fx);
    }
    if panes(model).shows(Pane::List) {
        model.focus = Pane::List;
    }
    list::open_source(model, fx, source);
}
