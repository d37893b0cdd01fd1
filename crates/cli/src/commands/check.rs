//! `polyptych check`: whether a request is valid.

use polyptych::request::Strictness;
use serde::Serialize;

use super::request::Body;
use crate::args::{CheckArgs, CheckFormat};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::report::{ErrorEntry, WarningEntry};

#[derive(Serialize)]
struct Verdict<'a> {
    valid: bool,
    errors: Vec<ErrorEntry<'a>>,
    warnings: Vec<WarningEntry<'a>>,
}

/// Tells on stdout whether the request is valid: the verdict is this command's result.
pub fn check(args: &CheckArgs) -> Outcome {
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let users = args.users.get()?;
    let body = Body::read(&args.target.request)?;
    let parsed = body.parse(args.target.canvas, users, strictness);
    let (errors, warnings) = match &parsed {
        Ok(request) => (&[][..], &request.warnings),
        Err(refusal) => (&refusal.errors[..], &refusal.warnings),
    };
    let valid = parsed.is_ok();
    match args.format {
        CheckFormat::Json => {
            let errors = errors.iter().map(ErrorEntry::from).collect();
            let warnings = warnings.iter().map(WarningEntry::from).collect();
            output::print(&output::json(&Verdict { valid, errors, warnings })?)?;
        }
        CheckFormat::Text => {
            let verdict = match (errors.len(), warnings.len()) {
                (0, 0) => "valid".to_owned(),
                (0, warnings) => format!("valid, {}", count(warnings, "warning")),
                (errors, 0) => format!("not valid, {}", count(errors, "error")),
                (errors, warnings) => {
                    format!("not valid, {}, {}", count(errors, "error"), count(warnings, "warning"))
                }
            };
            let explained = body.document().explain(errors, warnings);
            output::print_styled(&format!("{explained}{}: {verdict}\n", body.name))?;
        }
    }
    if valid { Ok(()) } else { Err(Failure::Refused) }
}

fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
