"""Histories as every model accepts them: calls and results matched, roles alternating, parts in order.

`pair` mends what clients get wrong, before anything else looks at the turns; `arrange` puts the mended turns
into the order that goes on the wire. Both are pure and idempotent, and neither loses visible text.
Source: anthropic.md 10, openai.md 5.2. Never: signatures, models, names on the wire.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from app.ir.parts import Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Role, Turn

Said = tuple[Role, Part]

PLACEHOLDER: Final = "\u200b"
"""Text that says nothing and is not blank, for a turn that must exist."""

_LEGAL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEAD: Final = re.compile(r"\n|\||::")


class Wording(Struct, frozen=True):
    """Sentences that repair puts in where a history has a hole.

    `no_result` answers a call that was never answered. `stray` introduces a result without its call; it may
    name `{tool}`. `opening` is the user's where a model speaks first.
    """

    no_result: str = "No result was returned for this call."
    stray: str = "[tool result {tool}]"
    opening: str = "Continue."


PLAIN: Final = Wording()


def pair(turns: tuple[Turn, ...], wording: Wording = PLAIN) -> tuple[Turn, ...]:
    """`turns` in which every model turn with calls is followed by a user turn that begins with their results.

    One result for each call, in the order of the calls, under the call's name; ids legal and unique. Late
    results move up, missing ones are made up, stray ones become text, second ones are dropped. Neighbours of
    one role are merged and empty turns vanish.
    """
    if _is_sound(turns):
        return turns
    said = [(_voice(turn.role, part), part) for turn in turns for part in turn.parts if not _is_empty(part)]
    if any(isinstance(part, ToolCall | ToolResult) for _, part in said):
        said = _answered(_runs(said), wording)
    if said and said[0][0] == "model":
        said.insert(0, ("user", Text(wording.opening)))
    return tuple(_runs(said))


def arrange(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """`turns` without blank text and empty turns, roles alternating from a user's, parts in wire order.

    Model: thoughts, then text and files, then calls. User: results in the order of the calls before them,
    then the rest. Gives one user turn with a placeholder where nothing is left.
    """
    runs = _runs((turn.role, part) for turn in turns for part in turn.parts if not _is_blank(part))
    if not runs or runs[0].role == "model":
        runs.insert(0, Turn("user", (Text(PLACEHOLDER),)))
    arranged: list[Turn] = []
    order: dict[str, int] = {}
    for turn in runs:
        if turn.role == "model":
            arranged.append(Turn("model", tuple(sorted(turn.parts, key=_model_rank))))
            calls = (part.id for part in turn.parts if isinstance(part, ToolCall))
            order = {call_id: place for place, call_id in enumerate(calls)}
        else:
            arranged.append(Turn("user", _results_first(turn.parts, order)))
    return tuple(arranged)


def _is_sound(turns: tuple[Turn, ...]) -> bool:
    """Whether there is nothing to mend, which is the rule; cheaper by far than mending."""
    taken: set[str] = set()
    asked: list[ToolCall] = []
    for place, turn in enumerate(turns):
        if turn.role != ("model" if place % 2 else "user") or not turn.parts:
            return False
        calls = _sound_calls(turn, asked)
        if calls is None:
            return False
        for call in calls:
            if call.id in taken or not _LEGAL_ID.fullmatch(call.id):
                return False
            taken.add(call.id)
        asked = calls
    return not asked


def _sound_calls(turn: Turn, asked: list[ToolCall]) -> list[ToolCall] | None:
    """The calls of a turn that begins with the results of `asked`; None where it is not in order."""
    calls: list[ToolCall] = []
    answered = 0
    for part in turn.parts:
        if isinstance(part, Text):
            if not part.text and part.signature is None:
                return None
        elif isinstance(part, ToolCall):
            calls.append(part)
        elif isinstance(part, ToolResult):
            if answered == len(asked) or not _answers(turn.parts[answered], asked[answered]):
                return None
            answered += 1
    if answered != len(asked) or (calls and turn.role == "user"):
        return None
    return calls


def _answers(part: Part, call: ToolCall) -> bool:
    return isinstance(part, ToolResult) and part.call_id == call.id and part.name == call.name


def _voice(role: Role, part: Part) -> Role:
    """Whose part it is: calls are always the model's, results always the user's."""
    if isinstance(part, ToolCall):
        return "model"
    return "user" if isinstance(part, ToolResult) else role


def _runs(said: Iterable[Said]) -> list[Turn]:
    return [Turn(role, tuple(part for _, part in run)) for role, run in groupby(said, key=itemgetter(0))]


def _answered(runs: list[Turn], wording: Wording) -> list[Said]:
    ledger = _Ledger()
    rest: list[list[Part]] = []
    for place, turn in enumerate(runs):
        if turn.role == "model":
            ledger.take_calls(place, turn.parts)
            rest.append([])
        else:
            rest.append([kept for part in turn.parts for kept in ledger.take(part, wording)])
    said: list[Said] = []
    for place, turn in enumerate(runs):
        if turn.role == "model":
            calls = iter(ledger.calls_at(place))
            said += (
                ("model", next(calls).call if isinstance(part, ToolCall) else part) for part in turn.parts
            )
            said += (("user", asked.result(wording)) for asked in ledger.calls_at(place))
        else:
            said += (("user", part) for part in rest[place])
    return said


class _Asked:
    """A call under its final id, and the result that was found for it."""

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.found: ToolResult | None = None

    def result(self, wording: Wording) -> ToolResult:
        if self.found is None:
            return ToolResult(self.call.id, self.call.name, (Text(wording.no_result),), failed=True)
        return replace(self.found, call_id=self.call.id, name=self.call.name or self.found.name)


class _Ledger:
    """Which call every result belongs to.

    take_calls(0, [call a]) take(result a) -> nothing; take(result b) -> text; take(result a) -> dropped
    """

    def __init__(self) -> None:
        self._at: dict[int, list[_Asked]] = {}
        self._by_id: dict[str, list[_Asked]] = {}
        self._taken: set[str] = set()
        self._count = 0

    def take_calls(self, place: int, parts: Iterable[Part]) -> None:
        """Note the calls of one model turn. A later turn's call hides an earlier one of the same id."""
        calls = [part for part in parts if isinstance(part, ToolCall)]
        for call_id in {call.id for call in calls}:
            self._by_id[call_id] = []
        self._at[place] = [self._asked(call) for call in calls]

    def take(self, part: Part, wording: Wording) -> Iterator[Part]:
        """Note a result with its call; give back what stays where it stands."""
        if not isinstance(part, ToolResult):
            yield part
            return
        asked = self._by_id.get(part.call_id)
        if asked is None:
            yield from _as_text(part, wording)
        elif (unanswered := next((one for one in asked if one.found is None), None)) is not None:
            unanswered.found = part

    def calls_at(self, place: int) -> list[_Asked]:
        """The calls of one model turn, in order."""
        return self._at[place]

    def _asked(self, call: ToolCall) -> _Asked:
        self._count += 1
        final = self._final_id(call.id)
        self._taken.add(final)
        asked = _Asked(call if final == call.id else replace(call, id=final, origin=_origin(call.id)))
        self._by_id[call.id].append(asked)
        return asked

    def _final_id(self, call_id: str) -> str:
        """The id itself where it is legal and new; else one that depends on the history before it only."""
        if _LEGAL_ID.fullmatch(call_id) and call_id not in self._taken:
            return call_id
        seed = call_id or f"\n{self._count}"
        final = _digest_id(seed)
        while final in self._taken:
            seed += "\n"
            final = _digest_id(seed)
        return final


