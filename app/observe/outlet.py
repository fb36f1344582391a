"""Where log lines leave the process: a thread of its own, so that a full pipe or a slow disk stops nobody.

Lines wait in a bounded queue; when it is full, or the stream is closed, they are dropped and counted.
"""

import io
import os
import threading
from collections import deque
from typing import TextIO

_WAITING = 10_000


class Outlet:
    """Writes lines to a stream, in order. `close` waits a little for what is left."""

    def __init__(self, stream: TextIO, *, waiting: int = _WAITING) -> None:
        self.dropped = 0
        self._stream = stream
        self._descriptor = _descriptor(stream)
        self._most = waiting
        self._lines: deque[str] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._is_writing = False
        self._thread = threading.Thread(target=self._run, name="log outlet", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Hand over a line without its end. Never waits for the stream."""
        with self._changed:
            if self._is_closing or len(self._lines) >= self._most:
                self.dropped += 1
                return
            self._lines.append(line)
            self._changed.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until every line is out. False when that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lines and not self._is_writing, timeout_s)

    def close(self, timeout_s: float = 1.0) -> None:
        """Write what waits, as far as the time goes, and end."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while lines := self._taken():
            try:
                self._write("".join(f"{line}\n" for line in lines))
            except (OSError, ValueError):  # ValueError: a closed stream object
                self.dropped += len(lines)
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()

    def _taken(self) -> list[str]:
        """Everything that waits; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._is_closing)
            lines = list(self._lines)
            self._lines.clear()
            self._is_writing = bool(lines)
            return lines

    def _write(self, text: str) -> None:
        # Past the stream object: its buffer's lock, held in a blocked thread, would abort the exit of Python.
        if self._descriptor is None:
            self._stream.write(text)
            self._stream.flush()
            return
        view = memoryview(text.encode("utf-8", "backslashreplace"))
        while view:
            view = view[os.write(self._descriptor, view) :]


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError, io.UnsupportedOperation):
        return None
