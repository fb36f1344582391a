"""An error before anything was sent: status, headers and body in the client's dialect."""

import math
from collections.abc import Mapping

from app.dialects.base import Dialect
from app.errors import (
    ClientError,
    GatewayError,
    LimitReached,
    MethodNotAllowed,
    NoAccount,
    SlowBody,
    Unauthenticated,
)

_LONG_WAIT_S = 60


def error_headers(error: GatewayError, status: int) -> dict[str, str]:
    """Headers that go with an error, whatever the dialect. Source: openai.md 3, anthropic.md 2.3."""
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after_s)))
        headers["retry-after-ms"] = str(max(1, math.ceil(error.retry_after_s * 1000)))
    if not _is_worth_retrying(error, status):
        headers["x-should-retry"] = "false"
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.allow
    return headers


def error_reply(
    dialect: Dialect, error: GatewayError, request_id: str
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers without the length, and body."""
    status = dialect.status(error)
    headers = {"content-type": "application/json", **error_headers(error, status)}
    return status, headers, dialect.refuse(error, request_id)


def _is_worth_retrying(error: GatewayError, status: int) -> bool:
    if isinstance(error, ClientError) and not isinstance(error, LimitReached | SlowBody):
        return False
    if isinstance(error, NoAccount) or error.code == NoAccount.code:
        return False
    return status != 429 or (error.retry_after_s is not None and error.retry_after_s <= _LONG_WAIT_S)
