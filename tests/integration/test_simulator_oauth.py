"""The simulator over its socket: sign-in and tokens."""

import asyncio
import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.simulator.admission import SCOPES
from app.simulator.server import Simulator
from tests.support.simulated import Reply, SimClient, a_simulator

REDIRECT = "http://localhost:51121/oauth-callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


async def consent(sim: Simulator, **changes: str) -> Reply:
    query = {
        "client_id": "sim-client",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return await SimClient(sim).send("GET", f"/o/oauth2/v2/auth?{urlencode(query)}", b"", {})


def callback(reply: Reply) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}


async def exchange(sim: Simulator, code: str, **changes: str) -> Reply:
    fields = {
        "client_id": "sim-client",
        "client_secret": "sim-secret",
        "code": code,
        "redirect_uri": REDIRECT,
        "grant_type": "authorization_code",
        "code_verifier": VERIFIER,
        **changes,
    }
    return await SimClient(sim).form("/token", **fields)


async def test_a_sign_in_leads_to_tokens_that_work() -> None:
    """upstream.md 1.5, 1.6."""
    async with a_simulator() as sim:
        sent_back = await consent(sim, login_hint=sim.accounts[1].email)
        answer = callback(sent_back)
        tokens = await exchange(sim, answer["code"])
        client = SimClient(sim)
        client.token = tokens.json["access_token"]
        who = await client.send("GET", "/oauth2/v2/userinfo", b"", {})

    assert (sent_back.status, answer["state"]) == (302, "s1")
    assert sent_back.headers["location"].startswith(REDIRECT + "?")
    assert tokens.json["refresh_token"] == sim.accounts[1].refresh_token
    assert tokens.json["expires_in"] == 3599
    assert who.json["email"] == sim.accounts[1].email
    assert who.json["verified_email"] is True


async def test_a_code_works_once_and_only_with_its_verifier_and_redirect() -> None:
    """upstream.md 9.1."""
    async with a_simulator() as sim:
        codes = [callback(await consent(sim))["code"] for _ in range(3)]
        first = await exchange(sim, codes[0])
        again = await exchange(sim, codes[0])
        verifier = await exchange(sim, codes[1], code_verifier="w" * 50)
        redirect = await exchange(sim, codes[2], redirect_uri="http://localhost:1/x")

    assert first.status == 200
    assert again.json == {"error": "invalid_grant", "error_description": "Malformed auth code."}
    assert verifier.status == 400
    assert redirect.json["error"] == "redirect_uri_mismatch"


async def test_a_code_dies_after_ten_minutes() -> None:
    """upstream.md 9.1."""
    async with a_simulator(clock="virtual", clock_start=1.0e9) as sim:
        code = callback(await consent(sim))["code"]
        sim.state.clock.advance(601)
        late = await exchange(sim, code)

    assert late.json["error"] == "invalid_grant"


async def test_consent_can_be_denied_and_bad_requests_stay_on_the_page() -> None:
    """upstream.md 9.1."""
    async with a_simulator() as sim:
        foreign = await consent(sim, redirect_uri="https://example.com/x")
        implicit = await consent(sim, response_type="token")
        client = await consent(sim, client_id="other")
        sim.state.knobs.deny_login = True
        denied = callback(await consent(sim))

    assert [foreign.status, implicit.status, client.status] == [400, 400, 401]
    assert denied == {"state": "s1", "error": "access_denied"}


async def test_a_refresh_gives_a_token_and_keeps_the_refresh_token() -> None:
    """upstream.md 1.7."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).refresh()

    assert reply.status == 200
    assert "refresh_token" not in reply.json
    assert reply.json["token_type"] == "Bearer"
    assert reply.headers["server"] == "scaffolding on HTTPServer2"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"refresh_token": "1//0g-unknown"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_refresh_is_refused(changes: dict[str, str], status: int, error: str) -> None:
    """upstream.md 1.7."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).refresh(**changes)

    assert (reply.status, reply.json["error"]) == (status, error)


