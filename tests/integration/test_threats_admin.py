"""Every admin route is shut: the routes are taken from the app itself, so that none can be forgotten.

Source: threats.md S05 to S07 and S15.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from app.admin.auth import SESSION_S, Door, Peer
from app.clock import Clock
from app.gateway.parts import Gateway
from app.settings.fields import secrets_of
from app.web.site import build_quart
from tests.support.clock import ManualClock
from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
COOKIE = "antigravity_session"
DOCUMENT = "/admin/api/openapi.json"
FOR_STRANGERS = {
    ("POST", "/admin/api/session"),
    ("GET", "/admin/sign-in"),
    ("POST", "/admin/sign-in"),
    ("GET", "/admin/link/<token>"),
    ("GET", "/admin/static/<path:name>"),
    ("POST", "/admin/prefer"),
}
"""Where people come in, and what the page for that is made of; and the API's document."""

pytestmark = pytest.mark.asyncio(loop_scope="module")

Route = tuple[str, str]


class Scene:
    """A gateway, its routes, and what a stranger may hold in his hands."""

    def __init__(self, world: World, routes: list[Route], expired: str, ended: str) -> None:
        self.world = world
        self.routes = routes
        self.tokens = {
            "nothing": "",
            "a client key": world.key,
            "the API_KEY": world.gateway.settings.admin.api_key or "",
            "an expired token": expired,
            "an ended session": ended,
            "rubbish": "eyJhbGciOiJub25lIn0.e30.",
        }

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.world.base_url, trust_env=False, timeout=30, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(
            a_world(
                admin_password=PASSWORD,
                admin_password_bearer_compat=False,
                allowed_hosts=("gateway.example",),
                api_key="sk-local-0123456789abcdef",
            )
        )
        gateway = world.gateway
        routes = [
            (method, rule.rule)
            for rule in build_quart(gateway).url_map.iter_rules()
            for method in sorted(rule.methods or ())
            if rule.rule.startswith("/admin")
        ]
        long_ago = ManualClock(gateway.clock.now() - SESSION_S - 60)
        yield Scene(
            world,
            routes,
            await _token(gateway, long_ago, is_ended=False),
            await _token(gateway, gateway.clock, is_ended=True),
        )


