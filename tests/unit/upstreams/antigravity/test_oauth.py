from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import (
    BadRequest,
    CredentialRejected,
    OAuthClientRejected,
    UpstreamBroken,
    UpstreamError,
    UpstreamUnreachable,
)
from app.upstreams.antigravity.oauth import (
    AntigravityOAuth,
    Callback,
    SignIn,
    challenge_of,
    new_verifier,
    read_callback,
)
from app.upstreams.base import Token
from app.verdicts import Mark
from tests.support.antigravity import ScriptedSender, some_options

FRESH = {"access_token": "access-1", "expires_in": 3599, "token_type": "Bearer"}


def an_oauth(
    *says: tuple[int, Any] | UpstreamError, **options: Any
) -> tuple[AntigravityOAuth, ScriptedSender]:
    sender = ScriptedSender(*says)
    return AntigravityOAuth(sender, some_options(**options)), sender


async def refresh(*says: tuple[int, Any] | UpstreamError, **options: Any) -> Token:
    return await an_oauth(*says, **options)[0].refresh("refresh-1")


def form(sender: ScriptedSender) -> dict[str, list[str]]:
    return parse_qs(sender.asked[0][3].decode())


async def test_a_refresh_sends_a_form_and_keeps_the_old_token() -> None:
    """upstream.md 1.7."""
    oauth, sender = an_oauth((200, FRESH))

    assert await oauth.refresh("1//refresh token") == Token("access-1", 3599.0, None)
    assert sender.asked[0][:2] == ("POST", "http://127.0.0.1:9/token")
    assert sender.asked[0][2]["content-type"] == "application/x-www-form-urlencoded"
    assert form(sender) == {
        "client_id": ["sim-client"],
        "client_secret": ["sim-secret"],
        "grant_type": ["refresh_token"],
        "refresh_token": ["1//refresh token"],
    }


async def test_a_rotated_token_is_handed_on() -> None:
    """upstream.md 1.7."""
    assert (await refresh((200, {**FRESH, "refresh_token": "new"}))).refresh_token == "new"


@pytest.mark.parametrize(
    "description", ["Token has been expired or revoked.", "Bad Request", "reauth (invalid_rapt)"]
)
async def test_a_dead_grant_asks_for_a_sign_in(description: str) -> None:
    """upstream.md 1.7: disable until it is authorised again."""
    with pytest.raises(CredentialRejected) as caught:
        await refresh((400, {"error": "invalid_grant", "error_description": description}))

    assert caught.value.verdict.mark is Mark.NEEDS_SIGN_IN
    assert caught.value.verdict.tries_here == 0
    assert caught.value.detail == description


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"error": "invalid_client", "error_description": "not found"}, "oauth_client_rejected"),
        (
            {"error": "invalid_request", "error_description": "client_secret is missing."},
            "oauth_client_rejected",
        ),
        ({"error": "unauthorized_client", "error_description": "Unauthorized"}, "unauthorized_client"),
    ],
)
async def test_a_wrong_client_is_a_setting_and_no_accounts_fault(said: dict[str, str], kind: str) -> None:
    """upstream.md 1.7, faults.md F065."""
    with pytest.raises(OAuthClientRejected) as caught:
        await refresh((401, said))

    assert (caught.value.kind, caught.value.verdict.mark) == (kind, None)


@pytest.mark.parametrize(
    "said",
    [
        (429, {"error": "rate_limited"}),
        (500, b"<html>"),
        (503, b""),
        (400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "odd"}}),
        (400, {"error": "invalid_request", "error_description": "odd"}),
        (200, {"expires_in": 3599}),
        (200, {"access_token": ""}),
        (200, {"access_token": 7}),
        (200, b"[]"),
    ],
)
async def test_anything_else_may_pass(said: tuple[int, Any]) -> None:
    """upstream.md 1.7, faults.md F063, F066."""
    with pytest.raises(UpstreamBroken) as caught:
        await refresh(said)

    assert caught.value.verdict.mark is None


async def test_an_error_in_an_object_is_read_as_well() -> None:
    """upstream.md 1.7."""
    with pytest.raises(CredentialRejected):
        await refresh((400, {"error": {"code": 400, "status": "INVALID_GRANT", "message": "revoked"}}))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"expires_in": "120"}, 120.0),
        ({"expires_in": "soon"}, 0.0),
        ({"expires_in": None}, 0.0),
        ({}, 3599.0),
    ],
)
async def test_a_lifetime_is_read_as_far_as_it_can_be(told: dict[str, Any], seconds: float) -> None:
    """faults.md F066."""
    assert (await refresh((200, {"access_token": "a", **told}))).lifetime_s == seconds


@pytest.mark.parametrize("missing", ["oauth_client_id", "oauth_client_secret"])
async def test_a_client_that_is_not_set_is_told_in_a_sentence(missing: str) -> None:
    """amendments.md 1."""
    with pytest.raises(OAuthClientRejected, match="OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET are not set"):
        await refresh(**{missing: None})


