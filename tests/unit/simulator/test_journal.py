import json
from pathlib import Path

from app.simulator.journal import Journal


def test_requests_are_counted_by_what_they_were(tmp_path: Path) -> None:
    """upstream.md 9.8."""
    journal = Journal(str(tmp_path / "log.jsonl"))
    entry = journal.open(
        at=10.0, host="daily", method="token", headers={"authorization": "Bearer ya29.sim-" + "x" * 40}
    )
    entry.account, entry.model, entry.status = "acc-1", "gemini-3-flash", 200

    journal.close(entry, now=12.5)
    journal.close_file()

    assert entry.duration_s == 2.5
    assert journal.counters["account:acc-1"] == 1
    assert journal.counters["status:200"] == 1
    line = json.loads((tmp_path / "log.jsonl").read_text())
    assert (line["host"], line["model"]) == ("daily", "gemini-3-flash")


def test_tokens_are_shortened() -> None:
    """upstream.md 9.8."""
    entry = Journal().open(
        at=0.0, host="daily", method="m", headers={"authorization": "Bearer " + "secret" * 10}
    )

    assert len(entry.headers["authorization"]) < 30


def test_open_streams_and_their_maximum_are_known() -> None:
    """upstream.md 9.8: in-flight gauge and maximum."""
    journal = Journal()
    journal.stream_opened()
    journal.stream_opened()
    journal.stream_closed(aborted=True)
    journal.stream_closed(aborted=False)

    assert (journal.open_streams, journal.max_open_streams, journal.aborted_streams) == (0, 2, 1)


def test_clearing_forgets_all_but_what_is_open() -> None:
    """upstream.md 9.1: reset."""
    journal = Journal()
    journal.stream_opened()
    journal.blame("something")
    journal.open(at=0.0, host="daily", method="m", headers={})

    journal.clear()

    assert (journal.open_streams, journal.misbehaviour, len(journal.entries)) == (1, [], 0)
