"""Recorded requests, sent to a gateway that runs."""

from app.cli import replaying
from app.wire.play import Line
from tests.support.world import a_world

ASKED = Line(
    ">>",
    "client",
    "POST /v1/messages",
    ['{"model": "gemini-2.5-flash", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}'],
)


async def test_a_running_gateway_is_asked_over_http() -> None:
    async with a_world() as world, replaying.running(world.base_url + "/", world.key) as target:
        answer = await target.ask(ASKED)

    assert answer.status == 200
    assert b'"type":"message"' in answer.body
