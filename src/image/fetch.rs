//! One image over http or https. The one file that names the `ureq` crate, opens a connection or reads a clock.
//!
//! A URL in a layout request is a stranger's wish that this host connect somewhere: server-side request forgery, in a
//! word. So the address is judged where the connection is made and nowhere else: `ureq` asks [`Gate`] where to connect
//! to, for every hop and also where the host is a literal address, and gets only addresses that have just been found
//! public. No second look-up can give another answer, and no reading of the URL can differ from the client's.
//! Redirects are followed here, one request each, so that every hop passes the same checks; the connection pool is off,
//! or a hop could ride on an older connection.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::{Response, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use super::address::{AddressRange, refusal};
use super::{ImageError, address};
use crate::url::ImageUrl;

/// Finds the addresses of a host.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, a name in ASCII; never asked for literal addresses. May block: it is called in a thread
    /// of its own and left behind when time is up.
    ///
    /// # Errors
    /// Why there are none; an empty answer means that the host does not exist.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>> {
        Ok((host, port).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// Where downloads may go, and for how long. The default is safe for URLs of strangers; a trusted caller may open it.
#[derive(Clone)]
pub struct FetchPolicy {
    /// Addresses that are allowed although they are not public. None; `0.0.0.0/0` and `::/0` allow all.
    pub also_allowed: Vec<AddressRange>,
    /// Ports that are allowed: 80, 443, 8080, 8443.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Redirects that are followed: 3.
    pub max_redirects: u32,
    /// From the look-up of the name to the last byte, redirects included: 10 s.
    pub timeout: Duration,
    /// Who resolves names: the operating system.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            also_allowed: Vec::new(),
            ports: [80, 443, 8080, 8443].map(|port| port..=port).into(),
            max_redirects: 3,
            timeout: Duration::from_secs(10),
            resolver: Arc::new(SystemResolver),
        }
    }
}

impl fmt::Debug for FetchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchPolicy")
            .field("also_allowed", &self.also_allowed)
            .field("ports", &self.ports)
            .field("max_redirects", &self.max_redirects)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Downloads under a policy. Clones share their connections.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    max_redirects: u32,
    timeout: Duration,
    max_bytes: usize,
}

impl Client {
    /// A client that takes bodies of at most `max_bytes`.
    pub(super) fn new(policy: FetchPolicy, max_bytes: usize) -> Self {
        Self::with_connector(policy, max_bytes, DefaultConnector::new())
    }

    fn with_connector(policy: FetchPolicy, max_bytes: usize, connector: impl Connector) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .accept_encoding("identity")
            .accept("image/jpeg, image/bmp")
            .user_agent(concat!("polyptych/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .build();
        let FetchPolicy { max_redirects, timeout, .. } = policy;
        let agent = Agent::with_parts(config, connector, Gate { policy });
        Self { agent, max_redirects, timeout, max_bytes }
    }

    /// Downloads one image, following redirects.
    pub(super) fn get(&self, url: &ImageUrl) -> Result<Vec<u8>, ImageError> {
        let start = Instant::now();
        let mut url = url.clone();
        for _ in 0..=self.max_redirects {
            let response = self.request(&url, self.timeout.saturating_sub(start.elapsed()))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.read(response);
            }
            url = redirect(&url, &response)?;
        }
        Err(ImageError::TooManyRedirects { limit: self.max_redirects })
    }

    /// Breaks off all downloads, and refuses further ones.
    pub(super) fn shut_down(&self) {
        self.agent.clone().shutdown();
    }

    fn request(&self, url: &ImageUrl, timeout: Duration) -> Result<Response<Body>, ImageError> {
        let request = self.agent.get(url.as_str()).config().timeout_global(Some(timeout)).build();
        request.call().map_err(|error| self.explain(error))
    }

