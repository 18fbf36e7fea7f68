//! The commands without a screen.
