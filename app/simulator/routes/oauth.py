"""Google's sign-in as far as the gateway uses it: authorise, token, userinfo, tokeninfo, revoke.

Source: upstream.md 1.4 to 1.7.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.simulator.accounts import AuthCode, SimAccount, numeric_id
from app.simulator.admission import SCOPES
from app.simulator.errors import Refused
from app.simulator.faults import Fault
from app.simulator.inbound import Inbound
from app.simulator.striking import strike
from app.simulator.timing import PROFILES

CODE_LIFE_S = 600.0

_CODE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FAILURES: dict[str, tuple[int, dict[str, object]]] = {
    "revoked": (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
    "malformed": (400, {"error": "invalid_grant", "error_description": "Bad Request"}),
    "rapt": (
        400,
        {
            "error": "invalid_grant",
            "error_description": "reauth related error (invalid_rapt)",
            "error_subtype": "invalid_rapt",
        },
    ),
    "unauthorized_client": (401, {"error": "unauthorized_client", "error_description": "Unauthorized"}),
    "invalid_client": (
        401,
        {"error": "invalid_client", "error_description": "The OAuth client was not found."},
    ),
    "missing_secret": (400, {"error": "invalid_request", "error_description": "client_secret is missing."}),
    "bad_code": (400, {"error": "invalid_grant", "error_description": "Malformed auth code."}),
    "redirect": (400, {"error": "redirect_uri_mismatch", "error_description": "Bad Request"}),
    "verifier": (400, {"error": "invalid_grant", "error_description": "Invalid code verifier."}),
    "grant_type": (400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}),
    "429": (429, {"error": "rate_limit_exceeded", "error_description": "Too many requests."}),
    "object_error": (
        400,
        {
            "error": {
                "code": 400,
                "message": "Token has been expired or revoked.",
                "status": "INVALID_ARGUMENT",
            }
        },
    ),
}
_STATE_FAILURES = {
    "revoked": "revoked",
    "malformed": "malformed",
    "reauth": "rapt",
    "client_mismatch": "unauthorized_client",
}


class _TokenFailure(Exception):
    """The token endpoint says no; `name` is a row of the table above."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


async def authorise(inbound: Inbound) -> None:
    """The consent page, already agreed to: redirects back with a code."""
    world = inbound.world
    query = inbound.query
    redirect = query.get("redirect_uri", "")
    if urlsplit(redirect).hostname not in _LOOPBACK or query.get("response_type") != "code":
        inbound.answer_html(400, "Error 400: redirect_uri_mismatch or invalid_request.")
        return
    if query.get("client_id") != world.options.client_id:
        inbound.answer_html(401, "Error 401: invalid_client. The OAuth client was not found.")
        return
    answer = {"state": query["state"]} if "state" in query else {}
    wanted = query.get("login_hint") or world.knobs.login_email
    account = world.directory.by_email(wanted) if wanted else next(iter(world.directory.accounts), None)
    if world.knobs.deny_login or account is None:
        answer["error"] = "access_denied"
    else:
        inbound.entry.account, inbound.entry.email = account.id, account.email
        answer |= {"code": _new_code(inbound, account, query), "scope": query.get("scope", "")}
        answer |= {"authuser": "0", "prompt": "consent"}
    joint = "&" if urlsplit(redirect).query else "?"
    location = f"{redirect}{joint}{urlencode(answer)}"
    inbound.exchange.respond(302, [("Location", location), ("Content-Type", "text/html; charset=UTF-8")], b"")


