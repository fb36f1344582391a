import json
from pathlib import Path

import pytest

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


def test_bodies_are_decoded_and_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """upstream.md 9.8: a ring buffer."""
    monkeypatch.setattr("app.simulator.journal.BODY_BUDGET", 20)
    journal = Journal()
    entries = [journal.open(at=0.0, host="daily", method="m", headers={}) for _ in range(3)]
    for entry in entries:
        journal.keep_body(entry, b'{"a": 1234}')

    assert [entry.body for entry in entries] == [None, None, {"a": 1234}]
    assert entries[2].shown()["body"] == {"a": 1234}
    assert "raw_body" not in entries[2].shown()


def test_clearing_forgets_all_but_what_is_open() -> None:
    """upstream.md 9.1: reset."""
    journal = Journal()
    journal.stream_opened()
    journal.blame("something")
    journal.open(at=0.0, host="daily", method="m", headers={})

    journal.clear()

    assert (journal.open_streams, journal.misbehaviour, len(journal.entries)) == (1, [], 0)
