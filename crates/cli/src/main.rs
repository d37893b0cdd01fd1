#![forbid(unsafe_code)]
//! The command `polyptych`: renders recordings, composes frames, checks layout requests, shows what goes where.

mod args;
mod commands;
mod draw;
mod failure;
mod input;
mod output;
mod picture;
mod placement;
mod report;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(args) => commands::check(&args),
        Command::Layout(args) => commands::layout(&args),
        Command::Frame(args) => commands::frame(&args),
        Command::Render(args) => commands::render(&args),
        Command::Concat(args) => commands::concat(&args),
        Command::Inspect(args) => commands::inspect(&args),
        Command::Doctor(args) => commands::doctor(&args),
        Command::Schema(args) => commands::schema(&args),
        Command::Completions(args) => commands::completions(&args),
        Command::Man(args) => commands::man(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
