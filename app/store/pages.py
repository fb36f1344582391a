"""Request rows as a list: newest first, by what one asks for, page by page.

Each page costs the same, however many rows there are. What an index serves is exact; other wishes are looked
for among the next 5,000 rows, and the answer says how far back that was, so that a reader can go on.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from app.ids import FlowId
from app.store.flow_rows import read_flow
from app.store.models import AttemptRow, FlowRow
from app.store.records import OUTCOME_CLASSES, FlowRecord, OutcomeClass
from app.store.tx import Database, run_query

LOOKED_AT: Final = 5000
_ID_CHARACTERS = 64
_LEAST_PREFIX: Final = 8
"""Ids begin with `req_`; after four more characters a handful of a million are left."""

_LEADS: Final = ("account", "key", "model")
FALLBACK_NOTE: Final = "model-fallback"


class FlowFilter(Struct, frozen=True, kw_only=True):
    """Which requests are wanted; what is empty or None means "any". `since` and `until` are epoch seconds.

    `slow_ms`: at least so long until the first output, or in all where there was none. `id` is how it begins.
    """

    key: str = ""
    account: str = ""
    model: str = ""
    dialect: str = ""
    client: str = ""
    outcome: OutcomeClass | Literal[""] = ""
    origin: str = ""
    id: str = ""
    slow_ms: int | None = None
    retried: bool = False
    fallback: bool = False
    since: float | None = None
    until: float | None = None


class FlowLine(Struct, frozen=True):
    """A request without its attempts, and how many those were."""

    flow: FlowRecord
    attempts: int


class FlowPage(Struct, frozen=True, kw_only=True):
    """Some requests. `next` leads on, None at the end; `searched_to` is the instant back to which was looked
    when that was not all there is to look at."""

    flows: tuple[FlowLine, ...]
    next: str | None
    searched_to: float | None = None


class Place(Struct, frozen=True, order=True):
    """Where a page ended: the next one begins with what is older, or as old and smaller by id."""

    started_at: float
    id: str = ""


class BadCursor(ValueError):
    """Not a cursor that a page gave."""


_Instant = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class FlowReader:
    """Reads request rows; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, flow: FlowId) -> FlowRecord | None:
        """One request with its attempts."""

        async def work(client: BaseDBAsyncClient) -> FlowRecord | None:
            row = await FlowRow.get_or_none(id=flow)
            if row is None:
                return None
            return read_flow(row, await AttemptRow.filter(flow=flow).order_by("number"))

        return await run_query(self._database, work)

    async def page(self, wanted: FlowFilter, cursor: str = "", limit: int = 50) -> FlowPage:
        """At most `limit` requests, those that still run among them. Raises BadCursor."""
        place = place_of(cursor)

        async def work(client: BaseDBAsyncClient) -> FlowPage:
            return await _page(_Search(wanted, place, limit))

        return await run_query(self._database, work)

    async def first_outputs(self, since: float, most: int) -> tuple[tuple[int, int], ...]:
        """The unix minute and the time to the first output in ms of the newest requests since an instant."""

        async def work(client: BaseDBAsyncClient) -> tuple[tuple[int, int], ...]:
            rows = FlowRow.filter(started_at__gte=since, first_output_ms__isnull=False)
            newest = rows.order_by("-started_at").limit(most)
            return tuple(await newest.values_list("minute", "first_output_ms"))

        return await run_query(self._database, work)


def place_of(cursor: str) -> Place | None:
    """What a cursor means; None for none. Raises BadCursor."""
    if not cursor:
        return None
    started_at, _, name = cursor.partition("~")
    try:
        return Place(msgspec.convert(started_at, _Instant, strict=False), name)
    except msgspec.ValidationError as exc:
        raise BadCursor("This is no place in the list.") from exc


def _cursor(place: Place) -> str:
    return f"{place.started_at!r}~{place.id}"


