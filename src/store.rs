//! The cache: one SQLite file, one Writer, many Readers. It can be deleted at any time.
