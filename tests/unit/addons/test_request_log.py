"""One line per flow. Source: architecture 15, style 11."""

import io
import json
from collections.abc import Awaitable
from contextlib import closing
from typing import Any

from app.addons.request_log import RequestLog
from app.errors import StreamCut
from app.ir.usage import Usage
from app.observe.logging import configure_logging
from app.pool.model import PoolChange
from tests.support.flows import a_flow, a_new_flow, an_attempt
from tests.support.pool import an_account


async def line_of(watching: Awaitable[None]) -> dict[str, Any]:
    """The one line that is written meanwhile, without its time."""
    out = io.StringIO()
    with closing(configure_logging(form="json", stream=out)):
        await watching
    (line,) = out.getvalue().splitlines()
    told: dict[str, Any] = json.loads(line)
    del told["time"]
    return told


async def test_a_line_says_who_asked_for_what_and_how_it_ended() -> None:
    flow = a_flow()
    flow.outcome, flow.error = "truncated", StreamCut("It broke.")
    flow.usage = Usage(prompt=10, output=5)
    flow.marks.opened, flow.marks.closed = 100.0, 101.5
    flow.note("tools-dropped")
    an_attempt(flow)

    assert await line_of(RequestLog().flow_closed(flow)) == {
        "event": "request",
        "level": "info",
        "flow": "req_1",
        "outcome": "truncated",
        "dialect": "openai_chat",
        "operation": "generate",
        "key": "anna",
        "model": "gemini-3-flash",
        "account": "anna",
        "attempts": 1,
        "prompt": 10,
        "output": 5,
        "ms": 1500,
        "error": "upstream_stream_truncated",
        "notes": "tools-dropped",
    }


async def test_what_does_not_apply_is_left_out() -> None:
    assert set(await line_of(RequestLog().flow_closed(a_new_flow()))) == {
        "event",
        "level",
        "flow",
        "outcome",
        "dialect",
        "operation",
        "ms",
    }


async def test_a_change_in_the_pool_is_a_line_too() -> None:
    change = PoolChange("enabled", an_account("anna").id)

    line = await line_of(RequestLog().pool_changed(change))

    assert (line["event"], line["change"], line["account"]) == ("pool", "enabled", "anna")
