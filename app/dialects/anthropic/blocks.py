"""One content block to neutral parts, by a table of block types.

Source: anthropic.md 5. Never: roles, neighbours or the order of blocks.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Raw

from app.dialects.anthropic import sources
from app.dialects.anthropic.findings import Findings
from app.dialects.anthropic.wire import WireBlock, kind_of, read_blocks, refusal, text_of
from app.ir.parts import Blob, Link, Part, ResultPart, Text, Thought, ToolCall, ToolResult
from app.wire import json

_Reader = Callable[[WireBlock, str, Findings], Iterable[Part]]


def parts_of(block: WireBlock | str, where: str, findings: Findings) -> Iterable[Part]:
    """What a block of a message says. `where` is its path; blank text says nothing."""
    if isinstance(block, str):
        return _visible(block)
    if block.type == "text":
        if not isinstance(block.text, str):
            raise refusal(f"{where}.text", "a text block needs a string `text`", "invalid_type")
        return _visible(block.text)
    return _READERS.get(block.type, _unknown)(block, where, findings)


def arguments(raw: Raw) -> bytes:
    """A call's input as JSON text of an object. Source: anthropic.md 5.3."""
    kind, text = kind_of(raw), bytes(raw)
    if kind == "object":
        return text
    if kind in ("", "null"):
        return b"{}"
    if kind == "string" and json.object_or_none(inner := str(json.parse_or_none(text))) is not None:
        return inner.encode()
    return b'{"value":' + text + b"}"


def _visible(text: str) -> Iterable[Part]:
    return () if not text or text.isspace() else (Text(text),)


def _unknown(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    findings.note("blocks-dropped")
    return _visible(text_of(block.text))


def _thinking(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    thinking, signature = block.thinking, text_of(block.signature)
    if isinstance(thinking, dict):
        signature = text_of(thinking.get("signature")) or signature
        thinking = thinking.get("thinking") or thinking.get("text")
    return (Thought(text_of(thinking), signature or None),)


def _redacted(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    return (Thought("", text_of(block.signature) or None, redacted=True),)


def _tool_use(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    name = text_of(block.name)
    if not name:
        raise refusal(f"{where}.name", "a tool_use block needs a `name`", "missing_required_parameter")
    call_id = text_of(block.id)
    findings.called.add(name)
    findings.names[call_id] = name
    signature = text_of(block.thought_signature) or text_of(block.signature)
    return (ToolCall(call_id, name, arguments(block.input), signature or None),)


def _tool_result(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    inner = read_blocks(block.content)
    parts: list[ResultPart] = []
    if inner is None:
        parts.append(Text(bytes(block.content).decode()))
    else:
        for place, piece in enumerate(inner):
            parts += _result_parts(piece, f"{where}.content.{place}", findings)
    call_id = text_of(block.tool_use_id)
    return (ToolResult(call_id, findings.names.get(call_id, ""), tuple(parts), block.is_error is True),)


def _result_parts(block: WireBlock | str, where: str, findings: Findings) -> Iterable[ResultPart]:
    """A tool's output is never refused: the caller could not mend it."""
    if isinstance(block, str):
        return (Text(block),) if block else ()
    if block.type == "text":
        return (Text(text),) if (text := text_of(block.text)) else ()
    if block.type in ("image", "document"):
        return sources.in_result(block, where)
    parts = _READERS.get(block.type, _unknown)(block, where, findings)
    return [part for part in parts if isinstance(part, Text | Blob | Link)]


def _image(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    return sources.image(block, where)


def _document(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    return sources.document(block, where)


def _search_result(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    source = text_of(json.parse_or_none(bytes(block.source)))
    texts = (
        piece if isinstance(piece, str) else text_of(piece.text) for piece in read_blocks(block.content) or ()
    )
    return _visible("\n".join(line for line in (text_of(block.title), source, *texts) if line))


def _server_tool_use(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    query = json.object_or_none(bytes(block.input)) or {}
    if block.name != "web_search" or not text_of(query.get("query")):
        return _unknown(block, where, findings)
    return (Text(f"[web search: {query['query']}]"),)


def _web_search_result(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    found = json.parse_or_none(bytes(block.content))
    if isinstance(found, dict):
        return (Text(f"[web search failed: {text_of(found.get('error_code')) or 'unavailable'}]"),)
    pages = [page for page in found if isinstance(page, dict)] if isinstance(found, list) else []
    lines = [f"{text_of(page.get('title'))} — {text_of(page.get('url'))}" for page in pages]
    return _visible("\n".join(lines))


def _compaction(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    content = json.parse_or_none(bytes(block.content))
    return _visible(content) if isinstance(content, str) else _unknown(block, where, findings)


def _tool_reference(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    name = text_of(block.tool_name) or text_of(block.name)
    findings.load(name)
    return _visible(f"Tool loaded: {name}") if name else ()


def _tool_addition(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    findings.load(_tool_named(block))
    return ()


def _tool_removal(block: WireBlock, where: str, findings: Findings) -> Iterable[Part]:
    findings.unload(_tool_named(block))
    return ()


def _tool_named(block: WireBlock) -> str:
    tool = block.tool
    if isinstance(tool, dict):
        return text_of(tool.get("name")) or text_of(tool.get("tool_name"))
    return text_of(tool) or text_of(block.tool_name)


_READERS: Final[dict[str, _Reader]] = {
    "image": _image,
    "document": _document,
    "search_result": _search_result,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "server_tool_use": _server_tool_use,
    "web_search_tool_result": _web_search_result,
    "compaction": _compaction,
    "tool_reference": _tool_reference,
    "tool_addition": _tool_addition,
    "tool_removal": _tool_removal,
}
