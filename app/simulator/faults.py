"""Fault rules: when something goes wrong (matcher), how often (quantity), and what (effect).

Only decides which rules hit an occasion; carrying effects out is the business of routes and `effects`.
Source: upstream.md 9.6.
"""

import math
from fnmatch import fnmatchcase
from random import Random
from typing import Literal

from msgspec import Struct, field

from app.simulator.errors import TEMPLATES

CutKind = Literal["end", "reset", "truncate"]
Scope = Literal["generate", "control", "token", "any"]

GENERATE_METHODS = ("streamGenerateContent", "generateContent")

CONNECTION_EFFECTS = frozenset({"refuse", "reset", "hang", "delay", "close_idle"})
ODD_EFFECTS = frozenset({"endless_error", "endless_line", "gzip_bomb", "bad_encoding", "broken_gzip"})
STREAM_EFFECTS = frozenset(
    {
        "empty",
        "no_parts",
        "thoughts_only",
        "no_finish",
        "no_usage",
        "late_usage",
        "placeholder_usage",
        "prompt_blocked",
        "finish",
        "stream_error",
        "cut",
        "stall",
        "garbage",
        "broken_event",
        "bad_utf8",
        "comment",
        "unknown_fields",
        "split_utf8",
        "crlf",
        "lf",
        "no_space",
        "joined",
        "drip",
        "leading_empty",
        "thoughts_after_call",
        "call_with_text",
        "calls_together",
        "repeated_call",
        "signature_only_chunk",
        "json_for_sse",
        "odd_usage",
        "text_after_finish",
        "cr",
    }
)
CONTROL_EFFECTS = {
    "load_no_project": "loadCodeAssist",
    "load_object_project": "loadCodeAssist",
    "load_ineligible": "loadCodeAssist",
    "onboard_pending": "onboardUser",
    "onboard_no_project": "onboardUser",
    "onboard_error": "onboardUser",
    "models_no_quota": "fetchAvailableModels",
    "models_no_fraction": "fetchAvailableModels",
}
TOKEN_EFFECTS = frozenset(
    {
        "token_revoked",
        "token_malformed",
        "token_rapt",
        "token_unauthorized_client",
        "token_invalid_client",
        "token_missing_secret",
        "token_429",
        "token_500_html",
        "token_object_error",
        "token_rotated",
        "token_no_refresh",
        "token_no_expiry",
        "token_odd_expiry",
        "token_no_access",
    }
)
EFFECTS = (
    frozenset(TEMPLATES)
    | CONNECTION_EFFECTS
    | ODD_EFFECTS
    | STREAM_EFFECTS
    | frozenset(CONTROL_EFFECTS)
    | TOKEN_EFFECTS
)


