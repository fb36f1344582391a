"""Where no stream comes through, the page asks every 10 s and says so. Spec: admin-ui.md 2.5."""

from playwright.async_api import Route, expect

from tests.support.browser import a_panel

STALE_MS = 16_000
POLL_MS = 11_000


async def refused(route: Route) -> None:
    """What a proxy does that lets no stream through."""
    await route.abort()


async def test_without_a_stream_the_page_asks_every_ten_seconds() -> None:
    async with a_panel() as panel:
        page, pool = panel.page, panel.world.gateway.pool
        await page.route("**/admin/events*", refused)
        await page.clock.install()
        await panel.open("/admin/playground")
        await page.locator("#system").fill("half a sentence")
        live, ready = page.locator("#live"), page.locator("#strip .ok")
        await expect(ready).to_contain_text("3")
        await expect(live).to_have_attribute("data-state", "connecting")

        await page.clock.run_for(STALE_MS)
        await expect(live).to_have_attribute("data-state", "stale")
        await expect(live).to_contain_text("Polling")
        for left in ("2", "1"):
            await pool.set_enabled(next(one.id for one in pool.snapshot() if one.enabled), enabled=False)
            await page.clock.run_for(POLL_MS)
            await expect(ready).to_contain_text(left)
        assert await page.locator("#system").input_value() == "half a sentence"

        await page.unroute("**/admin/events*")
        await page.clock.run_for(POLL_MS)
        await expect(live).to_have_attribute("data-state", "live")
        await panel.check()
