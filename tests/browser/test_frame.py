"""What holds for every page: both languages, both schemes, every width, the keyboard, no scripts.

Spec: admin-ui.md 2.2, 2.7, 2.8, part 4 (1, 3, 4). Pages are those of the navigation, and those behind them.
"""

from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from app.store.parcel import PackedAccount
from app.web.panel.frame import PAGES
from tests.support.browser import DESK, PASSWORD, PHONE, Panel, a_browser, a_panel, a_tab
from tests.support.stripping import PREFIX, stripping
from tests.support.traffic import all_sorts
from tests.support.world import a_world

PATHS = tuple(f"/admin/{'' if page == 'overview' else page}" for page in PAGES)
BEHIND = ("/admin/system/log", "/admin/system/audit", "/admin/settings/changes", "/admin/models/names")
COMBINATIONS = tuple(product(("en", "zh"), (False, True), (DESK, PHONE)))
WIDTHS = (360, 768, 1024, 1920)
LONG = "a-very-long-name-that-somebody-really-has-1234567890-and-more"


async def look(panel: Panel, path: str, language: str) -> None:
    """A page that is there, with its address in what fails."""
    answer = await panel.page.goto(panel.world.base_url + path, wait_until="load")
    assert answer is not None
    assert answer.status == 200, f"{answer.status} from {path}"
    assert await panel.page.locator("html").get_attribute("lang") == language
    assert await panel.page.locator("h1").count() == 1, path
    await panel.fits()
    assert not panel.complaints, f"{path}: {panel.complaints}"


@pytest.mark.timeout(300)
async def test_every_page_is_clean() -> None:
    """en and zh, light and dark, desk and phone: all eight, in one browser, with requests to show.

    Each page is there, fits, breaks no policy and leaves the console alone; each in both schemes, once as
    a table and once as cards, is looked at by axe.
    """
    async with a_world(admin_password=PASSWORD) as world, a_browser() as browser:
        await all_sorts(world)
        for language, dark, width in COMBINATIONS:
            async with a_tab(world, browser, language=language, dark=dark, width=width) as panel:
                by_axe = (language, dark, width) in (("en", False, DESK), ("zh", True, PHONE))
                for path in PATHS:
                    await look(panel, path, language)
                    if by_axe:
                        assert await panel.serious() == [], path
                        page = path.removeprefix("/admin/") or "overview"
                        await panel.shot(f"frame-{page}-{language}-{'dark' if dark else 'light'}-{width}")


async def test_the_buttons_of_the_frame_choose_language_and_colours() -> None:
    """admin-ui.md 2.7: kept in a cookie, so that the first paint is right."""
    async with a_panel() as panel:
        page = panel.page
        for name, value, kept in (
            ("language", "zh", "lang"),
            ("theme", "dark", "data-theme"),
            ("language", "en", "lang"),
        ):
            await panel.open("/admin/")
            await page.locator(f'button[name="{name}"][value="{value}"]').first.click()
            await expect(page.locator("html")).to_have_attribute(kept, value)
            await panel.open("/admin/keys")
            await expect(page.locator("html")).to_have_attribute(kept, value)
        await panel.check()


@pytest.mark.timeout(180)
async def test_no_page_scrolls_sideways_at_any_width() -> None:
    """Part 4, 3: 500 accounts, addresses of 60 characters, Chinese names, long keys and models."""
    async with a_panel(accounts=1) as panel:
        world = panel.world
        store = world.gateway.store
        emails = [
            f"{LONG}-{n}@a-long-company-name.example" if n % 2 else f"{'密钥账号' * 12}{n}@例子.test"
            for n in range(500)
        ]
        await store.accounts.add_all(
            [PackedAccount(email=one, refresh_token=f"1//{one}", project="p") for one in emails]
        )
        world.key = (await store.keys.create(name=LONG * 2, note=LONG * 3)).secret
        await world.gateway.pool.load()
        await all_sorts(world)
        for path in (*PATHS, *BEHIND):
            await panel.page.set_viewport_size({"width": DESK, "height": 900})
            await look(panel, path, "en")
            for width in WIDTHS:
                await panel.page.set_viewport_size({"width": width, "height": 900})
                await panel.fits()


async def test_the_keyboard_leads_everywhere() -> None:
    """Skip link, `g` and a letter, `?`; the focus is never on the body; a key in a field is text."""
    async with a_panel() as panel:
        page = panel.page
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        assert urlsplit(page.url).fragment == "content"

        await page.keyboard.press("g")
        await page.keyboard.press("p")
        await page.wait_for_url("**/admin/playground")
        await expect(page.locator("h1")).to_have_text("Playground")
        assert await page.evaluate("document.activeElement !== document.body")

        await page.locator("#system").focus()
        await page.keyboard.type("go ?/")
        assert await page.locator("#system").input_value() == "go ?/"
        await page.locator("h1").click()
        await page.keyboard.press("?")
        await expect(page.locator("#modal")).to_be_visible()
        await expect(page.locator("#modal h2")).to_be_visible()
        await panel.shot("shortcuts")
        await panel.check()
        await page.keyboard.press("Escape")
        await expect(page.locator("#modal")).to_be_hidden()
        assert await page.evaluate("document.activeElement !== document.body")

        await page.keyboard.press("?")
        await page.locator("#shortcuts-off").click()
        await expect(page.locator("#modal")).to_be_hidden()
        await page.keyboard.press("g")
        await page.keyboard.press("o")
        await expect(page.locator("h1")).to_have_text("Playground")
        await panel.check()


async def test_every_page_can_be_read_without_scripts() -> None:
    async with a_panel(scripts=False) as panel:
        for path in PATHS:
            await panel.open(path)
            assert (await panel.page.locator("main").inner_text()).strip()
            assert await panel.page.locator("nav a").count() >= len(PAGES)


async def test_below_a_prefix_scripts_work_too() -> None:
    """admin-ui.md part 4, 10."""
    async with stripping() as proxy, a_panel(public_url=proxy.url) as panel:
        proxy.target = urlsplit(panel.world.base_url).port or 0
        panel.complaints.clear()  # signing in led below the prefix, where nobody answered at this port
        panel.world.base_url = f"http://127.0.0.1:{proxy.port}"
        await panel.open(f"{PREFIX}/admin/link/{panel.world.gateway.sign_in_links.new()}")
        await panel.page.keyboard.press("g")
        await panel.page.keyboard.press("p")
        await panel.page.wait_for_url(f"**{PREFIX}/admin/playground")
        await panel.page.locator("#turn-0").fill("Hello!")
        await panel.page.locator("#send").click()
        await expect(panel.page.locator("#record-status")).to_have_text("200")
        await expect(panel.page.locator("#live")).to_have_attribute("data-state", "live")
        await panel.check()
