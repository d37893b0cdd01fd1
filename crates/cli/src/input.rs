//! Where a command reads from: a file, or stdin where it is named `-`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};

/// A file to be read, or stdin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input, named `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// Opens it, buffered.
    ///
    /// # Errors
    /// [`Failure::Unreadable`].
    pub fn open(&self) -> Outcome<Box<dyn Read>> {
        match self {
            Self::Stdin => Ok(Box::new(BufReader::new(io::stdin()))),
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Failure::unreadable(self, error))?;
                Ok(Box::new(BufReader::new(file)))
            }
        }
    }

    /// Reads it whole, or the first `limit_bytes` and one more where it holds more.
    ///
    /// # Errors
    /// [`Failure::Unreadable`].
    pub fn read(&self, limit_bytes: u64) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reader = self.open()?.take(limit_bytes.saturating_add(1));
        reader.read_to_end(&mut bytes).map_err(|error| Failure::unreadable(self, error))?;
        Ok(bytes)
    }
}

impl From<&str> for Input {
    fn from(name: &str) -> Self {
        if name == "-" { Self::Stdin } else { Self::File(PathBuf::from(name)) }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("<stdin>"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
