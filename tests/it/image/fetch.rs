//! Downloads over loopback (contract, section 4: "Fetching").

use std::io::{self, Read};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

use polyptych::UrlError;
use polyptych::image::{
    FetchPolicy, Fetcher, ImageError, ImageLimits, ImageLoader, ImageStore, Picture, Resolve,
};

use super::server::{Server, drip, ok, redirect, send};
use super::{BASELINE, bmp, url};

/// Knows `good.test`, which the policy of these tests allows, and `evil.test`, which it does not. Writes down who asks.
#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl Resolve for Names {
    fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<IpAddr>> {
        self.0.lock().expect("not poisoned").push(host.to_owned());
        Ok(match host {
            "good.test" => vec![[127, 0, 0, 1].into()],
            "evil.test" => vec![[127, 0, 0, 2].into()],
            "both.test" => vec![[127, 0, 0, 2].into(), [127, 0, 0, 1].into()],
            "mapped.test" => vec!["::ffff:127.0.0.2".parse().expect("an address")],
            _ => Vec::new(),
        })
    }
}

fn policy() -> FetchPolicy {
    FetchPolicy {
        also_allowed: vec!["127.0.0.1".parse().expect("an address")],
        ports: vec![1..=u16::MAX],
        resolver: Arc::new(Names::default()),
        ..FetchPolicy::default()
    }
}

fn fetch_with(policy: FetchPolicy, limits: ImageLimits, text: &str) -> Result<Picture, ImageError> {
    let mut fetcher = Fetcher::new(policy, limits);
    fetcher.request(&url(text));
    let loaded = fetcher.wait(Duration::from_secs(20)).expect("an end");
    assert_eq!(loaded.url, url(text));
    loaded.result
}

fn fetch(text: &str) -> Result<Picture, ImageError> {
    fetch_with(policy(), ImageLimits::default(), text)
}

#[test]
fn fetch_brings_jpeg_and_bmp_whatever_the_header_says() {
    let jpeg = Server::saying(ok("Content-Type: text/html\r\n", BASELINE));
    assert!(fetch(&jpeg.url("good.test", "/a.png")).is_ok());
    let bmp = Server::saying(ok("Content-Type: image/jpeg\r\n", &bmp(2, 2, [1, 2, 3])));
    assert!(fetch(&bmp.url("good.test", "/a.jpg?x=1#y")).is_ok());
    assert!(fetch(&jpeg.url("good.test", "/ä b|c^d[e]'f;g@h:i%zz{\"}?x={y}|z^`\"<>")).is_ok(), "an odd path");
    let html = Server::saying(ok("Content-Type: image/jpeg\r\n", b"<html>"));
    assert_eq!(fetch(&html.url("good.test", "/a.jpg")), Err(ImageError::NotAnImage { found: "text" }));
}

#[test]
fn fetch_takes_bodies_in_chunks_and_up_to_the_close() {
    let length = format!("{:x}", BASELINE.len());
    let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length}\r\n");
    let chunked = Server::saying([head.as_bytes(), BASELINE, b"\r\n0\r\n\r\n"].concat());
    assert!(fetch(&chunked.url("good.test", "/")).is_ok());
    let closed = Server::saying([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", BASELINE].concat());
    assert!(fetch(&closed.url("good.test", "/")).is_ok());
    let cut = Server::saying(ok("", BASELINE)[..200].to_vec());
    assert!(matches!(fetch(&cut.url("good.test", "/")), Err(ImageError::ConnectionFailed { .. })));
}

#[test]
fn fetch_asks_without_compression_and_refuses_it_unasked() {
    let server = Server::start(|head, stream| {
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
        assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
        assert!(!head.contains("cookie") && !head.contains("referer") && !head.contains("authorization"));
        send(stream, &ok("Content-Encoding: identity\r\n", BASELINE));
    });
    assert!(fetch(&server.url("good.test", "/a?b=c#d")).is_ok());
    for encoding in ["gzip", "br", "deflate", "identity, gzip", "GZIP"] {
        let server = Server::saying(ok(&format!("Content-Encoding: {encoding}\r\n"), BASELINE));
        assert_eq!(fetch(&server.url("good.test", "/")), Err(ImageError::Compressed), "{encoding}");
    }
}

/// What becomes of an answer: the text of the error, or that it is a picture.
fn outcome(answer: &[u8]) -> String {
    let server = Server::saying(answer.to_vec());
    let policy = FetchPolicy { timeout: Duration::from_secs(5), ..policy() };
    let address = server.url("good.test", "/a.jpg?key=secret");
    match fetch_with(policy, ImageLimits::default(), &address) {
        Ok(_) => "a picture".to_owned(),
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
            error.to_string()
        }
    }
}

