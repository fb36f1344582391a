"""The thread through which log lines leave."""

import io
import os

from app.observe.outlet import Outlet


def test_a_pipe_that_nobody_reads_stops_nobody_and_what_is_lost_is_counted() -> None:
    """faults.md F131: log pipe full."""
    reading, writing = os.pipe()
    outlet = Outlet(os.fdopen(writing, "w"), waiting=10)
    for _ in range(100):
        outlet.put("x" * 100_000)

    assert not outlet.flush(0.05)
    assert outlet.dropped >= 80
    os.close(reading)  # the writer's thread ends with a broken pipe
    outlet.close()
    outlet._stream.close()


def test_a_closed_stream_stops_nobody() -> None:
    """faults.md F131: stdout closed."""
    stream = io.StringIO()
    outlet = Outlet(stream)
    stream.close()

    outlet.put("a line")

    assert outlet.flush(5)
    assert outlet.dropped == 1
    outlet.close()
    outlet.put("after the end")
    assert outlet.dropped == 2
