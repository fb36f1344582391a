"""The order of addons. Source: architecture.md 8.3."""

import pytest

from app.hooks.errors import AddonRefused
from app.hooks.member import Member
from app.hooks.order import ordered


def a_member(name: str, *, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Member:
    return Member(name, object(), {}, before=before, after=after)


def names(*members: Member) -> list[str]:
    return [one.name for one in ordered(members)]


def test_without_wishes_the_order_is_that_of_the_list() -> None:
    assert names(a_member("a"), a_member("b"), a_member("c")) == ["a", "b", "c"]


def test_wishes_bend_it_as_little_as_possible() -> None:
    assert names(a_member("a", after=("c",)), a_member("b"), a_member("c")) == ["b", "c", "a"]
    assert names(a_member("a"), a_member("b"), a_member("c", before=("a",))) == ["b", "c", "a"]


def test_an_addon_that_is_not_there_is_no_reason_to_wait() -> None:
    assert names(a_member("a", after=("nobody",), before=("nobody",)), a_member("b")) == ["a", "b"]


def test_a_circle_is_refused_and_names_those_in_it() -> None:
    with pytest.raises(AddonRefused, match="`a`, `b`"):
        names(a_member("a", before=("b",)), a_member("b", before=("a",)))


def test_a_name_that_two_have_is_refused() -> None:
    with pytest.raises(AddonRefused, match="Two addons are called `a`"):
        names(a_member("a"), a_member("a"))
