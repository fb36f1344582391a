"""Which accounts, in which order, and a page of them."""

from typing import Any

import pytest

from app.admin.api.account_order import cut, found, read_at
from app.admin.schemas.accounts import AccountFilter
from app.pool.model import AccountState, AccountStatus, CoolingStatus, Window
from app.pool.status import status_of
from tests.support.pool import an_account


def status(name: str, *, left: float | None = None, why: str = "", **values: Any) -> AccountStatus:
    windows = () if left is None else (Window("gemini", "gemini-5h", left, None, read_at=7.0),)
    cooling = (CoolingStatus("gemini", 99.0, why),) if why else ()
    return status_of(an_account(name, **values), values.pop("in_flight", 0), cooling, windows)


EVERYONE = (
    status("anna", left=0.9),
    status("ben", state=AccountState.SUSPENDED, note="Ben's"),
    status("carla", why="quota", left=0.0),
    status("dora", enabled=False, state=AccountState.SUSPENDED),
    status("emil", why="rate_limited"),
    status("frida", left=0.5),
)


def names(accounts: list[AccountStatus]) -> str:
    return "".join(one.id[0] for one in accounts)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({}, "bcdeaf"),
        ({"state": "needs_you"}, "b"),
        ({"state": "waiting"}, "ce"),
        ({"state": "disabled"}, "d"),
        ({"text": " BEN'S "}, "b"),
        ({"text": "example.com", "state": "ready"}, "af"),
        ({"text": "project-frida"}, "f"),
    ],
)
def test_those_that_need_you_come_first(wanted: dict[str, Any], shown: str) -> None:
    """admin-ui.md 2.3: those that need you, then exhausted, then the rest, then ready."""
    assert names(found(EVERYONE, AccountFilter(**wanted), "attention")) == shown


def test_an_unknown_quota_is_not_a_small_one() -> None:
    assert names(found(EVERYONE, AccountFilter(), "quota")) == "cfabde"
    assert read_at(EVERYONE[0]) == 7.0
    assert read_at(EVERYONE[1]) is None


def test_a_page_goes_on_where_the_last_one_ended_although_somebody_has_left() -> None:
    """architecture.md 14: lists are paged by cursor."""
    everyone = found(EVERYONE, AccountFilter(), "name")
    page, cursor = cut(everyone, None, 2)
    assert names(list(page)) == "ab"
    assert cursor is not None

    assert names(list(cut(everyone, cursor, 2)[0])) == "cd"
    moved = [*everyone[2:], *everyone[:2]]
    assert cut(moved, cursor, 2) == ([], None)
    assert names(list(cut(everyone[2:], cursor, 9)[0])) == "ef"
    assert cut(everyone, cursor, 4)[1] is None
    assert names(list(cut(everyone, "nonsense", 1)[0])) == "a"
