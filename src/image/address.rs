//! Which addresses are public. Pure: whoever resolves names asks here about each answer.
//!
//! A table of ranges after IANA's special-purpose registries rather than the standard library's predicates: half of
//! those are unstable, and a table can be read against its source. An IPv6 address that stands for an IPv4 one is judged
//! by that one where the form is in daily use (IPv4-mapped; the well-known NAT64 prefix, or an IPv6-only network
//! could fetch nothing); the forms of abandoned or local tunnels (IPv4-compatible, 6to4, Teredo, local NAT64) are
//! refused whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses that share their leading bits, written `10.0.0.0/8`; an address alone means itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    start: IpAddr,
    prefix_bits: u32,
}

impl AddressRange {
    /// Whether `address` lies within. IPv4 and IPv6 never do in each other's ranges.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing_bits = match (self.start, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => u128::from(a.to_bits() ^ b.to_bits()) << 96,
            (IpAddr::V6(a), IpAddr::V6(b)) => a.to_bits() ^ b.to_bits(),
            _ => return false,
        };
        differing_bits.leading_zeros() >= self.prefix_bits
    }
}

/// A text that names no [`AddressRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a range such as 10.0.0.0/8")]
pub struct AddressRangeError;

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, bits) = text.split_once('/').map_or((text, None), |(start, bits)| (start, Some(bits)));
        let start: IpAddr = start.parse().map_err(|_| AddressRangeError)?;
        let longest = if start.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits.map_or(Ok(longest), str::parse).map_err(|_| AddressRangeError)?;
        if prefix_bits > longest {
            return Err(AddressRangeError);
        }
        Ok(Self { start, prefix_bits })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix_bits: u32) -> AddressRange {
    AddressRange { start: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix_bits }
}

const fn v6(a: u16, b: u16, c: u16, prefix_bits: u32) -> AddressRange {
    AddressRange { start: IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), prefix_bits }
}

/// What is not public, by IANA's registries of special-purpose addresses; the narrower range before the wider.
const REFUSED: [(AddressRange, &str); 31] = [
    (v4(0, 0, 0, 0, 32), "unspecified"),
    (v4(0, 0, 0, 0, 8), "reserved"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "shared"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(255, 255, 255, 255, 32), "broadcast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
    (v6(0, 0, 0, 128), "unspecified"),
    (AddressRange { start: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix_bits: 128 }, "loopback"),
    (v6(0, 0, 0, 96), "IPv4-compatible"),
    (v6(0x64, 0xff9b, 1, 48), "local NAT64"),
    (v6(0x100, 0, 0, 64), "discard-only"),
    (v6(0x2001, 0, 0, 32), "Teredo"),
    (v6(0x2001, 0, 0, 23), "reserved"),
    (v6(0x2001, 0xdb8, 0, 32), "documentation"),
    (v6(0x2002, 0, 0, 16), "6to4"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
    (v6(0xfc00, 0, 0, 7), "unique local"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xfec0, 0, 0, 10), "site-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
];

/// What IANA has given out to be routed; all else of IPv6 is reserved.
const GLOBAL_UNICAST: AddressRange = v6(0x2000, 0, 0, 3);
const NAT64: AddressRange = v6(0x64, 0xff9b, 0, 96);

/// Whether an address is one of the public internet: none that is loopback, private, shared, link-local, unique local,
/// multicast, for documentation or benchmarks, or otherwise reserved, whatever form it is written in.
///
/// ```
/// use polyptych::image::is_public;
/// assert!(is_public([93, 184, 215, 14].into()));
/// assert!(!is_public([169, 254, 169, 254].into()));
/// ```
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    refusal(address).is_none()
}

/// What kind of address it is, where it is not a public one.
pub(super) fn refusal(address: IpAddr) -> Option<&'static str> {
    let address = embedded(address);
    if let Some((_, class)) = REFUSED.iter().find(|(range, _)| range.contains(address)) {
        return Some(class);
    }
    (address.is_ipv6() && !GLOBAL_UNICAST.contains(address)).then_some("reserved")
}

/// The IPv4 address that an IPv6 one stands for: IPv4-mapped, or NAT64 by its well-known prefix; else itself.
pub(super) fn embedded(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if NAT64.contains(address) => Ipv4Addr::from_bits(v6.to_bits() as u32).into(),
        canonical => canonical,
    }
}
