"""Body bytes in any split to the JSON documents in them: events of a stream, or one whole JSON body.

Never: a look into the documents. Source: upstream.md 6.1, faults.md F033, F034, F058.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from app.wire.sse import EventTooLarge, SseDecoder

MAX_DOCUMENT_BYTES: Final = 32 * 1024 * 1024
"""Room for an image of 20 MB in base64."""

MAX_BODY_BYTES: Final = 256 * 1024 * 1024
"""All documents of one body together: far beyond any answer, near enough to end a body that never ends."""

_HEAD_BYTES: Final = 1_024
_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Framing:
    """Tells by the first visible byte whether the body is a stream of events or plain JSON.

    feed(b"da") feed(b"ta: 1\\n\\n") -> [b"1"] ; feed(b"[1,") feed(b"2]") finish() -> [b"1", b"2"]

    `head` keeps the first bytes until a document has come, for bodies that turn out to be neither.
    """

    def __init__(self) -> None:
        self.head = b""
        self._events = SseDecoder(MAX_DOCUMENT_BYTES)
        self._whole = bytearray()
        self._feed: Callable[[bytes], list[bytes]] = self._first
        self._is_json = False
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Documents that `data` completes. Raises EventTooLarge."""
        self._size += len(data)
        if self._size > MAX_BODY_BYTES:
            raise EventTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
        return self._feed(data)

    def finish(self) -> list[bytes]:
        """What is left when the body ends, whole or not."""
        if not self._is_json:
            return self._events.finish()
        whole = bytes(self._whole).strip(_BLANKS)
        if whole.startswith(b"["):
            try:
                return [bytes(element) for element in _ELEMENTS.decode(whole)]
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # The reader of the documents finds out what is wrong with it.
        return [whole] if whole else []

    def _first(self, data: bytes) -> list[bytes]:
        visible = (bytes(self._whole) + data).lstrip(_BLANKS)
        if not visible or (_BOM.startswith(visible) and len(visible) < len(_BOM)):
            self._whole = bytearray(visible)  # blanks are not kept: there may be no end of them
            return []
        visible = visible.removeprefix(_BOM)
        self._whole = bytearray()
        self._is_json = visible.startswith((b"{", b"["))
        self._feed = self._json if self._is_json else self._event_before_the_first
        return self._feed(visible)

    def _json(self, data: bytes) -> list[bytes]:
        self._whole += data
        if len(self._whole) > MAX_DOCUMENT_BYTES:
            raise EventTooLarge(f"the body is larger than {MAX_DOCUMENT_BYTES} bytes")
        return []

    def _event_before_the_first(self, data: bytes) -> list[bytes]:
        if len(self.head) < _HEAD_BYTES:
            self.head += data[: _HEAD_BYTES - len(self.head)]
        events = self._events.feed(data)
        if events:
            self._feed = self._events.feed
        return events
