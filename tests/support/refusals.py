"""Refusals as the backend renders them, and what they are read as."""

import json
from typing import Any

from app.errors import UpstreamError
from app.upstreams.gemini.faults import read_fault

NOW = 1_776_676_000.0


INFO = "type.googleapis.com/google.rpc.ErrorInfo"


RETRY = "type.googleapis.com/google.rpc.RetryInfo"


HELP = "type.googleapis.com/google.rpc.Help"


def info(reason: str, **metadata: str) -> dict[str, Any]:
    return {"@type": INFO, "reason": reason, "domain": "cloudcode-pa.googleapis.com", "metadata": metadata}


def body(code: int, message: str, status: str = "", *details: Any) -> bytes:
    """Rendered as the backend does: two blanks, `>` escaped, a newline at the end."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return (json.dumps({"error": error}, indent=2).replace(">", "\\u003e") + "\n").encode()


def fault(code: int, message: str, status: str = "", *details: Any, **headers: str) -> UpstreamError:
    error = read_fault(code, headers, body(code, message, status, *details), NOW)
    assert isinstance(error, UpstreamError)
    return error


def claude(message: str) -> bytes:
    inner = {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": message},
        "request_id": "req_vrtx_011CYiBK5uLAKyWtwdYmsgQa",
    }
    return body(400, json.dumps(inner, separators=(",", ":")), "INVALID_ARGUMENT")
