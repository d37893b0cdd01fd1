//! The flags of `polyptych frame`.

use clap::{Args, ValueEnum, value_parser};
use polyptych::{Filter, Matrix, PixelFormat, Rotation, UserId};

use super::value::{self, Assigned};
use super::{OutputArgs, RuleArgs, TargetArgs, each_once};
use crate::failure::{Failure, Outcome};
use crate::input::Input;

pub const EXAMPLES: &str = "\
Examples:
  polyptych frame request.json --canvas 1280x720 --user 1=anna.png --user 2=ben.jpg -o out.png
  polyptych frame start.json --user 1=phone.jpg --rotate 1=90 --user 2=talk.y4m --at 2.5 -o out.png
  polyptych frame - --canvas 640x360 --user 1=anna.png -o - < request.json | ffmpeg -i - frame.webp

Users stand in join order; one without a picture sends only audio. Pictures are PNG, JPEG, BMP or \
Y4M, told by their content. The output's name says what it is: .png, .jpg, .bmp or .y4m; - is Y4M on stdout. \
Images that the request names are waited for, 10 seconds each at most; one that fails is a warning, and the frame \
still comes.";

/// What `polyptych frame` is asked.
#[derive(Args, Debug)]
pub struct FrameArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    /// A user and the picture they send; may be repeated, in join order
    #[arg(long = "user", value_name = "UID[=PICTURE]", value_parser = value::user_with_picture)]
    users: Vec<(UserId, Option<Input>)>,
    /// Turns a user's picture clockwise: by 0, 90, 180 or 270 degrees
    #[arg(long, value_name = "UID=DEGREES", value_parser = value::rotation)]
    rotate: Vec<Assigned<Rotation>>,
    /// The shape of a user's pixels, before they are turned, such as 4:3
    #[arg(long, value_name = "UID=WIDTH:HEIGHT", value_parser = value::pixel_aspect)]
    pixel_aspect: Vec<Assigned<(i32, i32)>>,
    /// The matrix of a user's Y4M, bt601 or bt709; that of the canvas where not stated
    #[arg(long, value_name = "UID=MATRIX", value_parser = value::matrix)]
    matrix: Vec<Assigned<Matrix>>,
    /// A user who stopped sending more than 3.5 seconds ago
    #[arg(long, value_name = "UID")]
    stalled: Vec<UserId>,
    /// Which frame of a Y4M is taken: the newest not after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = value::seconds)]
    pub at: f64,
    /// The samples of the canvas
    #[arg(long, value_enum, default_value_t = Samples::I420)]
    pub pixel_format: Samples,
    /// How pictures are scaled
    #[arg(long, value_enum, default_value_t = Scaling::Area)]
    pub filter: Scaling,
    /// How many threads compose, 1 to 256; by default one a core. The frame does not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Let image URLs lead to private addresses and to any port
    #[arg(long)]
    pub allow_private: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Samples {
    /// YUV 4:2:0 in three planes
    I420,
    /// YUV 4:2:0 in two planes
    Nv12,
    /// Red, green, blue
    Rgba,
}

impl From<Samples> for PixelFormat {
    fn from(samples: Samples) -> Self {
        match samples {
            Samples::I420 => Self::I420,
            Samples::Nv12 => Self::Nv12,
            Samples::Rgba => Self::Rgba,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scaling {
    /// The mean of what a pixel covers where a picture shrinks, linear where it grows
    Area,
    /// Linear, widened where a picture shrinks
    Triangle,
    /// The nearest sample
    Nearest,
    /// Cubic, sharper
    CatmullRom,
    /// Windowed sinc, the sharpest
    Lanczos3,
}

impl From<Scaling> for Filter {
    fn from(scaling: Scaling) -> Self {
        match scaling {
            Scaling::Area => Self::Area,
            Scaling::Triangle => Self::Triangle,
            Scaling::Nearest => Self::Nearest,
            Scaling::CatmullRom => Self::CatmullRom,
            Scaling::Lanczos3 => Self::Lanczos3,
        }
    }
}

/// A user of the frame and what the flags say about them.
#[derive(Debug)]
pub struct Participant {
    pub uid: UserId,
    /// `None` for one who sends only audio.
    pub picture: Option<Input>,
    pub rotation: Rotation,
    /// That of the picture's file where it is not stated.
    pub pixel_aspect: Option<(i32, i32)>,
    pub matrix: Option<Matrix>,
    pub stalled: bool,
}

impl FrameArgs {
    /// The users in join order, each with all that the flags say about them.
    ///
    /// # Errors
    /// [`Failure::Usage`] where a flag names a user twice or one who is no `--user`, or two inputs are stdin.
    pub fn participants(&self) -> Outcome<Vec<Participant>> {
        each_once("--user", self.users.iter().map(|(uid, _)| uid))?;
        self.check("--rotate", self.rotate.iter().map(|(uid, _)| uid))?;
        self.check("--pixel-aspect", self.pixel_aspect.iter().map(|(uid, _)| uid))?;
        self.check("--matrix", self.matrix.iter().map(|(uid, _)| uid))?;
        self.check("--stalled", &self.stalled)?;
        let inputs = self.users.iter().filter_map(|(_, picture)| picture.as_ref());
        let from_stdin = inputs.chain([&self.target.request]).filter(|input| **input == Input::Stdin);
        if from_stdin.count() > 1 {
            let message = "stdin can be read once; name a file instead of - for the request or with --user";
            return Err(Failure::Usage(message.to_owned()));
        }
        let participant = |(uid, picture): &(UserId, Option<Input>)| Participant {
            uid: uid.clone(),
            picture: picture.clone(),
            rotation: assigned(&self.rotate, uid).unwrap_or_default(),
            pixel_aspect: assigned(&self.pixel_aspect, uid),
            matrix: assigned(&self.matrix, uid),
            stalled: self.stalled.contains(uid),
        };
        Ok(self.users.iter().map(participant).collect())
    }

    fn check<'u>(&self, flag: &str, named: impl IntoIterator<Item = &'u UserId> + Clone) -> Outcome {
        each_once(flag, named.clone())?;
        let unknown = named.into_iter().find(|uid| self.users.iter().all(|(user, _)| user != *uid));
        match unknown {
            Some(uid) => Err(Failure::Usage(format!(
                "{flag} names user {uid:?}, who is not there; add them with --user"
            ))),
            None => Ok(()),
        }
    }
}

fn assigned<T: Copy>(values: &[Assigned<T>], uid: &UserId) -> Option<T> {
    values.iter().find(|(of, _)| of == uid).map(|(_, value)| *value)
}
