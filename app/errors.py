"""Every error the gateway can answer with.

An error is a value: dialects look at `code`, the attempt loop at `verdict`, nobody parses messages.
A message is one readable sentence without secrets, account names, projects, hosts or traces.
Never: knowledge of a wire format.
"""

from typing import ClassVar, Self

from app.verdicts import ANY_NUMBER, FAIL, LOCATION, Cool, Mark, Repair, Verdict


class GatewayError(Exception):
    """Base of all errors that become a reply.

    `where` is a path into the caller's body such as `messages[2].role`, when one field is to blame.
    `retry_after_s` is a hint in seconds for the caller.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, where: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.retry_after_s = retry_after_s


class InternalError(GatewayError):
    """A bug of the gateway. The message never says more than that."""


class AddonFailure(GatewayError):
    """An addon that may change requests raised something other than a refusal."""

    code = "addon_failure"


class ShuttingDown(GatewayError):
    """The gateway drains; another instance, or the same one a little later, will answer."""

    status = 503
    code = "server_shutdown"


class Overloaded(GatewayError):
    """The gateway itself is full; nothing was started."""

    status = 503
    code = "overloaded"


class StoreUnavailable(GatewayError):
    """A request needs the database, and it does not answer. Known keys never come to this."""

    status = 503
    code = "store_unavailable"


class ClientError(GatewayError):
    """Something about the request itself; no account is involved."""

    status = 400
    code = "invalid_request"


class BadRequest(ClientError):
    """Malformed, or a demand that cannot be met.

    `reason` refines the code for dialects that have finer words, for example `invalid_type`.
    """

    def __init__(self, message: str, *, where: str | None = None, reason: str = "invalid_value") -> None:
        super().__init__(message, where=where)
        self.reason = reason


class ContextTooLong(ClientError):
    """The prompt does not fit the model. `message` is kept exactly: clients read the two numbers."""

    code = "context_length_exceeded"


class Unauthenticated(ClientError):
    """No key, or one that is not ours. `missing` tells the two apart."""

    status = 401
    code = "invalid_api_key"

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class Forbidden(ClientError):
    """A valid key that may not do this."""

    status = 403
    code = "permission_denied"


class NotFound(ClientError):
    """No such path or thing. `reason` refines the code for dialects that have finer words."""

    status = 404
    code = "not_found"

    def __init__(self, message: str, *, where: str | None = None, reason: str = "") -> None:
        super().__init__(message, where=where)
        self.reason = reason


class UnknownModel(NotFound):
    """No model of that name is offered. `model` is what the caller asked for."""

    code = "model_not_found"

    def __init__(self, model: str) -> None:
        super().__init__(f"The model `{model[:200]}` does not exist or is not offered here.", where="model")
        self.model = model


class MethodNotAllowed(ClientError):
    """The path exists, not with this method. `allow` lists the methods for the header."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, *, allow: str) -> None:
        super().__init__(message)
        self.allow = allow


class ClientLeft(ClientError):
    """The client went away before it had sent its whole request; nobody reads the reply."""

    status = 499
    code = "client_closed"


class SlowBody(ClientError):
    """The body took longer to arrive than the limit."""

    status = 408
    code = "request_timeout"


class TooLarge(ClientError):
    """The body, or an image in it, is over a limit."""

    status = 413
    code = "request_too_large"


class UnsupportedEncoding(ClientError):
    """`Content-Encoding` names something that cannot be decoded."""

    status = 415
    code = "unsupported_encoding"


class LimitReached(ClientError):
    """This key's own limit."""

    status = 429
    code = "rate_limit_exceeded"


class PoolError(GatewayError):
    """No account could be lent; nothing was sent upstream by this attempt."""


class NoAccount(PoolError):
    """No account exists, or none is usable until somebody acts."""

    status = 503
    code = "no_available_account"


class PoolExhausted(PoolError):
    """Every usable account is set aside; `retry_after_s` is the earliest return."""

    status = 429
    code = "pool_exhausted"


class PoolBusy(PoolError):
    """Accounts are there but all lent, and the wait is over or the line is full."""

    status = 429
    code = "pool_busy"


class UpstreamError(GatewayError):
    """The upstream refused or broke. `status` and `code` are what a caller sees when nothing else helped.

    `kind` is a short closed word for metrics and logs, for example `capacity` or `connect`. `detail` holds
    the upstream's own words, cleaned: for the operator, never for a caller. `raw` is its whole body, if kept.
    """

    status = 503
    code = "upstream_unavailable"
    default_verdict: ClassVar[Verdict] = FAIL

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        verdict: Verdict | None = None,
        retry_after_s: float | None = None,
        upstream_status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.detail = detail
        self.kind = kind or self.code
        self.verdict = verdict or self.default_verdict
        self.upstream_status = upstream_status
        self.raw = b""

    def anew(self, *, verdict: Verdict | None = None, retry_after_s: float | None = None) -> Self:
        """The same error as a new exception: one instance raised by many tasks would gather all their frames.

        What is given stands in place of what this one says; `raw` is left behind.
        """
        return type(self)(
            self.message,
            kind=self.kind,
            verdict=verdict or self.verdict,
            retry_after_s=self.retry_after_s if retry_after_s is None else retry_after_s,
            upstream_status=self.upstream_status,
            detail=self.detail,
        )


