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

/// A word as it may stand in a path or a query: everything but letters, digits and `-._~` as `%` and two digits.
pub fn encoded(word: &str) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
    let mut encoded = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
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
    fn a_word_in_an_address_ends_no_part_of_it() {
        assert_eq!(encoded("a-b_c.d~1"), "a-b_c.d~1");
        assert_eq!(encoded("a b&c=d?e#f/g%h+"), "a%20b%26c%3Dd%3Fe%23f%2Fg%25h%2B");
        assert_eq!(encoded("sub\\é"), "sub%5C%C3%A9");
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