class Occasion(Struct, frozen=True, kw_only=True):
    """What is known of a request when rules are asked."""

    now: float
    host: str
    method: str
    account: str = ""
    email: str = ""
    project: str = ""
    model: str = ""
    family: str = ""
    group: str = ""
    request_type: str = ""
    text: str = ""
    is_stream: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Matcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which occasions are meant; what is None matches all. Names may be globs."""

    account: str | None = None
    project: str | None = None
    host: str | None = None
    method: str | None = None
    model: str | None = None
    family: str | None = None
    group: str | None = None
    request_type: str | None = None
    text: str | None = None
    stream: bool | None = None
    header: str | None = None
    after: float | None = None
    before: float | None = None
    nth: int | None = None
    every: int | None = None
    probability: float = 1.0

    def fits(self, occasion: Occasion) -> bool:
        """Whether the facts fit; counting and chance are left to the book."""
        named = (
            (self.project, occasion.project),
            (self.host, occasion.host),
            (self.method, occasion.method),
            (self.model, occasion.model),
            (self.family, occasion.family),
            (self.group, occasion.group),
            (self.request_type, occasion.request_type),
        )
        return (
            all(pattern is None or fnmatchcase(value, pattern) for pattern, value in named)
            and self._fits_account(occasion)
            and (self.text is None or self.text in occasion.text)
            and (self.stream is None or self.stream == occasion.is_stream)
            and self._fits_header(occasion)
            and (self.after or -math.inf) <= occasion.now < (self.before or math.inf)
        )

    def _fits_account(self, occasion: Occasion) -> bool:
        pattern = self.account
        return (
            pattern is None or fnmatchcase(occasion.account, pattern) or fnmatchcase(occasion.email, pattern)
        )

    def _fits_header(self, occasion: Occasion) -> bool:
        if self.header is None:
            return True
        name, _, value = self.header.partition(":")
        found = occasion.headers.get(name.strip().lower())
        return found is not None and value.strip() in found


class Fault(Matcher, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule. `effect` is one of `EFFECTS`; the lower half are details that some effects read.

    `times` ends the rule after so many hits, `until` at an instant, `per_second` with `burst` thins it out.
    """

    effect: str
    times: int | None = None
    until: float | None = None
    per_second: float | None = None
    burst: float = 1.0
    delay_s: float | None = None
    """Header delay, stall, gap between drips, or the wait that a 429 or 503 announces."""
    message: str | None = None
    """Message of an error or a finish; the JSON of `expires_in` for `token_odd_expiry`."""
    after_chunks: int | None = None
    after_bytes: int | None = None
    how: CutKind = "reset"
    reason: str | None = None
    """finishReason of `finish`, blockReason of `prompt_blocked`, template of `stream_error`."""
    under_response: bool = False
    wrapped: bool = False
    errors_member: bool = False
    truncated: bool = False
    gzip: bool | None = None
    count: int | None = None
    """Bytes in a piece of `drip`, megabytes of a bomb or an endless line, status of `endless_error`."""

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"There is no effect `{self.effect}`; there are: {', '.join(sorted(EFFECTS))}")

    @property
    def is_template(self) -> bool:
        """Whether the effect is an error answer."""
        return self.effect in TEMPLATES

    def applies_to(self, method: str) -> bool:
        """Whether the effect makes sense on a method when the rule names none."""
        if self.method is not None:
            return True
        if self.effect in CONTROL_EFFECTS:
            return method == CONTROL_EFFECTS[self.effect]
        if self.effect in TOKEN_EFFECTS:
            return method == "token"
        return method in GENERATE_METHODS


class _Tally(Struct):
    """What has happened to one rule so far."""

    matches: int = 0
    hits: int = 0
    level: float = 0.0
    seen: float | None = None


class FaultBook:
    """The rules in force, in order, with their counts."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._rules: dict[int, tuple[Fault, _Tally]] = {}
        self._next_id = 1

    def add(self, fault: Fault) -> int:
        """Put a rule at the end; the number names it for `remove`."""
        number = self._next_id
        self._next_id += 1
        self._rules[number] = (fault, _Tally(level=fault.burst))
        return number

    def remove(self, number: int) -> bool:
        """Take a rule away; false when it is not there."""
        return self._rules.pop(number, None) is not None

    def clear(self) -> None:
        """Take all rules away."""
        self._rules.clear()

    def rules(self) -> dict[int, Fault]:
        """The rules by number."""
        return {number: fault for number, (fault, _) in self._rules.items()}

    def hits(self, number: int) -> int:
        """How often a rule has struck."""
        return self._rules[number][1].hits

    def strike(self, occasion: Occasion) -> list[Fault]:
        """All rules that hit this occasion; counts them."""
        return [fault for fault, tally in self._rules.values() if self._strikes(fault, tally, occasion)]

    def _strikes(self, fault: Fault, tally: _Tally, occasion: Occasion) -> bool:
        if not (fault.applies_to(occasion.method) and fault.fits(occasion)):
            return False
        tally.matches += 1
        is_due = (
            (fault.nth is None or tally.matches == fault.nth)
            and (fault.every is None or tally.matches % fault.every == 0)
            and (fault.times is None or tally.hits < fault.times)
            and (fault.until is None or occasion.now < fault.until)
            and (fault.probability >= 1 or self._rng.random() < fault.probability)
            and _has_permit(fault, tally, occasion.now)
        )
        tally.hits += is_due
        return is_due


def _has_permit(fault: Fault, tally: _Tally, now: float) -> bool:
    if fault.per_second is None:
        return True
    elapsed = 0.0 if tally.seen is None else now - tally.seen
    tally.seen = now
    tally.level = min(fault.burst, tally.level + elapsed * fault.per_second)
    if tally.level < 1:
        return False
    tally.level -= 1
    return True
