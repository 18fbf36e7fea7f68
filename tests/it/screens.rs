//! Screens: snapshots of every kind at four sizes, and what must hold on all of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed unwrap is a failed test with a line number"
)]

mod cases;
mod clicks;
mod compose;
mod narrow;
mod paint;
mod reader;
mod sample;
mod search;
mod sign_in;
mod states;
mod threads;
mod wizard;

use cases::CASES;
use paint::{paint, screen, styles, text};
use posthaste::app::model::{Model, Pane};
use posthaste::safe_text::SafeText;
use posthaste::theme::library::Library;
use posthaste::ui::theme::{Background, Depth, Theme};
use posthaste::ui::{body_width, sweep};
use proptest::prelude::{prop_assert, proptest};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::style::Modifier;

const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 40), (200, 50)];

/// Snapshots lie in `tests/snapshots`.
fn keep(name: &str, screen: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, screen));
}

fn case(name: &str, size: (u16, u16)) -> Model {
    let (_, make) = CASES.iter().find(|(case, _)| *case == name).unwrap();
    make(size.0, size.1)
}

/// Check 3 of UX.md: every kind of screen at four sizes, with the cell of the cursor.
#[test]
fn every_screen_at_every_size() {
    for (name, make) in CASES {
        for (width, height) in SIZES {
            keep(&format!("{name}_{width}x{height}"), &screen(&make(width, height)));
        }
    }
}

/// Protects colour: the styles of the list, the reader and a popup in the dark theme, and of the list in the light one.
#[test]
fn styles_of_the_main_screens() {
    for name in ["list", "panes", "palette", "refused", "search_error", "results_reader"] {
        let (buffer, _) = paint(&case(name, (120, 20)), &Theme::dusk());
        keep(&format!("styles_{name}"), &styles(&buffer));
    }
    let (buffer, _) = paint(&case("list", (80, 24)), &Theme::paper().with_background(Background::Painted));
    keep("styles_paper", &styles(&buffer));
    let (buffer, _) = paint(&case("list", (80, 24)), &Theme::terminal());
    keep("styles_terminal", &styles(&buffer));
}

/// Protects every theme: a small list in it, at the depths that it is shown at, so that a change of one is seen.
#[test]
fn every_theme_has_its_picture() {
    let library = Library::default();
    for name in library.names() {
        let scheme = library.resolve(name).unwrap().unwrap();
        let theme = Theme::of(&scheme, Depth::True).with_background(Background::Painted);
        let (buffer, _) = paint(&case("themes", (60, 14)), &theme);
        keep(&format!("theme_{name}"), &format!("{}{}", text(&buffer), styles(&buffer)));
    }
}

/// The way to an account at the sizes that people have, in colour and without.
#[test]
fn the_wizard_at_its_sizes() {
    let cases: [(&str, cases::Make); 17] = [
        ("address", wizard::address),
        ("live", wizard::live),
        ("servers", wizard::servers),
        ("note", wizard::note),
        ("nothing", wizard::nothing),
        ("offline", wizard::offline),
        ("client", wizard::client),
        ("browser", wizard::browser),
        ("code", wizard::code),
        ("bridge", wizard::bridge),
        ("strange", wizard::strange),
        ("done_beside", wizard::done_beside),
        ("done_shut", wizard::done_shut),
        ("refused", wizard::refused),
        ("done", wizard::done),
        ("ascii", wizard::ascii),
        ("linear", wizard::linear),
    ];
    for (name, make) in cases {
        for (width, height) in [(40, 10), (80, 24), (160, 45)] {
            keep(&format!("wizard_{name}_{width}x{height}"), &screen(&make(width, height)));
        }
    }
    for name in ["servers", "refused"] {
        let (_, make) = cases.into_iter().find(|(case, _)| *case == name).unwrap();
        let (dusk, _) = paint(&make(80, 24), &Theme::dusk());
        keep(&format!("styles_wizard_{name}"), &styles(&dusk));
        let (plain, _) = paint(&make(80, 24), &Theme::no_color());
        keep(&format!("no_color_wizard_{name}"), &format!("{}{}", text(&plain), styles(&plain)));
    }
}

