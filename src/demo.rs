//! An embedded IMAP server and its sample mailbox, for the demo and for tests.
