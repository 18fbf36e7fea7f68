//! Where the pictures of the open message lie on the screen: what the terminal's owner draws over the text.

use ratatui::layout::Rect;

use crate::app::geometry::{panes, reader_parts};
use crate::app::model::{Body, InputPurpose, Model, Overlay};
use crate::app::reading::Spot;
use crate::mail::MessageId;
use crate::render::facts::PictureSource;
use crate::render::{Laid, PictureRow};
use crate::ui::{rect, toast};

/// Columns left of the text.
const MARGIN: u16 = 2;

/// A picture on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of which message.
    pub message: MessageId,
    /// Which picture.
    pub source: PictureSource,
    /// Columns and rows that all of it takes.
    pub cells: (u16, u16),
    /// Where what is visible of it lies.
    pub area: Rect,
    /// How many of its rows are scrolled off above.
    pub skip: u16,
}

/// The pictures that can be seen, from the top. None while something floats above them: it would have to be cut out.
pub fn places(model: &Model) -> Vec<Place> {
    let find = matches!(model.overlay, Some(Overlay::Input { purpose: InputPurpose::Find, .. }));
    let floats = model.overlay.is_some() && !find || model.prefix.as_ref().is_some_and(|prefix| prefix.shown);
    if floats || panes(model).reader.is_none() || model.cell.is_none() {
        return Vec::new();
    }
    let text = rect(reader_parts(model).text);
    let mut places: Vec<Place> = Vec::new();
    for (y, line) in (text.top()..text.bottom()).zip(model.reader.scroll..) {
        let Some((message, laid, row)) = row_at(model, line) else { continue };
        let Some(picture) = laid.document.pictures.get(row.picture) else { continue };
        let goes_on = places.last_mut().filter(|last| {
            let next = row.row.checked_sub(last.skip) == Some(last.area.height);
            last.area.bottom() == y && last.message == message && last.source == picture.source && next
        });
        if let Some(last) = goes_on {
            last.area.height += 1;
            continue;
        }
        let x = text.x + MARGIN;
        let width = row.cells.0.min(text.right().saturating_sub(x));
        let area = Rect { x, y, width, height: 1 };
        places.push(Place { message, source: picture.source.clone(), cells: row.cells, area, skip: row.row });
    }
    places
}

/// What lies over the text and its pictures.
pub fn covered(model: &Model) -> Vec<Rect> {
    let footer = panes(model).footer.y;
    let above = Rect::new(0, 0, model.size.0, footer);
    model.toast.as_ref().and_then(|toast| toast::spot(model, toast, above)).into_iter().collect()
}

/// The row of a picture on this line of the reader.
fn row_at(model: &Model, line: usize) -> Option<(MessageId, &Laid, PictureRow)> {
    let (message, body, line) = match &model.reader.conversation {
        None => (model.reader.message.as_ref()?.id, &model.reader.body, line),
        Some(conversation) => {
            let (place, spot) = conversation.at(line, &model.reader.body)?;
            let Spot::Line(line) = spot else { return None };
            (conversation.sections.get(place)?.row.id, conversation.body_of(place, &model.reader.body), line)
        }
    };
    let Body::Ready(laid) = body else { return None };
    Some((message, laid, laid.lines.get(line)?.picture?))
}
