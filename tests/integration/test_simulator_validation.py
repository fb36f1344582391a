"""The simulator over its socket: who may call, and in which order that is checked."""

import json
from typing import Any

import pytest

from tests.support.simulated import SimClient, Wire, a_simulator, user


async def test_a_post_without_a_length_is_411_and_written_down() -> None:
    """upstream.md 1.3, 9.8."""
    async with a_simulator() as sim, Wire(sim) as wire:
        wire.writer.write(b"POST /v1internal:loadCodeAssist HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await wire.first_bytes()

    assert answer.startswith(b"HTTP/1.1 411 ")
    assert sim.misbehaviour == ["loadCodeAssist was sent without Content-Length"]


async def test_a_chunked_body_is_answered_and_written_down() -> None:
    """upstream.md 1.3."""
    async with a_simulator() as sim, Wire(sim) as wire:
        client = SimClient(sim)
        head = f"Host: x\r\nAuthorization: Bearer {client.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
        wire.writer.write(
            f"POST /v1internal:loadCodeAssist HTTP/1.1\r\n{head}2\r\n{{}}\r\n0\r\n\r\n".encode()
        )
        answer = await wire.first_bytes()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert sim.misbehaviour == ["loadCodeAssist was sent with a chunked body"]


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/v1internal:noSuchMethod", 404, "application/json"),
        ("GET", "/v1internal:loadCodeAssist", 405, "text/html"),
        ("GET", "/nowhere", 404, "text/html"),
        ("POST", "/daily/nowhere", 404, "text/html"),
    ],
)
async def test_unknown_paths_and_methods_are_told_apart(
    method: str, path: str, status: int, kind: str
) -> None:
    """upstream.md 9.1, 9.3."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).send(method, path, b"{}", {})

    assert (reply.status, reply.headers["content-type"].split(";")[0]) == (status, kind)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"a": NaN}'])
async def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    """upstream.md 7.2 b."""
    async with a_simulator() as sim:
        reply = await SimClient(sim).send("POST", "/v1internal:streamGenerateContent?alt=sse", body, {})

    assert reply.status == 400
    assert reply.message.startswith("Invalid JSON payload received. Expected")


async def test_tokens_are_told_apart() -> None:
    """upstream.md 7.3, 7.4 f."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        missing = await client.generate(headers={"authorization": ""})
        unknown = await client.generate(headers={"authorization": "Bearer ya29.other"})
        narrow = sim.state.directory.issue(
            client.account,
            sim.state.secrets,
            expires_at=sim.state.clock.now() + 60,
            scopes=frozenset({"email"}),
        )
        scopes = await client.generate(headers={"authorization": f"Bearer {narrow}"})

    assert (missing.status, unknown.status, scopes.status) == (401, 401, 403)
    assert missing.message.startswith("Request is missing required authentication credential.")
    assert unknown.message.startswith("Request had invalid authentication credentials.")
    assert scopes.json["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("validation_required", 403, "VALIDATION_REQUIRED"),
        ("tos", 403, "TOS_VIOLATION"),
        ("unlicensed", 403, "SUBSCRIPTION_REQUIRED"),
        ("service_disabled", 403, "SERVICE_DISABLED"),
        ("location_blocked", 400, None),
        ("no_project", 200, None),
    ],
)
async def test_an_account_in_trouble_is_told_why(state: str, status: int, reason: str | None) -> None:
    """upstream.md 7.5, 7.2 f."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        client.account.state = state  # type: ignore[assignment]  # the names above are states
        reply = await client.generate()

    assert reply.status == status
    if reason is not None:
        assert reply.json["error"]["details"][0]["reason"] == reason


async def test_the_use_of_a_banned_account_is_written_down() -> None:
    """upstream.md 9.8."""
    async with a_simulator(scenario="tos-ban") as sim:
        client = SimClient(sim)
        await client.generate()
        client.account.state = "ok"
        await client.generate()

    assert sim.misbehaviour == ["acc-1 is used although it was told: terms violation"]


async def test_projects_are_ones_own() -> None:
    """upstream.md 3.3, 7.5 e; an absent one is 400 here."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        absent = await client.generate(envelope={"project": ""})
        foreign = await client.generate(envelope={"project": sim.accounts[1].project})

    assert absent.status == 400
    assert foreign.json["error"]["details"][0]["reason"] == "IAM_PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("scenario", "is_event"), [("version-too-old", False), ("version-too-old-candidate", True)]
)
async def test_an_old_client_is_told_so_in_place_of_an_answer(scenario: str, *, is_event: bool) -> None:
    """upstream.md 3.2: both renderings."""
    async with a_simulator(scenario=scenario) as sim:
        reply = await SimClient(sim).generate()

    assert reply.status == 200
    assert "no longer supported" in (reply.said if is_event else reply.text)
    assert reply.usage == {} if is_event else reply.events == []