def test_the_sign_in_page_is_asked_with_all_it_needs() -> None:
    """upstream.md 1.5."""
    oauth, _ = an_oauth()
    url = oauth.authorization_url(
        redirect_uri="http://localhost:51121/oauth-callback", state="s", verifier="v"
    )

    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("http://127.0.0.1:9/auth?")
    assert asked.pop("scope").count("https://www.googleapis.com/auth/") == 5
    assert asked == {
        "client_id": "sim-client",
        "redirect_uri": "http://localhost:51121/oauth-callback",
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "state": "s",
        "code_challenge": challenge_of("v"),
        "code_challenge_method": "S256",
    }


def test_a_challenge_is_that_of_the_standard() -> None:
    """RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(new_verifier()) <= 128
    assert new_verifier() != new_verifier()


async def test_a_code_is_exchanged_for_a_lasting_token() -> None:
    """upstream.md 1.6."""
    oauth, sender = an_oauth((200, {**FRESH, "refresh_token": "refresh-1"}))

    signed_in = await oauth.exchange(code="4/0A", redirect_uri="http://localhost/cb", verifier="v")

    assert signed_in == SignIn("access-1", 3599.0, "refresh-1")
    assert form(sender)["grant_type"] == ["authorization_code"]
    assert (form(sender)["code"], form(sender)["code_verifier"]) == (["4/0A"], ["v"])


async def test_a_sign_in_without_a_lasting_token_says_what_to_do() -> None:
    """upstream.md 1.6."""
    oauth, _ = an_oauth((200, FRESH))

    with pytest.raises(BadRequest, match="Remove this application's access"):
        await oauth.exchange(code="4/0A", redirect_uri="http://localhost/cb", verifier="v")


async def test_a_code_that_was_used_is_the_callers_mistake() -> None:
    """upstream.md 1.6."""
    oauth, _ = an_oauth((400, {"error": "invalid_grant", "error_description": "Malformed auth code."}))

    with pytest.raises(BadRequest, match="Sign in again"):
        await oauth.exchange(code="4/0A", redirect_uri="http://localhost/cb", verifier="v")


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ((200, {"email": "user@example.com"}), "user@example.com"),
        ((200, {"email": ""}), None),
        ((200, b"odd"), None),
        ((401, {}), None),
        (UpstreamUnreachable("gone"), None),
    ],
)
async def test_the_address_is_good_to_have(said: tuple[int, Any] | UpstreamError, email: str | None) -> None:
    """upstream.md 1.6: any failure here is not fatal."""
    oauth, _ = an_oauth(said)

    assert await oauth.email("access-1") == email


@pytest.mark.parametrize(
    ("pasted", "callback"),
    [
        (
            "http://localhost:51121/oauth-callback?state=s&code=4%2F0Axy&scope=a&authuser=0",
            Callback("4/0Axy", "s"),
        ),
        ("?state=s&code=4/0Axy", Callback("4/0Axy", "s")),
        ("code=4%2F0Axy", Callback("4/0Axy", "")),  # an address without its state is nobody's
        ("  4/0Axy\n", Callback("4/0Axy", None)),
        ("4%2F0Axy", Callback("4/0Axy", None)),
    ],
)
def test_a_code_is_found_in_whatever_was_pasted(pasted: str, callback: Callback) -> None:
    """upstream.md 1.5."""
    assert read_callback(pasted) == callback


@pytest.mark.parametrize(
    ("pasted", "word"),
    [
        ("", "Nothing was pasted"),
        ("   ", "Nothing was pasted"),
        ("http://localhost/cb", "no `code=`"),
        ("state=s", "no `code=`"),
        ("two words", "no sign-in code"),
        ("anna@example.test", "no sign-in code"),
        ("1//a-refresh-token", "is a refresh token"),
        ("ya29.an-access-token", "is an access token"),
        ("https://accounts.example/auth?client_id=c&redirect_uri=r&code_challenge=x", "the page to open"),
    ],
)
def test_the_wrong_thing_is_refused_with_a_word_about_it(pasted: str, word: str) -> None:
    """upstream.md 1.5."""
    with pytest.raises(BadRequest, match=word):
        read_callback(pasted)


def test_a_sign_in_that_was_declined_is_told() -> None:
    """upstream.md 1.5."""
    with pytest.raises(BadRequest, match="was declined"):
        read_callback("http://localhost/cb?error=access_denied&state=s")


@pytest.mark.parametrize("token", ["", "a\r\nx-evil: 1", "tökén", "t" * 20_000, 5])
async def test_a_token_that_no_header_carries_is_none(token: Any) -> None:
    """threats.md S43: a hostile answer is the upstream's failure, not a bug found later."""
    with pytest.raises(UpstreamBroken):
        await refresh((200, FRESH | {"access_token": token}))


@pytest.mark.parametrize("email", ["a@example.com\x1b[2J", "a\n@example.com", "a" * 300 + "@example.com"])
async def test_an_address_that_is_none_is_not_told(email: str) -> None:
    """threats.md S35: it is shown in terminals and in the panel."""
    assert await an_oauth((200, {"email": email}))[0].email("access-1") is None
