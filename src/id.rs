//! Who a participant is.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A participant's name in the channel, compared byte for byte.
///
/// Requests call it `uid`. Cloning is cheap: clones share one allocation.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

impl UserId {
    /// Makes an id of any text; its length is bounded where requests are parsed, not here.
    #[must_use]
    pub fn new(uid: &str) -> Self {
        Self(Arc::from(uid))
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for UserId {
    fn from(uid: &str) -> Self {
        Self::new(uid)
    }
}

impl From<String> for UserId {
    fn from(uid: String) -> Self {
        Self(Arc::from(uid))
    }
}

impl Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}
