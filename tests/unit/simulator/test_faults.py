from random import Random

import pytest

from app.simulator.faults import Fault, FaultBook, Matcher, Occasion


def an_occasion(**changes: object) -> Occasion:
    values: dict[str, object] = {
        "now": 100.0,
        "host": "daily",
        "method": "streamGenerateContent",
        "account": "acc-1",
        "email": "anna@example.com",
        "project": "zinc-cell-6bkmb",
        "model": "claude-sonnet-4-6",
        "family": "claude",
        "group": "3p",
        "request_type": "agent",
        "text": "hello storm",
        "is_stream": True,
        "headers": {"user-agent": "antigravity/hub/2.9.0 linux/amd64"},
        **changes,
    }
    return Occasion(**values)  # type: ignore[arg-type]  # the keys are the members


def a_book(*faults: Fault) -> FaultBook:
    book = FaultBook(Random(1))
    for fault in faults:
        book.add(fault)
    return book


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        ({"account": "acc-1"}, {"account": "acc-2"}),
        ({"account": "anna@*"}, {"email": "ben@example.com", "account": "acc-2"}),
        ({"project": "zinc-*"}, {"project": "amber-river-00000"}),
        ({"host": "daily"}, {"host": "prod"}),
        ({"method": "stream*"}, {"method": "generateContent"}),
        ({"model": "claude-*"}, {"model": "gemini-3-flash"}),
        ({"family": "claude"}, {"family": "gemini"}),
        ({"group": "3p"}, {"group": "gemini"}),
        ({"request_type": "agent"}, {"request_type": "image_gen"}),
        ({"text": "storm"}, {"text": "calm"}),
        ({"stream": True}, {"is_stream": False}),
        ({"header": "user-agent: antigravity"}, {"headers": {}}),
        ({"after": 100.0, "before": 200.0}, {"now": 200.0}),
    ],
)
def test_a_matcher_fits_its_kind_of_occasion_only(rule: dict[str, object], other: dict[str, object]) -> None:
    """upstream.md 9.6: matcher."""
    matcher = Matcher(**rule)  # type: ignore[arg-type]  # the keys are the members

    assert matcher.fits(an_occasion())
    assert not matcher.fits(an_occasion(**other))


def test_a_rule_ends_after_its_times() -> None:
    """upstream.md 9.6: quantity."""
    book = a_book(Fault(effect="503_capacity", times=2))

    assert [len(book.strike(an_occasion())) for _ in range(4)] == [1, 1, 0, 0]


def test_a_rule_can_hit_the_nth_or_every_kth_match() -> None:
    """upstream.md 9.6: matcher."""
    book = a_book(Fault(effect="500_internal", nth=2), Fault(effect="504", every=3))

    hits = [[fault.effect for fault in book.strike(an_occasion())] for _ in range(6)]

    assert hits == [[], ["500_internal"], ["504"], [], [], ["504"]]


def test_a_rule_ends_at_its_instant() -> None:
    """upstream.md 9.6: quantity."""
    book = a_book(Fault(effect="429_plain", until=150.0))

    assert book.strike(an_occasion(now=149.0))
    assert not book.strike(an_occasion(now=150.0))


def test_a_rule_can_be_thinned_out_by_a_bucket() -> None:
    """upstream.md 9.6: token bucket."""
    book = a_book(Fault(effect="429_plain", per_second=1.0))

    assert [len(book.strike(an_occasion(now=now))) for now in (0.0, 0.5, 1.1, 1.2)] == [1, 0, 1, 0]


def test_chance_is_the_same_for_one_seed() -> None:
    """upstream.md 9.2: the seed fixes random faults."""
    first, second = (a_book(Fault(effect="429_plain", probability=0.5)) for _ in range(2))
    hits = [bool(first.strike(an_occasion())) for _ in range(40)]

    assert hits == [bool(second.strike(an_occasion())) for _ in range(40)]
    assert set(hits) == {True, False}


def test_effects_keep_to_their_methods_unless_a_rule_names_one() -> None:
    """upstream.md 9.6."""
    book = a_book(
        Fault(effect="503_plain"),
        Fault(effect="load_no_project"),
        Fault(effect="token_revoked"),
        Fault(effect="500_internal", method="fetchAvailableModels"),
    )

    def effects(method: str) -> list[str]:
        return [fault.effect for fault in book.strike(an_occasion(method=method))]

    assert effects("streamGenerateContent") == ["503_plain"]
    assert effects("loadCodeAssist") == ["load_no_project"]
    assert effects("token") == ["token_revoked"]
    assert effects("fetchAvailableModels") == ["500_internal"]


def test_an_unknown_effect_is_refused_with_the_known_ones() -> None:
    """style.md 7."""
    with pytest.raises(ValueError, match="503_capacity"):
        Fault(effect="nonsense")


def test_a_removed_rule_strikes_no_more() -> None:
    """upstream.md 9.1: rules are replaced while running."""
    book = FaultBook(Random(1))
    number = book.add(Fault(effect="504"))

    assert book.remove(number)
    assert not book.remove(number)
    assert book.strike(an_occasion()) == []
