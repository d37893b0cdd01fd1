//! `polyptych layout`: what goes where.

use std::fmt::Write;

use polyptych::UserId;
use polyptych::layout;
use polyptych::request::{Request, to_json};
use serde::Serialize;

use super::request::{self, Body};
use crate::args::{LayoutArgs, LayoutFormat};
use crate::draw;
use crate::failure::{self, Failure, Outcome};
use crate::output;
use crate::placement::{Placement, printable};
use crate::report::WarningEntry;

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    placement: &'a Placement,
    warnings: Vec<WarningEntry<'a>>,
}

/// Shows where the request puts the users of the command line.
pub fn layout(args: &LayoutArgs) -> Outcome {
    args.output.check()?;
    if args.expand && matches!(args.format, LayoutFormat::Svg | LayoutFormat::Png) {
        return Err(Failure::Usage("an expanded layout is JSON: leave out --format or --expand".to_owned()));
    }
    let users = args.users.get()?;
    let body = Body::read(&args.target.request)?;
    let request = body.accept(args.target.canvas, users)?;
    if args.expand || args.format != LayoutFormat::Json {
        failure::tell(&body.document().explain(&[], &request.warnings));
    }
    let users = users.unwrap_or_default();
    let result = if args.expand { expanded(args, &request, users)? } else { placed(args, &request, users)? };
    args.output.write(&result)
}

fn expanded(args: &LayoutArgs, request: &Request, users: &[UserId]) -> Outcome<Vec<u8>> {
    let spec = layout::expand(&request.layout, users, args.rules.column_order.into())
        .map_err(|error| Failure::Usage(format!("{error} with --users")))?;
    Ok(format!("{}\n", to_json(&spec)).into_bytes())
}

fn placed(args: &LayoutArgs, request: &Request, users: &[UserId]) -> Outcome<Vec<u8>> {
    let canvas = request::canvas(args.target.canvas, request)?;
    let layout = layout::resolve(&request.layout.arrangement, users, args.rules.column_order.into());
    let placement = Placement::new(&layout, canvas);
    match args.format {
        LayoutFormat::Text => Ok(table(&placement).into_bytes()),
        LayoutFormat::Json => {
            let warnings = request.warnings.iter().map(WarningEntry::from).collect();
            output::json(&Report { placement: &placement, warnings })
        }
        LayoutFormat::Svg => Ok(draw::svg(&placement).into_bytes()),
        LayoutFormat::Png => draw::png(&placement),
    }
}

/// A line a region, bottom first.
fn table(placement: &Placement) -> String {
    let names: Vec<_> = placement.regions.iter().map(|region| region.name()).collect();
    let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    let mut table = format!("canvas {}x{}\n", placement.canvas.width, placement.canvas.height);
    if names.is_empty() {
        table += "no regions\n";
    } else {
        table += &format!(" z  {:wide$}      x      y  width  height  alpha  mode\n", "user");
    }
    for (region, name) in placement.regions.iter().zip(names) {
        let (x, y, width, height, alpha) = (region.x, region.y, region.width, region.height, region.alpha);
        let (z, mode) = (region.z, region.render_mode);
        write!(table, "{z:2}  {name:wide$}  {x:5}  {y:5}  {width:5}  {height:6}  {alpha:5}  {mode}")
            .expect("writing to a string cannot fail");
        if let Some(hidden) = &region.hidden {
            table += &format!("  shows nobody: {}", hidden.reason);
        }
        table.push('\n');
    }
    if !placement.unplaced.is_empty() {
        let waiting: Vec<_> = placement.unplaced.iter().map(|uid| printable(uid)).collect();
        table += &format!("without a region: {}\n", waiting.join(", "));
    }
    table
}
