//! Screens by snapshot.
