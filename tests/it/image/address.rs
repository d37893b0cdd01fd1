//! Which addresses are public (contract, section 4), and that this agrees with IANA's registries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use polyptych::image::{AddressRange, is_public};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("{text} is no address"))
}

#[test]
fn addresses_that_are_not_public_are_refused() {
    let refused = "
        0.0.0.0 0.1.2.3 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
        169.254.0.1 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.170 192.0.2.1 192.88.99.1
        192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
        239.255.255.255 240.0.0.1 255.255.255.254 255.255.255.255
        :: ::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0
        64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::10.1.2.3 64:ff9b:1::808:808 100::1 200::1 2001::1
        2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1
        3fff::1 4000::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1 fec0::1 feff::1 ff02::1 ff0e::1";
    for text in refused.split_whitespace() {
        assert!(!is_public(address(text)), "{text}");
    }
}

#[test]
fn addresses_beside_the_refused_ranges_are_public() {
    let public = "
        1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
        169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
        192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
        203.0.114.0 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808 2001:200::1 2001:4860:4860::8888
        2001:db9::1 2003::1 2606:4700::1111 3ffe::1";
    for text in public.split_whitespace() {
        assert!(is_public(address(text)), "{text}");
    }
}

#[test]
fn address_range_is_read_as_it_is_written() {
    let range: AddressRange = "10.0.0.0/8".parse().expect("a range");
    assert!(range.contains(address("10.9.8.7")) && !range.contains(address("11.0.0.0")));
    assert!(!range.contains(address("::ffff:10.0.0.1")));
    let one: AddressRange = "127.0.0.1".parse().expect("an address");
    assert!(one.contains(address("127.0.0.1")) && !one.contains(address("127.0.0.2")));
    let all: AddressRange = "::/0".parse().expect("a range");
    assert!(all.contains(address("fe80::1")) && !all.contains(address("1.2.3.4")));
    for text in ["", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/8/8", "host/8"] {
        assert!(text.parse::<AddressRange>().is_err(), "{text:?}");
    }
}

/// IANA, "IPv4 Special-Purpose Address Registry" and, for 224.0.0.0/4, "IPv4 Multicast Address Space Registry": the
/// first and the last address of each entry, and whether the registry calls it globally reachable.
const IPV4: [([u8; 4], [u8; 4], bool); 26] = [
    ([0, 0, 0, 0], [0, 255, 255, 255], false),
    ([0, 0, 0, 0], [0, 0, 0, 0], false),
    ([10, 0, 0, 0], [10, 255, 255, 255], false),
    ([100, 64, 0, 0], [100, 127, 255, 255], false),
    ([127, 0, 0, 0], [127, 255, 255, 255], false),
    ([169, 254, 0, 0], [169, 254, 255, 255], false),
    ([172, 16, 0, 0], [172, 31, 255, 255], false),
    ([192, 0, 0, 0], [192, 0, 0, 255], false),
    ([192, 0, 0, 0], [192, 0, 0, 7], false),
    ([192, 0, 0, 8], [192, 0, 0, 8], false),
    ([192, 0, 0, 9], [192, 0, 0, 9], true),
    ([192, 0, 0, 10], [192, 0, 0, 10], true),
    ([192, 0, 0, 170], [192, 0, 0, 171], false),
    ([192, 0, 2, 0], [192, 0, 2, 255], false),
    ([192, 31, 196, 0], [192, 31, 196, 255], true),
    ([192, 52, 193, 0], [192, 52, 193, 255], true),
    // Deprecated: the registry gives no verdict, so none may be reached.
    ([192, 88, 99, 0], [192, 88, 99, 255], false),
    ([192, 168, 0, 0], [192, 168, 255, 255], false),
    ([192, 175, 48, 0], [192, 175, 48, 255], true),
    ([198, 18, 0, 0], [198, 19, 255, 255], false),
    ([198, 51, 100, 0], [198, 51, 100, 255], false),
    ([203, 0, 113, 0], [203, 0, 113, 255], false),
    ([224, 0, 0, 0], [239, 255, 255, 255], false),
    ([240, 0, 0, 0], [255, 255, 255, 255], false),
    ([255, 255, 255, 255], [255, 255, 255, 255], false),
    ([192, 88, 99, 2], [192, 88, 99, 2], false),
];

/// Entries that are reachable and refused all the same: relays inside a block that is refused whole.
const IPV4_STRICTER: [u32; 2] = [0xC000_0009, 0xC000_000A];

/// What the registry says of an address: its narrowest entry counts, and none means public.
fn is_reachable(address: u32) -> bool {
    let entries = IPV4
        .iter()
        .map(|&(first, last, reachable)| (u32::from_be_bytes(first), u32::from_be_bytes(last), reachable));
    let around = entries.filter(|&(first, last, _)| (first..=last).contains(&address));
    around.min_by_key(|&(first, last, _)| last - first).is_none_or(|(.., reachable)| reachable)
}

fn expected(address: u32) -> bool {
    is_reachable(address) && !IPV4_STRICTER.contains(&address)
}

/// Where the verdict may change: runs of addresses that no edge of an entry divides, in order and without a gap.
fn runs() -> Vec<(u32, u32)> {
    let edges = IPV4.iter().flat_map(|&(first, last, _)| {
        [Some(u32::from_be_bytes(first)), u32::from_be_bytes(last).checked_add(1)]
    });
    let mut starts: Vec<u32> = edges.flatten().chain([0]).collect();
    starts.sort_unstable();
    starts.dedup();
    let ends = starts[1..].iter().map(|start| start - 1).chain([u32::MAX]);
    starts.iter().copied().zip(ends).collect()
}

