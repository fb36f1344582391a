"""The Quart app. Source: architecture 7.6."""

from pathlib import Path

from app.web.site import build_quart
from tests.support.gateways import a_gateway, client_of


async def test_the_framework_sets_no_limits_of_its_own(tmp_path: Path) -> None:
    async with a_gateway(tmp_path, body_timeout_s=7.0) as gateway:
        config = build_quart(gateway).config

    assert config["RESPONSE_TIMEOUT"] is None
    assert config["BODY_TIMEOUT"] == 7.0


async def test_a_stranger_cannot_fill_the_memory_with_a_body(tmp_path: Path) -> None:
    """threats.md S20: the limit of the client APIs is for those who have shown a key."""
    async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
        body, headers = b" " * (1024 * 1024 + 1), {"host": "localhost", "content-type": "application/json"}
        reply = await client.post("/admin/api/session", content=body, headers=headers)

    assert reply.status_code == 413


async def test_no_browser_is_let_guess_what_an_answer_is(tmp_path: Path) -> None:
    """threats.md S08."""
    async with a_gateway(tmp_path) as gateway, client_of(gateway) as client:
        replies = [await client.get(path) for path in ("/", "/nowhere.html", "/admin/api/accounts")]

    assert {reply.headers["x-content-type-options"] for reply in replies} == {"nosniff"}
