"""Coming in and going out with a browser. Spec: admin-ui.md 2.10, 3.2; threats.md S02 to S09."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.admin.throttle import PER_ADDRESS
from app.web.admin.guard import COOKIE
from app.web.panel.frame import CSP
from tests.support.world import World, a_world

PASSWORD = "a long password for tests"
OWN = {"sec-fetch-site": "same-origin"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def a_browser(world: World, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=world.base_url, trust_env=False, timeout=30, headers=headers)


@asynccontextmanager
async def a_panel(**values: Any) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world and a browser that is signed in."""
    async with a_world(admin_password=PASSWORD, **values) as world, a_browser(world) as browser:
        begun = await browser.post("/admin/sign-in", data={"password": PASSWORD}, headers=OWN)
        assert begun.status_code == 303
        yield world, browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shut_world() -> AsyncIterator[World]:
    """A gateway that nobody has signed in to."""
    async with a_world(admin_password=PASSWORD) as world:
        yield world


async def csrf(browser: httpx.AsyncClient, path: str = "/admin/") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await browser.get(path)).text)
    assert found is not None
    return found[1]


async def test_the_password_opens_and_signing_out_shuts() -> None:
    """threats.md S05: the cookie is hidden from scripts, belongs to the panel, and ends with its session."""
    async with a_world(admin_password=PASSWORD) as world, a_browser(world) as browser:
        asked = await browser.get("/admin/playground?replay=")
        wrong = await browser.post("/admin/sign-in", data={"password": "wrong"}, headers=OWN)
        data = {"password": PASSWORD, "next": "/admin/playground?replay="}
        begun = await browser.post("/admin/sign-in", data=data, headers=OWN)
        cookie = begun.headers["set-cookie"]
        token = browser.cookies[COOKIE]
        out = await browser.post("/admin/sign-out", data={"csrf": await csrf(browser)}, headers=OWN)
        late = await browser.get("/admin/", headers={"cookie": f"{COOKIE}={token}"})

    assert asked.headers["location"] == "/admin/sign-in?next=%2Fadmin%2Fplayground%3Freplay%3D"
    assert wrong.status_code == 401
    assert "The password is wrong." in wrong.text
    assert COOKIE not in wrong.headers.get("set-cookie", "")
    assert begun.headers["location"] == "/admin/playground?replay="
    assert {"HttpOnly", "Path=/admin", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "a home network speaks plain http"
    assert out.headers["location"] == "/admin/sign-in"
    assert late.headers["location"].startswith("/admin/sign-in")


async def test_the_cookie_is_secure_where_the_connection_is() -> None:
    async with (
        a_world(admin_password=PASSWORD, trusted_proxies=("127.0.0.1",)) as world,
        a_browser(world, **{"x-forwarded-proto": "https"}) as browser,
    ):
        begun = await browser.post("/admin/sign-in", data={"password": PASSWORD}, headers=OWN)

    assert "Secure" in begun.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://evil.test/", "//evil.test/admin/", "/admin/../..//evil.test", "/admin/\\evil.test", ""),
        *("/other", "/admin/\r\nx: y", "javascript:alert(1)", "/admin//evil.test"),
    ],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(wanted: str, shut_world: World) -> None:
    """threats.md S09: no open redirect."""
    async with a_browser(shut_world) as browser:
        data = {"password": PASSWORD, "next": wanted}
        begun = await browser.post("/admin/sign-in", data=data, headers=OWN)
        chosen = await browser.post("/admin/prefer", data={"theme": "dark", "next": wanted}, headers=OWN)

    assert (begun.headers["location"], chosen.headers["location"]) == ("/admin/", "/admin/")


async def test_a_sign_in_link_works_once(shut_world: World) -> None:
    """admin-ui.md 2.10."""
    path = f"/admin/link/{shut_world.gateway.sign_in_links.new()}"
    async with a_browser(shut_world) as browser, a_browser(shut_world) as other:
        first, second = await browser.get(path), await other.get(path)
        inside = await browser.get("/admin/")
        invented = await other.get("/admin/link/invented")

    assert (first.status_code, first.headers["location"]) == (303, "/admin/")
    assert (second.status_code, invented.status_code) == (403, 403)
    assert "set-cookie" not in second.headers
    assert "has been used" in second.text
    assert inside.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_form_of_somebody_elses_page_is_refused(
    headers: dict[str, str], status: int, shut_world: World
) -> None:
    """threats.md S06: for signing in as well."""
    async with a_browser(shut_world) as browser:
        begun = await browser.post("/admin/sign-in", data={"password": PASSWORD}, headers=headers)

    assert begun.status_code == status


