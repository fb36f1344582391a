"""Requests: the list with its filters in the address, and one request from its first byte to its last."""

from collections.abc import Mapping

from quart import Blueprint, Response, request

from app.admin.api.names import Names
from app.admin.api.retelling import retold
from app.admin.refusals import Refused
from app.admin.schemas.requests import RequestList
from app.web.admin.desks import Desks
from app.web.admin.requests import recording
from app.web.panel import request_filters
from app.web.panel.frame import Frame
from app.web.panel.request_filters import ORIGINS, RESULTS, Filters
from app.web.panel.waterfall import waterfall

_WHOLE_ID = 20
"""Ids are longer; what is shorter is the beginning of one."""
_SHOWN_CHARACTERS = 200_000
_MOST_CHOICES = 500


def add_requests(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register `/admin/requests` and what is below it."""
    view = _View(frame, desks)

    @pages.get("/requests")
    async def requests() -> Response:
        filters = request_filters.read(request.args)
        if found := await view.known(filters.get("id")):
            return frame.to(f"/admin/requests/{found}")
        return await view.listed(filters)

    @pages.get("/requests/<request_id>")
    async def request_detail(request_id: str) -> Response:
        return await view.one(request_id)

    @pages.get("/requests/<request_id>/record")
    async def request_record(request_id: str) -> Response:
        """The recording as a file."""
        return recording(request_id, await desks.requests.record(request_id))


class _View:
    """The pages with what they are filled from."""

    def __init__(self, frame: Frame, desks: Desks) -> None:
        self._frame = frame
        self._desk = desks.requests
        self._names = Names(frame.gateway)

    async def known(self, asked: str) -> str:
        """The id of a request that was asked for by its whole id, else ""."""
        if len(asked) < _WHOLE_ID:
            return ""
        try:
            return (await self._desk.one(asked)).request.id
        except Refused:
            return ""

    async def listed(self, filters: Filters) -> Response:
        """The list."""
        accounts, keys = self._names.of_accounts(), await self._names.of_keys()
        page = await self._desk.all(filters.query(accounts, cursor=filters.cursor))
        newest = await self._desk.all(filters.query(accounts)) if filters.cursor else page
        is_bare = not page.requests and not filters.asked and not filters.cursor
        return self._frame.page(
            "requests/list.html",
            "requests",
            filters=filters,
            page=page,
            newest=[one.id for one in newest.requests],
            live=filters.follow and not filters.cursor,
            tags=filters.tags(self._frame.words(), self._frame.zone(), {"key": keys, "account": accounts}),
            account_name=accounts.get(filters.get("account"), filters.get("account")),
            choices=self._choices(keys, accounts),
            has_any=not is_bare or await self._has_any(accounts),
        )

    async def one(self, request_id: str) -> Response:
        """One request. Raises Refused."""
        detail = await self._desk.one(request_id)
        record = await self._record(request_id)
        return self._frame.page(
            "requests/detail.html",
            "requests",
            detail=detail,
            one=detail.request,
            falls=waterfall(detail),
            as_text=retold(detail),
            record=None if record is None else record[:_SHOWN_CHARACTERS],
            record_is_cut=record is not None and len(record) > _SHOWN_CHARACTERS,
            records=self._desk.records,
        )

    async def _record(self, request_id: str) -> str | None:
        try:
            return await self._desk.record(request_id)
        except Refused:
            return None

    async def _has_any(self, accounts: Mapping[str, str]) -> bool:
        """Whether there is any request at all, from wherever."""
        found: RequestList = await self._desk.all(Filters({"origin": "any"}).query(accounts))
        return bool(found.requests)

    def _choices(self, keys: Mapping[str, str], accounts: Mapping[str, str]) -> dict[str, object]:
        gateway = self._frame.gateway
        return {
            "result": RESULTS,
            "origin": ORIGINS,
            "key": sorted(keys.items(), key=lambda pair: pair[1].casefold())[:_MOST_CHOICES],
            "account": sorted(accounts.values())[:_MOST_CHOICES],
            "model": sorted({one.id for one in gateway.catalog.listed()}),
            "dialect": [one.name for one in gateway.dialects],
        }
