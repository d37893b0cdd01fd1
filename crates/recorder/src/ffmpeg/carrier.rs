//! What carries samples to a child and from it: on Linux a pair of Unix sockets, elsewhere, where nothing was measured, a pipe.
//!
//! A pipe takes a page at a time and holds 64 KiB; a socket takes what one call gives in much larger pieces. To decode 600
//! pictures of 1280x720 in a child took 1.40 CPU s through a socket and 1.95 through a pipe (`docs/performance.md`).

use std::io;
use std::process::{Child, Command};

#[cfg(target_os = "linux")]
pub(super) type ToChild = std::os::unix::net::UnixStream;
#[cfg(target_os = "linux")]
pub(super) type FromChild = std::os::unix::net::UnixStream;

#[cfg(not(target_os = "linux"))]
pub(super) type ToChild = std::process::ChildStdin;
#[cfg(not(target_os = "linux"))]
pub(super) type FromChild = std::process::ChildStdout;

/// Starts a program with our ends of its stdin and its stdout.
#[cfg(target_os = "linux")]
pub(super) fn connect(mut command: Command) -> io::Result<(Child, ToChild, FromChild)> {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let ((to_child, stdin), (from_child, stdout)) = (UnixStream::pair()?, UnixStream::pair()?);
    command.stdin(OwnedFd::from(stdin)).stdout(OwnedFd::from(stdout));
    // The child's ends go with the command: as long as we held them, no end would ever be seen.
    Ok((command.spawn()?, to_child, from_child))
}

/// Starts a program with our ends of its stdin and its stdout.
#[cfg(not(target_os = "linux"))]
pub(super) fn connect(mut command: Command) -> io::Result<(Child, ToChild, FromChild)> {
    use std::process::Stdio;

    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(to_child), Some(from_child)) => Ok((child, to_child, from_child)),
        _ => Err(io::ErrorKind::BrokenPipe.into()),
    }
}
