"""Usage over time and by value, as the admin API takes and shows it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from app.store.grains import Dimension, Grain
from app.store.usage_reader import Measure, Sums, UsagePoint

Epoch = Annotated[float, msgspec.Meta(ge=0, le=1e11)]


class UsageQuery(Struct, frozen=True, kw_only=True):
    """Usage by what, and when; without `since` the last 24 hours, without `grain` what suits the span.

    The grain `minute` is there for the last 13 hours, not by client, which is then told in hours.
    `value` is the only one that is wanted, `top` how many curves there are at most. The table goes on behind
    `cursor`.
    """

    by: Dimension = "model"
    since: Epoch | None = None
    until: Epoch | None = None
    grain: Grain | Literal["minute"] | None = None
    value: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    measure: Measure = "requests"
    top: Annotated[int, msgspec.Meta(ge=1, le=20)] = 8
    cursor: Annotated[int, msgspec.Meta(ge=0, le=10**6)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 25


class ShownSpan(Struct, frozen=True, kw_only=True):
    """The span that an answer is about, whole minutes, hours, days or months of UTC, and which of them."""

    grain: Grain | Literal["minute"]
    since: int
    until: int


class UsageCurve(Struct, frozen=True, kw_only=True):
    """One value over time; `name` is what people call it. Points at which nothing was are left out."""

    value: str
    name: str
    points: list[UsagePoint]


class UsageRow(Struct, frozen=True, kw_only=True):
    """One value over the whole span. Times to the first output are off by at most 5 %."""

    value: str
    name: str
    sums: Sums
    first_output_p50_ms: int | None
    first_output_p95_ms: int | None


class UsageView(Struct, frozen=True, kw_only=True):
    """Usage in a span that was widened to whole minutes, hours, days or months of UTC; `span` says which.

    `starts` are the instants of the curves. `total` is everything together, `rows` the table, largest first.
    """

    span: ShownSpan
    by: Dimension
    starts: list[int]
    curves: list[UsageCurve]
    total: UsageCurve
    rows: list[UsageRow]
    next: int | None


class UsageNumbers(Struct, frozen=True, kw_only=True):
    """The numbers of one span for an overview."""

    hours: int
    sums: Sums
    first_output_p50_ms: int | None
    first_output_p95_ms: int | None


class UsageOverview(Struct, frozen=True, kw_only=True):
    """The last hour, exact to the minute but for its times, then 24 hours and 7 days in whole hours."""

    hour: UsageNumbers
    day: UsageNumbers
    week: UsageNumbers