#[test]
fn fetch_judges_answers_that_lie_or_break_off() {
    let answer = |head: &str, body: &[u8]| [b"HTTP/1.1 200 OK\r\n", head.as_bytes(), b"\r\n", body].concat();
    let length = BASELINE.len();
    let gzip: &[u8] = &[&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 200]].concat();
    let chunk = |size: &str| [size.as_bytes(), b"\r\n", BASELINE, b"\r\n0\r\n\r\n"].concat();
    let chunked = "Transfer-Encoding: chunked\r\n";
    let rows: [(&str, Vec<u8>, &str); 39] = [
        ("honest", answer(&format!("Content-Length: {length}\r\n"), BASELINE), "a picture"),
        (
            "too long",
            answer(&format!("Content-Length: {}\r\n", length + 1), BASELINE),
            "connection failed: unexpected end of file",
        ),
        (
            "too short",
            answer(&format!("Content-Length: {}\r\n", length - 1), BASELINE),
            "damaged: the JPEG ends before its end marker",
        ),
        ("none of it", answer("Content-Length: 0\r\n", BASELINE), "neither JPEG nor BMP, found nothing"),
        ("negative", answer("Content-Length: -1\r\n", BASELINE), "connection failed: not a valid answer"),
        (
            "signed",
            answer(&format!("Content-Length: +{length}\r\n"), BASELINE),
            "connection failed: not a valid answer",
        ),
        (
            "hexadecimal",
            answer(&format!("Content-Length: {length:#x}\r\n"), BASELINE),
            "connection failed: not a valid answer",
        ),
        ("no number", answer("Content-Length: many\r\n", BASELINE), "connection failed: not a valid answer"),
        (
            "2^64",
            answer("Content-Length: 18446744073709551616\r\n", BASELINE),
            "connection failed: not a valid answer",
        ),
        ("2^63", answer("Content-Length: 9223372036854775808\r\n", BASELINE), "more than 6291456 bytes"),
        ("twice", answer(&format!("Content-Length: {length}\r\n").repeat(2), BASELINE), "a picture"),
        (
            "two",
            answer(&format!("Content-Length: {length}\r\nContent-Length: 7\r\n"), BASELINE),
            "connection failed: not a valid answer",
        ),
        (
            "two, turned",
            answer(&format!("Content-Length: 7\r\nContent-Length: {length}\r\n"), BASELINE),
            "connection failed: not a valid answer",
        ),
        (
            "a list",
            answer(&format!("Content-Length: {length}, 7\r\n"), BASELINE),
            "connection failed: not a valid answer",
        ),
        (
            "chunks and a length",
            answer(&format!("Content-Length: 7\r\n{chunked}"), &chunk(&format!("{length:x}"))),
            "a picture",
        ),
        ("chunks", answer(chunked, &chunk(&format!("{length:x}"))), "a picture"),
        ("chunk too long", answer(chunked, &chunk("fffff")), "connection failed: unexpected end of file"),
        ("chunk too short", answer(chunked, &chunk("9")), "connection failed: not a valid answer"),
        ("chunk negative", answer(chunked, &chunk("-1")), "connection failed: not a valid answer"),
        (
            "chunk of 2^64",
            answer(chunked, &chunk("ffffffffffffffff")),
            "connection failed: unexpected end of file",
        ),
        (
            "chunk of 2^68",
            answer(chunked, &chunk("fffffffffffffffff")),
            "connection failed: not a valid answer",
        ),
        (
            "chunk without end",
            answer(chunked, &chunk(&format!("{length:x}"))[..length]),
            "connection failed: unexpected end of file",
        ),
        (
            "chunk of endless name",
            answer(chunked, &chunk(&"0".repeat(100_000))),
            "connection failed: not a valid answer",
        ),
        ("gzip, told", answer("Content-Encoding: gzip\r\n", gzip), "the body is compressed"),
        ("gzip, untold", answer("", gzip), "neither JPEG nor BMP, found gzip"),
        (
            "gzip on its way",
            answer("Transfer-Encoding: gzip, chunked\r\n", &chunk("d2")),
            "connection failed: not a valid answer",
        ),
        (
            "a page",
            answer("Content-Type: image/jpeg\r\n", b"<!doctype html><title>Sign in</title>"),
            "neither JPEG nor BMP, found text",
        ),
        (
            "a PNG",
            answer("Content-Type: image/jpeg\r\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            "neither JPEG nor BMP, found PNG",
        ),
        ("nothing", answer("", b""), "neither JPEG nor BMP, found nothing"),
        ("no header", Vec::new(), "connection failed: unexpected end of file"),
        (
            "half a header",
            b"HTTP/1.1 200 OK\r\nContent-".to_vec(),
            "connection failed: unexpected end of file",
        ),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec(), "connection failed: not a valid answer"),
        ("HTTP 0.9", BASELINE.to_vec(), "connection failed: not a valid answer"),
        (
            "HTTP/2",
            b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80".to_vec(),
            "connection failed: not a valid answer",
        ),
        (
            "a line of 1 MiB",
            answer(&format!("X: {}\r\n", "x".repeat(1 << 20)), BASELINE),
            "connection failed: a header of more than 65536 bytes",
        ),
        (
            "10,000 lines",
            answer(&"X: x\r\n".repeat(10_000), BASELINE),
            "connection failed: not a valid answer",
        ),
        (
            "endless 100 Continue",
            b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000),
            "connection failed: a header of more than 65536 bytes",
        ),
        (
            "a place of no characters",
            b"HTTP/1.1 302 F\r\nLocation: \xff\xfe://\r\n\r\n".to_vec(),
            "more than 3 redirects",
        ),
        (
            "a place with user info",
            b"HTTP/1.1 302 F\r\nLocation: //u:secret@a.test/\r\n\r\n".to_vec(),
            "redirected to a place that cannot be an image's: holds user info",
        ),
    ];
    let wrong: Vec<_> = rows
        .iter()
        .map(|(name, answer, expected)| (name, outcome(answer), expected))
        .filter(|(_, found, expected)| found != *expected)
        .map(|(name, found, _)| format!("{name}: {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fetch_over_tls_fails_where_the_server_speaks_none() {
    let unlike = |text: &str| text.starts_with("connection failed: ") && !text.contains("secret");
    let alert: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
    let hello: &[u8] = &[22, 3, 3, 0xFF, 0xFF, 2, 0, 0, 0];
    for answer in [&b""[..], b"HTTP/1.1 400 Bad\r\n\r\n", alert, hello, &[0; 100]] {
        let server = Server::saying(answer.to_vec());
        let address = format!("https://good.test:{}/?key=secret", server.port);
        let error = fetch(&address).expect_err("no TLS").to_string();
        assert!(unlike(&error), "{answer:?}: {error}");
        assert_eq!(server.request_count(), 1, "not tried again without TLS");
    }
    // One that says nothing is left when time is up.
    let limit = Duration::from_millis(150);
    let silent = Server::start(|_, stream| _ = stream.read_to_end(&mut Vec::new()));
    let policy = FetchPolicy { timeout: limit, ..policy() };
    let address = format!("https://good.test:{}/", silent.port);
    assert_eq!(fetch_with(policy, ImageLimits::default(), &address), Err(ImageError::TimedOut { limit }));
}

#[test]
fn fetch_takes_status_200_alone() {
    for found in [204, 206, 300, 304, 400, 404, 500, 503] {
        let answer = format!("HTTP/1.1 {found} Some\r\nContent-Length: 0\r\n\r\n");
        let server = Server::saying(answer.into_bytes());
        assert_eq!(fetch(&server.url("good.test", "/")), Err(ImageError::Status { found }));
    }
}

#[test]
fn fetch_refuses_bodies_over_the_limit() {
    let limits = ImageLimits { max_bytes: BASELINE.len(), ..ImageLimits::default() };
    let exact = Server::saying(ok("", BASELINE));
    assert!(fetch_with(policy(), limits, &exact.url("good.test", "/")).is_ok());
    let too_large = Err(ImageError::TooLarge { limit_bytes: BASELINE.len() });
    let longer = Server::saying(ok("", &[BASELINE, b"\0"].concat()));
    assert_eq!(fetch_with(policy(), limits, &longer.url("good.test", "/")), too_large);
    // The header is enough: no byte of the body follows it.
    let claims = Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        let _ = stream.read(&mut [0]);
    });
    assert_eq!(fetch_with(policy(), limits, &claims.url("good.test", "/")), too_large);
    let endless = Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while io::Write::write_all(stream, &[0xFF; 4096]).is_ok() {}
    });
    assert_eq!(fetch_with(policy(), limits, &endless.url("good.test", "/")), too_large);
}

