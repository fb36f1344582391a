"""What the gateway holds when it has nothing to do, and for each stream that is open."""

import resource

from tests.bench.cast import backend, chat, gateway, shape
from tests.bench.driver import Job, drive, hold
from tests.bench.figures import Figure
from tests.bench.processes import stopped_at_the_end

STREAMS = 1000
_WARM_ANSWERS = 200


def memory() -> list[Figure]:
    """Idle memory, and the growth by a stream that has had its first event and waits for the next."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    streams = STREAMS if files == resource.RLIM_INFINITY else min(STREAMS, (files - 200) // 2)
    with backend() as upstream, gateway(upstream) as ours:
        ours.wait("/health/live")
        fresh = ours.memory_kib
        shape(upstream, chunks=2)
        drive(Job(ours.port, chat(stream=True), 16, _WARM_ANSWERS))
        before = ours.memory_kib
        shape(upstream, chunks=3, interval_s=60.0)
        with stopped_at_the_end(hold(Job(ours.port, chat(stream=True), streams, streams, hold=True))):
            grown = ours.memory_kib - before
    return [
        Figure("memory after the start", fresh / 1024, "MiB"),
        Figure(f"memory of a stream, {streams} open", grown / streams, "KiB", budget=60.0),
    ]
