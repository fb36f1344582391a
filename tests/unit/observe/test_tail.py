"""The newest lines of the log in memory."""

from app.observe.tail import LogTail


def test_the_oldest_line_gives_way() -> None:
    """Spec: admin-ui.md 2.3, System: server log. style.md 8: bounded everywhere."""
    tail = LogTail(kept=3)
    for number in range(5):
        tail.put("info", f"line {number}")

    assert [line.text for line in tail.newest()] == ["line 2", "line 3", "line 4"]
    assert len(tail) == 3


def test_lines_are_found_by_number_level_and_text() -> None:
    tail = LogTail()
    for level in ("debug", "info", "warning", "error"):
        tail.put(level, f"A {level} line")

    assert [line.level for line in tail.newest(level="warning")] == ["warning", "error"]
    assert [line.level for line in tail.newest(after=2)] == ["warning", "error"]
    assert [line.level for line in tail.newest(text="a INFO")] == ["info"]
    assert [line.level for line in tail.newest(limit=1)] == ["error"]
