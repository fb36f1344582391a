"""Bad input: a clear error in the dialect, one line in the log, a healthy server after it.

Source: faults.md F091 to F100.
"""

import base64
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.world import World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def png_of(width: int, height: int) -> str:
    """A PNG that is far smaller than its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(b"\0" * (height * (width // 8 + 1)), 9)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(raw).decode()


HUGE = png_of(10_240, 10_240)


def chat(**changes: Any) -> bytes:
    request = {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "x"}]}
    return json.dumps(request | changes).encode()


def messages(**changes: Any) -> bytes:
    return json.dumps(json.loads(chat()) | {"max_tokens": 10} | changes).encode()


def chat_image(url: str) -> bytes:
    part = {"type": "image_url", "image_url": {"url": url}}
    return chat(messages=[{"role": "user", "content": [part]}])


def messages_image(data: str) -> bytes:
    source = {"type": "base64", "media_type": "image/png", "data": data}
    return messages(messages=[{"role": "user", "content": [{"type": "image", "source": source}]}])


DEEP = "[" * 200 + "]" * 200

CASES: dict[str, tuple[str, bytes, int, str | None]] = {
    "chat truncated": (CHAT, chat()[:-5], 400, None),
    "chat not an object": (CHAT, b"[]", 400, None),
    "chat empty": (CHAT, b"", 400, None),
    "chat wrong type": (CHAT, chat(messages=5), 400, "messages"),
    "chat wrong role": (CHAT, chat(messages=[{"role": "cook", "content": "x"}]), 400, "messages[0].role"),
    "chat nested": (CHAT, chat(x=1).replace(b'"x": 1', b'"x": ' + DEEP.encode()), 400, None),
    "chat surrogate": (CHAT, chat().replace(b'"x"', b'"\\ud800"'), 400, None),
    "chat unknown model": (CHAT, chat(model="x\r\nX-Evil: 1"), 404, "model"),
    "chat bad base64": (
        CHAT,
        chat_image("data:image/png;base64,!!!"),
        400,
        "messages[0].content[0].image_url",
    ),
    "chat file url": (CHAT, chat_image("file:///etc/passwd"), 400, "messages[0].content[0].image_url"),
    "chat pixels": (CHAT, chat_image("data:image/png;base64," + HUGE), 400, "image"),
    "messages truncated": (MESSAGES, messages()[:-5], 400, None),
    "messages wrong type": (MESSAGES, messages(messages="x"), 400, "messages"),
    "messages nested": (MESSAGES, messages(x=1).replace(b'"x": 1', b'"x": ' + DEEP.encode()), 400, None),
    "messages surrogate": (MESSAGES, messages().replace(b'"x"', b'"\\ud800"'), 400, None),
    "messages unknown model": (MESSAGES, messages(model="nope"), 404, "model"),
    "messages bad base64": (MESSAGES, messages_image("!!!"), 400, "messages.0.content.0.source"),
    "messages pixels": (MESSAGES, messages_image(HUGE), 400, "image"),
}


def said(reply: httpx.Response) -> tuple[str, str]:
    """Message and type, after the shape of the dialect has been checked."""
    body = reply.json()
    error = body["error"]
    if reply.request.url.path == MESSAGES:
        assert set(body) == {"type", "error", "request_id"}
        assert set(error) == {"type", "message"}
        assert body["request_id"] == reply.headers["request-id"]
    else:
        assert set(body) == {"error"}
        assert set(error) == {"message", "type", "param", "code"}
        assert isinstance(error["code"], str | None)
    return error["message"], error["type"]


@pytest.mark.parametrize("case", CASES)
async def test_bad_input_is_told_clearly_and_harms_nobody(
    world: World, capfd: pytest.CaptureFixture[str], case: str
) -> None:
    path, body, status, where = CASES[case]
    async with world.client() as client:
        capfd.readouterr()
        reply = await client.post(path, content=body)

        message, _ = said(reply)
        assert reply.status_code == status, reply.text
        assert where is None or where in reply.text
        assert "Traceback" not in message
        assert (await client.post(CHAT, content=chat())).status_code == 200
    assert await world.is_at_rest()
    logged = [line for line in "".join(capfd.readouterr()).splitlines() if line.strip()]
    assert len(logged) <= 2, "one line for the bad request, one for the good one"


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer nope"}, {"x-api-key": "nope"}, {"authorization": "Basic abc"}],
    ids=["none", "bearer", "x-api-key", "basic"],
)
async def test_a_wrong_key_is_a_401_before_the_body_is_read(
    world: World, path: str, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=world.base_url, trust_env=False) as client:
        reply = await client.post(path, content=b"x" * 3_000_000, headers=headers)

    assert reply.status_code == 401
    assert said(reply)[1] in ("authentication_error", "invalid_request_error")
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
@pytest.mark.parametrize(("path", "body"), [(CHAT, chat()), (MESSAGES, messages())])
async def test_either_header_carries_the_key(world: World, name: str, path: str, body: bytes) -> None:
    value = f"bearer  {world.key}" if name == "authorization" else world.key
    async with httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=20) as client:
        reply = await client.post(path, content=body, headers={name: value})

    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("declared", [True, False], ids=["content-length", "chunked"])
@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
async def test_a_body_over_the_limit_is_a_413_in_the_dialect(path: str, declared: bool, http2: bool) -> None:
    """F091, also over HTTP/2 and without a length."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b" " * 50_000

    async with (
        a_world(body_max_bytes=100_000) as world,
        world.client(http1=not http2, http2=http2) as client,
    ):
        content: Any = b" " * 800_000 if declared else parts()
        reply = await client.post(path, content=content)

        assert reply.status_code == 413
        said(reply)
        assert (await client.post(CHAT, content=chat())).status_code == 200


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_a_bomb_in_a_compressed_body_is_a_413(world: World, path: str) -> None:
    bomb = gzip.compress(b" " * 80_000_000)
    async with world.client() as client:
        reply = await client.post(path, content=bomb, headers={"content-encoding": "gzip"})

    assert reply.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", CHAT, 405),
        ("GET", MESSAGES, 405),
        ("POST", "/v1/embeddings", 404),
        ("POST", "/v1/messages/batches", 404),
        ("GET", "/v1/models/no-such", 404),
    ],
)
async def test_what_is_not_there_is_told_in_the_dialect(
    world: World, method: str, path: str, status: int
) -> None:
    async with world.client() as client:
        reply = await client.request(method, path)

    assert reply.status_code == status
    assert reply.json()["error"]["message"]


async def test_unknown_fields_are_ignored(world: World) -> None:
    async with world.client() as client:
        for path, body in ((CHAT, chat(novelty={"a": [1]})), (MESSAGES, messages(novelty=1))):
            assert (await client.post(path, content=body)).status_code == 200
