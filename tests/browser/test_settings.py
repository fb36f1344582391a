"""Settings in a real browser. Spec: admin-ui.md 2.3 (Settings)."""

import pytest
from playwright.async_api import expect

from tests.support.browser import DESK, PHONE, a_panel


@pytest.mark.parametrize(("width", "language", "dark"), [(PHONE, "zh", False), (DESK, "en", True)])
async def test_every_setting_is_shown_with_where_it_comes_from(width: int, language: str, dark: bool) -> None:
    """admin-ui.md 2.3: name, one sentence, value in force, source; secrets are never shown."""
    async with a_panel(width=width, language=language, dark=dark) as panel:
        await panel.open("/admin/settings")
        await panel.shot(f"settings-{language}-{width}")
        await panel.check()
        shown = await panel.page.content()
        settings = panel.world.gateway.settings
        assert "LEASE_WAIT_S" in shown
        for secret in (
            settings.admin.admin_password,
            settings.admin.jwt_secret,
            *settings.admin.encryption_key,
        ):
            assert secret is not None
            assert secret not in shown


async def test_a_knob_is_turned_by_keyboard_and_turned_back() -> None:
    """admin-ui.md 2.3: validated, said what changed, in force at once, undone from the list of changes."""
    async with a_panel(pool_strategy="balanced") as panel:
        page, gateway = panel.page, panel.world.gateway
        await panel.open("/admin/settings?text=heartbeat")
        await page.locator("#change-heartbeat_s").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#field-value")).to_be_focused()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("never")
        await page.keyboard.press("Enter")
        await expect(page.locator("#problem-value")).to_be_visible()
        await expect(page.locator("#field-value")).to_have_value("never")
        await page.locator("#field-value").fill("7.5")
        await page.keyboard.press("Enter")
        await expect(page.locator("#notice")).to_contain_text("15 → 7.5")
        assert gateway.housekeeping.settings.limits.heartbeat_s == 7.5
        assert await page.evaluate("document.activeElement !== document.body")

        await page.locator("#changes").click()
        await panel.shot("settings-changes-en-1360")
        await panel.check()
        await page.get_by_role("button", name="Undo").first.click()
        await expect(page.locator("#notice")).to_contain_text("15")
        assert gateway.housekeeping.settings.limits.heartbeat_s == 15.0


async def test_a_choice_is_made_without_scripts() -> None:
    """admin-ui.md 2.8: native controls."""
    async with a_panel(scripts=False) as panel:
        await panel.open("/admin/settings/pool_strategy")
        await panel.page.locator("#field-value").select_option("fill_first")
        await panel.page.locator("#save-setting").click()
        await expect(panel.page.locator("#notice")).to_contain_text("balanced → fill_first")
        assert panel.world.gateway.housekeeping.settings.pool.pool_strategy == "fill_first"
