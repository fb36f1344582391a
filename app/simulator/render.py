"""JSON as the backend writes it: stream chunks on one line, everything else pretty-printed.

Source: upstream.md 6.1 (chunks) and 7.1 (errors); the error form is confirmed by captured byte counts.
"""

import json
from collections.abc import Mapping

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_CHUNK_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&='"}
_PRETTY_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>"}


def chunk_json(value: Mapping[str, Json]) -> str:
    """One line, a blank after each colon, none after commas; the five HTML-sensitive marks escaped."""
    # The escaped marks have no meaning in JSON outside of strings, so that the whole text can be translated.
    return json.dumps(value, separators=(",", ": "), ensure_ascii=False).translate(_CHUNK_ESCAPES)


def pretty_json(value: object) -> bytes:
    """Two blanks of indent and one trailing newline."""
    return (json.dumps(value, indent=2, ensure_ascii=False).translate(_PRETTY_ESCAPES) + "\n").encode()


def compact_json(value: object) -> str:
    """Without any blanks: error documents that travel inside of a message."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
