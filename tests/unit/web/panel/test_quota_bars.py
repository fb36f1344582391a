"""Quota as bars, and over time."""

from typing import Any

from app.admin.api.accounts import account_view
from app.admin.schemas.accounts import AccountView, QuotaMark
from app.pool.model import CoolingStatus, Window
from app.pool.status import status_of
from app.resources import folder
from app.store.usage_reader import Sums
from app.web.panel.formats import Zone
from app.web.panel.quota_bars import Names, age_s, families, resting, window_name
from app.web.panel.quota_chart import quota_chart
from app.web.panel.words import catalogues
from tests.support.pool import an_account

NAMES = Names({"gemini": "Gemini", "3p": "Others"}, {"5h": "5 h", "weekly": "7 d"})
NOW = 1_000_000.0


def view(*windows: Window, **values: Any) -> AccountView:
    cooling = values.pop("cooling", ())
    return account_view(status_of(an_account("anna", **values), 0, cooling, windows), Sums(), 5)


def test_every_family_has_both_windows_and_what_is_not_known_is_not_full() -> None:
    """complaints.md: unknown is never 100 %; a reading is void once its window was reset."""
    account = view(
        Window("gemini", "gemini-5h", 0.15, NOW + 60, read_at=NOW - 5),
        Window("gemini", "gemini-weekly", 0.9, NOW - 60, read_at=NOW - 9),
        Window("3p", "3p-weekly", 0.0, None, read_at=NOW - 5),
    )

    bars = {
        (one.name, bar.span): (bar.left, bar.look)
        for one in families(account, NAMES, NOW)
        for bar in one.bars
    }

    assert bars == {
        ("Gemini", "5 h"): (0.15, "low"),
        ("Gemini", "7 d"): (None, ""),
        ("Others", "5 h"): (None, ""),
        ("Others", "7 d"): (0.0, "out"),
    }
    assert age_s(account, NOW) == 5
    assert age_s(view(), NOW) is None


def test_what_waits_for_people_is_no_rest_that_ends() -> None:
    account = view(
        cooling=(
            CoolingStatus("account", float("inf"), "verification"),
            CoolingStatus("gemini", NOW + 9, "quota"),
            CoolingStatus("3p", NOW + 3, "rate"),
        )
    )
    assert [one.what for one in resting(account)] == ["3p", "gemini"]
    assert (account.limit, view(concurrent=2).limit) == (5, 2)


def test_a_quota_stays_in_the_figure_as_it_was_until_it_changes() -> None:
    """admin-ui.md 2.3: quota history chart; before the first mark nothing is known."""
    words = catalogues(folder("admin_ui") / "i18n")["en"]
    hour = 3600.0
    marks = [
        QuotaMark(group="gemini", window="gemini-5h", at=10 * hour + 5, left=0.5),
        QuotaMark(group="3p", window="3p-weekly", at=11 * hour, left=1.0),
        QuotaMark(group="gemini", window="gemini-5h", at=12 * hour + 9, left=None),
    ]

    chart = quota_chart(marks, words, Zone("UTC"), 13 * hour + 1)

    assert list(chart.starts) == [36000, 39600, 43200, 46800]
    assert [list(curve.values) for curve in chart.curves] == [[None, 100, 100, 100], [50, 50, None, None]]
    assert "Claude & GPT · 7 d 100 %" in chart.summary
    assert quota_chart([], words, Zone("UTC"), NOW).is_empty


def test_a_quota_that_is_used_up_is_known_and_one_that_was_never_read_says_so() -> None:
    """admin-ui.md 2.9: a figure says why it is empty; nothing left is a reading like any other."""
    words = catalogues(folder("admin_ui") / "i18n")["en"]
    used_up = quota_chart([QuotaMark(group="3p", window="3p-5h", at=NOW, left=0.0)], words, Zone("UTC"), NOW)
    unread = quota_chart([], words, Zone("UTC"), NOW)

    assert (used_up.is_empty, [row for _, _, row in used_up.rows]) == (False, [[0.0]])
    assert (unread.is_empty, list(unread.rows)) == (True, [])
    assert unread.nothing == "No quota has been read in the last seven days."


def test_windows_have_names_that_people_use() -> None:
    words = catalogues(folder("admin_ui") / "i18n")

    assert window_name(words["en"], "gemini-weekly") == "Gemini · 7 d"
    assert window_name(words["zh"], "3p-5h") == "Claude 与 GPT · 5 小时"
    assert window_name(words["en"], "other-monthly") == "other · monthly"
