//! Searches with a name: opened like a folder, counted while things change, kept and forgotten.

use super::{Effects, list, search, toast};
use crate::app::model::{InputPurpose, Model, Overlay, Pane, Ticket};
use crate::app::msg::{Effect, Query, Timer};
use crate::app::search::{Kept, Lookup, Saved, Tally, Want};
use crate::config::SavedSearch;
use crate::mail::SearchId;
use crate::mail::list::{Search, Source};
use crate::query::parse::parse;
use crate::safe_text::SafeText;

/// At most one round of counting in this time.
const ROUND_MILLIS: u64 = 1000;
/// The longest name, in characters.
const LONGEST: usize = 60;

/// Opens the saved search with this digit.
pub(crate) fn open(model: &mut Model, fx: &mut Effects, number: u8) {
    let saved = model.search.saved.iter().find(|saved| saved.key == Some(number));
    if let Some(id) = saved.map(|saved| saved.id) {
        list::open_source(model, fx, Source::Search(id));
    }
}

/// Makes the search behind a name, as its text is meant now; false where the text is no query any more.
pub(crate) fn prepare(model: &mut Model, fx: &mut Effects, id: SearchId) -> bool {
    let Some(saved) = model.search.saved(id).cloned() else { return model.search.known.contains_key(&id) };
    match lookup(model, &saved) {
        Ok(lookup) => {
            // What the servers found of the same question still holds.
            let same = |old: &&Lookup| old.query == lookup.query;
            let old = model.search.known.get(&id).filter(same).map(|old| (old.hits.clone(), old.servers.clone()));
            let (hits, servers) = old.unwrap_or_default();
            model.search.known.insert(id, Lookup { hits, servers, ..lookup });
            true
        }
        Err(reason) => {
            toast::warn(model, fx, SafeText::new(&format!("{}: {reason}", saved.name)));
            false
        }
    }
}

fn lookup(model: &Model, saved: &Saved) -> Result<Lookup, String> {
    let query = parse(&saved.text, search::calendar(model)).map_err(|problem| problem.message)?;
    Ok(Lookup {
        text: saved.text.clone(),
        query: query.into(),
        within: None,
        local: false,
        hits: std::sync::Arc::default(),
        conversations: model.search.conversations,
        servers: std::collections::BTreeMap::new(),
        tally: None,
    })
}

/// Asks for a name for the search that is shown.
pub(crate) fn ask_name(model: &mut Model) {
    let Some(text) = model.search.of(model.list.source).map(|lookup| lookup.text.clone()) else { return };
    let purpose = InputPurpose::SaveSearch(text);
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
}

/// Takes the searches that the config names now: those of before go, one whose query is the same stays as it is, and those
/// that were saved on the screen keep their place and give up a digit that the config wants.
pub(crate) fn configured(model: &mut Model, fx: &mut Effects, searches: &[SavedSearch]) {
    let same = |saved: &Saved, search: &SavedSearch| {
        saved.place == Kept::Config && saved.name == search.name && saved.text == search.query
    };
    let were = model.search.saved.iter().filter(|saved| saved.place == Kept::Config);
    if were
        .map(|saved| (&saved.name, &saved.text, saved.key))
        .eq(searches.iter().map(|one| (&one.name, &one.query, one.key)))
    {
        return;
    }
    let old = std::mem::take(&mut model.search.saved);
    for search in searches {
        let kept = old.iter().find(|saved| same(saved, search));
        let (id, tally) = kept.map_or((None, None), |saved| (Some(saved.id), saved.tally));
        let id = id.unwrap_or_else(|| model.search.next_id());
        let (name, text) = (search.name.clone(), search.query.clone());
        model.search.saved.push(Saved { id, name, text, key: search.key, place: Kept::Config, tally });
    }
    for mut saved in old.into_iter().filter(|saved| saved.place == Kept::Own) {
        if searches.iter().any(|search| search.key.is_some() && search.key == saved.key) {
            saved.key = None;
        }
        model.search.saved.push(saved);
    }
    if matches!(model.folders.cursor, Some(Source::Search(id)) if model.search.saved(id).is_none()) {
        model.folders.cursor = model.list.source;
    }
    changed(model, fx);
}

