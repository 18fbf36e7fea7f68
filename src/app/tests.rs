//! Keys in, effects out.
