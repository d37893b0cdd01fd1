//! A server on loopback whose every byte the test decides.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Answers each connection in a thread of its own, for as long as the test runs.
pub struct Server {
    pub port: u16,
    request_count: Arc<AtomicUsize>,
}

impl Server {
    /// `answer` gets the request, head and all, and the connection.
    pub fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let request_count = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (request_count.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                // Counted before a byte is read: a connection alone is one too many where none may be.
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                thread::spawn(move || {
                    let head = read_head(&mut stream);
                    answer(&head, &mut stream);
                });
            }
        });
        Self { port, request_count }
    }

    /// Answers every request with these bytes.
    pub fn saying(answer: Vec<u8>) -> Self {
        Self::start(move |_, stream| send(stream, &answer))
    }

    pub fn request_count(&self) -> usize {
        self.request_count.load(Ordering::SeqCst)
    }

    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

/// Writes; a client that has gone is no failure of the server's.
pub fn send(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

/// Sends a byte every few milliseconds until the client goes.
pub fn drip(stream: &mut TcpStream) {
    // A read that times out paces it and tells when the client is gone.
    stream.set_read_timeout(Some(Duration::from_millis(5))).expect("a time-out");
    while !matches!(stream.read(&mut [0]), Ok(0)) && stream.write_all(b"x").is_ok() {}
}

/// An answer with status 200, a length and these header lines.
pub fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer that leads elsewhere.
pub fn redirect(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n").into_bytes()
}

/// Reads up to the empty line, or the first byte of a TLS handshake.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && !head.starts_with(&[22]) && matches!(stream.read(&mut byte), Ok(1))
    {
        head.extend(byte);
    }
    String::from_utf8(head).expect("text")
}
