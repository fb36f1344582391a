"""Whether open panels disturb streams: the same clients with and without ten. Spec: admin-ui.md 2.5."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from tests.bench.cast import ADMIN_PASSWORD, backend, chat, gateway, shape
from tests.bench.driver import Job, drive
from tests.bench.figures import Figure
from tests.bench.processes import ROOT, Served, stopped_at_the_end
from tests.bench.tabs import TABS

CLIENTS = 200
ANSWERS = 1000
ROUNDS = 3
_CHUNKS = 20
_PACED_S = 0.05


def panels() -> list[Figure]:
    """From the backend's first byte to the client, the slowest of a hundred, in turns."""
    alone: list[float] = []
    watched: list[float] = []
    with backend() as upstream, gateway(upstream) as ours:
        ours.wait("/health/live")
        shape(upstream, chunks=_CHUNKS, interval_s=_PACED_S, stamp="text")
        _slowest_ms(ours)  # warm
        for _ in range(ROUNDS):
            alone.append(_slowest_ms(ours))
            with _open_panels(ours):
                watched.append(_slowest_ms(ours))
    return [
        Figure(f"first event p99, {CLIENTS} clients", median(alone), "ms"),
        Figure(f"first event p99, {CLIENTS} clients and {TABS} panels", median(watched), "ms"),
        Figure(
            f"first event p99, with {TABS} panels over without", median(watched) / median(alone), "x", 1.5
        ),
    ]


def _slowest_ms(server: Served) -> float:
    found = sorted(drive(Job(server.port, chat(stream=True), CLIENTS, ANSWERS)).first_ms)
    return found[int(len(found) * 0.99)]


@contextmanager
def _open_panels(server: Served) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.tabs", str(server.port), ADMIN_PASSWORD]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    with stopped_at_the_end(process):
        if process.stdout.readline().strip() != "open":
            raise RuntimeError("the panels could not be opened")
        yield
        if process.poll() is not None:
            raise RuntimeError("a panel failed")
        process.stdin.close()