async def token(inbound: Inbound) -> None:
    """Both grants."""
    world = inbound.world
    form = dict(parse_qsl(inbound.request.body.decode("utf-8", "replace"), keep_blank_values=True))
    grant = form.get("grant_type", "")
    world.journal.keep_body(inbound.entry, json.dumps({"grant_type": grant}).encode())
    account = world.directory.by_refresh_token(form.get("refresh_token", ""))
    if account is not None:
        inbound.entry.account, inbound.entry.email = account.id, account.email
        world.watch.refresh_began(account.id)
    try:
        await _token(inbound, form, account)
    except _TokenFailure as failure:
        inbound.entry.result = f"refused: {failure.name}"
        if account is not None and failure.name in _STATE_FAILURES.values():
            world.watch.told_to_stop(account.id, failure.name)
        _answer(inbound, *_FAILURES[failure.name])
    except Refused as refused:
        inbound.entry.result = f"refused: {refused.why}"
        inbound.answer_error(refused.reply)
    finally:
        if account is not None:
            world.watch.refresh_ended(account.id)


async def user_info(inbound: Inbound) -> None:
    """Who the token belongs to."""
    header = inbound.request.headers.get("authorization", "")
    account = _holder(inbound, header[7:] if header.lower().startswith("bearer ") else "")
    if account is None:
        error = {
            "code": 401,
            "message": "Request is missing required authentication credential.",
            "status": "UNAUTHENTICATED",
        }
        _answer(inbound, 401, {"error": error})
        return
    name = account.email.partition("@")[0].capitalize()
    body: dict[str, object] = {"id": numeric_id(account), "email": account.email, "verified_email": True}
    _answer(
        inbound, 200, body | {"name": name, "given_name": name, "picture": "https://example.invalid/p.png"}
    )


async def token_info(inbound: Inbound) -> None:
    """What an access token is good for."""
    given = _form(inbound).get("access_token", "")
    account = _holder(inbound, given)
    if account is None:
        _answer(inbound, 400, {"error": "invalid_token", "error_description": "Invalid Value"})
        return
    known = inbound.world.directory.tokens[given]
    left = int(known.expires_at - inbound.world.clock.now())
    scope = " ".join(sorted(known.scopes))
    client = inbound.world.options.client_id
    body: dict[str, object] = {"azp": client, "aud": client, "scope": scope, "expires_in": str(left)}
    _answer(inbound, 200, body | {"email": account.email, "email_verified": "true", "access_type": "offline"})


