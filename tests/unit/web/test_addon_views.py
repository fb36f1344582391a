"""Admin views of addons."""

from pathlib import Path
from typing import Any

import pytest

from app.gateway.build import open_gateway
from app.hooks.additions import AdminCall, Loader
from app.hooks.spec import Addon
from app.web.site import build_quart
from tests.support.world import settings_with

PASSWORD = "a password of twelve letters and more"


class Viewing(Addon):
    name = "viewing"

    def load(self, loader: Loader) -> None:
        loader.add_admin_view("text", self.text)
        loader.add_admin_view("told", self.told, method="POST")
        loader.add_admin_view("broken", self.broken)

    async def text(self, call: AdminCall) -> str:
        return f"asked for {call.query.get('q')}"

    async def told(self, call: AdminCall) -> dict[str, int]:
        return {"bytes": len(call.body)}

    async def broken(self, call: AdminCall) -> object:
        raise KeyError("a bug of an addon")


async def asked(folder: Path, method: str, path: str, shown: str = f"Bearer {PASSWORD}", **more: Any) -> Any:
    settings = settings_with(folder, {"admin_password": PASSWORD})
    async with open_gateway(settings, addons=[Viewing()]) as gateway:
        client = build_quart(gateway).test_client()
        reply = await client.open(
            f"/admin/addons/viewing/{path}", method=method, headers={"authorization": shown}, **more
        )
        return reply.status_code, reply.content_type, await reply.get_data(as_text=True)


async def test_text_is_sent_as_it_is_and_everything_else_as_json(tmp_path: Path) -> None:
    text = await asked(tmp_path / "a", "GET", "text?q=1")
    told = await asked(tmp_path / "b", "POST", "told", data=b"12345")

    assert text == (200, "text/plain; charset=utf-8", "asked for 1")
    assert told == (200, "application/json", '{"bytes":5}')


@pytest.mark.parametrize("shown", ["", "Bearer wrong", f"Basic {PASSWORD}", PASSWORD])
async def test_a_stranger_is_told_nothing(shown: str, tmp_path: Path) -> None:
    status, _, body = await asked(tmp_path, "GET", "text", shown)

    assert status == 401
    assert "asked" not in body


async def test_a_view_that_crashes_is_one_sentence(tmp_path: Path) -> None:
    status, _, body = await asked(tmp_path, "GET", "broken")

    assert status == 500
    assert "a bug of" not in body
