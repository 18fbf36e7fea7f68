//! The brain of the screen, in Elm's shape: `update(&mut Model, Msg) -> Vec<Effect>` is pure.

pub mod accounts;
pub mod action;
pub mod compose;
pub mod cursor;
pub mod day;
pub mod dividers;
pub mod float;
pub mod footer;
pub mod geometry;
pub mod help;
pub mod key;
pub mod keymap;
pub mod lend;
pub mod lines;
pub mod look;
pub mod model;
pub mod msg;
pub mod notice;
pub mod pick;
pub mod reading;
pub mod rights;
pub mod search;
pub mod sign_in;
pub mod snooze;
pub mod start;
pub mod sweep;
pub mod tasks;
pub mod tree;
pub mod update;
pub mod when;
pub mod wizard;
pub mod work;

#[cfg(test)]
mod tests;
