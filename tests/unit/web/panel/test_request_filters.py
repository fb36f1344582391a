"""Filters of the list of requests. Spec: admin-ui.md 2.2, 2.3."""

import pytest

from app.admin.refusals import Refused
from app.web.panel import request_filters


def test_only_clients_are_listed_until_another_origin_or_an_id_is_asked_for() -> None:
    """admin-ui.md 2.3: origin (client, playground, probe)."""
    origins = [
        request_filters.read(args).query({}).origin
        for args in ({}, {"origin": "probe"}, {"origin": "any"}, {"id": "req_abc"})
    ]
    assert origins == ["client", "probe", None, None]


def test_a_chip_switches_its_wish_and_leaves_the_others() -> None:
    """admin-ui.md 2.3: chips for the common four."""
    filters = request_filters.read({"result": "failed", "key": "key_1", "cursor": "1~x", "odd": "1"})
    chips = {chip.name: chip for chip in filters.chips()}

    assert {name: chip.is_on for name, chip in chips.items()} == {
        "failed": True,
        "slow": False,
        "retried": False,
        "fallback": False,
    }
    assert chips["failed"].query == {"key": "key_1"}
    assert chips["slow"].query == {"result": "failed", "key": "key_1", "slow_ms": "10000"}


def test_an_account_may_be_named_by_its_address() -> None:
    """What people know is the address."""
    filters = request_filters.read({"account": "ben@example.com"})
    assert filters.query({"acc_1": "ben@example.com"}).account == "acc_1"


def test_following_is_part_of_the_address() -> None:
    """admin-ui.md 2.2: a link can be pasted into a bug report."""
    off = request_filters.read({"follow": "off", "key": "k"})
    assert off.address == {"key": "k", "follow": "off"}
    assert off.turned == {"key": "k"}
    assert request_filters.read({"key": "k"}).turned == {"key": "k", "follow": "off"}


@pytest.mark.parametrize("args", [{"slow_ms": "soon"}, {"result": "odd"}, {"since": "-1"}])
def test_nonsense_in_an_address_is_refused(args: dict[str, str]) -> None:
    """threats.md S40: values are checked, whoever wrote the address."""
    with pytest.raises(Refused):
        request_filters.read(args).query({})