/// Keeps a search under a name; one of that name that is the program's own is replaced.
///
/// # Errors
/// Why the name cannot be taken.
pub(crate) fn save(model: &mut Model, fx: &mut Effects, name: &str, text: &str) -> Result<(), SafeText> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(SafeText::new("A name has from 1 to 60 letters"));
    }
    let same = |saved: &Saved| saved.name.eq_ignore_ascii_case(name);
    if model.search.saved.iter().any(|saved| same(saved) && saved.place == Kept::Config) {
        return Err(SafeText::new(&format!("{name} is in the config: change it there, or take another name")));
    }
    let id = model.search.next_id();
    let old = model.search.saved.iter().position(same);
    let free = || (1..=9).find(|digit| model.search.saved.iter().all(|saved| saved.key != Some(*digit)));
    let key = old.and_then(|place| model.search.saved.get(place)).map_or_else(free, |saved| saved.key);
    let new = Saved { id, name: name.to_owned(), text: text.trim().to_owned(), key, place: Kept::Own, tally: None };
    match old.and_then(|place| model.search.saved.get_mut(place)) {
        Some(old) => *old = new,
        None => model.search.saved.push(new),
    }
    keep(model, fx);
    list::open_source(model, fx, Source::Search(id));
    let how = key.map_or(String::new(), |key| format!(": g{key} opens it"));
    toast::done(model, fx, SafeText::new(&format!("Saved as {name}{how}")));
    Ok(())
}

/// The saved search that "forget" is about: under the cursor of the folder pane, else the one that is shown.
pub(crate) fn current(model: &Model) -> Option<&Saved> {
    let source = if model.focus == Pane::Folders { model.folders.cursor } else { model.list.source };
    match source {
        Some(Source::Search(id)) => model.search.saved(id),
        Some(Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_)) | None => None,
    }
}

/// Takes the name away; what is shown stays on the screen as a search without one.
pub(crate) fn forget(model: &mut Model, fx: &mut Effects) {
    let Some(saved) = current(model).cloned() else { return };
    model.search.saved.retain(|other| other.id != saved.id);
    if model.folders.cursor == Some(Source::Search(saved.id)) {
        model.folders.cursor = model.list.source.filter(|source| *source != Source::Search(saved.id));
    }
    keep(model, fx);
    toast::done(model, fx, SafeText::new(&format!("Forgot the search {}; no message was touched", saved.name)));
}

fn keep(model: &Model, fx: &mut Effects) {
    let own = model.search.saved.iter().filter(|saved| saved.place == Kept::Own);
    fx.push(Effect::KeepSearches(own.cloned().collect()));
}

/// Something changed that saved searches may find: they are counted, at most one round in a second.
pub(crate) fn changed(model: &mut Model, fx: &mut Effects) {
    let ids: Vec<SearchId> = model.search.saved.iter().map(|saved| saved.id).collect();
    for id in ids {
        if !model.search.stale.contains(&id) {
            model.search.stale.push_back(id);
        }
    }
    next(model, fx);
}

/// Begins a round where one is due; within a round, asks for the next count once the one before has come.
pub(crate) fn next(model: &mut Model, fx: &mut Effects) {
    if model.search.saved_counting.is_some() || model.work.timers.contains(&Timer::SavedCounts) {
        return;
    }
    while let Some(id) = model.search.stale.pop_front() {
        let Some(saved) = model.search.saved(id).cloned() else { continue };
        let Ok(lookup) = lookup(model, &saved) else { continue };
        // Messages, as the counts of folders are.
        let search = Search { conversations: false, ..lookup.search() };
        let ticket = model.load(fx, Query::Search(search, Want::CountAside));
        model.search.saved_counting = Some((ticket, id));
        return;
    }
}

/// A count of a saved search has come.
pub(crate) fn counted(model: &mut Model, fx: &mut Effects, ticket: Ticket, tally: Tally) {
    let Some((_, id)) = model.search.saved_counting.take_if(|(waiting, _)| *waiting == ticket) else { return };
    if tally.exact {
        store(model, id, tally);
    } else if !model.search.stale.contains(&id) {
        // A count of what is shown came first.
        model.search.stale.push_back(id);
    }
    toast::arm(model, fx, ROUND_MILLIS, Timer::SavedCounts);
}

/// What the list shows was counted: where it has a name, that is its count too.
pub(crate) fn counted_here(model: &mut Model, id: SearchId) {
    let lookup = model.search.known.get(&id).filter(|lookup| !lookup.conversations);
    if let Some(tally) = lookup.and_then(|lookup| lookup.tally).filter(|tally| tally.exact) {
        store(model, id, tally);
    }
}

fn store(model: &mut Model, id: SearchId, tally: Tally) {
    if let Some(saved) = model.search.saved.iter_mut().find(|saved| saved.id == id) {
        saved.tally = Some(tally);
    }
}
