"""Requests of administrators through the API and the form. Spec: admin-ui.md 2.3 (Playground)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.admin.api.composing import ANTHROPIC, Image, Wish, as_curl, as_python, composed
from app.admin.refusals import Refused
from app.ids import KeyId
from tests.support.browser import PASSWORD
from tests.support.world import World, a_world

API = "/admin/api/playground"
HELLO = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "Hello!"}]}
BOTH = [("openai_chat", HELLO), ("anthropic", {**HELLO, "max_tokens": 100})]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = str(tmp_path_factory.mktemp("recordings"))
    async with a_world(admin_password=PASSWORD, addon_options={"recorder": {"folder": folder}}) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def admin(world: World) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {PASSWORD}"}
    async with httpx.AsyncClient(
        base_url=world.base_url, trust_env=False, timeout=30, headers=headers
    ) as client:
        yield client


@pytest.mark.parametrize(("dialect", "body"), BOTH)
@pytest.mark.parametrize("stream", [True, False])
async def test_the_answer_is_the_dialects_own(
    dialect: str, body: dict[str, Any], stream: bool, world: World, admin: httpx.AsyncClient
) -> None:
    """The same bytes as a client gets, under a request id that is written down as the playground's."""
    reply = await admin.post(API, json={"dialect": dialect, "body": {**body, "stream": stream}})

    kind = "text/event-stream" if stream else "application/json"
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (200, kind)
    end = "message_stop" if dialect == "anthropic" else "[DONE]"
    assert (end in reply.text) == stream
    entries = (await world.gateway.store.audit.page(limit=1)).entries
    assert (entries[0].action, entries[0].subject) == ("playground.send", reply.headers["x-request-id"])
    assert "Hello" not in str(entries[0].detail)


async def test_a_failure_is_told_in_the_dialects_words_and_a_wrong_choice_in_ours(
    world: World, admin: httpx.AsyncClient
) -> None:
    unknown = await admin.post(API, json={"dialect": "anthropic", "body": {**HELLO, "model": "nobody"}})
    no_dialect = await admin.post(API, json={"dialect": "klingon", "body": HELLO})
    no_key = await admin.post(API, json={"dialect": "anthropic", "body": HELLO, "key": "k"})
    no_account = await admin.post(API, json={"dialect": "anthropic", "body": HELLO, "account": "a"})

    assert unknown.json()["type"] == "error"
    told = [(reply.status_code, reply.json()["where"]) for reply in (no_dialect, no_key, no_account)]
    assert told == [(400, "dialect"), (400, "key"), (400, "account")]


async def test_a_key_lends_its_limits(world: World, admin: httpx.AsyncClient) -> None:
    keys = world.gateway.store.keys
    narrow = (await keys.create("narrow", models=frozenset({"claude-sonnet-4-5"}))).record.id
    gone = (await keys.create("gone")).record.id
    await keys.revoke(KeyId(gone))

    refused = await admin.post(API, json={"dialect": "openai_chat", "body": HELLO, "key": narrow})
    revoked = await admin.post(API, json={"dialect": "openai_chat", "body": HELLO, "key": gone})

    assert refused.status_code == 403
    assert "may not use the model" in refused.json()["error"]["message"]
    assert (revoked.status_code, revoked.json()["where"]) == (400, "key")


async def test_an_account_can_be_made_to_answer(world: World, admin: httpx.AsyncClient) -> None:
    for status in world.gateway.pool.snapshot():
        for _ in range(2):
            said = {"dialect": "openai_chat", "body": HELLO, "account": status.id}
            assert (await admin.post(API, json=said)).status_code == 200
    used = [entry.account for entry in world.generations[-6:]]

    assert used == [one for account in world.simulator.accounts for one in [account.id] * 2]


async def test_whoever_leaves_ends_the_request(world: World, admin: httpx.AsyncClient) -> None:
    slow = {**HELLO, "stream": True, "messages": [{"role": "user", "content": "[[sim: text=4000]]"}]}
    async with admin.stream("POST", API, json={"dialect": "openai_chat", "body": slow}) as reply:
        await anext(reply.aiter_bytes())

    assert await world.is_at_rest()