async def _token(gateway: Gateway, clock: Clock, *, is_ended: bool) -> str:
    door = Door(gateway.settings.admin, gateway.store.sessions, clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.1"))
    if is_ended:
        await gateway.store.sessions.end(begun.session.id)
    return begun.token


def is_turned_away(reply: httpx.Response) -> bool:
    """A program is told so; a browser is sent to the page for signing in."""
    if reply.status_code in {401, 403}:
        return True
    to = reply.headers.get("location", reply.headers.get("hx-redirect", ""))
    return reply.status_code in {200, 302, 303} and to.startswith("/admin/sign-in") and not reply.text.strip()


def a_path(rule: str) -> str:
    """The path with something in every place that fits there."""
    rule = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
    return re.sub(r"<(?:(\w+):)?\w+>", lambda place: "1" if place[1] in {"int", "float"} else "x", rule)


def is_guarded(method: str, rule: str) -> bool:
    return (
        rule != DOCUMENT and ("GET" if method in {"HEAD", "OPTIONS"} else method, rule) not in FOR_STRANGERS
    )


async def let_in(scene: Scene, token: str, *, as_cookie: bool) -> list[Route]:
    """The guarded routes that answered somebody with this token."""
    headers = {"cookie": f"{COOKIE}={token}"} if as_cookie else {"authorization": f"Bearer {token}"}
    wrong = []
    async with scene.client(**(headers if token else {})) as client:
        for method, rule in scene.routes:
            if is_guarded(method, rule) and method != "OPTIONS":
                reply = await client.request(method, a_path(rule), json={} if method == "POST" else None)
                if not is_turned_away(reply):
                    wrong.append((method, f"{rule}: {reply.status_code} {reply.text[:80]}"))
    return wrong


@pytest.mark.parametrize("as_cookie", [False, True])
@pytest.mark.parametrize(
    "holding", ["nothing", "a client key", "the API_KEY", "an expired token", "an ended session", "rubbish"]
)
async def test_every_route_is_shut_to_whoever_is_no_administrator(
    scene: Scene, holding: str, as_cookie: bool
) -> None:
    """threats.md S15: no token, client key, expired token; and nothing was done by asking."""
    before = [status.id for status in scene.world.gateway.pool.snapshot()]

    assert await let_in(scene, scene.tokens[holding], as_cookie=as_cookie) == []

    assert [status.id for status in scene.world.gateway.pool.snapshot()] == before
    assert await scene.world.gateway.store.refreshes.all() == ()


async def test_the_walk_sees_the_routes_that_there_are(scene: Scene) -> None:
    guarded = {rule for method, rule in scene.routes if is_guarded(method, rule)}

    assert {"/admin/api/accounts", "/admin/api/sessions", "/admin/api/refreshes/<run>"} <= guarded
    assert set(scene.routes) >= FOR_STRANGERS


async def test_an_administrator_is_let_in_by_the_same_walk(scene: Scene) -> None:
    """Else the tests above would hold for a gateway that refuses everybody."""
    gateway = scene.world.gateway
    door = Door(gateway.settings.admin, gateway.store.sessions, gateway.clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.1"))
    async with scene.client(authorization=f"Bearer {begun.token}") as client:
        replies = [
            await client.get(path) for path in ("/admin/api/accounts", "/admin/api/sessions", "/admin/")
        ]

    assert [reply.status_code for reply in replies] == [200, 200, 200]


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:3000",
        "localhost.evil.test",
        "gateway.example.evil.test",
        "127.0.0.1.evil.test",
        "[",
        "[::1",
        "a b",
    ],
)
async def test_a_foreign_host_name_reaches_no_route(scene: Scene, host: str) -> None:
    """threats.md S07: DNS rebinding, for those who are signed in as well."""
    gateway = scene.world.gateway
    door = Door(gateway.settings.admin, gateway.store.sessions, gateway.clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.1"))
    statuses = {}
    async with scene.client(authorization=f"Bearer {begun.token}", host=host) as client:
        for method, rule in scene.routes:
            if method not in {"HEAD", "OPTIONS"} and rule != DOCUMENT:
                reply = await client.request(method, a_path(rule), json={} if method == "POST" else None)
                statuses[method, rule] = reply.status_code

    assert set(statuses.values()) == {403}


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test"])
async def test_a_page_of_somebody_else_changes_nothing_with_the_cookie(scene: Scene, origin: str) -> None:
    """threats.md S06: foreign origin, `null`, a form, text/plain."""
    gateway = scene.world.gateway
    door = Door(gateway.settings.admin, gateway.store.sessions, gateway.clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.1"))
    wrong = []
    async with scene.client(cookie=f"{COOKIE}={begun.token}", origin=origin) as client:
        for method, rule in scene.routes:
            if method in {"POST", "DELETE", "PUT", "PATCH"} and is_guarded(method, rule):
                for sent in (
                    {"data": {"a": "b"}},
                    {"content": "{}", "headers": {"content-type": "text/plain"}},
                ):
                    reply = await client.request(method, a_path(rule), **sent)
                    foreign = reply.headers.get("access-control-allow-origin")
                    if reply.status_code not in {400, 403} or foreign is not None:
                        wrong.append((method, rule, reply.status_code))

    assert wrong == []
    assert await gateway.store.sessions.find(begun.session.id) is not None


async def test_the_document_is_open_and_holds_no_secret(scene: Scene) -> None:
    """It is the same for everybody and published with the source: what it describes is what is guarded."""
    world = scene.world
    async with scene.client(host="evil.test") as client:
        reply = await client.get(DOCUMENT)

    secrets = {*secrets_of(world.gateway.settings), world.key, *scene.tokens.values()} - {""}
    people = {account.email for account in world.simulator.accounts}
    assert reply.status_code == 200
    assert reply.json()["info"]["title"].startswith("Antigravity Proxy")
    assert [one for one in secrets | people if one in reply.text] == []
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("mark", ["\x00", "\x1b[2J", "\x7f", "\x9b", "\n", "\u202e", "\u2066"])
async def test_an_address_that_hides_something_is_not_taken(scene: Scene, mark: str) -> None:
    """threats.md S08, S35: in the middle and at the end."""
    gateway = scene.world.gateway
    door = Door(gateway.settings.admin, gateway.store.sessions, gateway.clock)
    begun = await door.begin_session(PASSWORD, Peer("192.0.2.1"))
    async with scene.client(authorization=f"Bearer {begun.token}") as client:
        for email in (f"an{mark}na@example.test", f"anna@example.test{mark}"):
            reply = await client.post("/admin/api/accounts", json={"email": email, "refresh_token": "1//t"})
            assert (reply.status_code, reply.json()["where"]) == (400, "email")
