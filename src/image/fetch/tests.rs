//! Every URL of `tests/data/urls.txt` with its verdict, and every connection that was asked for.
//!
//! Names are looked up in the file and connections end in a script instead of a socket, so that also the addresses of the
//! public internet can be judged, and each attempt to connect is seen.

use std::collections::HashMap;
use std::sync::Mutex;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, LazyBuffers, Transport};

use super::*;
use crate::image::ImageFailure;

const TABLE: &str = include_str!("../../../tests/data/urls.txt");

/// The answers of each name: one for each look-up, the last for all further ones.
#[derive(Default)]
struct Names(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

impl Names {
    /// `name HOST ADDRESS... / ADDRESS...`
    fn of(table: &str) -> Self {
        let mut names = HashMap::new();
        for line in table.lines().filter_map(|line| line.strip_prefix("name ")) {
            let (host, answers) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            let answer = |text: &str| {
                let addresses = text.split_whitespace().map(|address| address.parse().expect("an address"));
                addresses.collect()
            };
            names.insert(host.to_owned(), answers.split('/').map(answer).collect());
        }
        Self(Mutex::new(names))
    }
}

impl Resolve for Names {
    fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<IpAddr>> {
        let mut names = self.0.lock().expect("not poisoned");
        let Some(answers) = names.get_mut(host) else { return Ok(Vec::new()) };
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

/// Writes down where a connection would go, and connects to a script.
#[derive(Clone, Debug, Default)]
struct Script(Arc<Mutex<Vec<String>>>);

impl Connector for Script {
    type Out = Scripted;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Scripted>, ureq::Error> {
        let addresses: Vec<_> = details.addrs.iter().map(ToString::to_string).collect();
        self.0.lock().expect("not poisoned").push(addresses.join("+"));
        let buffers = LazyBuffers::new(4096, 4096);
        Ok(Some(Scripted { buffers, request: String::new(), is_tls: details.needs_tls() }))
    }
}

/// Answers `/to/PLACE` with a redirect to the place, `/hop/N` with one to `/hop/N-1`, and all else with a text.
struct Scripted {
    buffers: LazyBuffers,
    request: String,
    is_tls: bool,
}

impl Scripted {
    fn answer(&self) -> String {
        let target = self.request.split(' ').nth(1).unwrap_or_default();
        let place = match (target.strip_prefix("/to/"), target.strip_prefix("/hop/")) {
            (Some(place), _) => decoded(place),
            (_, Some(count)) if count != "0" => {
                format!("/hop/{}", count.parse::<u32>().expect("a number") - 1)
            }
            _ => return "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext".to_owned(),
        };
        format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n")
    }
}

/// `%5C` is a backslash, so that the table can lead to places that a URL cannot hold as they are.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        decoded.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        decoded.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(decoded).expect("text")
}

impl Transport for Scripted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.request += &String::from_utf8_lossy(&self.buffers.output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let answer = self.answer();
        self.buffers.input_append_buf()[..answer.len()].copy_from_slice(answer.as_bytes());
        self.buffers.input_appended(answer.len());
        Ok(true)
    }

    fn is_open(&mut self) -> bool {
        true
    }

    fn is_tls(&self) -> bool {
        self.is_tls
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

/// The connections in turn, and how it ended; in the words of the table.
fn verdict(text: &str) -> String {
    let url = match ImageUrl::parse(text) {
        Ok(url) => url,
        Err(refused) => {
            assert!(!ImageUrl::redact(text).contains("secret"), "{text}");
            return refused.to_string();
        }
    };
    let script = Script::default();
    let policy = FetchPolicy { resolver: Arc::new(Names::of(TABLE)), ..FetchPolicy::default() };
    let client = Client::with_connector(policy, 1 << 10, script.clone());
    let end = match client.get(&url) {
        Ok(_) => "fetched".to_owned(),
        Err(error) => {
            let failure = ImageFailure { url: url.clone(), error: error.clone() };
            assert!(!format!("{failure} {failure:?}").contains("secret"), "{failure:?}");
            match error {
                ImageError::RefusedAddress { found, class } => format!("{class} {found}"),
                error => error.to_string(),
            }
        }
    };
    let mut steps = script.0.lock().expect("not poisoned").clone();
    steps.push(end);
    steps.join(", ")
}

#[test]
fn every_url_of_the_table_has_its_verdict_and_no_other_connection() {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' ']));
    let rows: Vec<_> = rows.filter(|line| !line.starts_with("name ")).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let (text, expected) = row.split_once("  ").unwrap_or((row, "nothing stated"));
        let found = verdict(&decoded_row(text));
        if found != expected.trim() {
            wrong.push(format!("{text}  {found}"));
        }
    }
    assert!(wrong.is_empty(), "of {} rows:\n{}", rows.len(), wrong.join("\n"));
    assert!(rows.len() >= 300, "{} rows", rows.len());
}

/// Characters that a line of the table cannot show are written `{tab}` or `{nl}`.
fn decoded_row(text: &str) -> String {
    text.replace("{tab}", "\t").replace("{nl}", "\n").replace("{nul}", "\0").replace("{sp}", " ")
}

#[test]
fn client_has_no_proxy() {
    let client = Client::new(FetchPolicy::default(), 1);
    assert!(client.agent.config().proxy().is_none());
}
