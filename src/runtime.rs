//! The loop around the screen: terminal, effects, timers.
