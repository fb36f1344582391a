"""The page keeps up with the gateway, or says that it does not. Spec: admin-ui.md 2.2, 2.5, part 4, 8."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.support.browser import a_panel
from tests.support.stripping import stripping


async def test_a_change_shows_by_itself_and_keeps_what_the_reader_did() -> None:
    async with a_panel() as panel:
        page = panel.page
        await panel.open("/admin/playground")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await page.locator("#system").fill("half a sentence")
        await expect(page.locator("#strip .ok")).to_contain_text("3")

        first = panel.world.gateway.pool.snapshot()[0].id
        await panel.world.gateway.pool.set_enabled(first, enabled=False)

        await expect(page.locator("#strip .ok")).to_contain_text("2", timeout=15_000)
        assert await page.locator("#system").input_value() == "half a sentence"
        await expect(page.locator("#system")).to_be_focused()
        await panel.check()


async def test_a_hidden_tab_holds_no_stream() -> None:
    """A browser allows about six connections to a host: forgotten tabs would block the panel."""
    async with a_panel() as panel:
        page = panel.page
        await page.clock.install()
        await panel.open("/admin/")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        await page.clock.run_for(1500)
        await expect(page.locator("#live")).not_to_have_attribute("data-state", "live")
        await page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")


@pytest.mark.timeout(180)
async def test_a_stream_that_is_cut_is_told_within_twenty_seconds() -> None:
    """admin-ui.md part 4, 8; and once it is there again the page is live without a click."""
    async with stripping() as proxy, a_panel(public_url=proxy.url) as panel:
        proxy.target = urlsplit(panel.world.base_url).port or 0
        page = panel.page
        panel.world.base_url = f"http://127.0.0.1:{proxy.port}"
        await page.clock.install()
        link = f"/admin/link/{panel.world.gateway.sign_in_links.new()}"
        await page.goto(proxy.url + link)
        live = page.locator("#live")
        await expect(live).to_have_attribute("data-state", "live")

        proxy.cut()
        await page.clock.run_for(20_000)
        await expect(live).to_have_attribute("data-state", "stale")
        await panel.shot("live-stale")

        proxy.is_cut = False
        await page.clock.run_for(12_000)
        await expect(live).to_have_attribute("data-state", "live")
