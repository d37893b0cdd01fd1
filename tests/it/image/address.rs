//! Which addresses are public (contract, section 4).

use std::net::IpAddr;

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
