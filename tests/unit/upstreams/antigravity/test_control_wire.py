import msgspec
import pytest

from app.upstreams.antigravity.control_wire import Assistance, Offer, Operation, QuotaSummary


def assistance(text: str) -> Assistance:
    return msgspec.json.decode(text, type=Assistance, strict=False)


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ('{"cloudaicompanionProject":"zinc-cell"}', "zinc-cell"),
        ('{"cloudaicompanionProject":{"id":"zinc-cell","name":"x"}}', "zinc-cell"),
        ('{"cloudaicompanionProject":{}}', None),
        ('{"cloudaicompanionProject":""}', None),
        ('{"cloudaicompanionProject":null}', None),
        ("{}", None),
    ],
)
def test_a_project_comes_as_a_string_or_as_an_object(text: str, project: str | None) -> None:
    """upstream.md 2.2."""
    assert assistance(text).project == project


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ('{"currentTier":{"id":"free-tier"},"paidTier":{"id":"g1-pro-tier"}}', "g1-pro-tier"),
        ('{"currentTier":{"id":"free-tier"},"paidTier":{}}', "free-tier"),
        ('{"currentTier":{"id":"free-tier"}}', "free-tier"),
        ("{}", None),
    ],
)
def test_what_is_paid_for_is_the_tier_in_effect(text: str, tier: str | None) -> None:
    """upstream.md 2.2."""
    assert assistance(text).tier == tier


def test_unknown_members_and_nulls_are_no_trouble() -> None:
    text = (
        '{"currentTier":{"id":"t","privacyNotice":{"showNotice":true},"isDefault":null},"allowedTiers":null}'
    )

    assert assistance(text).tier == "t"


def test_a_finished_operation_names_its_project() -> None:
    """upstream.md 2.3."""
    text = '{"name":"operations/x","done":true,"response":{"@type":"t","cloudaicompanionProject":{"id":"p"}}}'

    assert msgspec.json.decode(text, type=Operation).project == "p"
    assert msgspec.json.decode('{"name":"operations/x"}', type=Operation).project is None


def test_the_quota_groups_may_be_wrapped_once_more() -> None:
    """upstream.md 8.3."""
    wrapped = '{"quotaSummary":{"groups":[{"displayName":"Gemini Models"}]}}'
    plain = '{"groups":[{"displayName":"Gemini Models"}]}'

    for text in (wrapped, plain):
        groups = msgspec.json.decode(text, type=QuotaSummary).all_groups
        assert [group.display_name for group in groups] == ["Gemini Models"]
    assert msgspec.json.decode("{}", type=QuotaSummary).all_groups == []


def test_numbers_as_strings_are_read() -> None:
    """upstream.md 2.2: the protocol writes some numbers as strings."""
    text = '{"models":{"m":{"quotaInfo":{"remainingFraction":"0.5"}}}}'
    offer = msgspec.json.decode(text, type=Offer, strict=False)

    assert offer.models is not None
    assert offer.models["m"].quota_info is not None
    assert offer.models["m"].quota_info.remaining_fraction == 0.5
