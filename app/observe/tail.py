"""The newest lines of the log in memory, for whoever may read them from afar.

Lines come here after secrets were taken out of them. Bounded: the oldest gives way. Threads of libraries log
as well, so that nothing here may need more than one step. Never: a line that the log itself does not get.
"""

from collections import deque
from itertools import count
from typing import Final

from msgspec import Struct

KEPT: Final = 2000

_RANKS: Final = {"debug": 0, "info": 1, "warning": 2, "error": 3}


class LogLine(Struct, frozen=True):
    """One line. `number` grows with each; `text` is the line as it went out."""

    number: int
    level: str
    text: str


class LogTail:
    """Keeps the last lines."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lines: deque[LogLine] = deque(maxlen=kept)
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, level: str, text: str) -> None:
        """Keep a line."""
        self._lines.append(LogLine(next(self._numbers), level, text))

    def newest(
        self, *, after: int = 0, level: str = "debug", text: str = "", limit: int = KEPT
    ) -> tuple[LogLine, ...]:
        """The newest lines behind number `after`, oldest first: so severe at least, and with that text."""
        least, wanted = _RANKS.get(level, 0), text.casefold()
        found = [
            line
            for line in self._lines.copy()
            if line.number > after and _RANKS.get(line.level, 0) >= least and wanted in line.text.casefold()
        ]
        return tuple(found[-limit:])
