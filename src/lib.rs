//! Posthaste: a terminal email client that opens at once, works offline and never loses an action or a mail.

pub mod app;
pub mod mail;
pub mod protocol;
pub mod render;
pub mod safe_text;
