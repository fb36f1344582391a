"""Who was passed over when an account was chosen, and why: facts for the record of a request.

Cheap enough for every request, since it makes no sentences. Pure; `app.pool.explanation` tells the same at
length when somebody asks.
"""

from collections.abc import Iterable
from itertools import islice
from math import inf
from typing import Final

from msgspec import Struct

from app.ids import AccountId
from app.pool.cooling import ACCOUNT, Scope
from app.pool.model import AccountState, Want
from app.pool.seat import Seat

MOST_PASSED: Final = 50
"""So many accounts are told of."""
MOST_LOOKED_AT: Final = 200
"""Every request pays for it, however large the pool is."""


class PassedOver(Struct, frozen=True):
    """An account that could not be taken. `state` is a word of `State`, or `no_model`.

    `why` is the reason that the state came with, maybe in the upstream's words. `until` is the epoch instant
    at which it returns by itself, None when that is not known.
    """

    account: AccountId
    state: str
    why: str = ""
    until: float | None = None


def passed_over(
    seats: Iterable[Seat], taken: AccountId, want: Want, now: float, now_epoch: float
) -> tuple[PassedOver, ...]:
    """Accounts that could not be taken beside `taken`: at most 50, and of the first 200 only."""
    scopes = (ACCOUNT, Scope("group", want.group), Scope("model", want.model))
    told, ready, model = [], AccountState.READY, want.model
    for seat in islice(seats, MOST_LOOKED_AT):
        account = seat.account
        # Most could have been taken, and cost no call: this is done for every request.
        offers = account.models is None or model in account.models
        if offers and account.enabled and account.state is ready and not seat.rests:
            continue
        if account.id != taken and (one := _passed(seat, want, scopes, now, now_epoch)) is not None:
            told.append(one)
            if len(told) == MOST_PASSED:
                break
    return tuple(told)


def _passed(
    seat: Seat, want: Want, scopes: tuple[Scope, ...], now: float, now_epoch: float
) -> PassedOver | None:
    account = seat.account
    if not account.enabled:
        return PassedOver(account.id, "disabled")
    if account.state is not AccountState.READY:
        return PassedOver(account.id, account.state.value, account.state_reason)
    if not seat.offers(want.model):
        return PassedOver(account.id, "no_model")
    if not seat.rests:
        return None
    rests = [rest for scope in scopes if (rest := seat.rests.get(scope)) and not rest.is_over(now)]
    if not rests:
        return None
    rest = max(rests, key=lambda one: one.until)
    until = None if rest.until == inf else rest.until - now + now_epoch
    return PassedOver(account.id, "exhausted" if rest.is_for_quota else "cooling", rest.why, until)