async def test_a_change_needs_the_token_of_this_very_session() -> None:
    """threats.md S06: the cookie alone changes nothing, nor does the token of another session."""
    async with a_panel() as (world, browser), a_browser(world) as other:
        await other.post("/admin/sign-in", data={"password": PASSWORD}, headers=OWN)
        foreign, own = await csrf(other), await csrf(browser)
        path = "/admin/api/playground"
        said = {"dialect": "openai_chat", "body": {}}
        statuses = [
            (await browser.post(path, json=said, headers={**OWN, **more})).status_code
            for more in ({}, {"x-csrf-token": "wrong"}, {"x-csrf-token": foreign}, {"x-csrf-token": own})
        ]
        missing = await browser.post("/admin/sign-out", headers=OWN)

    assert statuses == [403, 403, 403, 400]
    assert missing.status_code == 403
    assert world.generations == []


async def test_a_page_that_is_open_learns_that_its_session_has_ended() -> None:
    """A swap would put the sign-in page into the middle of the old one."""
    async with a_panel() as (world, browser):
        (session,) = await world.gateway.store.sessions.all()
        await world.gateway.store.sessions.end(session.id)
        whole = await browser.get("/admin/playground")
        swapped = await browser.get("/admin/playground", headers={"hx-request": "true"})
        change = await browser.post("/admin/playground", headers={**OWN, "hx-request": "true"})

    assert whole.headers["location"] == "/admin/sign-in?next=%2Fadmin%2Fplayground"
    assert swapped.headers["hx-redirect"] == "/admin/sign-in?next=%2Fadmin%2Fplayground"
    assert swapped.text == ""
    assert change.headers["hx-redirect"].startswith("/admin/sign-in")


async def test_signing_out_elsewhere_ends_that_session_at_once() -> None:
    async with a_panel() as (world, browser), a_browser(world) as other:
        await other.post("/admin/sign-in", data={"password": PASSWORD}, headers=OWN)
        token = {"x-csrf-token": await csrf(browser), **OWN}
        listed = (await browser.get("/admin/api/sessions")).json()["sessions"]
        (elsewhere,) = (one["id"] for one in listed if not one["is_yours"])
        ended = await browser.delete(f"/admin/api/sessions/{elsewhere}", headers=token)

        assert ended.status_code == 204
        assert (await other.get("/admin/")).status_code == 303
        assert (await browser.get("/admin/")).status_code == 200


async def test_guesses_are_slowed_down_and_there_is_no_default_password() -> None:
    """threats.md S02, S03."""
    async with a_world(admin_password=PASSWORD) as world, a_browser(world) as browser:
        guesses = ["", "admin", "admin123", "password", *map(str, range(PER_ADDRESS))]
        replies = [
            await browser.post("/admin/sign-in", data={"password": guess}, headers=OWN) for guess in guesses
        ]

    assert {reply.status_code for reply in replies[:PER_ADDRESS]} == {401}
    assert replies[-1].status_code == 429
    assert "Wait a little" in replies[-1].text


async def test_every_page_forbids_what_it_does_not_need(shut_world: World) -> None:
    """threats.md S08: nothing inline, nothing from elsewhere, in no frame, in no cache."""
    async with a_browser(shut_world) as browser:
        page = await browser.get("/admin/sign-in")

    assert "unsafe" not in CSP
    assert page.headers["content-security-policy"] == CSP
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_a_home_network_can_use_plain_http_by_address() -> None:
    """admin-ui.md 2.6: over `http://192.168...`, where browsers send no Sec-Fetch-Site."""
    host = {"host": "192.168.1.20:3000"}
    async with a_world(admin_password=PASSWORD) as world, a_browser(world, **host) as browser:
        origin = {"origin": "http://192.168.1.20:3000"}
        begun = await browser.post("/admin/sign-in", data={"password": PASSWORD}, headers=origin)
        cookie = {"cookie": begun.headers["set-cookie"].partition(";")[0]}
        page = await browser.get("/admin/", headers=cookie)
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert token is not None
        out = await browser.post("/admin/sign-out", data={"csrf": token[1]}, headers={**cookie, **origin})

    assert (begun.status_code, page.status_code, out.status_code) == (303, 200, 303)


async def test_files_are_kept_for_good_only_under_the_address_of_their_content(shut_world: World) -> None:
    """A module that another imports has no mark in its address, and must not outlive an update."""
    async with a_browser(shut_world) as browser:
        page = await browser.get("/admin/sign-in")
        found = re.search(r'href="(/admin/static/css/tokens\.css\?v=\w+)"', page.text)
        assert found is not None
        marked = await browser.get(found[1])
        bare = await browser.get("/admin/static/js/live.js")
        again = await browser.get(
            "/admin/static/js/live.js", headers={"if-none-match": bare.headers.get("etag", "")}
        )
        outside = await browser.get("/admin/static/..%2f..%2fpyproject.toml")

    assert "immutable" in marked.headers["cache-control"]
    assert bare.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert outside.status_code == 404
