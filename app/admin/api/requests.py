"""Requests: listed, shown with all that was tried, told in words that may be shown in public."""

from collections.abc import Mapping

from app.admin.api.names import Names
from app.admin.api.retelling import retold
from app.admin.recordings import Recordings
from app.admin.refusals import Refused
from app.admin.schemas.requests import (
    AttemptView,
    PassedView,
    RequestDetail,
    RequestLine,
    RequestList,
    RequestQuery,
    Tokens,
)
from app.gateway.parts import Gateway
from app.ids import FlowId
from app.store.pages import FALLBACK_NOTE, BadCursor, FlowFilter
from app.store.records import AttemptRecord, FlowRecord, outcome_class


class RequestDesk:
    """Reads what was written down; changes nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._flows = gateway.store.flows
        self._writer = gateway.store.writer
        self._names = Names(gateway)
        self._recordings = Recordings(gateway)

    async def all(self, query: RequestQuery) -> RequestList:
        """A page of requests, newest first; those that still run are among them."""
        wanted = FlowFilter(
            key=query.key,
            account=query.account,
            model=query.model,
            dialect=query.dialect,
            client=query.client,
            outcome=query.result or "",
            origin=query.origin or "",
            id=query.id,
            slow_ms=query.slow_ms,
            retried=query.retried,
            fallback=query.fallback,
            since=query.since,
            until=query.until,
        )
        try:
            page = await self._flows.page(wanted, query.cursor, query.limit)
        except BadCursor as exc:
            raise Refused(400, "invalid_request", str(exc), where="cursor") from exc
        keys, accounts = await self._names.of_keys(), self._names.of_accounts()
        return RequestList(
            requests=[_line(one.flow, one.attempts, keys, accounts) for one in page.flows],
            next=page.next,
            searched_to=page.searched_to,
        )

    async def one(self, request: str) -> RequestDetail:
        """One request with its attempts. Raises Refused."""
        flow = await self._found(FlowId(request))
        accounts = self._names.of_accounts()
        return RequestDetail(
            request=_line(flow, len(flow.attempts), await self._names.of_keys(), accounts),
            phase=flow.phase,
            bytes_out=flow.bytes_out,
            queue_ms=flow.queue_ms,
            tokens_per_s=_pace(flow),
            notes=list(flow.notes),
            attempts=[_attempt(one, flow, accounts) for one in flow.attempts],
            passed=[
                PassedView(
                    account=one.account,
                    account_email=accounts.get(one.account, ""),
                    state=one.state,
                    why=one.why,
                    until=one.until,
                )
                for one in flow.passed
            ],
        )

    async def _found(self, request: FlowId) -> FlowRecord:
        """The row; one that is still on its way to the database is waited for."""
        flow = await self._flows.find(request)
        if flow is None and await self._writer.flush():
            flow = await self._flows.find(request)
        if flow is None:
            raise Refused(404, "not_found", "There is no request of that id.")
        return flow

    async def as_text(self, request: str) -> str:
        """One request in words that may be shown in public: nobody is named. Raises Refused."""
        return retold(await self.one(request))

    @property
    def records(self) -> bool:
        """Whether requests are recorded now."""
        return self._recordings.folder is not None

    async def record(self, request: str) -> str:
        """What was said in a request, without secrets, if it was recorded. Raises Refused."""
        text = await self._recordings.text(request)
        if text is None:
            raise Refused(404, "not_recorded", "This request was not recorded.")
        return text


def _line(
    flow: FlowRecord, attempts: int, keys: Mapping[str, str], accounts: Mapping[str, str]
) -> RequestLine:
    return RequestLine(
        id=flow.id,
        started_at=flow.started_at,
        key=flow.key,
        key_name=keys.get(flow.key, ""),
        dialect=flow.dialect,
        client=flow.client,
        origin=flow.origin,
        model_asked=flow.model_asked,
        model=flow.model,
        account=flow.account,
        account_email=accounts.get(flow.account, ""),
        streamed=flow.streamed,
        result=outcome_class(flow.outcome),
        outcome=flow.outcome,
        code=flow.code,
        status=flow.status,
        attempts=attempts,
        first_output_ms=flow.first_output_ms,
        duration_ms=flow.duration_ms,
        tokens=Tokens(
            prompt=flow.prompt_tokens,
            cached=flow.cached_tokens,
            output=flow.output_tokens,
            thought=flow.thought_tokens,
            source=flow.usage_source,
        ),
        fallback=FALLBACK_NOTE in flow.notes,
    )


def _attempt(one: AttemptRecord, flow: FlowRecord, accounts: Mapping[str, str]) -> AttemptView:
    return AttemptView(
        number=one.number,
        account=one.account,
        account_email=accounts.get(one.account, ""),
        offset_ms=max(0, round((one.started_at - flow.started_at) * 1000)),
        duration_ms=one.duration_ms,
        code=one.code,
        kind=one.kind,
        status=one.status,
        wait_ms=round(one.wait_s * 1000),
    )


def _pace(flow: FlowRecord) -> float | None:
    if not flow.streamed or flow.first_output_ms is None or not flow.output_tokens:
        return None  # an answer in one piece has no pace: all of it is there at the first output
    if flow.duration_ms <= flow.first_output_ms:
        return None
    return round(flow.output_tokens * 1000 / (flow.duration_ms - flow.first_output_ms), 1)
