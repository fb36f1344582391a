"""The first page in a real browser. Spec: admin-ui.md 2.2, 2.3."""

import pytest
from playwright.async_api import expect

from app.errors import CredentialRejected
from tests.support.browser import DESK, PHONE, a_panel
from tests.support.traffic import ask, written


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
async def test_the_overview_says_what_needs_a_person(width: int, language: str) -> None:
    """admin-ui.md 2.1, 3: an action, not a colour; part 4: a clean page."""
    async with a_panel(width=width, language=language) as panel:
        page = panel.page
        await panel.open("/admin/")
        await expect(page.locator("#needs-you .ok")).to_be_visible()
        await panel.shot(f"overview-{language}-{width}")
        await panel.check()

        status = panel.world.gateway.pool.snapshot()[0]
        panel.world.simulator.add_fault("token_revoked")
        with pytest.raises(CredentialRejected):
            await panel.world.gateway.pool.renew(status.id)
        await expect(page.locator(f"#act-{status.id}")).to_be_visible()
        await panel.shot(f"overview-needs-{language}-{width}")
        await panel.check()
        await page.locator(f"#act-{status.id}").click()
        await page.wait_for_url(f"**/admin/accounts/{status.id}")


@pytest.mark.timeout(120)
async def test_figures_follow_and_their_tables_stay_open() -> None:
    """admin-ui.md 2.3: a figure and its table; 2.5: the page keeps up; 3.2: what the reader did stays."""
    async with a_panel() as panel:
        page = panel.page
        await panel.open("/admin/?range=hour")
        await page.locator("#chart-requests[data-drawn]").wait_for()
        await page.locator("#chart-requests-table summary").click()
        await expect(page.locator("#chart-requests-table tbody tr")).to_have_count(0)
        await ask(panel.world)
        await written(panel.world)
        await expect(page.locator("#chart-requests-table tbody tr")).to_have_count(1)
        await expect(page.locator("#chart-requests-table")).to_have_attribute("open", "")
        await expect(page.locator("#chart-requests .nothing")).to_have_count(0)
        await expect(page.locator("#chart-requests canvas")).to_have_count(1)
        # A second change comes after a while: figures are dear to make.
        await ask(panel.world)
        await expect(page.locator("#chart-requests figcaption")).to_contain_text("2 requests", timeout=15_000)

        await page.locator("#range-week").click()
        await page.wait_for_url("**range=week")
        await expect(page.locator("#chart-tokens canvas")).to_have_count(1)
        await page.locator("#to-usage").click()
        await page.locator("#chart-usage canvas").wait_for()
        await panel.check()
