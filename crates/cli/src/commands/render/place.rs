//! Where a rendered recording goes, and what its name says it is.

use std::path::{Path, PathBuf};

use crate::args::RenderArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Overwrite};

/// A file that a recording is rendered into.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    extension: String,
}

impl Place {
    /// The place that the command line names, checked before any work is done.
    ///
    /// # Errors
    /// [`Failure::Usage`] where there is none, its name says nothing, or a file stands there and may not be replaced.
    pub fn of(args: &RenderArgs) -> Outcome<Self> {
        let output = args.place.as_ref().ok_or_else(|| Failure::Usage("name a file with -o".to_owned()))?;
        output.check(if args.force { Overwrite::Force } else { Overwrite::Never })?;
        let path = match output {
            Output::Stdout => PathBuf::from("-"),
            Output::File(path) => path.clone(),
        };
        let extension =
            path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_lowercase();
        Ok(Self { path, extension })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it holds no video.
    pub fn is_sound_only(&self) -> bool {
        self.extension == "wav"
    }

    /// Whether it holds no sound.
    pub fn is_video_only(&self) -> bool {
        self.extension == "y4m" || self.path == Path::new("-")
    }
}
