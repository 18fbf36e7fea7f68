//! Against a real Dovecot.
