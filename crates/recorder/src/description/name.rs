//! Names that become parts of file names.

use std::fmt;

use sha2::{Digest, Sha256};

/// Most bytes of a name: two of them, a time and an ending are less than the 255 bytes that file systems take.
const MAX_BYTES: usize = 100;

/// A text that may be a part of a file's name: 1 to 100 bytes without separators of paths and without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

/// Why a text cannot be a part of a file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFlaw {
    /// It is empty.
    #[error("empty")]
    Empty,
    /// It is too long.
    #[error("too long: {bytes} bytes")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// It holds a character that would mean something else.
    #[error("{found:?} cannot stand in a file's name")]
    Forbidden {
        /// The character.
        found: char,
    },
}

impl Name {
    /// What is allowed.
    pub(super) const EXPECTED: &str = "1 to 100 bytes without /, \\ and control characters";

    /// Checks a text.
    ///
    /// # Errors
    /// Why it cannot be a part of a file's name.
    pub fn new(text: &str) -> Result<Self, NameFlaw> {
        if text.is_empty() {
            return Err(NameFlaw::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(NameFlaw::TooLong { bytes: text.len() });
        }
        match text.chars().find(|found| matches!(found, '/' | '\\') || found.is_control()) {
            Some(found) => Err(NameFlaw::Forbidden { found }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The first 32 hexadecimal digits of the SHA-256 of `bytes` (FIPS 180-4).
    #[must_use]
    pub fn of_digest(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Name {
    /// `recording`, which is what a recording without a name is called.
    fn default() -> Self {
        Self("recording".to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_a_digest_is_that_of_the_standard() {
        // FIPS 180-4, the example of "abc".
        assert_eq!(Name::of_digest(b"abc").as_str(), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn name_refuses_what_leads_elsewhere() {
        for (text, flaw) in [
            ("", NameFlaw::Empty),
            ("a/b", NameFlaw::Forbidden { found: '/' }),
            ("a\\b", NameFlaw::Forbidden { found: '\\' }),
            ("a\nb", NameFlaw::Forbidden { found: '\n' }),
            ("a\u{85}b", NameFlaw::Forbidden { found: '\u{85}' }),
        ] {
            assert_eq!(Name::new(text), Err(flaw), "{text:?}");
        }
        assert_eq!(Name::new(&"a".repeat(101)), Err(NameFlaw::TooLong { bytes: 101 }));
        assert_eq!(Name::new("wöchentlich 1").map(|name| name.to_string()), Ok("wöchentlich 1".to_owned()));
    }
}
