//! The signs that the screen draws with, in Unicode, in ASCII and with pictures of a patched font (UX.md, section 4).

use crate::app::model::Glyphs;

/// One set of signs; each takes one column unless it says otherwise.
#[derive(Debug)]
pub struct Set {
    /// Unread message.
    pub unread: &'static str,
    /// Starred message.
    pub star: &'static str,
    /// Answered message.
    pub replied: &'static str,
    /// Forwarded message.
    pub forwarded: &'static str,
    /// In a muted conversation.
    pub muted: &'static str,
    /// Has attachments.
    pub attachment: &'static str,
    /// Left edge of the selected row.
    pub bar: &'static str,
    /// Marked message.
    pub mark: &'static str,
    /// An action on it waits in the queue.
    pub pending: &'static str,
    /// Found by a server; its text is not here.
    pub remote: &'static str,
    /// Put off, or back from that.
    pub snoozed: &'static str,
    /// To be answered.
    pub later: &'static str,
    /// Kept at the top.
    pub pinned: &'static str,
    /// Folder with hidden children.
    pub folded: &'static str,
    /// Folder with children shown.
    pub open: &'static str,
    /// Pictures of "running", one after the other.
    pub running: [&'static str; 4],
    /// Fine; may take two columns.
    pub ok: &'static str,
    /// What is cut off; may take three columns.
    pub more: &'static str,
    /// The bar before quoted text.
    pub quote: &'static str,
    /// A step that is reached, and one that is not yet.
    pub steps: [&'static str; 2],
    /// Hairline.
    pub hline: &'static str,
    /// Hairline down.
    pub vline: &'static str,
    /// Where a hairline goes down from one across.
    pub tee_down: &'static str,
    /// Where a hairline goes right from one down.
    pub tee_right: &'static str,
    /// In a tree, three columns: a branch with others below it, the last one, and the line beside the branches of another.
    pub branches: [&'static str; 3],
    /// Corners of a box: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// The part of a progress line that is done.
    pub done: &'static str,
    /// The prompt of an input line.
    pub prompt: &'static str,
    /// Before the name of where esc leads.
    pub back: &'static str,
    /// Between two hints or facts.
    pub dot: &'static str,
}

const UNICODE: Set = Set {
    unread: "●",
    star: "★",
    replied: "←",
    forwarded: "→",
    muted: "⊘",
    attachment: "≡",
    bar: "▌",
    mark: "■",
    pending: "»",
    remote: "↓",
    snoozed: "☾",
    later: "↶",
    pinned: "▴",
    folded: "▸",
    open: "▾",
    running: ["·", "∙", "•", "∙"],
    ok: "✓",
    more: "…",
    quote: "▏",
    steps: ["●", "○"],
    hline: "─",
    vline: "│",
    tee_down: "┬",
    tee_right: "├",
    branches: ["├─ ", "└─ ", "│  "],
    corners: ["╭", "╮", "╰", "╯"],
    done: "━",
    prompt: "›",
    back: "‹",
    dot: "·",
};

const ASCII: Set = Set {
    unread: "N",
    star: "*",
    replied: "r",
    forwarded: "f",
    muted: "m",
    attachment: "@",
    bar: ">",
    mark: "x",
    pending: "~",
    remote: "v",
    snoozed: "z",
    later: "L",
    pinned: "^",
    folded: "+",
    open: "-",
    running: [".", "o", "O", "o"],
    ok: "ok",
    more: "...",
    quote: ">",
    steps: ["*", "o"],
    hline: "-",
    vline: "|",
    tee_down: "+",
    tee_right: "+",
    branches: ["|- ", "`- ", "|  "],
    corners: ["+", "+", "+", "+"],
    done: "=",
    prompt: ">",
    back: "<",
    dot: "-",
};

/// Font Awesome's star, reply, share and paperclip, where the fonts of nerdfonts.com have them.
const NERD: Set =
    Set { star: "\u{f005}", replied: "\u{f112}", forwarded: "\u{f064}", attachment: "\u{f0c6}", ..UNICODE };

impl Set {
    /// The signs of the user's choice.
    pub const fn of(glyphs: Glyphs) -> &'static Self {
        match glyphs {
            Glyphs::Unicode => &UNICODE,
            Glyphs::Ascii => &ASCII,
            Glyphs::Nerd => &NERD,
        }
    }

    /// The picture of "running" that is due: the model counts them.
    pub fn spinner(&self, count: u8) -> &'static str {
        self.running.get(usize::from(count % 4)).copied().unwrap_or(".")
    }
}
