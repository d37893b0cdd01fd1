//! Flags that several commands have.

use std::collections::HashSet;

use clap::{Args, ValueEnum};
use polyptych::{ColumnOrder, Size, UserId};

use super::value;
use crate::failure::{Failure, Outcome};
use crate::input::Input;
use crate::output::{Output, Overwrite};

/// Which request, and upon what canvas.
#[derive(Args, Debug)]
pub struct TargetArgs {
    /// The request: the body of an update, the layout alone, or the body of a start; - reads stdin
    #[arg(value_name = "REQUEST.json|-")]
    pub request: Input,
    /// The canvas in pixels; wins over one that the request states
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = value::size)]
    pub canvas: Option<Size>,
}

/// Who is in the channel.
#[derive(Args, Debug)]
pub struct UsersArgs {
    /// Who is in the channel, in join order
    #[arg(long, value_name = "UID,…", value_delimiter = ',', value_parser = value::user)]
    users: Option<Vec<UserId>>,
}

impl UsersArgs {
    /// The users in join order, where they are named.
    ///
    /// # Errors
    /// [`Failure::Usage`](crate::failure::Failure::Usage) where one is named twice.
    pub fn get(&self) -> Outcome<Option<&[UserId]>> {
        each_once("--users", self.users.iter().flatten())?;
        Ok(self.users.as_deref())
    }
}

/// Makes sure that a flag names no user twice.
///
/// # Errors
/// [`Failure::Usage`] where it does.
pub fn each_once<'u>(flag: &str, users: impl IntoIterator<Item = &'u UserId>) -> Outcome {
    let mut seen = HashSet::new();
    match users.into_iter().find(|uid| !seen.insert(*uid)) {
        Some(uid) => Err(Failure::Usage(format!("user {uid:?} is named twice with {flag}"))),
        None => Ok(()),
    }
}

/// Rules that a request cannot state.
#[derive(Args, Debug)]
pub struct RuleArgs {
    /// Which column of a vertical layout of 10 to 17 users is filled first
    #[arg(long, value_enum, default_value_t = Columns::OuterFirst)]
    pub column_order: Columns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Columns {
    /// The one at the canvas's right edge
    #[value(name = "outer_first", alias = "outer-first")]
    OuterFirst,
    /// The one beside the large area
    #[value(name = "inner_first", alias = "inner-first")]
    InnerFirst,
}

impl From<Columns> for ColumnOrder {
    fn from(columns: Columns) -> Self {
        match columns {
            Columns::OuterFirst => Self::OuterFirst,
            Columns::InnerFirst => Self::InnerFirst,
        }
    }
}

/// Where the result goes.
#[derive(Args, Debug)]
pub struct OutputArgs {
    /// Where the result goes; - is stdout
    #[arg(short = 'o', long = "output", value_name = "FILE|-", default_value = "-")]
    pub place: Output,
    /// Replace the output file where it exists
    #[arg(long)]
    force: bool,
}

impl OutputArgs {
    /// Makes sure, before any work is done, that a result could be put there.
    ///
    /// # Errors
    /// As [`Output::check`].
    pub fn check(&self) -> Outcome {
        self.place.check(self.overwrite())
    }

    /// Puts the result in its place.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn write(&self, bytes: &[u8]) -> Outcome {
        self.place.write(bytes, self.overwrite())
    }

    fn overwrite(&self) -> Overwrite {
        if self.force { Overwrite::Force } else { Overwrite::Never }
    }
}
