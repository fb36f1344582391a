"""How many clients fit."""

import resource

import pytest

from app.server import descriptors


@pytest.mark.parametrize(
    ("soft", "room"), [(1024, 448), (200, 36), (64, 16), (10**9, 20_000), (resource.RLIM_INFINITY, 20_000)]
)
def test_clients_leave_room_for_everything_else(
    soft: int, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md T22: keep a reserve, refuse early."""
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, soft))

    assert descriptors.connection_room() == room


def test_a_system_without_such_a_limit_gets_a_modest_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """faults.md T22."""
    monkeypatch.setattr(descriptors, "limits", None)
    descriptors.raise_limit()

    assert descriptors.connection_room() == 512


def test_the_limit_is_raised_to_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """faults.md T22."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (100, 4000))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: asked.append(limits))
    descriptors.raise_limit()

    assert asked == [(4000, 4000)]