async def test_new_models_want_a_new_client() -> None:
    """upstream.md 3.2."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        new = await client.generate("gemini-pro-agent")
        client.agent = "antigravity/1.15.8 windows/amd64"
        old = await client.generate("gemini-pro-agent")
        plain = await client.generate("gemini-3-flash")

    assert (new.status, old.status, plain.status) == (200, 404, 200)


async def test_retired_models_are_gone_after_the_switch() -> None:
    """upstream.md 4.1, 9.9: `model-retired`."""
    async with a_simulator(scenario="model-retired") as sim:
        client = SimClient(sim)
        before = await client.generate("claude-sonnet-4-5")
        sim.use_catalog("catalog-2026-08")
        after = await client.generate("claude-sonnet-4-5")

    assert (before.status, after.status) == (200, 404)
    assert after.message == "Requested entity was not found."


async def test_the_identity_rule_is_off_unless_it_is_switched_on() -> None:
    """upstream.md 3.6, 9.3."""
    async with a_simulator() as sim:
        sim.state.knobs.identity_text = "You are Antigravity"
        client = SimClient(sim)
        without = await client.generate()
        system = {"parts": [{"text": "You are Antigravity, an assistant."}]}
        with_it = await client.generate(systemInstruction=system)

    assert (without.status, len(without.body), with_it.status) == (429, 139, 200)


async def test_the_first_check_that_fails_answers() -> None:
    """upstream.md 9.3: the order."""
    steps: list[tuple[dict[str, Any], int, str]] = [
        ({"headers": {"authorization": "Bearer x"}}, 401, "invalid authentication"),
        ({}, 400, 'Unknown name "stream"'),
        ({"stream": None}, 403, "denied on resource"),
        ({"project": True}, 404, "not found"),
        ({"model": True}, 400, "valid role"),
    ]
    bad: dict[str, Any] = {"stream": True, "project": "someone-elses-12345", "model": "none"}
    async with a_simulator() as sim:
        client = SimClient(sim)
        good = {"project": client.account.project, "model": "gemini-3-flash"}
        for change, status, text in steps:
            headers = change.pop("headers", None)
            for name in change:
                bad.pop(name) if name == "stream" else bad.update({name: good[name]})
            body = {**bad, "request": {"contents": [{"role": "system", "parts": [{"text": "x"}]}]}}
            reply = await client.call("streamGenerateContent?alt=sse", body, headers=headers)
            assert (reply.status, text in reply.message) == (status, True), reply.text


async def test_faults_come_after_validation() -> None:
    """upstream.md 9.3, row 16."""
    async with a_simulator() as sim:
        sim.add_fault("503_capacity")
        reply = await SimClient(sim).generate(contents=[user("x")], generationConfig={"maxOutputTokens": 0})

    assert reply.status == 400


async def test_the_log_tells_what_was_asked_and_decided() -> None:
    """upstream.md 9.8."""
    async with a_simulator() as sim:
        client = SimClient(sim)
        await client.generate(sessionId="-5")
        await client.generate("none")
        first, second = sim.requests

    assert (first.account, first.email) == ("acc-1", client.account.email)
    assert (first.host, first.method, first.model) == ("daily", "streamGenerateContent", "gemini-3-flash")
    assert (first.status, first.result, first.session_id, first.request_id) == (
        200,
        "accepted",
        "-5",
        "agent-1",
    )
    assert first.bytes_out > 100
    assert first.body == json.loads(json.dumps(first.body))
    assert second.result.startswith("refused: there is no model 'none'")
    assert client.token not in json.dumps(first.headers)


async def test_hosts_are_told_by_prefix_port_or_name() -> None:
    """upstream.md 9.1."""
    async with a_simulator(ports={"prod": 0}) as sim:
        client = SimClient(sim)
        body = json.dumps({"metadata": {}}).encode()
        headers = {"authorization": f"Bearer {client.token}"}
        await client.send("POST", "/sandbox/v1internal:loadCodeAssist", body, {})
        await client.send("POST", "/v1internal:loadCodeAssist", body, {})
        async with Wire(sim, port=sim.ports["prod"]) as wire:
            await wire.request("POST", "/v1internal:loadCodeAssist", body, headers)
            await wire.reply()
        async with Wire(sim) as wire:
            head = f"Host: cloudcode-pa.googleapis.com\r\nAuthorization: Bearer {client.token}\r\n"
            start = f"POST /v1internal:loadCodeAssist HTTP/1.1\r\n{head}"
            wire.writer.write(f"{start}Content-Length: 2\r\n\r\n{{}}".encode())
            await wire.first_bytes()

    assert [entry.host for entry in sim.requests] == ["sandbox", "daily", "prod", "prod"]
