"""One flow as a play: what was heard while it ran, and the text that is made of it. Without secrets.

Pure. Files and images in prompts and answers give way to their size and hash.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from app.dialects.failures import error_reply
from app.errors import StreamCut, UpstreamError
from app.flow import Attempt, Flow
from app.observe.redaction import Redactor
from app.wire.play import CUT, Line, Script

_FILES: Final = (
    re.compile(r"(?P<before>data:[\w.+-]+/[\w.+-]+;base64,)(?P<data>[A-Za-z0-9+/=_-]{65,})"),
    re.compile(r'(?P<before>"(?:data|b64_json|file_data)": ?")(?P<data>[A-Za-z0-9+/=_-]{65,})'),
)
"""Base64 after a data URL's head, or as the value of a member that holds files in every API."""


class Ear(Struct):
    """What was heard of one flow. `upstream` has the bytes of each attempt by its number."""

    asked: bytes = b""
    upstream: dict[int, bytearray] = field(default_factory=dict)
    answered: bytearray = field(default_factory=bytearray)


def play_of(flow: Flow, ear: Ear, redactor: Redactor, at: str) -> Script:
    """The flow as a play; `at` is when it happened, for people."""
    comments = [f"# recorded {at}: {flow.outcome}, {flow.dialect.name}, request {flow.id}"]
    lines = [_client_asks(flow, ear), *_attempts(flow, ear), _client_hears(flow, ear)]
    for line in lines:
        line.text = [_clean(text, redactor) for text in line.text]
    return Script(comments, lines)


def _client_asks(flow: Flow, ear: Ear) -> Line:
    path = flow.endpoint.path.replace("{id}", flow.params.path_id)
    return Line(">>", "client", f"{flow.endpoint.method} {path}", _pretty(ear.asked))


def _attempts(flow: Flow, ear: Ear) -> Iterator[Line]:
    for attempt in flow.attempts:
        call = attempt.call
        kind = "" if call.encoded.request_type == "agent" else f" {call.encoded.request_type}"
        yield Line("<<", "upstream", f"{call.profile.wire_id}{kind}", _pretty(call.encoded.body))
        yield _upstream_says(attempt, bytes(ear.upstream.get(attempt.number, b"")))


def _upstream_says(attempt: Attempt, heard: bytes) -> Line:
    error = attempt.error
    if isinstance(error, UpstreamError) and error.upstream_status not in (None, 200) and not heard:
        return Line(">>", "upstream", str(error.upstream_status), _pretty(error.raw))
    text = heard.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
    lines = text.split("\n") if text else []
    return Line(">>", "upstream", "200", [*lines, CUT] if isinstance(error, StreamCut) else lines)


def _client_hears(flow: Flow, ear: Ear) -> Line:
    if flow.error is not None and not flow.outbox.committed:
        status, headers, body = error_reply(flow.dialect, flow.error, flow.id)
        told = [f"{name}={value}" for name, value in headers.items() if name.startswith(("retry", "x-"))]
        return Line("<<", "client", " ".join([str(status), *told]), _pretty(body))
    notes = ",".join(dict.fromkeys(note.word for note in flow.notes))
    body = bytes(ear.answered)
    text = body.decode("utf-8", "replace").rstrip("\n").split("\n") if flow.streams else _pretty(body)
    return Line("<<", "client", f"200 notes={notes}" if notes else "200", text)


def _pretty(body: bytes) -> list[str]:
    """JSON as people read it; anything else as it is."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace").splitlines()
    return json.dumps(value, indent=1, ensure_ascii=False).splitlines()


def _clean(text: str, redactor: Redactor) -> str:
    for pattern in _FILES:
        text = pattern.sub(_measured, text)
    return redactor.whole(text)


def _measured(found: re.Match[str]) -> str:
    data = found["data"]
    digest = hashlib.sha256(data.encode()).hexdigest()[:16]
    return f"{found['before']}({len(data) * 3 // 4} bytes, sha256 {digest})"
