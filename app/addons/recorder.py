"""Records flows as plays, without secrets: a bug report is a recording, a recording is a test.

Off until a folder is named. A recording holds what clients and models said: keep it as you keep that. A
secret that a model repeats in pieces, one per event, is not recognised in the answer.
Never: delays a byte, or fails a request.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from app.addons.recording import Ear, play_of
from app.clock import Clock
from app.flow import Flow
from app.hooks.spec import Addon
from app.observe.redaction import Redactor
from app.wire.play import spell


class Options(Struct, frozen=True):
    """`folder` is where recordings go, empty for none. `keys` are names of client keys, empty for all.

    `failures_only` leaves out flows that ended well. Larger ones than `most_bytes` on any side are left out.
    """

    folder: Annotated[str, Meta(description="Where recordings go; empty for none.")] = ""
    keys: Annotated[tuple[str, ...], Meta(description="Names of the client keys; empty for all.")] = ()
    failures_only: Annotated[bool, Meta(description="Leave out requests that ended well.")] = False
    most_bytes: Annotated[
        int, Meta(ge=1, description="Leave out requests that are larger, on any side, in bytes.")
    ] = 4_000_000


class Recorder(Addon):
    """Listens from `caller_known` on, writes on `flow_closed`."""

    name = "recorder"
    options = Options
    tolerant: ClassVar[bool] = True

    def __init__(self, clock: Clock, redactor: Redactor) -> None:
        self._clock = clock
        self._redactor = redactor
        self._options = Options()

    @property
    def active(self) -> bool:
        """Whether a folder was named."""
        return bool(self._options.folder)

    def configure(self, options: Options) -> None:
        """Take the options."""
        self._options = options

    async def caller_known(self, flow: Flow) -> None:
        """Begin to listen."""
        wanted = self._options.keys
        if flow.endpoint.operation != "generate":
            return
        if wanted and flow.known_caller.name not in wanted:
            return
        ear = flow.memo[self.name] = Ear()
        read = flow.read_body

        async def heard() -> bytes:
            ear.asked = await read()
            return ear.asked

        flow.read_body = heard
        flow.outbox.tap = ear.answered.extend
        flow.tap = lambda attempt, raw: _Heard(raw, ear.upstream.setdefault(attempt.number, bytearray()))

    async def flow_closed(self, flow: Flow) -> None:
        """Write the play down."""
        ear = flow.memo.get(self.name)
        if not isinstance(ear, Ear) or (self._options.failures_only and flow.outcome == "ok"):
            return
        if max(map(len, (ear.asked, ear.answered, *ear.upstream.values()))) > self._options.most_bytes:
            return
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        await asyncio.to_thread(self._write, flow, ear, now)

    def _write(self, flow: Flow, ear: Ear, now: datetime) -> None:
        folder = Path(self._options.folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        script = play_of(flow, ear, self._redactor, now.isoformat(timespec="seconds"))
        path = folder / f"{now:%Y%m%d-%H%M%S}-{flow.id}.play"
        path.touch(mode=0o600)
        path.write_text(spell(script), encoding="utf-8")


class _Heard:
    """Hands on what is read and keeps a copy."""

    def __init__(self, raw: AsyncIterator[bytes], copy: bytearray) -> None:
        self._raw = raw
        self._copy = copy

    def __aiter__(self) -> "_Heard":
        return self

    async def __anext__(self) -> bytes:
        data = await anext(self._raw)
        self._copy += data
        return data