#[test]
fn fetch_is_bounded_in_time_however_the_server_drips() {
    let limit = Duration::from_millis(150);
    let short = || FetchPolicy { timeout: limit, ..policy() };
    let timed_out = Err(ImageError::TimedOut { limit });
    for start in ["", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 302 Found\r\nX: "] {
        let server = Server::start(move |_, stream| {
            send(stream, start.as_bytes());
            if start.is_empty() {
                let _ = stream.read(&mut [0]);
            }
            drip(stream);
        });
        let found = fetch_with(short(), ImageLimits::default(), &server.url("good.test", "/"));
        assert_eq!(found, timed_out, "{start:?}");
    }
}

#[test]
fn fetch_is_bounded_in_time_however_long_the_name_takes() {
    struct Stuck(Mutex<mpsc::Receiver<()>>);
    impl Resolve for Stuck {
        fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<IpAddr>> {
            let _ = self.0.lock().expect("not poisoned").recv();
            Ok(Vec::new())
        }
    }
    let (release, stuck) = mpsc::channel();
    let limit = Duration::from_millis(50);
    let policy = FetchPolicy { timeout: limit, resolver: Arc::new(Stuck(Mutex::new(stuck))), ..policy() };
    let found = fetch_with(policy, ImageLimits::default(), "http://good.test/");
    assert_eq!(found, Err(ImageError::TimedOut { limit }));
    drop(release);
}

