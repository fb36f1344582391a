"""Arguments of calls: what was added to a tool's schema is added to replayed calls and taken out of new ones.

Works on JSON text, so that numbers keep their spelling and members their order. Pure. Never: guessing types.
Source: tool-schemas.md 3.10, 6, 7 and 9.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import Raw

from app.upstreams.base import ToolBinding
from app.upstreams.gemini.declared import DeclaredSchema
from app.wire import json

_MEMBERS: Final = msgspec.json.Decoder(dict[str, Raw])
_ELEMENTS: Final = msgspec.json.Decoder(list[Raw])
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ZERO_FRACTION: Final = re.compile(rb"[0-9]\.0+(?![0-9eE])")
_WHOLE: Final = re.compile(rb"(-?[0-9]+)\.0+")


def compact(text: bytes) -> bytes:
    """JSON text without blanks, and without `\\u` escapes where a character can stand.

    Numbers keep their spelling. Raises DecodeError for what is no JSON, lone surrogates included.
    """
    tight = msgspec.json.format(text, indent=-1)
    return _STRING.sub(_plain_string, tight) if b"\\u" in tight else tight


def as_object(args: bytes) -> bytes:
    """The arguments as an object: text that holds an object is unpacked, other values go into `value`."""
    text = args.strip()
    if text.startswith(b"{"):
        return compact(text)
    if text in (b"", b"null"):
        return b"{}"
    if text.startswith(b'"'):
        inner = json.parse_or_none(text)
        if isinstance(inner, str) and json.object_or_none(inner) is not None:
            return compact(inner.strip().encode())
    return b'{"value":' + compact(text) + b"}"


def added(args: bytes, binding: ToolBinding | None) -> bytes:
    """The caller's arguments of a replayed call in the form that the sent schema asks for."""
    try:
        if not args.lstrip().startswith(b"{"):
            args = as_object(args)
        if binding is None or not (binding.placeholder or binding.wrapped or binding.renames):
            return args
        return _added(args, binding)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Lone halves of characters cannot be read; the upstream decides about such arguments.
        return args


def restored(args: bytes, binding: ToolBinding | None) -> bytes:
    """Arguments that a model gave, as the caller declared them. JSON text of an object, except for a tool
    whose schema is none: its bare value."""
    text = as_object(args)
    if binding is None:
        return text
    if binding.placeholder:
        members = _MEMBERS.decode(text)
        members.pop(binding.placeholder, None)
        text = json.encode(members)
    if binding.renames:
        text = _Renaming(binding, back=True).of(text, "")
    if binding.wrapped:
        inner = _MEMBERS.decode(text).get("value")
        text = text if inner is None else bytes(inner)
    return _by_declaration(text, binding.spec.schema)


def _added(args: bytes, binding: ToolBinding) -> bytes:
    if binding.wrapped and list(_MEMBERS.decode(args)) != ["value"]:
        args = b'{"value":' + args + b"}"
    if binding.renames:
        args = _Renaming(binding, back=False).of(args, "")
    if binding.placeholder:
        members = _MEMBERS.decode(args)
        members[binding.placeholder] = Raw(b"true")
        args = json.encode(members)
    return args


class _Renaming:
    """Renames properties wherever the binding says so. Paths consist of the caller's own names."""

    def __init__(self, binding: ToolBinding, *, back: bool) -> None:
        self._back = back
        self._names = {
            path: dict(pairs) if back else {own: wire for wire, own in pairs}
            for path, pairs in binding.renames
        }

    def of(self, text: bytes, path: str) -> bytes:
        if not any(known == path or known.startswith(path + "/") for known in self._names):
            return text
        if text.startswith(b"["):
            return json.encode([Raw(self.of(bytes(one), path + "/*")) for one in _ELEMENTS.decode(text)])
        if not text.startswith(b"{"):
            return text
        names = self._names.get(path, {})
        members: dict[str, Raw] = {}
        for name, value in _MEMBERS.decode(text).items():
            other = names.get(name, name)
            own = other if self._back else name
            members[other] = Raw(self.of(bytes(value), f"{path}/{step(own)}"))
        return json.encode(members)


def step(name: str) -> str:
    """A property's name as a step of a path."""
    return name.replace("~", "~0").replace("/", "~1")


def _by_declaration(text: bytes, schema: bytes) -> bytes:
    """Nulls and zero fractions as the caller's own schema has them. Source: tool-schemas.md 9."""
    may_want_null = b"null" in schema
    has_fraction = _ZERO_FRACTION.search(text) is not None
    if not schema or not (b"null" in text or may_want_null or has_fraction):
        return text
    declared = DeclaredSchema(schema)
    if text.startswith(b"{"):
        text = _nulls(text, declared)
    return _integers(text, declared, declared.root) if has_fraction else text


def _nulls(text: bytes, declared: DeclaredSchema) -> bytes:
    members, properties = _MEMBERS.decode(text), declared.properties(declared.root)
    kept = {
        name: value
        for name, value in members.items()
        if bytes(value) != b"null" or name not in properties or declared.allows_null(properties[name])
    }
    for name in declared.required(declared.root):
        if name not in members and name in properties and _says_null(declared, properties[name]):
            kept[name] = Raw(b"null")
    return text if kept == members else json.encode(kept)


def _says_null(declared: DeclaredSchema, node: Any) -> bool:
    """A schema without any type allows null as well, but does not ask for it."""
    return node not in (True, {}) and declared.allows_null(node) and b"null" in json.encode(node).lower()


def _integers(text: bytes, declared: DeclaredSchema, node: Any) -> bytes:
    if not _ZERO_FRACTION.search(text):
        return text
    if text.startswith(b"{"):
        properties = declared.properties(node)
        members = _MEMBERS.decode(text)
        return json.encode(
            {
                name: Raw(_integers(bytes(value), declared, properties[name]))
                if name in properties
                else value
                for name, value in members.items()
            }
        )
    if text.startswith(b"["):
        items = declared.items(node)
        return json.encode([Raw(_integers(bytes(one), declared, items)) for one in _ELEMENTS.decode(text)])
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole and declared.is_integer(node) else text


def _plain_string(found: re.Match[bytes]) -> bytes:
    text = found.group()
    return json.encode(msgspec.json.decode(text)) if b"\\u" in text else text