#[test]
fn ipv4_addresses_are_judged_as_the_registries_say_at_every_edge_and_in_between() {
    for (first, last) in runs() {
        for address in [first, last, first + (last - first) / 2] {
            assert_eq!(is_public(Ipv4Addr::from(address).into()), expected(address), "{first:#x}");
        }
    }
    // An odd stride meets no address twice and every /12 some hundred times.
    let mut address = 0_u32;
    for _ in 0..1 << 20 {
        address = address.wrapping_add(0x9E37_79B1);
        let found = is_public(Ipv4Addr::from(address).into());
        assert_eq!(found, expected(address), "{}", Ipv4Addr::from(address));
    }
}

#[test]
fn ipv4_addresses_are_judged_as_the_registries_say_all_of_them() {
    if std::env::var_os("POLYPTYCH_LONG").is_none() {
        println!("edges and samples only: POLYPTYCH_LONG=1 walks all 2^32 addresses");
        return;
    }
    let mut seen = 0_u64;
    for (first, last) in runs() {
        let verdict = expected(first);
        for address in first..=last {
            assert_eq!(is_public(Ipv4Addr::from(address).into()), verdict, "{}", Ipv4Addr::from(address));
            seen += 1;
        }
    }
    assert_eq!(seen, 1 << 32);
    println!("{seen} addresses");
}

/// IANA, "IPv6 Special-Purpose Address Registry"; site-local and multicast are of "Internet Protocol Version 6 Address
/// Space". `None` is what is judged by the IPv4 address within.
const IPV6: [(&str, u32, Option<bool>); 26] = [
    ("::1", 128, Some(false)),
    ("::", 128, Some(false)),
    ("::ffff:0:0", 96, None),
    ("64:ff9b::", 96, None),
    ("64:ff9b:1::", 48, Some(false)),
    ("100::", 64, Some(false)),
    ("100:0:0:1::", 64, Some(false)),
    ("2001::", 23, Some(false)),
    ("2001::", 32, Some(false)),
    ("2001:1::1", 128, Some(true)),
    ("2001:1::2", 128, Some(true)),
    ("2001:1::3", 128, Some(true)),
    ("2001:2::", 48, Some(false)),
    ("2001:3::", 32, Some(true)),
    ("2001:4:112::", 48, Some(true)),
    ("2001:10::", 28, Some(false)),
    ("2001:20::", 28, Some(true)),
    ("2001:30::", 28, Some(true)),
    ("2001:db8::", 32, Some(false)),
    ("2002::", 16, Some(false)),
    ("2620:4f:8000::", 48, Some(true)),
    ("3fff::", 20, Some(false)),
    ("5f00::", 16, Some(false)),
    ("fc00::", 7, Some(false)),
    ("fe80::", 10, Some(false)),
    ("ff00::", 8, Some(false)),
];

/// The first and the last address of an entry.
fn span((start, bits, _): (&str, u32, Option<bool>)) -> (u128, u128) {
    let first = start.parse::<Ipv6Addr>().expect("an address").to_bits();
    (first, first | u128::MAX.checked_shr(bits).unwrap_or(0))
}

fn expected_ipv6(address: u128) -> bool {
    let around = IPV6.iter().filter(|&&entry| {
        let (first, last) = span(entry);
        (first..=last).contains(&address)
    });
    // The block of protocol assignments is refused whole, with the relays within that are reachable.
    let is_assignment = address >> 105 == 0x2001_0000 >> 9;
    match around.max_by_key(|(_, bits, _)| bits) {
        Some((.., Some(reachable))) => *reachable && !is_assignment,
        Some((.., None)) => expected(address as u32),
        // "Internet Protocol Version 6 Address Space": 2000::/3 is global unicast, all else is reserved.
        None => address >> 125 == 1,
    }
}

#[test]
fn ipv6_addresses_are_judged_as_the_registries_say_at_every_edge() {
    let deprecated = [("fec0::", 10, Some(false)), ("::", 96, Some(false)), ("2000::", 3, None)];
    for entry in IPV6.into_iter().chain(deprecated) {
        let (first, last) = span(entry);
        for address in
            [first.wrapping_sub(1), first, first | 1, last - (last - first) / 2, last, last.wrapping_add(1)]
        {
            let text = Ipv6Addr::from(address);
            assert_eq!(is_public(text.into()), expected_ipv6(address), "{text}, by {}/{}", entry.0, entry.1);
        }
    }
}

#[test]
fn ipv6_addresses_that_hold_an_ipv4_one_are_judged_by_it_or_refused() {
    for (first, last) in runs() {
        for ipv4 in [first, last] {
            for (prefix, judged) in
                [("::ffff:0:0", true), ("64:ff9b::", true), ("64:ff9b:1::", false), ("::", false)]
            {
                let prefix = prefix.parse::<Ipv6Addr>().expect("an address").to_bits();
                let address = Ipv6Addr::from(prefix | u128::from(ipv4));
                assert_eq!(is_public(address.into()), judged && expected(ipv4), "{address}");
            }
            // 6to4 and Teredo, whose client is written inverted: refused, whatever is inside.
            let in_6to4 = Ipv6Addr::from((0x2002 << 112) | (u128::from(ipv4) << 80));
            let in_teredo = Ipv6Addr::from((0x2001 << 112) | u128::from(!ipv4));
            assert!(!is_public(in_6to4.into()) && !is_public(in_teredo.into()), "{}", Ipv4Addr::from(ipv4));
        }
    }
}