async def revoke(inbound: Inbound) -> None:
    """Ends a token; a refresh token takes the account with it."""
    directory = inbound.world.directory
    given = _form(inbound).get("token", "")
    account = directory.by_refresh_token(given)
    known = directory.tokens.pop(given, None)
    if account is not None:
        account.state = "revoked"
        directory.expire_tokens(account.id)
    if account is None and known is None:
        _answer(inbound, 400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
        return
    _answer(inbound, 200, {})


async def _token(inbound: Inbound, form: dict[str, str], account: SimAccount | None) -> None:
    world = inbound.world
    faults = {fault.effect: fault for fault in await strike(inbound)}
    await world.clock.sleep(world.knobs.token_delay_s + PROFILES[world.profile].control_s(inbound.rng))
    if "token_500_html" in faults:
        inbound.answer_html(500, "That’s an error.")
        return
    _fail_by_fault(faults)
    _check_client(inbound, form)
    match form.get("grant_type"):
        case "refresh_token":
            if account is None:
                raise _TokenFailure("malformed")
            _refresh(inbound, account, faults)
        case "authorization_code":
            _exchange(inbound, form, faults)
        case _:
            raise _TokenFailure("grant_type")


def _fail_by_fault(faults: dict[str, Fault]) -> None:
    for effect in faults:
        name = effect.removeprefix("token_")
        if effect.startswith("token_") and name in _FAILURES:
            raise _TokenFailure(name)


def _check_client(inbound: Inbound, form: dict[str, str]) -> None:
    options = inbound.world.options
    if "client_secret" not in form:
        raise _TokenFailure("missing_secret")
    is_known = form.get("client_id") == options.client_id
    if not is_known or not hmac.compare_digest(form["client_secret"], options.client_secret):
        raise _TokenFailure("invalid_client")


def _refresh(inbound: Inbound, account: SimAccount, faults: dict[str, Fault]) -> None:
    failure = _STATE_FAILURES.get(account.state)
    if failure is not None:
        raise _TokenFailure(failure)
    body = _grant(inbound, account, frozenset(SCOPES), faults)
    if "token_rotated" in faults:
        account.refresh_token = "1//0g-sim-" + "".join(inbound.world.secrets.choices(_CODE_LETTERS, k=40))
        body["refresh_token"] = account.refresh_token
    _answer(inbound, 200, body)


def _exchange(inbound: Inbound, form: dict[str, str], faults: dict[str, Fault]) -> None:
    world = inbound.world
    code = world.directory.codes.pop(form.get("code", ""), None)
    account = world.directory.by_id(code.account_id) if code is not None else None
    if code is None or account is None or code.expires_at <= world.clock.now():
        raise _TokenFailure("bad_code")
    if form.get("redirect_uri") != code.redirect_uri:
        raise _TokenFailure("redirect")
    if not _verifier_fits(code, form.get("code_verifier", "")):
        raise _TokenFailure("verifier")
    inbound.entry.account, inbound.entry.email = account.id, account.email
    if account.state == "revoked":
        account.state = "ok"
        world.watch.forgive(account.id)
    body = _grant(inbound, account, code.scopes, faults)
    if "token_no_refresh" not in faults:
        body["refresh_token"] = account.refresh_token
    _answer(inbound, 200, body)


def _grant(
    inbound: Inbound, account: SimAccount, scopes: frozenset[str], faults: dict[str, Fault]
) -> dict[str, object]:
    world = inbound.world
    life = world.knobs.token_life_s
    expires_at = world.clock.now() + life - account.clock_skew_s
    issued = world.directory.issue(account, world.secrets, expires_at=expires_at, scopes=scopes)
    inbound.entry.result = "accepted"
    body: dict[str, object] = {"access_token": issued, "expires_in": life, "scope": " ".join(sorted(scopes))}
    if "token_no_expiry" in faults:
        del body["expires_in"]
    if "token_odd_expiry" in faults:
        body["expires_in"] = json.loads(faults["token_odd_expiry"].message or "-1")
    if "token_no_access" in faults:
        del body["access_token"]
    return body | {"token_type": "Bearer", "id_token": "eyJ-simulated"}


def _new_code(inbound: Inbound, account: SimAccount, query: dict[str, str]) -> str:
    world = inbound.world
    code = "4/0A" + "".join(world.secrets.choices(_CODE_LETTERS, k=40))
    world.directory.codes[code] = AuthCode(
        account_id=account.id,
        redirect_uri=query["redirect_uri"],
        expires_at=world.clock.now() + CODE_LIFE_S,
        challenge=query.get("code_challenge", ""),
        method=query.get("code_challenge_method", "plain"),
        scopes=frozenset(query.get("scope", "").split()),
    )
    return code


def _verifier_fits(code: AuthCode, verifier: str) -> bool:
    if not code.challenge:
        return True
    if code.method == "S256":
        verifier = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(code.challenge, verifier)


def _holder(inbound: Inbound, given: str) -> SimAccount | None:
    world = inbound.world
    known = world.directory.tokens.get(given)
    if known is None or known.expires_at <= world.clock.now():
        return None
    account = world.directory.by_id(known.account_id)
    if account is not None:
        inbound.entry.account, inbound.entry.email = account.id, account.email
    return account


def _form(inbound: Inbound) -> dict[str, str]:
    body = inbound.request.body.decode("utf-8", "replace")
    return inbound.query | dict(parse_qsl(body, keep_blank_values=True))


def _answer(inbound: Inbound, status: int, body: dict[str, object]) -> None:
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
        ("Server", "scaffolding on HTTPServer2"),
    ]
    inbound.exchange.respond(status, headers, json.dumps(body, indent=2).encode() + b"\n")
