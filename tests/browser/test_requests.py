"""Requests in a real browser: the list, one request, the way from a failure to its reason.

Spec: admin-ui.md 2.3, Requests; part 4.
"""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser import DESK, PHONE, a_panel
from tests.support.traffic import all_sorts, ask, request_id, written


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("width", "language", "dark"), [(DESK, "en", False), (PHONE, "zh", True)])
async def test_requests_look_right(width: int, language: str, dark: bool) -> None:
    """admin-ui.md part 4: no violation, no error, nothing sideways, nothing serious from axe."""
    async with a_panel(width=width, language=language, dark=dark) as panel:
        name = f"{language}-{width}{'-dark' if dark else ''}"
        await panel.open("/admin/requests")
        await panel.shot(f"requests-empty-{name}")
        await panel.check()

        replies = await all_sorts(panel.world)
        await panel.open("/admin/requests?origin=any&result=failed")
        await panel.shot(f"requests-filtered-{name}")
        await panel.check()
        await panel.open("/admin/requests")
        await panel.shot(f"requests-{name}")
        await panel.check()
        for sort in ("retried", "exhausted", "unknown"):
            await panel.open(f"/admin/requests/{request_id(replies[sort])}")
            await panel.shot(f"request-{sort}-{name}")
            await panel.check()


@pytest.mark.timeout(120)
async def test_from_a_failure_to_its_reason_by_mouse_and_by_keyboard(tmp_path: Path) -> None:
    """admin-ui.md part 4, 6: two clicks from Overview; 2.8: `g r`, `j`, Enter, `/`."""
    async with a_panel(addon_options={"recorder": {"folder": str(tmp_path)}}) as panel:
        page = panel.page
        failed = request_id(await ask(panel.world, "[[sim: error=500_internal]]"))
        await ask(panel.world)
        await written(panel.world)

        await panel.open("/admin/")
        await page.locator(f"#failure-{failed}").click()
        await expect(page.locator("#what-happened")).to_contain_text("failed")
        await expect(page.get_by_text("The upstream could not be reached, or answered")).to_be_visible()
        await page.locator("#copy-text").click()
        await expect(page.locator("#announce")).not_to_be_empty()
        await page.locator("#recording summary").click()
        await expect(page.locator("#recording pre")).to_contain_text("[[sim: error=500_internal]]")
        await panel.check()

        await page.locator("body").press("g")
        await page.keyboard.press("r")
        await expect(page.locator("#request-list tbody tr")).to_have_count(2)
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/admin/requests/{failed}")
        await page.go_back()
        await page.locator("#request-list").wait_for()
        await page.keyboard.press("/")
        await expect(page.locator("#find")).to_be_focused()
        await page.keyboard.type(failed)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/admin/requests/{failed}")
        await page.locator("#replay").click()
        await page.wait_for_url(f"**/admin/playground?replay={failed}")
        await panel.check()


@pytest.mark.timeout(120)
async def test_filters_are_set_and_dropped(tmp_path: Path) -> None:
    """admin-ui.md 2.2: filters in the URL, also after a reload; 2.9: clear the filter."""
    async with a_panel() as panel:
        page = panel.page
        await all_sorts(panel.world)
        rows = page.locator("#request-list tbody tr")
        await panel.open("/admin/requests")
        await expect(rows).to_have_count(6)
        await page.locator("#chip-failed").click()
        await expect(rows).to_have_count(1)
        await expect(page.locator("#chip-failed")).to_have_attribute("aria-current", "true")
        await page.reload()
        await expect(rows).to_have_count(1)
        await page.locator("#f-result").select_option("")
        await page.locator("#f-model").select_option("gemini-3-flash")
        await page.locator("#f-dialect").select_option("openai_chat")
        await page.locator("#filter").click()
        await expect(rows).to_have_count(1)
        await page.locator("#drop-dialect").click()
        await expect(rows).to_have_count(2)
        await page.locator("#chip-slow").click()
        await expect(page.get_by_text("No request fits these filters.")).to_be_visible()
        await panel.shot("requests-no-match")
        await panel.check()
        await page.locator("#clear-filter").click()
        await expect(rows).to_have_count(6)


@pytest.mark.timeout(120)
async def test_the_list_follows_only_while_its_beginning_is_seen() -> None:
    """admin-ui.md 2.3: prepends new rows only while the list is scrolled to the top; otherwise "12 new"."""
    async with a_panel(width=PHONE) as panel:
        page = panel.page
        for _ in range(8):
            await ask(panel.world)
        await written(panel.world)
        rows, newer = page.locator("#request-list tbody tr"), page.locator("#newer")
        await panel.open("/admin/requests")
        await expect(page.locator("#live")).to_have_attribute("data-state", "live")
        await ask(panel.world)
        await expect(rows).to_have_count(9)
        await expect(newer).to_be_hidden()

        await page.evaluate("scrollTo(0, 900)")
        await expect(page.locator("#request-list")).to_have_attribute("data-topics", "")
        await ask(panel.world)
        await ask(panel.world)
        await expect(newer).to_have_text("2 new requests")
        await expect(rows).to_have_count(9)
        await panel.check()
        await newer.locator("a").click()
        await expect(rows).to_have_count(11)
        await expect(newer).to_be_hidden()

        await page.locator("#follow").click()
        await page.wait_for_url("**/admin/requests?follow=off")
        await ask(panel.world)
        await expect(newer).to_have_text("1 new request")
        await expect(rows).to_have_count(11)


@pytest.mark.timeout(120)
async def test_without_scripts_everything_can_be_read() -> None:
    """Issue text: readable without scripts."""
    async with a_panel(scripts=False) as panel:
        page = panel.page
        failed = request_id((await all_sorts(panel.world))["failed"])
        await panel.open("/admin/")
        await page.locator("#chart-requests-table summary").click()
        await expect(page.locator("#chart-requests-table tbody tr")).to_have_count(1)
        await panel.shot("overview-without-scripts")
        await page.locator(f"#failure-{failed}").click()
        await expect(page.locator("#what-happened")).to_contain_text("failed")
        await panel.open("/admin/usage")
        await page.locator("#chart-usage-table summary").click()
        await expect(page.locator("#chart-usage-table tbody tr")).to_have_count(1)
        await panel.open("/admin/requests")
        await page.locator("#more-filters summary").click()
        await page.locator("#f-result").select_option("failed")
        await page.locator("#filter").click()
        await expect(page.locator("#request-list tbody tr")).to_have_count(1)
