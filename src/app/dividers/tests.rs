//! Hairlines wherever they are dragged to.

use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::{Dividers, Hairline, Split};
use crate::app::geometry::{Area, Panes, panes_of};
use crate::app::model::{Layout, Pane};

/// Protects what is there without the user's doing.
#[test]
fn unmoved_hairlines() {
    let dividers = Dividers::default();
    let columns = |width| {
        let columns = dividers.columns(width);
        (columns.folders, columns.list, columns.context)
    };
    assert_eq!(columns(120), (21, 42, 0));
    assert_eq!(columns(165), (21, 52, 0));
    assert_eq!(columns(200), (24, 61, 29));
    assert_eq!(columns(64), (16, 18, 0));
    assert_eq!(dividers.above(38), 15);
}

/// Protects the least of every pane, and that a step back at the end moves at once.
#[test]
fn ends() {
    let mut dividers = Dividers::default();
    let list = (Split::M, Hairline::List);
    assert!(dividers.set(list, 120, 500));
    assert_eq!(dividers.columns(120).list, 120 - 21 - 2 - 30);
    assert!(!dividers.set(list, 120, 501));
    assert!(dividers.set(list, 120, 120 - 21 - 2 - 31));
    assert!(dividers.set(list, 120, 0));
    assert_eq!(dividers.columns(120).list, 24);
    assert!(dividers.set((Split::M, Hairline::Folders), 120, 0));
    assert_eq!(dividers.columns(120).folders, 12);
    // Each class has its own.
    assert_eq!(dividers.columns(165), Dividers::default().columns(165));
    assert!(dividers.reset(Split::M, Hairline::List) && !dividers.reset(Split::M, Hairline::List));
    assert_eq!(dividers.columns(120).list, 42);
}

/// The panes that must not overlap.
fn areas(panes: &Panes) -> Vec<Area> {
    let folders = panes.folders.filter(|_| !panes.drawer);
    let all = [Some(panes.top_bar), folders, panes.list, panes.reader, panes.context, Some(panes.footer)];
    all.into_iter().flatten().filter(|area| area.height > 0).collect()
}

fn layouts() -> impl Strategy<Value = Layout> {
    prop::sample::select(vec![Layout::Auto, Layout::ThreePanes, Layout::Stacked, Layout::ListOnly, Layout::ReaderOnly])
}

proptest! {
    /// Protects every screen: at any size, with hairlines anywhere, no pane is lost, none overlaps another, and none reaches
    /// beyond the edge.
    #[test]
    fn no_pane_is_lost(
        width in 40_u16..300,
        height in 10_u16..120,
        layout in layouts(),
        focus in prop::sample::select(vec![Pane::Folders, Pane::List, Pane::Reader]),
        sizes in prop::collection::vec(any::<u16>().prop_map(|size| size % 400), 20),
    ) {
        let all = Split::ALL.into_iter().flat_map(|split| Hairline::ALL.map(|line| (split, line)));
        let dividers = Dividers { moved: all.zip(sizes).collect() };
        let moved = panes_of((width, height), layout, focus, &dividers);
        let unmoved = panes_of((width, height), layout, focus, &Dividers::default());
        let shown = |panes: &Panes| {
            let panes = [panes.folders, panes.list, panes.reader, panes.context];
            panes.map(|area| area.is_some_and(|area| area.width > 0 && area.height > 0))
        };
        prop_assert_eq!(shown(&moved), shown(&unmoved));
        let areas = areas(&moved);
        for (at, one) in areas.iter().enumerate() {
            prop_assert!(one.x + one.width <= width && one.y + one.height <= height, "{one:?} reaches out");
            for other in areas.iter().skip(at + 1) {
                let apart = one.x + one.width <= other.x
                    || other.x + other.width <= one.x
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                prop_assert!(apart, "{one:?} and {other:?}");
            }
        }
        for (pane, least) in [(moved.list, 18), (moved.reader, 27), (moved.folders, 12)] {
            prop_assert!(pane.is_none_or(|area| area.width >= least), "{pane:?}");
        }
    }
}
