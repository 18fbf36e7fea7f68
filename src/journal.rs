//! The durable queue of what the user did, in its own SQLite file with synchronous=FULL.
