"""Attached files, sound and film: text files become text, the rest travels as it came.

The only place of the dialect that decodes base64, and only for files that are text. Source: openai.md 5.3.
"""

import base64
import re
from mimetypes import MimeTypes
from typing import Any, Final

from msgspec.structs import replace

from app.dialects.openai_chat import images, values
from app.errors import BadRequest
from app.ir.parts import Blob, Link, Text
from app.wire import media

_AUDIO_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav"}
_TYPES: Final = MimeTypes(filenames=())
"""The names built into Python only, so that every machine agrees."""
_PLAIN_TYPES: Final = frozenset(
    {"application/json", "application/xml", "application/javascript", "application/x-sh", "application/sql"}
)
_PLAIN_NAME: Final = re.compile(
    r".*\.(?:bat|cc?|cfg|conf|cpp|cs|css|csv|dart|env|exs?|go|graphql|h|hpp|ini|java|jl|jsx?|json|jsonl|kt|log|"
    r"lua|m|markdown|md|mjs|php|pl|properties|proto|ps1|pyi?|r|rb|rs|rst|scala|sh|sql|svelte|swift|tex|tf|toml|"
    r"tsx?|tsv|txt|vue|xml|ya?ml|zig|zsh)",
    re.IGNORECASE,
)


def read_file(member: dict[str, Any], where: str) -> Text | Blob | Link:
    """A file given by content or address."""
    if values.present(member.get("file_id")) is not None:
        raise values.unsupported(
            f"{where}.file_id",
            "Stored files are not available here: send the content as `file_data`.",
            reason="unsupported_parameter",
        )
    if address := values.text(member.get("file_url"), f"{where}.file_url"):
        return images.from_address(address, f"{where}.file_url")
    filename = values.text(member.get("filename"), f"{where}.filename") or ""
    data = values.name(member.get("file_data"), f"{where}.file_data")
    blob = _blob(data, filename, f"{where}.file_data")
    return _as_text(blob, filename) if _is_text(blob.media_type, filename) else blob


def read_audio(value: Any, where: str) -> Blob:
    """Sound: base64 with the name of its format."""
    member = values.members(value, where)
    data = values.name(member.get("data"), f"{where}.data")
    form = values.text(member.get("format"), f"{where}.format") or "wav"
    return Blob(_AUDIO_TYPES.get(form.lower(), f"audio/{form.lower()}"), data, where=f"{where}.data")


def read_video(value: Any, where: str) -> Blob:
    """Film: a data URL only."""
    if isinstance(value, dict):
        value, where = value.get("url"), f"{where}.url"
    address = values.name(value, where)
    if not address[:5].lower() == "data:":
        raise values.unsupported(where, "A video must be a data URL.")
    return images.from_data_url(address, where)


def _blob(data: str, filename: str, where: str) -> Blob:
    if data[:5].lower() == "data:":
        blob = images.from_data_url(data, where)
        return replace(blob, media_type=blob.media_type or _type_of(filename), name=filename or None)
    return Blob(_type_of(filename), data, name=filename or None, where=where)


def _type_of(filename: str) -> str:
    return _TYPES.guess_type(filename)[0] or "application/octet-stream"


def _is_text(media_type: str, filename: str) -> bool:
    """A label that says something is trusted; else the end of the file's name decides."""
    plain = (
        media_type.startswith("text/") or media_type in _PLAIN_TYPES or media_type.endswith(("+json", "+xml"))
    )
    if media_type.startswith("image/"):
        return False
    return plain or (
        media_type in ("", "application/octet-stream", "video/mp2t")
        and _PLAIN_NAME.fullmatch(filename) is not None
    )


def _as_text(blob: Blob, filename: str) -> Text:
    try:
        content = base64.b64decode(media.standard_base64(blob.data))
    except media.NotBase64 as exc:
        raise BadRequest(
            f"`{blob.where}` is not valid base64.", where=blob.where, reason="invalid_base64"
        ) from exc
    return Text(f"{filename or 'file'}:\n{content.decode('utf-8', 'replace')}")
