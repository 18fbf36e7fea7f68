//! The brain of the screen, in Elm's shape: `update(&mut Model, Msg) -> Vec<Effect>` is pure.

pub mod action;
pub mod key;
pub mod model;
pub mod msg;
