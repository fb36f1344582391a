"""Secrets are planted, everything is made to go wrong, and then every output is searched.

Outputs: what clients and administrators are answered, the log in both forms, the numbers, the recordings,
the journal and the database. Source: threats.md S14, S35 and N14, faults.md rule 19.
"""

import asyncio
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
from msgspec import Struct, field

from app.observe.logging import Format, configure_logging
from app.settings.fields import secrets_of
from app.settings.secrets import FILE_NAME
from app.simulator.errors import TEMPLATES
from app.simulator.faults import CONTROL_EFFECTS, ODD_EFFECTS, STREAM_EFFECTS, TOKEN_EFFECTS
from tests.support.scenes import FLASH, a_scene
from tests.support.world import World

PATHS = ("/v1/chat/completions", "/v1/messages")
API = "/admin/api"
FORMS: tuple[Format, ...] = ("text", "json")
PLANTED: dict[str, Any] = {
    "admin_password": "canary-of-the-administrator",
    "jwt_secret": "canary-that-signs-the-sessions",
    "api_key": "sk-canary-of-the-operator",
    "encryption_key": ("canary-that-seals-the-tokens-at-rest",),
}
PROXY_WORD = "canary-of-the-proxy"
# Those that only take time or space are tested where their limits are.
ENDLESS = frozenset({"stall", "drip", "endless_line", "endless_error", "gzip_bomb"})
WITHIN_ANSWERS = sorted((STREAM_EFFECTS | ODD_EFFECTS) - ENDLESS)
EVIL = "x\r\nfake=line\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp\u2028\u2066\x7f\x00"
"""A forged line, terminal codes of both kinds, and marks that turn text around."""


class Outputs(Struct):
    """Everything that anybody outside gets to see, by where."""

    replies: list[str] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    files: dict[str, bytes] = field(default_factory=dict)

    def leaks(self, secrets: set[str]) -> list[tuple[str, str]]:
        """Where which of the secrets stands."""
        texts = {"replies": "\n".join(self.replies), "log": self.log.getvalue()}
        found = [(where, one) for where, text in texts.items() for one in secrets if one in text]
        return found + [
            (name, one) for name, data in self.files.items() for one in secrets if one.encode() in data
        ]


