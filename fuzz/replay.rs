//! Gives a check the files of folders.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Checks every file of the folders, which are named from the repository's root; the first one must be there.
pub fn replay(folders: &[&str], check: impl Fn(&[u8])) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("fuzz").is_dir()).expect("the repository");
    let mut count = 0;
    for folder in folders {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            assert!(count > 0, "{folder} is missing");
            continue;
        };
        for entry in entries {
            let path = entry.expect("a file").path();
            let Ok(bytes) = fs::read(&path) else { continue };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&bytes))) {
                eprintln!("{} fails", path.display());
                resume_unwind(panic);
            }
            count += 1;
        }
        assert!(count > 0, "{folder} is empty");
    }
}
