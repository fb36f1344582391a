"""A gateway to an ASGI app: dialects, probes and pages behind one door."""

from pathlib import Path

from tests.support.gateways import a_gateway, client_of


async def test_dialects_probes_and_pages_are_served_by_one_app(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
        statuses = [
            (await client.get(path)).status_code for path in ("/v1/models", "/health/live", "/", "/nowhere")
        ]

    assert statuses == [401, 200, 200, 404]


async def test_the_settings_reach_the_door(tmp_path: Path) -> None:
    """openai.md 1: the origins of web pages, the size of a body."""
    async with (
        a_gateway(tmp_path, cors_origins=("*",), body_max_bytes=10) as gateway,
        client_of(gateway) as client,
    ):
        key = (await gateway.store.keys.create(name="test")).secret
        headers = {"authorization": f"Bearer {key}", "origin": "https://chat.example"}
        reply = await client.post(
            "/v1/chat/completions", headers=headers, json={"model": "m", "messages": []}
        )

    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "request_too_large"
    assert reply.headers["access-control-allow-origin"] == "*"