    fn read(&self, response: Response<Body>) -> Result<Vec<u8>, ImageError> {
        if response.status() != 200 {
            return Err(ImageError::Status { found: response.status().as_u16() });
        }
        let mut encodings = response.headers().get_all(header::CONTENT_ENCODING).iter();
        if encodings
            .any(|encoding| !encoding.is_empty() && !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
        {
            return Err(ImageError::Compressed);
        }
        let too_large = ImageError::TooLarge { limit_bytes: self.max_bytes };
        let body = response.into_body();
        if body.content_length().is_some_and(|length| length > self.max_bytes as u64) {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        let mut reader = body.into_reader().take(self.max_bytes as u64 + 1);
        reader.read_to_end(&mut bytes).map_err(|error| self.explain(error.into()))?;
        if bytes.len() > self.max_bytes {
            return Err(too_large);
        }
        Ok(bytes)
    }

    /// Our words for the client's errors: theirs may quote the URL.
    fn explain(&self, error: ureq::Error) -> ImageError {
        let reason = match error {
            ureq::Error::Timeout(_) => return ImageError::TimedOut { limit: self.timeout },
            ureq::Error::Other(error) => match error.downcast::<ImageError>() {
                Ok(refused) => return *refused,
                Err(_) => "refused".to_owned(),
            },
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                return ImageError::TimedOut { limit: self.timeout };
            }
            ureq::Error::Io(error) => error.kind().to_string(),
            ureq::Error::HostNotFound => "host not found".to_owned(),
            ureq::Error::Rustls(error) => format!("TLS: {error}"),
            ureq::Error::Tls(_) | ureq::Error::TlsRequired => "TLS".to_owned(),
            // How much of it had come when it was given up is a matter of chance.
            ureq::Error::LargeResponseHeader(_, limit) => {
                format!("a header of more than {limit} bytes")
            }
            _ => "not a valid answer".to_owned(),
        };
        ImageError::ConnectionFailed { reason }
    }
}

/// Where a redirect leads; checked like any URL of a request, and never from https to http.
fn redirect(from: &ImageUrl, response: &Response<Body>) -> Result<ImageUrl, ImageError> {
    let location = response.headers().get(header::LOCATION).ok_or(ImageError::RedirectWithoutLocation)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let to = from.join(&location).map_err(|reason| ImageError::RefusedRedirect { reason })?;
    if from.is_https() && !to.is_https() {
        return Err(ImageError::Downgrade);
    }
    Ok(to)
}

/// Tells the client where it may connect to.
struct Gate {
    policy: FetchPolicy,
}

impl Gate {
    fn allows(&self, address: IpAddr) -> bool {
        let embedded = address::embedded(address);
        address::is_public(address)
            || self
                .policy
                .also_allowed
                .iter()
                .any(|range| range.contains(address) || range.contains(embedded))
    }

    fn look_up(&self, host: &str, port: u16, timeout: Duration) -> Result<Vec<IpAddr>, ImageError> {
        let failed = |reason: &str| ImageError::ConnectionFailed { reason: reason.to_owned() };
        let (answer, answered) = mpsc::sync_channel(1);
        let (resolver, name) = (self.policy.resolver.clone(), host.to_owned());
        let asked = thread::Builder::new()
            .name("image name look-up".to_owned())
            .spawn(move || answer.send(resolver.resolve(&name, port)).ok());
        asked.map_err(|_| failed("no thread to look the host up"))?;
        match answered.recv_timeout(timeout) {
            Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(failed("host not found")),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(ImageError::TimedOut { limit: self.policy.timeout }),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(failed("the resolver gave up")),
        }
    }

    /// The addresses of a host that may be connected to; those that may not are left out.
    fn vet(&self, uri: &Uri, timeout: Duration) -> Result<Vec<SocketAddr>, ImageError> {
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        if !self.policy.ports.iter().any(|range| range.contains(&port)) {
            return Err(ImageError::RefusedPort { found: port });
        }
        let host = uri.host().unwrap_or_default();
        let addresses = match host.trim_matches(['[', ']']).parse() {
            Ok(literal) => vec![literal],
            Err(_) => self.look_up(host, port, timeout)?,
        };
        let allowed = addresses.iter().filter(|address| self.allows(**address));
        let vetted: Vec<_> = allowed.map(|address| SocketAddr::new(*address, port)).collect();
        match addresses.first() {
            Some(&found) if vetted.is_empty() => {
                Err(ImageError::RefusedAddress { found, class: refusal(found).unwrap_or("reserved") })
            }
            _ => Ok(vetted),
        }
    }
}

impl Resolver for Gate {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let vetted =
            self.vet(uri, *timeout.after).map_err(|refused| ureq::Error::Other(Box::new(refused)))?;
        let mut addresses = self.empty();
        // As many as the client's own resolver gives; its array holds no more.
        vetted.into_iter().take(16).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}

#[cfg(test)]
mod tests;
