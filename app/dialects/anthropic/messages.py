"""Messages and system text to turns.

Source: anthropic.md 4, 7.5, 10.1. Never: pairing of calls and results, which is `app.ir.history`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from app.dialects.anthropic.blocks import parts_of
from app.dialects.anthropic.findings import Findings
from app.dialects.anthropic.wire import WireBlock, WireMessage, read_blocks, refusal, text_of
from app.ir.history import PLACEHOLDER, Wording
from app.ir.parts import Part, Text, Thought, ToolCall
from app.ir.prompt import Role, Turn

WORDING: Final = Wording(
    no_result="Tool call was interrupted; no result is available.",
    stray="[output of an unknown tool call: {tool}]",
    opening=PLACEHOLDER,
)
"""How history repair speaks to clients of this dialect. Source: anthropic.md 10."""

_BILLING: Final = "x-anthropic-billing-header:"
_REMINDER: Final = "<system-reminder>"
_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "model", "system": "user"}


def system_texts(system: str | Sequence[WireBlock | str] | None) -> tuple[str, ...]:
    """System text, one piece per block, without blank ones and the client's attribution line."""
    if isinstance(system, str):
        is_billing = system.startswith(_BILLING) and "\n" not in system.strip()
        return (system,) if system.strip() and not is_billing else ()
    texts = [_system_text(block, f"system.{place}") for place, block in enumerate(system or ())]
    return tuple(text for text in texts if text.strip() and not text.startswith(_BILLING))


def turns_of(messages: Sequence[WireMessage], findings: Findings) -> tuple[Turn, ...]:
    """One turn per message, more where a system block stands inside an assistant's message."""
    turns: list[Turn] = []
    for place, message in enumerate(messages):
        where = f"messages.{place}"
        if message.role not in _ROLES:
            raise refusal(f"{where}.role", "a role is one of user, assistant, system")
        turns += _turns(message, where, findings)
    return tuple(turns)


def split_prefill(messages: Sequence[WireMessage]) -> tuple[Sequence[WireMessage], str]:
    """The messages without trailing assistant text, and that text. A message with a call is no prefill."""
    end = len(messages)
    while end and messages[end - 1].role == "assistant" and not _has_call(messages[end - 1]):
        end -= 1
    texts = (text for message in messages[end:] for text in _texts(_blocks(message)))
    return messages[:end], "".join(texts).rstrip()


def prefill_instruction(prefill: str) -> str:
    """What asks the model to continue the caller's beginning of the answer."""
    return (
        "Begin your reply with exactly the following text, character by character, and continue right after"
        f" it. Put nothing before it:\n{prefill}"
    )


def _turns(message: WireMessage, where: str, findings: Findings) -> Iterable[Turn]:
    if isinstance(message.content, str):
        texts = [message.content]
        part = _reminder(texts) if message.role == "system" else _plain(texts)
        return (Turn(_ROLES[message.role], part),)
    if message.role == "system":
        return (_system_turn(message.content, where, findings),)
    return _spoken(message.content, _ROLES[message.role], where, findings)


def _spoken(blocks: list[WireBlock | str], role: Role, where: str, findings: Findings) -> Iterable[Turn]:
    turns: list[Turn] = []
    parts: list[Part] = []
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        if isinstance(block, WireBlock) and block.type == "mid_conv_system":
            turns += (Turn(role, tuple(parts)), Turn("user", _reminder(_inner_texts(block))))
            parts = []
            continue
        for part in parts_of(block, f"{where}.content.{place}", findings):
            if isinstance(part, Thought) and role == "user":
                continue
            if isinstance(part, ToolCall) and part.id:
                if part.id in seen:
                    continue
                seen.add(part.id)
            parts.append(part)
    return (*turns, Turn(role, tuple(parts)))


def _system_turn(blocks: list[WireBlock | str], where: str, findings: Findings) -> Turn:
    others: list[Part] = []
    for place, block in enumerate(blocks):
        if isinstance(block, WireBlock) and block.type not in ("text", "mid_conv_system"):
            others += parts_of(block, f"{where}.content.{place}", findings)
    return Turn("user", (*_reminder(_texts(blocks)), *others))


def _texts(blocks: Iterable[WireBlock | str]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            texts.append(block)
        elif block.type == "mid_conv_system":
            texts += _inner_texts(block)
        elif block.type == "text":
            texts.append(text_of(block.text))
    return texts


def _inner_texts(block: WireBlock) -> list[str]:
    return _texts(read_blocks(block.content) or ()) or [text_of(block.text)]


def _reminder(texts: Iterable[str]) -> tuple[Part, ...]:
    said = "\n".join(text for text in texts if text.strip() and not text.startswith(_BILLING))
    return (Text(f"{_REMINDER}\n{said}\n</system-reminder>"),) if said else ()


def _plain(texts: Iterable[str]) -> tuple[Part, ...]:
    return tuple(Text(text) for text in texts if text.strip())


def _system_text(block: WireBlock | str, where: str) -> str:
    if isinstance(block, str):
        return block
    if block.type != "text":
        raise refusal(f"{where}.type", "system holds text blocks only")
    if not isinstance(block.text, str):
        raise refusal(f"{where}.text", "a text block needs a string `text`", "invalid_type")
    return block.text


def _blocks(message: WireMessage) -> Sequence[WireBlock | str]:
    return (message.content,) if isinstance(message.content, str) else message.content


def _has_call(message: WireMessage) -> bool:
    return any(isinstance(block, WireBlock) and block.type == "tool_use" for block in _blocks(message))
