//! Trees without what says nothing: one way to put two conditions together, so that equal queries look equal.

use super::Node;

impl Node {
    /// All of these must hold.
    pub fn all_of(nodes: Vec<Self>) -> Self {
        let mut parts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::All => {}
                Self::And(inner) => parts.extend(inner),
                other @ (Self::Or(_) | Self::Not(_) | Self::Term(_)) => parts.push(other),
            }
        }
        if parts.is_empty() { Self::All } else { alone(parts).unwrap_or_else(Self::And) }
    }

    /// One of these must hold.
    pub fn any_of(nodes: Vec<Self>) -> Self {
        let mut parts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                // Whatever else there is: this holds.
                Self::All => return Self::All,
                Self::Or(inner) => parts.extend(inner),
                other @ (Self::And(_) | Self::Not(_) | Self::Term(_)) => parts.push(other),
            }
        }
        alone(parts).unwrap_or_else(Self::Or)
    }

    /// This must not hold.
    #[must_use]
    pub fn negated(self) -> Self {
        if let Self::Not(node) = self { *node } else { Self::Not(Box::new(self)) }
    }
}

/// The only one of these, or all of them back.
fn alone(mut nodes: Vec<Node>) -> Result<Node, Vec<Node>> {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => Ok(node),
        last => {
            nodes.extend(last);
            Err(nodes)
        }
    }
}