async def test_a_recorded_request_fills_the_form(world: World, admin: httpx.AsyncClient) -> None:
    said = {**HELLO, "messages": [{"role": "user", "content": "Say it <b>again</b>."}]}
    flow = (await admin.post(API, json={"dialect": "openai_chat", "body": said})).headers["x-request-id"]
    await world.gateway.closer.caught_up()

    recorded = (await admin.get(f"{API}/recordings/{flow}")).json()
    async with httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30) as browser:
        await browser.get(f"/admin/link/{world.gateway.sign_in_links.new()}")
        page = await browser.get(f"/admin/playground?replay={flow}")
    unknown = await admin.get(f"{API}/recordings/req_nothing")
    outside = await admin.get(f"{API}/recordings/..%2f..%2fetc")

    assert (recorded["dialect"], recorded["body"]) == ("openai_chat", said)
    assert "&lt;b&gt;again&lt;/b&gt;" in page.text
    assert (unknown.status_code, outside.status_code) == (404, 404)


@pytest.mark.parametrize("dialect", ["openai_chat", ANTHROPIC])
async def test_a_form_becomes_what_a_client_would_send(
    dialect: str, world: World, admin: httpx.AsyncClient
) -> None:
    """All fields at once, in both spellings, are taken by the gateway as they are."""
    function = {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}
    tool = {"type": "function", "function": function}
    if dialect == ANTHROPIC:
        tool = {"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    wish = Wish(
        dialect=dialect,
        model="gemini-3-flash",
        system="Be kind.",
        turns=("One", "Two", "Three", "  "),
        effort="high",
        tools=json.dumps([tool]),
        image=Image("image/png", png),
        max_tokens=50,
        stream=False,
    )
    body = composed(wish)
    reply = await admin.post(API, json={"dialect": dialect, "body": body})

    assert reply.status_code == 200, reply.text
    roles = [one["role"] for one in body["messages"] if one["role"] != "system"]
    assert roles == ["user", "assistant", "user"]
    asked = json.dumps(world.generations[-1].body)
    assert all(word in asked for word in ("Be kind.", "One", "Two", "Three", "look", "inlineData"))
    off = composed(Wish(dialect=dialect, model="m", turns=("x",), effort="off", stream=True))
    assert off.get("reasoning_effort", off.get("thinking")) in ("none", {"type": "disabled"})


@pytest.mark.parametrize(
    ("wish", "where"),
    [
        (Wish(dialect="openai_chat", turns=(" ",)), "turn"),
        (Wish(dialect="openai_chat", turns=("x",), tools="{"), "tools"),
        (Wish(dialect="openai_chat", turns=("x",), tools='{"a": 1}'), "tools"),
        (Wish(dialect="openai_chat", raw="[1]"), "raw"),
    ],
)
async def test_what_cannot_be_sent_is_told_by_its_field(wish: Wish, where: str) -> None:
    with pytest.raises(Refused) as refused:
        composed(wish)
    assert refused.value.where == where


async def test_the_curl_line_and_the_program_do_the_same(world: World) -> None:
    """Run in a shell and by Python: quotes, dollars and lines survive."""
    hostile = 'It\'s "quoted" $HOME `id` \\ \n<b>中文</b>'
    body = {**HELLO, "messages": [{"role": "user", "content": hostile}]}
    line = as_curl(world.base_url, "/v1/chat/completions", "openai_chat", body).replace("YOUR_KEY", world.key)
    process = await asyncio.create_subprocess_shell(
        line.replace("curl -sN", "curl -sN --noproxy '*'"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert json.loads(said)["object"] == "chat.completion"
    assert "中文" in json.dumps(world.generations[-1].body, ensure_ascii=False)
    assert "$HOME" in json.dumps(world.generations[-1].body)

    for dialect in ("openai_chat", ANTHROPIC):
        program = as_python(world.base_url, dialect, {**body, "max_tokens": 9, "odd": hostile})
        compile(program, "program", "exec")
        assert "'extra_body': {'odd'" in program