def _origin(call_id: str) -> str | None:
    """The part of an illegal id that the upstream may have given. Source: openai.md 5.2."""
    return None if _LEGAL_ID.fullmatch(call_id) else _HEAD.split(call_id, maxsplit=1)[0] or None


def _digest_id(seed: str) -> str:
    return "call_" + sha256(seed.encode()).hexdigest()[:24]


def _as_text(result: ToolResult, wording: Wording) -> Iterator[Part]:
    introduction = wording.stray.format(tool=result.name or result.call_id or "?")
    texts = (part.text for part in result.parts if isinstance(part, Text))
    yield Text("\n".join((introduction, *texts)))
    yield from (part for part in result.parts if not isinstance(part, Text))


def _is_empty(part: Part) -> bool:
    return isinstance(part, Text) and not part.text and part.signature is None


def _is_blank(part: Part) -> bool:
    return isinstance(part, Text) and part.signature is None and not part.text.strip()


def _model_rank(part: Part) -> int:
    if isinstance(part, Thought):
        return 0
    return 2 if isinstance(part, ToolCall) else 1


def _results_first(parts: tuple[Part, ...], order: dict[str, int]) -> tuple[Part, ...]:
    results = [part for part in parts if isinstance(part, ToolResult)]
    if not results:
        return parts
    results.sort(key=lambda result: order.get(result.call_id, len(order)))
    return (*results, *(part for part in parts if not isinstance(part, ToolResult)))
