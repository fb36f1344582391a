from math import inf

import msgspec

from app.pool.cooling import ACCOUNT, Cooling, Scope
from app.pool.memo import PoolMemo, memo_of, rest_of
from app.pool.model import Window
from app.pool.seat import Seat
from tests.support.pool import an_account

GROUP = Scope("group", "gemini")
WINDOW = Window("gemini", "gemini-5h", 0.4, 1_800_000_000.0)


def a_seat(**rests: Cooling) -> Seat:
    seat = Seat(an_account("anna"), 1)
    seat.rests = {GROUP if name == "group" else ACCOUNT: rest for name, rest in rests.items()}
    return seat


def test_a_cool_down_comes_back_on_another_clock() -> None:
    """architecture.md 12: cool-downs survive a restart."""
    seat = a_seat(group=Cooling(500.0, 400.0, "quota", told=True))
    memo = memo_of([seat], now=100.0, now_epoch=1_800_000_100.0)

    (kept,) = msgspec.json.decode(msgspec.json.encode(memo), type=PoolMemo).rests
    found = rest_of(kept, now=7.0, now_epoch=1_800_000_200.0, probe_s=3600.0)

    assert found == (GROUP, Cooling(307.0, 207.0, "quota", told=True))


def test_what_is_over_is_not_kept_nor_brought_back() -> None:
    memo = memo_of([a_seat(group=Cooling(500.0, 500.0, "quota", told=True))], now=100.0, now_epoch=1000.0)

    assert rest_of(memo.rests[0], now=0.0, now_epoch=1400.0, probe_s=3600.0) is None
    assert (
        memo_of([a_seat(group=Cooling(99.0, 99.0, "x", told=True))], now=100.0, now_epoch=0.0) == PoolMemo()
    )


def test_what_waits_for_a_person_is_a_state_and_not_kept_here() -> None:
    seat = a_seat(account=Cooling(inf, 700.0, "verification", told=True))

    assert memo_of([seat], now=100.0, now_epoch=1000.0) == PoolMemo()


def test_a_clock_that_was_set_back_does_not_put_a_probe_off() -> None:
    """faults.md F070."""
    memo = memo_of(
        [a_seat(group=Cooling(90_000.0, 3_700.0, "quota", told=True))], now=100.0, now_epoch=10_000.0
    )

    found = rest_of(memo.rests[0], now=0.0, now_epoch=2_800.0, probe_s=3600.0)

    assert found is not None
    assert found[1].probe_at == 3600.0


def test_quota_is_kept() -> None:
    seat = a_seat()
    seat.quota.tell((WINDOW,), 100.0, 1000.0)

    (kept,) = memo_of([seat], now=100.0, now_epoch=1000.0).windows

    assert (kept.account, kept.windows) == ("anna", (WINDOW,))
