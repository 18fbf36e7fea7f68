//! The architecture's rules.
