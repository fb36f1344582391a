"""Errors in OpenAI's words: status, type, code, and the object around them.

One row per kind of error; the row of the nearest base class counts. Source: openai.md 4, faults.md 2.
Never: anything about accounts beyond the error's own message.
"""

import math
from typing import Final

from msgspec import Struct

from app import errors
from app.errors import GatewayError
from app.wire import json as wire_json

LONGEST_SHORT_WAIT_S: Final = 15 * 60
"""A longer or unknown wait is a used-up quota for clients: they stop instead of trying again."""

_REQUEST: Final = "invalid_request_error"
_RATE: Final = "rate_limit_error"
_SERVER: Final = "server_error"
_QUOTA: Final = "insufficient_quota"


class Row(Struct, frozen=True):
    """What one kind of error becomes. An empty `code` means the error's own."""

    status: int
    type: str
    code: str = ""


class ErrorObject(Struct, frozen=True):
    """What stands under `error`: all four members, always."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(Struct, frozen=True):
    """The body of an error reply, and of the last event of a broken stream."""

    error: ErrorObject


ROWS: Final[dict[type[GatewayError], Row]] = {
    errors.GatewayError: Row(500, _SERVER, "internal_error"),
    errors.InternalError: Row(500, _SERVER),
    errors.AddonFailure: Row(500, _SERVER),
    errors.ShuttingDown: Row(503, _SERVER, "overloaded"),
    errors.Overloaded: Row(503, _SERVER),
    errors.StoreUnavailable: Row(503, _SERVER),
    errors.ClientError: Row(400, _REQUEST),
    errors.BadRequest: Row(400, _REQUEST),
    errors.ContextTooLong: Row(400, _REQUEST),
    errors.Unauthenticated: Row(401, _REQUEST),
    errors.Forbidden: Row(403, "permission_error"),
    errors.NotFound: Row(404, _REQUEST, "unknown_url"),
    errors.UnknownModel: Row(404, _REQUEST),
    errors.MethodNotAllowed: Row(405, _REQUEST),
    errors.ClientLeft: Row(499, _REQUEST),
    errors.SlowBody: Row(408, _REQUEST),
    errors.TooLarge: Row(413, _REQUEST),
    errors.UnsupportedEncoding: Row(415, _REQUEST),
    errors.LimitReached: Row(429, _RATE),
    errors.PoolError: Row(503, _SERVER, "no_available_account"),
    errors.NoAccount: Row(503, _SERVER),
    errors.PoolExhausted: Row(429, _RATE, "rate_limit_exceeded"),
    errors.PoolBusy: Row(429, _RATE, "rate_limit_exceeded"),
    errors.UpstreamError: Row(503, _SERVER),
    errors.CredentialRejected: Row(503, _SERVER),
    errors.AccountRefused: Row(503, _SERVER),
    errors.LocationRefused: Row(502, _SERVER),
    errors.QuotaExhausted: Row(429, _RATE, "rate_limit_exceeded"),
    errors.RateLimited: Row(429, _RATE, "rate_limit_exceeded"),
    errors.UpstreamBusy: Row(503, _SERVER, "upstream_unavailable"),
    errors.UpstreamRefused: Row(400, _REQUEST),
    errors.ThoughtRejected: Row(400, _REQUEST),
    errors.ModelMissing: Row(404, _REQUEST),
    errors.UpstreamBroken: Row(503, _SERVER),
    errors.UpstreamUnreachable: Row(503, _SERVER),
    errors.EgressProxyFailed: Row(502, _SERVER),
    errors.UpstreamGarbled: Row(502, _SERVER),
    errors.StreamCut: Row(502, _SERVER),
    errors.TimedOut: Row(504, _SERVER),
    errors.EmptyAnswer: Row(502, _SERVER),
    errors.MalformedCall: Row(502, _SERVER),
    errors.ClientOutdated: Row(503, _SERVER),
    errors.OAuthClientRejected: Row(503, _SERVER),
}

_OF_THE_POOL: Final = (errors.PoolExhausted, errors.QuotaExhausted, errors.RateLimited)
_PARAMS: Final[dict[type[GatewayError], str]] = {
    errors.ContextTooLong: "messages",
    errors.ModelMissing: "model",
}


def status_of(error: GatewayError) -> int:
    """The HTTP status."""
    return _row(error).status


def error_body(error: GatewayError, *, mid_stream: bool = False) -> bytes:
    """The JSON object. `mid_stream`: the 200 has been sent, and a shutdown is called by its name."""
    row = _row(error)
    kind, code, message = row.type, row.code or error.code, error.message
    match error:
        case errors.BadRequest(reason=reason):
            code = reason
        case errors.Unauthenticated(missing=True):
            code = "missing_api_key"
        case errors.ShuttingDown() if mid_stream:
            code = error.code
        case errors.NotFound(reason=reason) if reason:
            code = reason
        case _ if isinstance(error, _OF_THE_POOL):
            if _is_long(error.retry_after_s):
                kind = code = _QUOTA
            else:
                message = _with_wait(message, error.retry_after_s)
    param = error.where or _PARAMS.get(type(error))
    return wire_json.encode(ErrorBody(ErrorObject(_one_line(message), kind, param, code)))


def _row(error: GatewayError) -> Row:
    return next(ROWS[kind] for kind in type(error).__mro__ if kind in ROWS)


def _is_long(wait_s: float | None) -> bool:
    return wait_s is None or wait_s > LONGEST_SHORT_WAIT_S


def _with_wait(message: str, wait_s: float | None) -> str:
    """The message with the sentence from which Codex reads how long to wait."""
    seconds = max(1, math.ceil(wait_s or 0))
    return message if "try again in" in message else f"{message} Please try again in {seconds}s."


def _one_line(message: str) -> str:
    return " ".join(message.split())
