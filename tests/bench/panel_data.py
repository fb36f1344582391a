"""A database of a busy year: 500 accounts, 1,000,000 request rows, and the sums that go with them.

Kept in a temporary folder, since filling it takes longer than measuring. Rows go in past the store: that
they read back through it is what the bench is about.
"""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.store import buckets
from app.store.flow_rows import FLOW_COLUMNS
from app.store.grains import DAY_S, HOUR_S, next_start, start_of
from app.store.lifecycle import opened
from app.store.migrate import APP_LABEL
from app.store.rollups import ALL_DONE, ERRAND
from app.store.usage import SUMS
from tests.support.store import a_seal

FLOWS = 1_000_000
ACCOUNTS = tuple(f"acc_{number:020d}" for number in range(500))
KEYS = tuple(f"key_{number:012d}" for number in range(50))
MODELS = tuple(f"model-{number}" for number in range(12))
CLIENTS = ("claude-code", "codex", "cursor", "openai-python", "anthropic-python", "curl", "other")
UNTIL = start_of("day", 1_800_000_000.0)
DAYS = 30

_OUTCOMES = (("ok", 930), ("failed", 35), ("client_closed", 15), ("client_fault", 15), ("truncated", 5))
_NOTES = ("[]",) * 19 + ('["model-fallback"]',)
_VALUES = {"all": ("",), "model": MODELS, "account": ACCOUNTS, "key": KEYS, "client": CLIENTS}


def database(flows: int = FLOWS) -> Path:
    """The file, filled if it is not there yet."""
    made_of = f"{APP_LABEL}-{flows}-{len(FLOW_COLUMNS)}"
    path = Path(tempfile.gettempdir()) / "antigravity-proxy-bench" / made_of / "database.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_name("making.sqlite")
        making.unlink(missing_ok=True)
        asyncio.run(_tables(making))
        _fill(making, flows)
        making.rename(path)
    return path


def url(path: Path) -> str:
    """Its address."""
    return f"sqlite://{path}"


async def _tables(path: Path) -> None:
    async with opened(url(path), a_seal()):
        pass


def _fill(path: Path, flows: int) -> None:
    begun = time.monotonic()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    _insert(connection, "flows", FLOW_COLUMNS, _flows(random.Random(1), flows))
    _insert(connection, "attempts", _ATTEMPT, _attempts())
    keys = ("id", "grain", "start", "dimension", "value")
    _insert(connection, "rollups", (*keys, *SUMS), _rollups(random.Random(2)))
    _insert(connection, "latencies", (*keys, "bucket", "count"), _latencies(random.Random(3)))
    _insert(connection, "audit", ("at", "actor", "action", "subject", "detail"), _audit())
    _insert(connection, "account_events", ("account", "at", "state", "cause"), _events())
    _insert(connection, "quota_points", ("account", "quota_group", "window", "at", "left"), _points())
    _insert(connection, "errands", ("name", "progress"), [(ERRAND, ALL_DONE)])
    connection.execute("COMMIT")
    connection.close()
    print(f"  filled {path} in {time.monotonic() - begun:.0f} s")


def _insert(
    connection: sqlite3.Connection, table: str, columns: Iterable[str], rows: Iterable[tuple[object, ...]]
) -> None:
    names = tuple(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    statement = f'INSERT OR REPLACE INTO "{table}" ({quoted}) VALUES ({", ".join("?" * len(names))})'
    connection.executemany(statement, rows)


def _flows(rng: random.Random, flows: int) -> Iterator[tuple[object, ...]]:
    outcomes = [word for word, share in _OUTCOMES for _ in range(share)]
    begin = UNTIL - DAYS * DAY_S
    for number in range(flows):
        started_at = begin + (number + rng.random()) * DAYS * DAY_S / flows
        outcome, model, first = rng.choice(outcomes), rng.choice(MODELS), int(rng.lognormvariate(7.0, 0.7))
        row: dict[str, object] = dict.fromkeys(FLOW_COLUMNS, 0)
        row |= {
            "id": flow_id(number),
            "started_at": started_at,
            "minute": int(started_at // 60),
            "key": rng.choice(KEYS),
            "dialect": "anthropic" if number % 2 else "openai_chat",
            "model_asked": model,
            "model": model,
            "account": rng.choice(ACCOUNTS),
            "outcome": outcome,
            "code": "" if outcome == "ok" else "upstream_error",
            "status": 200,
            "phase": "output",
            "first_output_ms": first,
            "duration_ms": first * 4,
            "usage_source": "upstream",
            "origin": "client",
            "instance": "main",
            "attempts": 2 if number % 20 == 0 else 1,
            "notes": rng.choice(_NOTES),
            "client": rng.choice(CLIENTS),
            "passed": "",
        }
        yield tuple(row[name] for name in FLOW_COLUMNS)


def flow_id(number: int) -> str:
    """The id of a row; as mixed up as real ones are."""
    return f"req_{number * 2_654_435_761 % 2**32:08x}{number:016d}"


_ATTEMPT = (
    "id",
    "flow",
    "number",
    "account",
    "started_at",
    "duration_ms",
    "code",
    "kind",
    "status",
    "wait_s",
)


def _attempts() -> Iterator[tuple[object, ...]]:
    for number in range(0, 200_000, 2):
        flow = flow_id(number)
        for place in (1, 2):
            yield (f"{flow}/{place}", flow, place, ACCOUNTS[number % 500], 0.0, 900, "", "", None, 0.0)


def _rollups(rng: random.Random) -> Iterator[tuple[object, ...]]:
    for grain, start, dimension, value in _spans(hours=60 * 24, days=365):
        name = f"{grain}|{start}|{dimension}|{value}"
        yield (name, grain, start, dimension, value, *(rng.randrange(1, 1000) for _ in SUMS))


def _latencies(rng: random.Random) -> Iterator[tuple[object, ...]]:
    for grain, start, dimension, value in _spans(hours=7 * 24, days=60):
        many = dimension in ("account", "key")
        seen = {"hour": 3, "day": 20, "month": 40}[grain] if many else 40
        for bucket in {buckets.bucket_of(int(rng.lognormvariate(7.0, 0.7))) for _ in range(seen)}:
            name = f"{grain}|{start}|{dimension}|{value}/{bucket}"
            yield (name, grain, start, dimension, value, bucket, rng.randrange(1, 50))


def _spans(*, hours: int, days: int) -> Iterator[tuple[str, int, str, str]]:
    starts = [("hour", UNTIL - number * HOUR_S) for number in range(1, hours + 1)]
    starts += [("day", UNTIL - number * DAY_S) for number in range(1, days + 1)]
    month = start_of("month", UNTIL - days * DAY_S)
    while month < UNTIL:
        starts.append(("month", month))
        month = next_start("month", month)
    for grain, start in starts:
        for dimension, values in _VALUES.items():
            for value in values:
                yield grain, start, dimension, value


def _audit() -> Iterator[tuple[object, ...]]:
    for number in range(20_000):
        yield (UNTIL - 20_000 + number, "admin", "key.update", KEYS[number % 50], "{}")


def _events() -> Iterator[tuple[object, ...]]:
    for number in range(200_000):
        yield (ACCOUNTS[number % 500], UNTIL - 200_000 + number, "cooling", "model-1: rate limit")


def _points() -> Iterator[tuple[object, ...]]:
    for number in range(400_000):
        yield (ACCOUNTS[number % 500], "gemini", "5h", UNTIL - 400_000 + number, 0.5)
