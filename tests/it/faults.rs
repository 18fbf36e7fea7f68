//! What may go wrong with network, process and disk, and that nothing is lost or doubled by it.
#![cfg(test)]

mod bytes;
mod corruption;
mod disk;
mod drafts;
mod filing;
mod posting;
mod proxy;
#[cfg(target_os = "linux")]
mod room;
#[cfg(target_os = "linux")]
mod sign_in;
mod steps;
#[cfg(target_os = "linux")]
mod tls;
mod upgrade;
