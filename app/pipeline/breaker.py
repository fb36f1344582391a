"""The breaker of the way out: when the route fails, requests are refused at once, and no account is toured.

Names, certificates, proxies and places fail for every account alike. After a few such failures in a row the
breaker opens for a while; then one request finds out. Never: an account, or a guess from an error's words.

attempt() passes; failed() x 5 opens it; check() raises until the time is up; then attempt() lets one pass,
and others only after its word: passed() closes the breaker, failed() opens it again.

Source: faults.md 1 rule 9, F001 to F005, F009, F018, F032.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import structlog

from app.clock import Clock
from app.errors import LocationRefused, UpstreamError, UpstreamUnreachable
from app.verdicts import FAIL

FAILURES = 5
OPEN_S = 30.0
BLOCKED_S = 300.0
PROBE_S = 10.0
"""A probe that has said nothing for so long does not keep the next one back."""

_log = structlog.get_logger(__name__)


class Fault(StrEnum):
    """What an error says about the way out."""

    NONE = "none"  # whoever answered can be reached
    UNKNOWN = "unknown"
    ROUTE = "route"
    PLACE = "place"
    ROBOTS = "robots"


class Breakers:
    """One breaker for each upstream."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}

    @property
    def are_open(self) -> bool:
        """Whether any way out is refused now."""
        return any(breaker.is_open for breaker in self._breakers.values())

    def of(self, upstream: str) -> "Breaker":
        """The breaker of an upstream's way out."""
        breaker = self._breakers.get(upstream)
        if breaker is None:
            breaker = self._breakers[upstream] = Breaker(self._clock)
        return breaker


class Breaker:
    """One way out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._places = 0
        self._error: UpstreamError | None = None
        self._openings = 0
        self._until = 0.0
        self._probe_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether requests are refused now, apart from probes."""
        return self._error is not None

    def check(self) -> None:
        """Raise the error that opened the breaker, with the seconds until it is worth trying again."""
        if self._error is not None:
            now = self._clock.monotonic()
            if now < (back_at := max(self._until, self._probe_until)):
                raise _again(self._error, back_at - now)

    @contextmanager
    def attempt(self) -> Iterator["Way"]:
        """One attempt. Entering raises what `check` raises; where it passes, others stay back for a while."""
        self.check()
        if self._error is not None:
            self._probe_until = self._clock.monotonic() + PROBE_S
        way = Way(self, self._openings)
        try:
            yield way
        finally:
            way.left()

    def hear(self, fault: "Fault", error: UpstreamError | None, openings: int) -> None:
        """How an attempt went that left after so many openings. An older one knows nothing of the last."""
        if openings != self._openings:
            return
        match fault:
            case Fault.NONE:
                self._close()
            case Fault.UNKNOWN:
                self._probe_until = 0.0
            case Fault.ROUTE:
                self._failures += 1
                if self._failures >= FAILURES or self.is_open:
                    self._open(error, OPEN_S)
            case Fault.PLACE:
                # Once may be the account's country; from a second one it is where this gateway stands.
                self._places += 1
                if self._places >= 2 or self.is_open:
                    self._open(error, BLOCKED_S)
            case Fault.ROBOTS:
                self._open(error, BLOCKED_S)

    def _close(self) -> None:
        if self._error is not None:
            _log.info("egress breaker closed")
        self._failures = self._places = 0
        self._error = None
        self._probe_until = 0.0

    def _open(self, error: UpstreamError | None, seconds: float) -> None:
        if self._error is None and error is not None:
            _log.warning("egress breaker opened", kind=error.kind, seconds=seconds)
        self._error = error
        self._openings += 1
        self._until = self._clock.monotonic() + seconds
        self._probe_until = 0.0


class Way:
    """The word of one attempt about the way out; only the first one counts."""

    __slots__ = ("_breaker", "_has_told", "_openings")

    def __init__(self, breaker: Breaker, openings: int) -> None:
        self._breaker = breaker
        self._openings = openings
        self._has_told = False

    def passed(self) -> None:
        """The upstream has answered."""
        self._tell(Fault.NONE, None)

    def failed(self, error: UpstreamError) -> None:
        """An attempt has failed; whether that is the way's fault is seen from the error."""
        self._tell(fault_of(error), error)

    def left(self) -> None:
        """It ended without a word: the next one may find out at once."""
        self._tell(Fault.UNKNOWN, None)

    def _tell(self, fault: "Fault", error: UpstreamError | None) -> None:
        if not self._has_told:
            self._has_told = True
            self._breaker.hear(fault, error, self._openings)


def fault_of(error: UpstreamError) -> Fault:
    """What an error says about the way out."""
    if isinstance(error, LocationRefused):
        return Fault.PLACE if error.verdict.switches else Fault.ROBOTS
    if isinstance(error, UpstreamUnreachable):
        return Fault.UNKNOWN if error.kind == "reset_before_headers" else Fault.ROUTE
    return Fault.NONE if error.upstream_status is not None else Fault.UNKNOWN


def _again(error: UpstreamError, seconds: float) -> UpstreamError:
    """The same error as a new exception that nobody should try again, with a hint when to come back."""
    return type(error)(
        error.message,
        kind=error.kind,
        verdict=FAIL,
        retry_after_s=max(1.0, seconds),
        upstream_status=error.upstream_status,
        detail=error.detail,
    )
