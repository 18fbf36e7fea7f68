//! The sync engine: one coordinator that never awaits the network, and the connections it drives.
