"""The format of plays: what a client said, what the upstream was asked, what it said, what the client got.

    # what this shows
    >> client POST /v1/messages
       {"model": ...}

    << upstream gemini-3-pro
       {"contents": ...}

    >> upstream 200
       data: {...}

    << client 200
       event: message_start
       ...

`>>` comes from outside, `<<` is what the gateway made of it. Text below a line, indented by three blanks,
belongs to it. A body of the upstream may end with `(cut)`: the connection broke there. A recording is
written in this format, and a test is read from it. Pure.
"""

import re
from typing import Final

from msgspec import Struct

CUT: Final = "(cut)"

_HEAD: Final = re.compile(r"^(?P<way>>>|<<) (?P<who>client|upstream) ?(?P<rest>.*)$")
_INDENT: Final = "   "


class Line(Struct):
    """One `>>` or `<<` with what belongs to it."""

    way: str
    who: str
    rest: str
    text: list[str]

    @property
    def body(self) -> str:
        """The indented text."""
        return "\n".join(self.text)


class Script(Struct):
    """A whole play. Comments stand above it."""

    comments: list[str]
    lines: list[Line]


def read(text: str) -> Script:
    """The play that `text` is. Raises ValueError with the line that cannot be read."""
    comments: list[str] = []
    lines: list[Line] = []
    for raw in text.splitlines():
        if found := _HEAD.match(raw):
            lines.append(Line(found["way"], found["who"], found["rest"], []))
        elif raw.startswith("#"):
            comments.append(raw)
        elif lines and raw.startswith(_INDENT):
            lines[-1].text.append(raw[len(_INDENT) :])
        elif raw.strip():
            raise ValueError(f"cannot read {raw!r}")
        elif lines:
            lines[-1].text.append("")
    for line in lines:
        while line.text and not line.text[-1]:
            line.text.pop()
    return Script(comments, lines)


def spell(script: Script) -> str:
    """The text of a play; `read` gives the same play again."""
    out = [*script.comments, ""]
    for line in script.lines:
        out.append(f"{line.way} {line.who} {line.rest}".rstrip())
        out.extend(f"{_INDENT}{text}".rstrip() for text in line.text)
        out.append("")
    return "\n".join(out).rstrip() + "\n"
