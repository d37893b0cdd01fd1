//! The judge, judged: cases small enough to be computed by hand.

mod composing;
mod measuring;
mod placing;
mod scaling;
