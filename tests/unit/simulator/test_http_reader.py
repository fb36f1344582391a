import pytest

from app.simulator.http_reader import MAX_HEAD, BadRequestLine, Request, RequestReader

PLAIN = b"POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-Two:  b \r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n"


def read(data: bytes) -> tuple[Request | None, bytes]:
    sent: list[bytes] = []
    request = RequestReader().feed(bytearray(data), sent.append)
    return request, b"".join(sent)


def test_a_request_is_read_with_its_headers_in_lower_case() -> None:
    request, _ = read(PLAIN)

    assert request is not None
    assert (request.method, request.path, request.query) == ("POST", "/a b", "x=1")
    assert request.headers == {"host": "h", "x-two": "b", "content-length": "3"}
    assert (request.body, request.has_length) == (b"abc", True)


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_any_split_of_the_bytes_gives_the_same_request(data: bytes) -> None:
    for step in (1, 2, 7):
        reader, buffer = RequestReader(), bytearray()
        found = []
        for at in range(0, len(data), step):
            buffer += data[at : at + step]
            request = reader.feed(buffer, lambda _: None)
            if request is not None:
                found.append(request.body)
        assert found == [b"abc"]
        assert not buffer


def test_what_follows_a_request_stays_in_the_buffer() -> None:
    buffer = bytearray(PLAIN + PLAIN)
    reader = RequestReader()

    assert reader.feed(buffer, lambda _: None) is not None
    assert bytes(buffer) == PLAIN


def test_a_post_without_a_length_is_known_as_such() -> None:
    """upstream.md 1.3: 411."""
    request, _ = read(b"POST / HTTP/1.1\r\n\r\n")

    assert request is not None
    assert not request.has_length


def test_a_client_that_waits_for_100_gets_it() -> None:
    _, sent = read(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")

    assert sent == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"x" * (MAX_HEAD + 1), 431),
    ],
)
def test_what_is_no_request_is_refused(data: bytes, status: int) -> None:
    with pytest.raises(BadRequestLine) as caught:
        read(data)

    assert caught.value.status == status
