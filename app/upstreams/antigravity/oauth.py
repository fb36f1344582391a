"""Signing in and staying signed in: authorization URL, code exchange, refresh, whose account it is.

Tokens pass through and are not kept. Never: the word of a token in a message or a log line.
Source: upstream.md 1.4 to 1.7, faults.md D.
"""

import math
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct

from app.errors import BadRequest, CredentialRejected, OAuthClientRejected, UpstreamBroken, UpstreamError
from app.ids import random_token
from app.plain import is_email
from app.upstreams.antigravity.control import Sender
from app.upstreams.antigravity.endpoints import SCOPES, AntigravityOptions
from app.upstreams.base import Token
from app.upstreams.http import PlainReply
from app.verdicts import ANY_NUMBER, Mark, Verdict
from app.wire import json

USUAL_LIFETIME_S: Final = 3599.0
_LONGEST_TOKEN: Final = 16 * 1024
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_MISSING_CLIENT: Final = (
    "OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET are not set, so no account can sign in or renew its token."
)


class SignIn(Struct, frozen=True):
    """What a code turned out to be worth."""

    access_token: str
    lifetime_s: float
    refresh_token: str


class Callback(Struct, frozen=True):
    """What came back from the sign-in page. `state` is None where only the bare code was pasted."""

    code: str
    state: str | None


class AntigravityOAuth:
    """Implements `Refresher`. `options` may be replaced while running."""

    def __init__(self, http: Sender, options: AntigravityOptions) -> None:
        self._http = http
        self.options = options

    def authorization_url(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """The page on which the owner of an account agrees. Raises OAuthClientRejected without a client."""
        client_id, _ = self._client()
        asked = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "access_type": "offline",
            "prompt": "consent",
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.options.oauth_auth_url}?{urlencode(asked)}"

    async def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> SignIn:
        """Turn a code into tokens. Raises BadRequest for a code that is wrong, used or too old."""
        fields = {
            "code": code,
            "redirect_uri": redirect_uri,
            "grant_type": "authorization_code",
            "code_verifier": verifier,
        }
        try:
            said = await self._ask(fields)
        except CredentialRejected as exc:
            raise BadRequest("The sign-in code is not valid, or was used before. Sign in again.") from exc
        refresh_token = said.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            raise BadRequest(
                "The sign-in gave no lasting token. Remove this application's access in the account's "
                "security settings, then sign in again."
            )
        return SignIn(said["access_token"], _lifetime_s(said), refresh_token)

    async def refresh(self, refresh_token: str) -> Token:
        """A fresh access token. See `Refresher` for what is raised."""
        said = await self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})
        rotated = said.get("refresh_token")
        return Token(
            said["access_token"], _lifetime_s(said), rotated if isinstance(rotated, str) and rotated else None
        )

    async def email(self, access_token: str) -> str | None:
        """The address of the account behind a token, None when it is not told."""
        try:
            reply = await self._http.send(
                "GET",
                self.options.oauth_userinfo_url,
                {"authorization": f"Bearer {access_token}", "user-agent": self.options.user_agent},
                timeout_s=self.options.token_s,
            )
        except UpstreamError:
            return None
        said = json.object_or_none(reply.body) if reply.status == 200 else None
        email = said.get("email") if said is not None else None
        return email if isinstance(email, str) and len(email) <= 254 and is_email(email) else None

    async def _ask(self, fields: dict[str, str]) -> dict[str, Any]:
        """The token endpoint's answer, which holds an access token."""
        client_id, client_secret = self._client()
        form = urlencode({"client_id": client_id, "client_secret": client_secret, **fields}).encode()
        reply = await self._http.send(
            "POST", self.options.oauth_token_url, _FORM, form, timeout_s=self.options.token_s
        )
        said = json.object_or_none(reply.body)
        if reply.status != 200:
            raise refusal(reply, said or {})
        if said is None or not _is_token(said.get("access_token")):
            raise UpstreamBroken("The token endpoint's answer holds no token.", kind="token_shape")
        return said

    def _client(self) -> tuple[str, str]:
        client_id, client_secret = self.options.oauth_client_id, self.options.oauth_client_secret
        if not client_id or not client_secret:
            raise OAuthClientRejected(_MISSING_CLIENT)
        return client_id, client_secret


