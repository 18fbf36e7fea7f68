//! The engine for commands without a screen.