@contextmanager
def a_log(form: Format) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, at the most talkative level."""
    stream = io.StringIO()
    with closing(configure_logging("debug", form, stream=stream)):
        yield stream


@asynccontextmanager
async def watched(form: Format, folder: Path, **values: Any) -> AsyncIterator[tuple[World, Outputs]]:
    """A world full of secrets; at its end none of them may stand in any output."""
    outputs = Outputs()
    options = {"recorder": {"folder": str(folder)}}
    with a_log(form) as log:
        async with a_scene(addon_options=options, metrics=True, **{**PLANTED, **values}) as world:
            yield world, outputs
            assert await world.is_at_rest()
            await world.gateway.closer.caught_up()
            async with stranger(world) as client:
                outputs.replies.append((await client.get("/metrics")).text)
                outputs.replies.append((await client.get("/health/ready")).text)
            secrets = planted(world)
            data = Path(world.gateway.settings.database.db_path).parent
            await asyncio.to_thread(read_files, outputs, data, folder)
    outputs.log = log
    assert outputs.replies
    assert log.getvalue()
    assert any(name.endswith(".play") for name in outputs.files)
    assert outputs.leaks(secrets) == []


def read_files(outputs: Outputs, *folders: Path) -> None:
    """All files but the one that is there to hold secrets."""
    for path in itertools.chain.from_iterable(folder.rglob("*") for folder in folders):
        if path.is_file() and path.name != FILE_NAME:
            outputs.files[str(path)] = path.read_bytes()


def planted(world: World) -> set[str]:
    """Everything that must stay inside, wherever it is looked for."""
    accounts = world.simulator.accounts
    return {
        world.key,
        PROXY_WORD,
        *(account.refresh_token for account in accounts),
        *world.simulator.state.directory.tokens,
        *secrets_of(world.gateway.settings),
    }


def stranger(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30)


async def heard(client: httpx.AsyncClient, path: str, **body: Any) -> str:
    """All of a reply that a client can see."""
    asked = {"model": FLASH, "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], **body}
    try:
        reply = await client.post(path, json=asked)
    except httpx.RemoteProtocolError as exc:  # an answer that breaks off, as some faults want it
        return str(exc)
    return f"{reply.status_code} {reply.headers} {reply.text}"


async def ask_under(world: World, outputs: Outputs, effect: str, **rule: Any) -> None:
    """Both dialects, whole and streamed, while something goes wrong."""
    number = world.simulator.add_fault(effect, **rule)
    async with world.client() as client:
        for path, stream in itertools.product(PATHS, (False, True)):
            outputs.replies.append(await heard(client, path, stream=stream))
    world.simulator.remove_fault(number)
    for status in world.gateway.pool.snapshot():
        await world.gateway.pool.set_enabled(status.id, enabled=True)


@pytest.mark.parametrize("form", FORMS)
async def test_no_answer_that_goes_wrong_shows_a_secret(form: Format, tmp_path: Path) -> None:
    async with watched(form, tmp_path, header_s=20.0, header_thinking_s=20.0) as (world, outputs):
        for effect in WITHIN_ANSWERS:
            await ask_under(world, outputs, effect)


@pytest.mark.parametrize("form", FORMS)
async def test_no_refusal_of_any_kind_shows_a_secret(form: Format, tmp_path: Path) -> None:
    async with watched(form, tmp_path) as (world, outputs):
        for effect in sorted(TEMPLATES):
            await ask_under(world, outputs, effect, method="streamGenerateContent")
        for effect in sorted({*CONTROL_EFFECTS, *TOKEN_EFFECTS}):
            world.gateway.pool.after_sleep(1.0)
            await ask_under(world, outputs, effect)
            for status in world.gateway.pool.snapshot():
                await refreshed(world, outputs, effect, status.id)


async def refreshed(world: World, outputs: Outputs, effect: str, account: str) -> None:
    """What the administrator is told when the same goes wrong for them."""
    number = world.simulator.add_fault(effect)
    async with stranger(world) as admin:
        admin.headers["authorization"] = f"Bearer {PLANTED['admin_password']}"
        for ask in (admin.post(f"{API}/accounts/{account}/refresh"), admin.get(f"{API}/accounts")):
            reply = await ask
            outputs.replies.append(f"{reply.headers} {reply.text}")
    world.simulator.remove_fault(number)


@pytest.mark.parametrize("form", FORMS)
async def test_a_secret_in_the_wrong_place_is_not_repeated(form: Format, tmp_path: Path) -> None:
    """A key in an address, a password as a model, a token as an e-mail: people paste them anywhere."""
    async with watched(form, tmp_path) as (world, outputs), stranger(world) as client, world.client() as own:
        outputs.replies.append(await heard(own, PATHS[0]))
        token = next(iter(world.simulator.state.directory.tokens))
        refresh = world.simulator.accounts[0].refresh_token
        for secret in (world.key, PLANTED["admin_password"], PLANTED["api_key"], token, refresh):
            for path in (f"{PATHS[0]}?key={secret}x", f"/v1/models?key={secret}x", f"/nowhere?key={secret}"):
                outputs.replies.append((await client.post(path, json={})).text)
            for headers in ({"authorization": f"Bearer {secret}x"}, {"x-api-key": f"{secret}x"}):
                outputs.replies.append((await client.post(PATHS[1], json={}, headers=headers)).text)
                outputs.replies.append((await client.get(f"{API}/accounts", headers=headers)).text)
        for password in ("wrong", f"{PLANTED['admin_password']}x"):
            reply = await client.post(f"{API}/session", json={"password": password, "odd": password})
            outputs.replies.append(reply.text)
        admin = {"authorization": f"Bearer {PLANTED['admin_password']}"}
        for body in ({"email": "a@b", "refresh_token": refresh}, {"email": 7, "refresh_token": refresh}):
            outputs.replies.append((await client.post(f"{API}/accounts", json=body, headers=admin)).text)


@pytest.mark.parametrize("form", FORMS)
async def test_a_proxy_that_does_not_work_shows_no_password(form: Format, tmp_path: Path) -> None:
    """The word stands in an address, and addresses stand in errors."""
    proxy = f"http://operator:{PROXY_WORD}@127.0.0.1:9"
    async with watched(form, tmp_path, outbound_proxy=proxy) as (world, outputs), world.client() as client:
        for path, stream in itertools.product(PATHS, (False, True)):
            outputs.replies.append(await heard(client, path, stream=stream))
        assert world.generations == []
        assert not any(urlsplit(proxy).netloc in reply for reply in outputs.replies)


@pytest.mark.parametrize("form", FORMS)
async def test_no_text_of_a_client_forges_a_line_or_reaches_a_terminal(form: Format, tmp_path: Path) -> None:
    """threats.md S35: model, key name, user agent, ids and bodies, over what the log really wrote."""
    async with watched(form, tmp_path) as (world, outputs):
        named = await world.gateway.store.keys.create(name=EVIL)
        agent = "curl \x9b31m\u202egnp\u2028\u2066".encode()  # what a header can carry of it
        async with world.client() as client:
            client.headers["authorization"] = f"Bearer {named.secret}"
            for path in PATHS:
                said = {"model": EVIL, "user": EVIL, "metadata": {"user_id": EVIL}}
                for body in ({}, said, {"messages": [{"role": EVIL, "content": EVIL}]}):
                    asked = {"model": FLASH, "max_tokens": 9, "messages": [{"role": "user", "content": EVIL}]}
                    headers = {b"user-agent": agent, b"x-request-id": agent}
                    reply = await client.post(path, json={**asked, **body}, headers=headers)
                    outputs.replies.append(f"{reply.status_code} {reply.text}")
            world.simulator.add_fault("400_generic", message=EVIL)
            outputs.replies.append(await heard(client, PATHS[0]))
            await client.get(f"/v1/models/{EVIL.encode().hex()}")
        async with stranger(world) as admin:
            await admin.post(f"{API}/session", json={"password": EVIL}, headers={b"user-agent": agent})

    assert any(reply.startswith("200") for reply in outputs.replies)
    lines = outputs.log.getvalue().split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert not any(line.startswith("fake=line") for line in lines)
    assert any("fake=line" in line for line in lines), "the name of the key is in the log, as one word"


@pytest.mark.parametrize("form", FORMS)
async def test_a_secret_that_is_logged_by_mistake_is_masked(form: Format, tmp_path: Path) -> None:
    """threats.md S14: one redaction point on the logger, known values and shapes, traces included."""
    log = structlog.get_logger("tests")
    async with a_scene(**PLANTED, outbound_proxy=f"http://operator:{PROXY_WORD}@127.0.0.1:9") as world:
        secrets = {*planted(world), "ya29.a0AfH6-canary", "1//0e-canary-token"} - {""}
        stream = io.StringIO()
        known = secrets_of(world.gateway.settings)
        with closing(configure_logging("debug", form, stream=stream, secrets=known)):
            for secret in secrets:
                log.info(
                    f"sent {secret}", header=f"Bearer {secret}", nested={"of": [secret]}, key={secret: 1}
                )
                try:
                    raise ValueError(secret)
                except ValueError:
                    log.exception("it failed")

    said = stream.getvalue()
    assert said.count("it failed") == len(secrets) >= 10
    assert [secret for secret in secrets if secret in said] == []


def test_the_search_finds_a_secret_in_every_output() -> None:
    """Else nothing above would show anything."""
    outputs = Outputs(["a secret reply"], io.StringIO("a secret line"), {"journal": b"a secret record"})

    assert [where for where, _ in outputs.leaks({"secret", "nothing"})] == ["replies", "log", "journal"]
