"""Every error the backend is known to give, as named templates.

A template is a pure function of its facts. Source: upstream.md section 7; the texts are captured ones where
a capture exists. Nothing here decides when an error is due.
"""

from collections.abc import Callable
from random import Random

from msgspec import Struct, field, structs

from app.simulator.clock import go_duration, proto_duration, rfc3339
from app.simulator.render import Json, compact_json, pretty_json

_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_HELP = "type.googleapis.com/google.rpc.Help"
_LOCALIZED = "type.googleapis.com/google.rpc.LocalizedMessage"
_SERVICE = "cloudcode-pa.googleapis.com"
_COMPANION = "cloudaicompanion.googleapis.com"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

UNAUTHENTICATED_TEXT = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
CREDENTIALS_MISSING_TEXT = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
    "other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
VERSION_GATE_TEXT = (
    "This version of Antigravity is no longer supported. Please upgrade to receive the latest features."
)


class ErrorReply(Struct, frozen=True):
    """An answer that is an error: either a JSON error object or a raw body."""

    status: int
    error: dict[str, Json] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str | None = None

    @property
    def body(self) -> bytes:
        """The bytes as sent, before compression."""
        return pretty_json({"error": self.error}) if self.raw is None else self.raw


class Refused(Exception):
    """Raised where a request cannot go on; carries the whole answer."""

    def __init__(self, reply: ErrorReply, *, why: str) -> None:
        super().__init__(why)
        self.reply = reply
        self.why = why


class ErrorFacts(Struct, frozen=True, kw_only=True):
    """What a template may mention."""

    now: float
    rng: Random
    model: str = "gemini-3-flash"
    project: str = "zinc-cell-6bkmb"
    method: str = "StreamGenerateContent"
    delay_s: float | None = None
    message: str | None = None


def json_error(status: int, message: str, name: str, details: list[Json] | None = None) -> ErrorReply:
    """The common shape: code, message, status and, when there are any, details."""
    error: dict[str, Json] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return ErrorReply(status, error)


def generic_400(message: str = "Request contains an invalid argument.") -> ErrorReply:
    """INVALID_ARGUMENT without details."""
    return json_error(400, message, "INVALID_ARGUMENT")


def proto_400(violations: list[tuple[str, str]]) -> ErrorReply:
    """Proto-JSON failure; `violations` are (field, description) pairs, the field empty at the root."""
    listed: list[Json] = []
    for path, description in violations:
        entry: dict[str, Json] = {"field": path} if path else {}
        entry["description"] = description
        listed.append(entry)
    message = "\n".join(description for _, description in violations)
    return json_error(400, message, "INVALID_ARGUMENT", [{"@type": _BAD_REQUEST, "fieldViolations": listed}])


def nested_claude(
    rng: Random, message: str, *, kind: str = "invalid_request_error", status: int = 400
) -> ErrorReply:
    """An error of the Claude side: its JSON travels as text inside of the message."""
    request_id = "req_vrtx_011C" + "".join(rng.choices(_BASE58, k=20))
    inner: dict[str, Json] = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id,
    }
    names = {400: "INVALID_ARGUMENT", 503: "UNAVAILABLE", 529: "UNAVAILABLE"}
    return json_error(status, compact_json(inner), names[status])


def unauthenticated(
    method: str, *, reason: str = "ACCESS_TOKEN_EXPIRED", text: str = UNAUTHENTICATED_TEXT
) -> ErrorReply:
    """401 for a bad or missing token."""
    metadata: dict[str, Json] = {
        "service": _SERVICE,
        "method": f"google.internal.cloud.code.v1internal.PredictionService.{method}",
    }
    return json_error(401, text, "UNAUTHENTICATED", [_info(reason, "googleapis.com", metadata)])


def not_found() -> ErrorReply:
    """404 for an unknown model or method."""
    return json_error(404, "Requested entity was not found.", "NOT_FOUND")


