//! The tree of an iCalendar object, as far as invitations need it: one VCALENDAR with its VTIMEZONEs and VEVENTs
//! (RFC 5545 section 3.6). Anything deeper or of another kind is counted past, never kept: nothing here recurses.

use super::{MAX_EVENTS, MAX_INPUT};
use crate::render::content_line::{self, Line, cut};

/// Time zones that are kept.
const MAX_ZONES: usize = 32;

/// STANDARD and DAYLIGHT parts of one time zone that are kept.
const MAX_OBSERVANCES: usize = 64;

/// Lines of one component that are kept.
const MAX_LINES: usize = 2000;

/// Levels that are told apart; VALARM inside of VEVENT inside of VCALENDAR is the third.
const MAX_DEPTH: usize = 8;

/// One VCALENDAR.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    /// Its own properties: METHOD and so on.
    pub(crate) lines: Vec<Line>,
    /// Its VTIMEZONEs.
    pub(crate) zones: Vec<Zone>,
    /// The properties of each VEVENT that was closed.
    pub(crate) events: Vec<Vec<Line>>,
    /// VEVENTs beyond [`MAX_EVENTS`].
    pub(crate) left_out: usize,
}

/// One VTIMEZONE as it was written.
#[derive(Debug, Default)]
pub(crate) struct Zone {
    /// Its own properties: TZID, X-LIC-LOCATION.
    pub(crate) lines: Vec<Line>,
    /// STANDARD or DAYLIGHT with its properties.
    pub(crate) observances: Vec<(&'static str, Vec<Line>)>,
}

/// What the lines between a BEGIN and its END are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Calendar,
    Zone,
    Standard,
    Daylight,
    Event,
    Other,
}

/// Reads the first VCALENDAR of a text that holds an event. At most [`MAX_INPUT`] bytes are looked at.
pub(crate) fn read(ics: &str) -> Option<Calendar> {
    let mut reader = Reader::default();
    for line in content_line::lines(cut(ics, MAX_INPUT)) {
        match line.name.as_str() {
            "BEGIN" => reader.begin(&line.value),
            "END" => {
                reader.end(&line.value);
                if reader.open.is_empty() && !reader.calendar.events.is_empty() {
                    break;
                }
            }
            _ => reader.property(line),
        }
    }
    (!reader.calendar.events.is_empty()).then_some(reader.calendar)
}

#[derive(Default)]
struct Reader {
    calendar: Calendar,
    /// Names and kinds of what is open, outermost first.
    open: Vec<(String, Kind)>,
    /// How many are open beyond [`MAX_DEPTH`].
    deeper: usize,
    event: Vec<Line>,
}

impl Reader {
    fn begin(&mut self, name: &str) {
        if self.open.len() == MAX_DEPTH {
            self.deeper += 1;
            return;
        }
        let name = cut(name.trim(), 64).to_ascii_uppercase();
        let kind = match (self.open.last().map(|(_, kind)| *kind), name.as_str()) {
            (None, "VCALENDAR") => Kind::Calendar,
            (Some(Kind::Calendar), "VTIMEZONE") => Kind::Zone,
            (Some(Kind::Calendar), "VEVENT") => Kind::Event,
            (Some(Kind::Zone), "STANDARD") => Kind::Standard,
            (Some(Kind::Zone), "DAYLIGHT") => Kind::Daylight,
            _ => Kind::Other,
        };
        match kind {
            Kind::Calendar => self.calendar = Calendar::default(),
            Kind::Zone => self.calendar.zones.push(Zone::default()),
            Kind::Standard => self.observance("STANDARD"),
            Kind::Daylight => self.observance("DAYLIGHT"),
            Kind::Event => self.event.clear(),
            Kind::Other => {}
        }
        self.calendar.zones.truncate(MAX_ZONES);
        self.open.push((name, kind));
    }

    fn observance(&mut self, name: &'static str) {
        if let Some(zone) = self.calendar.zones.last_mut()
            && zone.observances.len() < MAX_OBSERVANCES
        {
            zone.observances.push((name, Vec::new()));
        }
    }

    /// Closes the innermost open component of that name, and what was left open inside of it.
    fn end(&mut self, name: &str) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let name = cut(name.trim(), 64);
        let Some(place) = self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) else { return };
        if self.open.get(place).is_some_and(|(_, kind)| *kind == Kind::Event) {
            let event = std::mem::take(&mut self.event);
            if self.calendar.events.len() < MAX_EVENTS {
                self.calendar.events.push(event);
            } else {
                self.calendar.left_out += 1;
            }
        }
        self.open.truncate(place);
    }

    fn property(&mut self, line: Line) {
        if self.deeper > 0 {
            return;
        }
        let lines = match self.open.last().map(|(_, kind)| *kind) {
            Some(Kind::Calendar) => Some(&mut self.calendar.lines),
            Some(Kind::Zone) => self.calendar.zones.last_mut().map(|zone| &mut zone.lines),
            Some(Kind::Standard | Kind::Daylight) => {
                self.calendar.zones.last_mut().and_then(|zone| zone.observances.last_mut()).map(|(_, lines)| lines)
            }
            Some(Kind::Event) => Some(&mut self.event),
            Some(Kind::Other) | None => None,
        };
        if let Some(lines) = lines
            && lines.len() < MAX_LINES
        {
            lines.push(line);
        }
    }
}

/// The first line of that name (in capitals).
pub(crate) fn find<'a>(lines: &'a [Line], name: &str) -> Option<&'a Line> {
    lines.iter().find(|line| line.name == name)
}

/// The text of the first line of that name, without blanks around it; nothing where it is empty. At most `limit` bytes.
pub(crate) fn text(lines: &[Line], name: &str, limit: usize) -> Option<String> {
    let text = find(lines, name)?.text();
    let text = cut(text.trim(), limit);
    (!text.is_empty()).then(|| text.to_owned())
}
