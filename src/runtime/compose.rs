//! What the composer orders.

use crate::app::compose::order::Order;
use crate::runtime::Runtime;

/// Does what is ordered.
pub fn carry_out(_runtime: &mut Runtime, _order: Order) {}
