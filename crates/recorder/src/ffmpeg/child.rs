//! A child process and what it is fed and read through: what it says is kept bounded, and nobody waits for it for ever.
//!
//! A child stands in a process group of its own, so that Ctrl-C at a terminal reaches us alone and encoders can finish. It needs
//! no signal to go with us: without us its ends are closed, and it ends by itself.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, IoSlice, Read, Write};
use std::path::Path;
use std::process::{Child as Process, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::carrier::{FromChild, ToChild, connect};

/// Longer lines are cut, in bytes.
const MAX_LINE: usize = 1024;
/// Of what is not understood, so many lines are kept for the error's text: the first half, which tells the cause, and the last.
const KEPT_LINES: usize = 6;
/// How long a child that has closed its pipes may take to end.
const FAREWELL: Duration = Duration::from_secs(5);
/// What a child may know of our environment: where programs, libraries and temporary files are.
const ENVIRONMENT: [&str; 6] =
    ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "TMPDIR", "SystemRoot"];

/// A running program. Dropping it ends the program.
pub(super) struct Child {
    process: Arc<Mutex<Process>>,
    stdin: Option<ToChild>,
    stdout: Option<FromChild>,
    waiting: Arc<Waiting>,
    said: Arc<Mutex<VecDeque<String>>>,
    has_said_all: Receiver<()>,
    /// The watch ends when this is dropped.
    _watched: Sender<()>,
}

impl Child {
    /// Starts `program`. `on_line` sees what it writes to stderr, line by line in a thread of its own, and says whether the line
    /// was understood; others are kept for errors. Where reading or writing takes longer than `patience`, the child is killed.
    pub(super) fn spawn(
        program: &Path,
        arguments: &[OsString],
        patience: Duration,
        on_line: impl FnMut(&str) -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        // SVT-AV1 tells about itself unless it is asked for errors alone.
        command.args(arguments).env_clear().env("LC_ALL", "C").env("SVT_LOG", "1");
        command.envs(ENVIRONMENT.iter().filter_map(|&name| Some((name, env::var_os(name)?))));
        command.stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let (mut process, stdin, stdout) = connect(command)?;
        let stderr = process.stderr.take();
        let (watched, watch_end) = mpsc::channel();
        let (all_said, has_said_all) = mpsc::channel();
        let child = Self {
            process: Arc::new(Mutex::new(process)),
            stdin: Some(stdin),
            stdout: Some(stdout),
            waiting: Arc::new(Waiting::new(patience)),
            said: Arc::default(),
            has_said_all,
            _watched: watched,
        };
        let (process, waiting) = (Arc::clone(&child.process), Arc::clone(&child.waiting));
        thread::Builder::new()
            .name("ffmpeg-watch".to_owned())
            .spawn(move || watch(&process, &waiting, &watch_end))?;
        if let Some(stderr) = stderr {
            let said = Arc::clone(&child.said);
            thread::Builder::new().name("ffmpeg-stderr".to_owned()).spawn(move || {
                listen(stderr, &said, on_line);
                drop(all_said);
            })?;
        }
        Ok(child)
    }

    /// The child's stdout, for a thread that reads it alone.
    pub(super) fn take_stdout(&mut self) -> Option<FromChild> {
        self.stdout.take()
    }

    /// Closes the child's stdin, which is how it learns that nothing follows.
    pub(super) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Fills `bytes` from the child's stdout; `false` where it has ended before the first of them.
    pub(super) fn read(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        let _waiting = self.waiting.begin();
        let Some(stdout) = &mut self.stdout else { return Ok(false) };
        fill(stdout, bytes)
    }

    /// Reads all that comes, and keeps the first `limit` bytes.
    pub(super) fn read_all(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let _waiting = self.waiting.begin();
        let mut kept = Vec::new();
        let Some(stdout) = &mut self.stdout else { return Ok(kept) };
        Read::by_ref(stdout).take(limit as u64).read_to_end(&mut kept)?;
        io::copy(stdout, &mut io::sink())?;
        Ok(kept)
    }

