//! Posthaste: a terminal email client that opens at once, works offline and never loses an action or a mail.
//!
//! # The map
//!
//! One binary over this library. The screen is written in Elm's shape: `app::update` takes the model and a message and
//! gives back effects, `ui::draw` turns the model into cells; both are pure. Whatever waits for a disk or a network is
//! an effect that [`runtime`] runs, or lives in the sync engine.
//!
//! ```text
//!  keys, paste, resize ─┐                                 ┌─> ui::draw
//!                       v                                 │
//!                [runtime's loop] ──Msg──> app::update ───┤
//!                       ^                                 └─Effect─> runtime's effects
//!                       │                                               │         │
//!                       ├── rows and bodies, read from the cache <── store        │ Command
//!                       └── Event: ids only <────────── sync <────────────────────┘
//!                                                        │  └──> store (writes), journal
//!                                                        └─────> imap ──> server
//! ```
//!
//! Read the modules in the order in which they stand below: first the leaves, plain data that everybody shares; then the
//! rooms that do one thing each and do not know each other; then [`sync`], which ties cache, journal and server together;
//! then the screen; and last what starts it all. Who may import whom is checked by a test (`tests/it/tidy.rs`), and so is
//! that each library stays in its room: SQL in [`store`] and [`journal`], async-imap in [`imap`], mail-parser in
//! [`render`], [`compose`] and `imap::convert`, ratatui in [`ui`] and [`runtime`]. [`crypto`] runs gpg and gpgsm, and nobody else does.
//!
//! A search goes three ways at once: [`query`] says what is meant, [`store`] answers from its index of words (and reads what
//! is not indexed yet), and [`sync`] asks the servers for what the cache cannot know; `words` is how all of them, and the
//! marks on the screen, agree on what a word is.
//!
//! [`auth`] gets what an account signs in with, wherever the config says that it is: a command, the system's keyring, the
//! user's hands, a provider of OAuth 2. It keeps passwords in memory alone.
//!
//! What the user writes lies in [`letters`] from its first word on, becomes bytes in [`compose`], and leaves by [`send`]; [`sync`]
//! and the journal see to it that it is sent once; [`seal`] signs and encrypts it on its way.
//!
//! What the screen looks like is data: [`theme`] has roles and paints, [`config`] reads the user's own and what the config says
//! of them, [`ui`] makes styles; the model holds a name, and [`runtime`] reads config and themes again while it runs.
//!
//! # What always holds
//!
//! 1. **The screen does not wait.** The first frame is painted from the cache before any socket is opened, and no key
//!    ever waits for the network or for a query whose cost grows with the folder.
//! 2. **`app` does no I/O and reads no clock; `ui` changes nothing.** Events carry ids; what they speak of is read from
//!    the cache, so that there is one truth.
//! 3. **Journal first.** What the user does is on disk in the journal before it is shown as done. The cache holds the
//!    server's last word, and what is pending is laid over it: to take a refused action back is to drop its row.
//! 4. **The cache may be deleted at any time**, at the cost of a download. The journal may not; it lies elsewhere.
//! 5. **Only a tagged OK completes a command.** Anything else (end of stream, NO, BAD, half an answer) removes nothing
//!    and advances nothing, and a session that failed is dropped, never used again.
//! 6. **UIDs under a known UIDVALIDITY, never sequence numbers.** Before anything is destroyed, the message at that UID
//!    is proved to be the one that was meant.
//! 7. **Nothing lost, nothing doubled.** Never an EXPUNGE that could take another client's deleted mail, never a copy
//!    and delete that could leave half; a move that is tried again looks for its copy first.
//! 8. **One bad message, folder or answer costs one placeholder**, never the sync of the rest.
//! 9. **Every operation ends once**, done or failed; a failed one stays in sight until the user retries or discards it.
//! 10. **Nothing from a mail or a server reaches the terminal but through [`safe_text::SafeText`]**, and reading mail
//!     opens no connection and no file and starts no program, unless the user asks for that very thing.
//! 11. **No cycle of blocking sends.** Commands never block (they come at the speed of a hand); events are bounded, and
//!     merged by key when the screen is slow.

pub mod deflate;
pub mod dir_lock;
pub mod header_repair;
pub mod letter;
pub mod mail;
pub mod priority;
pub mod protocol;
pub mod query;
pub mod reach;
pub mod safe_text;
pub mod sasl;
pub mod step;
pub mod theme;
pub mod words;

pub mod config;
pub mod crypto;
pub mod imap;
pub mod journal;
pub mod letters;
pub mod render;
pub mod send;
pub mod store;

pub mod auth;
pub mod compose;

pub mod sync;

pub mod seal;
pub mod setup;

pub mod app;
pub mod ui;

pub mod cli;
pub mod demo;
pub mod runtime;
