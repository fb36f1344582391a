"""Times to the first output over time, of everything together, from the histograms kept beside the sums.

Off by at most 5 %. Never: by model, account, key or client; that would be a histogram per value and start.
"""

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from app.store.buckets import quantile
from app.store.models import LatencyRow
from app.store.tx import Database, run_query
from app.store.usage_reader import UsageSpan


class OutputTimes(Struct, frozen=True):
    """Half and 95 % of the requests of an hour, day or month kept within so many ms."""

    p50_ms: int | None
    p95_ms: int | None


class OutputTimesReader:
    """See the module's docstring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def over_time(self, span: UsageSpan) -> dict[int, OutputTimes]:
        """By the start of each hour, day or month in which there were any."""

        async def work(client: BaseDBAsyncClient) -> dict[int, dict[int, int]]:
            rows = LatencyRow.filter(grain=span.grain, dimension="all")
            within = rows.filter(start__gte=span.since, start__lt=span.until)
            found: dict[int, dict[int, int]] = {}
            for start, bucket, count in await within.values_list("start", "bucket", "count"):
                found.setdefault(start, {})[bucket] = count
            return found

        counts = await run_query(self._database, work)
        return {start: OutputTimes(quantile(one, 0.5), quantile(one, 0.95)) for start, one in counts.items()}
