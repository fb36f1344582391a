"""What the pool should still know after a restart: cool-downs and the last word about quota.

Plain values that encode to JSON as they are; instants are in epoch seconds. Pure.
Never: what is stored with the account itself, such as its state.
"""

from collections.abc import Iterable
from math import inf
from typing import Literal

from msgspec import Struct

from app.ids import AccountId
from app.pool.cooling import Cooling, Scope
from app.pool.model import Window
from app.pool.seat import Seat


class RestMemo(Struct, frozen=True):
    """One cool-down of one account."""

    account: AccountId
    kind: Literal["account", "group", "model"]
    name: str
    until_epoch: float
    probe_epoch: float
    why: str
    told: bool


class WindowsMemo(Struct, frozen=True):
    """What was last told about one account's quota."""

    account: AccountId
    windows: tuple[Window, ...]


class PoolMemo(Struct, frozen=True):
    """Everything worth keeping."""

    rests: tuple[RestMemo, ...] = ()
    windows: tuple[WindowsMemo, ...] = ()


def memo_of(seats: Iterable[Seat], now: float, now_epoch: float) -> PoolMemo:
    """What these accounts rest for, and their quota. What never ends by itself is a state, not a rest."""
    ahead = now_epoch - now
    rests: list[RestMemo] = []
    windows: list[WindowsMemo] = []
    for seat in seats:
        account = seat.account.id
        rests += (
            RestMemo(account, *scope, rest.until + ahead, rest.probe_at + ahead, rest.why, rest.told)
            for scope, rest in seat.rests.items()
            if now < rest.until < inf
        )
        if seat.quota.windows:
            windows.append(WindowsMemo(account, seat.quota.windows))
    return PoolMemo(tuple(rests), tuple(windows))


def rest_of(memo: RestMemo, now: float, now_epoch: float, probe_s: float) -> tuple[Scope, Cooling] | None:
    """A remembered cool-down on this process's clock; None for one that is over.

    A clock that was set back meanwhile may not make a probe come later than one would have.
    """
    until = memo.until_epoch - now_epoch + now
    if until <= now:
        return None
    probe_at = min(memo.probe_epoch - now_epoch + now, now + probe_s, until)
    return Scope(memo.kind, memo.name), Cooling(until, probe_at, memo.why, memo.told)
