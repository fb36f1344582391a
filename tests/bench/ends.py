"""The gateway between real ends: what an answer and an event cost, next to a bare pass-through.

Backend, clients and server are processes of their own, so a server's processor time is its own. Whatever is
compared is measured in turns, round by round, and the median of the rounds counts.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

from msgspec import Struct

from tests.bench.cast import Request, backend, chat, gateway, messages, passthrough, shape
from tests.bench.driver import Job, drive
from tests.bench.figures import Figure
from tests.bench.processes import Served

ROUNDS = 5
FEW, MANY = 2, 200
CLIENTS = 16
WARM_ANSWERS = 300
_PACED_S = 0.01


class Target(Struct, frozen=True):
    """One server as it is asked."""

    name: str
    server: Served
    stream: Request
    whole: Request


def ends() -> list[Figure]:
    """All of them."""
    with ExitStack() as stack:
        upstream = stack.enter_context(backend())
        through = stack.enter_context(passthrough(upstream))
        ours = stack.enter_context(gateway(upstream))
        ours.wait("/health/live")
        floor = Target("pass-through", through, chat(stream=True), chat(stream=True))
        targets = (
            floor,
            Target("openai_chat", ours, chat(stream=True), chat(stream=False)),
            Target("anthropic", ours, messages(stream=True), messages(stream=False)),
        )
        bench = _Bench(upstream, targets)
        bench.warm()
        return [*bench.costs(), *bench.concurrency(), *bench.first_event()]


class _Bench:
    def __init__(self, upstream: Served, targets: tuple[Target, ...]) -> None:
        self._upstream = upstream
        self._targets = targets

    def warm(self) -> None:
        """Let caches fill and connections open."""
        shape(self._upstream, chunks=FEW)
        for target in self._targets:
            for request in (target.stream, target.whole):
                drive(Job(target.server.port, request, CLIENTS, WARM_ANSWERS))

    def costs(self) -> Iterator[Figure]:
        """Processor time of a short stream, of each event more, and of a whole answer."""
        shape(self._upstream, chunks=FEW)
        fixed = self._rounds(lambda target: _cpu_us(target, target.stream, 300))
        whole = self._rounds(lambda target: _cpu_us(target, target.whole, 300))
        shape(self._upstream, chunks=MANY)
        long = self._rounds(lambda target: _cpu_us(target, target.stream, 80))
        event = {name: (long[name] - fixed[name]) / (MANY - FEW) for name in long}
        yield from self._figures("a short stream", "ms", {k: v / 1000 for k, v in fixed.items()}, 2.0)
        yield from self._figures("a whole answer", "ms", {k: v / 1000 for k, v in whole.items()}, 1.5)
        yield from self._figures("an event more", "us", event, 10.0)

    def concurrency(self) -> Iterator[Figure]:
        """How much slower 256 clients are served in all than one."""
        shape(self._upstream, chunks=FEW)
        slower = self._rounds(
            lambda target: _seconds(target, 256, 512) / 512 / (_seconds(target, 1, 100) / 100), 3
        )
        yield from self._figures("time per answer, 256 clients over 1", "x", slower, 1.0)

    def first_event(self) -> Iterator[Figure]:
        """From the backend's first byte to the client, while other streams are running."""
        shape(self._upstream, chunks=20, interval_s=_PACED_S, stamp="text")
        first = self._rounds(lambda target: _first_ms(target, 8, 80), 3)
        yield from self._figures("first event, median", "ms", first, 5.0)

    def _rounds(self, measure: Callable[[Target], float], rounds: int = ROUNDS) -> dict[str, float]:
        """The median per target. Every second round goes backwards, so that drift falls on all alike."""
        found: dict[str, list[float]] = {target.name: [] for target in self._targets}
        for number in range(rounds):
            for target in self._targets if number % 2 == 0 else reversed(self._targets):
                found[target.name].append(measure(target))
        return {name: median(values) for name, values in found.items()}

    def _figures(self, what: str, unit: str, found: dict[str, float], budget: float) -> Iterator[Figure]:
        floor, *ours = self._targets
        for target in ours:
            yield Figure(f"{what}, {target.name}", found[target.name], unit, budget, found[floor.name])


def _cpu_us(target: Target, request: Request, answers: int) -> float:
    before = target.server.cpu_us
    drive(Job(target.server.port, request, CLIENTS, answers))
    return (target.server.cpu_us - before) / answers


def _seconds(target: Target, clients: int, answers: int) -> float:
    return drive(Job(target.server.port, target.whole, clients, answers)).seconds


def _first_ms(target: Target, clients: int, answers: int) -> float:
    return median(drive(Job(target.server.port, target.stream, clients, answers)).first_ms)