/// Leads `/3` to `/2` to `/1` to `/0`, which is a picture.
fn chain() -> Server {
    Server::start(|head, stream| {
        let step: u32 = head[5..6].parse().expect("a digit");
        let answer = if step == 0 { ok("", BASELINE) } else { redirect(&format!("/{}", step - 1)) };
        send(stream, &answer);
    })
}

#[test]
fn redirects_are_followed_three_times_and_the_name_asked_for_each() {
    let names = Arc::new(Names::default());
    let policy = || FetchPolicy { resolver: names.clone(), ..policy() };
    let server = chain();
    assert!(fetch_with(policy(), ImageLimits::default(), &server.url("good.test", "/3")).is_ok());
    assert_eq!(names.0.lock().expect("not poisoned").len(), 4);
    assert_eq!(server.request_count(), 4);
    let found = fetch_with(policy(), ImageLimits::default(), &server.url("good.test", "/4"));
    assert_eq!(found, Err(ImageError::TooManyRedirects { limit: 3 }));
    assert_eq!(server.request_count(), 8, "the fourth is not followed");
}

#[test]
fn redirects_are_checked_like_the_first_url() {
    let inner = Server::saying(ok("", BASELINE));
    let refused_address = ImageError::RefusedAddress { found: [127, 0, 0, 2].into(), class: "loopback" };
    let refused = |reason| ImageError::RefusedRedirect { reason };
    for (location, error) in [
        (inner.url("evil.test", "/"), refused_address.clone()),
        (inner.url("127.0.0.2", "/"), refused_address.clone()),
        (inner.url("0x7f.2", "/"), refused_address.clone()),
        (inner.url("user:pass@good.test", "/"), refused(UrlError::UserInfo)),
        (inner.url("@good.test", "/"), refused(UrlError::UserInfo)),
        ("ftp://good.test/".to_owned(), refused(UrlError::Scheme)),
        ("file:///etc/passwd".to_owned(), refused(UrlError::Scheme)),
        ("http://".to_owned(), refused(UrlError::Malformed)),
    ] {
        let server = Server::saying(redirect(&location));
        assert_eq!(fetch(&server.url("good.test", "/")), Err(error), "{location}");
    }
    assert_eq!(inner.request_count(), 0);
    let nowhere = Server::saying(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert_eq!(fetch(&nowhere.url("good.test", "/")), Err(ImageError::RedirectWithoutLocation));
}

#[test]
fn redirects_to_another_port_are_checked() {
    let other = Server::saying(ok("", BASELINE));
    let server = Server::saying(redirect(&other.url("good.test", "/")));
    let policy = FetchPolicy { ports: vec![server.port..=server.port], ..policy() };
    let found = fetch_with(policy, ImageLimits::default(), &server.url("good.test", "/"));
    assert_eq!(found, Err(ImageError::RefusedPort { found: other.port }));
    assert_eq!(other.request_count(), 0);
}

#[test]
fn addresses_and_ports_are_refused_by_default() {
    let server = Server::saying(ok("", BASELINE));
    let open_ports = || FetchPolicy { ports: vec![1..=u16::MAX], ..FetchPolicy::default() };
    let loopback = [127, 0, 0, 1];
    let refused = Err(ImageError::RefusedAddress { found: loopback.into(), class: "loopback" });
    // Odd spellings of one address.
    for host in ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1."] {
        let found = fetch_with(open_ports(), ImageLimits::default(), &server.url(host, "/"));
        assert_eq!(found, refused, "{host}");
    }
    for host in ["[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254"] {
        let found = fetch_with(open_ports(), ImageLimits::default(), &server.url(host, "/"));
        assert!(matches!(found, Err(ImageError::RefusedAddress { .. })), "{host}: {found:?}");
    }
    for port in [22, 25, 81, 3306, 8081] {
        let text = format!("http://good.test:{port}/");
        let found = fetch_with(FetchPolicy::default(), ImageLimits::default(), &text);
        assert_eq!(found, Err(ImageError::RefusedPort { found: port }));
    }
    assert_eq!(server.request_count(), 0);
    assert_eq!(FetchPolicy::default().ports, [80..=80, 443..=443, 8080..=8080, 8443..=8443]);
}