/// Letters at the sizes that people have, in colour and without.
#[test]
fn letters_at_their_sizes() {
    for (name, make) in LETTERS {
        for (width, height) in [(40, 10), (80, 24), (160, 45)] {
            keep(&format!("compose_{name}_{width}x{height}"), &screen(&make(width, height)));
        }
    }
    for (name, make) in [("reply", compose::reply as cases::Make), ("forgotten", compose::forgotten)] {
        let (dusk, _) = paint(&make(80, 24), &Theme::dusk());
        keep(&format!("styles_compose_{name}"), &styles(&dusk));
        let (plain, _) = paint(&make(80, 24), &Theme::no_color());
        keep(&format!("no_color_compose_{name}"), &format!("{}{}", text(&plain), styles(&plain)));
    }
}

/// A letter at any size: no panic, the cursor in the frame, the help in the footer, and hostile text never in a cell.
#[test]
fn letters_at_any_size() {
    for (name, make) in LETTERS {
        for step in 0..60_u16 {
            let (width, height) = (40 + step * 37 % 190, 10 + step * 23 % 60);
            let mut model = make(width, height);
            for open in &mut model.letters.open {
                open.letter.subject = "a\u{1b}[31mb\u{202e}c".to_owned();
                open.lines.body.paste("x\u{202e}y\u{200b}z\u{e0041}");
                open.lines.subject.paste("x\u{202e}y\u{200b}z");
            }
            let (buffer, cursor) = paint(&model, &Theme::dusk());
            assert!(cursor.is_some_and(|at| buffer.area.contains(at)), "{name} at {width}x{height}");
            assert!(buffer.content.iter().all(|cell| sweep::allowed(cell.symbol())), "{name} at {width}x{height}");
            assert!(text(&buffer).lines().last().unwrap().ends_with("? help"), "{name} at {width}x{height}");
        }
    }
}

/// Every kind of letter.
const LETTERS: [(&str, cases::Make); 23] = [
    ("new", compose::new),
    ("reply", compose::reply),
    ("quote", compose::quote),
    ("people", compose::people),
    ("path", compose::path),
    ("blocked", compose::blocked),
    ("forgotten", compose::forgotten),
    ("files", compose::files),
    ("dropped", compose::dropped),
    ("later", compose::later),
    ("sending", compose::sending),
    ("much", compose::much),
    ("scripts", compose::scripts),
    ("unsaved", compose::unsaved),
    ("bounce", compose::bounce),
    ("ascii", compose::ascii),
    ("linear", compose::linear),
    ("palette", compose::palette),
    ("help", compose::help),
    ("outbox", compose::outbox),
    ("quitting", compose::quitting),
    ("stuck", compose::stuck),
    ("quitting_stuck", compose::quitting_stuck),
];

/// Check 4 of UX.md: without colour, unread, selected, starred and an error are still seen.
#[test]
fn no_color_loses_nothing() {
    let theme = Theme::no_color();
    let (buffer, _) = paint(&case("refused", (80, 24)), &theme);
    keep("no_color", &format!("{}{}", text(&buffer), styles(&buffer)));
    for cell in &buffer.content {
        assert_eq!((cell.fg, cell.bg), (ratatui::style::Color::Reset, ratatui::style::Color::Reset));
    }
    let lines: Vec<String> = text(&buffer).lines().map(str::to_owned).collect();
    let row_of = |needle: &str| lines.iter().position(|line| line.contains(needle)).unwrap();
    let cell = |needle: &str, x: u16| &buffer[(x, u16::try_from(row_of(needle)).unwrap())];
    assert!(cell("Dana Whitfield", 4).modifier.contains(Modifier::BOLD), "unread is bold");
    assert_eq!(cell("Dana Whitfield", 1).symbol(), "●", "unread has a dot");
    assert!(cell("Dana Whitfield", 30).modifier.contains(Modifier::REVERSED), "the selected row is reversed");
    assert!(!cell("Acme Billing", 4).modifier.contains(Modifier::BOLD), "read is not bold");
    assert_eq!(cell("Build bot", 2).symbol(), "★", "starred has a star");
    assert!(lines[row_of("cannot sign in")].contains("! Work"), "an error has a sign");
    assert!(lines[0].contains("[Work 12]"), "the active account is in brackets");
}

