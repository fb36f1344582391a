import pytest

from app.errors import (
    CredentialRejected,
    RateLimited,
    UpstreamBroken,
    UpstreamError,
    UpstreamGarbled,
    UpstreamUnreachable,
)
from app.ids import AccountId
from app.upstreams.antigravity.control import ControlCalls
from app.upstreams.antigravity.control_wire import Assistance
from app.upstreams.base import Credential
from tests.support.antigravity import ScriptedSender, some_options
from tests.support.clock import ManualClock

CREDENTIAL = Credential(AccountId("anna"), "access-1", "project-anna")
GOOD = (200, {"cloudaicompanionProject": "zinc-cell"})
GONE = UpstreamUnreachable("no connection", kind="connect")


def refused(status: int, word: str) -> tuple[int, object]:
    return status, {"error": {"code": status, "message": word, "status": word}}


async def ask(*says: tuple[int, object] | UpstreamError) -> tuple[ScriptedSender, Assistance]:
    sender = ScriptedSender(*says)
    calls = ControlCalls(sender, some_options(), ManualClock())
    return sender, await calls.call("loadCodeAssist", CREDENTIAL, {"metadata": {}}, Assistance)


async def test_the_first_host_is_asked_with_the_headers_of_every_call() -> None:
    sender, answer = await ask(GOOD)

    assert answer.project == "zinc-cell"
    (method, url, headers, body) = sender.asked[0]
    assert (method, url, body) == (
        "POST",
        "http://127.0.0.1:9/daily/v1internal:loadCodeAssist",
        b'{"metadata":{}}',
    )
    assert headers["authorization"] == "Bearer access-1"


@pytest.mark.parametrize("first", [GONE, refused(503, "UNAVAILABLE"), refused(404, "NOT_FOUND")])
async def test_another_host_is_asked_when_the_first_cannot_answer(
    first: tuple[int, object] | UpstreamError,
) -> None:
    """upstream.md 1.1."""
    sender, answer = await ask(first, GOOD)

    assert answer.project == "zinc-cell"
    assert sender.asked[1][1].startswith("http://127.0.0.1:9/prod/")


@pytest.mark.parametrize(
    ("first", "error"),
    [
        (refused(401, "UNAUTHENTICATED"), CredentialRejected),
        (refused(429, "RESOURCE_EXHAUSTED"), RateLimited),
    ],
)
async def test_a_refusal_is_not_taken_to_another_host(
    first: tuple[int, object], error: type[UpstreamError]
) -> None:
    """upstream.md 1.1: not on 401, 403, 429 and 400."""
    with pytest.raises(error):
        await ask(first)


async def test_the_last_host_has_the_last_word() -> None:
    with pytest.raises(UpstreamBroken):
        await ask(GONE, refused(500, "INTERNAL"))


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff", b'{"currentTier":7}'])
async def test_an_answer_that_cannot_be_read_is_told_as_such(body: bytes) -> None:
    with pytest.raises(UpstreamGarbled):
        await ask((200, body))