#[test]
fn addresses_that_are_refused_are_left_out_of_an_answer() {
    let server = Server::saying(ok("", BASELINE));
    assert!(fetch(&server.url("both.test", "/")).is_ok());
    let found = fetch(&server.url("mapped.test", "/"));
    assert!(matches!(found, Err(ImageError::RefusedAddress { class: "loopback", .. })), "{found:?}");
    let found = fetch(&server.url("nobody.test", "/"));
    assert_eq!(found, Err(ImageError::ConnectionFailed { reason: "host not found".to_owned() }));
    assert_eq!(server.request_count(), 1);
}

#[test]
fn fetch_over_https_does_not_fall_back_to_http() {
    // The server speaks http and would answer.
    let server = Server::saying(ok("", BASELINE));
    let found = fetch(&format!("https://good.test:{}/", server.port));
    assert!(matches!(found, Err(ImageError::ConnectionFailed { .. })), "{found:?}");
}

#[test]
fn fetch_ignores_the_proxy_of_the_environment() {
    // This very binary runs another test with a proxy set that refuses all connections: nothing of ours is changed.
    let proxy = "http://127.0.0.1:1";
    let mut child = std::process::Command::new(std::env::current_exe().expect("a path"));
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"] {
        child.env(name, proxy);
    }
    child.args(["--exact", "image::fetch::fetch_brings_jpeg_and_bmp_whatever_the_header_says"]);
    let output = child.output().expect("a child");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn fetcher_opens_four_connections_at_once() {
    let (open, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let four = Barrier::new(4);
    let seen = most.clone();
    let server = Server::start(move |_, stream| {
        seen.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Nobody is answered before four are here: they are at once.
        four.wait();
        open.fetch_sub(1, Ordering::SeqCst);
        send(stream, &ok("", BASELINE));
    });
    let mut fetcher = Fetcher::new(policy(), ImageLimits::default());
    for index in 0..12 {
        fetcher.request(&url(&server.url("good.test", &format!("/{index}"))));
    }
    for _ in 0..12 {
        assert!(fetcher.wait(Duration::from_secs(20)).expect("an end").result.is_ok());
    }
    assert_eq!((most.load(Ordering::SeqCst), server.request_count()), (4, 12));
}

#[test]
fn fetcher_that_is_dropped_breaks_off_its_downloads() {
    let (began, has_begun) = mpsc::channel();
    let (ended, has_ended) = mpsc::channel();
    let server = Server::start(move |_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
        began.send(()).expect("the test waits");
        let _ = stream.read(&mut [0]);
        ended.send(()).expect("the test waits");
    });
    let mut fetcher =
        Fetcher::new(FetchPolicy { timeout: Duration::from_secs(600), ..policy() }, ImageLimits::default());
    fetcher.request(&url(&server.url("good.test", "/")));
    has_begun.recv_timeout(Duration::from_secs(20)).expect("a connection");
    drop(fetcher);
    has_ended.recv_timeout(Duration::from_secs(20)).expect("the connection is closed");
}

#[test]
fn store_fetches_once_and_again_after_a_failure() {
    let first = AtomicUsize::new(0);
    let server = Server::start(move |_, stream| match first.fetch_add(1, Ordering::SeqCst) {
        0 => send(stream, b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"),
        _ => send(stream, &ok("", BASELINE)),
    });
    let fetcher = Fetcher::new(policy(), ImageLimits::default());
    let mut store = ImageStore::new(Some(Box::new(fetcher)), ImageStore::DEFAULT_MAX_BYTES);
    let image = url(&server.url("good.test", "/a.jpg?key=secret"));
    let per_image = Duration::from_secs(10);
    store.want([&image, &image]);
    let failures = store.wait_all(per_image);
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].error, ImageError::Status { found: 503 });
    assert!(!failures[0].to_string().contains("secret"));
    assert_eq!(server.request_count(), 1);
    store.want([&image]);
    assert_eq!(store.wait_all(per_image), []);
    store.want([&image]);
    assert_eq!(store.wait_all(per_image), []);
    assert!(store.get(&image).is_some());
    assert_eq!(server.request_count(), 2);
}
