"""Content parts to neutral parts: of people, of models, of tools.

Accepts what OpenAI has, the Responses spelling of it, and Anthropic's blocks. Source: openai.md 5.3.
Never: decoding or fetching.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from app.dialects.openai_chat import calls, files, images, values
from app.dialects.openai_chat.wire import PART, TEXT, Content, WirePart
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Part, ResultPart, Text, Thought, ToolCall, ToolResult
from app.wire import json as wire_json

_TEXT_TYPES: Final = ("text", "input_text", "output_text")
_IMAGE_TYPES: Final = ("image_url", "input_image")
_KNOWN: Final = "text, image_url, input_audio, file"


def read_content(content: Content, where: str) -> list[Part]:
    """The parts of a user or assistant message; none for empty content."""
    if content is None:
        return []
    if isinstance(content, str):
        return list(images.split_markdown(content, where))
    if isinstance(content, dict):
        raise _not_an_array(where)
    parts: list[Part] = []
    for index, sent in enumerate(content):
        parts.extend(_read(sent, f"{where}[{index}]"))
    return parts


def read_system(content: Content, where: str) -> str:
    """The text of a system message, its parts joined by line ends."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, dict):
        raise _not_an_array(where)
    return "\n".join(_system_text(sent, f"{where}[{index}]") for index, sent in enumerate(content))


def read_result(content: Content, where: str) -> tuple[ResultPart, ...]:
    """What a tool gave back: all its text first, as one part, then its files."""
    if content is None or isinstance(content, str):
        return (Text(content),) if content else ()
    if isinstance(content, dict):
        return (Text(wire_json.encode(content).decode()),)
    texts: list[str] = []
    others: list[ResultPart] = []
    for index, sent in enumerate(content):
        part = _result_part(sent, f"{where}[{index}]")
        if isinstance(part, Text):
            texts.append(part.text)
        else:
            others.append(part)
    return (Text("\n".join(texts)), *others) if any(texts) else tuple(others)


def read_images(sent: Sequence[Raw] | None, where: str) -> Iterator[Part]:
    """The `images` member of an assistant message."""
    for index, image in enumerate(sent or ()):
        yield from _read(image, f"{where}[{index}]")


def _read(sent: Raw, where: str) -> Iterable[Part]:
    part = _part(sent, where)
    kind = _kind(part)
    if kind in _TEXT_TYPES:
        text = part.text if isinstance(part.text, str) else values.text(part.text, f"{where}.text")
        return images.split_markdown(text or "", where)
    match kind:
        case "tool_use" | "tool_result":
            return (_block(part, where),)
        case "thinking" | "redacted_thinking" | "reasoning":
            return _thought(part, where)
        case "refusal":
            return _some_text(part.refusal, f"{where}.refusal")
        case None:
            at = f"{where}.type"
            raise BadRequest(f"`{at}` is missing.", where=at, reason="missing_required_parameter")
    media = _media(part, kind, where)
    if media is None:
        raise values.unknown(f"{where}.type", kind, _KNOWN)
    return (media,)


def _system_text(sent: Raw, where: str) -> str:
    part = _part(sent, where)
    if _kind(part) not in _TEXT_TYPES:
        raise values.unsupported(where, "A system message can hold text only.")
    return values.text(part.text, f"{where}.text") or ""


def _result_part(sent: Raw, where: str) -> ResultPart:
    """One part of a tool's output. What is not known is text all the same: its JSON."""
    part = _part(sent, where)
    kind = _kind(part)
    if kind in _TEXT_TYPES and isinstance(part.text, str):
        return Text(part.text)
    return _media(part, kind, where) or Text(bytes(sent).decode())


def _media(part: WirePart, kind: Any, where: str) -> Text | Blob | Link | None:
    if kind in _IMAGE_TYPES:
        return images.from_member(part.image_url, f"{where}.image_url")
    match kind:
        case "image":
            return images.from_source(part.source, f"{where}.source")
        case "input_audio":
            return files.read_audio(part.input_audio, f"{where}.input_audio")
        case "video_url":
            return files.read_video(part.video_url, f"{where}.video_url")
        case "file":
            return files.read_file(values.members(part.file, f"{where}.file"), f"{where}.file")
        case "input_file":
            return files.read_file(msgspec.structs.asdict(part), where)
        case _:
            return None


def _block(part: WirePart, where: str) -> ToolCall | ToolResult:
    """A call or result written as an Anthropic block."""
    if part.type == "tool_use":
        call_id, signature = calls.split_id(values.text(part.id, f"{where}.id") or "")
        name = values.name(part.name, f"{where}.name")
        return ToolCall(call_id, name, calls.read_arguments(part.input), signature)
    call_id, _ = calls.split_id(values.text(part.tool_use_id, f"{where}.tool_use_id") or "")
    failed = values.boolean(part.is_error, f"{where}.is_error") or False
    return ToolResult(call_id, "", read_result(part.content, f"{where}.content"), failed)


def _thought(part: WirePart, where: str) -> Iterator[Thought]:
    signature = values.text(part.signature, f"{where}.signature")
    text = values.text(part.thinking if part.type == "thinking" else part.text, where) or ""
    if text or signature:
        yield Thought(text, signature)


def _some_text(value: Any, where: str) -> Iterator[Text]:
    if found := values.text(value, where):
        yield Text(found)


def _kind(part: WirePart) -> Any:
    """The type; a part without one that has a text is text."""
    return part.type if part.type is not None or part.text is None else "text"


def _part(sent: Raw, where: str) -> WirePart:
    """A part; a bare string in the array counts as text."""
    try:
        return PART.decode(sent)
    except msgspec.ValidationError as exc:
        text = bytes(sent)
        if text.startswith(b'"'):
            return WirePart(type="text", text=TEXT.decode(text))
        raise BadRequest(f"`{where}` must be an object.", where=where, reason="invalid_type") from exc


def _not_an_array(where: str) -> BadRequest:
    return BadRequest(f"`{where}` must be a string or an array.", where=where, reason="invalid_type")