async def test_the_secret_is_mandatory() -> None:
    """upstream.md 1.7."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        token = client.account.refresh_token
        reply = await client.form(
            "/token", client_id="sim-client", grant_type="refresh_token", refresh_token=token
        )

    assert reply.json == {"error": "invalid_request", "error_description": "client_secret is missing."}


@pytest.mark.parametrize(
    ("state", "status", "error", "description"),
    [
        ("revoked", 400, "invalid_grant", "Token has been expired or revoked."),
        ("malformed", 400, "invalid_grant", "Bad Request"),
        ("reauth", 400, "invalid_grant", "reauth related error (invalid_rapt)"),
        ("client_mismatch", 401, "unauthorized_client", "Unauthorized"),
    ],
)
async def test_an_account_in_trouble_gets_no_token(
    state: str, status: int, error: str, description: str
) -> None:
    """upstream.md 1.7."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        client.account.state = state  # type: ignore[assignment]  # the names above are states
        reply = await client.refresh()

    assert reply.status == status
    assert (reply.json["error"], reply.json["error_description"]) == (error, description)


async def test_token_answers_can_be_odd() -> None:
    """upstream.md 9.6: effects on the token endpoint."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        old = client.account.refresh_token
        sim.add_fault("token_rotated", nth=1)
        sim.add_fault("token_no_expiry", nth=2)
        sim.add_fault("token_500_html", nth=3)
        sim.add_fault("token_object_error", nth=4)
        sim.add_fault("token_odd_expiry", nth=5, message='"soon"')
        sim.add_fault("token_no_access", nth=6)
        rotated, endless, page, shaped, odd, empty = [await client.refresh() for _ in range(6)]

    assert rotated.json["refresh_token"] != old
    assert "expires_in" not in endless.json
    assert (page.status, page.headers["content-type"]) == (500, "text/html; charset=UTF-8")
    assert shaped.json["error"]["code"] == 400
    assert odd.json["expires_in"] == "soon"
    assert "access_token" not in empty.json


async def test_two_refreshes_at_a_time_are_noticed() -> None:
    """upstream.md 9.8."""
    async with a_simulator(clock="virtual", clock_start=1.0e9) as sim:
        sim.state.knobs.token_delay_s = 1.0
        client = SimClient(sim)
        running = [asyncio.ensure_future(client.refresh()) for _ in range(2)]
        while sim.state.clock.sleepers < 2:
            await asyncio.sleep(0)
        sim.state.clock.advance(1.0)
        await asyncio.gather(*running)

    assert sim.misbehaviour == ["acc-1 is refreshed twice at the same time"]


async def test_a_token_expires_by_the_clock() -> None:
    """upstream.md 7.3."""
    async with a_simulator(clock="virtual", clock_start=1.0e9) as sim:
        client = SimClient(sim)
        assert (await client.generate()).status == 200
        sim.state.clock.advance(3600)
        expired = await client.generate()

    assert expired.status == 401
    assert expired.headers["www-authenticate"].startswith("Bearer realm=")
    assert expired.json["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


async def test_a_token_can_die_before_its_time() -> None:
    """upstream.md 9.2: clock skew."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        client.account.clock_skew_s = 7200.0
        answer = await client.refresh()
        client.token = answer.json["access_token"]
        reply = await client.generate()

    assert (answer.json["expires_in"], reply.status) == (3599, 401)


async def test_tokens_can_be_looked_at_and_revoked() -> None:
    """upstream.md 1.4."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        info = await client.send("GET", f"/tokeninfo?access_token={client.token}", b"", {})
        revoked = await client.form("/revoke", token=client.account.refresh_token)
        after = await client.generate()
        refused = await client.refresh()

    assert info.json["email"] == client.account.email
    assert (revoked.status, after.status, refused.status) == (200, 401, 400)
