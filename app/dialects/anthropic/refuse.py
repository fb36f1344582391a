"""Errors to Anthropic's statuses, types and bodies.

Source: anthropic.md 20, faults.md 2. Never: reading of messages.
"""

from typing import Final

from msgspec import Struct

from app.errors import (
    AccountRefused,
    AddonFailure,
    BadRequest,
    ClientLeft,
    ClientOutdated,
    ContextTooLong,
    CredentialRejected,
    EgressProxyFailed,
    EmptyAnswer,
    Forbidden,
    GatewayError,
    InternalError,
    LimitReached,
    LocationRefused,
    MalformedCall,
    MethodNotAllowed,
    ModelMissing,
    NoAccount,
    NotFound,
    OAuthClientRejected,
    Overloaded,
    PoolBusy,
    PoolExhausted,
    QuotaExhausted,
    RateLimited,
    ShuttingDown,
    SlowBody,
    StoreUnavailable,
    StreamCut,
    ThoughtRejected,
    TimedOut,
    TooLarge,
    Unauthenticated,
    UnknownModel,
    UnsupportedEncoding,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamGarbled,
    UpstreamRefused,
    UpstreamUnreachable,
)


class Refusal(Struct, frozen=True):
    """What a class of error is to a client of this dialect."""

    status: int
    type: str


class ErrorOut(Struct, frozen=True):
    """The inner object of an error body."""

    type: str
    message: str


class ErrorBody(Struct, frozen=True, tag_field="type", tag="error", omit_defaults=True):
    """The body of an error reply, and the data of an error event."""

    error: ErrorOut
    request_id: str | None = None


_INVALID: Final = Refusal(400, "invalid_request_error")
_BUG: Final = Refusal(500, "api_error")
_RATE: Final = Refusal(429, "rate_limit_error")
_BROKEN: Final = Refusal(502, "api_error")
_UNUSABLE: Final = Refusal(503, "api_error")
_SLOW: Final = Refusal(504, "timeout_error")
_OVERLOADED: Final = Refusal(529, "overloaded_error")

REFUSALS: Final[dict[type[GatewayError], Refusal]] = {
    InternalError: _BUG,
    AddonFailure: _BUG,
    ShuttingDown: _OVERLOADED,
    Overloaded: _OVERLOADED,
    StoreUnavailable: _UNUSABLE,
    BadRequest: _INVALID,
    ContextTooLong: _INVALID,
    Unauthenticated: Refusal(401, "authentication_error"),
    Forbidden: Refusal(403, "permission_error"),
    NotFound: Refusal(404, "not_found_error"),
    UnknownModel: Refusal(404, "not_found_error"),
    MethodNotAllowed: Refusal(405, "invalid_request_error"),
    ClientLeft: _INVALID,  # nobody reads it
    SlowBody: Refusal(408, "invalid_request_error"),
    TooLarge: Refusal(413, "request_too_large"),
    UnsupportedEncoding: _INVALID,
    LimitReached: _RATE,
    NoAccount: _UNUSABLE,
    PoolExhausted: _RATE,
    PoolBusy: _RATE,
    # Clients take a 401 or 403 for their own sign-in, so an account's trouble is never one.
    CredentialRejected: _UNUSABLE,
    AccountRefused: _UNUSABLE,
    LocationRefused: _BROKEN,
    QuotaExhausted: _RATE,
    RateLimited: _RATE,
    UpstreamBusy: _OVERLOADED,
    UpstreamRefused: _INVALID,
    ThoughtRejected: _INVALID,
    ModelMissing: Refusal(404, "not_found_error"),
    UpstreamBroken: _BROKEN,
    UpstreamUnreachable: _BROKEN,
    EgressProxyFailed: _BROKEN,
    UpstreamGarbled: _BROKEN,
    StreamCut: _BROKEN,
    TimedOut: _SLOW,
    EmptyAnswer: _OVERLOADED,
    MalformedCall: _OVERLOADED,
    ClientOutdated: _UNUSABLE,
    OAuthClientRejected: _UNUSABLE,
}
"""Every class of error that can reach a client; a test holds it complete."""


def refusal_of(error: GatewayError) -> Refusal:
    """Status and type of `error`; a class that is not listed counts as the nearest one above it."""
    if isinstance(error, UpstreamUnreachable) and error.kind == "connect_timeout":
        return _SLOW
    if isinstance(error, UpstreamBroken) and error.upstream_status in (500, 503) and error.kind == "http_5xx":
        return _OVERLOADED
    return next((REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS), _BUG)


def error_out(error: GatewayError, request_id: str | None = None) -> ErrorBody:
    """The body for `error`. The message begins with the path of the field to blame, where there is one."""
    return ErrorBody(ErrorOut(refusal_of(error).type, _message(error)), request_id)


def _message(error: GatewayError) -> str:
    if isinstance(error, UnknownModel):
        return f"model: {error.model[:200]}"
    if isinstance(error, ModelMissing):
        return f"model: {error.message}"
    if error.where and isinstance(error, BadRequest | TooLarge) and not error.message.startswith(error.where):
        return f"{error.where}: {error.message}"
    return error.message
