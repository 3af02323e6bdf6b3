//! Which hosts are reached without a proxy, and how a proxy is shown.

use std::net::IpAddr;

use http::Uri;

/// Whether `NO_PROXY` names the host of the server: `*`, a host with all below it, a host and
/// port, an address, or a network as `10.0.0.0/8`.
pub(super) fn is_excepted(server: &Uri, no_proxy: Option<&str>) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let host = host.to_ascii_lowercase();
    let port = server.port_u16().unwrap_or(443);
    let entries = no_proxy.unwrap_or_default().split(',');
    let mut entries = entries.map(str::trim).filter(|entry| !entry.is_empty());
    entries.any(|entry| matches(&entry.to_ascii_lowercase(), &host, port))
}

fn matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let (entry, same_port) = without_port(entry, port);
        return match entry.split_once('/') {
            Some((network, bits)) => within(address, network, bits),
            None => same_port && entry.trim_matches(['[', ']']).parse() == Ok(address),
        };
    }
    let (entry, same_port) = without_port(entry, port);
    let entry = entry.trim_start_matches("*.").trim_start_matches('.');
    let below = host
        .strip_suffix(entry)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    same_port && below
}

/// The entry without its port, and whether it is the server's or left out.
fn without_port(entry: &str, port: u16) -> (&str, bool) {
    match entry.rsplit_once(':') {
        Some((host, text)) if !host.contains(':') || host.ends_with(']') => {
            match text.parse::<u16>() {
                Ok(other) => (host, other == port),
                Err(_) => (entry, true),
            }
        }
        _ => (entry, true),
    }
}

fn within(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// A proxy without the password that its address may hold.
pub(super) fn shown(proxy: &Uri) -> String {
    let scheme = proxy.scheme_str().unwrap_or("http");
    let host = proxy.host().unwrap_or_default();
    match proxy.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_hosts_addresses_and_networks() {
        let cases = [
            ("https://api.example.com", "example.com", true),
            ("https://api.example.com", ".example.com", true),
            ("https://api.example.com", "*.example.com", true),
            ("https://badexample.com", "example.com", false),
            ("https://api.example.com:6443", "api.example.com:443", false),
            (
                "https://api.example.com:6443",
                "a, api.example.com:6443",
                true,
            ),
            ("https://API.example.com", "api.EXAMPLE.com", true),
            ("https://10.1.2.3:6443", "10.0.0.0/8", true),
            ("https://11.1.2.3:6443", "10.0.0.0/8", false),
            ("https://10.1.2.3:6443", "10.1.2.3", true),
            ("https://10.1.2.3:6443", "0.0.0.0/0", true),
            ("https://[fd00::1]:6443", "fd00::/8", true),
            ("https://[fd00::1]:6443", "fd00::1", true),
            ("https://api.example.com", "*", true),
            ("https://api.example.com", "", false),
        ];
        for (server, no_proxy, expected) in cases {
            let server = server.parse().unwrap();
            assert_eq!(
                is_excepted(&server, Some(no_proxy)),
                expected,
                "{server} {no_proxy}"
            );
        }
        assert!(!is_excepted(&Uri::from_static("https://a.b"), None));
    }

    #[test]
    fn a_password_is_not_shown() {
        let proxy = Uri::from_static("http://user:word@proxy.example.com:3128");
        assert_eq!(shown(&proxy), "http://proxy.example.com:3128");
    }
}
