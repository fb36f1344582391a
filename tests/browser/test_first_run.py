"""From nothing to the first answered request, in the browser. Spec: admin-ui.md 2.9, 2.10, part 4, 12."""

from playwright.async_api import expect

from tests.support.browser import DESK, Panel, a_panel
from tests.support.traffic import written

MOST_CLICKS = 12


class Walk:
    """Clicks and counts them. Opening the sign-in link was the first."""

    def __init__(self, panel: Panel) -> None:
        self.page = panel.page
        self.clicks = 1

    async def click(self, which: str) -> None:
        self.clicks += 1
        await self.page.locator(which).click()

    async def next_step(self, name: str) -> None:
        """Back to the first page, and on to what its list says is to be done next."""
        await self.click("#nav-overview")
        offered = self.page.locator("#first-run li a").first
        await expect(offered).to_have_id(f"first-{name}")
        await self.click(f"#first-{name}")


async def test_from_an_empty_gateway_to_an_answer() -> None:
    """A gateway that knows nobody, and a person who knows the pages alone.

    The sign-in link, an account by its token, a key, a request with that key's limits: each where the list
    on the first page leads. Nothing is asked for that is not on the screen.
    """
    async with a_panel(width=DESK, accounts=1, empty=True) as panel:
        gateway, page, walk = panel.world.gateway, panel.page, Walk(panel)
        (account,) = panel.world.simulator.accounts
        assert (list(gateway.pool.snapshot()), list(await gateway.store.keys.all())) == ([], [])
        await expect(page.locator("#first-run li a")).to_have_count(4)
        await expect(page.locator("#needs-you")).to_contain_text("503")
        await panel.shot("first-run-empty")
        await panel.check()

        await walk.click("#first-account")
        await page.locator("#field-email").fill(account.email)
        await page.locator("#field-refresh_token").fill(account.refresh_token)
        await walk.click("#add-by-token")
        await expect(page.locator("h1")).to_contain_text(account.email)
        await expect(page.locator("#strip .ok")).to_contain_text("1")

        await walk.next_step("key")
        await page.locator("#field-name").fill("mine")
        await walk.click("#save-key")
        await expect(page.locator("#secret")).to_be_visible()
        await expect(page.locator("#snippets-title")).to_be_visible()
        assert panel.world.base_url in await page.locator("details[open] pre").first.inner_text()
        await panel.check()

        await walk.click("#try-it")
        await expect(page.locator("#as-key option:checked")).to_have_text("Key mine")
        await page.locator("#turn-0").fill("Hello!")
        await walk.click("#send")
        await expect(page.locator("#record-status")).to_have_text("200")
        await expect(page.locator("#said")).not_to_be_empty()
        await panel.check()

        await written(panel.world)
        await walk.click("#record-link")
        await expect(page.locator("main")).to_contain_text("mine")
        await expect(page.locator("main")).to_contain_text(account.email)
        await panel.check()
        await panel.open("/admin/")
        await expect(page.locator("#first-run li a")).to_have_id("first-client")
        await panel.shot("first-run-answered")
    assert walk.clicks < MOST_CLICKS
    (sent,) = panel.world.generations
    assert "Hello!" in str(sent.body)
