"""Fetching for clients who may point anywhere."""

import ssl
from collections.abc import AsyncIterator, Sequence

import pytest
import trustme

from app.errors import BadRequest, TooLarge
from app.upstreams.fetch import Fetched, SafeFetcher
from app.upstreams.transport.dns import system_lookup
from tests.support.upstream import Talk, Visit, chunk, chunked, upstream, whole

LIMITS = {"max_bytes": 1000, "timeout_s": 5.0}
TLS = ssl.create_default_context()
HERE = frozenset({"127.0.0.1", "pictures.test", "localhost"})


def loopback(host: str, port: int) -> Sequence[str]:
    """A resolver for which every name is this machine."""
    return ["127.0.0.1"]


@pytest.fixture
async def fetcher() -> AsyncIterator[SafeFetcher]:
    fetcher = SafeFetcher(allow_hosts=HERE, lookup=loopback, tls=TLS)
    yield fetcher
    await fetcher.aclose()


async def fetch(fetcher: SafeFetcher, url: str, **limits: float) -> Fetched:
    wanted = LIMITS | limits
    return await fetcher.fetch(
        url, max_bytes=int(wanted["max_bytes"]), timeout_s=wanted["timeout_s"], where="messages[0].content[1]"
    )


async def picture(visit: Visit) -> None:
    await visit.request()
    await visit.say(whole(b"pixels", "Content-Type: Image/PNG; charset=binary"))


async def test_what_is_fetched_comes_with_its_type(fetcher: SafeFetcher) -> None:
    """openai.md 5: remote images."""
    async with upstream(picture) as place:
        assert await fetch(fetcher, place.url(host="pictures.test")) == Fetched("image/png", b"pixels")


async def test_the_request_carries_the_name_and_nothing_of_ours(fetcher: SafeFetcher) -> None:
    """threats.md S17: no cookies, no credentials; original Host."""
    heads: list[bytes] = []

    async def listen(visit: Visit) -> None:
        heads.append(await visit.request())
        await visit.say(whole(b""))

    async with upstream(listen) as place:
        await fetch(fetcher, place.url("/a.png?b", host="pictures.test"))

        lines = heads[0].decode().split("\r\n")
        assert lines[0] == "GET /a.png?b HTTP/1.1"
        assert lines[1] == f"host: pictures.test:{place.port}"
        names = {line.partition(":")[0] for line in lines[1:] if line}
        assert names == {"host", "accept", "accept-encoding", "user-agent"}


async def test_tls_checks_the_name_although_the_address_is_connected_to() -> None:
    """threats.md S17: original SNI."""
    authority = trustme.CA()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pictures.test").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    fetcher = SafeFetcher(allow_hosts=HERE, lookup=loopback, tls=ours)
    async with upstream(picture, theirs) as place:
        assert (await fetch(fetcher, place.url(scheme="https", host="pictures.test"))).body == b"pixels"
        with pytest.raises(BadRequest):
            await fetch(fetcher, place.url(scheme="https", host="localhost"))
    await fetcher.aclose()


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "0177.0.0.1",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "１２７.0.0.1",
    "127。0。0。1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[ff02::1]",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "127.127.127.127",
    "0x7f.1",
    "0177.1",
    "0x7F.0X0.0x0.0x1",
    "00000177.0.0.1",
    "127.0.0.0x1",
    "①②⑦.⓪.⓪.①",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::FFFF:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:0.0.0.0]",
    "[::ffff:10.1.2.3]",
    "[::ffff:100.100.100.200]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::127.0.0.1]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[fec0::1]",
    "[fdff::1]",
    "[febf::1]",
    "[ff01::1]",
    "[2001:db8::1]",
    "[100::1]",
    "168.63.129.16",
    "169.254.170.2",
    "192.0.2.1",
    "240.0.0.1",
    "172.31.255.254",
]


