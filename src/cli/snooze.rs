//! `snooze`: puts messages off, or brings them back.

use super::Failure;
use super::args::Snooze;
use super::change::same;
use super::context::Context;
use super::exit::Code;
use crate::app::snooze::NOW;
use crate::app::when::{Now, read, words_of};
use crate::protocol::Action;
use crate::safe_text::SafeText;
use crate::sync::account::now;

/// Puts messages off until the time that was written; with `now`, brings them back.
pub(super) fn run(context: &mut Context<'_>, wanted: &Snooze) -> Result<Code, Failure> {
    if wanted.when.trim().eq_ignore_ascii_case(NOW) {
        return same(context, &wanted.ids, &Action::BringBack(now()));
    }
    let hours = context.config()?.ui.hours;
    let zone = jiff::tz::TimeZone::system();
    let clock = Now { now: now(), zone: &zone, hours };
    let until = read(&wanted.when, clock).map_err(Failure::Usage)?;
    let words = SafeText::new(&words_of(until, clock));
    same(context, &wanted.ids, &Action::Snooze { until, words })
}
