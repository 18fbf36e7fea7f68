//! Letters on the screen: plain data that `update::compose` changes and `ui::compose` draws.

pub mod order;
