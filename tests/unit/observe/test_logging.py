"""Log lines: their form, their flow, and that nothing waits for them."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from app.observe.logging import Format, Level, configure_logging, current_flow


@contextmanager
def lines(form: Format = "text", level: Level = "info") -> Iterator[list[str]]:
    """The lines that are logged inside the block, there at its end."""
    stream, found = io.StringIO(), list[str]()
    logs = configure_logging(level, form, stream=stream, secrets=["correct horse battery"])
    try:
        yield found
        assert logs.flush()
    finally:
        logs.close()
    found.extend(stream.getvalue().splitlines())


def test_a_line_has_time_level_event_and_pairs() -> None:
    """architecture.md 15: `key=value` or JSON."""
    with lines() as found:
        structlog.get_logger().info("lane cooled", lane="gemini", until=12.5, why="too much", none=None)

    (line,) = found
    assert line.split(" ", 1)[1] == 'info    lane cooled lane=gemini until=12.5 why="too much" none=null'
    assert line[10] == "T"


def test_a_json_line_holds_the_same() -> None:
    """amendments.md 1, LOG_FORMAT."""
    with lines("json") as found:
        structlog.get_logger().warning("lane cooled", lane="ünï", n=[1, 2])

    said = json.loads(found[0])
    assert said.pop("time").endswith("Z")
    assert said == {"level": "warning", "event": "lane cooled", "lane": "ünï", "n": [1, 2]}


def test_lines_carry_the_flow_they_belong_to() -> None:
    """architecture.md 15: flow id from a context variable."""
    with lines() as found:
        token = current_flow.set("req_1")
        structlog.get_logger().info("inside")
        current_flow.reset(token)
        structlog.get_logger().info("outside")

    assert found[0].endswith("inside flow=req_1")
    assert found[1].endswith("outside")


def test_what_is_below_the_level_is_not_logged() -> None:
    with lines(level="warning") as found:
        structlog.get_logger().info("too quiet")
        logging.getLogger("a.library").info("too quiet")
        structlog.get_logger().error("loud")

    assert len(found) == 1


def test_lines_of_libraries_go_the_same_way_without_their_chatter() -> None:
    """threats.md S14: one redaction point."""
    with lines() as found:
        logging.getLogger("a.library").warning("sent %s", "Bearer abcdef")
        logging.getLogger("tortoise.db_client").info("SELECT 1")

    (line,) = found
    assert line.endswith("warning sent Bearer *** logger=a.library")


def test_a_trace_is_searched_for_secrets_and_stays_recognisable() -> None:
    """threats.md S14, S35."""
    with lines() as found:
        try:
            raise ValueError("correct horse battery")
        except ValueError:
            structlog.get_logger().exception("it broke")
            logging.getLogger("a.library").exception("it broke there")

    text = "\n".join(found)
    assert "battery" not in text
    assert text.count("  | ValueError: ***") == 2
    assert all(line.startswith("  | ") or line[10] == "T" for line in found)


def test_a_value_cannot_pretend_to_be_another_line_or_move_the_cursor() -> None:
    """threats.md S35: control characters are escaped."""
    with lines() as found:
        structlog.get_logger().info("one\n2026-01-01 two", model="a\nb\x1b[2J\x9b1m", agent='x" y=z')

    (line,) = found
    assert "\x1b" not in line
    assert "\x9b" not in line
    assert "one\\n2026" in line
    assert 'agent="x\\" y=z"' in line


def test_after_closing_everything_is_as_it_was() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))

    with lines():
        pass

    assert (root.level, list(root.handlers)) == before
    assert not structlog.is_configured()


def test_a_json_line_moves_no_cursor_either() -> None:
    """threats.md S35: JSON itself lets codes beyond ASCII and marks of direction pass."""
    hostile = "a\nb\x1b[2J\x9b1m\x7f\u202egpj.exe\u2028ü"
    with lines("json") as found:
        structlog.get_logger().info(hostile, model=hostile)

    (line,) = found
    assert line.isprintable()
    assert json.loads(line)["model"] == hostile


@pytest.mark.parametrize("padding", [5_900, 6_100, 20_000])
def test_a_long_trace_is_not_cut_within_a_secret(padding: int) -> None:
    """threats.md S14: the second half of a token has no shape to know it by."""
    token = "ya29." + "t0ken" * 40
    with lines() as found:
        try:
            raise ValueError(f"{token} {'x' * padding}")
        except ValueError:
            structlog.get_logger().exception("it broke")

    assert "t0ken" not in "\n".join(found)
    assert "ValueError: ya29.***" in "\n".join(found)
