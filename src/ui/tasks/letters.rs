//! The lines of the tasks screen for mails on their way, and for letters that were not sent.

use super::{Grid, Said, draw_said};
use crate::app::compose::order::{Stand, Unsent, Waiting};
use crate::app::model::Model;
use crate::app::{snooze, when};
use crate::safe_text::SafeText;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{format, names};

/// "Re: Contract draft v3 · to Priya Raman"
fn about(subject: &SafeText, to: &SafeText, pen: &Pen<'_>) -> String {
    let subject = if subject.as_str().trim().is_empty() { "(no subject)" } else { subject.as_str() };
    if to.as_str().is_empty() { subject.to_owned() } else { format!("{subject} {} {to}", pen.glyphs.dot) }
}

/// A mail on its way.
pub(super) fn draw_mail(model: &Model, mail: &Waiting, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let (sign, sign_role, right, right_role) = match &mail.stand {
        Stand::Sending => {
            let right = format!("sending{} {}", pen.glyphs.more, format::size(mail.size));
            (pen.glyphs.spinner(model.spinner), Role::Info, right, Role::Info)
        }
        Stand::Waits { at, why: None } => {
            let left = at.0.saturating_sub(model.clock.now.0);
            let right = match left {
                ..=0 => "waits".to_owned(),
                1..=90 => format!("in {}", format::wait(left)),
                _ => when::words_of(*at, snooze::now(model)),
            };
            (pen.glyphs.pending, Role::Muted, right, Role::Muted)
        }
        Stand::Waits { at, why: Some(_) } => {
            let left = at.0.saturating_sub(model.clock.now.0).max(0);
            ("!", Role::Warn, format!("again in {}", format::wait(left)), Role::Warn)
        }
        Stand::Unknown { looked, .. } => {
            let words = if *looked { "not found in Sent" } else { "may have been sent" };
            ("!", Role::Warn, words.to_owned(), Role::Warn)
        }
        Stand::Refused(_) => ("!", Role::Error, "refused".to_owned(), Role::Error),
    };
    let what = about(&mail.subject, &mail.to, pen);
    let name = names::capital(mail.account.as_str());
    let right = if grid.narrow { right.split(' ').next().unwrap_or_default() } else { right.as_str() };
    draw_said(&Said { sign, sign_role, name: &name, what: &what, right, right_role }, grid, pen, y);
}

/// A letter that was not sent.
pub(super) fn draw_letter(model: &Model, unsent: &Unsent, grid: &Grid, pen: &mut Pen<'_>, y: u16) {
    let right = format::moment(unsent.begun, model.clock);
    let what = about(&unsent.subject, &unsent.to, pen);
    let name = names::capital(unsent.account.as_str());
    let right = if grid.narrow { "" } else { right.as_str() };
    let said =
        Said { sign: pen.glyphs.dot, sign_role: Role::Muted, name: &name, what: &what, right, right_role: Role::Muted };
    draw_said(&said, grid, pen, y);
}
