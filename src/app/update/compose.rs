//! Letters on the screen: what is done to them, and what is told of them.

use crate::app::compose::order::News;
use crate::app::model::Model;
use crate::app::msg::Effect;

/// Something came for the composer.
pub fn heard(_model: &mut Model, _fx: &mut Vec<Effect>, _news: News) {}
