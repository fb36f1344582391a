"""Holds each key to its terms and its allowance: when and from where, tokens a day and a month, requests and
tokens a minute.

Counters are in memory and start from the books, so that a request asks no database. Several gateways on
one database count each for itself until they start anew. Models and expiry of keys are looked at where
keys are found and requests admitted. Never: counts what a request used anywhere but in memory.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final, Protocol

from app.addons.spending import Counters, Request, Spending, day_began, month_began
from app.allowance import UNBOUND, Terms
from app.clock import Clock
from app.errors import Forbidden, LimitReached
from app.flow import Flow
from app.hooks.additions import Loader
from app.hooks.spec import Addon
from app.hooks.stage import Proceed
from app.ids import KeyId
from app.ir.estimate import estimate
from app.networks import address_of
from app.store.usage import Dimension, UsageSum

_BY_KEY: Final[tuple[Dimension, ...]] = ("key",)


class History(Protocol):
    """What the books know of earlier use."""

    async def between(
        self, since_minute: int, until_minute: int, by: Sequence[Dimension] = ()
    ) -> tuple[UsageSum, ...]:
        """Sums over some minutes of the epoch, the last one not included."""
        ...


class SpendGuard(Addon):
    """Listens on `caller_known`, and brings the stage `spend`, behind `admit`."""

    name = "spend_guard"

    def __init__(self, history: History, clock: Clock) -> None:
        self._history = history
        self._clock = clock
        self._spending = Spending()

    def load(self, loader: Loader) -> None:
        """Add the stage."""
        loader.add_stage(Spend(self._spending, self._clock), after="admit")

    async def caller_known(self, flow: Flow) -> None:
        """Refuse a key that has expired, is paused, or comes from elsewhere. Raises Forbidden."""
        terms = flow.known_caller.terms
        if terms != UNBOUND and (broken := _broken(terms, flow.peer, self._clock.now())):
            raise Forbidden(broken)

    def counters(self, key: KeyId) -> Counters:
        """What a key has used up to now, for people."""
        return self._spending.counters(key, self._clock.now())

    async def running(self) -> None:
        """Start from what the books say of this day and this month."""
        now = self._clock.now()
        end = int(now // 60) + 1
        today = await self._history.between(int(day_began(now) // 60), end, _BY_KEY)
        by_key = {used.key: _tokens(used) for used in today}
        for used in await self._history.between(int(month_began(now) // 60), end, _BY_KEY):
            self._spending.restore(
                KeyId(used.key), now, day_tokens=by_key.get(used.key, 0), month_tokens=_tokens(used)
            )


class Spend:
    """Refuses what is over the key's allowance, and counts the rest."""

    name: ClassVar[str] = "spend"

    def __init__(self, spending: Spending, clock: Clock) -> None:
        self._spending = spending
        self._clock = clock

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        if flow.endpoint.operation != "generate":
            await proceed(flow)
            return
        request = self._admit(flow)
        try:
            await proceed(flow)
        finally:
            self._spending.settle(flow.known_caller.key_id, request, flow.usage.total, self._clock.now())

    def _admit(self, flow: Flow) -> Request:
        """What is held back for the request. Raises LimitReached."""
        caller, now = flow.known_caller, self._clock.now()
        request = _request(flow) if caller.allowance.counts_tokens else Request()
        refusal = self._spending.refusal(caller.key_id, caller.allowance, request, now)
        if refusal is not None:
            raise LimitReached(refusal.text, retry_after_s=refusal.retry_after_s)
        self._spending.ask(caller.key_id, request, now)
        return request


def _request(flow: Flow) -> Request:
    prompt = estimate(flow.asked)
    return Request(prompt, prompt + (flow.asked.sampling.max_tokens or 0))


def _broken(terms: Terms, peer: str, now: float) -> str | None:
    """Which of its terms a key is used against, in a sentence; None when it may be used now."""
    if terms.expires_at is not None and now >= terms.expires_at:
        at = datetime.fromtimestamp(terms.expires_at, UTC)
        return f"This API key has expired on {at:%Y-%m-%d at %H:%M} UTC. Ask for a new one."
    if terms.paused:
        return "This API key is paused. Ask whoever gave it to you."
    if terms.networks is not None and not terms.networks.has(address_of(peer)):
        return "This API key may not be used from this address."
    return None


def _tokens(used: UsageSum) -> int:
    return used.prompt_tokens + used.output_tokens
