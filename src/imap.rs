//! IMAP: connect, guard, driver, session.
