"""Figures of usage. Spec: admin-ui.md 2.3, Usage; 2.6, numbers."""

from app.admin.schemas.usage import ShownSpan, UsageCurve, UsageView
from app.resources import folder
from app.store.usage_reader import Sums, UsagePoint
from app.web.panel.charts import REST
from app.web.panel.formats import Zone
from app.web.panel.ranges import read
from app.web.panel.usage_charts import Charts
from app.web.panel.words import catalogues

HOUR = 3600
STARTS = [0, HOUR, 2 * HOUR]


def curve(value: str, **requests: int) -> UsageCurve:
    """`curve("a", at0=3)`: three requests, one failed, in the first hour."""
    points = [
        UsagePoint(
            start=STARTS[int(at[-1])],
            sums=Sums(requests=many, failures=1, prompt_tokens=10 * many, cached_tokens=many),
        )
        for at, many in requests.items()
    ]
    return UsageCurve(value=value, name=value, points=points)


def charts(total: UsageCurve, *curves: UsageCurve, grain: str = "hour") -> Charts:
    view = UsageView(
        span=ShownSpan(grain="day" if grain == "day" else "hour", since=0, until=3 * HOUR),
        by="model",
        starts=STARTS,
        curves=list(curves),
        total=total,
        rows=[],
        next=None,
    )
    return Charts(view, catalogues(folder("admin_ui") / "i18n")["en"], Zone("Europe/Berlin"))


def test_values_stand_on_each_other_with_the_rest_on_top() -> None:
    """The sum of a stack is all requests, also where only the largest values have a curve of their own."""
    chart = charts(curve("", at0=9, at2=4), curve("a", at0=5), curve("b", at0=2, at2=4)).by_value("requests")

    assert chart.names == ["a", "b", "All others"]
    assert [list(one.values) for one in chart.curves] == [[5, 0, 0], [2, 0, 4], [2, 0, 0]]
    assert chart.curves[-1].colour == REST
    assert chart.summary == "13 requests, 2 failed (15\u202f%). Peak: 9 at 01-01 01:00."


def test_the_table_has_the_same_numbers_newest_first() -> None:
    """admin-ui.md 2.3: one chart, one table with the same numbers."""
    chart = charts(curve("", at0=9, at2=4)).requests()

    assert [(label, row) for _, label, row in chart.rows] == [
        ("01-01 03:00", [3, 1]),
        ("01-01 01:00", [8, 1]),
    ]
    assert chart.data["values"] == [[8, 0, 3], [1, 0, 1]]


def test_an_unknown_time_is_no_zero() -> None:
    """What is unknown is a gap."""
    point = UsagePoint(start=HOUR, sums=Sums(requests=1), first_output_p50_ms=80, first_output_p95_ms=90)
    chart = charts(UsageCurve(value="", name="", points=[point])).first_output(80, None)

    assert chart.data["values"] == [[None, 80, None], [None, 90, None]]
    assert chart.summary == "Half within 80\u202fms, 95 % within –."


def test_days_are_those_of_utc_whoever_looks() -> None:
    """Sums of a day begin at midnight of UTC; another date beside them would be wrong."""
    chart = charts(curve("", at0=1), grain="day").requests()
    assert [label for _, label, _ in chart.rows] == ["1970-01-01"]
    assert chart.data["utc"] is True


def test_a_span_of_ones_own_is_whole_days_of_the_viewer() -> None:
    """admin-ui.md 2.6: times in the viewer's zone; nonsense is the last day."""
    zone, now = Zone("Europe/Berlin"), 1_764_000_000.0
    own = read({"range": "custom", "first": "2025-11-01", "last": "2025-11-01"}, zone, now)
    odd = read({"range": "custom", "first": "2025-11-31", "last": "x"}, zone, now)

    assert (own.until - own.since, own.since % 86400) == (86400, 23 * 3600)
    assert own.address == {"range": "custom", "first": "2025-11-01", "last": "2025-11-01"}
    assert (odd.name, odd.until - odd.since) == ("day", 86400)
