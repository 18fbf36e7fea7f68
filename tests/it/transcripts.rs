//! The IMAP layer against scripted servers.
