"""Who the client is behind a reverse proxy. Source: threats.md S02."""

import pytest

from app.networks import networks_of
from app.web.body import Message, Receive
from app.web.forwarded import Forwarded
from app.web.reply import Send

PROXIES = networks_of(["10.0.0.0/8", "2001:db8:ffff::1"])


async def seen(peer: object, *headers: tuple[str, str], kind: str = "http") -> tuple[object, object]:
    """The client's address and the scheme that the app behind is told."""
    scopes: list[Message] = []

    async def behind(scope: Message, receive: Receive, send: Send) -> None:
        scopes.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    given: Message = {"type": kind, "scheme": "http", "headers": raw, "client": peer}
    before = dict(given)
    await Forwarded(behind, PROXIES)(given, receive, send)
    assert given == before
    client = scopes[0]["client"]
    return (client[0] if client else None), scopes[0]["scheme"]


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip"])
async def test_what_an_unlisted_peer_says_changes_nothing(name: str) -> None:
    headers = ((name, "198.51.100.7"), ("x-forwarded-proto", "https"))

    assert await seen(("192.0.2.1", 5), *headers) == ("192.0.2.1", "http")


@pytest.mark.parametrize(
    ("told", "client"),
    [
        (("198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9, 198.51.100.7, 10.0.0.3",), "198.51.100.7"),
        (("203.0.113.9", "198.51.100.7,10.0.0.3"), "198.51.100.7"),
        (("198.51.100.7:4711",), "198.51.100.7"),
        (("[2001:db8::7]:4711",), "2001:db8::7"),
        (("2001:db8::7, 2001:db8:ffff::1",), "2001:db8::7"),
        (("::ffff:198.51.100.7",), "198.51.100.7"),
        (("10.0.0.4, 10.0.0.3",), "10.0.0.4"),
        (("198.51.100.7, unknown, 10.0.0.3",), "10.0.0.3"),
        (("198.51.100.7, <script>",), "10.0.0.1"),
        (("",), "10.0.0.1"),
        ((), "10.0.0.1"),
    ],
)
async def test_a_listed_proxy_is_believed_up_to_the_first_that_is_none(
    told: tuple[str, ...], client: str
) -> None:
    headers = [("X-Forwarded-For", value) for value in told]

    assert (await seen(("10.0.0.1", 5), *headers))[0] == client


@pytest.mark.parametrize(
    ("told", "scheme"), [("https", "https"), ("http, HTTPS", "https"), ("gopher", "http"), ("", "http")]
)
async def test_a_listed_proxy_tells_the_scheme(told: str, scheme: str) -> None:
    assert (await seen(("10.0.0.1", 5), ("x-forwarded-proto", told)))[1] == scheme


async def test_a_socket_without_an_address_and_a_lifespan_pass_as_they_are() -> None:
    assert await seen(None, ("x-forwarded-for", "198.51.100.7")) == (None, "http")
    assert await seen(None, kind="lifespan") == (None, "http")
