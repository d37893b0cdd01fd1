//! The tests of the command, one binary: each runs `polyptych` as a user does.

mod check;
mod damage;
mod frame;
mod inspect;
mod layout;
mod pages;
mod parts;
#[path = "../../../recorder/tests/programs/mod.rs"]
mod programs;
mod readme;
mod render;
mod run;
mod wav;
