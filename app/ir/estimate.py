"""How many tokens a prompt has, without asking anybody.

Deterministic and monotone: more text, parts, turns or tools never count less.
Source: anthropic.md 18. Never: an upstream, a model's tokenizer.
"""

import binascii
import re
from typing import Final, assert_never

import msgspec

from app.ir.parts import Blob, Link, Opaque, Part, Text, Thought, ToolCall, ToolResult
from app.ir.pixels import pixels_of
from app.ir.prompt import Prompt, ToolSpec

_PER_TURN: Final = 4
_PER_TOOL: Final = 8
_UNKNOWN_FILE: Final = 1000
_PDF_PAGE: Final = 1500
_PIXELS_PER_TOKEN: Final = 750
_IMAGE_RANGE: Final = (85, 1600)
_LEAST_RESULT: Final = 16
"""A result counts at least as much as what history repair puts in where it is missing."""

_PAGE: Final = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_DATA_URL: Final = re.compile(r"data:[^,]*,", re.IGNORECASE)
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_HEAD_CHARACTERS: Final = 256 * 1024


def estimate(prompt: Prompt) -> int:
    """Prompt tokens, at least 1. Thoughts of the history count nothing."""
    parts = sum(_part(part) for turn in prompt.turns for part in turn.parts)
    tools = sum(_tool(tool) for tool in prompt.tools)
    system = sum(map(text_tokens, prompt.system))
    search = _PER_TOOL if prompt.search is not None else 0
    return max(1, system + parts + _PER_TURN * len(prompt.turns) + tools + search)


def text_tokens(text: str) -> int:
    """ASCII: one token for four characters; wide scripts: one each; the rest: one for two. Rounded up.

    Wide is what takes three bytes or more in UTF-8: East Asian and Indic scripts, symbols, emoji. Lengths of
    encodings tell how many there are, much faster than looking at each character.
    """
    if text.isascii():
        return (len(text) + 3) // 4
    plain = len(text.encode("ascii", "ignore"))
    four_bytes = len(text.encode("utf-16-le")) // 2 - len(text)
    others = len(text) - plain - four_bytes
    three_bytes = len(text.encode()) - plain - 4 * four_bytes - 2 * others
    wide = three_bytes + four_bytes
    return (plain + 2 * (others - three_bytes) + 4 * wide + 3) // 4


def _part(part: Part) -> int:
    match part:
        case Text(text=text):
            return text_tokens(text)
        case Thought():
            return 0
        case Blob():
            return _file(part)
        case Link():
            return _UNKNOWN_FILE
        case ToolCall(name=name, args=args):
            return text_tokens(name) + _json(args)
        case ToolResult(parts=parts):
            return max(_LEAST_RESULT, sum(map(_part, parts)))
        case Opaque(raw=raw):
            return _json(raw)
        case _:
            assert_never(part)


def _tool(tool: ToolSpec) -> int:
    return _PER_TOOL + text_tokens(tool.name) + text_tokens(tool.description) + _json(tool.schema)


def _json(raw: bytes) -> int:
    """Tokens of JSON text without the white space between its marks."""
    try:
        compact = msgspec.json.format(raw, indent=-1) if raw else raw
    except msgspec.DecodeError:
        compact = raw
    return text_tokens(compact.decode("utf-8", "replace"))


def _file(blob: Blob) -> int:
    if blob.media_type == "application/pdf":
        pages = len(_PAGE.findall(_decoded(blob.data)))
        return _PDF_PAGE * max(1, pages)
    size = pixels_of(_decoded(blob.data[:_HEAD_CHARACTERS]))
    if size is None:
        return _UNKNOWN_FILE
    least, most = _IMAGE_RANGE
    return min(most, max(least, -(-size.width * size.height // _PIXELS_PER_TOKEN)))


def _decoded(data: str) -> bytes:
    """Bytes of base64 in any spelling, as far as it can be read; data is as the caller sent it."""
    found = _DATA_URL.match(data)
    raw = data[found.end() if found else 0 :].encode("ascii", "ignore").translate(_URL_SAFE, b"= \t\r\n")
    whole = len(raw) - len(raw) % 4
    tail = raw[whole:] + b"=" * (4 - len(raw) % 4) if len(raw) % 4 > 1 else b""
    try:
        return binascii.a2b_base64(raw[:whole] + tail)
    except binascii.Error:
        return b""
