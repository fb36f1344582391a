"""Which thoughts and signatures of a history the model will accept: the decision tables.

Pure but for what the memory counts as use. Turns in, turns out; what does not change stays the same object.
Source: anthropic.md 9.3-9.6 (tables T1-T6), openai.md 6.
Never: deciding whether the request may think at all, or remembering anything.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, assert_never

import msgspec
from msgspec import Struct, structs

from app.catalog.profile import Family
from app.ir.parts import Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn
from app.signatures import SENTINEL, Entry, Origin, Recall, wrap_public


class ReplayRules(Struct, frozen=True):
    """How far one client API is believed.

    `whole_history`: a call without its thought counts wherever it is, not just in the open tool loop.
    `trusts_strangers`: signatures that the memory does not know are passed to Claude.
    `keeps_gemini_thoughts`: known Gemini thoughts are sent back.
    """

    whole_history: bool = True
    trusts_strangers: bool = True
    keeps_gemini_thoughts: bool = True


REPLAY: Final = {
    "anthropic": ReplayRules(),
    "openai_chat": ReplayRules(whole_history=False, trusts_strangers=False, keeps_gemini_thoughts=False),
    "openai_responses": ReplayRules(whole_history=False, trusts_strangers=False, keeps_gemini_thoughts=False),
}
_DEFAULT_REPLAY: Final = ReplayRules(trusts_strangers=False)


class Cleaned(Struct, frozen=True):
    """`violations` are the ids of calls whose thought is lost: the model would refuse to think on."""

    turns: tuple[Turn, ...]
    violations: tuple[str, ...] = ()


def replay_rules(dialect: str) -> ReplayRules:
    """The rules of a client API."""
    return REPLAY.get(dialect, _DEFAULT_REPLAY)


def clean(turns: tuple[Turn, ...], recall: Recall, rules: ReplayRules, *, thinking: bool) -> Cleaned:
    """`turns` as the family that `recall` reads for accepts them."""
    match recall.mine.family:
        case "claude":
            return _clean_claude(turns, recall, rules) if thinking else Cleaned(strip(turns))
        case "gemini":
            keeps = thinking and rules.keeps_gemini_thoughts
            return Cleaned(_each_model_turn(turns, lambda turn: _gemini_parts(turn, recall, keeps=keeps)))
        case "gpt_oss":
            return Cleaned(strip(turns))
        case _ as never:
            assert_never(never)


def strip(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """`turns` without any thought or signature."""
    return tuple(
        _with_parts(turn, (_unsigned(p) for p in turn.parts if type(p) is not Thought)) for turn in turns
    )


def message_digest(text: str, calls: Mapping[str, str]) -> str:
    """What identifies a model's message by its visible content; `calls` are call digests by id.

    Empty for a message without visible content.
    """
    whole = "\n".join((text.strip(), *(f"{call_id} {digest}" for call_id, digest in calls.items())))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest() if whole else ""


def call_digest(name: str, args: bytes) -> str:
    """What identifies a call apart from its id, whatever the order and spacing of its arguments."""
    # What is not JSON is identified by its bytes.
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        args = msgspec.json.encode(_PLAIN.decode(args), order="sorted")
    return hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"\0" + args).hexdigest()[:32]


def _clean_claude(turns: tuple[Turn, ...], recall: Recall, rules: ReplayRules) -> Cleaned:
    counted_from = 0 if rules.whole_history else _start_of_loop(turns)
    violations: list[str] = []
    out: list[Turn] = []
    for index, turn in enumerate(turns):
        if turn.role == "user":
            out.append(_without_thoughts(turn))
            continue
        parts, lost = _claude_parts(turn, recall, rules)
        out.append(_with_parts(turn, parts))
        if index >= counted_from:
            violations.extend(lost)
    return Cleaned(tuple(out), tuple(violations))


def _claude_parts(turn: Turn, recall: Recall, rules: ReplayRules) -> tuple[list[Part], list[str]]:
    """The turn's parts with its thoughts in front, and the ids of its calls if their thought is lost."""
    thoughts: list[Part] = []
    rest: list[Part] = []
    calls: list[str] = []
    known: list[Entry] = []
    for part in turn.parts:
        if isinstance(part, Thought):
            if kept := _resolved(part, recall, rules):
                thoughts.append(kept)
        elif isinstance(part, ToolCall):
            calls.append(part.id)
            if entry := _remembered(part, recall):
                known.append(entry)
            rest.append(_signed_call(part, entry, recall, rules))
        else:
            rest.append(_unsigned(part))
    if thoughts:
        return thoughts + rest, []
    known = known or _by_message(turn, recall)
    thoughts.extend(_signed_thoughts(known))
    is_lost = calls and not thoughts and not (known and all(entry.no_thinking for entry in known))
    return thoughts + rest, calls if is_lost else []