@pytest.mark.parametrize("path", ["/", ":80/latest/meta-data", "/a.png?x=1#y"])
@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_an_inner_address_is_connected_to(host: str, path: str) -> None:
    """threats.md S17, N14."""
    fetcher = SafeFetcher(tls=TLS, lookup=system_lookup)
    with pytest.raises(BadRequest) as caught:
        await fetch(fetcher, f"http://{host}{path}")
    await fetcher.aclose()

    assert fetcher.blocked_total == 1 or "valid name" in caught.value.message
    assert caught.value.where == "messages[0].content[1]"
    assert "127" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/a",
        "gopher://127.0.0.1:6379/_x",
        "data:image/png;base64,AAAA",
        "//example.com/a",
        "/etc/passwd",
        "",
        "http:///a",
        "http://user:secret@example.com/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://example.com:22/",
        "http://example.com:6379/",
        "https://example.com:8443/",
        "http://example.com:0/",
        "http://example.com/\r\nx: y",
        "http://example.com/" + "a" * 9000,
    ],
)
async def test_an_address_that_is_not_plain_http_is_refused_before_anything_is_looked_up(url: str) -> None:
    """threats.md S17."""

    def nobody_asks(host: str, port: int) -> Sequence[str]:
        raise AssertionError("a name was looked up")

    fetcher = SafeFetcher(tls=TLS, lookup=nobody_asks)
    with pytest.raises(BadRequest):
        await fetch(fetcher, url)


async def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    """threats.md S17: the system may choose any of them."""
    fetcher = SafeFetcher(tls=TLS, lookup=lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(BadRequest):
        await fetch(fetcher, "http://mixed.test/")

    assert fetcher.blocked_total == 1


async def test_a_redirect_is_checked_like_the_first_address(fetcher: SafeFetcher) -> None:
    """threats.md S17, N14: redirect and rebinding."""
    async with upstream(picture) as canary:

        async def away(visit: Visit) -> None:
            await visit.request()
            await visit.say(whole(b"", "Location: http://inner.test/", status=302))

        async with upstream(away) as place:
            with pytest.raises(BadRequest):
                await fetch(fetcher, place.url(host="pictures.test"))

        assert canary.visits == 0
        assert fetcher.blocked_total == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_relative_ones_too(fetcher: SafeFetcher, status: int) -> None:
    """openai.md 5: at most 3 redirects."""

    async def hops(visit: Visit) -> None:
        path = (await visit.request()).split(b" ")[1]
        if path == b"/deep/final":
            await visit.say(whole(b"pixels"))
        else:
            await visit.say(whole(b"", "Location: deep/final", status=status))

    async with upstream(hops) as place:
        assert (await fetch(fetcher, place.url("/start"))).body == b"pixels"
        assert place.visits == 2


async def test_a_circle_of_redirects_ends(fetcher: SafeFetcher) -> None:
    """openai.md 5: at most 3 redirects."""

    async def circle(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"", "Location: /again", status=302))

    async with upstream(circle) as place:
        with pytest.raises(BadRequest, match="redirects too often"):
            await fetch(fetcher, place.url())
        assert place.visits == 4


@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_over_the_limit_is_too_large(fetcher: SafeFetcher, is_announced: bool) -> None:
    """faults.md 2: BIG."""

    async def large(visit: Visit) -> None:
        await visit.request()
        if is_announced:
            await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n")
        else:
            await visit.say(chunked(), chunk(bytes(2000)))
        await visit.left()

    async with upstream(large) as place:
        with pytest.raises(TooLarge) as caught:
            await fetch(fetcher, place.url())
        await place.all_left()

    assert caught.value.where == "messages[0].content[1]"


async def test_a_body_of_just_the_limit_is_not(fetcher: SafeFetcher) -> None:
    """faults.md 2: BIG."""

    async def fitting(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(bytes(1000)))

    async with upstream(fitting) as place:
        assert len((await fetch(fetcher, place.url())).body) == 1000


async def silent(visit: Visit) -> None:
    await visit.request()
    await visit.left()


async def dripping(visit: Visit) -> None:
    await visit.request()
    await visit.say(chunked(), chunk(b"a"))
    await visit.left()


@pytest.mark.parametrize("talk", [silent, dripping])
async def test_the_time_limit_is_for_the_whole(fetcher: SafeFetcher, talk: Talk) -> None:
    """openai.md 5: 15 s."""
    async with upstream(talk) as place:
        with pytest.raises(BadRequest, match=r"longer than 0\.05 seconds"):
            await fetch(fetcher, place.url(), timeout_s=0.05)
        await place.all_left()


async def test_a_server_that_refuses_or_is_not_there_says_so(fetcher: SafeFetcher) -> None:
    """openai.md 5: 400 invalid_image_url."""

    async def missing(visit: Visit) -> None:
        await visit.request()
        await visit.say(whole(b"", status=404))

    async with upstream(missing) as place:
        url = place.url()
        with pytest.raises(BadRequest, match="status 404") as caught:
            await fetch(fetcher, url)
    with pytest.raises(BadRequest, match="unknown, not public"):
        await fetch(fetcher, url)

    assert caught.value.reason == "invalid_image_url"