class CredentialRejected(UpstreamError):
    """401, or a refresh token that is dead. The caller sees that no account is usable, never a 401."""

    code = "no_available_account"
    default_verdict = Verdict(
        tries_here=1, repair=Repair.REFRESH_TOKEN, switches=ANY_NUMBER, mark=Mark.NEEDS_SIGN_IN
    )


class AccountRefused(UpstreamError):
    """403 about the account: verification, suspension, licence, project."""

    code = "no_available_account"
    default_verdict = Verdict(switches=ANY_NUMBER, cool=Cool.LANE, cool_s=60.0)


class LocationRefused(UpstreamError):
    """The upstream does not serve this place or network."""

    status = 502
    code = "egress_blocked"
    default_verdict = Verdict(switches=1, flag=LOCATION)


class QuotaExhausted(UpstreamError):
    """429 with a reset that is hours or days away."""

    status = 429
    code = "pool_exhausted"
    default_verdict = Verdict(switches=ANY_NUMBER, cool=Cool.LANE)


class RateLimited(UpstreamError):
    """429 with a short delay, or without any explanation."""

    status = 429
    code = "pool_exhausted"
    default_verdict = Verdict(switches=2, cool=Cool.MODEL)


class UpstreamBusy(UpstreamError):
    """The model has no capacity just now; no account is to blame."""

    code = "upstream_overloaded"
    default_verdict = Verdict(
        tries_here=2, wait_s=1.0, switches=1, next_host=True, cool=Cool.EVERYONE, cool_s=8.0, unclear=True
    )


class UpstreamRefused(UpstreamError):
    """400: the request cannot be served as written, on any account."""

    status = 400
    code = "upstream_invalid_argument"


class ThoughtRejected(UpstreamRefused):
    """400 about thoughts or signatures in history; healed once by `sanitize_thinking`."""


class ModelMissing(UpstreamError):
    """404: this account, or this client version, does not have the model."""

    status = 404
    code = "model_not_found"
    default_verdict = Verdict(switches=1, next_host=True, cool=Cool.MODEL, cool_s=600.0)


class UpstreamBroken(UpstreamError):
    """5xx, HTML, or anything that is no answer."""

    code = "upstream_unavailable"
    default_verdict = Verdict(tries_here=1, wait_s=0.5, switches=2, next_host=True, unclear=True)


class UpstreamUnreachable(UpstreamError):
    """No connection, or it broke before any answer. `kind`: dns, connect, connect_timeout, tls,
    reset_before_headers."""

    code = "upstream_unavailable"
    default_verdict = Verdict(tries_here=1, wait_s=0.2, switches=1, next_host=True, unclear=True)


class EgressProxyFailed(UpstreamUnreachable):
    """The outbound proxy is down, wants another password, or refuses: the upstream was never asked."""

    status = 502
    code = "egress_proxy_error"
    default_verdict = Verdict(next_host=True, unclear=True)


class UpstreamGarbled(UpstreamError):
    """An answer that cannot be read."""

    status = 502
    code = "upstream_stream_truncated"
    default_verdict = Verdict(tries_here=1, wait_s=0.5, switches=2, unclear=True)


class StreamCut(UpstreamError):
    """The stream broke, or ended in the middle."""

    status = 502
    code = "upstream_stream_truncated"
    default_verdict = Verdict(tries_here=1, wait_s=0.5, switches=2, unclear=True)


class TimedOut(UpstreamError):
    """The upstream was silent for longer than a limit.

    `kind` says which: headers, first_event, idle, lifetime.
    """

    status = 504
    code = "upstream_timeout"
    default_verdict = Verdict(switches=1, unclear=True)


class EmptyAnswer(UpstreamError):
    """A whole answer without anything in it."""

    status = 502
    code = "upstream_empty_response"
    default_verdict = Verdict(tries_here=2, wait_s=0.5, switches=0, unclear=True)


class MalformedCall(UpstreamError):
    """The model tried to call a tool and produced something unusable."""

    status = 502
    code = "upstream_malformed_function_call"
    default_verdict = Verdict(tries_here=1, wait_s=0.0, switches=0, unclear=True)


class ClientOutdated(UpstreamError):
    """The upstream wants a newer client version: a setting of the operator, not an account's fault."""

    code = "upstream_client_outdated"


class OAuthClientRejected(UpstreamError):
    """The OAuth client id or secret is missing or wrong: one alarm for the whole gateway."""

    code = "oauth_client_rejected"
