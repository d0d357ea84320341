//! The addresses of servers, as far as the mesh has to understand them: which host, and whether it can only be this
//! machine.

/// The host of an http or https address; `None` for anything else, and for addresses with a user name.
pub fn host_of(address: &str) -> Option<&str> {
    let authority = authority_of(address)?;
    let host = match authority.strip_prefix('[') {
        Some(literal) => literal.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Scheme, host and port of an http or https address, as they stand there; `None` as for [`host_of`].
pub fn origin_of(address: &str) -> Option<&str> {
    let authority = authority_of(address)?;
    let start = address.find("://")? + 3;
    address.get(..start + authority.len())
}

fn authority_of(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let is_odd = authority.contains('@')
        || authority.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    (!is_odd).then_some(authority)
}

/// Whether a host can only be this machine. `localhost` is resolved by the browser itself to loopback.
pub fn is_loopback(host: &str) -> bool {
    let is_name = host.eq_ignore_ascii_case("localhost")
        || host
            .len()
            .checked_sub(10)
            .and_then(|start| host.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(".localhost"));
    is_name || host == "::1" || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_the_browser_would_take_it_for() {
        for (address, host) in [
            ("http://localhost:11434/api", Some("localhost")),
            ("https://[::1]:8080", Some("::1")),
            ("https://example.com?x", Some("example.com")),
            ("http://user:key@localhost", None),
            ("http://localhost\\@example.com", Some("localhost")),
            ("http://a b", None),
            ("ftp://localhost", None),
            ("http://", None),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
        assert_eq!(origin_of("http://localhost:11434/api/chat"), Some("http://localhost:11434"));
        assert_eq!(origin_of("https://example.com?x"), Some("https://example.com"));
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for host in ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["localhost.example.com", "127.0.0.1.example.com", "192.168.0.7", "xlocalhost", "0.0.0.0", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