/// Without colour, letters that a search found, the part of a query that is wrong, and what only a server has are still
/// seen.
#[test]
fn no_color_shows_what_was_found() {
    let (buffer, _) = paint(&case("results", (80, 24)), &Theme::no_color());
    keep("no_color_results", &format!("{}{}", text(&buffer), styles(&buffer)));
    let (buffer, _) = paint(&case("search_error", (80, 24)), &Theme::no_color());
    keep("no_color_search_error", &format!("{}{}", text(&buffer), styles(&buffer)));
    let hit = Modifier::BOLD | Modifier::UNDERLINED;
    let found = |name: &str| {
        let (buffer, _) = paint(&case(name, (80, 24)), &Theme::no_color());
        buffer.content.iter().filter(|cell| cell.modifier.contains(hit)).map(Cell::symbol).collect::<String>()
    };
    assert!(found("results").contains("Lunch"), "{}", found("results"));
    assert!(found("search_error").contains("lots"), "{}", found("search_error"));
}

/// Check 2 of UX.md: the footer shows the help at every size and in every state that has a footer of its own.
#[test]
fn help_is_never_dropped() {
    for (name, make) in CASES {
        for (width, height) in SIZES {
            let (buffer, _) = paint(&make(width, height), &Theme::dusk());
            let shown = text(&buffer);
            let last = shown.lines().last().unwrap();
            assert!(last.ends_with("? help"), "{name} at {width}x{height}: {last:?}");
        }
    }
}

/// Check 5 of UX.md: a turn of the spinner changes one cell, wherever one thing runs; how often it turns, `app` says.
#[test]
fn the_spinner_is_one_cell() {
    for (name, most) in [("running", 1), ("opening", 2), ("loading", 2)] {
        for (width, height) in SIZES {
            let mut model = case(name, (width, height));
            let (before, _) = paint(&model, &Theme::dusk());
            model.spinner = model.spinner.wrapping_add(1);
            let (after, _) = paint(&model, &Theme::dusk());
            let changed = before.content.iter().zip(&after.content).filter(|(before, after)| before != after).count();
            assert!(changed <= most, "{name} at {width}x{height}: {changed} cells");
        }
    }
}

/// Protects who listens: the linear screen has no sign but letters, digits and what one types, nothing stands in columns, and
/// the cursor is at the beginning of a line, or where one types.
#[test]
fn the_linear_screen_is_words() {
    for name in ["linear", "linear_reader", "linear_folders", "linear_picker", "linear_tasks"] {
        for (width, height) in SIZES {
            let (buffer, cursor) = paint(&case(name, (width, height)), &Theme::dusk());
            let shown = text(&buffer);
            for line in shown.lines().take(usize::from(height) - 1) {
                let drawn = |c: char| matches!(c, '\u{2500}'..='\u{25ff}' | '\u{2600}'..='\u{27bf}');
                assert!(!line.contains(drawn), "{name} at {width}x{height}: {line:?}");
            }
            assert!(cursor.unwrap().x <= 2, "{name} at {width}x{height}: {cursor:?}");
        }
    }
    let (buffer, cursor) = paint(&case("linear", (80, 24)), &Theme::dusk());
    let shown = text(&buffer);
    let row = shown.lines().nth(usize::from(cursor.unwrap().y)).unwrap();
    assert!(row.starts_with("unread, ") && row.contains("Dana Whitfield: Q3 numbers"), "{row}");
}