    /// Writes `bytes` to the child's stdin.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let _waiting = self.waiting.begin();
        let Some(stdin) = &mut self.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        stdin.write_all(bytes)
    }

    /// Writes all of `slices` to the child's stdin.
    pub(super) fn write_slices(&mut self, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        let _waiting = self.waiting.begin();
        let Some(stdin) = &mut self.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        while !slices.is_empty() {
            match stdin.write_vectored(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut slices, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does what waits for the child, and kills the child where that takes too long.
    pub(super) fn wait_for<T>(&self, wait: impl FnOnce() -> T) -> T {
        let _waiting = self.waiting.begin();
        wait()
    }

    /// Waits for the end of a child that has closed its pipes, and tells what went wrong.
    pub(super) fn ended(&mut self) -> Result<(), String> {
        self.stdin = None;
        let status = self.exit_status();
        // Who inherited stderr may hold it open; then what was said so far must do.
        let _ = self.has_said_all.recv_timeout(FAREWELL);
        let said = lock(&self.said).iter().cloned().collect::<Vec<_>>().join("; ");
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        if self.waiting.has_stalled.load(Ordering::Acquire) {
            return Err(format!("gave no sign of life for {:?} and was ended{said}", self.waiting.patience));
        }
        match status {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(format!("ended with {status}{said}")),
            Ok(None) => Err(format!("closed its pipes and did not end{said}")),
            Err(error) => Err(format!("{error}{said}")),
        }
    }

    /// Asks again and again: a blocking wait would hold the lock that the watch needs, and would have no end of its own.
    fn exit_status(&self) -> io::Result<Option<ExitStatus>> {
        let begin = Instant::now();
        loop {
            let status = lock(&self.process).try_wait()?;
            if status.is_some() || begin.elapsed() > FAREWELL {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The system's number of the process.
    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        lock(&self.process).id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let mut process = lock(&self.process);
        // Both fail only where it has ended already.
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// Runs a program to its end and gives the first `limit` bytes of its stdout, or what went wrong.
pub(super) fn output(
    program: &Path,
    arguments: &[OsString],
    limit: usize,
    patience: Duration,
    on_line: impl FnMut(&str) -> bool + Send + 'static,
) -> Result<Vec<u8>, String> {
    let told = |error: io::Error| format!("cannot run {}: {error}", program.display());
    let mut child = Child::spawn(program, arguments, patience, on_line).map_err(told)?;
    child.close_stdin();
    let bytes = child.read_all(limit);
    child.ended()?;
    bytes.map_err(told)
}

/// Fills `bytes`; `false` where the end comes before the first of them.
pub(super) fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Since when somebody waits for the child.
struct Waiting {
    origin: Instant,
    patience: Duration,
    /// Milliseconds from `origin`, plus one; 0 while nobody waits.
    since: AtomicU64,
    has_stalled: AtomicBool,
}

impl Waiting {
    fn new(patience: Duration) -> Self {
        let (since, has_stalled) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { origin: Instant::now(), patience, since, has_stalled }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    fn begin(&self) -> WaitingNow<'_> {
        self.since.store(self.now() + 1, Ordering::Release);
        WaitingNow(self)
    }

    fn is_too_long(&self) -> bool {
        let since = self.since.load(Ordering::Acquire);
        since != 0 && u128::from(self.now().saturating_sub(since - 1)) > self.patience.as_millis()
    }
}

/// Somebody waits as long as this lives.
struct WaitingNow<'a>(&'a Waiting);

impl Drop for WaitingNow<'_> {
    fn drop(&mut self) {
        self.0.since.store(0, Ordering::Release);
    }
}

/// Ends a child for which somebody waits in vain: what waits then finds its pipe closed.
fn watch(process: &Mutex<Process>, waiting: &Waiting, end: &Receiver<()>) {
    let pause = (waiting.patience / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
    while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        if waiting.is_too_long() {
            waiting.has_stalled.store(true, Ordering::Release);
            let _ = lock(process).kill();
            return;
        }
    }
}

fn listen(stderr: ChildStderr, said: &Mutex<VecDeque<String>>, mut on_line: impl FnMut(&str) -> bool) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while next_line(&mut stderr, &mut line) {
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() || on_line(&text) {
            continue;
        }
        let mut said = lock(said);
        if said.len() == KEPT_LINES {
            said.remove(KEPT_LINES / 2);
        }
        said.push_back(without_addresses(text.trim()));
    }
}

/// Reads a line into `line`, of its bytes at most [`MAX_LINE`]; `false` at the end.
fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> bool {
    line.clear();
    loop {
        let Ok(buffer) = from.fill_buf() else { return false };
        if buffer.is_empty() {
            return !line.is_empty();
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let used = end.unwrap_or(buffer.len());
        let room = MAX_LINE.saturating_sub(line.len());
        line.extend(buffer.iter().take(used.min(room)));
        from.consume(used + usize::from(end.is_some()));
        if end.is_some() {
            return true;
        }
    }
}

/// `[h264 @ 0x55d0] [error] no frame` as `h264: no frame`: where a thing lay in memory tells nobody anything.
fn without_addresses(line: &str) -> String {
    let mut rest = line;
    let mut by = None;
    while let Some((tag, behind)) = rest.strip_prefix('[').and_then(|tagged| tagged.split_once(']')) {
        if let Some((name, _)) = tag.split_once(" @ ") {
            by = Some(name);
        }
        rest = behind.trim_start();
    }
    by.map_or_else(|| rest.to_owned(), |by| format!("{by}: {rest}"))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    fn shell(script: &str, patience: Duration) -> Child {
        let arguments = ["-c".into(), script.into()];
        Child::spawn(Path::new("/bin/sh"), &arguments, patience, |_| false).expect("a shell")
    }

    fn lives(id: u32) -> bool {
        Command::new("kill").args(["-0", &id.to_string()]).output().is_ok_and(|out| out.status.success())
    }

    #[test]
    fn child_that_fails_says_why() {
        let mut child = shell("echo '[mov @ 0x5f] [error] moov atom not found' >&2; exit 3", PATIENT);
        let mut byte = [0];
        assert!(!child.read(&mut byte).expect("a closed pipe"));
        let problem = child.ended().expect_err("exit code 3");
        assert_eq!(problem, "ended with exit status: 3: mov: moov atom not found");
    }

    #[test]
    fn child_that_stalls_is_ended() {
        let mut child = shell("exec sleep 1000", Duration::from_millis(40));
        let mut byte = [0];
        assert!(!child.read(&mut byte).expect("a closed pipe"));
        let problem = child.ended().expect_err("no answer");
        assert!(problem.contains("no sign of life for 40ms"), "{problem}");
    }

    #[test]
    fn child_that_does_not_read_is_ended() {
        let mut child = shell("exec sleep 1000", Duration::from_millis(40));
        assert!(child.write(&vec![0; 1 << 22]).is_err());
        assert!(child.ended().is_err());
    }

    #[test]
    fn child_that_is_dropped_is_gone() {
        let child = shell("exec sleep 1000", PATIENT);
        let id = child.id();
        assert!(lives(id));
        drop(child);
        assert!(!lives(id));
    }

    #[test]
    fn child_knows_nothing_of_our_environment() {
        let out = output(Path::new("/usr/bin/env"), &[], 1 << 16, PATIENT, |_| false).expect("env");
        let out = String::from_utf8_lossy(&out).into_owned();
        let known = |line: &str| {
            ["LC_ALL=C", "SVT_LOG=1"].contains(&line)
                || ENVIRONMENT.iter().any(|name| line.starts_with(&format!("{name}=")))
        };
        assert!(out.lines().all(known), "{out}");
    }

    #[test]
    fn child_that_says_much_is_kept_short() {
        let script = "i=0; while [ $i -lt 100 ]; do echo line $i >&2; i=$((i+1)); done; printf '%05000d' 7 >&2; exit 1";
        let mut child = shell(script, PATIENT);
        let problem = child.ended().expect_err("exit code 1");
        assert!(problem.len() < 2 * MAX_LINE, "{}", problem.len());
        let has = |line: &str| problem.contains(line);
        assert!(has("line 0;") && has("line 99") && !has("line 3;") && !has("line 90"), "{problem}");
    }

    #[test]
    fn output_is_cut_at_its_limit() {
        let arguments = ["-c".into(), "printf '%05000d' 7".into()];
        let out = output(Path::new("/bin/sh"), &arguments, 100, PATIENT, |_| false).expect("zeros");
        assert_eq!(out, [b'0'; 100]);
    }
}