class _Search:
    """A filter, taken apart: `leads` are served by an index each, `rest` is looked for along them."""

    def __init__(self, wanted: FlowFilter, place: Place | None, limit: int) -> None:
        self.limit = limit
        self.leads, rest = _ways(wanted)
        self.range = [*_before(place), *_within(wanted)]
        self.rest = [*rest, *_wishes(wanted)]


async def _page(search: _Search) -> FlowPage:
    parts = [await _looked(search, lead) for lead in search.leads]
    rows = sorted((row for part, _ in parts for row in part), key=_place, reverse=True)
    # Beyond the nearest end of a look, only some of the ways have been looked along.
    end = max((end for _, end in parts if end is not None), default=None)
    found = [row for row in rows if end is None or _place(row) >= end]
    lines = tuple(FlowLine(read_flow(row), row.attempts) for row in found[: search.limit])
    if len(found) > search.limit:
        return FlowPage(flows=lines, next=_cursor(_place(found[search.limit - 1])))
    if end is None:
        return FlowPage(flows=lines, next=None)
    return FlowPage(flows=lines, next=_cursor(end), searched_to=end.started_at)


async def _looked(search: _Search, lead: Q) -> tuple[list[FlowRow], Place | None]:
    """Rows along one index, and where the look ended if that was before the end of all rows."""
    along = FlowRow.filter(lead, *search.range)
    end = None
    if search.rest:
        edge = along.order_by("-started_at").offset(LOOKED_AT).limit(1)
        if found := await edge.values_list("started_at", flat=True):
            end = Place(float(str(found[0])))
            along = along.filter(started_at__gte=end.started_at)
    rows = along.filter(*search.rest).order_by("-started_at", "-id")
    return await rows.limit(search.limit + 1), end


def _ways(wanted: FlowFilter) -> tuple[list[Q], list[Q]]:
    """The ways to look along, and what of the filter they leave over."""
    if len(wanted.id) >= _LEAST_PREFIX:
        # Every id that begins so lies between the two, by bytes and by words alike.
        first = wanted.id[:_ID_CHARACTERS]  # the column's own length; no id is longer
        lead = Q(id__gte=first, id__lte=first.ljust(_ID_CHARACTERS, "z"))
        return [lead], [*_equal(wanted), *_outcomes(wanted)]
    if equal := _equal(wanted):
        return [equal[0]], [*equal[1:], *_outcomes(wanted)]
    if wanted.outcome:
        return [Q(outcome=outcome) for outcome in OUTCOME_CLASSES[wanted.outcome]], []
    return [Q()], []


def _equal(wanted: FlowFilter) -> list[Q]:
    return [Q(**{name: value}) for name in _LEADS if (value := getattr(wanted, name))]


def _outcomes(wanted: FlowFilter) -> list[Q]:
    return [Q(outcome__in=OUTCOME_CLASSES[wanted.outcome])] if wanted.outcome else []


def _wishes(wanted: FlowFilter) -> Iterable[Q]:
    """What no index serves."""
    for name in ("dialect", "client", "origin"):
        if value := getattr(wanted, name):
            yield Q(**{name: value})
    if wanted.id:
        yield Q(id__startswith=wanted.id)
    if wanted.slow_ms is not None:
        late = Q(first_output_ms__isnull=True, duration_ms__gte=wanted.slow_ms)
        yield Q(first_output_ms__gte=wanted.slow_ms) | late
    if wanted.retried:
        yield Q(attempts__gt=1)
    if wanted.fallback:
        yield Q(notes__contains=FALLBACK_NOTE)


def _within(wanted: FlowFilter) -> Iterable[Q]:
    if wanted.since is not None:
        yield Q(started_at__gte=wanted.since)
    if wanted.until is not None:
        yield Q(started_at__lt=wanted.until)


def _before(place: Place | None) -> Iterable[Q]:
    if place is not None:
        # The first of the two is there for the index.
        yield Q(started_at__lte=place.started_at)
        yield Q(started_at__lt=place.started_at) | Q(id__lt=place.id)


def _place(row: FlowRow) -> Place:
    return Place(row.started_at, row.id)
