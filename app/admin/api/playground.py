"""Requests of administrators: through the whole pipeline, as if a client had sent them.

Who asks is known, so that no key is needed; a key that is named lends its limits. Never: another way to the
upstream than clients have.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from app.admin.recordings import Recordings
from app.admin.refusals import Refused
from app.admin.schemas.playground import (
    PlaygroundBody,
    PlaygroundChoices,
    PlaygroundDialect,
    PlaygroundModel,
    RecordedRequest,
)
from app.dialects.base import Dialect, Endpoint, Params
from app.dialects.failures import error_reply
from app.flow import Caller, Flow, Marks
from app.gateway.parts import Gateway
from app.ids import AccountId, KeyId
from app.outbox import Outbox
from app.wire import json

PLAYGROUND_KEY = KeyId("playground")
"""In place of a key, where the administrator asks as such."""
_BEAT_S = 15.0
_HEADERS = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
_CANCEL_EVERY_S = 1.0


class Answer:
    """What comes back for one request. Whoever has it ends it with `aclose`, heard to its end or not."""

    def __init__(self, flow: Flow, task: asyncio.Task[None], took_ms: int, first: bytes) -> None:
        self._flow = flow
        self._task = task
        self._first = first
        self.id = flow.id
        self.status = 200
        self.headers: Mapping[str, str] = {"content-type": _content_type(flow)}
        if flow.error is not None and not flow.outbox.committed:
            self.status, self.headers, self._first = error_reply(flow.dialect, flow.error, flow.id)
        notes = ",".join(dict.fromkeys(note.word for note in flow.notes))
        self.headers = {
            **self.headers,
            **flow.dialect.headers(flow.id, took_ms),
            **({"x-gateway-notes": notes} if notes else {}),
        }

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes, with signs of life in a long silence."""
        box, data = self._flow.outbox, self._first
        yield data
        while not box.is_spent:
            try:
                async with asyncio.timeout(_BEAT_S):
                    data = await box.take()
            except TimeoutError:
                data = self._flow.writer.heartbeat() if self._flow.writer is not None else b""
            if data:
                yield data

    async def aclose(self) -> None:
        """End the request if it still runs, and return when it is over."""
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CANCEL_EVERY_S)


class PlaygroundDesk:
    """Asks in an administrator's name."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._recordings = Recordings(gateway)

    def choices(self) -> PlaygroundChoices:
        """Models and dialects that are there now."""
        return PlaygroundChoices(
            models=[
                PlaygroundModel(id=one.id, name=one.display_name) for one in self._gateway.catalog.offered()
            ],
            dialects=[
                PlaygroundDialect(id=one.name, path=endpoint.path)
                for one in self._gateway.dialects
                if (endpoint := _generating(one)) is not None
            ],
        )

    def accounts(self) -> list[tuple[AccountId, str]]:
        """Id and address of each account that may be made to answer."""
        return [(one.id, one.email) for one in self._gateway.pool.snapshot() if one.enabled]

    async def begin(self, body: PlaygroundBody, peer: str, actor: str) -> Answer:
        """Ask; gives the answer once it has a status. Raises Refused."""
        dialect, endpoint = self._spoken(body.dialect)
        flow = self._flow(dialect, endpoint, json.encode(body.body), peer)
        flow.caller = await self._caller(body.key)
        flow.only = self._account(body.account)
        told = {"dialect": body.dialect, "key": body.key, "account": body.account}
        await self._gateway.store.audit.note(actor, "playground.send", flow.id, told)
        task = self._gateway.runner.start(flow)
        try:
            first = await _first(flow)
        except BaseException:
            task.cancel()
            raise
        took_ms = round((self._gateway.clock.monotonic() - flow.marks.opened) * 1000)
        return Answer(flow, task, took_ms, first)

    async def recorded(self, flow: str) -> RecordedRequest:
        """A request that was recorded. Raises Refused."""
        script = await self._recordings.find(flow)
        asked = next((line for line in script.lines if (line.way, line.who) == (">>", "client")), None)
        body = None if asked is None else json.object_or_none(asked.body)
        path = "" if asked is None else asked.rest.partition(" ")[2]
        dialect = next((one.id for one in self.choices().dialects if one.path == path), None)
        if body is None or dialect is None:
            raise Refused(404, "not_found", "The recording holds no request that could be sent again.")
        return RecordedRequest(id=flow, dialect=dialect, body=body)

    def _flow(self, dialect: Dialect, endpoint: Endpoint, body: bytes, peer: str) -> Flow:
        async def read_body() -> bytes:
            return body

        gateway = self._gateway
        return Flow(
            id=gateway.ids.flow(),
            dialect=dialect,
            endpoint=endpoint,
            params=Params(_HEADERS),
            outbox=Outbox(gateway.settings.limits.stall_buffer_bytes),
            marks=Marks(opened=gateway.clock.monotonic()),
            created=int(gateway.clock.now()),
            read_body=read_body,
            peer=peer,
            origin="playground",
        )

    def _spoken(self, name: str) -> tuple[Dialect, Endpoint]:
        for dialect in self._gateway.dialects:
            if dialect.name == name and (endpoint := _generating(dialect)) is not None:
                return dialect, endpoint
        raise Refused(400, "unknown_dialect", "There is no such dialect.", where="dialect")

    async def _caller(self, key: str | None) -> Caller:
        if key is None:
            return Caller(PLAYGROUND_KEY, "playground")
        record = await self._gateway.store.keys.find(KeyId(key))
        if record is None or record.revoked_at is not None:
            raise Refused(400, "unknown_key", "There is no such key any more.", where="key")
        return Caller(record.id, record.name, record.models, record.allowance, record.terms)

    def _account(self, account: str | None) -> AccountId | None:
        if account is None:
            return None
        found = next((one.id for one in self._gateway.pool.snapshot() if one.id == account), None)
        if found is None:
            raise Refused(400, "unknown_account", "There is no such account any more.", where="account")
        return found


async def _first(flow: Flow) -> bytes:
    """What the body begins with, as soon as there is something or it is clear that there will be nothing."""
    while True:
        data = await flow.outbox.take()
        if data or flow.outbox.is_spent:
            return data


def _content_type(flow: Flow) -> str:
    return "text/event-stream; charset=utf-8" if flow.streams else "application/json"


def _generating(dialect: Dialect) -> Endpoint | None:
    return next((one for one in dialect.endpoints if one.operation == "generate"), None)
