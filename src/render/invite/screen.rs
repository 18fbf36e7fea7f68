//! An invitation as labelled lines for the screen.

use super::person::{Attendance, Attendee, Person, Role};
use super::{Event, Invite, Method, Status};
use crate::render::content_line::cut;

/// People who are named; the rest is counted.
const MAX_NAMED: usize = 12;

/// Bytes of one line.
const MAX_LINE: usize = 2000;

impl Invite {
    /// What this is, in a few words: "Invitation", "Cancelled", "Tom Becker says yes". The name is the calendar's own
    /// claim: nothing says that the mail is from that person.
    pub(crate) fn headline(&self) -> String {
        let first = self.events.first();
        // Only one person answers or proposes; whoever names several says nothing clear.
        let who = match first.map(|event| event.attendees.as_slice()) {
            Some([one]) => Some(one),
            Some(_) | None => None,
        };
        let name = who.map_or("Somebody", |one| one.person.shown());
        match &self.method {
            Method::Cancel => "Cancelled".to_owned(),
            Method::Publish | Method::Request | Method::Other(_) if self.all_cancelled() => "Cancelled".to_owned(),
            Method::Publish | Method::Other(_) => "Event".to_owned(),
            Method::Request if self.events.iter().any(|event| event.sequence > 0) => "Changed invitation".to_owned(),
            Method::Request => "Invitation".to_owned(),
            Method::Reply => format!("{name} {}", says(who.map(|one| one.answer))),
            Method::Add => "More dates".to_owned(),
            Method::Refresh => format!("{name} asks for the newest version"),
            Method::Counter if who.is_some() => format!("{name} proposes another time"),
            Method::Counter => "Proposes another time".to_owned(),
            Method::DeclineCounter => "The other time is refused".to_owned(),
        }
    }

    fn all_cancelled(&self) -> bool {
        self.events.iter().all(|event| event.status == Status::Cancelled)
    }

    /// Label and text of each line, in the order of the screen; events follow each other. Each text is one line.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines: Vec<_> = self.events.iter().flat_map(|event| event.lines(&self.method)).collect();
        match self.left_out {
            0 => {}
            1 => lines.push(("Note", "One more event is not shown".to_owned())),
            more => lines.push(("Note", format!("{more} more events are not shown"))),
        }
        lines
    }
}

fn says(answer: Option<Attendance>) -> &'static str {
    match answer {
        Some(Attendance::Yes) => "says yes",
        Some(Attendance::Maybe) => "says maybe",
        Some(Attendance::No) => "says no",
        Some(Attendance::Delegated) => "sends somebody else",
        Some(Attendance::Waiting) | None => "answers",
    }
}

impl Event {
    fn lines(&self, method: &Method) -> Vec<(&'static str, String)> {
        let organizer = self.organizer.as_ref().map(Person::full).unwrap_or_default();
        let summary = if self.summary.is_empty() { "(no title)" } else { &self.summary };
        let when = if self.when.is_empty() { "no date is given" } else { &self.when };
        let mut lines = Vec::new();
        let mut add = |label, text: &str| {
            let text = squeeze(text);
            if !text.is_empty() {
                lines.push((label, text));
            }
        };
        add("What", summary);
        add("When", when);
        add("Repeats", self.repeats.as_deref().unwrap_or(""));
        add("Where", &self.location);
        if self.url != self.location {
            add("Link", &self.url);
        }
        add("Who invites", &organizer);
        add("Who comes", &self.who_comes());
        add("Comment", &self.comment);
        // One date of several may be off while the mail as a whole is no cancellation.
        if self.status == Status::Cancelled && *method != Method::Cancel {
            add("Note", "This one is cancelled");
        }
        for note in &self.notes {
            add("Note", note);
        }
        lines
    }

    /// Who comes, who does not and who has not said yet.
    fn who_comes(&self) -> String {
        let named: Vec<String> = self.attendees.iter().take(MAX_NAMED).map(Attendee::words).collect();
        let more = self.attendees.len().saturating_sub(named.len()) + self.attendees_left_out;
        let named = named.join(", ");
        if more == 0 { named } else { format!("{named}, +{more} more") }
    }
}

impl Attendee {
    fn words(&self) -> String {
        let name = cut(self.person.shown(), 80);
        let role = match self.role {
            Role::Required | Role::Chair => "",
            Role::Optional => " (optional)",
            Role::Informed => " (for information)",
            Role::Resource => " (room)",
        };
        match self.answer {
            Attendance::Yes => format!("✓ {name}{role}"),
            Attendance::No => format!("✗ {name}{role}"),
            Attendance::Maybe => format!("? {name}{role}"),
            Attendance::Delegated => format!("{name}{role} (sends somebody else)"),
            Attendance::Waiting if role.is_empty() => format!("{name} (waiting)"),
            Attendance::Waiting => format!("{name}{role}"),
        }
    }
}

/// One line: runs of white space become a blank.
fn squeeze(text: &str) -> String {
    cut(text, MAX_LINE).split_whitespace().collect::<Vec<_>>().join(" ")
}
