//! What the language of queries can do, as data: the command line, the manual and the screen print it.

/// A line of help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Help {
    /// What is written, in its general form.
    pub form: &'static str,
    /// What it finds.
    pub what: &'static str,
    /// A query that uses it.
    pub example: &'static str,
}

const fn line(form: &'static str, what: &'static str, example: &'static str) -> Help {
    Help { form, what, example }
}

/// Everything there is, in the order in which it is to be printed.
pub const HELP: [Help; 35] = [
    line("word", "A word, or what begins with it; in subject, names, addresses, lists, attachments and text", "budget"),
    line("\"two words\"", "These words, whole, one after the other", "\"quarterly report\""),
    line("word*", "What begins with it", "re*"),
    line("*word", "What ends with it", "*shop"),
    line("*word*", "What has it anywhere", "*port*"),
    line("this that", "Both", "budget report"),
    line("this or that", "One of them", "budget or invoice"),
    line("-this, not this", "Not this", "budget -from:ada"),
    line("( )", "What belongs together; behind a field too", "from:(ada or bob) -(draft or old)"),
    line("from:", "Name or address of who sent it, also parts of it", "from:ada"),
    line("to:", "Name or address of who got it, also parts of it", "to:bob@acme.example"),
    line("cc:", "Name or address of who got a copy, also parts of it", "cc:team"),
    line("subject:", "Words of the subject", "subject:\"q3 numbers\""),
    line("body:", "Words of the text", "body:invoice"),
    line("list:", "The mailing list, also parts of its name", "list:rust-users"),
    line("file:, filename:", "Name of an attachment, also parts of it", "file:pdf"),
    line("is:unread, is:read", "Not read yet, or read", "is:unread"),
    line("is:flagged, is:starred, is:unflagged", "With a star, or without", "is:starred"),
    line("is:answered, is:draft", "Answered, or a draft", "-is:answered"),
    line("is:snoozed, is:muted", "Put off, or muted", "is:snoozed"),
    line("is:replylater, is:pinned", "To be answered later, or pinned", "is:replylater"),
    line("has:attachment, has:invite, has:link", "With an attachment, an invitation or a link", "has:attachment"),
    line(
        "in:, folder:",
        "In a folder: inbox, archive, its path or the last part of it; in:anywhere finds Trash and Junk too",
        "in:\"Work/Old plans\"",
    ),
    line("account:", "In an account", "account:work"),
    line("label:, tag:", "With a label", "label:todo"),
    line("before:", "Received before a day, month or year begins", "before:2026-03-14"),
    line("after:", "Received on that day or later", "after:14-mar-2026"),
    line("on:, date:", "Received on that day, or in that month, year or time", "on:2026-01..2026-03"),
    line(
        "today, yesterday, monday, last-week, this-month, last-year, mar, 14-mar",
        "Days of the calendar",
        "on:last-week",
    ),
    line("older:, older_than:", "Received longer ago: 12h, 3d, 2w, 6m, 1y", "older:1y"),
    line("newer:, newer_than:", "Received not longer ago", "newer:3d"),
    line("larger:", "More bytes: 500, 100k, 5M, 1G", "larger:5M"),
    line("smaller:", "Fewer bytes", "smaller:100k"),
    line("id:", "One message, by Message-ID or number", "id:42"),
    line("thread:", "Its conversation", "thread:<a1@acme.example>"),
];

#[cfg(test)]
mod tests;
