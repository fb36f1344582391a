"""Which accounts are asked for, in which order, and a page of them. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from app.admin.api.strip import standing
from app.admin.schemas.accounts import AccountFilter, AccountOrder
from app.pool.model import AccountStatus, State

_Key = Callable[[AccountStatus], tuple[float | str, ...]]


def found(
    everyone: Iterable[AccountStatus], wanted: AccountFilter, order: AccountOrder
) -> list[AccountStatus]:
    """The accounts that match, in order; equals stay oldest first."""
    text = wanted.text.strip().casefold()
    matching = [one for one in everyone if _is_in(one, wanted.state) and (not text or _has(one, text))]
    return sorted(matching, key=_KEYS[order])


def cut(
    matching: Sequence[AccountStatus], cursor: str | None, limit: int
) -> tuple[Sequence[AccountStatus], str | None]:
    """The accounts behind a cursor, and the cursor behind them.

    A cursor is a place and the account that was there; where that one has moved, it is looked for.
    """
    start = _start(matching, cursor)
    page = matching[start : start + limit]
    end = start + len(page)
    return page, f"{end}.{page[-1].id}" if end < len(matching) and page else None


def read_at(status: AccountStatus) -> float | None:
    """When the account's quota was last read."""
    return max((window.read_at for window in status.windows if window.read_at is not None), default=None)


def _start(matching: Sequence[AccountStatus], cursor: str | None) -> int:
    if cursor is None:
        return 0
    place, _, account = cursor.partition(".")
    at = next((number for number, one in enumerate(matching, 1) if one.id == account), None)
    return at if at is not None else int(place) if place.isdecimal() else 0


def _is_in(status: AccountStatus, wish: str | None) -> bool:
    return wish is None or wish == status.shown.value or wish == standing(status.shown)


def _has(status: AccountStatus, text: str) -> bool:
    return any(
        text in field.casefold() for field in (status.email, status.note, status.project or "", status.id)
    )


def _attention(status: AccountStatus) -> tuple[float | str, ...]:
    if status.shown is State.READY:
        return (3,)
    if status.shown is State.EXHAUSTED:
        return (1,)
    return (0 if standing(status.shown) == "needs_you" else 2,)


def _least_left(status: AccountStatus) -> tuple[float | str, ...]:
    """What is not known comes last."""
    return (min((window.left for window in status.windows if window.left is not None), default=2.0),)


_KEYS: Final[dict[AccountOrder, _Key]] = {
    "attention": _attention,
    "name": lambda status: (status.email,),
    "quota": _least_left,
    "busy": lambda status: (-status.in_flight,),
    "newest": lambda status: (-status.added_at,),
}
