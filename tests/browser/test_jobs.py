"""Refreshing many accounts, in a real browser. Spec: admin-ui.md 2.4, 2.8, part 4 (7)."""

import re

import pytest
from playwright.async_api import expect

from app.pool.refreshing import ItemState, RunState
from tests.support.browser import DESK, PHONE, a_panel


@pytest.mark.parametrize(
    ("width", "language", "dark"), [(DESK, "en", False), (PHONE, "zh", True)], ids=["desk", "phone"]
)
async def test_a_run_is_begun_watched_and_its_failures_are_told_by_reason(
    width: int, language: str, dark: bool
) -> None:
    """Start leads back to the list with the panel on top; the end tells why some failed, and retries them."""
    async with a_panel(
        width=width, language=language, dark=dark, scenario="revoked-account", accounts=4
    ) as panel:
        page, gateway = panel.page, panel.world.gateway
        await panel.open("/admin/accounts")
        await page.locator("#refresh-many").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#which-all")).to_be_focused()
        await panel.check()
        await page.locator("#part-models").uncheck()
        await page.locator("#parallel").select_option("2")
        await page.locator("#start-job").press("Enter")
        await expect(page.locator("#notice")).to_be_visible()
        await expect(page.locator("#announce")).to_have_text(re.compile(r"\d"))
        assert page.url.endswith("/admin/accounts")
        assert await page.evaluate("document.activeElement !== document.body")
        (run,) = await gateway.store.refreshes.all()
        assert (run.total, run.parallel, len(run.parts)) == (4, 2, 2)

        await expect(page.locator("#job-failures")).to_be_visible(timeout=20_000)
        await panel.shot(f"accounts-refreshed-{language}-{width}")
        await panel.check()
        await page.locator("#job-failures").click()
        await expect(page.locator("#retry-1")).to_be_visible(timeout=20_000)
        await page.locator("#who-1 summary").click()
        await panel.shot(f"job-{language}-{width}")
        await panel.check()
        await expect(page.locator("#act-1")).to_be_visible()
        await page.locator("#retry-1").click()
        await expect(page.locator("h1")).to_have_text(re.compile("1"))
        again = (await gateway.store.refreshes.all())[0]
        assert (again.total, again.id == run.id) == (1, False)
        await page.locator("#to-jobs").click()
        await expect(page.locator("#job-list article")).to_have_count(2)
        await panel.shot(f"jobs-{language}-{width}")
        await panel.check()


async def test_a_run_is_paused_resumed_and_cancelled_and_the_page_tells_the_truth_after_a_reload() -> None:
    """Part 4 (7): also when whoever worked on it is gone."""
    async with a_panel(accounts=3) as panel:
        page, gateway = panel.page, panel.world.gateway
        runs = gateway.store.refreshes
        run = await runs.begin(await gateway.store.accounts.all(), parallel=1)
        assert await runs.claim(run.id, "a command elsewhere")
        taken = await runs.take(run.id)
        assert taken is not None
        await runs.settle(run.id, taken.account)
        await runs.take(run.id)

        await panel.open("/admin/accounts")
        await expect(page.locator("#job progress")).to_have_attribute("value", "1")
        await expect(page.locator(f"#row-{taken.account}")).to_contain_text("fresh")
        await panel.shot("accounts-running")
        await panel.check()
        await page.locator("#job-pause-resume").click()
        await expect(page.locator("#job")).to_contain_text("Paused")
        await expect(page.locator("#job")).to_contain_text("let finish")
        assert await page.evaluate("document.activeElement.id") == "job-pause-resume"
        await page.reload()
        await expect(page.locator("#job")).to_contain_text("Paused")
        await page.locator("#job-pause-resume").click()
        await expect(page.locator("#job")).to_contain_text("Running")

        await panel.open("/admin/")
        await expect(page.locator("#job progress")).to_be_visible()
        await page.locator("#job-cancel").click()
        await expect(page.locator("#notice")).to_contain_text("Cancelled")
        await expect(page.locator("#job progress")).to_have_count(0)
        found = await runs.find(run.id)
        assert found is not None
        assert found.state is RunState.CANCELLED
        states = [item.state for item in await runs.items(run.id)]
        assert states == [ItemState.DONE, ItemState.RUNNING, ItemState.WAITING]


async def test_a_run_that_stopped_itself_says_so_without_scripts() -> None:
    """admin-ui.md 2.4 (6): "the upstream refuses; stopped at 37"."""
    async with a_panel(accounts=2, scripts=False) as panel:
        page, runs = panel.page, panel.world.gateway.store.refreshes
        run = await runs.begin(await panel.world.gateway.store.accounts.all(), parallel=1)
        await runs.claim(run.id, "a command elsewhere")
        taken = await runs.take(run.id)
        assert taken is not None
        await runs.settle(run.id, taken.account, reason="<b>The upstream</b> failed.")
        await runs.stop(run.id, "10 accounts in a row failed alike: <b>The upstream</b> failed.")
        await panel.open(f"/admin/jobs/{run.id}")
        shown = await page.locator("#job-detail").inner_text()
        assert "stopped at 1" in shown
        assert "<b>The upstream</b>" in shown
        await page.locator("#job-pause-resume").click()
        assert "Running" in await page.locator("#job-detail").inner_text()