def scope_insufficient() -> ErrorReply:
    """403 for a token without the scopes."""
    metadata: dict[str, Json] = {"service": _SERVICE}
    details: list[Json] = [_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", metadata)]
    text = "Request had insufficient authentication scopes."
    return json_error(403, text, "PERMISSION_DENIED", details)


def service_disabled(project: str) -> ErrorReply:
    """403 for a project in which the API is not enabled."""
    url = f"https://console.developers.google.com/apis/api/{_SERVICE}/overview?project={project}"
    text = (
        f"Cloud Code Private API has not been used in project {project} before or it is disabled. Enable it "
        f"by visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action "
        "to propagate to our systems and retry."
    )
    metadata: dict[str, Json] = {
        "activationUrl": url,
        "serviceTitle": "Cloud Code Private API",
        "service": _SERVICE,
        "consumer": f"projects/{project}",
        "containerInfo": project,
    }
    links: list[Json] = [{"description": "Google developers console API activation", "url": url}]
    details: list[Json] = [
        _info("SERVICE_DISABLED", "googleapis.com", metadata),
        {"@type": _LOCALIZED, "locale": "en-US", "message": text},
        {"@type": _HELP, "links": links},
    ]
    return json_error(403, text, "PERMISSION_DENIED", details)


def validation_required() -> ErrorReply:
    """403 for an account whose owner has to verify it."""
    url = "https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=sim-validation"
    learn = "https://support.google.com/accounts?p=al_alert"
    text = "Verify your account to continue."
    metadata: dict[str, Json] = {
        "validation_error_message": text,
        "validation_url_link_text": "Verify your account",
        "validation_url": url,
        "validation_learn_more_link_text": "Learn more",
        "validation_learn_more_url": learn,
    }
    links: list[Json] = [
        {"description": "Verify your account", "url": url},
        {"description": "Learn more", "url": learn},
    ]
    details: list[Json] = [_info("VALIDATION_REQUIRED", _SERVICE, metadata), {"@type": _HELP, "links": links}]
    return json_error(403, text, "PERMISSION_DENIED", details)


def terms_violation() -> ErrorReply:
    """403 for an account that was banned."""
    text = (
        "This service has been disabled in this account for violation of Terms of Service. "
        "Please submit an appeal to continue using this product."
    )
    metadata: dict[str, Json] = {
        "uiMessage": "true",
        "appeal_url_link_text": "Submit an appeal",
        "appeal_url": "https://support.google.com/accounts/contact/appeal",
    }
    return json_error(403, text, "PERMISSION_DENIED", [_info("TOS_VIOLATION", _SERVICE, metadata)])


def license_missing() -> ErrorReply:
    """403 for a project without a licence."""
    text = (
        "You are currently configured to use a Google Cloud Project but lack a Gemini Code Assist license. "
        "Please contact your administrator to request a license. (#3501)"
    )
    return json_error(403, text, "PERMISSION_DENIED", [_info("SUBSCRIPTION_REQUIRED", _COMPANION)])


def iam_denied(project: str) -> ErrorReply:
    """403 for a project of somebody else."""
    permission = "cloudaicompanion.companions.generateChat"
    resource = f"//{_COMPANION}/projects/{project}/locations/global"
    text = f"Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    metadata: dict[str, Json] = {"permission": permission, "resource": resource}
    return json_error(403, text, "PERMISSION_DENIED", [_info("IAM_PERMISSION_DENIED", _COMPANION, metadata)])


def location_blocked() -> ErrorReply:
    """400 for a country in which the service is not offered."""
    return json_error(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")


def plain_429() -> ErrorReply:
    """429 that says neither why nor until when."""
    return json_error(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")


def rate_limited(model: str, delay_s: float, now: float) -> ErrorReply:
    """429 a: a short wait."""
    text = (
        f"You have exhausted your capacity on this model. "
        f"Your quota will reset after {go_duration(delay_s, whole=True)}."
    )
    return _exhausted("RATE_LIMIT_EXCEEDED", text, model, delay_s, now)


def quota_exhausted(model: str, delay_s: float, now: float) -> ErrorReply:
    """429 b: hours or days."""
    text = (
        "Individual quota reached. Contact your administrator to enable overages. "
        f"Resets in {go_duration(delay_s, whole=True)}."
    )
    return _exhausted("QUOTA_EXHAUSTED", text, model, delay_s, now)


def capacity(model: str, *, delay_s: float | None = None, status: int = 503) -> ErrorReply:
    """503 (or 429) because the model itself has no room; with RetryInfo only when `delay_s` is given."""
    details: list[Json] = [_info("MODEL_CAPACITY_EXHAUSTED", _SERVICE, {"model": model})]
    if delay_s is not None:
        details.append({"@type": _RETRY_INFO, "retryDelay": proto_duration(delay_s)})
    name = "UNAVAILABLE" if status == 503 else "RESOURCE_EXHAUSTED"
    return json_error(status, f"No capacity available for model {model} on the server", name, details)


def html_page(status: int, title: str, text: str) -> ErrorReply:
    """A page of the front end."""
    page = (
        f"<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>{title}</title>\n"
        f"  <p><b>{status}.</b> <ins>{text}</ins>\n</html>\n"
    )
    return ErrorReply(status, raw=page.encode(), content_type="text/html; charset=UTF-8")


def template(name: str, facts: ErrorFacts) -> ErrorReply:
    """The named error of upstream.md 9.6, filled with `facts`. Raises KeyError for an unknown name.

    A message of the facts stands in any that is JSON: the upstream's words are not ours to foresee.
    """
    reply = TEMPLATES[name](facts)
    if facts.message is None or reply.raw is not None:
        return reply
    return structs.replace(reply, error={**reply.error, "message": facts.message})


def _info(reason: str, domain: str, metadata: dict[str, Json] | None = None) -> Json:
    info: dict[str, Json] = {"@type": _ERROR_INFO, "reason": reason, "domain": domain}
    if metadata:
        info["metadata"] = metadata
    return info


def _exhausted(reason: str, text: str, model: str, delay_s: float, now: float) -> ErrorReply:
    metadata: dict[str, Json] = {
        "uiMessage": "true",
        "model": model,
        "quotaResetDelay": go_duration(delay_s),
        "quotaResetTimeStamp": rfc3339(now + delay_s),
    }
    details: list[Json] = [
        _info(reason, _SERVICE, metadata),
        {"@type": _RETRY_INFO, "retryDelay": proto_duration(delay_s)},
    ]
    return json_error(429, text, "RESOURCE_EXHAUSTED", details)


def _delay(facts: ErrorFacts, default: float) -> float:
    return default if facts.delay_s is None else facts.delay_s


_PREFILL_TEXT = (
    "This model does not support assistant message prefill. The conversation must end with a user message."
)
_UNKNOWN_FIELD = (
    "request",
    "Invalid JSON payload received. Unknown name \"cache_control\" at 'request': Cannot find field.",
)

TEMPLATES: dict[str, Callable[[ErrorFacts], ErrorReply]] = {
    "400_generic": lambda facts: generic_400(facts.message or "Request contains an invalid argument."),
    "400_unknown_field": lambda _: proto_400([_UNKNOWN_FIELD]),
    "400_prompt_too_long": lambda f: nested_claude(
        f.rng, "prompt is too long: 200903 tokens > 200000 maximum"
    ),
    "400_prefill": lambda facts: nested_claude(facts.rng, _PREFILL_TEXT),
    "400_signature": lambda _: generic_400("Corrupted thought signature."),
    "400_location": lambda _: location_blocked(),
    "400_context": lambda _: generic_400(
        "The input token count (1048600) exceeds the maximum number of tokens allowed (1048576)."
    ),
    "401_expired": lambda facts: unauthenticated(facts.method),
    "401_missing": lambda facts: unauthenticated(
        facts.method, reason="CREDENTIALS_MISSING", text=CREDENTIALS_MISSING_TEXT
    ),
    "403_service_disabled": lambda facts: service_disabled(facts.project),
    "403_validation": lambda _: validation_required(),
    "403_tos": lambda _: terms_violation(),
    "403_license": lambda _: license_missing(),
    "403_iam": lambda facts: iam_denied(facts.project),
    "403_scope": lambda _: scope_insufficient(),
    "403_plain": lambda _: json_error(403, "The caller does not have permission", "PERMISSION_DENIED"),
    "404_not_found": lambda _: not_found(),
    "408_html": lambda _: html_page(408, "Error 408 (Request Timeout)!!1", "That’s an error."),
    "411_html": lambda _: html_page(411, "Error 411 (Length Required)!!1", "POST requests require a length."),
    "413_too_large": lambda _: html_page(413, "Error 413 (Request Entity Too Large)!!1", "That’s an error."),
    "429_rate": lambda facts: rate_limited(facts.model, _delay(facts, 0.479417207), facts.now),
    "429_quota": lambda facts: quota_exhausted(facts.model, _delay(facts, 256527.791609974), facts.now),
    "429_plain": lambda _: plain_429(),
    "429_capacity": lambda facts: capacity(facts.model, delay_s=_delay(facts, 9.0), status=429),
    "429_credits": lambda _: json_error(
        429,
        "Resource has been exhausted (e.g. check quota).",
        "RESOURCE_EXHAUSTED",
        [_info("INSUFFICIENT_G1_CREDITS_BALANCE", _SERVICE)],
    ),
    "429_retry_text": lambda facts: json_error(
        429,
        facts.message
        or f"You exceeded your current quota. Please retry in {proto_duration(_delay(facts, 12.5))}.",
        "RESOURCE_EXHAUSTED",
    ),
    "499_cancelled": lambda _: json_error(499, "The operation was cancelled.", "CANCELLED"),
    "500_internal": lambda _: json_error(500, "Internal error encountered.", "INTERNAL"),
    "500_unknown": lambda _: json_error(500, "Unknown Error.", "UNKNOWN"),
    "502_html": lambda _: html_page(
        502, "Error 502 (Server Error)!!1", "That’s an error. Please try again later."
    ),
    "503_capacity": lambda facts: capacity(facts.model, delay_s=facts.delay_s),
    "503_plain": lambda _: json_error(503, "The service is currently unavailable.", "UNAVAILABLE"),
    "504": lambda _: json_error(
        504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED"
    ),
    "529": lambda facts: nested_claude(facts.rng, "Overloaded", kind="overloaded_error", status=529),
    "sorry_html": lambda _: html_page(
        429, "Sorry...", "We're sorry but your computer or network may be sending automated queries."
    ),
    "version_text": lambda facts: ErrorReply(
        200, raw=(facts.message or VERSION_GATE_TEXT).encode(), content_type="text/plain; charset=utf-8"
    ),
    "302_redirect": lambda _: ErrorReply(302, raw=b"", content_type="text/html; charset=UTF-8"),
}
