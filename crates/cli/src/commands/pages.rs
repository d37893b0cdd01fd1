//! Pages that are made from the program itself: the JSON Schema, completions, the manual.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs, SchemaArgs, SchemaKind};
use crate::failure::{Failure, Outcome};
use crate::output::print;

/// Prints the JSON Schema of a request or of a recording's description.
pub fn schema(args: &SchemaArgs) -> Outcome {
    let schema = match args.of {
        SchemaKind::Request => polyptych::request::json_schema(),
        SchemaKind::Recording => polyptych_recorder::description::json_schema(),
    };
    print(format!("{schema:#}\n").as_bytes())
}

/// Prints completions for a shell.
pub fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "polyptych", &mut script);
    print(&script)
}

/// Prints a manual page.
pub fn man(args: &ManArgs) -> Outcome {
    let mut program = Cli::command();
    // Fills in the full names (`polyptych layout`) and the flags that all commands have.
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            let message = format!("there is no command {name}; --help lists them");
            Failure::Usage(message)
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Failure::Running(error.to_string()))?;
    print(&page)
}