def _resolved(thought: Thought, recall: Recall, rules: ReplayRules) -> Thought | None:
    signature = _presented(thought.signature, "claude")
    has_text = bool(thought.text.strip())
    origin = recall.origin(signature) if signature else None
    if origin is not None:
        text = thought.text if has_text else origin.text
        return _thought(thought, text, origin.exact) if origin.family == "claude" and text.strip() else None
    if not has_text:
        return None
    if signature and not thought.redacted and rules.trusts_strangers:
        return _thought(thought, thought.text, wrap_public(signature))
    if not signature and (minted := recall.thought(thought.text)):
        return _thought(thought, thought.text, minted)
    return None


def _by_message(turn: Turn, recall: Recall) -> list[Entry]:
    text = "".join(part.text for part in turn.parts if isinstance(part, Text))
    calls = {part.id: call_digest(part.name, part.args) for part in turn.parts if isinstance(part, ToolCall)}
    digest = message_digest(text, calls)
    entry = recall.message(digest) if digest else None
    return [entry] if entry else []


def _signed_thoughts(entries: Sequence[Entry]) -> list[Thought]:
    distinct = dict.fromkeys(entry.signed for entry in entries)
    return [Thought(thought.text, thought.signature) for signed in distinct for thought in signed]


def _signed_call(call: ToolCall, entry: Entry | None, recall: Recall, rules: ReplayRules) -> ToolCall:
    signature = entry.call_signature if entry else None
    if signature is None and (presented := _presented(call.signature, "claude")):
        origin = recall.origin(presented)
        if origin is not None:
            signature = origin.exact if origin.family == "claude" else None
        elif rules.trusts_strangers:
            signature = wrap_public(presented)
    return call if signature == call.signature else structs.replace(call, signature=signature)


def _gemini_parts(turn: Turn, recall: Recall, *, keeps: bool) -> Iterable[Part]:
    for part in turn.parts:
        match part:
            case Thought():
                if keeps and (kept := _gemini_thought(part, recall)):
                    yield kept
            case ToolCall():
                signature = _gemini_call_signature(part, recall)
                yield part if signature == part.signature else structs.replace(part, signature=signature)
            case Text(signature=str()):
                origin = _known_gemini(part.signature, recall)
                exact = origin.exact if origin else None
                yield part if exact == part.signature else structs.replace(part, signature=exact)
            case _:
                yield part


def _gemini_thought(thought: Thought, recall: Recall) -> Thought | None:
    signature = thought.signature or (recall.thought(thought.text) if thought.text else None)
    origin = _known_gemini(signature, recall)
    if origin is None or origin.place != "thought" or not thought.text:
        return None
    return _thought(thought, thought.text, origin.exact)


def _gemini_call_signature(call: ToolCall, recall: Recall) -> str | None:
    entry = _remembered(call, recall)
    # Gemini's ids are short and may come again in another conversation: the call itself must be the same.
    if entry and entry.call_signature and entry.call == call_digest(call.name, call.args):
        return entry.call_signature
    origin = _known_gemini(call.signature, recall)
    return origin.exact if origin else None


def _remembered(call: ToolCall, recall: Recall) -> Entry | None:
    """The call's entry, by the id that it was delivered under."""
    return recall.call(call.origin or call.id)


def _known_gemini(signature: str | None, recall: Recall) -> Origin | None:
    presented = _presented(signature, "gemini")
    origin = recall.origin(presented) if presented else None
    return origin if origin is not None and origin.family == "gemini" else None


def _presented(signature: str | None, family: Family) -> str | None:
    """What a client gave as signature, for a target of `family`; None where it is none."""
    signature = (signature or "").strip()
    if not signature or signature == SENTINEL:
        return None
    owner, mark, rest = signature.partition("#")
    if not mark or owner not in ("claude", "gemini"):
        return signature
    return rest if owner == family and rest else None


def _start_of_loop(turns: Sequence[Turn]) -> int:
    """Index of the first turn after the last user turn that brings no tool result."""
    for index in range(len(turns) - 1, -1, -1):
        turn = turns[index]
        if turn.role == "user" and not any(isinstance(part, ToolResult) for part in turn.parts):
            return index + 1
    return 0


def _each_model_turn(turns: tuple[Turn, ...], parts_of: Callable[[Turn], Iterable[Part]]) -> tuple[Turn, ...]:
    return tuple(
        _with_parts(turn, parts_of(turn)) if turn.role == "model" else _without_thoughts(turn)
        for turn in turns
    )


def _without_thoughts(turn: Turn) -> Turn:
    for part in turn.parts:
        if type(part) is Thought:
            return Turn(turn.role, tuple(part for part in turn.parts if type(part) is not Thought))
    return turn


def _with_parts(turn: Turn, parts: Iterable[Part]) -> Turn:
    made = tuple(parts)
    # Equal is good enough: most parts are the very same objects, for which comparing costs nothing.
    return turn if made == turn.parts else Turn(turn.role, made)


def _thought(thought: Thought, text: str, signature: str) -> Thought:
    same = not thought.redacted and thought.text == text and thought.signature == signature
    return thought if same else Thought(text, signature)


def _unsigned(part: Part) -> Part:
    if isinstance(part, Text | ToolCall) and part.signature is not None:
        return structs.replace(part, signature=None)
    return part


_PLAIN: Final = msgspec.json.Decoder()
