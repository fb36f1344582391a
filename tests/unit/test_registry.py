"""Dialects and upstreams by name."""

from typing import Any, ClassVar

import pytest

from app.hooks.additions import Loader
from app.hooks.errors import AddonRefused
from app.hooks.spec import Addon
from app.registry import NameTaken, dialects_with
from tests.support.echo import ECHO, Echo
from tests.support.flows import DIALECTS
from tests.support.world import a_world


class Echoing(Addon):
    """Brings the upstream."""

    def __init__(self, upstream: Any) -> None:
        self.upstream = upstream

    def load(self, loader: Loader) -> None:
        loader.add_upstream(self.upstream, [ECHO])


async def test_an_upstream_of_an_addon_answers_for_its_models_without_an_account() -> None:
    echo = Echo()
    async with a_world(accounts=0, with_addons=[Echoing(echo)]) as world, world.client() as client:
        request = {"model": "echo-1", "messages": [{"role": "user", "content": "Hello"}]}
        reply = await client.post("/v1/chat/completions", json=request)
        models = (await client.get("/v1/models")).json()["data"]
        other = await client.post("/v1/chat/completions", json={**request, "model": "gemini-2.5-flash"})

    assert "Hello" in reply.json()["choices"][0]["message"]["content"]
    assert "echo-1" in [model["id"] for model in models]
    assert [credential.account for credential in echo.credentials] == ["echo"]
    assert other.status_code == 503, "its models need no account, the others do"


async def test_the_shipped_upstream_goes_on_beside_it() -> None:
    async with a_world(with_addons=[Echoing(Echo())]) as world, world.client() as client:
        request = {"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}]}
        reply = await client.post("/v1/chat/completions", json=request)

    assert reply.status_code == 200


async def test_a_name_that_is_taken_ends_the_start() -> None:
    class Impostor(Echo):
        name: ClassVar[str] = "antigravity"

    with pytest.raises(AddonRefused, match="two upstreams are called `antigravity`"):
        async with a_world(with_addons=[Echoing(Impostor())]):
            pass


def test_dialects_of_addons_come_first_and_names_are_unique() -> None:
    shipped = list(DIALECTS.values())

    assert dialects_with(shipped[1:], shipped[:1]) == tuple(shipped)
    with pytest.raises(NameTaken, match="two dialects"):
        dialects_with(shipped, shipped[:1])
