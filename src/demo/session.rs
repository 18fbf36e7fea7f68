//! One client's session: greeting, commands one after the other, pushes while it idles.

use std::io;
use std::sync::Arc;

use imap_codec::imap_types::command::CommandBody;
use tokio::sync::watch;

use crate::demo::command::{Body, Request};
use crate::demo::faults::Then;
use crate::demo::server::Options;
use crate::demo::session::condstore::Enabled;
use crate::demo::session::notify::Notify;
use crate::demo::session::view::View;
use crate::demo::tree::Refusal;
use crate::demo::wire::{Stream, Wire};
use crate::demo::world::World;

mod auth;
mod condstore;
mod mailboxes;
mod messages;
mod notify;
mod view;

/// What a command came to.
#[derive(Debug)]
enum Reply {
    /// Tagged OK with this text.
    Ok(String),
    /// Tagged NO with this text, code in brackets included.
    No(String),
    /// Tagged BAD with this text.
    Bad(String),
    /// Tagged OK, and what follows it is compressed.
    Deflate,
    /// The session ends.
    End,
}

impl Reply {
    fn done(verb: &str) -> Self {
        Self::Ok(format!("{verb} completed."))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::No(format!("[{}] {}", refusal.code, refusal.text))
    }
}

/// Whether EXPUNGE may be told now: not during FETCH, STORE and SEARCH, whose numbers would shift (RFC 9051, 7.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expunges {
    Told,
    Held,
}

/// One client's session.
#[derive(Debug)]
pub struct Session {
    wire: Wire,
    world: World,
    options: Arc<Options>,
    changes: watch::Receiver<u64>,
    user: Option<String>,
    selected: Option<View>,
    kicks: u64,
    /// Whether the client may not know all that changed in its mailbox.
    stale: bool,
    enabled: Enabled,
    /// What the client asked to be told of other mailboxes.
    notify: Option<Notify>,
    compressed: bool,
}

impl Session {
    /// A session that has not been greeted yet.
    pub fn new(stream: impl Stream + 'static, world: World, options: Arc<Options>) -> Self {
        let (changes, kicks) = (world.watch(), world.lock().kicks());
        let wire = Wire::new(Box::new(stream), world.clone());
        Self {
            wire,
            world,
            options,
            changes,
            user: None,
            selected: None,
            kicks,
            stale: false,
            enabled: Enabled::Nothing,
            notify: None,
            compressed: false,
        }
    }

    /// Serves the client until it leaves or the connection breaks.
    pub async fn run(mut self) {
        let kicks = self.kicks;
        let mut kicked = self.world.watch();
        let world = self.world.clone();
        let cut = async move { kicked.wait_for(|_| world.lock().kicks() > kicks).await.is_ok() };
        tokio::select! {
            // A broken connection is no news here: the client sees it, and so does the test.
            _ = self.serve() => {}
            _ = cut => {}
        }
    }

    async fn serve(&mut self) -> io::Result<()> {
        let fault = self.world.lock().faults.connect();
        match fault {
            None => {}
            Some(Then::Close | Then::DoThenClose) => return Ok(()),
            Some(Then::Hang) => {
                self.wire.hang().await;
                return Ok(());
            }
            Some(Then::No(text) | Then::Bad(text)) => {
                self.wire.say(format!("* BYE {text}\r\n"));
                return self.wire.flush().await;
            }
            Some(Then::Say(bytes)) => self.wire.say(bytes),
            Some(Then::Delay(time)) => self.wire.wait(time).await,
        }
        let capabilities = self.capabilities();
        self.wire.say(format!("* OK [CAPABILITY {capabilities}] posthaste demo server ready.\r\n"));
        self.wire.flush().await?;
        loop {
            let raw = self.wire.read_command().await?;
            let request = Request::parse(&raw);
            let fault = {
                let mut state = self.world.lock();
                if state.kicks() > self.kicks {
                    return Ok(());
                }
                let user = self.user.as_deref().unwrap_or("-");
                state.record(format!("{user}: {}", request.log));
                state.faults.command(&request.verb, &request.log)
            };
            let reply = match fault {
                Some(Then::Close) => return Ok(()),
                Some(Then::Hang) => {
                    self.wire.hang().await;
                    return Ok(());
                }
                Some(Then::No(text)) => Reply::No(text),
                Some(Then::Bad(text)) => Reply::Bad(text),
                Some(Then::DoThenClose) => {
                    self.wire.lose_voice();
                    self.answer(&request).await?;
                    return Ok(());
                }
                Some(Then::Say(bytes)) => {
                    self.wire.say(bytes);
                    self.answer(&request).await?
                }
                Some(Then::Delay(time)) => {
                    self.wire.wait(time).await;
                    self.answer(&request).await?
                }
                None => self.answer(&request).await?,
            };
            if !self.conclude(&request, &reply).await? {
                return Ok(());
            }
        }
    }