def new_verifier() -> str:
    """A secret for one sign-in. Source: RFC 7636 4.1."""
    return random_token(64)


def challenge_of(verifier: str) -> str:
    """What of a verifier may be shown beforehand. Source: RFC 7636 4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def read_callback(pasted: str) -> Callback:
    """The code out of a whole callback URL, its query alone, or the bare code. Raises BadRequest.

    People paste what they find; for the usual wrong things the error says what is wanted instead.
    """
    text = pasted.strip().strip("\"'<>")
    query = urlsplit(text).query if "://" in text else text.removeprefix("?")
    found = {name: values[0] for name, values in parse_qs(query).items()}
    if "error" in found:
        raise BadRequest(_not_completed(found["error"]))
    if "code" in found and "code_challenge" not in found:
        # An address always has a state; one without was not made by the page that was opened.
        return Callback(found["code"], found.get("state", ""))
    if (word := _wrong_thing(text, found)) is not None:
        raise BadRequest(word)
    return Callback(text.replace("%2F", "/").replace("%2f", "/"), None)


def _not_completed(error: str) -> str:
    if error == "access_denied":
        return "The sign-in was declined on the page. Open the page again and agree to everything it lists."
    return f"The sign-in was not completed: {error[:100]}."


def _wrong_thing(text: str, found: dict[str, str]) -> str | None:
    """What was pasted in place of a code; None for what may be one."""
    if not text:
        return "Nothing was pasted. Paste the address that the browser shows after you have agreed."
    if "code_challenge" in found or "redirect_uri" in found:
        return (
            "That is the page to open, not the address after it. Agree there, then paste the address that "
            "the browser ends at: it begins with http://localhost and has `code=` in it."
        )
    if text.startswith("1//"):
        return "That is a refresh token, not a sign-in code. `account add --refresh-token` takes it."
    if text.startswith("ya29."):
        return "That is an access token, which lasts an hour only. Paste the address with `code=` in it."
    if "://" in text or "=" in text:
        return "There is no `code=` in what was pasted. Paste the whole address, also what follows a `&`."
    if any(char.isspace() for char in text) or "@" in text:
        return "That is no sign-in code. Paste the address that the browser shows after you have agreed."
    return None


def refusal(reply: PlainReply, said: dict[str, Any]) -> UpstreamError:
    """What a refusal of the token endpoint means. Only a dead token is the account's affair."""
    word, description = _error_words(said)
    if word == "invalid_grant":
        return CredentialRejected(
            "The upstream does not accept the sign-in of an account.",
            kind="invalid_grant",
            verdict=Verdict(switches=ANY_NUMBER, mark=Mark.NEEDS_SIGN_IN),
            upstream_status=reply.status,
            detail=description[:200],
        )
    if word == "unauthorized_client":
        return OAuthClientRejected(
            "An account was signed in with another OAuth client than the one that is set.",
            kind="unauthorized_client",
            upstream_status=reply.status,
        )
    if word == "invalid_client" or (word == "invalid_request" and "client_secret" in description):
        return OAuthClientRejected(
            "The OAuth client id or secret is wrong; the operator has to correct it.",
            upstream_status=reply.status,
        )
    return UpstreamBroken(
        "The token endpoint did not answer as it should.", kind="token_endpoint", upstream_status=reply.status
    )


def _error_words(said: dict[str, Any]) -> tuple[str, str]:
    """The error's code and description; some answers nest both in an object."""
    error, description = said.get("error"), said.get("error_description")
    if isinstance(error, dict):
        nested: dict[str, Any] = error
        error, description = nested.get("status"), nested.get("message")
    word = error.lower() if isinstance(error, str) else ""
    return word, description if isinstance(description, str) else ""


def _is_token(said: object) -> bool:
    """Whether a header can carry it; anything else would surface far from here, as a bug of the gateway."""
    return isinstance(said, str) and said.isascii() and said.isprintable() and 0 < len(said) <= _LONGEST_TOKEN


def _lifetime_s(said: dict[str, Any]) -> float:
    """Seconds as told; who uses the token bounds them. What cannot be read is taken to be over soon."""
    told = said.get("expires_in", USUAL_LIFETIME_S)
    try:
        seconds = float(told)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return 0.0 if math.isnan(seconds) else seconds