/// Check 10 of UX.md: the terminal's cursor stands on the selected row of whatever has the keys.
#[test]
fn the_cursor_is_on_the_focused_row() {
    for (name, make) in CASES {
        for (width, height) in SIZES {
            let (_, cursor) = paint(&make(width, height), &Theme::dusk());
            assert!(cursor.is_some(), "{name} at {width}x{height}");
        }
    }
    let mut model = case("list", (80, 24));
    model.list.cursor = Some(model.list.rows[5].key());
    let (buffer, cursor) = paint(&model, &Theme::dusk());
    let at = cursor.unwrap();
    assert!(text(&buffer).lines().nth(usize::from(at.y)).unwrap().contains("Rust Weekly"));
}

/// Protects the reader: text is never laid wider than the pane that shows it, less its margins.
#[test]
fn the_laid_width_fits_the_reader() {
    for width in 40..=220 {
        for height in [10, 24, 45] {
            let model = Model { focus: Pane::Reader, ..case("reader", (width, height)) };
            let area = posthaste::app::geometry::panes(&model).reader.unwrap();
            assert!(body_width(&model) + 4 <= area.width.max(24), "{width}x{height}");
        }
    }
}

/// Protects the grid: dates end in one column whatever script stands to their left.
#[test]
fn wide_characters_keep_the_grid() {
    let (buffer, _) = paint(&case("wide", (80, 24)), &Theme::dusk());
    let ends: Vec<&str> = (3..10).map(|y| buffer[(78, y)].symbol()).collect();
    assert_eq!(ends, ["5"; 7], "every date ends in column 78");
    assert!((0..24).all(|y| buffer[(79, y)].symbol().cell_width() == 1));
}

/// Protects wide characters under a popup: one that is cut in half by its edge would hide the edge.
#[test]
fn a_popup_never_loses_its_edge_to_a_wide_character() {
    for width in 80..90 {
        let mut model = case("palette", (width, 24));
        for row in &mut model.list.rows {
            row.from = SafeText::new(&"山".repeat(30));
            row.subject = SafeText::new(&"田".repeat(60));
        }
        let (buffer, _) = paint(&model, &Theme::dusk());
        for (y, line) in text(&buffer).lines().enumerate().skip(4).take(10) {
            assert_eq!(line.matches('│').count(), 2, "row {y} at width {width}: {line}");
        }
    }
}

/// The whole frame is what the sweep promises (TM14), with hostile text in every place of the model that has text.
#[test]
fn hostile_text_never_reaches_a_cell() {
    let hostile = "a\u{1b}[31mb\u{202e}c\u{200b}d\u{e0041}e\u{7}f\r\ng\u{9b}h";
    let text = SafeText::new(&format!("{hostile}{}", "\u{301}".repeat(4000)));
    for (name, make) in CASES {
        let mut model = make(120, 40);
        for row in &mut model.list.rows {
            (row.from, row.subject, row.snippet) = (text.clone(), text.clone(), text.clone());
        }
        for folder in &mut model.folders.rows {
            (folder.label, folder.path) = (text.clone(), text.clone());
        }
        for view in &mut model.accounts {
            view.name = text.clone();
        }
        if let Some(posthaste::app::model::Overlay::Input { text, .. }) = &mut model.overlay {
            *text = hostile.to_owned();
        }
        let (buffer, _) = paint(&model, &Theme::dusk());
        for cell in &buffer.content {
            assert!(sweep::allowed(cell.symbol()), "{name}: {:?}", cell.symbol());
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(200))]

    /// TM18: a storm of sizes never panics, on any screen, and the cursor never leaves the frame.
    #[test]
    fn a_resize_storm_never_panics(width in 1_u16..260, height in 1_u16..80, place in 0..CASES.len(), ascii in 0..2) {
        let mut model = CASES[place].1(width, height);
        if ascii == 1 {
            model.options.glyphs = posthaste::app::model::Glyphs::Ascii;
        }
        let (buffer, cursor) = paint(&model, &Theme::dusk());
        prop_assert!(cursor.is_none_or(|at| buffer.area.contains(at)));
    }
}
