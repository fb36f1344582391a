"""Files that are loaded anew when they change. Source: architecture.md 8.4."""

import os
from pathlib import Path

import structlog.testing

from app.hooks.roster import Roster, RosterOptions
from app.hooks.watching import WatchFiles

TEXT = "number = {number}\nasync def flow_closed(flow): pass\n"


def numbers(roster: Roster) -> list[int]:
    return [getattr(one.addon, "number", 0) for one in roster.members]


async def test_a_changed_file_is_loaded_anew_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TEXT.replace("{number}", "1"))
    roster = Roster(RosterOptions((str(path),)))
    roster.load([])
    job = WatchFiles(roster, (str(path), "a_module:not_watched"))

    await job.run_once()
    assert numbers(roster) == [1]

    path.write_text(TEXT.replace("{number}", "22"))
    await job.run_once()
    assert numbers(roster) == [22]

    path.write_text("broken(")
    with structlog.testing.capture_logs() as logs:
        await job.run_once()
        await job.run_once()
    assert [entry["event"] for entry in logs] == ["addon not reloaded"], "once per change"
    path.unlink()
    await job.run_once()
    assert numbers(roster) == [22]
    await roster.done()


async def test_a_file_that_is_written_back_with_another_date_counts_as_changed(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TEXT.replace("{number}", "1"))
    roster = Roster(RosterOptions((str(path),)))
    roster.load([])
    before = roster.members
    job = WatchFiles(roster, (str(path),))

    os.utime(path, ns=(1, 1))
    await job.run_once()

    assert roster.members[0].addon is not before[0].addon
    await roster.done()
