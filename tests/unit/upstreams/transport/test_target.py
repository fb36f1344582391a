"""URLs and the request heads made of them."""

import pytest

from app.upstreams.transport.target import parse_target, request_head


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://EXAMPLE.com:443/a", "example.com", "/a"),
        ("http://example.com:8080/a?b=c", "example.com:8080", "/a?b=c"),
        ("https://example.com/v1:generate?alt=sse#part", "example.com", "/v1:generate?alt=sse"),
        ("http://[::1]:81/", "[::1]:81", "/"),
        ("https://bücher.example/ä", "xn--bcher-kva.example", "/%C3%A4"),
        ("https://example.com/a%20b", "example.com", "/a%20b"),
    ],
)
def test_a_url_is_taken_apart(url: str, authority: str, path: str) -> None:
    """RFC 3986."""
    target = parse_target(url)

    assert target.origin.authority == authority
    assert target.path == path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:port/",
        "http://exa mple.com/",
        "http://example.com\\@evil.example/",
        "http://example.com/\r\nx: y",
        "http://example.com/\x00",
        "http://[::1/",
        "http://exa$mple.com/",
        "http://" + "a" * 300 + ".example/",
    ],
)
def test_a_url_with_two_meanings_is_refused(url: str) -> None:
    """threats.md S17."""
    with pytest.raises(ValueError):
        parse_target(url)


def test_a_head_has_host_and_length() -> None:
    """RFC 9112, 3.2."""
    head = request_head("POST", parse_target("http://example.com:81/a"), {"x-a": "b"}, 0)

    assert head == b"POST /a HTTP/1.1\r\nhost: example.com:81\r\nx-a: b\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET\r\n", {}),
        ("get", {}),
        ("GET", {"x": "a\r\nevil: 1"}),
        ("GET", {"x": "a\nevil: 1"}),
        ("GET", {"x": "a\0"}),
        ("GET", {"x\r\nevil": "a"}),
        ("GET", {"": "a"}),
        ("GET", {"Host": "elsewhere"}),
        ("GET", {"content-length": "5"}),
        ("GET", {"Transfer-Encoding": "chunked"}),
        ("GET", {"x": "snow \u2603"}),
    ],
)
def test_nothing_can_be_smuggled_into_a_head(method: str, headers: dict[str, str]) -> None:
    """threats.md S19."""
    with pytest.raises(ValueError):
        request_head(method, parse_target("http://example.com/"), headers, 0)
