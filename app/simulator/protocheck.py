"""Proto-JSON: does a body fit its message type, and what is it in canonical spelling?

Reports every violation with the path that the backend would name: snake_case, list positions as `[i]`, map
entries as `name[i].value`. Knows nothing of what the fields mean. Source: upstream.md 5.1, 7.2 b.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping

from app.simulator.messages import (
    CASELESS_ENUMS,
    ENUMS,
    LENIENT_SCHEMA_FIELDS,
    MESSAGES,
    TYPE_NAMES,
    TYPE_PACKAGE,
)
from app.simulator.render import Json

Violation = tuple[str, str]

_CAPITAL = re.compile(r"[A-Z]")
_INT_RANGE = {"int32": 2**31, "int64": 2**63}
_SCHEMA_TYPES = frozenset({"Schema", "ResponseSchema"})


def check(
    body: Mapping[str, Json], message: str, *, lenient_schema: bool = False
) -> tuple[dict[str, Json], list[Violation]]:
    """The body in camelCase with canonical scalars, and all violations as (field, description) pairs."""
    checker = _Checker(lenient_schema=lenient_schema)
    return checker.message(body, message, ""), checker.violations


def snake_case(name: str) -> str:
    """`maxOutputTokens` as the paths of errors write it."""
    return _CAPITAL.sub(lambda match: "_" + match.group().lower(), name)


class _Checker:
    """One walk over one body."""

    def __init__(self, *, lenient_schema: bool) -> None:
        self.violations: list[Violation] = []
        self._lenient = lenient_schema

    def message(self, value: Mapping[str, Json], message: str, path: str) -> dict[str, Json]:
        fields = self._fields(message)
        spelled: dict[str, Json] = {}
        for name, member in value.items():
            canonical = self._canonical(name, fields)
            if canonical is None:
                self._unknown(name, path, "Cannot find field.")
            elif canonical in spelled:
                self._unknown(name, path, "Proto field has already been set.")
            elif member is not None:
                where = f"{path}.{snake_case(canonical)}" if path else snake_case(canonical)
                spelled[canonical] = self._field(member, fields[canonical], where, name, path)
        return spelled

    def _fields(self, message: str) -> Mapping[str, str]:
        fields = MESSAGES[message]
        if self._lenient and message in _SCHEMA_TYPES:
            return {**fields, **LENIENT_SCHEMA_FIELDS}
        return fields

    @staticmethod
    def _canonical(name: str, fields: Mapping[str, str]) -> str | None:
        if name in fields:
            return name
        head, *rest = name.split("_")
        camel = head + "".join(word[:1].upper() + word[1:] for word in rest)
        return camel if camel in fields and name == snake_case(camel) else None

    def _field(self, value: Json, kind: str, where: str, name: str, parent: str) -> Json:
        if kind.startswith("[]"):
            if not isinstance(value, list):
                return self._invalid(where, kind[2:], value)
            return [self._one(item, kind[2:], f"{where}[{index}]") for index, item in enumerate(value)]
        if kind.startswith("{}"):
            if not isinstance(value, dict):
                return self._invalid(where, kind[2:], value)
            return {
                key: self._one(item, kind[2:], f"{where}[{index}].value")
                for index, (key, item) in enumerate(value.items())
            }
        if isinstance(value, list) and kind != "any":
            self._unknown(name, parent, "Proto field is not repeating, cannot start list.")
            return None
        return self._one(value, kind, where)

    def _one(self, value: Json, kind: str, where: str) -> Json:
        if kind == "any":
            return value
        if kind == "object" or kind in MESSAGES:
            if not isinstance(value, dict):
                return self._invalid(where, kind, value)
            return value if kind == "object" else self.message(value, kind, where)
        found = _enum(value, kind[5:]) if kind.startswith("enum:") else _scalar(value, kind)
        return self._invalid(where, kind, value) if found is None else found

    def _unknown(self, name: str, path: str, problem: str) -> None:
        at = f" at '{path}'" if path else ""
        self.violations.append((path, f'Invalid JSON payload received. Unknown name "{name}"{at}: {problem}'))

    def _invalid(self, where: str, kind: str, value: Json) -> Json:
        """Report a value that its type does not take; stands for the value as null."""
        shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self.violations.append((where, f"Invalid value at '{where}' ({_type_name(kind)}), {shown}"))
        return None


def _type_name(kind: str) -> str:
    if kind.startswith("enum:") or kind in MESSAGES:
        name = kind.removeprefix("enum:")
        return TYPE_NAMES.get(name, TYPE_PACKAGE + name)
    if kind == "object":
        return "type.googleapis.com/google.protobuf.Struct"
    return f"TYPE_{kind.upper()}"


def _enum(value: Json, name: str) -> Json:
    known = ENUMS[name]
    if not isinstance(value, str):
        return None
    spelled = value.upper() if name in CASELESS_ENUMS else value
    # The spelling is kept: Claude minds the case of type names, which a later check has to see.
    return value if spelled in known else None


def _scalar(value: Json, kind: str) -> Json:
    if kind == "string":
        return value if isinstance(value, str) else None
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if kind == "bytes":
        return value if isinstance(value, str) and _is_base64(value) else None
    number = _number(value)
    if number is None:
        return None
    if kind == "double":
        return number
    limit = _INT_RANGE[kind]
    return int(number) if number == int(number) and -limit <= number < limit else None


def _number(value: Json) -> float | int | None:
    # Proto-JSON takes numbers as strings too, which is how it writes 64-bit integers.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_base64(text: str) -> bool:
    # Both alphabets are read, padding may be missing. The sentinels of signatures pass as well: they are URL-
    # safe.
    squeezed = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(squeezed + "=" * (-len(squeezed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
