import msgspec
import pytest

from app.upstreams.antigravity.control_wire import Offer, QuotaSummary
from app.upstreams.antigravity.windows import read_time, windows_of_offer, windows_of_summary
from app.upstreams.base import Window

RESET = "2026-08-05T05:35:38Z"
RESET_AT = 1785908138.0


def of_buckets(*buckets: dict[str, object], group: str = "Gemini Models") -> tuple[Window, ...]:
    summary = {"groups": [{"displayName": group, "buckets": list(buckets)}]}
    return windows_of_summary(msgspec.convert(summary, QuotaSummary))


def of_models(**models: dict[str, object]) -> tuple[Window, ...]:
    return windows_of_offer(msgspec.convert({"models": models}, Offer))


def test_buckets_become_windows_of_their_group() -> None:
    """upstream.md 8.3."""
    windows = of_buckets(
        {"bucketId": "gemini-weekly", "remainingFraction": 0.95, "resetTime": RESET},
        {"bucketId": "3p-5h", "remainingFraction": 0.7, "resetTime": RESET},
    )

    assert windows == (
        Window("gemini", "gemini-weekly", 0.95, RESET_AT, "summary"),
        Window("3p", "3p-5h", 0.7, RESET_AT, "summary"),
    )


def test_a_fraction_that_is_left_out_is_zero() -> None:
    """upstream.md 4.5: the protocol leaves zeros out."""
    assert of_buckets({"bucketId": "gemini-5h", "resetTime": RESET})[0].left == 0.0


def test_unknown_and_disabled_buckets_are_passed_over() -> None:
    """upstream.md 8.3."""
    assert of_buckets({"bucketId": "video-5h"}, {"bucketId": "gemini-5h", "disabled": True}) == ()


@pytest.mark.parametrize(
    ("group", "bucket", "name"),
    [
        ("Gemini Models", {"window": "weekly"}, "gemini-weekly"),
        ("Claude and GPT models", {"displayName": "Five Hour Limit"}, "3p-5h"),
        ("Video models", {"window": "5h"}, None),
        ("Gemini Models", {"window": "monthly"}, None),
    ],
)
def test_a_bucket_without_an_id_is_known_by_its_words(
    group: str, bucket: dict[str, object], name: str | None
) -> None:
    """upstream.md 8.3."""
    windows = of_buckets(bucket, group=group)

    assert [window.name for window in windows] == ([] if name is None else [name])


def test_a_model_list_tells_the_short_window_of_each_group() -> None:
    """upstream.md 4.5 and appendix B: the least of a group counts; no quota is no word."""
    windows = of_models(
        full={"quotaInfo": {"remainingFraction": 1, "resetTime": RESET}},
        used={"quotaInfo": {"remainingFraction": 0.4}, "apiProvider": "API_PROVIDER_GOOGLE_GEMINI"},
        silent={},
        empty={"quotaInfo": {"resetTime": RESET}, "apiProvider": "API_PROVIDER_OPENAI_VERTEX"},
    )

    assert windows == (
        Window("gemini", "gemini-5h", 0.4, None, "models"),
        Window("3p", "3p-5h", 0.0, RESET_AT, "models"),
    )


def test_a_model_list_without_quota_tells_nothing() -> None:
    assert of_models(silent={}) == ()
    assert windows_of_offer(Offer()) == ()


@pytest.mark.parametrize("fraction", [-0.5, 1.5])
def test_a_fraction_stays_within_its_bounds(fraction: float) -> None:
    assert of_buckets({"bucketId": "gemini-5h", "remainingFraction": fraction})[0].left in (0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "at"),
    [(RESET, RESET_AT), ("2026-08-05T05:35:38", RESET_AT), ("soon", None), ("", None), (None, None)],
)
def test_times_are_read_as_utc(text: str | None, at: float | None) -> None:
    assert read_time(text) == at
