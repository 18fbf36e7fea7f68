//! Lines that go silent, clocks that jump, computers that sleep, files that are locked: found, told, and healed in time.
#![cfg(test)]

mod away;
mod clock;
mod filing;
mod idle;
mod line;
mod lock;
mod search;
mod snooze;