    /// Tells what changed meanwhile, then the tagged answer; `false` when the session is over.
    async fn conclude(&mut self, request: &Request, reply: &Reply) -> io::Result<bool> {
        let expunges = match request.verb.as_str() {
            "FETCH" | "STORE" | "SEARCH" => Expunges::Held,
            _ => Expunges::Told,
        };
        let silent = self.options.silent_idle && request.verb == "IDLE";
        let alive = silent || self.announce(expunges);
        let tag = &request.tag;
        match reply {
            Reply::Ok(text) => self.wire.say(format!("{tag} OK {text}\r\n")),
            Reply::No(text) => self.wire.say(format!("{tag} NO {text}\r\n")),
            Reply::Bad(text) => self.wire.say(format!("{tag} BAD {text}\r\n")),
            Reply::Deflate => self.wire.say(format!("{tag} OK DEFLATE active\r\n")),
            Reply::End => {}
        }
        self.wire.flush().await?;
        if matches!(reply, Reply::Deflate) {
            self.compressed = true;
            self.wire.deflate();
        }
        Ok(alive && !matches!(reply, Reply::End))
    }

    /// Tells the client what changed in the selected mailbox; `false` (after a BYE) when that mailbox is gone.
    fn announce(&mut self, expunges: Expunges) -> bool {
        // Comparing a large mailbox row by row takes a while: only when something changed anywhere.
        if self.changes.has_changed().unwrap_or(true) {
            self.changes.mark_unchanged();
            self.stale = true;
        }
        if !self.stale {
            return true;
        }
        self.stale = expunges == Expunges::Held;
        self.announce_others();
        let enabled = self.enabled;
        let (Some(user), Some(view)) = (&self.user, &mut self.selected) else {
            return true;
        };
        let news = {
            let state = self.world.lock();
            let mailbox = state.tree(user).and_then(|tree| tree.get(&view.folder));
            mailbox
                .filter(|mailbox| mailbox.uid_validity == view.uid_validity)
                .map(|mailbox| view.news(mailbox, expunges, enabled))
        };
        let alive = news.is_some();
        self.wire.say(news.unwrap_or_else(|| "* BYE Mailbox was deleted or changed its UIDVALIDITY.\r\n".to_owned()));
        alive
    }

    fn capabilities(&self) -> String {
        let hidden = |name: &str| self.user.is_some() && (name.starts_with("AUTH=") || name == "LOGINDISABLED");
        let names: Vec<&str> =
            self.options.capabilities.iter().map(String::as_str).filter(|name| !hidden(name)).collect();
        names.join(" ")
    }

    /// The capability that a verb needs.
    fn is_offered(&self, verb: &str) -> bool {
        let needed = match verb {
            "MOVE" | "UID MOVE" => "MOVE",
            "UID EXPUNGE" => "UIDPLUS",
            "IDLE" => "IDLE",
            "NAMESPACE" => "NAMESPACE",
            "ID" => "ID",
            "ENABLE" => "ENABLE",
            "UNSELECT" => "UNSELECT",
            "NOTIFY" => "NOTIFY",
            "COMPRESS" => "COMPRESS=DEFLATE",
            "AUTHENTICATE" => "AUTH=PLAIN",
            _ => return true,
        };
        self.options.has(needed)
    }

    async fn answer(&mut self, request: &Request) -> io::Result<Reply> {
        let verb = request.verb.as_str();
        if !self.is_offered(verb) {
            return Ok(Reply::Bad("Unknown command.".to_owned()));
        }
        match &request.body {
            Body::Bad => Ok(Reply::Bad("Error in IMAP command.".to_owned())),
            Body::List(list) => Ok(match &self.user {
                Some(_) => self.list(list),
                None => Reply::Bad("Please login first.".to_owned()),
            }),
            Body::Notify(asked) => Ok(match &self.user {
                Some(_) => self.notify(asked),
                None => Reply::Bad("Please login first.".to_owned()),
            }),
            Body::Esearch(_) if !self.options.has("ESEARCH") => Ok(Reply::Bad("Unknown argument RETURN.".to_owned())),
            Body::Esearch(body) => self.dispatch(request, body, messages::Found::Esearch).await,
            Body::Standard(body) => self.dispatch(request, body, messages::Found::Search).await,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is for the functions that follow")]
    async fn dispatch(
        &mut self,
        request: &Request,
        body: &CommandBody<'static>,
        found: messages::Found,
    ) -> io::Result<Reply> {
        match body {
            CommandBody::Capability => {
                let capabilities = self.capabilities();
                self.wire.say(format!("* CAPABILITY {capabilities}\r\n"));
                return Ok(Reply::done("Capability"));
            }
            CommandBody::Noop => return Ok(Reply::done("NOOP")),
            CommandBody::Logout => {
                self.wire.say(format!("* BYE Logging out\r\n{} OK Logout completed.\r\n", request.tag));
                return Ok(Reply::End);
            }
            CommandBody::Id { .. } => {
                self.wire.say("* ID (\"name\" \"posthaste demo\")\r\n");
                return Ok(Reply::done("ID"));
            }
            _ => {}
        }
        if self.user.is_none() {
            return self.authenticate(body).await;
        }
        if self.selected.is_some()
            && let Some(reply) = self.message_command(request, body, found).await?
        {
            return Ok(reply);
        }
        self.mailbox_command(body).await
    }
}
