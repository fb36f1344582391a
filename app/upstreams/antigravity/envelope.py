"""The envelope around an encoded prompt: put on as bytes for each attempt, so the prompt is encoded once.

Pure. Never: a look into the body it carries. Source: upstream.md 3.3 to 3.5.
"""

import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from app.upstreams.base import Call, Credential
from app.wire import json

_MASK_63_BITS: Final = 0x7FFF_FFFF_FFFF_FFFF
_PREFIX: Final = "agent-"


def wrap(call: Call, credential: Credential, request_id: str) -> bytes:
    """The whole body of one attempt.

    {"project":…,"requestId":…,"request":{…,"sessionId":…},"model":…,"userAgent":…,"requestType":…}
    """
    project = b"" if credential.project is None else b'"project":%b,' % json.string(credential.project)
    return b'{%b"requestId":%b,"request":%b,"model":%b,"userAgent":"antigravity","requestType":%b}' % (
        project,
        json.string(request_id),
        _with_session(call.encoded.body, session_id(call.session or request_id, credential.account)),
        json.string(call.profile.wire_id),
        json.string(call.encoded.request_type),
    )


def session_id(conversation: str, salt: str = "") -> str:
    """A negative 63-bit number that stays the same for one conversation on one account.

    The account is mixed in, so that what two accounts do cannot be told to be one conversation's.
    """
    salted = f"{salt}\n{conversation}" if salt else conversation
    number = int.from_bytes(sha256(salted.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return f"-{number & _MASK_63_BITS}"


def request_id(call: Call, new_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """The id of one attempt: the call's own where it has the upstream's form, else a fresh one."""
    return call.request_id if call.request_id.startswith(_PREFIX) else f"{_PREFIX}{new_uuid()}"


def _with_session(body: bytes, session: str) -> bytes:
    """`body` is a JSON object without white space at its end."""
    head = body[:-1]
    comma = b"" if head == b"{" else b","
    return b'%b%b"sessionId":"%b"}' % (head, comma, session.encode())
