//! Where an image lies on the web. The one file that names the `url` crate.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// An absolute http or https address of an image, without user info.
///
/// Equal addresses compare equal after normalisation (host in lower case, default port left out).
/// `Display` and `Debug` leave out query and fragment, which often carry access tokens; [`ImageUrl::as_str`] is whole.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ImageUrl(Arc<Url>);

/// Why a text is not the address of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not parse as an absolute URL with a host.
    #[error("not an absolute URL")]
    Malformed,
    /// Its scheme is neither http nor https.
    #[error("neither http nor https")]
    Scheme,
    /// It carries a user name or a password.
    #[error("holds user info")]
    UserInfo,
}

impl ImageUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// The reason why it cannot be the address of an image.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        Self::check(url, text)
    }

    /// Reads where a redirect leads: an address, or a part of one that this address completes.
    ///
    /// # Errors
    /// The reason why it cannot be the address of an image.
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        let url = self.0.join(location).map_err(|_| UrlError::Malformed)?;
        Self::check(url, location)
    }

    fn check(url: Url, text: &str) -> Result<Self, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(UrlError::UserInfo);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(UrlError::Malformed);
        }
        Ok(Self(Arc::new(url)))
    }

    /// The whole address, query included. Not for logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is fetched over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether a text may be meant as an address, well-formed or not: `https:user@host` leads somewhere too.
    #[must_use]
    pub fn may_be(text: &str) -> bool {
        let start = text.trim_start().get(..5).unwrap_or_default();
        text.contains("://") || start.eq_ignore_ascii_case("http:") || start.eq_ignore_ascii_case("https")
    }

    /// Any text that claims to be an address, without user info, query and fragment: fit to be shown.
    #[must_use]
    pub fn redact(text: &str) -> String {
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        // Where a malformed text holds an `@`, nobody can tell what a password is and what is not.
        if text.contains('@') && !Url::parse(text).is_ok_and(|url| url.has_host()) {
            let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
            return format!("{}…", scheme.unwrap_or_default());
        }
        let authority = authority(shown);
        match authority.rfind('@') {
            Some(at) => {
                let start = authority.as_ptr() as usize - shown.as_ptr() as usize;
                format!("{}{}", &shown[..start], &shown[start + at + 1..])
            }
            None => shown.to_owned(),
        }
    }
}

/// The part between the scheme's slashes and the path.
fn authority(text: &str) -> &str {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(['/', '\\', '\t', '\n', '\r']);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

impl fmt::Display for ImageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Url::clone(&self.0);
        shown.set_query(None);
        shown.set_fragment(None);
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for ImageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageUrl({self})")
    }
}
