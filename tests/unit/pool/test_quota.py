"""What is known of quota. Source: upstream.md 8.2, 8.3, complaints.md 8, faults.md F074."""

from math import inf

from app.pool.quota import MOST_AGE_S, UNKNOWN, Quota
from app.upstreams.base import Window

NOW, EPOCH = 100.0, 1_800_000_000.0


def told(*windows: Window) -> Quota:
    quota = Quota()
    quota.tell(windows, NOW, EPOCH)
    return quota


def window(name: str, left: float | None, *, resets_in: float | None = 500.0, age_s: float = 0.0) -> Window:
    resets_at = None if resets_in is None else EPOCH + resets_in
    return Window("gemini", name, left, resets_at, "summary", EPOCH - age_s)


def test_what_nobody_has_told_is_not_known() -> None:
    assert told().of("gemini", NOW) is UNKNOWN
    assert told(window("gemini-5h", None)).of("gemini", NOW).left is None
    assert told(window("gemini-5h", 0.4)).of("3p", NOW).left is None


def test_the_tightest_window_counts() -> None:
    quota = told(window("gemini-5h", 1.0), window("gemini-weekly", 0.2))

    assert quota.of("gemini", NOW).left == 0.2


def test_a_reading_is_worth_nothing_after_its_reset_and_the_other_window_counts_on() -> None:
    quota = told(window("gemini-5h", 0.1, resets_in=60.0), window("gemini-weekly", 0.7))

    assert (quota.of("gemini", NOW).left, quota.of("gemini", NOW).until) == (0.1, NOW + 60.0)
    assert quota.of("gemini", NOW + 60.0).left == 0.7
    assert quota.of("gemini", NOW + 500.0).left is None


def test_an_old_reading_is_worth_nothing() -> None:
    quota = told(window("gemini-5h", 0.1, resets_in=None, age_s=MOST_AGE_S - 1.0))

    assert quota.of("gemini", NOW).left == 0.1
    assert quota.of("gemini", NOW + 1.0).left is None


def test_a_refusal_is_the_truth_until_its_reset_whatever_is_read() -> None:
    quota = told(window("gemini-5h", 1.0))
    quota.refuse("gemini", NOW + 50.0)
    quota.tell((window("gemini-5h", 1.0),), NOW, EPOCH)

    assert quota.of("gemini", NOW).left == 0.0
    assert quota.of("gemini", NOW + 50.0).left == 1.0


def test_an_answer_is_newer_than_a_refusal_and_so_is_a_persons_word() -> None:
    served, mended = told(window("gemini-5h", 0.9)), told()
    served.refuse("gemini", inf)
    mended.refuse("gemini", inf)
    served.serve("gemini")
    mended.mend()

    assert served.of("gemini", NOW).left == 0.9
    assert mended.of("gemini", NOW).left is None
