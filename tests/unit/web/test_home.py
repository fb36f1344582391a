"""The front door. Source: anthropic.md 1."""

from pathlib import Path

import pytest

from app import __version__
from tests.support.gateways import a_gateway, client_of


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_probes_find_somebody_at_home(tmp_path: Path, method: str) -> None:
    async with a_gateway(tmp_path) as gateway:
        reply = await client_of(gateway).request(method, "/")

    assert reply.status_code == 200
    if method == "GET":
        assert reply.json()["version"] == __version__


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("POST", "/", 405, "method_not_allowed")],
)
async def test_paths_that_lead_nowhere_answer_in_json(
    tmp_path: Path, method: str, path: str, status: int, code: str
) -> None:
    async with a_gateway(tmp_path) as gateway:
        reply = await client_of(gateway).request(method, path)

    assert reply.status_code == status
    body = reply.json()
    assert (body["code"], body["where"]) == (code, None)
    assert body["message"]
