"""Models in a real browser. Spec: admin-ui.md 2.3 (Models)."""

import pytest
from playwright.async_api import expect

from tests.support.browser import DESK, PHONE, a_panel


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh", True), (DESK, "en", False)])
async def test_a_model_tells_who_would_serve_it(width: int, language: str, dark: bool) -> None:
    """admin-ui.md 2.3: accounts able now of all, and "if a request came now" with why each other is out."""
    async with a_panel(width=width, language=language, dark=dark) as panel:
        page = panel.page
        accounts = panel.world.gateway.pool.snapshot()
        await panel.world.gateway.pool.set_enabled(accounts[0].id, enabled=False)
        await panel.open("/admin/models?text=sonnet")
        await expect(page.locator("#model-list")).to_contain_text("claude-sonnet-4-6")
        await panel.shot(f"models-{language}-{width}")
        await panel.check()
        await page.get_by_role("link", name="claude-sonnet-4-6", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("claude-sonnet-4-6")
        row = page.locator("tr", has_text=accounts[0].email)
        await expect(row).to_contain_text("disabled by the operator")
        await panel.shot(f"model-{language}-{width}")
        await panel.check()


async def test_names_and_fallbacks_are_edited_by_keyboard() -> None:
    """admin-ui.md 2.3: a table editor moved with buttons, and a box that shows the resolved chain."""
    async with a_panel() as panel:
        page = panel.page
        await panel.open("/admin/models/names")
        await page.locator("#aliases-from-0").fill("fast")
        await page.locator("#aliases-to-0").fill("gemini-2.5-flash")
        await page.locator("#fallbacks-from-0").fill("claude-opus-4-6-thinking")
        await page.locator("#fallbacks-to-0").fill("claude-sonnet-4-6, gemini-3-pro-high")
        await page.keyboard.press("Enter")
        await expect(page.locator("#notice")).to_be_visible()
        await page.locator("#aliases-from-1").fill("quick-*")
        await page.locator("#aliases-to-1").fill("gemini-2.5-flash-lite")
        await page.locator("#save-names").press("Enter")
        await page.locator("#aliases-up-1").wait_for()
        # A swap puts the focus back a moment later; a person is slower than that.
        await expect(page.locator("#save-names")).to_be_focused()
        await page.wait_for_function(
            "!document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')"
        )
        await page.locator("#aliases-up-1").press("Enter")
        await expect(page.locator("#aliases-from-0")).to_have_value("quick-*")
        await panel.shot("names-en-1360")
        await panel.check()
        await page.locator("#asked").fill("fast")
        await page.locator("#asked").press("Enter")
        await expect(page.locator("#chain")).to_contain_text("gemini-2.5-flash")

        async with panel.world.client() as client:
            models = (await client.get("/v1/models")).json()
        assert "fast" in [model["id"] for model in models["data"]]


async def test_what_leads_nowhere_is_said_and_kept() -> None:
    """admin-ui.md 2.6: nothing is lost."""
    async with a_panel(scripts=False) as panel:
        page = panel.page
        await panel.open("/admin/models/names")
        await page.locator("#aliases-from-0").fill("fast")
        await page.locator("#aliases-to-0").fill("no-such-model")
        await page.locator("#save-names").click()
        await expect(page.get_by_role("alert")).to_contain_text("no-such-model")
        await expect(page.locator("#aliases-from-0")).to_have_value("fast")


async def test_a_hidden_model_is_not_listed_and_still_answers() -> None:
    """admin-ui.md 2.3: hide."""
    async with a_panel() as panel, panel.world.client() as client:
        await panel.open("/admin/models?text=claude-sonnet-4-6")
        await panel.page.get_by_label("Hide claude-sonnet-4-6", exact=True).click()
        await expect(panel.page.locator("#notice")).to_be_visible()
        listed = [model["id"] for model in (await client.get("/v1/models")).json()["data"]]
        assert "claude-sonnet-4-6" not in listed
        body = {"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "hi"}]}
        assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
